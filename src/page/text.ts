import { isText } from '../infospace/line-changes.ts';
import { printable } from '../terminal/format.ts';

/** A line of a file, with invisible characters except tabs shown as escapes. */
export function printableLine(line: string): string {
  return line.split('\t').map(printable).join('\t');
}

/** Whether the bytes may be part of a text: a character may be cut at either end. */
export function isPartOfText(part: Buffer): boolean {
  return isText(wholeCharacters(part));
}

/** Without the incomplete characters at both ends. */
export function wholeCharacters(part: Buffer): Buffer {
  let start = 0;
  while (start < 3 && isContinuation(part[start])) start++;
  let last = part.length - 1;
  while (last >= start && part.length - last < 4 && isContinuation(part[last])) last--;
  const isCut = last >= start && part.length - last < lengthOf(part[last]!);
  return part.subarray(start, isCut ? last : part.length);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** Length of the character that begins with the byte. */
function lengthOf(byte: number): number {
  if (byte >= 0xf0) return 4;
  if (byte >= 0xe0) return 3;
  return byte >= 0xc0 ? 2 : 1;
}
