import { GENESIS_DIGEST, type ReadConnection, type WriteTransaction } from '../database/database.ts';
import type { EventTable } from '../database/schema.ts';
import { type CborValue, encodeCbor } from '../encoding/cbor.ts';
import { ArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import type { EventDraft } from './model.ts';
import { applyToViews } from './views.ts';

/** Each event hashes the one before: the order of the list is the order of its columns in docs/format.md. */
function eventDigest(row: EventTable): Buffer {
  return blake3.hash(
    encodeCbor([
      row.sequence,
      row.created_at,
      row.event_type,
      row.subject_kind,
      row.subject_id,
      row.actor,
      row.payload_digest,
      row.previous_digest,
    ]),
  );
}

/** The end of the log, locked until the transaction ends, so that sequences have no gaps and the chain no forks. */
export interface LogHead {
  sequence: number;
  digest: Uint8Array;
}

/**
 * Begins a transaction that writes. Must be its first statement: SQLite then takes the write lock at once and waits
 * for it, rather than failing when a read turns into a write.
 */
export async function lockLog(tx: WriteTransaction): Promise<LogHead> {
  return tx
    .updateTable('event_head')
    .set((row) => ({ sequence: row.ref('sequence') }))
    .returning(['sequence', 'digest'])
    .executeTakeFirstOrThrow();
}

/** Appends events and brings the views up to them. Each change of the registry's state goes through here. */
export async function appendEvents(
  tx: WriteTransaction,
  head: LogHead,
  events: readonly EventDraft[],
  { actor, now }: { actor: string; now: Date },
): Promise<LogHead> {
  let { sequence, digest } = head;
  for (const event of events) {
    const payload = encodeCbor(event.payload as unknown as CborValue);
    const row: EventTable = {
      sequence: ++sequence,
      created_at: now.toISOString(),
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
    digest = eventDigest(row);
  }
  await tx.updateTable('event_head').set({ sequence, digest }).execute();
  return { sequence, digest };
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
