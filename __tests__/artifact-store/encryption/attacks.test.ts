import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateIdentity } from '../../../src/artifact-store/encryption/age.ts';
import { IdKey } from '../../../src/artifact-store/encryption/id-key.ts';
import { putStoreKeys } from '../../../src/artifact-store/encryption/key-files.ts';
import { parseWriterKey } from '../../../src/artifact-store/encryption/writer-key.ts';
import { blake3 } from '../../../src/artifact-store/identity/hasher.ts';
import { decodeSegment, encodeSegment, segmentDigest, segmentKey } from '../../../src/artifact-store/log/segment.ts';
import { LocalStorage } from '../../../src/artifact-store/storage/local.ts';
import { recipientsOf } from '../../../src/artifact-store/store-key.ts';
import { collect, noise, useTempDirs } from '../fixtures.ts';
import { allBytes, archive, type Encrypted, makeEncrypted, within } from './fixtures.ts';
import { segmentsOf } from './segments.ts';

/** Attacks with write access to the storage of an encrypted store. */

const makeTempDir = useTempDirs();

let store: Encrypted;
let storage: LocalStorage;
let packages: string[];
beforeEach(async () => {
  store = await makeEncrypted(await makeTempDir());
  storage = new LocalStorage(join(store.directory, 'storage'));
  packages = [];
  await within(store.config({ writerKey: store.writerKey }), async (registry) => {
    for (const seed of [1, 2]) {
      const base = await makeTempDir();
      packages.push((await archive(registry, base, { 'data/a.bin': noise(5000, seed) })).id);
    }
  });
});

const asReader = () => store.config({ identities: store.identity });

async function keys(prefix: string): Promise<string[]> {
  return (await collect(storage.list(prefix))).map(({ key }) => key).sort();
}

const pathOf = (key: string) => join(store.directory, 'storage', key);

async function damaged(): Promise<number[]> {
  return within(asReader(), async (registry) =>
    (await collect(registry.verifyPackages(packages))).map(({ damage }) => damage.length),
  );
}

test('frames swapped between packs are damage in both', async () => {
  const [a, b] = (await keys('packs/')).map(pathOf) as [string, string];
  const [first, second] = [readFileSync(a), readFileSync(b)];
  const frame = [24, 24 + 5000 + 16] as const;
  const swapped = (into: Buffer, from: Buffer) => {
    const copy = Buffer.from(into);
    from.copy(copy, frame[0], ...frame);
    return copy;
  };
  writeFileSync(a, swapped(first, second));
  writeFileSync(b, swapped(second, first));
  expect(await damaged()).toEqual([1, 1]);
});

test('a truncated or replaced pack is damage', async () => {
  const [a, b] = (await keys('packs/')).map(pathOf) as [string, string];
  writeFileSync(a, readFileSync(a).subarray(0, 3000));
  expect((await damaged()).reduce((sum, count) => sum + count)).toBe(1);
  copyFileSync(b, a);
  expect((await damaged()).reduce((sum, count) => sum + count)).toBe(1);
});

test('a manifest in the place of another one is refused', async () => {
  const [a, b] = (await keys('manifests/')).map(pathOf) as [string, string];
  const kept = readFileSync(a);
  copyFileSync(b, a);
  writeFileSync(b, kept);
  await within(asReader(), async (registry) => {
    for (const id of packages) await expect(registry.getManifest(id)).rejects.toMatchObject({ code: 'INTEGRITY' });
  });
});

test('a segment that no writer made is refused by everyone with a key', async () => {
  const last = (await keys('log/')).at(-1)!;
  const number = Number(last.slice('log/'.length));
  const stored = readFileSync(pathOf(last));
  const { seal: _, ...segment } = decodeSegment(number, stored);
  const next = { ...segment, ...segmentsOf(segment).next, segment: number + 1, previous: segmentDigest(stored) };
  const other = IdKey.generate(segment.storeId);
  const forged = [
    // The same segment once more, and its events in a segment of the attacker's own.
    stored,
    encodeSegment(next),
    encodeSegment(next, (body) => other.segmentMac(body)),
    encodeSegment(next, () => decodeSegment(number, stored).seal!.mac),
  ];
  for (const bytes of forged) {
    writeFileSync(pathOf(segmentKey(number + 1)), bytes);
    for (const config of [asReader(), store.config({ writerKey: store.writerKey })]) {
      await expect(within(config, async () => {})).rejects.toMatchObject({ code: 'INTEGRITY' });
    }
  }
});

test('a writer key alone adds no recipient', async () => {
  const attacker = await generateIdentity();
  const leaked = parseWriterKey(store.writerKey);
  const recipients = [attacker.recipient, store.recipient];
  await putStoreKeys(storage, { ...leaked, generation: 2, recipients, keeperKey: Buffer.alloc(32) });
  expect(await recipientsOf(asReader())).toEqual({ generation: 1, recipients: [store.recipient] });
});

test('no guess of a content can be confirmed without a writer key', async () => {
  const written = allBytes(store.directory);
  for (const seed of [1, 2]) {
    const guess = noise(5000, seed);
    expect(written.includes(blake3.hash(guess))).toBe(false);
    const named = parseWriterKey(store.writerKey).idKey.nameOf('content id', blake3.hash(guess));
    expect(written.includes(named)).toBe(true);
  }
});
