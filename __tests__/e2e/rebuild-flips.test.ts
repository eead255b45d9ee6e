import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArchiveError } from '../../src/artifact-store/errors.ts';
import { checkStore } from '../../src/artifact-store/maintenance/check-store.ts';
import { openStore } from '../../src/artifact-store/open-store.ts';
import type { Registry } from '../../src/artifact-store/registry.ts';
import { collect, noise, readTree } from '../artifact-store/fixtures.ts';
import { useEmbeddedBench } from '../artifact-store/rebuild-fixtures.ts';

const bench = useEmbeddedBench();

const TREE = { 'docs/a.md': Buffer.from('# A\n'.repeat(20)), b: noise(60, 1), c: Buffer.from('c') };

/** Flips a bit of a file, in each byte another one, while the action runs. */
async function flipped(file: string, at: number, action: () => Promise<void>): Promise<void> {
  const bytes = readFileSync(file);
  const changed = Buffer.from(bytes);
  changed[at]! ^= 1 << (at % 8);
  writeFileSync(file, changed);
  try {
    await action();
  } finally {
    writeFileSync(file, bytes);
  }
}

function storedFile(key: string): string {
  const { storage } = bench().store.config;
  if (storage.kind !== 'local') throw new Error('not local');
  return join(storage.root, key);
}

/** Whether the package can be restored. The result must be correct or an error. */
async function isRestored(id: string, registry: Registry): Promise<boolean> {
  const directory = await bench()
    .extract(id, registry)
    .catch(() => undefined);
  if (directory !== undefined) expect(await readTree(directory)).toEqual(TREE);
  return directory !== undefined;
}

async function isFoundByVerify(id: string, registry: Registry): Promise<boolean> {
  try {
    return (await collect(registry.verifyPackages([id]))).some(({ damage }) => damage.length > 0);
  } catch (error) {
    // By its version, of a newer format.
    if (error instanceof ArchiveError) return true;
    throw error;
  }
}

async function isFoundByCheck(): Promise<boolean> {
  const findings = await collect(checkStore(bench().store.config, { deep: true }));
  return findings.some(({ status }) => status === 'failed');
}

test.each(['packs/', 'manifests/'])('a bit flipped below %s is found or does not matter', async (prefix) => {
  const { id } = await bench().archive(TREE);
  const [key] = await bench().stored(prefix);
  const file = storedFile(key!);
  const found: number[] = [];
  for (let at = 0; at < readFileSync(file).length; at++) {
    await flipped(file, at, async () => {
      const isFound = await isFoundByVerify(id, bench().registry);
      expect({ at, isFound }).toEqual({ at, isFound: !(await isRestored(id, bench().registry)) });
      if (isFound) found.push(at);
    });
  }
  expect(found.length).toBeGreaterThan(50);
});

test('a bit flipped in objects that only a rebuild reads is found by a deep check', async () => {
  await bench().archive(TREE);
  const [segment] = await bench().stored('log/');
  const [pack] = await bench().stored('packs/');
  const segmentBytes = readFileSync(storedFile(segment!)).length;
  const packBytes = readFileSync(storedFile(pack!)).length;
  const places: [key: string, at: number][] = [];
  for (let at = 0; at < segmentBytes; at += 15) places.push([segment!, at]);
  for (let at = 0; at < 8; at++) places.push([pack!, at]);
  // Trailer and footer.
  for (let at = packBytes - 150; at < packBytes; at += 5) places.push([pack!, at]);
  for (const [key, at] of places) {
    await flipped(storedFile(key), at, async () => {
      expect({ key, at, isFound: await isFoundByCheck() }).toEqual({ key, at, isFound: true });
    });
  }
});

test('with a bit of the database flipped, a restore is correct or fails', async () => {
  const { id } = await bench().archive(TREE);
  await bench().registry.close();
  const { database } = bench().store.config;
  if (database.kind !== 'sqlite') throw new Error('not SQLite');
  const bytes = readFileSync(database.path);
  expect(existsSync(`${database.path}-journal`)).toBe(false);
  const used = [...bytes.keys()].filter((at) => bytes[at] !== 0);
  let refused = 0;
  for (let i = 0; i < used.length; i += Math.ceil(used.length / 40)) {
    await flipped(database.path, used[i]!, async () => {
      const registry = await openStore(bench().store.config, { access: 'read' }).catch(() => undefined);
      if (registry === undefined || !(await isRestored(id, registry))) refused++;
      await registry?.close();
    });
  }
  expect(refused).toBeGreaterThan(0);
});
