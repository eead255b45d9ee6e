import { join } from 'node:path';
import { ArchiveError, isArchiveError } from '../artifact-store/errors.ts';
import type { Registry, StorePin } from '../artifact-store/registry.ts';
import { INDEX_FILE } from './contract.ts';
import { readNewest } from './index-file.ts';
import type { ArchiveRecord } from './index-record.ts';

/** The log position that the index recorded for each store, by store id. */
export type IndexPins = ReadonlyMap<string, StorePin>;

/**
 * The log positions recorded with an infospace's newest archives. Read before the store is opened, so that a concurrent commit is not taken
 * for a missing one. A broken index has no pins; the code that needs it reports the error.
 */
export async function readPins(root: string): Promise<IndexPins> {
  try {
    return newestPins(readNewest(root).records);
  } catch (error) {
    if (isArchiveError(error, 'CONFIG_INVALID')) return new Map();
    throw error;
  }
}

function newestPins(records: readonly ArchiveRecord[]): IndexPins {
  const pins = new Map<string, StorePin>();
  for (const { log } of records) {
    if (isPin(log) && log.segment > (pins.get(log.store)?.segment ?? -1)) pins.set(log.store, log);
  }
  return pins;
}

/** The index may contain anything. */
function isPin(log: unknown): log is StorePin {
  const { store, segment, digest } = (log ?? {}) as Partial<Record<keyof StorePin, unknown>>;
  return typeof store === 'string' && Number.isSafeInteger(segment) && typeof digest === 'string';
}

/**
 * Compares the log of a store with the position in the infospace's index. Records of other stores are ignored.
 * @throws ArchiveError `INTEGRITY` naming both.
 */
export async function requirePins(root: string, pins: IndexPins, registry: Registry): Promise<void> {
  try {
    for (const pin of pins.values()) await registry.requireLog(pin);
  } catch (error) {
    if (!isArchiveError(error, 'INTEGRITY')) throw error;
    throw new ArchiveError(
      'INTEGRITY',
      `The store is not the one that the archive index ${join(root, INDEX_FILE)} was written with. ${error.message.replace(/\.$/, '')}, or accept the store as it is with "infospace-archive index rebuild".`,
      error,
      { path: join(root, INDEX_FILE) },
    );
  }
}
