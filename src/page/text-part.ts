import type { ContentEntry } from '../artifact-store/manifest/model.ts';
import { formatBytes } from '../terminal/format.ts';
import { type Html, html } from './html.ts';
import { changedQuery, numberIn } from './links.ts';
import { readPart } from './read-part.ts';
import type { Asked } from './source.ts';
import { printableLine, wholeCharacters } from './text.ts';

/** A browser can lay out this much at once, even as one line. */
export const PART_BYTES: number = 128 * 1024;
const PART_LINES = 1000;

/** Lines of a text from a position, and where the next ones begin. */
export interface TextLines {
  lines: string[];
  /** Bytes of these lines, including line breaks. */
  bytes: number;
  /** Whether the last line continues in the next part. */
  isCut: boolean;
}

/** @param isEnd whether the bytes are the end of the file. */
export function linesIn(part: Buffer, isEnd: boolean): TextLines {
  const lines: string[] = [];
  let at = 0;
  while (lines.length < PART_LINES && at < part.length) {
    const end = part.indexOf(0x0a, at);
    if (end < 0) break;
    lines.push(part.toString('utf8', at, end).replace(/\r$/, ''));
    at = end + 1;
  }
  if (lines.length === PART_LINES || at === part.length) return { lines, bytes: at, isCut: false };
  if (isEnd) return { lines: [...lines, part.toString('utf8', at)], bytes: part.length, isCut: false };
  // A line moves to the next part as a whole, unless it is longer than a part.
  if (lines.length > 0) return { lines, bytes: at, isCut: false };
  const whole = wholeCharacters(part);
  return {
    lines: [whole.toString()],
    bytes: whole.byteOffset - part.byteOffset + whole.length,
    isCut: true,
  };
}

/**
 * A part of a text with line numbers; the query says where it begins.
 * @param start the first bytes of the file, at least {@link PART_BYTES} if it is that long.
 */
export async function textPart(asked: Asked, entry: ContentEntry, start: Buffer): Promise<Html> {
  const { query } = asked;
  const at = Math.min(numberIn(query, 'at') ?? 0, entry.size);
  const line = numberIn(query, 'line') ?? 1;
  const part = at === 0 ? start.subarray(0, PART_BYTES) : await readPart(asked, entry, at, PART_BYTES);
  const { lines, bytes, isCut } = linesIn(part, at + part.length === entry.size);
  const next = at + bytes;
  const more =
    at === 0 && next >= entry.size
      ? null
      : html`<nav class="pager" aria-label="Parts of the text"><p>${formatBytes(at)} to ${formatBytes(next)} of ${formatBytes(entry.size)}</p><p>${
          at > 0 ? html`<a href="${changedQuery(query, { at: undefined, line: undefined })}">From the start</a> ` : null
        }${
          next < entry.size
            ? html`<a href="${changedQuery(query, { at: String(next), line: String(line + lines.length - (isCut ? 1 : 0)) })}">Next part</a>`
            : null
        }</p></nav>`;
  return html`<ol class="lines card" start="${line}">${lines.map((text) => html`<li>${printableLine(text)}</li>`)}</ol>${more}`;
}
