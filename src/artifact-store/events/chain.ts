import { GENESIS_DIGEST } from '../database/database.ts';
import type { EventTable } from '../database/schema.ts';
import { ArchiveError, isArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { eventDigest } from './event-digest.ts';
import { decodeSegment, firstSequenceOf, SEGMENTS } from './mirror.ts';
import { Segments } from './segments.ts';

/** A segment as part of a chain. */
export interface ChainedSegment {
  key: string;
  events: readonly EventTable[];
  storedAt: Date;
  /** Of the last event. */
  sequence: number;
  digest: Uint8Array;
}

/** One way the log may have gone: its segments since the ways parted. */
interface Branch {
  segments: readonly ChainedSegment[];
  sequence: number;
  digest: Uint8Array;
}

/** Says of two ends of equal length which is the log's. */
export type PreferEnd = (ends: readonly (readonly ChainedSegment[])[]) => Promise<readonly ChainedSegment[]>;

/**
 * The log as storage has it, segment by segment. Where several begin with the same sequence, all but one are left of
 * transactions that failed, and nothing goes on from them: the longest chain is the log.
 *
 * @throws ArchiveError `INTEGRITY` naming the sequence at which it breaks off although it goes on.
 */
export async function* readChain(storage: StorageBackend, preferEnd: PreferEnd): AsyncIterable<ChainedSegment> {
  const segments = new Segments(storage);
  const damaged = new Map<number, ArchiveError>();
  let branches: Branch[] = [{ segments: [], sequence: 0, digest: GENESIS_DIGEST }];
  for (;;) {
    const longer: Branch[] = [];
    for (const branch of branches) {
      for (const next of await following(segments, branch, damaged)) {
        longer.push({ ...next, segments: [...branch.segments, next] });
      }
    }
    if (longer.length === 0) break;
    branches = longer;
    if (branches.length > 1) continue;
    yield* branches[0]!.segments;
    branches = [{ ...branches[0]!, segments: [] }];
  }
  const ends = branches.map((branch) => branch.segments);
  const end = ends.length === 1 ? ends[0]! : await preferEnd(ends);
  yield* end;
  const last = end.at(-1)?.sequence ?? branches[0]!.sequence;
  await refuseLater(storage, last, damaged);
}

async function following(
  segments: Segments,
  { sequence, digest }: Branch,
  damaged: Map<number, ArchiveError>,
): Promise<ChainedSegment[]> {
  const found: ChainedSegment[] = [];
  for (const object of await segments.startingAt(sequence + 1)) {
    try {
      const events = decodeSegment(object.key, await segments.read(object));
      const last = events.at(-1)!;
      if (!sameBytes(events[0]!.previous_digest, digest)) continue;
      const { key, modifiedAt: storedAt } = object;
      found.push({ key, events, storedAt, sequence: last.sequence, digest: eventDigest(last) });
    } catch (error) {
      if (!isArchiveError(error, 'INTEGRITY')) throw error;
      damaged.set(sequence + 1, error);
    }
  }
  return found;
}

/** A segment past the end follows one that is not there. */
async function refuseLater(storage: StorageBackend, end: number, damaged: Map<number, ArchiveError>): Promise<void> {
  let first = Number.POSITIVE_INFINITY;
  for await (const { key } of storage.list(SEGMENTS)) {
    const sequence = firstSequenceOf(key);
    if (sequence !== undefined && sequence > end) first = Math.min(first, sequence);
  }
  const cause = damaged.get(end + 1);
  if (first === Number.POSITIVE_INFINITY) return;
  const [at, what] =
    cause !== undefined
      ? [end + 1, 'is damaged']
      : first === end + 1
        ? [end, 'is another one than was followed']
        : [end + 1, 'is missing'];
  throw new ArchiveError(
    'INTEGRITY',
    `The segment of the event log with sequence ${at} ${what}; restore the objects below "${SEGMENTS}" from the bucket's versions or a backup.`,
    cause,
  );
}
