import { NO_SEGMENT, type RegistryDatabase } from '../database/database.ts';
import { ArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { eventDigest } from '../log/event-digest.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { readEvents, verifyEvents } from './events.ts';
import { readHead } from './head.ts';
import { newestSegment, readSegments } from './segments.ts';
import { requireWriter, type StoreFile } from './store-file.ts';

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
  const { storeId, legacy } = store;
  const head = await readHead(db);
  const sequence = await verifyEvents(db);
  await newestSegment(storage, head.segment);
  const events = readEvents(db, legacy?.sequence ?? 0)[Symbol.asyncIterator]();
  let last = NO_SEGMENT.segmentDigest;
  for await (const segment of readSegments(storage, storeId, NO_SEGMENT, head.segment)) {
    requireWriter(segment, store);
    for (const event of segment.events) {
      const { value: row } = await events.next();
      if (row === undefined || !sameBytes(eventDigest(row), eventDigest(event))) throw differs(event.sequence);
    }
    last = segment.segmentDigest;
  }
  if (!sameBytes(last, head.segmentDigest)) throw differs(head.sequence);
  return sequence;
}

function differs(sequence: number): ArchiveError {
  return new ArchiveError(
    'INTEGRITY',
    `Event ${sequence} of the registry differs from the log in storage; rebuild the registry with "infospace-archive store rebuild".`,
  );
}
