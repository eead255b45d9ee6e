import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createZstdDecompress } from 'node:zlib';
import { readTar } from '../../src/artifact-store/bag/tar-reader.ts';
import { toHex } from '../../src/artifact-store/identity/digest.ts';
import { blake3 } from '../../src/artifact-store/identity/hasher.ts';
import { repository } from '../infospace/fixtures.ts';

/** The test vectors of docs/format.md are those of the golden store. Seen to fail when a digit of a vector changes. */

const golden = join(repository, '__tests__/golden/stores/v2');
const text = readFileSync(join(repository, 'docs/format.md'), 'utf8');

/** Blocks after a comment that says what they are, by it. */
function vectors(comment: RegExp): [what: string, block: string][] {
  const pattern = new RegExp(`^<!-- ${comment.source} -->\n\`\`\`text\n(.*?)^\`\`\``, 'gms');
  return [...text.matchAll(pattern)].map(([, what, block]) => [what!, block!]);
}

/** The column of digits. */
function bytesOf(block: string): string {
  return block
    .split('\n')
    .map((line) => line.split('  ', 1)[0]!.replaceAll(' ', ''))
    .join('');
}

test.each(vectors(/bytes of (\S+)/))('the bytes of %s', (path, block) => {
  expect(bytesOf(block)).toBe(readFileSync(join(golden, 'store/storage', path)).toString('hex'));
});

test.each(vectors(/bytes that digest to (\S+)/))('the bytes that digest to %s', (digest, block) => {
  expect(toHex(blake3.hash(Buffer.from(bytesOf(block), 'hex')))).toBe(digest);
});

test.each(vectors(/members of (\S+)/))('the members of %s', async (file, block) => {
  const found: string[] = [];
  for await (const { path, size } of readTar(createReadStream(join(golden, file)).pipe(createZstdDecompress()))) {
    const name = path.slice(path.indexOf('/') + 1);
    if (!name.includes('/soil-')) found.push(`${size} ${name}`);
  }
  const told = block
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ +/).slice(1, 3).join(' '));
  expect(told).toEqual(found);
});

test('all kinds of what is stored have vectors', () => {
  expect(vectors(/bytes of (\S+)/)).toHaveLength(3);
  expect(vectors(/bytes that digest to (\S+)/)).toHaveLength(3);
  expect(vectors(/members of (\S+)/)).toHaveLength(1);
});
