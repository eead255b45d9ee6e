import { againWhenAborted } from '../database/aborted.ts';
import type { RegistryDatabase, WriteTransaction } from '../database/database.ts';
import { ArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { eventDigest } from '../log/event-digest.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { applyEvents } from './apply.ts';
import { type Checkpoint, CheckpointWriter, firstToGather, listCheckpoints, objectsOf } from './checkpoints.ts';
import { type LogHead, lockHead, readHead, setHead } from './head.ts';
import { applyLegacyLog } from './legacy-log.ts';
import { readSegments, type StoredSegment } from './read-segments.ts';
import { newestSegment, requireFollowed } from './segments.ts';
import type { StoreFile } from './store-file.ts';

export interface FollowParts {
  database: Pick<RegistryDatabase, 'db'>;
  storage: StorageBackend;
  store: StoreFile;
}

/** Segments per transaction: bounds memory, and how long others wait. */
const BATCH_SEGMENTS = 64;

/** How to follow a log. */
export interface FollowOptions {
  /**
   * Whether storage is writable: a reader of many single segments then makes checkpoints of them. The log is also compared with the one
   * followed before, since the next segment will name its newest one.
   */
  mayWrite?: boolean | undefined;
  /** Whether to compare the log with the one followed before, because nothing else identifies the store. */
  isOnlyProof?: boolean | undefined;
}

/** Brings the cache up to the newest segment in storage. @throws ArchiveError `INTEGRITY` as {@link readSegments}. */
export async function follow(
  parts: FollowParts,
  { mayWrite = false, isOnlyProof = false }: FollowOptions = {},
): Promise<void> {
  const { database, storage } = parts;
  await beginWithLegacy(parts);
  const head = await readHead(database.db);
  const { segment } = head;
  // Where requests are free, so is reading.
  const isRemote = storage.requests !== undefined;
  const checkpoints = isRemote && segment === 0 ? await listCheckpoints(storage) : [];
  const known = checkpoints.reduce((last, checkpoint) => Math.max(last, checkpoint.last), segment);
  const through = await newestSegment(storage, head, known);
  // With a newer segment this is not needed: it contains the digest of the previous one.
  if ((mayWrite || isOnlyProof) && through === segment) await requireFollowed(storage, head);
  const objects = objectsOf(checkpoints, { first: segment + 1, last: through });
  const first = isRemote && mayWrite ? firstToGather(objects) : undefined;
  const writer = first === undefined ? undefined : new CheckpointWriter(storage, first);
  await apply(parts, through, objects, writer);
  await writer?.finish();
  // Another process applied them first.
  await followTo(parts, through);
}

/** Brings the cache up to an existing segment. */
export async function followTo(parts: FollowParts, through: number): Promise<void> {
  await beginWithLegacy(parts);
  for (;;) {
    const { segment } = await readHead(parts.database.db);
    if (segment >= through) return;
    await apply(parts, through, objectsOf([], { first: segment + 1, last: through }));
  }
}

/** Repeats until done, or until another process has applied the same segments. */
async function apply(
  { database, storage, store }: FollowParts,
  through: number,
  objects: readonly (Checkpoint | number)[],
  writer?: CheckpointWriter,
): Promise<void> {
  let batch: StoredSegment[] = [];
  let at: LogHead | undefined = await readHead(database.db);
  for await (const segment of readSegments(storage, store, at, through, objects)) {
    await writer?.add(segment.segment, segment.stored);
    batch.push(segment);
    if (batch.length < BATCH_SEGMENTS && segment.segment < through) continue;
    at = await applyBatch(database, at, batch);
    if (at === undefined) return;
    batch = [];
  }
}

/** @returns the new head; undefined when another process was first. */
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
      `Segment ${segment} begins with event ${first.sequence}, which does not follow event ${head.sequence} of the registry; rebuild the registry with "infospace-archive store rebuild".`,
    );
  }
  await applyEvents(tx, events, packs);
  return { sequence: last.sequence, digest: eventDigest(last), segment, segmentDigest };
}

/** The empty cache of a migrated store begins with the log of the older format. */
async function beginWithLegacy({ database: { db }, storage, store }: FollowParts): Promise<void> {
  const { legacy } = store;
  if (legacy === undefined || (await readHead(db)).sequence > 0) return;
  await db.transaction().execute(async (tx) => {
    const head = await lockHead(tx);
    if (head.sequence === 0) await applyLegacyLog(tx, storage, legacy);
  });
}
