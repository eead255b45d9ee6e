import type { ReadConnection, WriteTransaction } from '../database/database.ts';
import type { RegistryTables } from '../database/schema.ts';
import type { LogPosition } from './segments.ts';

/** How far the cache has followed the log. */
export interface LogHead extends LogPosition {
  /** Of the newest event; 0 for none. */
  sequence: number;
  digest: Uint8Array;
}

export async function readHead(db: ReadConnection): Promise<LogHead> {
  return toHead(await db.selectFrom('event_head').selectAll().executeTakeFirstOrThrow());
}

/**
 * Must be the first statement of a transaction: SQLite then takes the write lock at once and waits for it, rather than failing when a read
 * becomes a write.
 */
export async function lockHead(tx: WriteTransaction): Promise<LogHead> {
  const locked = tx
    .updateTable('event_head')
    .set((row) => ({ sequence: row.ref('sequence') }))
    .returningAll();
  return toHead(await locked.executeTakeFirstOrThrow());
}

export async function setHead(tx: WriteTransaction, head: LogHead): Promise<void> {
  const { sequence, digest, segment, segmentDigest: segment_digest } = head;
  await tx.updateTable('event_head').set({ sequence, digest, segment, segment_digest }).execute();
}

function toHead({ sequence, digest, segment, segment_digest }: RegistryTables['event_head']): LogHead {
  return { sequence, digest, segment, segmentDigest: segment_digest };
}
