import type { ReadConnection } from '../database/database.ts';
import { isArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { eventDigest } from './event-digest.ts';
import { decodeSegment } from './mirror.ts';
import { Segments } from './segments.ts';

/** Events of the log, both ends included. */
export interface SequenceRange {
  first: number;
  last: number;
}

/** The events, up to one that is the newest at some time, that storage has no sound segment of. */
export async function* unmirrored(
  db: ReadConnection,
  storage: StorageBackend,
  newest: number,
): AsyncIterable<SequenceRange> {
  const segments = new Segments(storage);
  let missingSince: number | undefined;
  for (let sequence = 1; sequence <= newest; ) {
    const last = await mirroredFrom(db, segments, sequence);
    if (last === undefined) missingSince ??= sequence;
    else if (missingSince !== undefined) {
      yield { first: missingSince, last: sequence - 1 };
      missingSince = undefined;
    }
    sequence = (last ?? sequence) + 1;
  }
  if (missingSince !== undefined) yield { first: missingSince, last: newest };
}

/** The last sequence of the segment that has the event and those after it as the log has them. */
async function mirroredFrom(db: ReadConnection, segments: Segments, sequence: number): Promise<number | undefined> {
  for (const object of await segments.startingAt(sequence)) {
    try {
      const mirrored = decodeSegment(object.key, await segments.read(object)).at(-1)!;
      const query = db.selectFrom('events').selectAll().where('sequence', '=', mirrored.sequence);
      const logged = await query.executeTakeFirst();
      if (logged && sameBytes(eventDigest(logged), eventDigest(mirrored))) return mirrored.sequence;
    } catch (error) {
      if (!isArchiveError(error, 'INTEGRITY')) throw error;
    }
  }
  return undefined;
}
