import { createHash } from 'node:crypto';
import { cpSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkBag } from '../../../src/artifact-store/bag/check-bag.ts';
import { archiveInfospace, exportPackage } from '../../../src/index.ts';
import { refusal, sampleInfospace, type Tree, temporaryFolder, writeTree } from '../../infospace/fixtures.ts';

/** Each check in check-bag.ts, scan-bag.ts and tag-text.ts was removed once, and a test here failed. */

type Files = Record<string, string>;

const DECLARATION = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';
const sum = (algorithm: string, text: string | Buffer) => createHash(algorithm).update(text).digest('hex');

/** A bag in the form of other software: payload files, and a manifest for each algorithm. */
function bagOf(payload: Files, tags: Files = {}, algorithms = ['sha256'], extra: Tree = {}): string {
  const data = Object.fromEntries(Object.entries(payload).map(([path, text]) => [`data/${path}`, text]));
  const manifests = algorithms.map((algorithm) => [
    `manifest-${algorithm}.txt`,
    Object.entries(data)
      .map(([path, text]) => `${sum(algorithm, text)}  ${path.replace(/[%\n\r]/g, encodeURIComponent)}\n`)
      .join(''),
  ]);
  const folder = join(temporaryFolder(), 'survey');
  return writeTree(folder, { 'bagit.txt': DECLARATION, ...Object.fromEntries(manifests), ...data, ...extra, ...tags });
}

const PAYLOAD: Files = { 'a.txt': 'a', 'b/100%.txt': 'b', 'b/two\nlines': 'c', 'b/empty': '' };

test('a bag of other software yields its files, its description and its empty folders', async () => {
  const info = 'Source-Organization: The Library\nExternal-Description: first\n  second\n\nPayload-Oxum: 3.4\n';
  const bag = bagOf(PAYLOAD, { 'bag-info.txt': info }, ['sha256'], { 'data/none/': null });
  symlinkSync('a.txt', join(bag, 'data/link'));
  const listed = readFileSync(join(bag, 'manifest-sha256.txt'), 'utf8');
  writeFileSync(join(bag, 'manifest-sha256.txt'), `${listed}${sum('sha256', 'a')}  data/link\n`);
  writeFileSync(join(bag, 'bag-info.txt'), info.replace('3.4', '4.5'));
  const checked = await checkBag(bag);
  expect(checked.bag).toBeUndefined();
  expect(checked.info).toEqual([
    ['Source-Organization', 'The Library'],
    ['External-Description', 'first\nsecond'],
    ['Payload-Oxum', '4.5'],
  ]);
  expect(checked.files.map(({ path, kind }) => `${kind} ${path}`)).toEqual([
    'file a.txt',
    'file b/100%.txt',
    'file b/empty',
    'file b/two\nlines',
    'symlink link',
    'directory none',
  ]);
});

test('names in another normalization form of Unicode are the same names', async () => {
  const bag = bagOf({ 'cafe\u0301.txt': 'a' }, { 'manifest-sha256.txt': sums('data/caf\u00e9.txt') });
  expect((await checkBag(bag)).files.map(({ path }) => path)).toEqual(['cafe\u0301.txt']);
});

test('a payload manifest of a draft version may list tag files, which are checked; one of 1.0 may not', async () => {
  const tags = (version: string, sum: string) => ({
    'bagit.txt': DECLARATION.replace('1.0', version),
    'bag-info.txt': 'A: b\n',
    'manifest-sha256.txt': `${sums('data/a.txt')}${sum}  bag-info.txt\n`,
  });
  const right = sum('sha256', 'A: b\n');
  expect((await checkBag(bagOf({ 'a.txt': 'a' }, tags('0.96', right)))).files).toHaveLength(1);
  const wrong = bagOf({ 'a.txt': 'a' }, tags('0.96', '0'.repeat(64)));
  await expect(checkBag(wrong)).rejects.toEqual(refusal('INTEGRITY', 'bag-info.txt', 'sha256'));
  const strict = bagOf({ 'a.txt': 'a' }, tags('1.0', right));
  await expect(checkBag(strict)).rejects.toEqual(refusal('INTEGRITY', 'for the payload alone'));
});

test.each([['md5'], ['sha1'], ['sha224'], ['sha384'], ['sha512'], ['md5', 'sha512']])(
  'a bag of %s is checked',
  async (...algorithms) => {
    const bag = bagOf(PAYLOAD, {}, algorithms);
    expect((await checkBag(bag)).files).toHaveLength(4);
    writeFileSync(join(bag, 'data/a.txt'), 'x');
    await expect(checkBag(bag)).rejects.toEqual(refusal('INTEGRITY', 'data/a.txt'));
  },
);

test('names that other software does not encode, or that begin with a dot, are found', async () => {
  const listed = `${sum('sha256', 'a')} *./data/a.txt\r\n${sum('sha256', 'b').toUpperCase()}\tdata/%25 100%.txt\r\n`;
  const bag = bagOf({ 'a.txt': 'a', '%25 100%.txt': 'b' }, { 'manifest-sha256.txt': listed });
  expect((await checkBag(bag)).files).toHaveLength(2);
});

const sums = (...paths: string[]) => paths.map((path) => `${sum('sha256', 'a')}  ${path}\n`).join('');

test.each<[what: string, code: Parameters<typeof refusal>[0], message: string, make: () => string]>([
  ['no declaration', 'INTEGRITY', 'bagit.txt', () => without(bagOf(PAYLOAD), 'bagit.txt')],
  [
    'another version',
    'FORMAT_UNSUPPORTED',
    'version',
    () => bagOf(PAYLOAD, { 'bagit.txt': DECLARATION.replace('1.0', '2.0') }),
  ],
  [
    'another encoding',
    'FORMAT_UNSUPPORTED',
    'encoding',
    () => bagOf(PAYLOAD, { 'bagit.txt': DECLARATION.replace('UTF-8', 'EBCDIC-9') }),
  ],
  [
    'files to be fetched',
    'FORMAT_UNSUPPORTED',
    'fetch.txt',
    () => bagOf(PAYLOAD, { 'fetch.txt': 'http://localhost/x 1 data/x\n' }),
  ],
  ['no manifest', 'FORMAT_UNSUPPORTED', 'manifest-sha256.txt', () => bagOf(PAYLOAD, { 'manifest-sha3.txt': '' }, [])],
  ['a missing file', 'INTEGRITY', 'data/a.txt', () => without(bagOf(PAYLOAD), 'data/a.txt')],
  ['an unlisted file', 'INTEGRITY', 'data/new', () => bagOf(PAYLOAD, {}, ['sha256'], { 'data/new': 'x' })],
  ['a file that one manifest lacks', 'INTEGRITY', 'sha512', () => bagOf(PAYLOAD, { 'manifest-sha512.txt': '' })],
  ['a changed file', 'INTEGRITY', 'data/a.txt', () => bagOf(PAYLOAD, {}, ['sha256'], { 'data/a.txt': 'x' })],
  ['an invalid line', 'INTEGRITY', 'not a digest', () => bagOf(PAYLOAD, { 'manifest-sha256.txt': 'hello\n' })],
  [
    'a path that is listed twice',
    'INTEGRITY',
    'twice',
    () => bagOf({ 'a.txt': 'a' }, { 'manifest-sha256.txt': sums('data/a.txt', 'data/a.txt') }),
  ],
  [
    'a manifest that is not UTF-8',
    'INTEGRITY',
    'not UTF-8',
    () => bagOf(PAYLOAD, {}, [], { 'manifest-sha256.txt': Buffer.from([0xff]) }),
  ],
  ['a wrong Payload-Oxum', 'INTEGRITY', '3.4', () => bagOf(PAYLOAD, { 'bag-info.txt': 'Payload-Oxum: 3.3\n' })],
  [
    'a changed tag file',
    'INTEGRITY',
    'bag-info.txt',
    () => bagOf(PAYLOAD, { 'bag-info.txt': 'A: b\n', 'tagmanifest-sha256.txt': sums('bag-info.txt') }),
  ],
  [
    'a missing tag file',
    'INTEGRITY',
    'notes.txt',
    () => bagOf(PAYLOAD, { 'tagmanifest-md5.txt': `${'0'.repeat(32)}  notes.txt\n` }),
  ],
  [
    'a path to the outside',
    'INTEGRITY',
    '../a.txt',
    () => bagOf({ 'a.txt': 'a' }, { 'manifest-sha256.txt': sums('data/a.txt', 'data/../../a.txt') }),
  ],
  [
    'an absolute path',
    'INTEGRITY',
    '/etc/passwd',
    () => bagOf({ 'a.txt': 'a' }, { 'manifest-sha256.txt': sums('data/a.txt', '/etc/passwd') }),
  ],
  [
    "a path from somebody's home",
    'INTEGRITY',
    '~/x',
    () => bagOf({ 'a.txt': 'a' }, { 'manifest-sha256.txt': sums('data/a.txt', '~/x') }),
  ],
  [
    'an encoded path to the outside',
    'INTEGRITY',
    '..%0A',
    () => bagOf({ 'a.txt': 'a' }, { 'manifest-sha256.txt': sums('data/a.txt', 'data/..%0A') }),
  ],
  ['a name that Windows reserves', 'PATH_INVALID', 'NUL.txt', () => bagOf({ 'NUL.txt': 'a' })],
  [
    'a link to the outside',
    'PATH_INVALID',
    'leads out',
    () => bagOf({}, {}, ['sha256'], { 'data/link': { link: '../../outside' } }),
  ],
  [
    'an absolute link',
    'PATH_INVALID',
    '/etc/passwd',
    () => bagOf({}, {}, ['sha256'], { 'data/link': { link: '/etc/passwd' } }),
  ],
  [
    'a link for a tag file',
    'INTEGRITY',
    'notes.txt',
    () => bagOf(PAYLOAD, {}, ['sha256'], { 'notes.txt': { link: '/etc/passwd' } }),
  ],
])('a bag with %s is refused', async (_, code, message, make) => {
  await expect(checkBag(make())).rejects.toEqual(refusal(code, message));
});

function without(bag: string, path: string): string {
  rmSync(join(bag, path));
  return bag;
}

/** A package as a bag in a folder, and a change to it. */
async function ours(change: (bag: string) => void): Promise<string> {
  const root = sampleInfospace({ 'output/dangling': { link: 'nowhere' }, 'output/reports': { link: '../reports' } });
  const { record } = await archiveInfospace(root);
  const to = join(temporaryFolder(), 'bag');
  await exportPackage(record.package_id, { from: root, to });
  change(to);
  return to;
}

/** With manifests that match the changed files, as an attacker would write them. */
function resealed(bag: string): void {
  const manifest = join(bag, 'manifest-sha256.txt');
  const listed = readFileSync(manifest, 'utf8').replace(/^.{64} {2}(.*)$/gm, (_, path) => {
    return `${sum('sha256', readFileSync(join(bag, path)))}  ${path}`;
  });
  writeFileSync(manifest, listed);
  const tags = [
    'bagit.txt',
    'bag-info.txt',
    'infospace/manifest.cbor',
    'infospace/manifest.json',
    'manifest-sha256.txt',
  ];
  const tagSums = tags.map((path) => `${sum('sha256', readFileSync(join(bag, path)))}  ${path}\n`);
  writeFileSync(join(bag, 'tagmanifest-sha256.txt'), tagSums.join(''));
}

test('a bag of this software is valid, also with copies in place of links and without executable bits', async () => {
  const bag = await ours((folder) => {
    cpSync(join(folder, 'data/artifacts/overview.md'), join(folder, 'copy'));
    rmSync(join(folder, 'data/artifacts/latest.md'));
    renameSync(join(folder, 'copy'), join(folder, 'data/artifacts/latest.md'));
    rmSync(join(folder, 'data/reports/pending'), { recursive: true });
  });
  const checked = await checkBag(bag);
  expect(checked.bag?.summary.subject).toBe('guide');
  expect(checked.tagManifestSha256).toBe(sum('sha256', readFileSync(join(bag, 'tagmanifest-sha256.txt'))));
});

test.each<[what: string, message: string, change: (bag: string) => void]>([
  [
    'a changed file',
    'data/artifacts/data/table.csv',
    (bag) => writeFileSync(join(bag, 'data/artifacts/data/table.csv'), 'a,b\n1,3\n'),
  ],
  [
    'a changed file and manifests that say so',
    'artifacts/data/table.csv',
    (bag) => {
      writeFileSync(join(bag, 'data/artifacts/data/table.csv'), 'a,b\n1,3\n');
      resealed(bag);
    },
  ],
  [
    'another manifest in JSON',
    'manifest in JSON',
    (bag) => {
      const json = join(bag, 'infospace/manifest.json');
      writeFileSync(json, readFileSync(json, 'utf8').replace('infospace-bench', 'somebody-else'));
      resealed(bag);
    },
  ],
  [
    'no manifest in JSON',
    'manifest in JSON',
    (bag) => {
      rmSync(join(bag, 'infospace/manifest.json'));
      rmSync(join(bag, 'tagmanifest-sha256.txt'));
    },
  ],
  [
    'another link',
    'artifacts/latest.md',
    (bag) => {
      rmSync(join(bag, 'data/artifacts/latest.md'));
      symlinkSync('../artifacts/overview.md', join(bag, 'data/artifacts/latest.md'));
    },
  ],
  ['a link that is gone', 'artifacts/latest.md', (bag) => rmSync(join(bag, 'data/artifacts/latest.md'))],
  ['a new link to a folder', '"new"', (bag) => symlinkSync('reports', join(bag, 'data/new'))],
  [
    'a new file that its manifest lists',
    'new.txt',
    (bag) => {
      writeFileSync(join(bag, 'data/new.txt'), 'a');
      const manifest = join(bag, 'manifest-sha256.txt');
      writeFileSync(manifest, `${readFileSync(manifest, 'utf8')}${sum('sha256', 'a')}  data/new.txt\n`);
      writeFileSync(join(bag, 'bag-info.txt'), '');
      resealed(bag);
    },
  ],
])('a bag of this software with %s is refused', async (_, message, change) => {
  await expect(checkBag(await ours(change))).rejects.toEqual(refusal('INTEGRITY', message));
});
