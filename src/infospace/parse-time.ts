import { ArchiveError } from '../artifact-store/errors.ts';
import { isDay, isTime } from '../artifact-store/outside-fields.ts';

/**
 * A time as RFC 3339 has it, or a day, which begins at midnight UTC.
 *
 * @throws ArchiveError `USAGE`.
 */
export function parseTime(text: string): Date {
  const time = text.toUpperCase().replace(' ', 'T');
  if (isDay(time) || isTime(time)) return new Date(time);
  throw new ArchiveError(
    'USAGE',
    `"${text}" is no time; give one as in RFC 3339, 2030-01-31T12:00:00Z, or a day, 2030-01-31.`,
  );
}

const DAY_MS = 86_400_000;

/**
 * The last moment of what is given: a day to its end, which is the beginning of the next.
 *
 * @throws ArchiveError `USAGE`.
 */
export function parseEnd(text: string): Date {
  const time = parseTime(text);
  return isDay(text) ? new Date(time.getTime() + DAY_MS - 1) : time;
}
