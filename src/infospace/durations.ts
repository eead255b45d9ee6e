import { ArchiveError } from '../artifact-store/errors.ts';

/** How long `gc` keeps unneeded bytes: longer than any archive or restore takes. */
export const DEFAULT_GRACE = '24h';

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d{1,6})([smhd])$/;

/** A thousand years; more is a typing error. */
const MAX_DAYS = 365_250;

/**
 * Milliseconds of a duration: a number with `s`, `m`, `h` or `d`, or just `0`.
 * @throws ArchiveError `USAGE`.
 */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  const [, count, unit] = DURATION.exec(text) ?? [];
  if (unit !== undefined) return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  throw new ArchiveError('USAGE', `"${text}" is not a duration; give one like 90m, 24h, 7d or 0.`);
}

/** @throws ArchiveError `USAGE`. */
export function parseDays(text: string): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days >= 1 && days <= MAX_DAYS) return days;
  throw new ArchiveError('USAGE', `"${text}" is not a number of days; give a whole number from 1 to ${MAX_DAYS}.`);
}
