import type { Kysely } from 'kysely';
import { againWhenAborted } from '../database/aborted.ts';
import {
  GENESIS_DIGEST,
  type ReadConnection,
  type RegistryDatabase,
  type WriteTransaction,
} from '../database/database.ts';
import type { EventTable, RegistryTables } from '../database/schema.ts';
import { type CborValue, encodeCbor } from '../encoding/cbor.ts';
import { ArchiveError, isArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { eventDigest } from './event-digest.ts';
import { encodeSegment, segmentKey } from './mirror.ts';
import type { EventDraft } from './model.ts';
import { applyToViews } from './views.ts';

/** The end of the log, locked until the transaction ends, so that sequences have no gaps and the chain no forks. */
interface LogHead {
  sequence: number;
  digest: Uint8Array;
}

export interface LogParts {
  database: RegistryDatabase;
  storage: StorageBackend;
  /** Who acts. */
  actor: string;
  now: () => Date;
}

/** The connection was lost during the commit, and its outcome could not be determined or taken back. */
export class LostCommit extends ArchiveError {
  constructor(cause: unknown) {
    const sentence = 'A commit was cut off, so it is not known whether it was made; list what there is and try again';
    super('STORE_UNAVAILABLE', `${sentence}: ${(cause as Error).message}`, cause);
  }
}

/**
 * Changes the state of the registry: decides on events while the log is locked, brings the views up to them, mirrors
 * them to storage, and then makes all of it visible. Without an event, what `decide` did to the blob index is all.
 *
 * @param decide runs again when the database takes the transaction back in favour of another one.
 * @throws what `decide` throws; {@link LostCommit} when it cannot be told whether the change was made.
 */
export function record(
  parts: LogParts,
  decide: (tx: WriteTransaction) => Promise<readonly EventDraft[]>,
): Promise<void> {
  return againWhenAborted(() => recordOnce(parts, decide));
}

async function recordOnce(
  { database: { db }, storage, actor, now }: LogParts,
  decide: (tx: WriteTransaction) => Promise<readonly EventDraft[]>,
): Promise<void> {
  let mirrored: { key: string; head: LogHead; stored: boolean } | undefined;
  try {
    await db.transaction().execute(async (tx) => {
      const head = await lockLog(tx);
      const events = await decide(tx);
      if (events.length === 0) return;
      const rows = await append(tx, head, events, { actor, createdAt: now().toISOString() });
      const last = rows.at(-1)!;
      const next = { sequence: last.sequence, digest: eventDigest(last) };
      mirrored = { key: segmentKey(rows[0]!.sequence, next.digest), head: next, stored: false };
      await storage.put(mirrored.key, [encodeSegment(rows)]);
      mirrored.stored = true;
      await tx.updateTable('event_head').set(next).execute();
    });
  } catch (error) {
    if (mirrored === undefined) throw error;
    if (await isCommitted(db, mirrored.head, error)) return;
    try {
      await storage.delete(mirrored.key);
    } catch {
      // The storage refused the segment itself, for example because the session has expired.
      if (!mirrored.stored && isArchiveError(error, 'CONFIG_INVALID')) throw error;
      // A rebuild would take it for made, so what it names must stay.
      throw new LostCommit(error);
    }
    throw error;
  }
}

/** The sequence of the newest event; 0 for none. */
export async function newestSequence(db: ReadConnection): Promise<number> {
  return (await db.selectFrom('event_head').select('sequence').executeTakeFirstOrThrow()).sequence;
}

/** Changes the blob index alone, while no package can be made or disposed of. The action may run again, as `decide` may. */
export function whileLocked<T>({ db }: RegistryDatabase, action: (tx: WriteTransaction) => Promise<T>): Promise<T> {
  return againWhenAborted(() =>
    db.transaction().execute(async (tx) => {
      await lockLog(tx);
      return action(tx);
    }),
  );
}

/** Locking the log waits until a commit that is still under way on the server has come to its end. */
async function isCommitted(db: Kysely<RegistryTables>, head: LogHead, error: unknown): Promise<boolean> {
  try {
    return await db.transaction().execute(async (tx) => {
      const now = await lockLog(tx);
      if (now.sequence === head.sequence) return sameBytes(now.digest, head.digest);
      const next = tx
        .selectFrom('events')
        .select('previous_digest')
        .where('sequence', '=', head.sequence + 1);
      const found = await next.executeTakeFirst();
      return found !== undefined && sameBytes(found.previous_digest, head.digest);
    });
  } catch {
    throw new LostCommit(error);
  }
}

/**
 * Must be a transaction's first statement: SQLite then takes the write lock at once and waits for it, rather than
 * failing when a read turns into a write.
 */
async function lockLog(tx: WriteTransaction): Promise<LogHead> {
  return tx
    .updateTable('event_head')
    .set((row) => ({ sequence: row.ref('sequence') }))
    .returning(['sequence', 'digest'])
    .executeTakeFirstOrThrow();
}

async function append(
  tx: WriteTransaction,
  head: LogHead,
  events: readonly EventDraft[],
  { actor, createdAt }: { actor: string; createdAt: string },
): Promise<EventTable[]> {
  let { sequence, digest } = head;
  const rows: EventTable[] = [];
  for (const event of events) {
    const payload = encodeCbor(event.payload as unknown as CborValue);
    const row: EventTable = {
      sequence: ++sequence,
      created_at: createdAt,
      event_type: event.type,
      subject_kind: event.subjectKind,
      subject_id: event.subjectId,
      actor,
      payload,
      payload_digest: blake3.hash(payload),
      previous_digest: digest,
    };
    await tx.insertInto('events').values(row).execute();
    await applyToViews(tx, event, row);
    rows.push(row);
    digest = eventDigest(row);
  }
  return rows;
}

/** Rows read at a time, so that a long log needs little memory. */
const PAGE_ROWS = 1000;

/** The events after the given sequence, oldest first. */
export async function* readEvents(db: ReadConnection, after: number): AsyncIterable<EventTable> {
  for (let last = after; ; ) {
    const page = await db
      .selectFrom('events')
      .selectAll()
      .where('sequence', '>', last)
      .orderBy('sequence')
      .limit(PAGE_ROWS)
      .execute();
    yield* page;
    if (page.length < PAGE_ROWS) return;
    last = page.at(-1)!.sequence;
  }
}

/**
 * Walks the chain from its first event to its head. Events that come meanwhile are left for the next time.
 *
 * @returns the number of events.
 * @throws ArchiveError `INTEGRITY` naming the first sequence that does not fit.
 */
export async function verifyEvents(db: ReadConnection): Promise<number> {
  const head = await db.selectFrom('event_head').selectAll().executeTakeFirstOrThrow();
  let sequence = 0;
  let digest: Uint8Array = GENESIS_DIGEST;
  // Two events that do not link: the later one is the changed one, unless its own digest is what the chain goes on with.
  let unlinked = false;
  for await (const row of readEvents(db, 0)) {
    if (row.sequence > head.sequence) break;
    const linked = sameBytes(row.previous_digest, digest);
    if (unlinked) throw brokenAt(linked ? sequence - 1 : sequence);
    sequence++;
    const sound = row.sequence === sequence && sameBytes(row.payload_digest, blake3.hash(row.payload));
    if (!sound) throw brokenAt(sequence);
    unlinked = !linked;
    digest = eventDigest(row);
  }
  if (sequence < head.sequence) throw brokenAt(sequence + 1);
  const linked = sameBytes(digest, head.digest);
  if (unlinked) throw brokenAt(linked ? sequence - 1 : sequence);
  if (!linked) throw brokenAt(sequence);
  await refuseEventsPastHead(db);
  return sequence;
}

/** In one statement, so that an event that comes meanwhile is seen with its head or not at all. */
async function refuseEventsPastHead(db: ReadConnection): Promise<void> {
  const past = await db
    .selectFrom('events')
    .select('sequence')
    .where('sequence', '>', (query) => query.selectFrom('event_head').select('event_head.sequence'))
    .orderBy('sequence')
    .limit(1)
    .executeTakeFirst();
  if (past) throw brokenAt(past.sequence);
}

function brokenAt(sequence: number): ArchiveError {
  return new ArchiveError(
    'INTEGRITY',
    `The event log was changed at sequence ${sequence}; compare it with a backup of the registry.`,
  );
}
