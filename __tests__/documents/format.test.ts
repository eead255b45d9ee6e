import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createZstdDecompress } from 'node:zlib';
import { readTar } from '../../src/artifact-store/bag/tar-reader.ts';
import { toHex } from '../../src/artifact-store/identity/digest.ts';
import { blake3 } from '../../src/artifact-store/identity/hasher.ts';
import { decodeLegacySegment } from '../../src/artifact-store/log/legacy-segment.ts';
import { SUBJECT_KINDS } from '../../src/artifact-store/log/model.ts';
import { fetchManifest, manifestKey } from '../../src/artifact-store/manifest/stored.ts';
import { readTrailer } from '../../src/artifact-store/packs/format.ts';
import { repository } from '../infospace/fixtures.ts';

/** The test vectors of docs/format.md come from the golden stores. Seen to fail when a digit of a vector changes. */

const golden = join(repository, '__tests__/golden/stores/v2');
const text = readFileSync(join(repository, 'docs/format.md'), 'utf8');

/** Blocks after a comment that describes them, by this description. */
function vectors(comment: RegExp): [what: string, block: string][] {
  const pattern = new RegExp(`^<!-- ${comment.source} -->\n\`\`\`text\n(.*?)^\`\`\``, 'gms');
  return [...text.matchAll(pattern)].map(([, what, block]) => [what!, block!]);
}

test('every event is in the table, with what it is about', () => {
  const rows = text.matchAll(/^\| `(v1\.[a-z_.]+)` \| ([a-z]+)/gm);
  expect(Object.fromEntries([...rows].map(([, type, kind]) => [type, kind]))).toEqual(SUBJECT_KINDS);
});

/** The column of digits. */
function bytesOf(block: string): string {
  return block
    .split('\n')
    .map((line) => line.split('  ', 1)[0]!.replaceAll(' ', ''))
    .join('');
}

test.each(vectors(/bytes of (\S+)/))('the bytes of %s match', (path, block) => {
  expect(bytesOf(block)).toBe(readFileSync(join(golden, 'store/storage', path)).toString('hex'));
});

test.each(vectors(/bytes that digest to (\S+)/))('the bytes with the digest in %s match', (digest, block) => {
  expect(toHex(blake3.hash(Buffer.from(bytesOf(block), 'hex')))).toBe(digest);
});

test.each(vectors(/members of (\S+)/))('the members of %s match', async (file, block) => {
  const found: string[] = [];
  for await (const { path, size } of readTar(createReadStream(join(golden, file)).pipe(createZstdDecompress()))) {
    const name = path.slice(path.indexOf('/') + 1);
    if (!name.includes('/soil-')) found.push(`${size} ${name}`);
  }
  const output = block
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ +/).slice(1, 3).join(' '));
  expect(output).toEqual(found);
});

test('every kind of stored object has a vector', () => {
  expect(vectors(/bytes of (\S+)/)).toHaveLength(5);
  expect(vectors(/bytes that digest to (\S+)/)).toHaveLength(4);
  expect(vectors(/members of (\S+)/)).toHaveLength(1);
});

describe('golden documents are read', () => {
  const documents = join(repository, '__tests__/golden/documents');
  const stored = (name: string) => readFileSync(join(documents, name));
  const full = Buffer.from('ea5ce82e339763a070c098494ea4815693864c38b73d3dd8ea673224a280d90f', 'hex');
  const delta = Buffer.from('706e8eafcdabb79a6e9a025fd299fc6c9ec3f4a0636b369a624f3e3774926473', 'hex');
  const source = { get: async (key: string) => stored(key === manifestKey(full) ? 'manifest' : 'delta') };

  test('a manifest in full, and a delta', async () => {
    const { files } = (await fetchManifest(source, full)).manifest;
    expect(files.map(({ path }) => path)).toEqual([
      'infospace.yaml',
      'reports/2026-01-01.md',
      'reports/2026-02-01.md',
      'reports/latest.md',
    ]);
    const { manifest } = await fetchManifest(source, delta);
    expect(manifest.files).toEqual(files.toSpliced(1, 1));
  });

  test('a segment of format 2', () => {
    const key = 'events/0000000000000014-0ea1d896b2940286ed647aa2e2a902251f07a2063729f5413a6c7eb7401f9161';
    expect(decodeLegacySegment(key, stored('segment'))).toEqual(
      decodeLegacySegment(key, readFileSync(join(golden, 'store/storage', key))),
    );
  });

  test('a pack', async () => {
    const pack = stored('pack');
    const read = async (offset: number, length: number) => pack.subarray(offset, offset + length);
    expect(await readTrailer('packs/a/a', pack.length, read)).toEqual({
      frames: [{ codec: 'raw', rawLength: 6, storedLength: 6 }],
      contents: [{ digest: blake3.hash(Buffer.from('notes\n')), length: 6 }],
      lists: [],
    });
  });
});
