import { ArchiveError } from '../artifact-store/errors.ts';
import { isDay, isTime } from '../artifact-store/outside-fields.ts';

/**
 * Parses a time in RFC 3339, or a day, which begins at midnight UTC.
 * @throws ArchiveError `USAGE`.
 */
export function parseTime(text: string): Date {
  const time = text.toUpperCase().replace(' ', 'T');
  if (isDay(time) || isTime(time)) return new Date(time);
  throw new ArchiveError(
    'USAGE',
    `"${text}" is not a time; give one in RFC 3339, 2030-01-31T12:00:00Z, or a day, 2030-01-31.`,
  );
}

const DAY_MS = 86_400_000;

/**
 * The end of a given time: for a day, the beginning of the next one.
 * @throws ArchiveError `USAGE`.
 */
export function parseEnd(text: string): Date {
  const time = parseTime(text);
  return isDay(text) ? new Date(time.getTime() + DAY_MS - 1) : time;
}
