import fc from 'fast-check';
import { blake3 } from '../../../src/artifact-store/identity/hasher.ts';
import { contentDigest, encodeManifest } from '../../../src/artifact-store/manifest/codec.ts';
import { locateEntries } from '../../../src/artifact-store/manifest/encoded.ts';
import { EncodedEntries } from '../../../src/artifact-store/manifest/encoded-entries.ts';
import type { FileEntry, Manifest } from '../../../src/artifact-store/manifest/model.ts';
import { sortedEntries } from '../../../src/artifact-store/manifest/paths.ts';

/** Beyond the basic plane, the order of UTF-16 differs from that of UTF-8. */
const name = fc.string({ unit: fc.constantFrom('a', 'z', 'é', '\uffee', '\u{1f600}'), minLength: 1, maxLength: 4 });

const entry: fc.Arbitrary<FileEntry> = fc
  .tuple(name, fc.nat(2 ** 40), fc.constantFrom('file', 'symlink', 'directory'))
  .map(([name, size, kind]): FileEntry => {
    const path = `entries/-${name}`;
    if (kind === 'directory') return { path, kind };
    if (kind === 'symlink') return { path, kind, target: name };
    const digest = blake3.hash(Buffer.from(`${size}`));
    return { path, kind: 'file', size, executable: size % 2 === 0, blake3: digest, sha256: digest };
  });

const about: Omit<Manifest, 'files'> = {
  manifest_version: 1,
  package: { id: '1', producer: 'p', subject: 's', created_at: '2026-01-01T00:00:00.000Z', metadata: { note: 'n' } },
  retention_summary: { retention_class: 'scratch', expires_at: null },
  provenance: { commit: 'c' },
};

function gathered(entries: readonly FileEntry[]): EncodedEntries {
  const encoded = new EncodedEntries();
  for (const one of entries) encoded.add(one);
  return encoded;
}

test('entries added one by one, in any order, make the same manifest as all at once', () => {
  fc.assert(
    fc.property(fc.uniqueArray(entry, { selector: ({ path }) => path, maxLength: 40 }), (entries) => {
      const files = sortedEntries(entries);
      const cbor = encodeManifest({ ...about, files });
      const encoded = gathered(entries);
      expect(encoded.count).toBe(entries.length);
      expect(encoded.contentDigest()).toEqual(contentDigest(files));
      expect(encoded.manifest(about)).toEqual({
        ...locateEntries(cbor, 'The manifest'),
        contentDigest: contentDigest(files),
      });
    }),
  );
});

test('entries added after a manifest was made are in the next one', () => {
  const unique = fc.uniqueArray(entry, { selector: ({ path }) => path, maxLength: 10 });
  fc.assert(
    fc.property(unique, fc.nat(10), (entries, first) => {
      const encoded = gathered(entries.slice(0, first));
      const cbor = (files: readonly FileEntry[]) => encodeManifest({ ...about, files: sortedEntries(files) });
      expect(encoded.manifest(about).cbor).toEqual(cbor(entries.slice(0, first)));
      for (const one of entries.slice(first)) encoded.add(one);
      expect(encoded.contentDigest()).toEqual(contentDigest(sortedEntries(entries)));
      expect(encoded.manifest(about).cbor).toEqual(cbor(entries));
    }),
  );
});

test.each([
  ['two of the same path', ['a', 'a']],
  ['one below another', ['a/b', 'a']],
])('%s cannot be one package', (_, paths) => {
  const digest = Buffer.alloc(32);
  const encoded = gathered(
    paths.map((path) => ({ path, kind: 'file', size: 0, executable: false, blake3: digest, sha256: digest })),
  );
  for (const make of [() => encoded.contentDigest(), () => encoded.manifest(about)]) {
    expect(make).toThrow(expect.objectContaining({ code: 'PATH_INVALID' }));
  }
});
