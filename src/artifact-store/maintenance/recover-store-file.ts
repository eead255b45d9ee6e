import { createArbitrated } from '../arbiter.ts';
import { Copies } from '../commit/checkpoints.ts';
import { deleteStoreFile, readStoreFile, type StoreFile } from '../commit/store-file.ts';
import type { StoreConfig } from '../config.ts';
import type { IdKey } from '../encryption/id-key.ts';
import type { Encryption } from '../encryption/open-keys.ts';
import { isArchiveError } from '../errors.ts';
import { parseContentAddress } from '../identity/digest.ts';
import { readEvent } from '../log/model.ts';
import { type DecodedSegment, decodeSegment, isWrittenWith, segmentKey } from '../log/segment.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { getIfAny } from '../storage/get-if-any.ts';
import { readSound } from '../storage/read-sound.ts';

/**
 * Recreates "store.json" if it is missing or damaged: from the first segment of the log, and from the keys of an encrypted store.
 * @throws ArchiveError `KEY_MISSING` when the store is encrypted and no identity opens its keys; `INTEGRITY` when keys contradict each
 * other; `CONFIG_INVALID` when nothing would serialize its writers.
 */
export async function recoverStoreFile(config: StoreConfig, storage: StorageBackend): Promise<void> {
  const state = await stateOf(storage);
  if (state === 'sound') return;
  const first = await firstSegment(storage);
  if (first === undefined) return;
  const encryption = first.seal && (await encryptionOf(config, storage, first));
  if (state === 'damaged') await deleteStoreFile(storage);
  await createArbitrated(config, storage, { storeId: first.storeId, legacy: legacyOf(first), encryption });
}

/** From a copy if the log has lost it. */
async function firstSegment(storage: StorageBackend): Promise<DecodedSegment | undefined> {
  const open = (stored: Uint8Array | undefined) => stored && decodeSegment(1, stored);
  const own = await attempt(() => readSound(() => getIfAny(storage, segmentKey(1)), open));
  if (own.value) return own.value;
  for await (const copy of new Copies(storage).of(1)) {
    const { value } = await attempt(async () => open(copy));
    if (value) return value;
  }
  if (own.fault) throw own.fault;
  return undefined;
}

async function attempt<T>(action: () => Promise<T>): Promise<{ value?: T; fault?: unknown }> {
  try {
    return { value: await action() };
  } catch (fault) {
    if (isArchiveError(fault, 'INTEGRITY') || isArchiveError(fault, 'FORMAT_UNSUPPORTED')) return { fault };
    throw fault;
  }
}

async function stateOf(storage: StorageBackend): Promise<'sound' | 'damaged' | 'missing'> {
  try {
    return (await readStoreFile(storage)) === undefined ? 'missing' : 'sound';
  } catch (error) {
    if (isArchiveError(error, 'INTEGRITY')) return 'damaged';
    throw error;
  }
}

function legacyOf({ events: [first] }: DecodedSegment): StoreFile['legacy'] {
  if (first?.event_type !== 'v1.store.migrated') return undefined;
  const { sequence, digest } = readEvent(first).payload as { sequence: number; digest: string };
  return { sequence, digest: parseContentAddress(digest) };
}

async function encryptionOf(config: StoreConfig, storage: StorageBackend, first: DecodedSegment): Promise<Encryption> {
  const { recoverEncryption } = await import('../encryption/open-keys.ts');
  const isOfLog = (idKey: IdKey) => isWrittenWith(first, (body) => idKey.segmentMac(body));
  return recoverEncryption(storage, first.storeId, isOfLog, config.keys ?? {});
}
