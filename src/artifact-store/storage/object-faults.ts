import { ArchiveError } from '../errors.ts';

/** What is wrong with one stored object, in the same words for every backend. */
export function missing(key: string, cause?: unknown): ArchiveError {
  return new ArchiveError('INTEGRITY', `The stored object "${key}" is missing; the store is damaged.`, cause);
}

export function tooShort(key: string, cause?: unknown): ArchiveError {
  return new ArchiveError('INTEGRITY', `The stored object "${key}" is too short; it is damaged.`, cause);
}

export function otherBytes(key: string, cause?: unknown): ArchiveError {
  const sentence = `The stored object "${key}" exists with other bytes than were to be stored; it is damaged`;
  return new ArchiveError('INTEGRITY', `${sentence}. Run "infospace-archive store check --deep".`, cause);
}
