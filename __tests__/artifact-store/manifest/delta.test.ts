import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { type CborValue, decodeCbor, encodeCbor } from '../../../src/artifact-store/encoding/cbor.ts';
import { encodeMagic } from '../../../src/artifact-store/encoding/magic.ts';
import { blake3 } from '../../../src/artifact-store/identity/hasher.ts';
import { encodeManifest } from '../../../src/artifact-store/manifest/codec.ts';
import { encodeDelta, type Layered, MAX_BASES } from '../../../src/artifact-store/manifest/delta.ts';
import { type EncodedManifest, locateEntries } from '../../../src/artifact-store/manifest/encoded.ts';
import type { FileEntry, Manifest } from '../../../src/artifact-store/manifest/model.ts';
import { sortedEntries } from '../../../src/artifact-store/manifest/paths.ts';
import {
  fetchManifest,
  manifestKey,
  packDelta,
  packManifest,
  remembering,
} from '../../../src/artifact-store/manifest/stored.ts';
import { missing } from '../../../src/artifact-store/storage/object-faults.ts';

type Stored = Layered & EncodedManifest & { manifest: Manifest };

const encode = (manifest: Manifest) => locateEntries(encodeManifest(manifest), 'The manifest');

/** Manifests in their stored form. */
class Shelf {
  readonly objects = new Map<string, Uint8Array>();
  reads = 0;

  async get(key: string): Promise<Uint8Array> {
    this.reads++;
    const bytes = this.objects.get(key);
    if (bytes === undefined) throw missing(key);
    return bytes;
  }

  /** Stores it as a delta on the previous one, if that is worthwhile. */
  put(manifest: Manifest, before?: Stored): Stored {
    const encoded = encode(manifest);
    const digest = blake3.hash(encoded.cbor);
    const delta = before && packDelta(encoded, before);
    this.objects.set(manifestKey(digest), delta ?? packManifest(encoded.cbor));
    return { ...encoded, manifest, digest, bases: before && delta ? [...before.bases, before.digest] : [] };
  }
}

function manifestOf(files: FileEntry[], id = '0'): Manifest {
  return {
    manifest_version: 1,
    package: { id, producer: 'p', subject: 's', created_at: '2026-01-01T00:00:00.000Z', metadata: { note: id } },
    files: sortedEntries(files),
    retention_summary: { retention_class: 'transient', expires_at: null },
    provenance: {},
  };
}

const file = (path: string, seed: number, executable = false): FileEntry => ({
  path,
  kind: 'file',
  size: seed,
  executable,
  blake3: blake3.hash(Buffer.from(`${seed}`)),
  sha256: blake3.hash(Buffer.from(`${seed}!`)),
});

const files = (count: number, changed = 0) =>
  Array.from({ length: count }, (_, i) => file(`f${i}`, i < changed ? 5000 + i : i));

const entries = fc
  .uniqueArray(fc.tuple(fc.nat(30), fc.nat(3), fc.constantFrom('file', 'run', 'symlink', 'directory')), {
    selector: ([name]) => name,
  })
  .map((list) =>
    list.map(([name, seed, kind]): FileEntry => {
      const path = `entry-${name}`;
      if (kind === 'directory') return { path, kind };
      if (kind === 'symlink') return { path, kind, target: `entry-${seed}x` };
      return file(path, seed, kind === 'run');
    }),
  );

test('a delta manifest reads as the original, whatever changed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(entries, { minLength: 1, maxLength: 6 }), async (versions) => {
      const shelf = new Shelf();
      const stored: Stored[] = [];
      // Nothing changes from one to the next.
      for (const [i, version] of versions.flatMap((version) => [version, version]).entries()) {
        stored.push(shelf.put(manifestOf(version, String(i)), stored.at(-1)));
      }
      for (const { bounds, ...one } of stored) {
        const { stored: bytes, ...fetched } = await fetchManifest(shelf, one.digest);
        expect(fetched).toEqual(one);
        expect(bytes).toEqual(shelf.objects.get(manifestKey(one.digest)));
      }
    }),
    { numRuns: 100 },
  );
});

test('an unchanged manifest takes a fraction of its full size', () => {
  const base = new Shelf().put(manifestOf(files(1000)));
  const full = packManifest(base.cbor);
  expect(packDelta(encode(manifestOf(files(1000, 10), '1')), base)!.byteLength).toBeLessThan(full.byteLength / 10);
});

test('a manifest with little in common, and every 32nd, is stored in full', () => {
  const shelf = new Shelf();
  const base = shelf.put(manifestOf(files(100)));
  expect(packDelta(encode(manifestOf(files(100, 51), '1')), base)).toBeUndefined();
  expect(packDelta(encode(manifestOf(files(100, 50), '1')), base)).toBeDefined();
  let last = base;
  const depths = Array.from({ length: 34 }, (_, i) => {
    last = shelf.put(manifestOf(files(100), String(i)), last);
    return last.bases.length;
  });
  expect(depths).toEqual([...Array.from({ length: MAX_BASES }, (_, i) => i + 1), 0, 1, 2]);
});

test('a reader of many manifests reads each object once', async () => {
  const shelf = new Shelf();
  const all = [shelf.put(manifestOf(files(100)))];
  for (let i = 1; i < 10; i++) all.push(shelf.put(manifestOf(files(100, i), String(i)), all.at(-1)));
  const source = remembering(shelf);
  for (const { digest } of all) await fetchManifest(source, digest);
  expect(shelf.reads).toBe(10);
});

describe('a delta manifest is refused', () => {
  const shelf = new Shelf();
  const base = shelf.put(manifestOf(files(100)));
  const middle = shelf.put(manifestOf(files(100, 5), '1'), base);
  const top = shelf.put(manifestOf(files(100, 9), '2'), middle);
  const address = (digest: Uint8Array) => `blake3:${Buffer.from(digest).toString('hex')}`;

  function without({ digest }: Layered, instead?: (bytes: Buffer) => Uint8Array): Shelf {
    const hurt = new Shelf();
    for (const [key, bytes] of shelf.objects) {
      if (key !== manifestKey(digest)) hurt.objects.set(key, bytes);
      else if (instead) hurt.objects.set(key, instead(Buffer.from(bytes)));
    }
    return hurt;
  }

  test.each([
    ['the delta', top],
    ['a delta that it builds on', middle],
    ['the full manifest below', base],
  ])('when %s is damaged, anywhere, and the error says so', async (_, layer) => {
    const length = shelf.objects.get(manifestKey(layer.digest))!.byteLength;
    let refused = 0;
    for (let at = 0; at < length; at += 7) {
      const reading = fetchManifest(
        without(layer, (bytes) => {
          bytes[at]! ^= 4;
          return bytes;
        }),
        top.digest,
      );
      const error = await reading.then(
        // Some bits of a compressed block have no effect.
        ({ cbor }) => expect(cbor).toEqual(top.cbor),
        (error: unknown) => error,
      );
      if (error === undefined) continue;
      refused++;
      expect(error).toMatchObject({
        code: expect.stringMatching(/INTEGRITY|FORMAT_UNSUPPORTED/),
        message: expect.stringContaining(address(layer.digest)),
      });
    }
    expect(refused).toBeGreaterThan(length / 8);
  });

  test('when a base is another manifest', async () => {
    const other = new Shelf().put(manifestOf(files(100, 30), '3'), base);
    const swapped = without(middle, () => packDelta(other, base)!);
    await expect(fetchManifest(swapped, top.digest)).rejects.toMatchObject({ code: 'INTEGRITY' });
    const full = without(middle, () => packManifest(middle.cbor));
    await expect(fetchManifest(full, top.digest)).rejects.toMatchObject({ code: 'INTEGRITY' });
    const layered = without(base, () => packDelta(other, base)!);
    await expect(fetchManifest(layered, top.digest)).rejects.toMatchObject({ code: 'INTEGRITY' });
  });

  const delta = decodeCbor(encodeDelta(top, { ...middle, ...locateEntries(middle.cbor, 'it') })!) as Record<
    string,
    CborValue
  >;
  const entry = (delta['files'] as CborValue[])[0]!;
  test.each<[what: string, forged: Record<string, CborValue>, expected: string]>([
    // Few ranges could expand to very many entries, so they are refused before the manifest is built.
    [
      'ranges that come twice',
      {
        files: [
          [0, 100],
          [0, 100],
        ],
      },
      'out of order',
    ],
    [
      'ranges that go back',
      {
        files: [
          [50, 10],
          [0, 10],
        ],
      },
      'out of order',
    ],
    [
      'ranges that overlap by one',
      {
        files: [
          [0, 50],
          [49, 51],
        ],
      },
      'out of order',
    ],
    ['ranges that go back behind a new entry', { files: [[0, 50], entry, [49, 51]] }, 'out of order'],
    ['entries past the end of its base', { files: [[50, 51]] }, 'not in its base'],
    ['entries before the first', { files: [[-1, 2]] }, ''],
    ['half a range', { files: [[1]] }, 'two numbers'],
    ['a range and more', { files: [[0, 100, 1]] }, 'two numbers'],
    ['no range', { files: [[]] }, 'two numbers'],
    ['no entry', { files: [7] }, ''],
    ['no bases', { bases: [] }, 'digests of bases'],
    ['too many bases', { bases: Array.from({ length: MAX_BASES + 1 }, () => base.digest) }, 'digests of bases'],
    ['bases that are not digests', { bases: [base.digest.subarray(1)] }, 'digests of bases'],
    ['itself as its base', { bases: [base.digest, top.digest] }, 'damaged'],
    ['a key too many', { extra: 1 }, ''],
  ])('when it was forged with %s', async (_, forged, expected) => {
    const bytes = Buffer.concat([encodeMagic('ASMF', 2), zstdCompressSync(encodeCbor({ ...delta, ...forged }))]);
    await expect(
      fetchManifest(
        without(top, () => bytes),
        top.digest,
      ),
    ).rejects.toMatchObject({ code: 'INTEGRITY', message: expect.stringContaining(expected) });
  });
});
