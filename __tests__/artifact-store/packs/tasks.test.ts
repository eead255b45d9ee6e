import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blake3 } from '../../../src/artifact-store/identity/hasher.ts';
import { tasks } from '../../../src/artifact-store/packs/tasks.ts';
import { stampOf } from '../../../src/artifact-store/source.ts';
import { temporaryFolder } from '../../infospace/fixtures.ts';
import { noise } from '../fixtures.ts';

test('a part of an uncut file is compared with the first read', () => {
  const file = join(temporaryFolder(), 'large');
  const bytes = noise(100_000, 1);
  writeFileSync(file, bytes);
  const stamp = stampOf(statSync(file, { bigint: true }));
  const read = (digest: Uint8Array) =>
    tasks.readChunk({ item: { file, stamp }, offset: 1000, length: 50_000, digest, compressible: true });
  expect(read(blake3.hash(bytes.subarray(1000, 51_000)))).toMatchObject({ status: 'read', rawLength: 50_000 });
  expect(read(blake3.hash(bytes.subarray(0, 50_000)))).toEqual({ status: 'changed' });
});
