import { dirname, join } from 'node:path';
import type { Bag } from '../../src/artifact-store/bag/read-bag.ts';
import type { PackageReader } from '../../src/artifact-store/package-reader.ts';

/**
 * Somebody else may write to the target, or to the folder it is in, while a package is restored.
 *
 * Seen to fail with paths instead of descriptors in `HeldFolder`, and at each use of one: the target, the folders
 * below it, the staging folder; without `O_NOFOLLOW`; with a staging folder that is made or emptied by its path; with `w`
 * for `wx`, of a store and of a file; and, for the modes, with 0777 for folders, and with 0666 and 0777 for files.
 */
const onlyOnLinux = process.platform === 'linux' ? describe : describe.skip;

/** Called before each call by which a restore looks at, makes, moves or removes something. */
let beforeCall: () => void = () => undefined;
const CALLS = ['lstat', 'mkdir', 'open', 'readdir', 'rename', 'rm', 'rmdir', 'symlink', 'writeFile'] as const;

const SYNC_CALLS = ['lstatSync', 'renameSync', 'rmSync'] as const;

// Saved before they are replaced, since calls of the test itself are not calls of a restore.
const { chmodSync, existsSync, lstatSync, readdirSync, renameSync, symlinkSync } = process.getBuiltinModule('node:fs');

function watch(module: unknown, names: readonly string[]): () => void {
  const functions = module as Record<string, (...args: unknown[]) => unknown>;
  const real = Object.fromEntries(names.map((name) => [name, functions[name]!]));
  for (const name of names) {
    functions[name] = (...args) => {
      beforeCall();
      return real[name]!(...args);
    };
  }
  return () => Object.assign(functions, real);
}
const unwatch = [
  watch(process.getBuiltinModule('node:fs/promises'), CALLS),
  watch(process.getBuiltinModule('node:fs'), SYNC_CALLS),
];
afterAll(() => {
  for (const restore of unwatch) restore();
});

// They use the functions as they are when they are loaded.
const { noise, sampleInfospace, temporaryFolder, treeOf, writeTree } = await import('../infospace/fixtures.ts');
const { archiveInfospace, openRegistry, restoreArchive } = await import('../../src/index.ts');
const { openBag } = await import('../../src/artifact-store/bag/read-bag.ts');

async function exported(root: string): Promise<Bag> {
  const { record } = await archiveInfospace(root);
  const registry = await openRegistry(root, {}, 'read');
  const file = join(temporaryFolder(), 'package.bag.tar.zst');
  await registry.exportPackage(record.package_id, { file });
  await registry.close();
  return openBag(file);
}

onlyOnLinux('a folder replaced by a link at any moment of a restore leads nothing out of the target', () => {
  let root: string;
  let bag: Bag;
  beforeAll(async () => {
    const tree = { 'artifacts/a/b.txt': 'b', 'artifacts/link': { link: 'a' } };
    root = writeTree(join(temporaryFolder(), 'space'), tree);
    bag = await exported(root);
  });

  /** The victims: paths in the target's folder that appear during a restore. */
  const VICTIMS: [what: string, victim: (parent: string) => string | undefined][] = [
    ['the target', (parent) => join(parent, 'target')],
    ['a folder of the target', (parent) => join(parent, 'target/artifacts')],
    ['a folder in a folder of the target', (parent) => join(parent, 'target/artifacts/a')],
    ['the staging folder', (parent) => stagingIn(join(parent, 'target')) ?? stagingIn(parent)],
  ];

  function stagingIn(folder: string): string | undefined {
    if (!existsSync(folder) || lstatSync(folder).isSymbolicLink()) return undefined;
    const name = readdirSync(folder).find((found) => found.startsWith('.infospace-restore-'));
    return name && join(folder, name);
  }

  const outsideTree = Object.fromEntries(
    ['artifacts/a/b.txt', 'a/b.txt', 'b.txt', 'files/x', 'replaced/y'].map((path) => [path, 'outside']),
  );

  /** Acts before each call in turn, in a restore for each, and expects that nothing outside changes. */
  async function atEveryCall(
    act: (parent: string, outside: string) => boolean,
    { isThere = true, registry = bag as PackageReader } = {},
  ): Promise<void> {
    const folder = temporaryFolder();
    let acts = 0;
    let calls = 0;
    for (let at = 0; at <= calls; at++) {
      const parent = writeTree(join(folder, `${at}`), {});
      if (isThere) writeTree(join(parent, 'target'), { 'artifacts/a/b.txt': 'old' });
      const outside = writeTree(join(folder, `${at}-outside`), outsideTree);
      const before = treeOf(outside);
      calls = 0;
      beforeCall = () => {
        expect([at, readdirSync(outside)]).toEqual([at, ['a', 'artifacts', 'b.txt', 'files', 'replaced']]);
        if (calls++ === at && act(parent, outside)) acts++;
      };
      const options = { target: join(parent, 'target'), force: true, registry };
      const refused = await restoreArchive(bag.summary.id, options).catch((error: unknown) => error);
      beforeCall = () => undefined;
      if (refused instanceof Error) expect(refused).toHaveProperty('code', 'TARGET_REFUSED');
      expect([at, treeOf(outside)]).toEqual([at, before]);
    }
    expect(acts).toBeGreaterThan(1);
  }

  function swap(path: string | undefined, outside: string): boolean {
    if (path === undefined || !existsSync(path)) return false;
    renameSync(path, `${path}-moved-away`);
    symlinkSync(outside, path);
    return true;
  }

  test.each(VICTIMS)('%s', async (_, victim) => {
    await atEveryCall((parent, outside) => swap(victim(parent), outside));
  });

  test('the staging folder of a missing target', async () => {
    await atEveryCall((parent, outside) => swap(stagingIn(parent), outside), { isThere: false });
  });

  function plant(parent: string, outside: string): boolean {
    const staging = stagingIn(join(parent, 'target'));
    const file = staging && join(staging, 'files/artifacts/a/b.txt');
    if (file === undefined || !existsSync(dirname(file)) || existsSync(file)) return false;
    symlinkSync(join(outside, 'b.txt'), file);
    return true;
  }

  test('a link planted in the place of a file is not followed', async () => {
    await atEveryCall(plant);
    const registry = await openRegistry(root, {}, 'read');
    await atEveryCall(plant, { registry });
    await registry.close();
  });

  test('while files are read from a store', async () => {
    const space = sampleInfospace({ 'output/large.bin': noise(3_000_000) });
    const { record } = await archiveInfospace(space);
    const target = writeTree(temporaryFolder(), { 'artifacts/data/table.csv': 'old' });
    const outside = writeTree(temporaryFolder(), { 'artifacts/data/table.csv': 'outside' });
    const before = treeOf(outside);
    const onProgress = ({ files }: { files: number }) => {
      if (files === 0 || existsSync(`${target}-moved`)) return;
      renameSync(target, `${target}-moved`);
      symlinkSync(outside, target);
    };
    await restoreArchive(record.package_id, { target, from: space, force: true, onProgress });
    expect(treeOf(outside)).toEqual(before);
    expect(treeOf(`${target}-moved`)).toMatchObject({ 'output/large.bin': expect.anything() });
  });
});

onlyOnLinux('modes', () => {
  const umask = process.umask();
  afterEach(() => void process.umask(umask));
  let root: string;
  let bag: Bag;
  beforeAll(async () => {
    root = sampleInfospace({ 'output/large.bin': noise(3_000_000), 'output/set.sh': { script: 'id' } });
    chmodSync(join(root, 'output/set.sh'), 0o6777);
    chmodSync(join(root, 'artifacts/data'), 0o7777);
    for (const path of PLAIN) chmodSync(join(root, path), 0o666);
    bag = await exported(root);
  });
  const PLAIN = ['output/large.bin', 'output/empty.txt', 'artifacts/overview.md'];

  function modesOf(target: string): Record<string, string> {
    const paths = ['', ...readdirSync(target, { recursive: true, encoding: 'utf8' })];
    const stats = paths.map((path) => [path, lstatSync(join(target, path))] as const);
    const modes = stats.filter(([, stat]) => !stat.isSymbolicLink());
    return Object.fromEntries(modes.map(([path, { mode }]) => [path, (mode & 0o7777).toString(8)]));
  }

  test.each([
    ['000', '644', '755'],
    ['027', '640', '750'],
    ['077', '600', '700'],
  ])('under umask %s: only the owner may write, and no other bit is set', async (mask, plain, executable) => {
    process.umask(Number.parseInt(mask, 8));
    for (const registry of [undefined, bag]) {
      const target = join(temporaryFolder(), 'made/target');
      await restoreArchive(bag.summary.id, { target, from: root, registry });
      const modes = modesOf(target);
      expect(new Set(Object.values(modes))).toEqual(new Set([plain, executable]));
      expect(modes).toMatchObject({ '': executable, 'output/set.sh': executable, 'artifacts/data': executable });
      for (const path of PLAIN) expect(modes).toHaveProperty([path], plain);
    }
  });
});
