import { isUtf8 } from 'node:buffer';

/** Lines that differ, with three lines around them, as in a unified diff. */
export interface Hunk {
  /** Where it begins in the file before, from 1, and how many lines of it there are. */
  oldStart: number;
  oldLines: number;
  /** The same of the file after. */
  newStart: number;
  newLines: number;
  /** Without line ends. Each begins with a space, `-` or `+`; after one that has no line end comes one with `\`. */
  lines: string[];
}

/** Larger files are compared by their digests alone: nobody reads their lines, and to find them takes long. */
export const MAX_TEXT_BYTES: number = 256 * 1024;

const CONTEXT_LINES = 3;

/**
 * Lines that come and go, above which a text counts as rewritten: the time that the shortest difference takes grows
 * with the square of it.
 */
const MAX_EDITED_LINES = 3000;

/** What of a file changed, line by line; `binary` when one side is no UTF-8 text. */
export async function lineChanges(before: Uint8Array, after: Uint8Array): Promise<Hunk[] | 'binary'> {
  if (!isText(before) || !isText(after)) return 'binary';
  const { structuredPatch } = await import('diff');
  const [old, now] = [textOf(before), textOf(after)];
  const options = { context: CONTEXT_LINES, maxEditLength: MAX_EDITED_LINES };
  return structuredPatch('', '', old, now, undefined, undefined, options)?.hunks ?? [replacement(old, now)];
}

/** As git decides it, a NUL makes a file binary. */
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

/** Each with its line end, which the last may lack. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function marked(mark: string, lines: readonly string[]): string[] {
  return lines.flatMap((line) =>
    line.endsWith('\n') ? [mark + line.slice(0, -1)] : [mark + line, '\\ No newline at end of file'],
  );
}
