import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { embeddedStore, type StoreConfig } from '../../../src/artifact-store/config.ts';
import { blake3 } from '../../../src/artifact-store/identity/hasher.ts';
import { initStore } from '../../../src/artifact-store/init-store.ts';
import { checkStore } from '../../../src/artifact-store/maintenance/check-store.ts';
import { rebuildStore } from '../../../src/artifact-store/maintenance/rebuild-store.ts';
import { repairStore } from '../../../src/artifact-store/maintenance/repair-store.ts';
import { isContentEntry } from '../../../src/artifact-store/manifest/model.ts';
import type { FinalizedPackage, Registry } from '../../../src/artifact-store/registry.ts';
import { loadRetentionClasses } from '../../../src/artifact-store/retention/classes.ts';
import {
  changeRecipients,
  checkKeys,
  generateIdentity,
  recipientsOf,
  writerKeyOf,
} from '../../../src/artifact-store/store-key.ts';
import { archiveInfospace } from '../../../src/index.ts';
import { repository, sampleInfospace } from '../../infospace/fixtures.ts';
import { collect, noise, readTree, useTempDirs, writeTree } from '../fixtures.ts';
import { ABOUT, allBytes, archive, type Encrypted, makeEncrypted, within } from './fixtures.ts';

const makeTempDir = useTempDirs();

const LARGE = noise(1_200_000, 5);
const TREE = {
  'infospace.yaml': 'name: PLAINNAME\n',
  'reports/PLAINPATH.md': 'PLAINCONTENT\n'.repeat(2000),
  'reports/empty.md': '',
  'data/large.bin': LARGE,
  'data/copy.bin': LARGE,
};
const NOTED = { subject: 'PLAINSUBJECT', producer: 'PLAINPRODUCER', metadata: { note: 'PLAINNOTE' } };
const PROVENANCE = { repository: 'PLAINREPOSITORY' };

let store: Encrypted;
let base: string;
beforeEach(async () => {
  store = await makeEncrypted(await makeTempDir());
  base = await makeTempDir();
});

const asWriter = () => store.config({ writerKey: store.writerKey });
const asReader = () => store.config({ identities: store.identity });

/** A restored package as digests: comparing large files byte by byte takes long. */
async function restored(registry: Registry, id: string): Promise<Record<string, string>> {
  const { files } = await registry.getManifest(id);
  const target = await makeTempDir();
  await writeTree(target, { reports: null, data: null });
  await registry.extractFiles(files.filter(isContentEntry), target);
  return digestsOf(target);
}

async function digestsOf(folder: string): Promise<Record<string, string>> {
  const files = Object.entries(await readTree(folder));
  return Object.fromEntries(files.map(([path, bytes]) => [path, blake3.hash(bytes).toString('hex')]));
}

test('a writer archives, reads nothing back, and an identity restores', async () => {
  const made = await within(asWriter(), (registry) => archive(registry, base, TREE, NOTED));
  await within(asWriter(), async (registry) => {
    await expect(registry.getManifest(made.id)).rejects.toMatchObject({ code: 'KEY_MISSING' });
    expect(await registry.getPackage(made.id)).toMatchObject({ subject: '(sealed)', producer: '(sealed)' });
    expect((await registry.listNotes())[0]?.note).toBe('(sealed)');
  });
  await within(asReader(), async (registry) => {
    const { id, subject, producer, manifestDigest, contentDigest, fileCount, totalBytes } = made;
    const about = { id, subject, producer, manifestDigest, contentDigest, fileCount, totalBytes };
    expect(await registry.getPackage(manifestDigest)).toMatchObject(about);
    expect(await registry.getPackage(contentDigest)).toMatchObject(about);
    expect(await registry.latestPackage('PLAINSUBJECT')).toMatchObject(about);
    expect((await registry.listNotes())[0]?.note).toBe('PLAINNOTE');
    expect(await restored(registry, id)).toEqual(await digestsOf(base));
    const verified = { id, damage: [], files: 5, bytes: totalBytes };
    expect(await collect(registry.verifyPackages([id]))).toMatchObject([verified]);
    expect(await registry.verifyEvents()).toBeGreaterThan(0);
  });
});

test('stored bytes contain no name, note, content or digest of the input', async () => {
  const made = await within(asWriter(), async (registry) => {
    const first = await archive(registry, base, TREE, { ...NOTED, provenance: PROVENANCE });
    await registry.amendNote(first.id, 'PLAINAMENDED');
    await registry.addLabel(first.id, 'public-label');
    return first;
  });
  const written = allBytes(store.directory);
  const digests = (await within(asReader(), (registry) => registry.getManifest(made.id))).files
    .filter(isContentEntry)
    .flatMap(({ blake3, sha256 }) => [blake3, sha256]);
  const addresses = [made.manifestDigest, made.contentDigest].map((address) => address.slice('blake3:'.length));
  for (const digest of [...digests, ...addresses.map((hex) => Buffer.from(hex, 'hex'))]) {
    expect(written.includes(Buffer.from(digest))).toBe(false);
    expect(written.includes(Buffer.from(digest).toString('hex'))).toBe(false);
  }
  expect(written.includes('PLAIN')).toBe(false);
  expect(written.includes(LARGE.subarray(1000, 1032))).toBe(false);
  // Otherwise the search would find it.
  expect(written.includes('public-label')).toBe(true);
});

test('writers that share the key store nothing twice, including chunks', async () => {
  const first = await within(asWriter(), (registry) => archive(registry, base, TREE, NOTED));
  const again = await within(asWriter(), (registry) => archive(registry, base, TREE, NOTED));
  expect(again).toMatchObject({ reusedFiles: 5 - 1, contentDigest: first.contentDigest });
  // A manifest and the session key that it is sealed with.
  expect(again.storedBytes).toBeLessThan(8192);
  const changed = { ...TREE, 'data/large.bin': Buffer.concat([Buffer.from('new'), LARGE]) };
  const third = await within(asWriter(), (registry) => archive(registry, base, changed, NOTED));
  expect(third.storedBytes).toBeLessThan(400_000);
  await within(asReader(), async (registry) => {
    expect(await restored(registry, third.id)).toEqual(await digestsOf(base));
  });
});

test('without a key, a search by subject is refused instead of finding nothing', async () => {
  await within(asWriter(), (registry) => archive(registry, base, TREE, NOTED));
  await within(store.config(undefined), async (registry) => {
    const asked = [
      () => registry.latestPackage('guide'),
      () => registry.latestPackageBy('guide', new Date()),
      () => registry.listPackages({ subject: 'guide' }),
      () => registry.getLabel('guide', 'v1'),
      () => registry.listLabels('guide'),
    ];
    for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code: 'KEY_MISSING' });
  });
});

test('without a key, or with that of another store, nothing is written and no store is created', async () => {
  await expect(within(store.config(undefined), (registry) => archive(registry, base, TREE))).rejects.toMatchObject({
    code: 'KEY_MISSING',
  });
  const other = await makeEncrypted(await makeTempDir());
  for (const keys of [{ writerKey: other.writerKey }, { identities: other.identity }]) {
    await expect(within(store.config(keys), async () => {})).rejects.toMatchObject({ code: 'KEY_MISSING' });
  }
  await expect(within(store.config({ writerKey: 'ASWK1-cut' }), async () => {})).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  });
  const nowhere = await makeTempDir();
  const retentionClasses = loadRetentionClasses(undefined);
  const fresh: StoreConfig = embeddedStore(join(nowhere, 'new'), {
    retentionClasses,
    keys: { writerKey: store.writerKey },
  });
  await expect(within(fresh, async () => {})).rejects.toMatchObject({ code: 'KEY_MISSING' });
  const plain = embeddedStore(join(nowhere, 'plain'), { retentionClasses });
  await within(plain, async () => {});
  await expect(within({ ...plain, keys: { writerKey: store.writerKey } }, async () => {})).rejects.toMatchObject({
    code: 'KEY_MISSING',
  });
  await expect(initStore(plain, { recipients: [store.recipient] })).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
});

test('a store whose file no longer says that it is encrypted is refused', async () => {
  await within(asWriter(), (registry) => archive(registry, base, TREE));
  const file = join(store.directory, 'storage/store.json');
  const { encryption: _, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify(rest));
  await expect(within(store.config(undefined), (registry) => registry.verifyEvents())).rejects.toMatchObject({
    code: 'INTEGRITY',
  });
});

test('a removed recipient reads no new package, and an added one reads all', async () => {
  const first = await within(asWriter(), (registry) => archive(registry, base, TREE, NOTED));
  const added = await generateIdentity();
  const change = await changeRecipients(asReader(), () => [added.recipient]);
  expect(change).toMatchObject({ generation: 2, resealed: 1, left: 0 });
  await expect(within(asWriter(), async () => {})).rejects.toMatchObject({ code: 'KEY_MISSING' });
  await expect(within(asReader(), async () => {})).rejects.toMatchObject({ code: 'KEY_MISSING' });
  const asAdded = store.config({ identities: added.identity });
  expect(await recipientsOf(asAdded)).toEqual({ generation: 2, recipients: [added.recipient] });
  const writerKey = await writerKeyOf(asAdded);
  const second = await within(store.config({ writerKey }), (registry) =>
    archive(registry, base, { 'reports/new.md': 'new\n' }, NOTED),
  );
  await within(asAdded, async (registry) => {
    for (const { id } of [first, second]) await registry.getManifest(id);
  });
  expect(await checkKeys(asAdded)).toEqual({ own: [added.recipient], packageId: second.id });
});

test('imported packages of a store without encryption keep their id and digests', async () => {
  const plain = embeddedStore(await makeTempDir(), { retentionClasses: loadRetentionClasses(undefined) });
  await within(plain, async (from) => {
    const made = await archive(from, base, TREE, NOTED);
    await within(asWriter(), async (to) => {
      const origin = { source: 'store', name: 'PLAINORIGIN', tagmanifest_sha256: null } as const;
      expect(await to.importPackage(from, made.id, origin)).toMatchObject({ isNew: true, id: made.id });
      expect(await to.importPackage(from, made.id, origin)).toMatchObject({ isNew: false });
    });
    await within(asReader(), async (to) => {
      const { manifestDigest, contentDigest } = made;
      expect(await to.getPackage(made.id)).toMatchObject({ manifestDigest, contentDigest, subject: 'PLAINSUBJECT' });
      expect(await restored(to, made.id)).toEqual(await digestsOf(base));
    });
  });
  expect(allBytes(store.directory).includes('PLAIN')).toBe(false);
});

test('holds, retention and garbage collection need no identity', async () => {
  await within(asWriter(), async (registry) => {
    const { id } = await archive(registry, base, TREE, { ...ABOUT, ...NOTED });
    const hold = await registry.applyHold(id, 'kept');
    await registry.releaseHold(hold, 'over');
    await registry.purgePackage(id, 'not needed');
    const report = await registry.collectGarbage({ graceMs: 0 });
    expect(report.retired.objects).toBeGreaterThan(0);
    expect(report.orphans.objects).toBe(1);
  });
  await within(asReader(), async (registry) => {
    expect(await registry.listTombstones()).toMatchObject([{ subject: 'PLAINSUBJECT', fileCount: 5 }]);
  });
});

test('a writer whose contents are retired by a collection meanwhile archives again', async () => {
  const root = sampleInfospace();
  await within(asWriter(), async (other) => {
    await within(asWriter(), async (registry) => {
      const first = await archiveInfospace(root, { registry });
      const finalize = registry.finalizePackage.bind(registry);
      let isFirst = true;
      registry.finalizePackage = async (id) => {
        if (isFirst) {
          isFirst = false;
          await other.purgePackage(first.record.package_id, 'not needed');
          await other.collectGarbage({ graceMs: 0 });
        }
        return finalize(id);
      };
      const second = await archiveInfospace(root, { registry });
      expect(second.reusedBytes).toBe(0);
      expect((await registry.listPackages()).map(({ id }) => id)).toEqual([second.record.package_id]);
      await within(asReader(), async (reader) => {
        const verified = await collect(reader.verifyPackages([second.record.package_id]));
        expect(verified).toMatchObject([{ damage: [] }]);
      });
    });
  });
});

test('an amended note is compared with the newest one, also by a registry with an outdated view', async () => {
  await within(asReader(), async (registry) => {
    const { id } = await archive(registry, base, TREE, NOTED);
    await registry.amendNote(id, 'reviewed');
    const database = { kind: 'sqlite', path: join(await makeTempDir(), 'other.sqlite3') } as const;
    await within({ ...asReader(), database }, async (other) => {
      await registry.amendNote(id, 'withdrawn');
      await other.amendNote(id, 'reviewed');
    });
    await registry.refresh();
    expect(await registry.listNotes(id)).toMatchObject([{ note: 'reviewed' }]);
  });
});

describe('of the two copies of each key', () => {
  let made: FinalizedPackage;
  let keys: string;
  let old: string;
  const rotate = () => changeRecipients(asReader(), (recipients) => recipients);

  beforeEach(async () => {
    made = await within(asWriter(), (registry) => archive(registry, base, TREE, NOTED));
    keys = join(store.directory, 'storage/keys');
    old = join(await makeTempDir(), 'keys');
    await cp(keys, old, { recursive: true });
  });

  /** The findings of `store check --deep` about keys that are not in order. */
  async function found(): Promise<string[]> {
    const findings = await collect(checkStore(asReader(), { deep: true }));
    return findings
      .filter(({ what, status }) => what === 'keys' && status !== 'ok')
      .map(({ status, detail }) => `${status}: ${detail}`);
  }

  /** The package can be read, and only the newest generation has keys. */
  async function expectRotated(generation: number): Promise<void> {
    const files = (await readdir(keys, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    const generations = files.map((file) =>
      relative(keys, join(file.parentPath, file.name)).replace(/[-/][0-9a-f]{32}/, ''),
    );
    const expected = ['session', 'store'].flatMap((kind) => ['', '.copy'].map((end) => `${kind}/${generation}${end}`));
    expect(generations.sort()).toEqual(expected);
    expect(await found()).toEqual([]);
    await within(asReader(), async (registry) => {
      expect(await restored(registry, made.id)).toEqual(await digestsOf(base));
    });
  }

  test('both are stored again by a rotation after one that was killed before it deleted the old ones', async () => {
    await rotate();
    await cp(old, keys, { recursive: true });
    expect(await found()).toEqual([
      expect.stringMatching(/^warning: 1 are encrypted for earlier recipients; .* rotate"/),
    ]);
    expect(await rotate()).toMatchObject({ generation: 3, left: 0 });
    await expectRotated(3);
  });

  test('the second is deleted by a rotation after one that was killed when it had deleted the first', async () => {
    await rotate();
    await cp(old, keys, { recursive: true, filter: (path) => !/[-/][0-9a-f]{32}$/.test(path) });
    expect(await rotate()).toMatchObject({ generation: 3, left: 0 });
    await expectRotated(3);
  });

  test('the second opens the store when the first is lost, and a rotation stores both again', async () => {
    for (const name of await readdir(keys, { recursive: true })) {
      if (/[-/][0-9a-f]{32}$/.test(name)) rmSync(join(keys, name));
    }
    await within(asReader(), async (registry) => {
      expect(await restored(registry, made.id)).toEqual(await digestsOf(base));
    });
    await within(asWriter(), async (registry) => {
      for await (const { damage } of registry.verifyPackages([made.id], undefined, { storedBytes: true }))
        expect(damage).toEqual([]);
    });
    expect(await found()).toEqual([expect.stringMatching(/^warning: 2 have one of two copies; .* rotate"/)]);
    expect(await rotate()).toMatchObject({ generation: 2, resealed: 1, left: 0 });
    await expectRotated(2);
  });

  test('without both, the check names the pack that cannot be read', async () => {
    rmSync(join(keys, 'session'), { recursive: true });
    expect(await found()).toEqual([
      expect.stringMatching(/^failed: "[0-9a-f]{32}" of "packs\/.*" is missing; restore/),
    ]);
  });
});

test('a registry is rebuilt and all that is kept is compared, with what each key lets one see', async () => {
  await within(asWriter(), (registry) => archive(registry, base, TREE, NOTED));
  for (const [config, status] of [
    [asReader(), 'ok'],
    [asWriter(), 'warning'],
  ] as const) {
    rmSync(join(store.directory, 'registry.sqlite3'));
    expect(await rebuildStore(config)).toMatchObject({ packages: 1, packs: 1 });
    const findings = await collect(checkStore(config, { deep: true }));
    expect(findings.filter((found) => found.status !== 'ok').map(({ what }) => what)).toEqual(
      status === 'ok' ? [] : ['packages'],
    );
    expect(await repairStore(config)).toEqual({ segments: [], copies: [], damaged: [], healed: [], hurt: [] });
  }
});

test('a writer stores the contents of a lost pack again', async () => {
  const made = await within(asWriter(), (registry) => archive(registry, base, TREE, NOTED));
  const packs = join(store.directory, 'storage/packs');
  rmSync(packs, { recursive: true });
  expect((await repairStore(asWriter())).damaged).toHaveLength(1);
  await within(asWriter(), (registry) => archive(registry, base, TREE, NOTED));
  await within(asReader(), async (registry) => {
    expect(await restored(registry, made.id)).toEqual(await digestsOf(base));
  });
});

test.each(['encrypted', 'encrypted-2'])('the golden store %s is read', async (name) => {
  const golden = join(repository, '__tests__/golden/stores', name);
  const directory = await makeTempDir();
  await cp(join(golden, 'store'), directory, { recursive: true });
  const identities = await readFile(join(golden, 'identity.txt'), 'utf8');
  const config = embeddedStore(directory, { retentionClasses: loadRetentionClasses(undefined), keys: { identities } });
  const lines = JSON.parse(await readFile(join(golden, 'packages.json'), 'utf8')) as { id: string; note: string }[];
  await within(config, async (registry) => {
    const notes = new Map((await registry.listNotes()).map(({ packageId, note }) => [packageId, note]));
    const packages = (await registry.listPackages()).map((each) => ({
      id: each.id,
      manifest_digest: each.manifestDigest,
      content_digest: each.contentDigest,
      file_count: each.fileCount,
      total_bytes: each.totalBytes,
      subject: each.subject,
      producer: each.producer,
      note: notes.get(each.id),
    }));
    expect(packages).toEqual(lines);
    const verified = await collect(registry.verifyPackages(lines.map(({ id }) => id)));
    expect(verified.flatMap(({ damage }) => damage)).toEqual([]);
    expect((await registry.listLabels()).map(({ label, subject }) => [label, subject])).toEqual([['v1', 'guide']]);
    expect((await registry.stats()).bySubjectAndClass).toMatchObject([{ subject: 'guide', packages: 2 }]);
  });
});
