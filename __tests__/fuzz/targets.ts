import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import { openBag } from '../../src/artifact-store/bag/read-bag.ts';
import { readStoreFile } from '../../src/artifact-store/commit/store-file.ts';
import { readEnvironment } from '../../src/artifact-store/config.ts';
import { decodeCbor, encodeCbor } from '../../src/artifact-store/encoding/cbor.ts';
import { packDocument } from '../../src/artifact-store/encoding/document.ts';
import { ArchiveError, type ErrorCode } from '../../src/artifact-store/errors.ts';
import { toHex } from '../../src/artifact-store/identity/digest.ts';
import { blake3 } from '../../src/artifact-store/identity/hasher.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/artifact-store/log/checkpoint.ts';
import { eventDigest } from '../../src/artifact-store/log/event-digest.ts';
import { decodeEvents, encodeEvents } from '../../src/artifact-store/log/event-list.ts';
import { decodeLegacySegment, LEGACY_LOG } from '../../src/artifact-store/log/legacy-segment.ts';
import { readEvent } from '../../src/artifact-store/log/model.ts';
import { decodeSegment, encodeSegment, type Segment } from '../../src/artifact-store/log/segment.ts';
import { decodeManifest, encodeManifest } from '../../src/artifact-store/manifest/codec.ts';
import { applyDeltas, decodeDelta, encodeDelta } from '../../src/artifact-store/manifest/delta.ts';
import { locateEntries } from '../../src/artifact-store/manifest/encoded.ts';
import { decodeManifestJson, encodeManifestJson } from '../../src/artifact-store/manifest/json.ts';
import {
  encodePackHeader,
  encodePackTable,
  encodeTrailer,
  readTrailer,
} from '../../src/artifact-store/packs/format.ts';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { LocalStorage } from '../../src/artifact-store/storage/local.ts';
import { readIndex } from '../../src/infospace/index-file.ts';
import { sealedTargets } from './sealed-targets.ts';

/** A function that reads bytes of strangers. */
export interface FuzzTarget {
  /** May throw an error with one of the codes; anything else is a finding. */
  run(bytes: Buffer): unknown;
  codes: readonly ErrorCode[];
  /** Pieces for inputs. */
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

/** A pack that is valid except for its trailer; the first two bytes give the length of its frames. */
function packWith(bytes: Buffer): Buffer {
  const trailer = bytes.subarray(2);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(trailer.length);
  const frames = Buffer.alloc(bytes.length < 2 ? 0 : bytes.readUInt16LE());
  return Buffer.concat([encodePackHeader(), frames, trailer, blake3.hash(trailer), length, Buffer.from('KPSA')]);
}

/** Any content in the form in which a writer would store it. */
function asDocument(name: 'ASLG' | 'ASEV', raw: Buffer): Buffer {
  return packDocument(name, raw, () => undefined);
}

/** Without the nonce, which is random in each encoding. */
function segmentParts({ segment, storeId, previous, events, packs }: Segment): Buffer {
  const tables = [...packs].map(([key, table]) => [key, encodePackTable(table)]);
  return encodeCbor([segment, storeId, previous, encodeEvents(events), tables]);
}

const EVENT_WORDS = [
  'v1.package.created',
  'v1.package.finalized',
  'v1.pack.sealed',
  'v1.pack.retired',
  'v1.object.removed',
  'v1.store.migrated',
  'v1.store.recipients_changed',
  'package',
  'pack',
  'object',
  'store',
  'payload',
  '__proto__',
];

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

/** The base of deltas. */
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
  ...sealedTargets(folder),
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
      const cbor = applyDeltas(base, [decodeDelta(bytes, 'The delta')], 'The delta');
      decodeManifest(cbor);
      const before = { ...base, digest: blake3.hash(base.cbor), bases: [] };
      const delta = encodeDelta(locateEntries(cbor, 'The manifest'), before);
      if (delta === undefined) return;
      requireSame(applyDeltas(base, [decodeDelta(delta, 'The delta')], 'The delta'), cbor, 'what a delta of it makes');
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
  segment: {
    run(bytes) {
      const segment = decodeSegment(1, asDocument('ASLG', bytes));
      for (const event of segment.events) readEvent(event);
      requireSame(
        segmentParts(decodeSegment(1, encodeSegment(segment))),
        segmentParts(segment),
        'the parts of the segment encoded again',
      );
    },
    codes: ['INTEGRITY', 'FORMAT_UNSUPPORTED'],
    words: [
      ...EVENT_WORDS,
      'segment',
      'store_id',
      'nonce',
      'previous',
      'events',
      'packs',
      'frames',
      'contents',
      'digests',
    ],
  },
  'legacy-segment': {
    run(bytes) {
      const events = decodeEvents(decodeCbor(bytes), 'The segment');
      const first = String(events[0]!.sequence).padStart(16, '0');
      const key = `${LEGACY_LOG}${first}-${toHex(eventDigest(events.at(-1)!))}`;
      for (const event of decodeLegacySegment(key, asDocument('ASEV', bytes))) readEvent(event);
    },
    codes: ['INTEGRITY', 'FORMAT_UNSUPPORTED'],
    words: EVENT_WORDS,
  },
  checkpoint: {
    run(bytes) {
      const segments = decodeCheckpoint({ first: 1, last: 2 }, bytes);
      requireSame(Buffer.concat(encodeCheckpoint(segments)), bytes, 'the checkpoint encoded again');
    },
    codes: ['INTEGRITY', 'FORMAT_UNSUPPORTED'],
    words: ['ASCP', '\x01\0', '\0\0\0\0', '\xff\xff\xff\xff'],
  },
  'store-file': {
    async run(bytes) {
      fileWith(bytes, 'store.json');
      await readStoreFile(new LocalStorage(folder));
    },
    codes: ['INTEGRITY', 'FORMAT_UNSUPPORTED'],
    words: [
      '"store_id":',
      '"format":',
      '"commit":',
      '"legacy":',
      '"sequence":',
      '"digest":',
      '"encryption":',
      '"version":1',
      '"check":',
      '"keeper":',
      `"${'0'.repeat(32)}"`,
      '"storage"',
      '"database"',
      `"blake3:${'0'.repeat(64)}"`,
      '"__proto__":',
      'null',
      '{',
      '[',
      '1e999',
    ],
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
      '- {"package_id": "a"}\n',
      '<<<<<<< a\n',
      '=======\n',
      '>>>>>>> b\n',
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
      // A variable must not name a device of this machine.
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

/** @throws whatever the target must not throw. */
export async function runTarget({ run, codes }: FuzzTarget, bytes: Buffer): Promise<void> {
  try {
    await run(bytes);
  } catch (error) {
    if (!(error instanceof ArchiveError) || !codes.includes(error.code)) throw error;
  }
}
