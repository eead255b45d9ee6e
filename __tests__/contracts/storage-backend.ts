import { randomBytes } from 'node:crypto';
import type { StorageBackend, StoredObject } from '../../src/artifact-store/storage/backend.ts';
import { MissingObject } from '../../src/artifact-store/storage/object-faults.ts';
import { collect } from '../artifact-store/fixtures.ts';

/** A new empty backend, and a way to list everything it really stores. */
export interface BackendUnderTest {
  backend: StorageBackend;
  /** All stored objects, including those that the backend does not list, such as unfinished writes. */
  residue(): Promise<string[]>;
}

/** The duties of every storage backend. The test of a new one calls this with a function that makes an empty backend. */
export function describeStorageBackend(name: string, makeBackend: () => Promise<BackendUnderTest>): void {
  describe(`${name} as a storage backend`, () => {
    const integrity = expect.objectContaining({ code: 'INTEGRITY' });
    const content = randomBytes(100_000);
    const key = 'packs/ab/abcdef';
    let backend: StorageBackend;
    let residue: () => Promise<string[]>;

    beforeEach(async () => {
      ({ backend, residue } = await makeBackend());
    });

    async function keysBelow(prefix: string): Promise<string[]> {
      return (await collect(backend.list(prefix))).map((object) => object.key).sort();
    }

    test('returns stored bytes, as a whole', async () => {
      await backend.put(key, [content.subarray(0, 1), content.subarray(1)]);
      expect(content.equals(await backend.get(key))).toBe(true);
    });

    test.each([
      '../outside',
      'packs/../../outside',
      '/outside',
      '..',
      'packs//a',
      'packs\\a',
      'packs/\0',
      '.hidden',
      '',
    ])('has no object %j: keys come from storage, which others may write to', async (key) => {
      const forged = expect.objectContaining({ code: 'INTEGRITY', message: expect.stringContaining('was forged') });
      await expect(backend.get(key)).rejects.toEqual(forged);
      await expect(backend.head(key)).rejects.toEqual(forged);
      await expect(backend.put(key, [Buffer.from('other')])).rejects.toEqual(forged);
      await expect(backend.create(key, Buffer.from('other'))).rejects.toEqual(forged);
      await expect(backend.delete(key)).rejects.toEqual(forged);
      expect(await residue()).toEqual([]);
    });

    test('accepts pieces of any size, even none', async () => {
      async function* pieces() {
        for (let at = 0; at < content.length; at += 33_333) yield content.subarray(at, at + 33_333);
      }
      await backend.put(key, pieces());
      await backend.put('packs/empty', []);
      expect(content.equals(await backend.get(key))).toBe(true);
      expect(await backend.get('packs/empty')).toHaveLength(0);
    });

    async function* largePieces(failure?: Error) {
      const piece = Buffer.alloc(4_000_000, content);
      for (let i = 0; i < 10; i++) {
        yield piece.fill(i, 0, 8);
        if (i === 8 && failure) throw failure;
      }
    }

    test('accepts a large object in pieces, and returns any range of it', async () => {
      await backend.put(key, largePieces());
      expect(await backend.head(key)).toMatchObject({ size: 40_000_000 });
      for (let i = 0; i < 10; i++) {
        const start = Buffer.from(await backend.get(key, { offset: i * 4_000_000, length: 8 }));
        expect(start.equals(Buffer.alloc(8, i))).toBe(true);
      }
      expect(await residue()).toEqual([key]);
    });

    test('keeps nothing of a large object whose pieces fail', async () => {
      const failure = new Error('the source failed');
      await expect(backend.put(key, largePieces(failure))).rejects.toBe(failure);
      expect(await residue()).toEqual([]);
    });

    test('keeps nothing of an object, small or large, whose signal is aborted, and requests no further piece', async () => {
      for (const lastPiece of [0, 8]) {
        const controller = new AbortController();
        let asked = 0;
        async function* pieces() {
          for await (const piece of largePieces()) {
            if (asked++ === lastPiece) controller.abort(new Error('enough'));
            yield piece;
          }
        }
        await expect(backend.put(key, pieces(), controller.signal)).rejects.toThrow('enough');
        expect(asked).toBeLessThan(10);
      }
      expect(await residue()).toEqual([]);
    });

    test('returns nothing when the signal is aborted', async () => {
      await backend.put(key, [content]);
      const reason = new Error('enough');
      await expect(backend.get(key, undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    test('accepts pieces whose buffers the source reuses', async () => {
      const piece = Buffer.alloc(1000);
      async function* pieces() {
        for (let i = 0; i < 100; i++) yield piece.fill(i);
      }
      await backend.put(key, pieces());
      const expected = Buffer.concat(Array.from({ length: 100 }, (_, i) => Buffer.alloc(1000, i)));
      expect(expected.equals(await backend.get(key))).toBe(true);
    });

    test.each([
      [0, 1],
      [0, 100_000],
      [99_999, 1],
      [40_000, 20_000],
      [100_000, 0],
    ])('returns the range from %i of %i bytes', async (offset, length) => {
      await backend.put(key, [content]);
      const range = await backend.get(key, { offset, length });
      expect(content.subarray(offset, offset + length).equals(range)).toBe(true);
    });

    test.each([
      [0, 100_001],
      [99_999, 2],
      [100_000, 1],
      [200_000, 10],
    ])('reports an object as damaged that ends before the range from %i of %i bytes', async (offset, length) => {
      await backend.put(key, [content]);
      await expect(backend.get(key, { offset, length })).rejects.toEqual(integrity);
    });

    test('reports a missing object as damage of the store, and apart from other damage', async () => {
      for (const range of [undefined, { offset: 0, length: 1 }]) {
        const reading = backend.get(key, range);
        await expect(reading).rejects.toEqual(integrity);
        await expect(reading).rejects.toBeInstanceOf(MissingObject);
      }
    });

    test('tells whether an object exists', async () => {
      expect(await backend.head(key)).toBeUndefined();
      await backend.put(key, [content]);
      const found = await backend.head(key);
      expect(found).toMatchObject({ key, size: content.length });
      expect(found!.modifiedAt.getTime()).toBeGreaterThan(0);
      expect(await backend.head(`${key}0`)).toBeUndefined();
    });

    test('does not take the folder of an object for an object', async () => {
      await backend.put(key, [content]);
      expect(await backend.head('packs/ab')).toBeUndefined();
    });

    test('accepts an existing object with the same bytes, and leaves it unchanged', async () => {
      await backend.put(key, [content]);
      await backend.put('packs/empty', []);
      const before = await backend.head(key);
      await backend.put(key, [content.subarray(0, 7), content.subarray(7)]);
      await backend.put('packs/empty', []);
      expect(content.equals(await backend.get(key))).toBe(true);
      expect(await backend.head(key)).toEqual(before);
      expect(await residue()).toEqual([key, 'packs/empty']);
    });

    test('reads the pieces to their end, even when the object exists, since their source counts them', async () => {
      let yielded = 0;
      function* pieces() {
        for (const piece of [content.subarray(0, 7), content.subarray(7)]) {
          yielded += piece.byteLength;
          yield piece;
        }
      }
      await backend.put(key, [content]);
      await backend.put(key, pieces());
      expect(yielded).toBe(content.length);
    });

    test.each([
      ['shorter', () => content.subarray(0, -1)],
      ['longer', () => Buffer.concat([content, Buffer.alloc(1)])],
      ['empty', () => Buffer.alloc(0)],
      ['of the same length', () => Buffer.from(content).fill(7, 50_000, 50_001).fill(8, 50_001, 50_002)],
    ])('never takes other bytes for the given ones, when they are %s', async (_, other) => {
      await backend.put(key, [other()]);
      const refused = expect.objectContaining({ code: 'INTEGRITY', message: expect.stringContaining(key) });
      await expect(backend.put(key, [content])).rejects.toEqual(refused);
      expect(other().equals(await backend.get(key))).toBe(true);
      expect(await residue()).toEqual([key]);
    });

    test('accepts an existing large object when all its bytes are the same', async () => {
      await backend.put(key, largePieces());
      await backend.put(key, largePieces());
      async function* otherAtTheEnd() {
        let at = 0;
        for await (const piece of largePieces()) {
          if (++at === 10) piece[piece.length - 1]! ^= 1;
          yield piece;
        }
      }
      await expect(backend.put(key, otherAtTheEnd())).rejects.toEqual(integrity);
      expect(await residue()).toEqual([key]);
    });

    test('creates an object once, and reports whether the key existed', async () => {
      expect(await backend.create(key, content)).toBe('created');
      expect(content.equals(await backend.get(key))).toBe(true);
      expect(await backend.create(key, Buffer.from('other'))).toBe('exists');
      expect(content.equals(await backend.get(key))).toBe(true);
      // The result of a retry after the first answer was lost.
      expect(await backend.create(key, content)).toBe('created');
      expect(await residue()).toEqual([key]);
    });

    test('lets exactly one of many concurrent creations of a key succeed', async () => {
      for (let round = 0; round < 5; round++) {
        const writers = Array.from({ length: 16 }, () => randomBytes(16));
        const results = await Promise.all(writers.map((bytes) => backend.create(`log/${round}`, bytes)));
        expect(results.filter((result) => result === 'created')).toHaveLength(1);
        expect(writers[results.indexOf('created')]!.equals(await backend.get(`log/${round}`))).toBe(true);
      }
      expect(await residue()).toHaveLength(5);
    });

    test.each([
      ['an error', new Error('the source failed')],
      ['an error with a system code', Object.assign(new Error('the source failed'), { code: 'EIO' })],
    ])('stores nothing when the pieces throw, and passes on %s', async (_, failure) => {
      async function* pieces() {
        yield content;
        throw failure;
      }
      await expect(backend.put(key, pieces())).rejects.toBe(failure);
      expect(await backend.head(key)).toBeUndefined();
      expect(await residue()).toEqual([]);
      await backend.put(key, [content]);
    });

    test('deletes an object, and ignores a missing one', async () => {
      await backend.put(key, [content]);
      await backend.put(`${key}0`, [content]);
      await backend.delete(key);
      await backend.delete(key);
      expect(await backend.head(key)).toBeUndefined();
      expect(await keysBelow('')).toEqual([`${key}0`]);
    });

    test('lists the objects whose keys start with a prefix, even inside a name', async () => {
      const keys = ['manifests/ab/1', 'objects/ab/1', 'packs/ab/1', 'packs/ab/12', 'packs/ac/1'];
      for (const each of keys) await backend.put(each, [Buffer.from(each)]);
      expect(await keysBelow('')).toEqual(keys);
      expect(await keysBelow('packs/')).toEqual(keys.slice(2));
      expect(await keysBelow('packs/a')).toEqual(keys.slice(2));
      expect(await keysBelow('packs/ab/')).toEqual(keys.slice(2, 4));
      expect(await keysBelow('packs/ab/12')).toEqual(keys.slice(3, 4));
      expect(await keysBelow('pack')).toEqual(keys.slice(2));
      expect(await keysBelow('other/')).toEqual([]);
    });

    test('lists the objects after a key in byte order, whether the key exists or not', async () => {
      const keys = ['log/1', 'log/10', 'log/2', 'log/2-a', 'log/20/a', 'log/2a', 'log/3', 'logs'];
      for (const made of keys) await backend.put(made, [Buffer.from(made)]);
      const later = async (prefix: string, last: string) =>
        (await collect(backend.list(prefix, last))).map((object) => object.key).sort();
      const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      for (const last of [...keys, 'log/', 'log/0', 'log/2.', 'log/25', 'log/9', 'a', 'z']) {
        const expected = sorted.filter((each) => each > last);
        expect([last, await later('log/', last)]).toEqual([last, expected.filter((each) => each.startsWith('log/'))]);
        expect([last, await later('', last)]).toEqual([last, expected]);
      }
    });

    test('lists objects with their sizes', async () => {
      await backend.put(key, [content]);
      // HTTP dates have whole seconds.
      const inSeconds = (object: StoredObject) => ({
        ...object,
        modifiedAt: Math.floor(object.modifiedAt.getTime() / 1000),
      });
      const listed = await collect(backend.list('packs/'));
      expect(listed.map(inSeconds)).toEqual([inSeconds((await backend.head(key))!)]);
    });

    test('lets many write one key at once, and leaves one object and nothing else', async () => {
      await Promise.all(
        Array.from({ length: 8 }, () => backend.put(key, [content.subarray(0, 5), content.subarray(5)])),
      );
      expect(content.equals(await backend.get(key))).toBe(true);
      expect(await residue()).toEqual([key]);
    });

    test('is healthy, and leaves no trace of the health check', async () => {
      await backend.health();
      expect(await residue()).toEqual([]);
    });
  });
}
