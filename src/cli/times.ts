import { ArchiveError } from '../artifact-store/errors.ts';

const DATE = /^\d{4}-\d{2}-\d{2}$/;
/** RFC 3339 §5.6, without leap seconds. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d{1,6})([smhd])$/;

/** A thousand years; more is a typing error. */
const MAX_DAYS = 365_250;

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

/**
 * Milliseconds of a duration: a number and `s`, `m`, `h` or `d`, or a mere `0`.
 *
 * @throws ArchiveError `USAGE`.
 */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  const [, count, unit] = DURATION.exec(text) ?? [];
  if (unit !== undefined) return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  throw new ArchiveError('USAGE', `"${text}" is no duration; give one like 90m, 24h, 7d or 0.`);
}

/** @throws ArchiveError `USAGE`. */
export function parseDays(text: string): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days >= 1 && days <= MAX_DAYS) return days;
  throw new ArchiveError('USAGE', `"${text}" is no number of days; give a whole number from 1 to ${MAX_DAYS}.`);
}
