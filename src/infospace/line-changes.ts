import { isUtf8 } from 'node:buffer';

/** Lines that differ, with three lines around them, as in a unified diff. */
export interface Hunk {
  /** First line in the old file, counted from 1, and the number of lines. */
  oldStart: number;
  oldLines: number;
  /** The same for the new file. */
  newStart: number;
  newLines: number;
  /** Without line breaks. Each begins with a space, `-` or `+`; a line without a line break is followed by one that begins with `\`. */
  lines: string[];
}

/** Larger files are compared by their digests alone: a line diff would be slow and too long to read. */
export const MAX_TEXT_BYTES: number = 256 * 1024;

const CONTEXT_LINES = 3;

/** With more added and removed lines a text counts as rewritten: the time for the shortest difference grows with their square. */
const MAX_EDITED_LINES = 3000;

/** The line changes of a file; `binary` when one side is not UTF-8 text. */
export async function lineChanges(before: Uint8Array, after: Uint8Array): Promise<Hunk[] | 'binary'> {
  if (!isText(before) || !isText(after)) return 'binary';
  const { structuredPatch } = await import('diff');
  const [old, now] = [textOf(before), textOf(after)];
  const options = { context: CONTEXT_LINES, maxEditLength: MAX_EDITED_LINES };
  return structuredPatch('', '', old, now, undefined, undefined, options)?.hunks ?? [replacement(old, now)];
}

/** As in git, a NUL makes a file binary. */
export function isText(bytes: Uint8Array): boolean {
  return !bytes.includes(0) && isUtf8(bytes);
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}

function replacement(before: string, after: string): Hunk {
  const [old, now] = [linesOf(before), linesOf(after)];
  return {
    oldStart: 1,
    oldLines: old.length,
    newStart: 1,
    newLines: now.length,
    lines: [...marked('-', old), ...marked('+', now)],
  };
}

/** Lines with their line breaks, which the last one may lack. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function marked(mark: string, lines: readonly string[]): string[] {
  return lines.flatMap((line) =>
    line.endsWith('\n') ? [mark + line.slice(0, -1)] : [mark + line, '\\ No newline at end of file'],
  );
}
