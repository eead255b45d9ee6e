import { type Abortable, itemsUntilAborted } from '../abort.ts';
import { type LogParts, record } from '../commit/record.ts';
import type { StoreConfig } from '../config.ts';
import type { ReadConnection } from '../database/database.ts';
import { isArchiveError } from '../errors.ts';
import type { EventDraft } from '../log/model.ts';
import { remembering } from '../manifest/stored.ts';
import { currentUser, openLog, openStorage } from '../open-store.ts';
import { ListReader } from '../packs/list-reader.ts';
import { readStoredTrailer } from '../packs/stored-trailer.ts';
import { WorkerPool } from '../packs/worker-pool.ts';
import { partsOf } from '../parts.ts';
import { manifestSource } from '../sealed-manifests.ts';
import { allPackages, type HurtFile, hurtFiles } from './check-packages.ts';
import { packPages } from './check-packs.ts';
import { type RepairedLog, repairLog } from './repair-log.ts';

export type { HurtFile };

/**
 * What was mended and marked, and which files are affected.
 * @experimental
 */
export interface RepairedStore extends RepairedLog {
  /** Packs newly marked as missing or unreadable. */
  damaged: string[];
  /** Marked packs that are intact again. */
  healed: string[];
  /** Files that cannot be restored. */
  hurt: HurtFile[];
}

type Parts = LogParts & Abortable;

/**
 * Puts lost segments of the log back from their copies. Checks every pack and marks lost ones, so that the next archive stores their
 * contents again; unmarks packs that are back. What was done before an abort stays.
 * @experimental
 * @throws ArchiveError as `openStore`.
 */
export async function repairStore(config: StoreConfig, { signal }: Abortable = {}): Promise<RepairedStore> {
  signal?.throwIfAborted();
  const storage = await openStorage(config);
  try {
    // Opening to write would create a store.
    await (await openLog(config, storage, 'read')).database.db.destroy();
    const log = await openLog(config, storage, 'write');
    try {
      return await repair({ ...log, storage, actor: currentUser(), now: () => new Date(), signal });
    } finally {
      await log.database.db.destroy();
    }
  } finally {
    storage.close?.();
  }
}

async function repair(parts: Parts): Promise<RepairedStore> {
  const { storage, signal } = parts;
  const { db } = parts.database;
  storage.bypassCache?.();
  const log = await repairLog(parts);
  const damaged: string[] = [];
  const healed: string[] = [];
  for await (const page of itemsUntilAborted(signal, packPages(db))) {
    const looked = await Promise.all(page.map(async (pack) => ({ pack, isSound: await isSound(parts, pack) })));
    for (const { pack, isSound } of looked) {
      if (isSound === (pack.damaged_at === null)) continue;
      (isSound ? healed : damaged).push(pack.storage_key);
    }
  }
  await mark(parts, damaged, 'v1.pack.damaged');
  await mark(parts, healed, 'v1.pack.healed');
  const hurt: HurtFile[] = [];
  const { keys } = parts.store;
  const source = remembering(manifestSource(storage, parts.store, db));
  const workers = new WorkerPool();
  try {
    const lists = new ListReader({ db, keys, storage, workers, signal });
    for await (const row of itemsUntilAborted(signal, allPackages(db))) {
      // Without an identity, the affected files are unknown.
      if (keys && !keys.mayRead) break;
      for (const file of await hurtFiles({ db, keys }, source, lists, row)) hurt.push(file);
    }
  } finally {
    await workers.close();
  }
  return { ...log, damaged, healed, hurt };
}

async function isSound({ storage }: Parts, pack: { storage_key: string; stored_bytes: number }): Promise<boolean> {
  try {
    await readStoredTrailer(storage, pack.storage_key, pack.stored_bytes);
    return true;
  } catch (error) {
    if (isArchiveError(error, 'INTEGRITY')) return false;
    throw error;
  }
}

/** Skips packs that were removed meanwhile. */
async function mark(parts: Parts, keys: readonly string[], type: 'v1.pack.damaged' | 'v1.pack.healed'): Promise<void> {
  for (const part of partsOf(keys)) {
    await record(parts, async (tx) => {
      parts.signal?.throwIfAborted();
      return (await stillThere(tx, part)).map((key) => markEvent(type, key));
    });
  }
}

function markEvent(type: 'v1.pack.damaged' | 'v1.pack.healed', key: string): EventDraft {
  const about = { subjectKind: 'pack', subjectId: key } as const;
  return type === 'v1.pack.healed'
    ? { type, ...about, payload: {} }
    : { type, ...about, payload: { reason: 'missing or unreadable' } };
}

async function stillThere(db: ReadConnection, keys: readonly string[]): Promise<string[]> {
  const rows = await db.selectFrom('packs').select('storage_key').where('storage_key', 'in', keys).execute();
  return rows.map(({ storage_key }) => storage_key);
}
