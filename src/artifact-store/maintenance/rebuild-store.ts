import type { Abortable } from '../abort.ts';
import type { StoreConfig } from '../config.ts';
import {
  GENESIS_DIGEST,
  migrate,
  type ReadConnection,
  type RegistryDatabase,
  type WriteTransaction,
} from '../database/database.ts';
import { ArchiveError } from '../errors.ts';
import { type ChainedSegment, readChain } from '../events/chain.ts';
import { whileLocked } from '../events/log.ts';
import { type EventDraft, readEvent } from '../events/model.ts';
import { holdsEvents } from '../events/segments.ts';
import { applyToViews } from '../events/views.ts';
import { parseContentAddress } from '../identity/digest.ts';
import { manifestKey } from '../manifest/stored.ts';
import { openDatabase, openStorage } from '../open-store.ts';
import { partsOf } from '../packs/content-index.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { RebuiltIndex } from './rebuild-index.ts';

/** A pack that the log names and that cannot be read. */
export interface UnreadablePack {
  key: string;
  error: ArchiveError;
}

/**
 * What was found in storage.
 *
 * @experimental
 */
export interface RebuiltStore {
  events: number;
  packages: number;
  packs: number;
  /** What is in them is missing from the store, until it is archived again. */
  unreadable: UnreadablePack[];
}

/**
 * Makes the registry anew from what storage holds: the mirrored event log and the trailers of the packs. It is there as a
 * whole or, when this is cut off or aborted, not at all.
 *
 * @experimental
 * @throws ArchiveError `STATE_CONFLICT` when the registry has events already; `NOT_FOUND` when storage has none;
 * `INTEGRITY` naming the sequence at which the mirrored log breaks off.
 */
export async function rebuildStore(
  config: StoreConfig,
  now: () => Date = () => new Date(),
  { signal }: Abortable = {},
): Promise<RebuiltStore> {
  signal?.throwIfAborted();
  const storage = await openStorage(config);
  try {
    if (!(await holdsEvents(storage))) {
      throw new ArchiveError(
        'NOT_FOUND',
        'The storage has no event log to rebuild the registry from; check that the configuration names the right one.',
      );
    }
    const database = await openDatabase(config, 'write');
    try {
      await refuseEvents(database, config);
      await migrate(database, now());
      return await whileLocked(database, (tx) => rebuild(tx, storage, config, signal));
    } finally {
      await database.db.destroy();
    }
  } finally {
    storage.close?.();
  }
}

/** A registry of whichever version: nothing about it is changed before. */
async function refuseEvents(database: RegistryDatabase, config: StoreConfig): Promise<void> {
  if (await database.hasTables(database.db)) await requireNoEvents(database.db, config);
}

async function requireNoEvents(db: ReadConnection, { database }: StoreConfig): Promise<void> {
  const head = await db.selectFrom('event_head').select('sequence').executeTakeFirst();
  if (head === undefined || head.sequence === 0) return;
  const remedy = database.kind === 'sqlite' ? `move ${database.path} away` : 'name an empty database or schema';
  throw new ArchiveError(
    'STATE_CONFLICT',
    `The registry holds ${head.sequence} events, and only one that is lost or empty is rebuilt; ${remedy} first.`,
  );
}

async function rebuild(
  tx: WriteTransaction,
  storage: StorageBackend,
  config: StoreConfig,
  signal: AbortSignal | undefined,
): Promise<RebuiltStore> {
  // Another process may have come first.
  await requireNoEvents(tx, config);
  const index = new RebuiltIndex(tx, storage);
  let end = { sequence: 0, digest: GENESIS_DIGEST };
  for await (const { events, sequence, digest } of readChain(storage, (ends) => preferEnd(storage, ends))) {
    for (const part of partsOf(events)) await tx.insertInto('events').values(part).execute();
    let at = 0;
    for await (const [event, trailer] of index.readAhead(events.map(readEvent))) {
      signal?.throwIfAborted();
      await index.apply(event, trailer);
      await applyToViews(tx, event, events[at++]!);
    }
    end = { sequence, digest };
  }
  const unreadable = await index.finish();
  await tx.updateTable('event_head').set(end).execute();
  return {
    events: end.sequence,
    packages: await count(tx, 'packages'),
    packs: await count(tx, 'packs'),
    unreadable: [...unreadable].map(([key, error]) => ({ key, error })),
  };
}

async function count(tx: WriteTransaction, table: 'packages' | 'packs'): Promise<number> {
  const query = tx.selectFrom(table).select(({ fn }) => fn.countAll<number>().as('rows'));
  // A count comes back as text from PostgreSQL.
  return Number((await query.executeTakeFirstOrThrow()).rows);
}

/** The newest transaction may have failed like one before it: the one whose objects are all there, then the newer one. */
async function preferEnd(
  storage: StorageBackend,
  ends: readonly (readonly ChainedSegment[])[],
): Promise<readonly ChainedSegment[]> {
  const rated = await Promise.all(ends.map(async (end) => ({ end, whole: await isWhole(storage, end) })));
  rated.sort(
    (a, b) => Number(b.whole) - Number(a.whole) || b.end.at(-1)!.storedAt.getTime() - a.end.at(-1)!.storedAt.getTime(),
  );
  return rated[0]!.end;
}

async function isWhole(storage: StorageBackend, segments: readonly ChainedSegment[]): Promise<boolean> {
  for (const event of segments.flatMap(({ events }) => events).map(readEvent)) {
    const key = objectOf(event);
    if (key !== undefined && (await storage.head(key)) === undefined) return false;
  }
  return true;
}

/** What an event says is in storage from then on. */
function objectOf(event: EventDraft): string | undefined {
  if (event.type === 'v1.pack.sealed') return event.subjectId;
  if (event.type === 'v1.package.finalized') return manifestKey(parseContentAddress(event.payload.manifest_digest));
  return undefined;
}
