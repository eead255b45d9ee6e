import { readFileSync } from 'node:fs';
import { formatContentAddress } from '../../../src/artifact-store/identity/digest.ts';
import { blake3 } from '../../../src/artifact-store/identity/hasher.ts';
import { contentDigest, decodeManifest, encodeManifest } from '../../../src/artifact-store/manifest/codec.ts';
import { decodeManifestJson, encodeManifestJson } from '../../../src/artifact-store/manifest/json.ts';
import type { Manifest } from '../../../src/artifact-store/manifest/model.ts';

interface Vector {
  name: string;
  cbor: string;
  manifest_digest: string;
  content_digest: string;
  json: string;
  document: Manifest;
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL('../../golden/manifests.json', import.meta.url), 'utf8'),
  bytes,
);

function bytes(key: string, value: unknown): unknown {
  return (key === 'blake3' || key === 'sha256') && typeof value === 'string' ? Buffer.from(value, 'hex') : value;
}

describe.each(vectors)('the golden manifest: $name', ({ document, ...expected }) => {
  test('is encoded to the same CBOR and digests', () => {
    const cbor = encodeManifest(document);
    expect(cbor.toString('hex')).toBe(expected.cbor);
    expect(formatContentAddress(blake3.hash(cbor))).toBe(expected.manifest_digest);
    expect(formatContentAddress(contentDigest(document.files))).toBe(expected.content_digest);
  });

  test('is encoded to the same JSON', () => {
    expect(encodeManifestJson(document)).toBe(expected.json);
  });

  test('is decoded from CBOR and from JSON without loss', () => {
    expect(decodeManifest(Buffer.from(expected.cbor, 'hex'))).toEqual(document);
    expect(decodeManifestJson(expected.json)).toEqual(document);
  });
});

test('decoded files keep their digests when copied', () => {
  const { document, cbor } = vectors[1]!;
  const { files } = decodeManifest(Buffer.from(cbor, 'hex'));
  expect(files.map((entry) => ({ ...entry }))).toEqual(document.files);
  expect(Object.keys(structuredClone(files[0]!)).sort()).toEqual(Object.keys(document.files[0]!).sort());
});

describe('a manifest that was tampered with', () => {
  const { json } = vectors[1]!;
  const link = '"kind":"symlink","path":"output/latest.md","target":"report.md"';
  const forgeries: [what: string, from: string, to: string][] = [
    ['an unknown key', '"manifest_version":1', '"manifest_version":1,"extra":1'],
    ['a missing key', '"provenance":', '"provenence":'],
    ['a path to the outside', '"output/report.md"', '"output/../../report.md"'],
    ['an absolute path', '"artifacts/empty.txt"', '"/artifacts/empty.txt"'],
    ['a link to the outside', link, link.replace('report.md', '../../report.md')],
    ['entries out of order', '"exports"', '"zexports"'],
    ['an entry of an unknown kind', '"kind":"directory"', '"kind":"device"'],
    ['a negative size', '"size":0', '"size":-1'],
    ['a size that is not an integer', '"size":0', '"size":0.5'],
    ['a size past 2^53', '"size":0', '"size":9007199254740992'],
    ['a size that is text', '"size":0', '"size":"0"'],
    ['a short digest', /"blake3":"../.exec(json)![0], '"blake3":"'],
    ['a digest in upper case', '"blake3":"af', '"blake3":"AF'],
    ['a file with a target', '"kind":"file",', '"kind":"file","target":"x",'],
    ['a link with a size', link, `${link},"size":1`],
    ['metadata that is not text', '"note":"first milestone"', '"note":1'],
    ['an expiry that is not text', '"expires_at":"2031-12-30T00:00:00.000Z"', '"expires_at":0'],
    ['a lone surrogate', '"first milestone"', '"\\ud800"'],
    ['cut text', json.slice(-10), ''],
  ];

  test.each(forgeries)('is refused in JSON: %s', (_, from, to) => {
    expect(json).toContain(from);
    expect(() => decodeManifestJson(json.replace(from, () => to))).toThrow(
      expect.objectContaining({ code: 'INTEGRITY' }),
    );
  });

  test('is refused in CBOR when truncated anywhere', () => {
    const cbor = Buffer.from(vectors[1]!.cbor, 'hex');
    for (let length = 0; length < cbor.length; length++) {
      expect(() => decodeManifest(cbor.subarray(0, length))).toThrow(expect.objectContaining({ code: 'INTEGRITY' }));
    }
  });

  test('is refused by its version when it is newer', () => {
    const newer = json.replace('"manifest_version":1', '"manifest_version":2');
    expect(() => decodeManifestJson(newer)).toThrow(
      expect.objectContaining({ code: 'FORMAT_UNSUPPORTED', message: expect.stringContaining('version 2') }),
    );
  });
});
