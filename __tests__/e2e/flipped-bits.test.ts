import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedStore } from '../../src/artifact-store/config.ts';
import { initStore } from '../../src/artifact-store/init-store.ts';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { generateIdentity } from '../../src/artifact-store/store-key.ts';
import { ArchiveError, archiveInfospace, openRegistry, type Registry, restoreArchive } from '../../src/index.ts';
import { contentOf, filesOf, noise, sampleInfospace, type Tree, temporaryFolder } from '../infospace/fixtures.ts';

interface Archived {
  content: Tree;
  registry: Registry;
  id: string;
  files: string[];
  /** For the restored files. */
  folder: string;
}

/** An archived infospace, and the objects of its store from which packages are read. */
async function archived(tree: Tree, storeRoot: string = temporaryFolder(), env = process.env): Promise<Archived> {
  const root = sampleInfospace(tree);
  const { record } = await archiveInfospace(root, { storeRoot, env });
  const registry = await openRegistry(root, { storeRoot, env }, 'read');
  const stored = Object.keys(filesOf(join(storeRoot, 'storage'))).filter((name) =>
    /^(packs|objects|manifests)/.test(name),
  );
  const files = stored.map((name) => join(storeRoot, 'storage', name));
  return { content: contentOf(root), registry, id: record.package_id, files, folder: temporaryFolder() };
}

/** Flips one bit and returns whether it is found; the restored files must be correct, or the restore must fail. */
async function isFound(file: string, bit: number, { content, registry, id, folder }: Archived) {
  const bytes = readFileSync(file);
  const changed = Buffer.from(bytes);
  changed[bit >> 3]! ^= 1 << (bit & 7);
  writeFileSync(file, changed);
  try {
    const target = join(folder, 'restored');
    const restored = await isRight(() => restoreArchive(id, { registry, target }));
    if (restored) expect(contentOf(target)).toEqual(content);
    rmSync(target, { recursive: true, force: true });
    const verified = await isRight(async () => {
      for await (const { damage } of registry.verifyPackages([id])) if (damage[0]) throw damage[0].error;
    });
    expect({ file, bit, verified }).toEqual({ file, bit, verified: restored });
    return !verified;
  } finally {
    writeFileSync(file, bytes);
  }
}

/** Distance between flipped bits: a sealed object opens as a whole or not at all, so that some of its bits are enough. */
const SEALED_STEP = 53;

async function isRight(action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    if (error instanceof ArchiveError) return false;
    throw error;
  }
}

test('each bit of a small store', async () => {
  const store = await archived({});
  let found = 0;
  let bits = 0;
  for (const file of store.files) {
    for (let bit = 0; bit < 8 * readFileSync(file).length; bit++) {
      bits++;
      if (await isFound(file, bit, store)) found++;
    }
  }
  process.stderr.write(`${found} of ${bits} bits matter\n`);
  expect(found).toBeGreaterThan(bits / 2);
  await store.registry.close();
}, 600_000);

test('bits of a small encrypted store', async () => {
  const { identity, recipient } = await generateIdentity();
  const storeRoot = temporaryFolder();
  const config = embeddedStore(storeRoot, { retentionClasses: loadRetentionClasses(undefined) });
  await initStore(config, { recipients: [recipient] });
  const store = await archived({}, storeRoot, { ...process.env, ARTIFACTSTORE_IDENTITY: identity });
  let found = 0;
  let bits = 0;
  for (const file of store.files) {
    for (let bit = 0; bit < 8 * readFileSync(file).length; bit += SEALED_STEP) {
      bits++;
      if (await isFound(file, bit, store)) found++;
    }
  }
  process.stderr.write(`${found} of ${bits} bits matter\n`);
  expect(found).toBeGreaterThan(bits / 2);
  await store.registry.close();
}, 600_000);

test('random bits of a large store', async () => {
  const seed = Number(process.env['TEST_SEED'] ?? Date.now());
  const store = await archived({
    'output/large.bin': noise(30_000_000, 'large'),
    ...Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`output/${i}.bin`, noise(10_000, `${i}`)])),
  });
  let found = 0;
  for (let i = 0; i < 30; i++) {
    const random = noise(8, `${seed} ${i}`);
    const file = store.files[random.readUInt32LE() % store.files.length]!;
    const bit = random.readUInt32LE(4) % (8 * readFileSync(file).length);
    if (await isFound(file, bit, store)) found++;
  }
  process.stderr.write(`TEST_SEED=${seed}: ${found} of 30 bits matter\n`);
  // Only the trailers of packs are never read.
  expect(found).toBeGreaterThan(20);
  await store.registry.close();
}, 600_000);
