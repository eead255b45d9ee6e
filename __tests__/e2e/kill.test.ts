import { spawn } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { listArchives, openRegistry, restoreArchive } from '../../src/index.ts';
import {
  contentOf,
  indexFile,
  sampleInfospace,
  type Tree,
  temporaryFolder,
  treeOf,
  writeTree,
} from '../infospace/fixtures.ts';
import { builtCommand, environment, execute } from './fixtures.ts';

const ROUNDS = 20;
const seed = Number(process.env['TEST_SEED'] ?? randomInt(2 ** 31));

/** From 0 to 1, the same for one seed. */
function chance(round: number): number {
  return createHash('sha256').update(`${seed} ${round}`).digest().readUInt32LE() / 2 ** 32;
}

function newContent(round: number): Tree {
  const bytes = (name: string, length: number) =>
    createHash('shake256', { outputLength: length }).update(`${seed} ${round} ${name}`).digest();
  const small = Array.from({ length: 200 }, (_, i) => [`output/round/${i}.bin`, bytes(`${i}`, 20_000)] as const);
  return { ...Object.fromEntries(small), 'output/round/large.bin': bytes('large', 12_000_000) };
}

test('an archive that is killed at any moment leaves a sound index and a sound store', async () => {
  process.stderr.write(`TEST_SEED=${seed}\n`);
  const command = await builtCommand();
  const root = sampleInfospace(newContent(0));
  const startedAt = performance.now();
  await execute(process.execPath, [command, 'archive', root, '--quiet']);
  const duration = performance.now() - startedAt;
  let killed = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    writeTree(root, newContent(round));
    const child = spawn(process.execPath, [command, 'archive', root, '--quiet'], { env: environment });
    setTimeout(() => child.kill('SIGKILL'), duration * (0.1 + chance(round)));
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    if (signal === 'SIGKILL') killed++;
    await expectSound(root);
    const before = (await listArchives(root)).length;
    await execute(process.execPath, [command, 'archive', root, '--quiet']);
    expect(await listArchives(root)).toHaveLength(before + 1);
  }
  expect(killed).toBeGreaterThan(ROUNDS / 4);
  await expectSound(root);
  const target = join(temporaryFolder(), 'restored');
  await restoreArchive('latest', { from: root, target });
  expect(treeOf(target)).toEqual(contentOf(root));
}, 600_000);

async function expectSound(root: string): Promise<void> {
  expect(parse(readFileSync(indexFile(root), 'utf8'))).toEqual(await listArchives(root));
  const listed = (await listArchives(root)).map(({ package_id }) => package_id);
  const registry = await openRegistry(root, {}, 'read');
  try {
    await registry.verifyEvents();
    const visible = (await registry.listPackages()).map(({ id }) => id);
    expect(visible).toEqual(expect.arrayContaining(listed));
    for await (const { damage } of registry.verifyPackages(visible)) expect(damage).toEqual([]);
  } finally {
    await registry.close();
  }
}
