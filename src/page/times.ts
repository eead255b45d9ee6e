import { isTime } from '../artifact-store/outside-fields.ts';
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

const RELATIVE = new Intl.RelativeTimeFormat('en');
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** A time element (RFC 3339); other tools may have written an invalid time. */
export function day(time: string): Html {
  return isTime(time) ? element(time, html`${plainDay(time)}`) : name(time);
}

/** With hours and minutes. */
export function minute(time: string): Html {
  return isTime(time) ? element(time, html`${plainMinute(time)}`) : name(time);
}

/** With hours and minutes in a second line. */
export function dayAndTime(time: string): Html {
  return isTime(time) ? element(time, html`${plainDay(time)} <small>${clock(time)}</small>`) : name(time);
}

/** For example `28 Nov 2026`. */
export function plainDay(time: string): string {
  if (!isTime(time)) return printable(time);
  const date = new Date(time);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

export function plainMinute(time: string): string {
  return isTime(time) ? `${plainDay(time)}, ${clock(time)}` : printable(time);
}

function element(time: string, shown: Html): Html {
  return html`<time datetime="${time}" title="${time}">${shown}</time>`;
}

function clock(time: string): string {
  return `${new Date(time).toISOString().slice(11, 16)} UTC`;
}

/** `in 3 years`, `5 days ago`: in whole units, relative to a time. */
export function relative(time: string, from: string): string {
  const ms = Date.parse(time) - Date.parse(from);
  const found = UNITS.find(([, size]) => Math.abs(ms) >= size);
  if (found === undefined) return 'now';
  const [unit, length] = found;
  return RELATIVE.format(Math.trunc(ms / length), unit);
}
