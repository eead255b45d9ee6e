import { ArchiveError, type ErrorFields } from '../errors.ts';
import { type DecodedSegment, LOG } from '../log/segment.ts';
import { MissingObject } from '../storage/object-faults.ts';

/** The remedy for a log of which neither the segments nor copies are sound. */
export const RESTORE = `restore the objects below "${LOG}" from the bucket's versions or a backup`;

export function missingSegment(segment: number, newest: number): ArchiveError {
  return new ArchiveError(
    'INTEGRITY',
    `The log in storage has no segment ${segment}, although it continues to ${newest}; ${RESTORE}.`,
  );
}

export function cutLog(followed: number, newest: number): ArchiveError {
  const end = newest === 0 ? 'is empty' : `ends with segment ${newest}`;
  return new ArchiveError(
    'INTEGRITY',
    `The registry has followed the log to segment ${followed}, but the log in storage ${end}: it was truncated, or belongs to a different storage; ${RESTORE}, or accept what is left with "infospace-archive store rebuild".`,
  );
}

/** A whole segment in the place of another one. */
export class Unfitting extends ArchiveError {
  readonly found: DecodedSegment;

  constructor(found: DecodedSegment, message: string, fields: ErrorFields = {}) {
    super('INTEGRITY', message, undefined, fields);
    this.found = found;
  }
}

export function otherStore(found: DecodedSegment, expected: string): Unfitting {
  const { segment, storeId } = found;
  return new Unfitting(
    found,
    `Segment ${segment} belongs to store ${storeId}, but the storage to store ${expected}; ${RESTORE}.`,
    { expected, actual: storeId },
  );
}

export function otherLog(found: DecodedSegment): Unfitting {
  const { segment } = found;
  return new Unfitting(
    found,
    `Segment ${segment} of the log in storage does not follow the previous one: the log was changed, or the registry followed a different one; ${RESTORE}, or accept the log in storage with "infospace-archive store rebuild".`,
  );
}

/** A missing segment, named by its number; another fault as it is. */
export function lostSegment(segment: number, fault: ArchiveError): ArchiveError {
  if (!(fault instanceof MissingObject)) return fault;
  return new ArchiveError(
    'INTEGRITY',
    `The log in storage has no segment ${segment}, and no checkpoint has a sound copy of it; ${RESTORE}, or delete the checkpoints of newer segments to accept a shorter log.`,
    fault,
  );
}

/** The segment is whole, but the next one names another in its place. */
export function changedSegment(segment: number): ArchiveError {
  return new ArchiveError(
    'INTEGRITY',
    `Segment ${segment} of the log in storage was changed: the next one follows a different one; ${RESTORE}.`,
  );
}
