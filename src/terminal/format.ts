import { localDay } from './local-time.ts';

/**
 * What writes to a terminal, begins a line, or cannot be seen: control and format characters (of them those that turn the direction of
 * text around, and those of no width), separators of lines and paragraphs, halves of surrogate pairs.
 */
const INVISIBLE = '[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]';
const EMOJI_JOINER =
  '(?<joiner>(?<=\\p{Extended_Pictographic}|\\p{Emoji_Modifier}|\\ufe0f)\\u200d(?=\\p{Extended_Pictographic}))';
/** The runner of a job takes a line for a command that begins with `::`, or has `##[` anywhere (actions/runner, ActionCommand.cs). */
const COMMAND_START = '(?<=^\\s*):(?=:)';
const OLD_COMMAND = '#(?=#\\[)';

const UNPRINTABLE = new RegExp(`${EMOJI_JOINER}|${INVISIBLE}|${COMMAND_START}|${OLD_COMMAND}`, 'gu');
/** Line ends are the layout of JSON: those of its texts are escapes already. */
const UNPRINTABLE_IN_JSON = new RegExp(`(?!\n)${INVISIBLE}|${OLD_COMMAND}`, 'gu');

/**
 * With such characters as escapes, as git quotes names, but for what joins emoji to one: a file name must not write to the
 * terminal, command the runner of a job, nor look like another.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char, joiner: string | undefined) => {
    if (joiner !== undefined) return joiner;
    const code = char.codePointAt(0)!;
    if (char === '\n') return '\\n';
    const hex = code.toString(16);
    if (code < 0x100) return `\\x${hex.padStart(2, '0')}`;
    return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
  });
}

/** A value as JSON, with such characters as escapes. */
export function printableJson(value: unknown, indent?: number): string {
  return printableJsonText(JSON.stringify(value, null, indent) ?? 'null');
}

/** The same of a text that is JSON already. */
export function printableJsonText(json: string): string {
  return json.replace(UNPRINTABLE_IN_JSON, jsonEscape);
}

/** A character of a text in JSON as its escape. */
export function jsonEscape(char: string): string {
  return Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`).join(
    '',
  );
}

/** Bytes in the unit that leaves one to three digits before the point. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** With a comma between groups of three digits. `toLocaleString` does that too, and takes 20 ms to load the locales. */
export function formatNumber(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatNumber(count)} ${count === 1 ? singular : plural}`;
}

/** The largest of any number of counts; 0 of none. `Math.max` overflows the stack with a hundred thousand. */
export function largest(counts: readonly number[]): number {
  return counts.reduce((a, b) => Math.max(a, b), 0);
}

/** Until when something is kept, in the zone of this machine. */
export function untilText(expiresAt: string | null, textOf: (time: string) => string = localDay): string {
  return expiresAt === null ? 'never expires' : `until ${textOf(expiresAt)}`;
}

/** Label and value in two columns. */
export function formatFields(fields: readonly (readonly [label: string, value: string])[]): string {
  const shown = fields.map((field) => field.map(printable) as [string, string]);
  const width = largest(shown.map(([label]) => label.length));
  return shown.map(([label, value]) => `  ${label.padEnd(width)}  ${value}\n`).join('');
}

/** How much was left out of an archive, and why. */
export function formatLeftOut(counts: { excluded: number; notIncluded: number; special: number }): string {
  const { excluded, notIncluded, special } = counts;
  const parts = [
    excluded > 0 ? `${excluded} excluded` : '',
    notIncluded > 0 ? `${notIncluded} outside the include set` : '',
    special > 0 ? `${special} special files` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}
