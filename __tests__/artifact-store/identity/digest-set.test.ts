import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { DigestSet } from '../../../src/artifact-store/identity/digest-set.ts';

/** Digests with equal first bytes, as they occur in large sets. */
const digests = fc.tuple(fc.nat(40), fc.nat(3)).map(([start, end]) => {
  const digest = createHash('sha256').update(`${start}`).digest();
  digest[31] = end;
  return digest;
});

test('holds each added digest once, in the order of addition', () => {
  fc.assert(
    fc.property(fc.array(digests), fc.array(digests), (added, others) => {
      const set = new DigestSet();
      const model = new Map<string, Uint8Array>();
      for (const digest of added) {
        const key = digest.toString('hex');
        expect(set.add(digest)).toBe(!model.has(key));
        model.set(key, digest);
      }
      expect(set.size).toBe(model.size);
      expect(Buffer.from(set.packed)).toEqual(Buffer.concat([...model.values()]));
      for (const digest of [...added, ...others]) expect(set.has(digest)).toBe(model.has(digest.toString('hex')));
    }),
  );
});

test('holds any number of digests', () => {
  const set = new DigestSet();
  const all = Array.from({ length: 20_000 }, (_, i) => createHash('sha256').update(`${i}`).digest());
  for (const digest of all) expect(set.add(digest)).toBe(true);
  expect(all.every((digest) => set.has(digest))).toBe(true);
  expect(set.has(createHash('sha256').update('none').digest())).toBe(false);
});
