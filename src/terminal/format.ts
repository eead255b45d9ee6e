import { localDay } from './local-time.ts';

/**
 * Control characters, format characters (among them bidirectional overrides and zero-width characters), line and
 * paragraph separators, and lone surrogates.
 */
const INVISIBLE = '[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]';
const EMOJI_JOINER =
  '(?<joiner>(?<=\\p{Extended_Pictographic}|\\p{Emoji_Modifier}|\\ufe0f)\\u200d(?=\\p{Extended_Pictographic}))';
/** GitHub's runner treats a line as a command if it begins with `::` or contains `##[` (actions/runner, ActionCommand.cs). */
const COMMAND_START = '(?<=^\\s*):(?=:)';
const OLD_COMMAND = '#(?=#\\[)';

const UNPRINTABLE = new RegExp(`${EMOJI_JOINER}|${INVISIBLE}|${COMMAND_START}|${OLD_COMMAND}`, 'gu');
/** Line ends are left: in JSON they are layout, and those in strings are already escaped. */
const UNPRINTABLE_IN_JSON = new RegExp(`(?!\n)${INVISIBLE}|${OLD_COMMAND}`, 'gu');

/**
 * Escapes those characters, similar to how git quotes names, except for joiners within an emoji: a file name must not
 * control the terminal, give commands to the runner of a job, nor look like another name.
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

/** A value as JSON, with those characters escaped. */
export function printableJson(value: unknown, indent?: number): string {
  return printableJsonText(JSON.stringify(value, null, indent) ?? 'null');
}

/** Escapes those characters in a text that is JSON already. */
export function printableJsonText(json: string): string {
  return json.replace(UNPRINTABLE_IN_JSON, jsonEscape);
}

/** The escape of a character in a JSON string. */
export function jsonEscape(char: string): string {
  return Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, '0')}`).join(
    '',
  );
}

/** Bytes in the unit that leaves one to three digits before the decimal point. */
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

/** Groups digits with commas. `toLocaleString` would take 20 ms to load the locales. */
export function formatNumber(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

export function formatCount(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatNumber(count)} ${count === 1 ? singular : plural}`;
}

/** The largest count, or 0 without any. `Math.max` overflows the stack with a hundred thousand arguments. */
export function largest(counts: readonly number[]): number {
  return counts.reduce((a, b) => Math.max(a, b), 0);
}

/** How long something is kept, in this machine's time zone. */
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
