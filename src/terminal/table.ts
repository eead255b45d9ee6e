import stringWidth from 'string-width';
import { printable } from './format.ts';

/** Most cells contain only these characters, each one column wide. */
const PLAIN = /^[ -~−→…]*$/;

export interface Column {
  title: string;
  align?: 'right';
  /** The column that is shortened when the terminal is too narrow. */
  flexible?: boolean;
}

/** A table no wider than `maxWidth`, as far as its flexible column can shrink. */
export function formatTable(columns: readonly Column[], rows: Iterable<readonly string[]>, maxWidth: number): string {
  return [...tableLines(columns, [...rows], maxWidth)].join('');
}

/** The lines of {@link formatTable} one by one, to save memory with very many rows. */
export function* tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  maxWidth: number,
): Iterable<string> {
  const widths = columns.map(({ title }) => title.length);
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i]!, widthOf(printable(cell)));
  }
  const total = widths.reduce((sum, width) => sum + width, 2 * (columns.length - 1));
  const flexible = columns.findIndex((column) => column.flexible);
  if (flexible >= 0) widths[flexible] = Math.max(4, widths[flexible]! - Math.max(0, total - maxWidth));
  yield lineOf(
    columns,
    columns.map(({ title }) => title),
    widths,
  );
  for (const row of rows) yield lineOf(columns, row.map(printable), widths);
}

function lineOf(columns: readonly Column[], cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, i) => {
    const text = shorten(cell, widths[i]!);
    const isRight = columns[i]!.align === 'right';
    // Trailing padding is invisible, and one long note would make all lines as long.
    if (!isRight && i === columns.length - 1) return text;
    const padding = ' '.repeat(widths[i]! - widthOf(text));
    return isRight ? padding + text : text + padding;
  });
  return `${padded.join('  ').trimEnd()}\n`;
}

function widthOf(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}

function shorten(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
