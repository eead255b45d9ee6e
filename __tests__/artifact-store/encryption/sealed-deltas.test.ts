import { copyFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { IdKey } from '../../../src/artifact-store/encryption/id-key.ts';
import { openNames, sealNames } from '../../../src/artifact-store/encryption/names-box.ts';
import { toHex } from '../../../src/artifact-store/identity/digest.ts';
import { blake3 } from '../../../src/artifact-store/identity/hasher.ts';
import { encodeManifest } from '../../../src/artifact-store/manifest/codec.ts';
import { applyDeltas, decodeDelta, MAX_BASES, writeDelta } from '../../../src/artifact-store/manifest/delta.ts';
import { locateEntries } from '../../../src/artifact-store/manifest/encoded.ts';
import {
  applyRuns,
  decodeRuns,
  encodeRuns,
  entriesOf,
  nameEntries,
  runsOn,
} from '../../../src/artifact-store/manifest/entry-names.ts';
import type { FinalizedPackage, Registry } from '../../../src/artifact-store/registry.ts';
import { listTree, useTempDirs, writeTree } from '../fixtures.ts';
import { ABOUT, type Encrypted, makeEncrypted, within } from './fixtures.ts';

/** Encrypted stores keep manifests as deltas on the previous one, which no writer can read. */

const makeTempDir = useTempDirs();

/** Long paths make their manifest long enough for deltas. */
const FILES = 260;
const FOLDER = 'a-folder-with-a-long-name-'.repeat(7);

let store: Encrypted;
let base: string;
beforeEach(async () => {
  store = await makeEncrypted(await makeTempDir());
  base = await makeTempDir();
  const tree = Array.from({ length: FILES }, (_, i) => [`${FOLDER}/${i}.md`, `# ${i}\n`]);
  await writeTree(base, Object.fromEntries(tree));
});

const asWriter = () => store.config({ writerKey: store.writerKey });
const asReader = () => store.config({ identities: store.identity });

async function archiveVersion(registry: Registry, version: number): Promise<FinalizedPackage> {
  await writeTree(base, { [`${FOLDER}/${version}.md`]: `version ${version}\n` });
  const id = await registry.createPackage(ABOUT);
  await registry.ingestFiles(id, base, await listTree(base));
  return registry.finalizePackage(id);
}

/** Archives versions, each with its own writer. */
async function archiveVersions(...versions: number[]): Promise<FinalizedPackage[]> {
  const made: FinalizedPackage[] = [];
  for (const version of versions) made.push(await within(asWriter(), (registry) => archiveVersion(registry, version)));
  return made;
}

const manifests = () => join(store.directory, 'storage/manifests');

function objectsOf({ id }: { id: string }): string[] {
  const names = readdirSync(manifests(), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.includes(id)).map((name) => join(manifests(), name));
}

function objectOf(made: { id: string }, suffix: '' | '.names' | '.copy'): string {
  return objectsOf(made).find((path) => (suffix ? path.endsWith(suffix) : !/\.(?:copy|names)$/.test(path)))!;
}

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.byteLength - 1]! ^= 1;
  writeFileSync(path, bytes);
}

/** Reads with an identity: every manifest matches its digest. */
async function requireSound(made: readonly FinalizedPackage[]): Promise<void> {
  await within(asReader(), async (registry) => {
    for await (const { damage } of registry.verifyPackages(made.map(({ id }) => id))) expect(damage).toEqual([]);
    for (const { id, manifestDigest } of made)
      expect((await registry.getPackage(id)).manifestDigest).toBe(manifestDigest);
  });
}

const FULL_BYTES = 10_000;
const isInFull = (made: { id: string }) => statSync(objectOf(made, '')).size > FULL_BYTES;

test('a writer stores a delta on a manifest that it cannot read, and an identity reads all', async () => {
  const made = await archiveVersions(0, 1, 2);
  expect(made.map(isInFull)).toEqual([true, false, false]);
  for (const later of made.slice(1)) expect(later.storedBytes).toBeLessThan(6000);
  await requireSound(made);
});

test('a manifest builds on at most 31 others', async () => {
  const made = await within(asWriter(), async (registry) => {
    const versions: FinalizedPackage[] = [];
    while (versions.length < MAX_BASES + 3) versions.push(await archiveVersion(registry, versions.length));
    return versions;
  });
  expect(made.flatMap((each, i) => (isInFull(each) ? [i] : []))).toEqual([0, MAX_BASES + 1]);
  await requireSound(made);
}, 60_000);

test('a base stays when its own package is removed', async () => {
  const [first, second, third] = await archiveVersions(0, 1, 2);
  await within(asWriter(), async (registry) => {
    for (const { id } of [first!, second!]) await registry.purgePackage(id, 'not needed');
    await registry.collectGarbage({ graceMs: 0 });
  });
  await requireSound([third!]);
  const fourth = await archiveVersions(3);
  expect(fourth.map(isInFull)).toEqual([false]);
  await within(asWriter(), async (registry) => {
    for (const { id } of [third!, ...fourth]) await registry.purgePackage(id, 'not needed');
    await registry.collectGarbage({ graceMs: 0 });
  });
  for (const each of [first!, second!, third!, ...fourth]) expect(objectsOf(each)).toEqual([]);
});

test('a damaged base is read from its copy', async () => {
  const made = await archiveVersions(0, 1, 2);
  flip(objectOf(made[0]!, ''));
  rmSync(objectOf(made[1]!, ''));
  await requireSound(made.slice(2));
});

test.each<[string, (first: FinalizedPackage, second: FinalizedPackage) => void]>([
  ['the names are gone', (_, second) => rmSync(objectOf(second, '.names'))],
  ['the names are damaged', (first) => flip(objectOf(first, '.names'))],
  [
    'the names are those of another one',
    (first, second) => copyFileSync(objectOf(first, '.names'), objectOf(second, '.names')),
  ],
  ['the manifest before is damaged', (_, second) => flip(objectOf(second, ''))],
  ['the manifest before is another one', (first, second) => copyFileSync(objectOf(first, ''), objectOf(second, ''))],
])('where %s, the next manifest is stored in full', async (_, hurt) => {
  const [first, second] = await archiveVersions(0, 1);
  hurt(first!, second!);
  const third = await archiveVersions(2);
  expect(third.map(isInFull)).toEqual([true]);
  await requireSound(third);
});

test('deltas in the place of others are refused', async () => {
  const [, second, third] = await archiveVersions(0, 1, 2);
  copyFileSync(objectOf(second!, ''), objectOf(third!, ''));
  await within(asReader(), async (registry) => {
    await expect(registry.getManifest(third!.id)).rejects.toMatchObject({ code: 'INTEGRITY' });
  });
});

test('an abandoned package leaves nothing', async () => {
  await archiveVersions(0, 1);
  const before = readdirSync(manifests(), { recursive: true }).length;
  await within(asWriter(), async (registry) => {
    const id = await registry.createPackage(ABOUT);
    await registry.ingestFiles(id, base, await listTree(base));
    await registry.abandonPackage(id);
  });
  expect(readdirSync(manifests(), { recursive: true })).toHaveLength(before);
});

const idKey = IdKey.generate('01a22142-b8cb-7482-b776-f51a4b4c60f9');

/** Canonical CBOR of a manifest with a file for each number. */
function manifestOf(contents: ReadonlyMap<number, number>): Buffer {
  const files = [...contents]
    .toSorted(([a], [b]) => a - b)
    .map(([path, content]) => {
      const digest = blake3.hash(Buffer.from(`${content}`));
      const name = String(path).padStart(4, '0');
      return { path: name, kind: 'file' as const, size: 1, executable: false, blake3: digest, sha256: digest };
    });
  return encodeManifest({
    manifest_version: 1,
    package: { id: 'an id', producer: 'p', subject: 's', created_at: 'now', metadata: {} },
    files,
    retention_summary: { retention_class: 'c', expires_at: null },
    provenance: {},
  });
}

test('runs of entry names rebuild the manifest, whatever has changed', () => {
  const contents = fc.uniqueArray(fc.tuple(fc.nat(40), fc.nat(3)), { selector: ([path]) => path, maxLength: 30 });
  fc.assert(
    fc.property(contents, contents, (earlier, later) => {
      const [before, after] = [earlier, later].map((files) => locateEntries(manifestOf(new Map(files)), 'it'));
      const [namesBefore, names] = [before!, after!].map((each) =>
        nameEntries(each, (entry) => idKey.entryName(entry)),
      );
      const runs = runsOn(namesBefore!, names!);
      const same = new Map(earlier);
      const kept = later.filter(([path, content]) => same.get(path) === content).length;
      expect(runs !== undefined).toBe(later.length - kept <= later.length / 2);
      if (runs === undefined) return;
      const read = decodeRuns(encodeRuns(runs), 'it');
      expect(applyRuns(namesBefore!, read, 'it')).toEqual(names);
      const delta = writeDelta(after!, [blake3.hash(Buffer.from('base'))], entriesOf(after!, runs));
      expect(applyDeltas(before!, [decodeDelta(delta, 'it')], 'it')).toEqual(after!.cbor);
    }),
  );
});

test('names belong to one manifest of one store, and forged runs are refused', () => {
  const [one, other] = [blake3.hash(Buffer.from('1')), blake3.hash(Buffer.from('2'))];
  const box = sealNames(idKey, one, Buffer.from('names'));
  expect(openNames(idKey, one, box, 'it').toString()).toBe('names');
  expect(() => openNames(idKey, other, box, 'it')).toThrow('cannot be decrypted');
  expect(() => openNames(IdKey.generate(idKey.storeId), one, box, 'it')).toThrow('cannot be decrypted');
  for (let at = 0; at < box.byteLength; at++) {
    const flipped = Buffer.from(box);
    flipped[at]! ^= 1;
    expect(() => openNames(idKey, one, flipped, 'it')).toThrow();
  }
  const names = Buffer.alloc(24);
  const forged: [number, number][][] = [
    [[0, 3]],
    [
      [1, 1],
      [0, 1],
    ],
    [[2, 1]],
  ];
  for (const runs of forged) expect(() => applyRuns(names, runs, 'it')).toThrow('not in its base');
  expect(() => decodeRuns(encodeRuns([Buffer.alloc(13)]), 'it')).toThrow('another length');
  const boxes = Array.from({ length: 20 }, () => toHex(sealNames(idKey, one, names)));
  expect(new Set(boxes).size).toBe(20);
});
