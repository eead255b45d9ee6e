import type { WriteTransaction } from '../database/database.ts';
import { GENESIS_DIGEST } from '../database/database.ts';
import type { EventTable } from '../database/schema.ts';
import { ArchiveError, isArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import { eventDigest } from '../log/event-digest.ts';
import { decodeLegacySegment, firstSequenceOf, LEGACY_LOG } from '../log/legacy-segment.ts';
import { readEvent } from '../log/model.ts';
import type { PackTrailer } from '../packs/format.ts';
import { readStoredTrailer } from '../packs/stored-trailer.ts';
import { partsOf } from '../parts.ts';
import type { StorageBackend, StoredObject } from '../storage/backend.ts';
import { applyEvents } from './apply.ts';
import { readHead, setHead } from './head.ts';
import type { LegacyEnd } from './store-file.ts';

/** A possible continuation of a log of format 1 or 2: segments of failed transactions may remain in storage. */
interface Branch extends LegacyEnd {
  segments: EventTable[][];
  storedAt: Date;
}

/** Concurrent requests. */
const READ_AHEAD = 16;

/** Whether there is a log of format 1 or 2. */
export async function hasLegacyLog(storage: StorageBackend): Promise<boolean> {
  for await (const _ of storage.list(LEGACY_LOG)) return true;
  return false;
}

/**
 * Applies the log of format 1 or 2 to an empty cache. The contents of packs are read from their trailers.
 * @param end where the log ends; by default the longest continuation.
 * @returns its end.
 * @throws ArchiveError `INTEGRITY` when storage does not have all of it.
 */
export async function applyLegacyLog(
  tx: WriteTransaction,
  storage: StorageBackend,
  end?: LegacyEnd,
): Promise<LegacyEnd> {
  const { segments, sequence, digest } = await findBranch(await listSegments(storage), end);
  for (const part of partsOf(segments, READ_AHEAD)) {
    const packs = await trailersOf(storage, part.flat());
    for (const events of part) await applyEvents(tx, events, packs);
  }
  await setHead(tx, { ...(await readHead(tx)), sequence, digest });
  return { sequence, digest };
}

/** Whether the log of format 1 or 2 continues after an end. */
export async function legacyContinues(storage: StorageBackend, end: LegacyEnd): Promise<boolean> {
  const segments = await listSegments(storage);
  return (await goOn(await findBranch(segments, end), segments)).length > 0;
}

async function findBranch(segments: Segments, end: LegacyEnd | undefined): Promise<Branch> {
  const start: Branch = { segments: [], sequence: 0, digest: GENESIS_DIGEST, storedAt: new Date(0) };
  let longest = [start];
  for (let branches = longest; branches.length > 0; ) {
    const found = branches.find((branch) => end?.sequence === branch.sequence && sameBytes(end.digest, branch.digest));
    if (found) return found;
    longest = branches;
    branches = (await Promise.all(branches.map((branch) => goOn(branch, segments)))).flat();
  }
  const newest = longest.sort((a, b) => b.storedAt.getTime() - a.storedAt.getTime())[0]!;
  if (end === undefined && !hasLater(segments, newest.sequence)) return newest;
  const expected = end === undefined ? 'although it goes on' : `but the registry ends with event ${end.sequence}`;
  throw new ArchiveError(
    'INTEGRITY',
    `The event log in storage breaks off after event ${newest.sequence}, ${expected}; restore the objects below "${LEGACY_LOG}" from the bucket's versions or a backup.`,
  );
}

type Segments = Map<number, Listed[]>;

interface Listed {
  firstSequence: number;
  storedAt: Date;
  /** Its events; undefined when it is damaged. */
  events: () => Promise<EventTable[] | undefined>;
}

/** All segments by their first sequence, read ahead in that order. */
async function listSegments(storage: StorageBackend): Promise<Segments> {
  const objects: StoredObject[] = [];
  for await (const object of storage.list(LEGACY_LOG)) objects.push(object);
  objects.sort((a, b) => (a.key < b.key ? -1 : 1));
  const reading: (Promise<EventTable[] | undefined> | undefined)[] = [];
  const read = (i: number) => {
    const object = objects[i]!;
    reading[i] ??= readSegment(storage, object.key);
    reading[i].catch(() => undefined);
    return reading[i];
  };
  const listed = objects.map(
    (object, i): Listed => ({
      firstSequence: firstSequenceOf(object.key) ?? 0,
      storedAt: object.modifiedAt,
      events: () => {
        for (let ahead = i; ahead < Math.min(objects.length, i + READ_AHEAD); ahead++) read(ahead);
        return read(i);
      },
    }),
  );
  return Map.groupBy(listed, ({ firstSequence }) => firstSequence);
}

async function readSegment(storage: StorageBackend, key: string): Promise<EventTable[] | undefined> {
  try {
    return decodeLegacySegment(key, await storage.get(key));
  } catch (error) {
    if (isArchiveError(error, 'INTEGRITY')) return undefined;
    throw error;
  }
}

async function goOn(branch: Branch, bySequence: Segments): Promise<Branch[]> {
  const longer: Branch[] = [];
  for (const { storedAt, events } of bySequence.get(branch.sequence + 1) ?? []) {
    const found = await events();
    if (found === undefined || !sameBytes(found[0]!.previous_digest, branch.digest)) continue;
    const last = found.at(-1)!;
    const segments = [...branch.segments, found];
    longer.push({ segments, sequence: last.sequence, digest: eventDigest(last), storedAt });
  }
  return longer;
}

function hasLater(bySequence: Segments, sequence: number): boolean {
  for (const first of bySequence.keys()) if (first > sequence) return true;
  return false;
}

/** Skips unreadable packs, which may have been removed later. */
async function trailersOf(storage: StorageBackend, rows: readonly EventTable[]): Promise<Map<string, PackTrailer>> {
  const sealed = rows.map(readEvent).filter((event) => event.type === 'v1.pack.sealed');
  const trailers = new Map<string, PackTrailer>();
  const read = async ({ subjectId: key, payload }: (typeof sealed)[number]) => {
    try {
      trailers.set(key, await readStoredTrailer(storage, key, payload.stored_bytes));
    } catch (error) {
      if (!isArchiveError(error, 'INTEGRITY')) throw error;
    }
  };
  for (let i = 0; i < sealed.length; i += READ_AHEAD) await Promise.all(sealed.slice(i, i + READ_AHEAD).map(read));
  return trailers;
}
