import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import { openBag } from '../../src/artifact-store/bag/read-bag.ts';
import { readEnvironment } from '../../src/artifact-store/config.ts';
import { ArchiveError, type ErrorCode } from '../../src/artifact-store/errors.ts';
import { blake3 } from '../../src/artifact-store/identity/hasher.ts';
import { decodeManifest, encodeManifest } from '../../src/artifact-store/manifest/codec.ts';
import { applyDeltas, decodeDelta, encodeDelta } from '../../src/artifact-store/manifest/delta.ts';
import { locateEntries } from '../../src/artifact-store/manifest/encoded.ts';
import { decodeManifestJson, encodeManifestJson } from '../../src/artifact-store/manifest/json.ts';
import { encodePackHeader, encodeTrailer, readTrailer } from '../../src/artifact-store/packs/format.ts';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { readIndex } from '../../src/infospace/index-file.ts';

/** Something that reads bytes of strangers. */
export interface FuzzTarget {
  /** Throws an error with one of the codes, or nothing; anything else is a finding. */
  run(bytes: Buffer): unknown;
  codes: readonly ErrorCode[];
  /** Pieces that inputs are made of. */
  words: readonly string[];
}

const folder = mkdtempSync(join(tmpdir(), 'infospace-fuzz-'));
process.on('exit', () => process.getBuiltinModule('node:fs').rmSync(folder, { recursive: true, force: true }));

function fileWith(bytes: Uint8Array, name: string): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

function requireSame(a: Uint8Array, b: Uint8Array, what: string): void {
  if (Buffer.compare(a, b) !== 0) throw new Error(`${what} are not what they were read from`);
}

/** A pack in which all but what the trailer says is as it should be; the first two bytes say how long its frames are. */
function packWith(bytes: Buffer): Buffer {
  const trailer = bytes.subarray(2);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(trailer.length);
  const frames = Buffer.alloc(bytes.length < 2 ? 0 : bytes.readUInt16LE());
  return Buffer.concat([encodePackHeader(), frames, trailer, blake3.hash(trailer), length, Buffer.from('KPSA')]);
}

const MANIFEST_WORDS = [
  'manifest_version',
  'package',
  'files',
  'retention_summary',
  'provenance',
  'id',
  'producer',
  'subject',
  'created_at',
  'metadata',
  'retention_class',
  'expires_at',
  'path',
  'kind',
  'size',
  'executable',
  'blake3',
  'sha256',
  'target',
  'file',
  'symlink',
  'directory',
  '../',
  '/',
  'C:',
  'NUL',
  '\0',
  '__proto__',
];

/** What deltas are applied to. */
const base = locateEntries(
  encodeManifest({
    manifest_version: 1,
    package: { id: 'a', producer: 'b', subject: 'c', created_at: 'd', metadata: {} },
    files: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((path) => ({ path, kind: 'directory' })),
    retention_summary: { retention_class: 'e', expires_at: null },
    provenance: {},
  }),
  'The base',
);

export const targets: Record<string, FuzzTarget> = {
  manifest: {
    run(bytes) {
      const manifest = decodeManifest(bytes);
      requireSame(encodeManifest(manifest), bytes, 'the manifest encoded again');
      requireSame(encodeManifest(decodeManifestJson(encodeManifestJson(manifest))), bytes, 'its JSON view');
    },
    codes: ['INTEGRITY', 'FORMAT_UNSUPPORTED'],
    words: MANIFEST_WORDS,
  },
  'manifest-delta': {
    run(bytes) {
      const cbor = applyDeltas(base.cbor, [decodeDelta(bytes, 'The delta')], 'The delta');
      decodeManifest(cbor);
      const before = { ...base, digest: blake3.hash(base.cbor), bases: [] };
      const delta = encodeDelta(locateEntries(cbor, 'The manifest'), before);
      if (delta === undefined) return;
      requireSame(
        applyDeltas(base.cbor, [decodeDelta(delta, 'The delta')], 'The delta'),
        cbor,
        'what a delta of it makes',
      );
    },
    codes: ['INTEGRITY', 'FORMAT_UNSUPPORTED'],
    words: [...MANIFEST_WORDS, 'bases'],
  },
  'manifest-json': {
    run(bytes) {
      const manifest = decodeManifestJson(bytes.toString());
      decodeManifest(encodeManifest(manifest));
    },
    codes: ['INTEGRITY', 'FORMAT_UNSUPPORTED'],
    words: MANIFEST_WORDS.map((word) => JSON.stringify(word)),
  },
  'pack-trailer': {
    async run(bytes) {
      const pack = packWith(bytes);
      const read = async (offset: number, length: number) => pack.subarray(offset, offset + length);
      const trailer = encodeTrailer(await readTrailer('packs/aa/aa', pack.length, read));
      requireSame(trailer, pack.subarray(-trailer.length), 'the trailer encoded again');
    },
    codes: ['INTEGRITY', 'FORMAT_UNSUPPORTED'],
    words: ['contents', 'digests', 'lengths', 'frames', '__proto__'],
  },
  index: {
    async run(bytes) {
      mkdirSync(join(folder, 'output/archives'), { recursive: true });
      fileWith(bytes, 'output/archives/index.yaml');
      await readIndex(folder);
    },
    codes: ['CONFIG_INVALID'],
    words: [
      '- ',
      'package_id: ',
      'manifest_digest: ',
      'created_at: ',
      '&a ',
      '*a',
      '<<: ',
      '!!',
      '|\n',
      '? ',
      '{',
      '[',
      '---\n',
      '%YAML 1.1\n',
      '\t',
      '__proto__: ',
    ],
  },
  retention: {
    run(bytes) {
      for (const { name, days } of loadRetentionClasses(fileWith(bytes, 'retention.toml'))) {
        if (name === 'permanent-record' && days !== null) throw new Error('what is permanent expires');
      }
    },
    codes: ['CONFIG_INVALID'],
    words: [
      '[classes.a]\n',
      '[[classes]]\n',
      'days = ',
      '"never"',
      'permanent-record',
      '1979-05-27',
      '0x',
      'inf',
      '"""',
      '__proto__',
    ],
  },
  configuration: {
    run(bytes) {
      const lines = bytes
        .toString()
        .split('\n')
        .map((line) => /^([^=]*)=(.*)$/s.exec(line));
      // What a variable names must not be a device of this machine.
      const secret = fileWith(Buffer.from('secret\n'), 'secret');
      const given = lines.map((match): [string, string] => [`ARTIFACTSTORE_${match?.[1] ?? ''}`, match?.[2] ?? '']);
      readEnvironment(
        Object.fromEntries(given.map(([name, value]) => [name, /_FILE$|_PATH$/.test(name) ? secret : value])),
      );
    },
    codes: ['CONFIG_INVALID'],
    words: [
      'DATABASE_URL=',
      'STORAGE_BACKEND=',
      'STORAGE_LOCAL_ROOT=',
      'S3_ENDPOINT_URL=',
      'S3_BUCKET=',
      'S3_ACCESS_KEY_ID=',
      'S3_SECRET_ACCESS_KEY=',
      'S3_FORCE_PATH_STYLE=',
      'LOG_LEVEL=',
      '_FILE=',
      'sqlite:///',
      'postgresql://',
      '+asyncpg',
      'local',
      's3',
      'http://',
      '@',
      '%',
      'true',
      '\n',
    ],
  },
  bag: {
    async run(bytes) {
      const level = { [constants.ZSTD_c_compressionLevel]: 1 };
      const bag = await openBag(fileWith(zstdCompressSync(bytes, { params: level }), 'package.bag.tar.zst'));
      await bag.verify();
    },
    codes: ['INTEGRITY', 'FORMAT_UNSUPPORTED'],
    words: [
      'infospace/manifest.cbor',
      'package-manifest.cbor',
      '/data/',
      'ustar\x0000',
      '30 path=',
      '20 size=',
      '24 linkpath=',
      '\0'.repeat(512),
    ],
  },
};

/** @throws what the target must not throw. */
export async function runTarget({ run, codes }: FuzzTarget, bytes: Buffer): Promise<void> {
  try {
    await run(bytes);
  } catch (error) {
    if (!(error instanceof ArchiveError) || !codes.includes(error.code)) throw error;
  }
}
