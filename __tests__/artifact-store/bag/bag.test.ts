import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createWriteStream,
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { checkBag } from '../../../src/artifact-store/bag/check-bag.ts';
import { openBag } from '../../../src/artifact-store/bag/read-bag.ts';
import type { ContentEntry } from '../../../src/artifact-store/manifest/model.ts';
import { archiveInfospace, exportPackage, importBag, openRegistry, restoreArchive } from '../../../src/index.ts';
import {
  contentOf,
  damagePacks,
  noise,
  refusal,
  repository,
  sampleInfospace,
  type Tree,
  temporaryFolder,
  treeOf,
  writeTree,
} from '../../infospace/fixtures.ts';

const LONG = `output/${'a-long-name/'.repeat(20)}end.txt`;
const HARD: Tree = {
  [LONG]: 'far down',
  [`output/${'ü'.repeat(60)}.txt`]: 'wide',
  'output/100%.txt': 'percent',
  'output/big.bin': noise(3_000_000),
  'output/dangling': { link: 'nowhere' },
  'output/folder-link': { link: '../reports' },
  'output/chain': { link: '../artifacts/latest.md' },
};

/** A package of an infospace, and its self-contained file. */
async function exported(extra: Tree = HARD): Promise<{ root: string; id: string; digest: string; file: string }> {
  const root = sampleInfospace(extra);
  const { record } = await archiveInfospace(root, { note: 'first\nsecond line' });
  const file = join(temporaryFolder(), 'package.bag.tar.zst');
  const registry = await openRegistry(root, {}, 'read');
  try {
    await registry.exportPackage(record.package_id, { file });
  } finally {
    await registry.close();
  }
  return { root, id: record.package_id, digest: record.manifest_digest, file };
}

/** The bag as tar unpacks it, without this software. */
function unpacked(file: string, id: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'bag.tar'), zstdDecompressSync(readFileSync(file)));
  execFileSync('tar', ['-xf', 'bag.tar'], { cwd: folder });
  return join(folder, id);
}

/** The checksums of a BagIt manifest, by path. */
function sumsIn(bag: string, manifest: string): Map<string, string> {
  const lines = readFileSync(join(bag, manifest), 'utf8').trimEnd().split('\n');
  return new Map(lines.map((line) => [decodeURIComponent(line.slice(66)), line.slice(0, 64)]));
}

const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

test('a bag in a file brings back the package byte for byte', async () => {
  const { root, id, digest, file } = await exported();
  const target = join(temporaryFolder(), 'back');
  const bag = await openBag(file);
  const restored = await restoreArchive(digest, { target, registry: bag });
  expect(restored.package).toMatchObject({ id, manifestDigest: digest, subject: 'guide' });
  expect(contentOf(target)).toEqual(contentOf(root));
  await expect(bag.verify()).resolves.toBeUndefined();
});

test('pieces of a file in a bag may be kept', async () => {
  const { root, file } = await exported();
  const bag = await openBag(file);
  const [entry] = (await bag.getManifest()).files.filter(({ path }) => path === 'output/big.bin');
  const pieces: Uint8Array[] = [];
  for await (const content of bag.readFiles([entry as ContentEntry])) {
    for await (const piece of content.pieces) pieces.push(piece);
  }
  expect(pieces.length).toBeGreaterThan(1);
  expect(Buffer.concat(pieces).equals(readFileSync(join(root, 'output/big.bin')))).toBe(true);
});

test('the bag of a package without files has a payload folder', async () => {
  const declaration = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';
  const tree = { 'bagit.txt': declaration, 'manifest-sha256.txt': '', 'data/': null };
  const storeRoot = join(temporaryFolder(), 'store');
  const { package: made } = await importBag(writeTree(join(temporaryFolder(), 'none'), tree), { storeRoot });
  const [folder, file] = [join(temporaryFolder(), 'bag'), join(temporaryFolder(), 'bag.tar.zst')];
  await exportPackage(made.id, { storeRoot, to: folder });
  expect(lstatSync(join(folder, 'data')).isDirectory()).toBe(true);
  await exportPackage(made.id, { storeRoot, to: file });
  expect(lstatSync(join(unpacked(file, made.id), 'data')).isDirectory()).toBe(true);
  expect((await importBag(file, { storeRoot })).package.isNew).toBe(false);
});

test('tar unpacks a bag to the archived files, except for dangling links', async () => {
  const { root, id, file } = await exported();
  const expected = contentOf(root);
  delete expected['output/dangling'];
  expect(contentOf(join(unpacked(file, id), 'data'))).toEqual(expected);
});

test('the BagIt manifests list every file that a validator sees, with correct checksums', async () => {
  const { id, file } = await exported();
  const bag = unpacked(file, id);
  expect(readFileSync(join(bag, 'bagit.txt'), 'utf8')).toBe('BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n');
  const payload = sumsIn(bag, 'manifest-sha256.txt');
  const seen = (await readdir(join(bag, 'data'), { recursive: true }))
    .map((path) => `data/${path}`)
    .filter((path) => existsSync(join(bag, path)) && readsAsFile(join(bag, path)));
  expect([...payload.keys()].sort()).toEqual(seen.sort());
  for (const [path, sum] of payload) expect(sha256(join(bag, path))).toBe(sum);
  for (const [path, sum] of sumsIn(bag, 'tagmanifest-sha256.txt')) expect(sha256(join(bag, path))).toBe(sum);
  const info = readFileSync(join(bag, 'bag-info.txt'), 'utf8');
  expect(info).toContain(`External-Identifier: ${id}\nExternal-Description: first\n  second line\n`);
  const octets = [...payload.keys()].reduce((sum, path) => sum + readFileSync(join(bag, path)).length, 0);
  expect(info).toContain(`Payload-Oxum: ${octets}.${payload.size}\n`);
});

function readsAsFile(path: string): boolean {
  const stat = lstatSync(path);
  if (!stat.isSymbolicLink()) return stat.isFile();
  return readsAsFile(join(dirname(path), readlinkSync(path)));
}

test('the same package gives the same file, and an existing target is refused', async () => {
  const { root, id, file } = await exported();
  const registry = await openRegistry(root, {}, 'read');
  try {
    const again = join(temporaryFolder(), basename(file));
    await registry.exportPackage(id, { file: again });
    expect(sha256(again)).toBe(sha256(file));
    await expect(registry.exportPackage(id, { file: again })).rejects.toEqual(refusal('TARGET_REFUSED', again));
    expect(await readdir(dirname(again))).toEqual([basename(file)]);
  } finally {
    await registry.close();
  }
});

test('a bag in a folder or a stream equals the bag in a file', async () => {
  const { root, id, file } = await exported();
  const [folder, streamed] = [join(temporaryFolder(), 'bag'), join(temporaryFolder(), 'streamed')];
  await exportPackage(id, { from: root, to: folder });
  expect(treeOf(folder)).toEqual(treeOf(unpacked(file, id)));
  const output = createWriteStream(streamed);
  await exportPackage(id, { from: root, to: output });
  await new Promise<void>((resolve) => output.end(resolve));
  expect(sha256(streamed)).toBe(sha256(file));
});

test('a folder with content is refused, an empty one is filled', async () => {
  const { root, id } = await exported({});
  const folder = writeTree(join(temporaryFolder(), 'bag'), { 'mine.txt': 'mine' });
  const before = treeOf(dirname(folder));
  await expect(exportPackage(id, { from: root, to: folder })).rejects.toEqual(refusal('TARGET_REFUSED', folder));
  expect(treeOf(dirname(folder))).toEqual(before);
  unlinkSync(join(folder, 'mine.txt'));
  await exportPackage(id, { from: root, to: folder });
  await expect((await openBag(folder)).verify()).resolves.toBeUndefined();
});

test.each([['bag'], ['bag.tar.zst']])('a failed export to %s leaves nothing behind', async (name) => {
  const { root, id } = await exported({ 'output/big.bin': noise(3_000_000) });
  damagePacks(root);
  const place = temporaryFolder();
  await expect(exportPackage(id, { from: root, to: join(place, name) })).rejects.toEqual(refusal('INTEGRITY'));
  expect(treeOf(place)).toEqual({});
});

test.each([
  ['a name that ends as other archives do', 'USAGE', () => join(temporaryFolder(), 'bag.zip')],
  ['a place in the store', 'TARGET_REFUSED', (root: string) => join(root, 'output/archives/.store/bag')],
  ['a missing folder', 'TARGET_REFUSED', () => join(temporaryFolder(), 'not/bag.tar.zst')],
] as const)('%s is refused', async (_, code, to) => {
  const { root, id } = await exported({});
  await expect(exportPackage(id, { from: root, to: to(root) })).rejects.toEqual(refusal(code));
});

/** Computed with version 0.1, before its manifest had its own folder. */
test('a file in the previous layout is read, checked and imported', async () => {
  const file = join(repository, '__tests__/golden/package-manifest.bag.tar.zst');
  const bag = await openBag(file);
  expect(bag.summary.manifestDigest).toBe('blake3:f06ee37f33d48de599291e7ab354df07352d190df3f23e90fde74209bd72b40b');
  expect((await checkBag(file)).bag?.summary).toEqual(bag.summary);
  const target = join(temporaryFolder(), 'back');
  await restoreArchive('latest', { subject: 'guide', registry: bag, target });
  expect(Object.keys(treeOf(target)).sort()).toEqual([
    'artifacts/',
    'artifacts/100%.txt',
    'artifacts/latest.md',
    'artifacts/overview.md',
    'infospace.yaml',
    'output/',
    'output/none/',
    'output/run.sh',
  ]);
});

/** Changes bytes of the tar archive in the file. */
function tamper(file: string, change: (tar: Buffer) => Buffer): void {
  writeFileSync(file, zstdCompressSync(change(zstdDecompressSync(readFileSync(file)))));
}

test('a changed byte is found, the error names its file, and no target is left behind', async () => {
  const { file, digest } = await exported();
  tamper(file, (tar) => {
    tar[tar.lastIndexOf('a,b\n1,2\n')] = 0x58;
    return tar;
  });
  const bag = await openBag(file);
  const target = join(temporaryFolder(), 'back');
  await expect(bag.verify()).rejects.toEqual(refusal('INTEGRITY', 'artifacts/data/table.csv'));
  await expect(restoreArchive(digest, { target, registry: bag })).rejects.toEqual(
    refusal('INTEGRITY', 'artifacts/data/table.csv'),
  );
  expect(existsSync(target)).toBe(false);
});

test('a forged manifest does not match the digest of the package', async () => {
  const { file, digest } = await exported();
  tamper(file, (tar) => {
    const at = tar.indexOf('infospace-bench', tar.indexOf('infospace/manifest.cbor') + 512);
    tar.write('infospace-forge', at);
    return tar;
  });
  await expect((await openBag(file)).getPackage(digest)).rejects.toEqual(refusal('NOT_FOUND', digest));
});

test.each([
  ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 2000)],
  ['cut to a few bytes', (bytes: Buffer) => bytes.subarray(0, 10)],
  ['not compressed', () => Buffer.from('hello')],
  ['empty', () => Buffer.alloc(0)],
])('a file that is %s is refused', async (_, change) => {
  const { file } = await exported();
  writeFileSync(file, change(readFileSync(file)));
  const read = async () => (await openBag(file)).verify();
  await expect(read()).rejects.toEqual(refusal('INTEGRITY'));
});

test('a tar without a manifest, or with a member missing, is refused', async () => {
  const { file } = await exported({});
  const folder = temporaryFolder();
  await mkdir(join(folder, 'x'));
  execFileSync('tar', ['-cf', 'x.tar', 'x'], { cwd: folder });
  writeFileSync(join(folder, 'x.zst'), zstdCompressSync(readFileSync(join(folder, 'x.tar'))));
  await expect(openBag(join(folder, 'x.zst'))).rejects.toEqual(refusal('INTEGRITY', 'has no package manifest'));
  tamper(file, (tar) => {
    const at = tar.indexOf('/data/output/result.json');
    tar.write('/data/output/resulT.json', at);
    // The checksum of the header changes by the difference of the letters.
    const start = Math.floor(at / 512) * 512;
    const sum = Number.parseInt(tar.toString('latin1', start + 148, start + 154), 8) - 32;
    tar.write(sum.toString(8).padStart(6, '0'), start + 148);
    return tar;
  });
  await expect((await openBag(file)).verify()).rejects.toEqual(refusal('INTEGRITY', 'lacks "output/result.json"'));
});

test('a missing file, and a package that is not in the file, are not found', async () => {
  const { file } = await exported({});
  await expect(openBag(`${file}.not`)).rejects.toEqual(refusal('NOT_FOUND', `${file}.not`));
  const bag = await openBag(file);
  const target = join(temporaryFolder(), 'back');
  const other = '0192f0c1-0000-7000-8000-000000000000';
  await expect(restoreArchive(other, { target, registry: bag })).rejects.toEqual(refusal('NOT_FOUND', other));
  await expect(restoreArchive('latest', { target, registry: bag, subject: 'guide' })).resolves.toBeDefined();
});
