import { validate as isUuid } from 'uuid';
import { asBuffer } from '../encoding/as-buffer.ts';
import { malformed, readCount, readMap, readText } from '../encoding/shape.ts';
import { ArchiveError } from '../errors.ts';
import { formatContentAddress, isContentAddress, parseContentAddress } from '../identity/digest.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { getIfAny } from '../storage/get-if-any.ts';
import { readSound } from '../storage/read-sound.ts';

/** Says what the store is. It is there before anything else, and never changes. */
const STORE_FILE = 'store.json';
/** The newest format that this software reads and writes. */
const STORE_FORMAT = 3;

/**
 * Who keeps two writers from making the same segment: the storage, by creating it atomically, or the lock of the one
 * database that all writers use.
 */
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
  /** What the log goes on from, for a store that was migrated. */
  legacy?: LegacyEnd | undefined;
}

/**
 * What the store is; undefined when there is none, or one of format 1 or 2.
 *
 * @throws ArchiveError `FORMAT_UNSUPPORTED` for a newer format; `INTEGRITY` when the file is damaged.
 */
export async function readStoreFile(storage: StorageBackend): Promise<StoreFile | undefined> {
  return readSound(
    () => getIfAny(storage, STORE_FILE),
    (bytes) => bytes && decodeStoreFile(bytes),
  );
}

/**
 * Says what a new store is, unless somebody else just did.
 *
 * @returns what the store is.
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

export function encodeStoreFile({ storeId, commit, legacy }: StoreFile): Buffer {
  const text = JSON.stringify(
    {
      store_id: storeId,
      format: STORE_FORMAT,
      commit,
      ...(legacy && { legacy: { sequence: legacy.sequence, digest: formatContentAddress(legacy.digest) } }),
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
  const map = readMap(value, where, ['store_id', 'format', 'commit'], ['legacy']);
  const commit = readText(map.commit, where);
  if (commit !== 'storage' && commit !== 'database') throw malformed(where, 'nobody keeps its writers apart');
  return { storeId: readStoreId(map.store_id, where), commit, ...readLegacy(map.legacy, where) };
}

function parse(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(asBuffer(bytes).toString());
  } catch {
    throw malformed(where, 'expected JSON');
  }
}

/** It names a file of this machine, and others may have written it. */
function readStoreId(value: unknown, where: string): string {
  const storeId = readText(value, where);
  if (!isUuid(storeId)) throw malformed(where, 'the id of the store is no UUID');
  return storeId;
}

function readLegacy(value: unknown, where: string): { legacy?: LegacyEnd } {
  if (value === undefined) return {};
  const map = readMap(value, where, ['sequence', 'digest']);
  const digest = readText(map.digest, where);
  if (!isContentAddress(digest)) throw malformed(where, 'expected a digest');
  return { legacy: { sequence: readCount(map.sequence, where), digest: parseContentAddress(digest) } };
}
