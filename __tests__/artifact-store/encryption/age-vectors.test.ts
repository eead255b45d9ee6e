import { inflateSync } from 'node:zlib';
import * as vectors from 'cctv-age';
import { openForIdentities } from '../../../src/artifact-store/encryption/age.ts';
import { sha256 } from '../../../src/artifact-store/identity/hasher.ts';

/** The test vectors of the key file format, including hybrid post-quantum recipients: https://c2sp.org/CCTV/age */

interface Vector {
  name: string;
  /** Header fields by name; a name may occur twice. */
  header: [string, string][];
  file: Buffer;
}

function read([name, bytes]: [string, Uint8Array]): Vector {
  const whole = Buffer.from(bytes);
  const end = whole.indexOf('\n\n');
  const lines = whole.subarray(0, end).toString().split('\n');
  const header = lines.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]);
  const rest = whole.subarray(end + 2);
  return { name, header, file: header.some(([key]) => key === 'compressed') ? inflateSync(rest) : rest };
}

/** This project uses no passphrases and no ASCII-armored files. */
const FOREIGN = ['armored', 'passphrase'];
const all = Object.entries(vectors)
  .map(read)
  .filter(({ header }) => !header.some(([key]) => FOREIGN.includes(key)));

test.each(all.map((vector) => [vector.name, vector] as const))('%s', async (_, { header, file }) => {
  const valuesOf = (name: string) => header.filter(([key]) => key === name).map(([, value]) => value);
  const [expected] = valuesOf('expect');
  const opened = await openForIdentities(valuesOf('identity'), file);
  const digest = opened && sha256(opened).toString('hex');
  expect(digest).toBe(expected === 'success' ? valuesOf('payload')[0] : undefined);
});

test('there are many, for both kinds of recipients', () => {
  const names = all.map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('hybrid')).length).toBeGreaterThan(10);
  expect(names.filter((name) => name.startsWith('x25519')).length).toBeGreaterThan(10);
});
