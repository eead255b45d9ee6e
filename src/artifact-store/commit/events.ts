import { GENESIS_DIGEST, type ReadConnection } from '../database/database.ts';
import type { EventTable } from '../database/schema.ts';
import { ArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { eventDigest } from '../log/event-digest.ts';
import { readHead } from './head.ts';

/** Rows per query, so that a long log needs little memory. */
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
 * Walks the chain from its first event to its head. Events committed meanwhile are left for the next check.
 * @returns the number of events.
 * @throws ArchiveError `INTEGRITY` naming the first sequence that does not fit.
 */
export async function verifyEvents(db: ReadConnection): Promise<number> {
  const head = await readHead(db);
  let sequence = 0;
  let digest: Uint8Array = GENESIS_DIGEST;
  // When two events do not link, the later one was changed, unless the chain continues from its own digest.
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

/** One statement, so that an event committed meanwhile is seen together with its head or not at all. */
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
    `The event log was changed at sequence ${sequence}; rebuild the registry with "infospace-archive store rebuild".`,
  );
}
