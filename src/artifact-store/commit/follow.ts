import { againWhenAborted } from '../database/aborted.ts';
import type { RegistryDatabase, WriteTransaction } from '../database/database.ts';
import { ArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { eventDigest } from '../log/event-digest.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { applyEvents } from './apply.ts';
import { type LogHead, lockHead, readHead, setHead } from './head.ts';
import { readLegacyLog } from './legacy-log.ts';
import { newestSegment, readSegments, type StoredSegment } from './segments.ts';
import type { StoreFile } from './store-file.ts';

export interface FollowParts {
  database: Pick<RegistryDatabase, 'db'>;
  storage: StorageBackend;
  store: StoreFile;
}

/** Segments that are applied in one transaction: bounds memory, and how long others wait. */
const BATCH_SEGMENTS = 64;

/** Brings the cache up to the newest segment in storage. @throws ArchiveError `INTEGRITY` as {@link readSegments}. */
export async function follow(parts: FollowParts): Promise<void> {
  const { segment } = await readHead(parts.database.db);
  await followTo(parts, await newestSegment(parts.storage, segment));
}

/** Brings the cache up to a segment, which is there. */
export async function followTo(parts: FollowParts, through: number): Promise<void> {
  const { database, storage, store } = parts;
  await beginWithLegacy(parts);
  for (;;) {
    const head = await readHead(database.db);
    if (head.segment >= through) return;
    let batch: StoredSegment[] = [];
    let at: LogHead | undefined = head;
    for await (const segment of readSegments(storage, store.storeId, head, through)) {
      batch.push(segment);
      if (batch.length < BATCH_SEGMENTS && segment.segment < through) continue;
      at = await applyBatch(database, at, batch);
      batch = [];
      if (at === undefined) break;
    }
  }
}

/** @returns the head then; undefined when another process was first. */
function applyBatch(
  { db }: FollowParts['database'],
  from: LogHead,
  batch: readonly StoredSegment[],
): Promise<LogHead | undefined> {
  return againWhenAborted(() =>
    db.transaction().execute(async (tx) => {
      let head = await lockHead(tx);
      if (head.segment !== from.segment) return undefined;
      for (const segment of batch) head = await applySegment(tx, head, segment);
      await setHead(tx, head);
      return head;
    }),
  );
}

async function applySegment(tx: WriteTransaction, head: LogHead, found: StoredSegment): Promise<LogHead> {
  const { segment, events, packs, segmentDigest } = found;
  const [first, last] = [events[0]!, events.at(-1)!];
  if (first.sequence !== head.sequence + 1 || !sameBytes(first.previous_digest, head.digest)) {
    throw new ArchiveError(
      'INTEGRITY',
      `Segment ${segment} begins with event ${first.sequence}, which does not follow event ${head.sequence} of the registry; make the registry anew with "infospace-archive store rebuild".`,
    );
  }
  await applyEvents(tx, events, packs);
  return { sequence: last.sequence, digest: eventDigest(last), segment, segmentDigest };
}

/** An empty cache of a store that was migrated begins with the log of its older format. */
async function beginWithLegacy({ database: { db }, storage, store }: FollowParts): Promise<void> {
  const { legacy } = store;
  if (legacy === undefined || (await readHead(db)).sequence > 0) return;
  await db.transaction().execute(async (tx) => {
    const head = await lockHead(tx);
    if (head.sequence === 0) await setHead(tx, { ...head, ...(await readLegacyLog(tx, storage, legacy)) });
  });
}
