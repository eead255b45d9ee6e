import { asBuffer } from '../encoding/as-buffer.ts';
import { malformed, readCount, readMap, readText } from '../encoding/shape.ts';
import type { Encryption } from '../encryption/open-keys.ts';
import type { StoreKeys } from '../encryption/store-keys.ts';
import { ArchiveError } from '../errors.ts';
import { formatContentAddress, parseContentAddress } from '../identity/digest.ts';
import { type DecodedSegment, requireMac } from '../log/segment.ts';
import { isContentAddress, isUuid } from '../outside-fields.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { getIfAny } from '../storage/get-if-any.ts';
import { readSound } from '../storage/read-sound.ts';

/** Describes the store. Created before anything else, and never changed. */
const STORE_FILE = 'store.json';
/** The newest format that this software reads and writes. */
export const STORE_FORMAT = 3;

/** What prevents two writers from creating the same segment: the storage, by atomic creation, or the lock of a common database. */
export type CommitArbiter = 'storage' | 'database';

/** The end of the log of a store that was made by format 1 or 2. */
export interface LegacyEnd {
  sequence: number;
  digest: Uint8Array;
}

export interface StoreFile {
  /** A UUID. */
  storeId: string;
  commit: CommitArbiter;
  /** The end of the old log, for a migrated store. */
  legacy?: LegacyEnd | undefined;
  /** For an encrypted store. */
  encryption?: Encryption | undefined;
  /** The available keys of an encrypted store; not stored. */
  keys?: StoreKeys | undefined;
}

/** The keys of an encrypted store. */
export function requireKeys({ keys }: StoreFile): StoreKeys {
  if (keys) return keys;
  throw new Error('An encrypted store was opened without asking for its keys.');
}

/**
 * @throws ArchiveError `INTEGRITY` when a segment of an encrypted store was not written by one of its writers, as far as this can be
 * checked.
 */
export function requireWriter(segment: DecodedSegment, { encryption, keys }: StoreFile): void {
  if ((encryption === undefined) !== (segment.seal === undefined)) {
    throw new ArchiveError(
      'INTEGRITY',
      `The object "${STORE_FILE}" says that the store is ${encryption ? '' : 'not '}encrypted, but segment ${segment.segment} of the log contradicts it; one of them was changed: restore it from a backup.`,
    );
  }
  if (keys?.mayWrite) requireMac(segment, (body) => keys.idKey.segmentMac(body));
}

/**
 * Reads the store file; undefined when there is no store, or one of format 1 or 2.
 * @throws ArchiveError `FORMAT_UNSUPPORTED` for a newer format; `INTEGRITY` when the file is damaged.
 */
export async function readStoreFile(storage: StorageBackend): Promise<StoreFile | undefined> {
  return readSound(
    () => getIfAny(storage, STORE_FILE),
    (bytes) => bytes && decodeStoreFile(bytes),
  );
}

/**
 * Creates the store file, unless another process was first.
 * @returns the stored one.
 */
export async function createStoreFile(storage: StorageBackend, file: StoreFile): Promise<StoreFile> {
  const bytes = encodeStoreFile(file);
  if (file.commit === 'storage') {
    if ((await storage.create(STORE_FILE, bytes)) === 'created') return file;
  } else if ((await storage.head(STORE_FILE)) === undefined) {
    await storage.put(STORE_FILE, [bytes]);
    return file;
  }
  return readSound(() => storage.get(STORE_FILE), decodeStoreFile);
}

/** Deletes a damaged store file, so that it can be created again. */
export function deleteStoreFile(storage: StorageBackend): Promise<void> {
  return storage.delete(STORE_FILE);
}

/** The error for a log without a store file. */
export function lostStoreFile(): ArchiveError {
  return new ArchiveError(
    'STATE_CONFLICT',
    `The storage has the log of a store, but no "${STORE_FILE}"; restore the file from a backup, or recreate it with "infospace-archive store rebuild".`,
    undefined,
    { key: STORE_FILE },
  );
}

export function encodeStoreFile({ storeId, commit, legacy, encryption }: StoreFile): Buffer {
  const text = JSON.stringify(
    {
      store_id: storeId,
      format: STORE_FORMAT,
      commit,
      ...(legacy && { legacy: { sequence: legacy.sequence, digest: formatContentAddress(legacy.digest) } }),
      ...(encryption && { encryption }),
    },
    undefined,
    2,
  );
  return Buffer.from(`${text}\n`);
}

/** @throws ArchiveError `FORMAT_UNSUPPORTED` for a newer format; `INTEGRITY` when it is damaged. */
export function decodeStoreFile(bytes: Uint8Array): StoreFile {
  const where = `The object "${STORE_FILE}"`;
  const value = parse(bytes, where);
  const format = readCount((value as { format?: unknown } | null)?.format, where);
  if (format > STORE_FORMAT) {
    throw new ArchiveError(
      'FORMAT_UNSUPPORTED',
      `The store has format ${format}, newer than this software reads (${STORE_FORMAT}); upgrade infospace-archive.`,
      undefined,
      { expected: `${STORE_FORMAT}`, actual: `${format}` },
    );
  }
  const map = readMap(value, where, ['store_id', 'format', 'commit'], ['legacy', 'encryption']);
  const commit = readText(map.commit, where);
  if (commit !== 'storage' && commit !== 'database') throw malformed(where, 'nothing serializes its writers');
  const storeId = readStoreId(map.store_id, where);
  return { storeId, commit, ...readLegacy(map.legacy, where), ...readEncryption(map.encryption, where) };
}

const CHECK = /^[0-9a-f]{32}$/;

function readEncryption(value: unknown, where: string): { encryption?: Encryption } {
  if (value === undefined) return {};
  if (readCount((value as { version?: unknown } | null)?.version, where) !== 1) {
    const sentence = `The store uses an encryption format newer than this software; upgrade infospace-archive.`;
    throw new ArchiveError('FORMAT_UNSUPPORTED', sentence);
  }
  const map = readMap(value, where, ['version', 'check', 'keeper']);
  const [check, keeper] = [readText(map.check, where), readText(map.keeper, where)];
  if (![check, keeper].every((text) => CHECK.test(text))) throw malformed(where, 'expected hexadecimal digits');
  return { encryption: { version: 1, check, keeper } };
}

function parse(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(asBuffer(bytes).toString());
  } catch {
    throw malformed(where, 'expected JSON');
  }
}

/** Checked, since it becomes a local file name and the file may be forged. */
function readStoreId(value: unknown, where: string): string {
  const storeId = readText(value, where);
  if (!isUuid(storeId)) throw malformed(where, 'the id of the store is not a UUID');
  return storeId;
}

function readLegacy(value: unknown, where: string): { legacy?: LegacyEnd } {
  if (value === undefined) return {};
  const map = readMap(value, where, ['sequence', 'digest']);
  const digest = readText(map.digest, where);
  if (!isContentAddress(digest)) throw malformed(where, 'expected a digest');
  return { legacy: { sequence: readCount(map.sequence, where), digest: parseContentAddress(digest) } };
}
