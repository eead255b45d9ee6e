import { ArchiveError } from '../errors.ts';

/** The faults of a stored object, worded the same for every backend. */
export class MissingObject extends ArchiveError {
  constructor(key: string, cause?: unknown) {
    super('INTEGRITY', `The stored object "${key}" is missing; restore it from a backup.`, cause, { key });
  }
}

export function missing(key: string, cause?: unknown): MissingObject {
  return new MissingObject(key, cause);
}

export function tooShort(key: string, cause?: unknown): ArchiveError {
  return new ArchiveError('INTEGRITY', `The stored object "${key}" is too short; restore it from a backup.`, cause, {
    key,
  });
}

export function otherBytes(key: string, cause?: unknown): ArchiveError {
  const sentence = `The stored object "${key}" exists with different bytes, so it is damaged; run "infospace-archive store check --deep".`;
  return new ArchiveError('INTEGRITY', sentence, cause, { key });
}

/** No object that is read in one piece is longer: a manifest has up to 1 GiB before compression. */
const MAX_WHOLE_BYTES = 1024 * 1024 * 1024;

/**
 * Refuses an object too long to be read in one piece, before allocating memory for it.
 *
 * @returns its size.
 * @throws ArchiveError `INTEGRITY`.
 */
export function requireSize(key: string, size: number): number {
  if (size <= MAX_WHOLE_BYTES) return size;
  throw new ArchiveError(
    'INTEGRITY',
    `The stored object "${key}" has ${size} bytes, more than the ${MAX_WHOLE_BYTES} that any may have; it is damaged or was forged.`,
    undefined,
    { key, expected: `at most ${MAX_WHOLE_BYTES}`, actual: String(size) },
  );
}
