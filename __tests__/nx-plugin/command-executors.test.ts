import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import archive from '../../nx-plugin/executors/archive.ts';
import copy from '../../nx-plugin/executors/copy.ts';
import diff from '../../nx-plugin/executors/diff.ts';
import exportBag from '../../nx-plugin/executors/export.ts';
import gc from '../../nx-plugin/executors/gc.ts';
import hold from '../../nx-plugin/executors/hold.ts';
import importBag from '../../nx-plugin/executors/import.ts';
import report from '../../nx-plugin/executors/report.ts';
import { openRegistry } from '../../src/index.ts';
import { repository } from '../infospace/fixtures.ts';
import { contextOf, listen, workspaceWith } from './fixtures.ts';

const from = '{projectRoot}';

test('executors do what the other commands do', async () => {
  const workspace = workspaceWith();
  const context = contextOf(workspace);
  const messageOf = async (task: () => Promise<{ success: boolean }>) => {
    const { result, stdout, stderr } = await listen(task);
    expect({ success: result.success, errors: stderr.match(/^error: .*/gm) }).toEqual({ success: true, errors: null });
    return stdout;
  };
  await messageOf(() => archive({ root: from }, context));
  writeFileSync(join(workspace, 'spaces/guide/reports/new.md'), 'new\n');
  const sides = { before: 'latest', after: from, from };
  const registry = await openRegistry(join(workspace, 'spaces/guide'), {}, 'change');
  const [{ id } = { id: '' }] = await registry.listPackages();
  await registry.addLabel(id, 'v1.4');
  await registry.close();
  for (const before of ['v1.4', 'latest@{2999-01-01}', id]) {
    expect(await messageOf(() => diff({ ...sides, before, nameStatus: true }, context))).toBe('A\treports/new.md\n');
  }
  expect(await messageOf(() => diff({ ...sides, nameStatus: true }, context))).toBe('A\treports/new.md\n');
  expect((await listen(() => diff({ ...sides, quiet: true, failOnDifference: true }, context))).result.success).toBe(
    false,
  );
  expect(await messageOf(() => exportBag({ package: 'latest', to: '{projectName}.tar.zst', from }, context))).toContain(
    'Exported',
  );
  const other = { storeRoot: 'other', newStore: true };
  expect(await messageOf(() => importBag({ bag: '{projectName}.tar.zst', from, ...other }, context))).toContain(
    'Imported guide',
  );
  expect(await messageOf(() => copy({ package: 'latest', toStore: 'other', from }, context))).toContain(
    'nothing was added',
  );
  const held = JSON.parse(
    await messageOf(() => hold({ command: 'apply', reason: 'audit', until: '2999-01-31', from, json: true }, context)),
  ) as { id: string };
  expect(await messageOf(() => hold({ command: 'list', from }, context))).toContain('audit');
  await messageOf(() => hold({ command: 'release', holdId: held.id, reason: 'closed', from }, context));
  expect(await messageOf(() => gc({ grace: '24h', dryRun: true, from }, context))).toContain(
    'Would dispose of 0 packages',
  );
  expect(await messageOf(() => report({ html: 'dist.html', from }, context))).toMatch(/^Wrote .*dist\.html: 1 package/);
});

test('a missing or invalid value is reported by its name', async () => {
  const context = contextOf(workspaceWith());
  const outputOf = async (task: () => Promise<{ success: boolean }>) => (await listen(task)).stderr;
  expect(await outputOf(() => hold({ command: 'apply', from }, context))).toContain('"reason"');
  expect(await outputOf(() => hold({ command: 'release', reason: 'x', from }, context))).toContain('"holdId"');
  expect(await outputOf(() => gc({ grace: 'soon', from }, context))).toContain('"soon" is not a duration');
  expect(await outputOf(() => copy({ package: 'latest', toStore: 's3://b', from }, context))).toContain('A URL');
});

test('every executor is listed with a schema and an implementation', () => {
  const listed = JSON.parse(readFileSync(join(repository, 'nx-plugin/executors.json'), 'utf8')) as {
    executors: Record<string, { schema: string; description: string }>;
  };
  for (const [name, { schema, description }] of Object.entries(listed.executors)) {
    expect(existsSync(join(repository, `nx-plugin/executors/${name}.ts`))).toBe(true);
    const outputOf = JSON.parse(readFileSync(join(repository, 'nx-plugin', schema), 'utf8')) as { description: string };
    expect(outputOf.description).toBe(description);
  }
});

test('Nx keeps --exclude for itself, so every executor that excludes has --omit; list of hold lists all packages', () => {
  const { executors } = JSON.parse(readFileSync(join(repository, 'nx-plugin/executors.json'), 'utf8')) as {
    executors: Record<string, { schema: string }>;
  };
  const properties = Object.entries(executors).map(([name, { schema }]) => {
    const read = JSON.parse(readFileSync(join(repository, 'nx-plugin', schema), 'utf8')) as {
      properties: Record<string, { aliases?: string[]; default?: unknown }>;
    };
    return [name, read.properties] as const;
  });
  const excluding = properties.filter(([, { exclude }]) => exclude !== undefined);
  expect(excluding.map(([name, { exclude }]) => [name, exclude!.aliases])).toEqual([
    ['archive', ['omit']],
    ['restore', ['omit']],
    ['diff', ['omit']],
  ]);
  expect(Object.fromEntries(properties)['hold']!['package']).not.toHaveProperty('default');
});
