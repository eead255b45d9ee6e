import stringWidth from 'string-width';
import { printable } from './format.ts';

export interface Column {
  title: string;
  align?: 'right';
  /** The column that is shortened when the terminal is too narrow. */
  flexible?: boolean;
}

/** A table no wider than the terminal; in a pipe, as wide as its contents. */
export function formatTable(columns: readonly Column[], rows: Iterable<readonly string[]>, maxWidth: number): string {
  // Many rows are held once.
  const cells = [columns.map(({ title }) => title)];
  for (const row of rows) cells.push(row.map(printable));
  const widths = columns.map((_, i) => cells.reduce((width, row) => Math.max(width, stringWidth(row[i]!)), 0));
  const total = widths.reduce((sum, width) => sum + width, 2 * (columns.length - 1));
  const flexible = columns.findIndex((column) => column.flexible);
  if (flexible >= 0) widths[flexible] = Math.max(4, widths[flexible]! - Math.max(0, total - maxWidth));
  const lines = cells.map((row) =>
    row
      .map((cell, i) => {
        const text = shorten(cell, widths[i]!);
        const isRight = columns[i]!.align === 'right';
        // At the end of a line no one sees it, and one long note would make all lines as long.
        if (!isRight && i === columns.length - 1) return text;
        const padding = ' '.repeat(widths[i]! - stringWidth(text));
        return isRight ? padding + text : text + padding;
      })
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

function shorten(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}
