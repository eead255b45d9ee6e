import { NO_SEGMENT, type RegistryDatabase } from '../database/database.ts';
import { ArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { eventDigest } from '../log/event-digest.ts';
import { segmentKey } from '../log/segment.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { readEvents, verifyEvents } from './events.ts';
import { readHead } from './head.ts';
import { readSegments, type StoredSegment } from './read-segments.ts';
import { newestSegment } from './segments.ts';
import type { StoreFile } from './store-file.ts';

/**
 * Reads the whole log in storage and compares the registry's events with it. Segments committed meanwhile are left for the next check.
 * @returns the number of events.
 * @throws ArchiveError `INTEGRITY` naming the first segment or sequence that differs.
 */
export async function verifyLog(
  { db }: Pick<RegistryDatabase, 'db'>,
  storage: StorageBackend,
  store: StoreFile,
): Promise<number> {
  const { legacy } = store;
  const head = await readHead(db);
  const sequence = await verifyEvents(db);
  await newestSegment(storage, head);
  const events = readEvents(db, legacy?.sequence ?? 0)[Symbol.asyncIterator]();
  let last = NO_SEGMENT.segmentDigest;
  let lost: StoredSegment | undefined;
  for await (const segment of readSegments(storage, store, NO_SEGMENT, head.segment)) {
    lost ??= segment.fault && segment;
    for (const event of segment.events) {
      const { value: row } = await events.next();
      if (row === undefined || !sameBytes(eventDigest(row), eventDigest(event))) throw differs(event.sequence);
    }
    last = segment.segmentDigest;
  }
  if (!sameBytes(last, head.segmentDigest)) throw differs(head.sequence);
  if (lost) throw onlyCopied(lost);
  return sequence;
}

function onlyCopied({ segment, fault }: StoredSegment): ArchiveError {
  const key = segmentKey(segment);
  return new ArchiveError(
    'INTEGRITY',
    `The segment "${key}" of the log is missing or damaged, but a checkpoint has a sound copy of it; put it back with "infospace-archive store repair".`,
    fault,
    { key },
  );
}

function differs(sequence: number): ArchiveError {
  return new ArchiveError(
    'INTEGRITY',
    `Event ${sequence} of the registry differs from the log in storage; rebuild the registry with "infospace-archive store rebuild".`,
  );
}
