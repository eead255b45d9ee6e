import { ArchiveError } from '../artifact-store/errors.ts';

const DATE = /^\d{4}-\d{2}-\d{2}$/;
/** RFC 3339 §5.6, without leap seconds. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/**
 * A time as RFC 3339 has it, or a day, which begins at midnight UTC.
 *
 * @throws ArchiveError `USAGE`.
 */
export function parseTime(text: string): Date {
  const day = text.slice(0, 10);
  const time = new Date(text.toUpperCase().replace(' ', 'T'));
  // JavaScript takes the 30th of February for a day in March.
  if ((DATE.test(text) || DATE_TIME.test(text)) && isDay(day) && !Number.isNaN(time.getTime())) return time;
  throw new ArchiveError(
    'USAGE',
    `"${text}" is no time; give one as in RFC 3339, 2030-01-31T12:00:00Z, or a day, 2030-01-31.`,
  );
}

function isDay(text: string): boolean {
  const day = new Date(text);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

const DAY_MS = 86_400_000;

/**
 * The last moment of what is given: a day to its end, which is the beginning of the next.
 *
 * @throws ArchiveError `USAGE`.
 */
export function parseEnd(text: string): Date {
  const time = parseTime(text);
  return DATE.test(text) ? new Date(time.getTime() + DAY_MS - 1) : time;
}
