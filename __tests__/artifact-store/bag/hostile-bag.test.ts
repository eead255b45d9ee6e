import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { checkBag } from '../../../src/artifact-store/bag/check-bag.ts';
import { openBag } from '../../../src/artifact-store/bag/read-bag.ts';
import { encodeHeader, endOfArchive, padding, type TarEntry } from '../../../src/artifact-store/bag/tar.ts';
import { readTar } from '../../../src/artifact-store/bag/tar-reader.ts';
import { type CborValue, decodeCbor, encodeCbor } from '../../../src/artifact-store/encoding/cbor.ts';
import { archiveInfospace, openRegistry, restoreArchive } from '../../../src/index.ts';
import { contentOf, refusal, sampleInfospace, temporaryFolder, treeOf, writeTree } from '../../infospace/fixtures.ts';
import { zstdBomb } from '../zstd-bomb.ts';

/**
 * A self-contained file from a stranger. Forged manifests go through the decoder tested by describeForgery; here are
 * the attacks that a tar archive adds.
 *
 * Seen to fail without each of these: the check of sizes and both digests, and the kind of a member, in `read-payload.ts`; the
 * limit in `TarSource`; the checks of sizes and of extended headers in the tar reader; the refusal of types in `typeOf`; the
 * checks in `soundMembers`.
 */

interface Member extends Partial<TarEntry> {
  path: string;
  content?: Uint8Array;
}

let root: string;
let id: string;
let honest: Buffer;
let members: Member[];

beforeAll(async () => {
  root = sampleInfospace();
  id = (await archiveInfospace(root)).record.package_id;
  const file = join(temporaryFolder(), 'honest.bag.tar.zst');
  const registry = await openRegistry(root, {}, 'read');
  await registry.exportPackage(id, { file });
  await registry.close();
  honest = zstdDecompressSync(readFileSync(file));
  members = [];
  for await (const { body, ...entry } of readTar(
    (async function* () {
      yield honest;
    })(),
  )) {
    const parts: Uint8Array[] = [];
    for await (const part of body) parts.push(part);
    members.push({ ...entry, content: Buffer.concat(parts) });
  }
});

function tarOf(list: readonly Member[]): Buffer {
  return Buffer.concat(
    list.flatMap(({ content = new Uint8Array(), ...entry }) => {
      const whole = { type: 'file' as const, size: content.length, executable: false, target: '', ...entry };
      return [encodeHeader(whole, new Date(0)), content, padding(content.length)];
    }),
  );
}

/** Opens the file, verifies it and restores it beside a file that must not change. */
async function use(compressed: Uint8Array): Promise<Record<string, string>> {
  const work = temporaryFolder();
  const folder = writeTree(join(work, 'folder'), { 'outside.txt': 'mine' });
  const file = join(work, 'hostile.bag.tar.zst');
  writeFileSync(file, compressed);
  const before = treeOf(folder);
  try {
    const bag = await openBag(file);
    await restoreArchive(bag.summary.id, { target: join(folder, 'deep/restored'), registry: bag });
    return treeOf(join(folder, 'deep/restored'));
  } catch (error) {
    expect(treeOf(folder)).toEqual(before);
    throw error;
  } finally {
    expect(readFileSync(join(folder, 'outside.txt'), 'utf8')).toBe('mine');
  }
}

/** The members, with the named one replaced. */
function replaced(name: string, change: (member: Member) => Member): Member[] {
  return members.map((member) => (member.path === `${id}/${name}` ? change(member) : member));
}

function withManifest(change: (document: { files: Record<string, CborValue>[] }) => CborValue): Member[] {
  return replaced('infospace/manifest.cbor', (member) => ({
    path: member.path,
    content: encodeCbor(change(decodeCbor(member.content!) as never)),
  }));
}

/** The manifest with changed fields beside its entries. */
function withAbout(fields: Record<string, Record<string, CborValue>>): Member[] {
  return withManifest((all) => {
    const about = all as unknown as Record<string, Record<string, CborValue>>;
    const changed = Object.entries(fields).map(([part, of]) => [part, { ...about[part], ...of }]);
    return { ...about, ...Object.fromEntries(changed) };
  });
}

/** A header with one field overwritten, and a correct checksum. */
function header(entry: TarEntry, offset: number, value: string): Buffer {
  const block = encodeHeader(entry, new Date(0));
  block.write(value, offset, 'latin1');
  block.fill(0x20, 148, 156);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  );
  return block;
}

const NOTHING: TarEntry = { path: 'x/y', type: 'file', size: 0, executable: false, target: '' };

function paxHeader(records: string): Buffer {
  const content = Buffer.from(records);
  const about = { ...NOTHING, path: 'pax', size: content.length };
  return Buffer.concat([header(about, 156, 'x'), content, padding(content.length)]);
}

const paxRecord = (text: string): string => {
  for (let length = text.length + 3; ; length++) {
    const record = `${length} ${text}\n`;
    if (record.length === length) return record;
  }
};

test('the forgeries below are refused for the forged part: the bag packed again unchanged is restored', async () => {
  expect(await use(zstdCompressSync(Buffer.concat([tarOf(members), endOfArchive()])))).toEqual(contentOf(root));
});

test('members outside of the bag, or in the place of others, are ignored', async () => {
  const hostile: Member[] = [
    { path: '/outside.txt', content: Buffer.from('forged') },
    { path: `${id}/data/../../../outside.txt`, content: Buffer.from('forged') },
    { path: '../../outside.txt', content: Buffer.from('forged') },
    { path: `${id}/data/artifacts`, type: 'symlink', target: '../../..' },
    { path: `${id}/data/artifacts/overview.md`, type: 'symlink', target: '../../../outside.txt' },
    { path: `${id}/data/unnamed.sh`, executable: true, content: Buffer.from('forged') },
  ];
  const head = members.findIndex(({ path }) => path.includes('/data/'));
  const list = [...members.slice(0, head), ...hostile, ...members.slice(head), ...hostile];
  expect(await use(zstdCompressSync(Buffer.concat([tarOf(list), endOfArchive()])))).toEqual(contentOf(root));
});

/** A restore ignores members that its manifest does not name, and an imported package does not contain them. */
test.each<[what: string, code: 'INTEGRITY' | 'PATH_INVALID', member: () => Member]>([
  ['an absolute path', 'INTEGRITY', () => ({ path: '/outside.txt' })],
  ['a path to the outside', 'PATH_INVALID', () => ({ path: `${id}/data/../../../outside.txt` })],
  ['a path to the outside beside its files', 'PATH_INVALID', () => ({ path: `${id}/../outside.txt` })],
  ['a path beside it', 'INTEGRITY', () => ({ path: 'other/data/x' })],
  [
    'a link in the place of a folder',
    'PATH_INVALID',
    () => ({ path: `${id}/data/artifacts`, type: 'symlink', target: '../../..' }),
  ],
  ['a file for the second time', 'INTEGRITY', () => members.find(({ path }) => path.endsWith('overview.md'))!],
  ['an unlisted file', 'INTEGRITY', () => ({ path: `${id}/data/unnamed.sh`, content: Buffer.from('forged') })],
])('a file with %s is not imported', async (_, code, member) => {
  const file = join(temporaryFolder(), 'hostile.bag.tar.zst');
  writeFileSync(file, zstdCompressSync(Buffer.concat([tarOf([...members, member()]), endOfArchive()])));
  await expect(checkBag(file)).rejects.toEqual(refusal(code));
});

test('a bag of other software that is a decompression bomb is refused', async () => {
  const file = join(temporaryFolder(), 'bomb.tar.zst');
  const big = Buffer.concat([
    paxHeader(paxRecord('size=100000000000')),
    encodeHeader({ ...NOTHING, path: 'x/data/y' }, new Date(0)),
  ]);
  writeFileSync(file, zstdBomb(1e11, Buffer.concat([tarOf([{ path: 'x/bagit.txt' }]), big])));
  await expect(checkBag(file)).rejects.toEqual(refusal('INTEGRITY', 'unpacks to more'));
});

test('the formats of GNU tar are read: long names and links, and binary sizes', async () => {
  const long = `x/data/${'long/'.repeat(40)}name`;
  const named = (type: string, text: string) => {
    const content = Buffer.from(`${text}\0`);
    const about = { ...NOTHING, path: '././@LongLink', size: content.length };
    return Buffer.concat([header(about, 156, type), content, padding(content.length)]);
  };
  const size = Buffer.alloc(12);
  size[0] = 0x80;
  size[11] = 5;
  const tar = Buffer.concat([
    named('L', long),
    header({ ...NOTHING, size: 5 }, 124, size.toString('latin1')),
    Buffer.from('hello'),
    padding(5),
    named('K', long),
    header({ ...NOTHING, type: 'symlink' }, 156, '2'),
    endOfArchive(),
  ]);
  const read = [];
  for await (const { path, target, size: bytes } of readTar(
    (async function* () {
      yield tar;
    })(),
  ))
    read.push({ path, target, bytes });
  expect(read).toEqual([
    { path: long, target: '', bytes: 5 },
    { path: 'x/y', target: long, bytes: 0 },
  ]);
});

test.each<[what: string, list: () => Member[]]>([
  [
    'a path to the outside',
    () => withManifest((all) => ({ ...all, files: [{ ...all.files[1]!, path: '../outside.txt' }] })),
  ],
  [
    'a link to the outside',
    () => withManifest((all) => ({ ...all, files: [{ path: 'a', kind: 'symlink', target: '..' }] })),
  ],
  ['an id of another version', () => withAbout({ package: { id: '0b9d2f1e-33c4-4d0a-9a57-000102030405' } })],
  ['a day that does not exist', () => withAbout({ package: { created_at: '2026-02-30T12:00:00.000Z' } })],
  ['an invalid expiry', () => withAbout({ retention_summary: { expires_at: 'never' } })],
  ['an invalid class name', () => withAbout({ retention_summary: { retention_class: 'x\n::stop-commands::x' } })],
  ['a subject that is too long', () => withAbout({ package: { subject: 'x'.repeat(1025) } })],
  [
    'a size that is too small',
    () =>
      withManifest((all) => ({
        ...all,
        files: all.files.map((file) => ('size' in file ? { ...file, size: 1 } : file)),
      })),
  ],
  [
    'a size that is too large',
    () =>
      withManifest((all) => ({
        ...all,
        files: all.files.map((file) => ('size' in file ? { ...file, size: 2 ** 50 } : file)),
      })),
  ],
  [
    'another SHA-256',
    () =>
      withManifest((all) => ({
        ...all,
        files: all.files.map((file) => ('size' in file ? { ...file, sha256: Buffer.alloc(32) } : file)),
      })),
  ],
  [
    'another BLAKE3',
    () =>
      withManifest((all) => ({
        ...all,
        files: all.files.map((file) => ('size' in file ? { ...file, blake3: Buffer.alloc(32) } : file)),
      })),
  ],
  [
    'a longer content',
    () =>
      replaced('data/output/result.json', (member) => ({
        ...member,
        size: 13,
        content: Buffer.from('{"ok":true}\n\n'),
      })),
  ],
  [
    'another content',
    () => replaced('data/output/result.json', (member) => ({ ...member, content: Buffer.from('{"ok":fals}\n') })),
  ],
  [
    'a link where a file should be',
    () =>
      replaced('data/output/result.json', ({ path }) => ({ path, type: 'symlink', target: '../../../../outside.txt' })),
  ],
  [
    'a folder where a file should be',
    () => replaced('data/output/result.json', ({ path }) => ({ path, type: 'directory' })),
  ],
])('a file with %s is refused', async (_, list) => {
  await expect(use(zstdCompressSync(Buffer.concat([tarOf(list()), endOfArchive()])))).rejects.toEqual(
    refusal('INTEGRITY'),
  );
});

test.each<[what: string, start: () => Buffer]>([
  [
    'a name for all members',
    () => {
      const record = paxRecord('path=x/data/a');
      const about = { ...NOTHING, size: Buffer.byteLength(record) };
      return Buffer.concat([header(about, 156, 'g'), Buffer.from(record), padding(about.size)]);
    },
  ],
  ['a folder that has content', () => header({ ...NOTHING, size: 512, type: 'directory' }, 156, '5')],
  ['a hexadecimal size in an extended header', () => paxHeader(paxRecord('size=0x6'))],
  ['a size with other digits than octal ones', () => header(NOTHING, 124, '00000000009')],
  ['a size below zero', () => header(NOTHING, 124, '-0000000512')],
  [
    'a size below zero in an extended header',
    () => Buffer.concat([paxHeader(paxRecord('size=-1024')), encodeHeader(NOTHING, new Date(0))]),
  ],
  ['a size without end', () => Buffer.concat([paxHeader(paxRecord('size=1e400')), encodeHeader(NOTHING, new Date(0))])],
  [
    'a size that is not a number',
    () => Buffer.concat([paxHeader(paxRecord('size=x')), encodeHeader(NOTHING, new Date(0))]),
  ],
  ['an extended header of no length', () => paxHeader('0 path=x\n')],
  ['an extended header that reaches past its end', () => paxHeader('-9 path=x\n')],
  ['an extended header of 2 MiB', () => paxHeader(paxRecord(`path=${'x'.repeat(2 ** 21)}`))],
])('a file that begins with %s is refused', async (_, start) => {
  const tar = Buffer.concat([start(), honest]);
  await expect(use(zstdCompressSync(tar))).rejects.toEqual(refusal('INTEGRITY'));
});

test.each([
  ['1', 'a hard link', '--hard-dereference'],
  ['3', 'a device', ''],
  ['S', 'a sparse file', '--sparse'],
])('a member of type %s is refused as %s', async (flag, ...message) => {
  const tar = Buffer.concat([header(NOTHING, 156, flag), honest]);
  await expect(use(zstdCompressSync(tar))).rejects.toEqual(refusal('FORMAT_UNSUPPORTED', ...message));
});

test.each<[what: string, file: () => Buffer]>([
  ['bytes behind its end', () => Buffer.concat([honest, Buffer.alloc(512, 'x')])],
  ['another archive behind it', () => Buffer.concat([honest, honest])],
  ['something behind the last frame', () => Buffer.concat([zstdCompressSync(honest), Buffer.from('more')])],
  [
    'a truncated last frame',
    () => Buffer.concat([zstdCompressSync(honest), zstdCompressSync(Buffer.alloc(9)).subarray(0, -1)]),
  ],
  ['a truncated skippable frame', () => Buffer.concat([zstdCompressSync(honest), skippable(9).subarray(0, -1)])],
  ['more frames than anybody makes', () => Buffer.alloc(9 * 100_001, skippable(1))],
])('a file with %s is refused', async (_, file) => {
  await expect(use(file())).rejects.toEqual(refusal('INTEGRITY'));
});

/** An empty frame (RFC 8878, 3.1.2). */
function skippable(bytes: number): Buffer {
  const head = Buffer.alloc(8 + bytes);
  head.writeUInt32LE(0x184d2a5f);
  head.writeUInt32LE(bytes, 4);
  return head;
}

test.each<[what: string, file: () => Buffer]>([
  [
    'in front of its manifest',
    () =>
      zstdBomb(1e11, Buffer.concat([paxHeader(paxRecord('size=100000000000')), encodeHeader(NOTHING, new Date(0))])),
  ],
  [
    'behind its manifest',
    () =>
      zstdBomb(
        1e11,
        Buffer.concat([tarOf(members), paxHeader(paxRecord('size=100000000000')), encodeHeader(NOTHING, new Date(0))]),
      ),
  ],
  [
    'for a manifest',
    () =>
      zstdBomb(
        1e11,
        Buffer.concat([
          paxHeader(paxRecord('size=100000000000')),
          encodeHeader({ ...NOTHING, path: 'x/infospace/manifest.cbor' }, new Date(0)),
        ]),
      ),
  ],
  ['behind its end', () => zstdBomb(1e11, honest)],
])('a file of 3 MB with 100 GB %s is refused', async (_, file) => {
  await expect(use(file())).rejects.toEqual(refusal('INTEGRITY'));
});

test('a file with millions of empty members is refused', async () => {
  const many = zstdCompressSync(
    Buffer.concat([tarOf(members), Buffer.alloc(2 ** 27, encodeHeader(NOTHING, new Date(0)))]),
  );
  expect(many.length).toBeLessThan(100_000);
  await expect(use(many)).rejects.toEqual(refusal('INTEGRITY', 'more than its manifest lists'));
});
