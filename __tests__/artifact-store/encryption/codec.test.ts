import fc from 'fast-check';
import { openBytes, type Sealing, sealBytes } from '../../../src/artifact-store/encryption/aead.ts';
import { checkRecipients, generateIdentity, parseIdentities } from '../../../src/artifact-store/encryption/age.ts';
import { IdKey } from '../../../src/artifact-store/encryption/id-key.ts';
import { PackKey } from '../../../src/artifact-store/encryption/pack-key.ts';
import { type BoxPlace, SessionKey, sessionOfBox } from '../../../src/artifact-store/encryption/session-key.ts';
import { formatWriterKey, parseWriterKey } from '../../../src/artifact-store/encryption/writer-key.ts';
import { blake3, nativeBlake3, wasmBlake3 } from '../../../src/artifact-store/identity/hasher.ts';
import type { PackTrailer } from '../../../src/artifact-store/packs/format.ts';
import { openTable, sealTrailer } from '../../../src/artifact-store/packs/seal-pack.ts';

const STORE = '01a22142-b8cb-7482-b776-f51a4b4c60f9';
const OTHER_STORE = '01a22142-b8cb-7482-b776-f51a4b4c60fa';
const PLACE: BoxPlace = { kind: 'manifest', packageId: '01a22142-b8cb-7482-b776-000000000001' };

const session = SessionKey.generate(STORE);
const salt = (value: number) => Buffer.alloc(16, value);
const bytes = fc.uint8Array({ maxLength: 300 });

function flipped(of: Uint8Array, at: number): Buffer {
  const copy = Buffer.from(of);
  copy[at % copy.byteLength]! ^= 1 << (at % 8);
  return copy;
}

test('a frame opens only with its own pack and number', () => {
  const pack = new PackKey(session, salt(1));
  fc.assert(
    fc.property(bytes, fc.nat(5000), fc.nat(), (plain, number, at) => {
      const sealed = sealBytes(pack.frame(number), plain);
      expect(openBytes(pack.frame(number), sealed)).toEqual(Buffer.from(plain));
      const elsewhere: Sealing[] = [
        pack.frame(number + 1),
        new PackKey(session, salt(2)).frame(number),
        new PackKey(SessionKey.generate(STORE), salt(1)).frame(number),
        new PackKey(new SessionKey(session.id, OTHER_STORE, session.dataKey), salt(1)).frame(number),
      ];
      for (const sealing of elsewhere) expect(openBytes(sealing, sealed)).toBeUndefined();
      expect(openBytes(pack.frame(number), flipped(sealed, at))).toBeUndefined();
      expect(openBytes(pack.frame(number), sealed.subarray(0, -1))).toBeUndefined();
    }),
    { numRuns: 50 },
  );
});

test('a box opens only in its place', () => {
  fc.assert(
    fc.property(bytes, fc.nat(), (plain, at) => {
      const box = session.seal(PLACE, plain);
      expect(sessionOfBox(box, 'The box')).toEqual(session.id);
      expect(session.open(PLACE, box, 'The box')).toEqual(Buffer.from(plain));
      const places: BoxPlace[] = [
        { ...PLACE, kind: 'note' },
        { ...PLACE, packageId: '01a22142-b8cb-7482-b776-000000000002' },
      ];
      for (const place of places) expect(() => session.open(place, box, 'The box')).toThrow('cannot be decrypted');
      expect(() => session.open(PLACE, flipped(box, at), 'The box')).toThrow('cannot be decrypted');
      expect(() => session.open(PLACE, box.subarray(0, -1), 'The box')).toThrow('cannot be decrypted');
    }),
    { numRuns: 50 },
  );
});

test('no two messages share a key and a nonce, even after sealing the same value again', () => {
  const seen = new Set<string>();
  const outputOf = ({ key, number }: Sealing) => `${Buffer.from(key).toString('hex')} ${number}`;
  for (let pack = 0; pack < 20; pack++) {
    const key = new PackKey(session, salt(pack));
    for (let number = 0; number < 20; number++) seen.add(outputOf(key.frame(number)));
    seen.add(outputOf({ key: session.derive('table', salt(pack)), number: 0, about: salt(0) }));
    seen.add(outputOf({ key: session.derive('box', salt(pack)), number: 0, about: salt(0) }));
  }
  expect(seen.size).toBe(20 * 22);
  const boxes = Array.from({ length: 50 }, () => session.seal(PLACE, salt(0)).toString('hex'));
  expect(new Set(boxes).size).toBe(50);
});

test('the table of a pack opens only with this pack and its contents in order', () => {
  const idKey = IdKey.generate(STORE);
  const key = new PackKey(session, salt(3));
  const trailer: PackTrailer = {
    frames: [{ codec: 'raw', rawLength: 30, storedLength: 30 }],
    contents: [1, 2].map((value) => ({ digest: Buffer.alloc(32, value), length: 10 * value })),
    lists: [{ digest: Buffer.alloc(32, 3), size: 5_000_000, root: Buffer.alloc(32, 1) }],
  };
  const stored = Buffer.alloc(32);
  const { sealed } = sealTrailer(trailer, key, idKey, stored);
  expect(openTable(sealed!, key, 'it')).toEqual({
    frames: trailer.frames,
    lengths: [10, 20],
    lists: [{ size: 5_000_000, root: Buffer.alloc(32, 1) }],
  });
  const others: PackTrailer[] = [
    { ...trailer, contents: [...trailer.contents].reverse() },
    { ...trailer, contents: trailer.contents.slice(1) },
    {
      ...trailer,
      contents: [...trailer.contents, ...trailer.lists.map(({ digest }) => ({ digest, length: 0 }))],
      lists: [],
    },
  ];
  for (const other of others) {
    const { names } = sealTrailer(other, key, idKey, stored).sealed!;
    expect(() => openTable({ ...sealed!, names }, key, 'it')).toThrow('cannot be decrypted');
  }
  expect(() => openTable(sealed!, new PackKey(session, salt(4)), 'it')).toThrow('cannot be decrypted');
});

test('names of one digest differ by use, key and store, and are the same for both hashers', () => {
  const one = IdKey.generate(STORE);
  const digest = blake3.hash(Buffer.from('a guess'));
  const names = [
    one.nameOf('content id', digest),
    one.nameOf('package digest', digest),
    IdKey.generate(STORE).nameOf('content id', digest),
    new IdKey(one.bytes, OTHER_STORE).nameOf('content id', digest),
    digest,
  ].map((name) => name.toString('hex'));
  expect(new Set(names).size).toBe(names.length);
  expect(one.gear).not.toEqual(new IdKey(one.bytes, OTHER_STORE).gear);
  // The test vectors of BLAKE3 have this key: https://github.com/BLAKE3-team/BLAKE3/blob/master/test_vectors/test_vectors.json
  const key = Buffer.from('whats the Elvish word for friend');
  const expected = '92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26';
  for (const hasher of [nativeBlake3(), wasmBlake3()]) {
    expect(hasher.keyedHash(key, Buffer.alloc(0)).toString('hex')).toBe(expected);
  }
});

test('a writer key is read as printed, and refused with a missing or changed character', () => {
  const key = { idKey: IdKey.generate(STORE), generation: 3, recipients: ['age1pq1example'] };
  const text = formatWriterKey(key);
  const read = parseWriterKey(text);
  expect({ ...read, idKey: Buffer.from(read.idKey.bytes), storeId: read.idKey.storeId }).toEqual({
    ...key,
    idKey: Buffer.from(key.idKey.bytes),
    storeId: STORE,
  });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: text.length - 2 }), (at) => {
      const changed = `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
      for (const other of [changed, text.slice(0, at)])
        expect(() => parseWriterKey(other)).toThrow('not contain a complete writer key');
    }),
    { numRuns: 50 },
  );
});

test('recipients of one kind are accepted, and errors quote no identity', async () => {
  const { identity, recipient } = await generateIdentity();
  expect(await checkRecipients([recipient, recipient])).toEqual([recipient]);
  expect(parseIdentities(`# created: today\n\n${identity}\n`)).toEqual([identity]);
  const classical = 'age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj';
  await expect(checkRecipients([recipient, classical])).rejects.toThrow('cannot be mixed');
  const refused = await checkRecipients([identity]).catch((error: Error) => error.message);
  expect(refused).toContain('is not a recipient');
  expect(refused).not.toContain(identity.slice(0, 30));
  expect(() => parseIdentities('AGE-SECRET-KEY-PQ-1short')).toThrow('does not contain an identity');
});
