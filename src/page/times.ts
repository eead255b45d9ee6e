import { printable } from '../terminal/format.ts';
import { type Html, html, name } from './html.ts';

const DAY_MS = 86_400_000;
const UNITS: readonly (readonly [unit: Intl.RelativeTimeFormatUnit, ms: number])[] = [
  ['year', 365.25 * DAY_MS],
  ['month', 30.44 * DAY_MS],
  ['day', DAY_MS],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** An element for a time (RFC 3339); other tools may have written what is none. */
export function day(time: string): Html {
  return isTime(time)
    ? html`<time datetime="${time}" title="${time}">${plainMinute(time).slice(0, 10)}</time>`
    : name(time);
}

/** With the minute. */
export function minute(time: string): Html {
  if (!isTime(time)) return name(time);
  return html`<time datetime="${time}" title="${time}">${plainMinute(time)}</time>`;
}

/** The time of the day in a line of its own. */
export function dayAndTime(time: string): Html {
  if (!isTime(time)) return name(time);
  const [date, clock] = [plainMinute(time).slice(0, 10), plainMinute(time).slice(11)];
  return html`<time datetime="${time}" title="${time}">${date} <small>${clock}</small></time>`;
}

export function plainMinute(time: string): string {
  return isTime(time) ? `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC` : printable(time);
}

/** `in 3 years`, `5 days ago`, in whole units: as seen from a time. */
export function relative(time: string, from: string): string {
  const ms = Date.parse(time) - Date.parse(from);
  const found = UNITS.find(([, size]) => Math.abs(ms) >= size);
  if (found === undefined) return 'now';
  const [unit, length] = found;
  return new Intl.RelativeTimeFormat('en').format(Math.trunc(ms / length), unit);
}

function isTime(text: string): boolean {
  return /^\d{4}-/.test(text) && !Number.isNaN(Date.parse(text));
}
