import { copyFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { blocksOf } from '../documents/markdown.ts';
import { packProject } from './fixtures.ts';
import { NxWorkspace } from './nx-workspace.ts';

/** Runs the commands of docs/nx-plugin.md in a workspace. Seen to fail when an option has another name. */

/** The newest version for which @nx/js exists, which a release needs. */
const NX = '23.3.1';

let workspace: NxWorkspace;

beforeAll(async () => {
  const { tarball } = await packProject();
  workspace = await NxWorkspace.make({ nx: NX, manager: 'npm', type: 'module', dependencies: [`@nx/js@${NX}`] });
  copyFileSync(tarball, workspace.path('..', basename(tarball)));
  commit();
}, 240_000);

/** Even where nothing has changed. */
function commit(): void {
  workspace.git('add', '--all');
  workspace.git('commit', '--quiet', '--allow-empty', '--message', 'feat: change');
}

/** Settings are merged as if a user pasted them below others. */
function save(file: string, text: string): void {
  const isSettings = file.endsWith('.json');
  const there = isSettings ? (JSON.parse(readFileSync(workspace.path(file), 'utf8')) as object) : {};
  const merged = () => JSON.stringify({ ...there, ...(JSON.parse(text) as object) });
  workspace.write({ [file]: isSettings ? merged() : text });
}

test('its instructions work', async () => {
  let typed = 0;
  for (const { needs, file, text, language } of blocksOf('docs/nx-plugin.md')) {
    if (file !== undefined) save(file, text);
    if (needs !== 'nx' || language !== 'sh') continue;
    if (text.includes('nx release'))
      workspace.write({ 'spaces/guide/package.json': '{"name":"guide","version":"1.0.0"}' });
    commit();
    await workspace.must('bash', '-ec', text);
    typed++;
  }
  expect(typed).toBeGreaterThan(0);
}, 600_000);

test('the release of the instructions exists, with its evidence', () => {
  expect(readFileSync(workspace.path('spaces/guide/package.json'), 'utf8')).toMatch(/"version": ?"1\.1\.0"/);
  expect(readFileSync(join(workspace.root, '../evidence/infospace.yaml'), 'utf8')).toContain('guide');
});
