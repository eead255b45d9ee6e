import { entryLine, type IndexEntry } from './index-record.ts';
import { parseYaml } from './yaml.ts';

/** A long index is parsed in pieces of this size. */
const PIECE_BYTES = 128 * 1024;

/** The content of an index. */
export interface IndexText {
  entries: IndexEntry[];
  /** The text without conflict markers; undefined when there are none. */
  merged: string | undefined;
}

/**
 * Parses an index: a YAML list. If git left conflict markers, the entries of both sides are returned.
 * @throws Error whose message is one line that says what is wrong.
 */
export function readIndexText(text: string): IndexText {
  const sides = sidesOf(text);
  if (sides === undefined) return { entries: entriesIn(text), merged: undefined };
  const ours = entriesIn(sides.ours);
  const known = new Set(ours.map(keyOf));
  const missing = entriesIn(sides.theirs).filter((entry) => !known.has(keyOf(entry)));
  return { entries: [...ours, ...missing], merged: withLines(sides.ours, missing.map(entryLine)) };
}

/**
 * The entries of an index one by one, as {@link readIndexText} returns them. Only one piece of a long index is in memory as text.
 * @throws Error as {@link readIndexText} does.
 */
export function* readEntries(bytes: Buffer): Iterable<IndexEntry> {
  let count = 0;
  for (const piece of hasMarks(bytes) ? [] : piecesOf(bytes)) {
    const entries = entriesOfPiece(piece);
    if (entries === undefined) break;
    yield* entries;
    count += entries.length;
    if (piece.isLast) return;
  }
  // The rest can only be parsed as a whole, or is invalid.
  yield* readIndexText(bytes.toString()).entries.slice(count);
}

interface Piece {
  text: string;
  isLast: boolean;
}

/** An entry begins with a dash at the start of a line; no other part of an entry can. */
function* piecesOf(bytes: Buffer): Iterable<Piece> {
  for (let from = 0, isLast = false; !isLast; ) {
    const cut = bytes.indexOf('\n- ', from + PIECE_BYTES);
    isLast = cut < 0;
    const end = isLast ? bytes.length : cut + 1;
    yield { text: bytes.toString('utf8', from, end), isLast };
    from = end;
  }
}

function entriesOfPiece({ text }: Piece): IndexEntry[] | undefined {
  try {
    return entriesIn(text);
  } catch {
    return undefined;
  }
}

function hasMarks(bytes: Buffer): boolean {
  return bytes.includes('\n<<<<<<<') || bytes.subarray(0, 7).toString() === '<<<<<<<';
}

/**
 * The entries at the end of a long text, if it consists of lines as {@link entryLine} writes them.
 * @param end may begin within a line: everything before the first line break is skipped.
 */
export function readIndexEnd(end: string): IndexEntry[] | undefined {
  const entries = end.endsWith('\n') ? linesIn(end.slice(end.indexOf('\n') + 1)) : undefined;
  const areRecords = entries?.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item));
  return areRecords && entries!.length > 0 ? (entries as IndexEntry[]) : undefined;
}

/** The text with lines appended, which get the line breaks of the text. */
export function withLines(text: string, lines: readonly string[]): string {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const separator = text === '' || text.endsWith('\n') ? '' : lineEnd;
  return text + separator + lines.map((line) => line + lineEnd).join('');
}

/** The readable entries of a text that is no longer a YAML list, each of which begins a line. */
export function salvage(text: string): { entries: IndexEntry[]; unreadable: number } {
  const entries: IndexEntry[] = [];
  let unreadable = 0;
  for (const part of text.split(/^(?=- )/m)) {
    if (!part.startsWith('- ')) continue;
    try {
      for (const entry of entriesIn(part.replaceAll(MARK_LINES, ''))) entries.push(entry);
    } catch {
      unreadable++;
    }
  }
  return { entries, unreadable };
}

function entriesIn(text: string): IndexEntry[] {
  const entries = linesIn(text) ?? parseYaml(text, 0) ?? [];
  if (!Array.isArray(entries)) throw new Error('it is not a list of archive records');
  const odd = entries.findIndex((item) => typeof item !== 'object' || item === null || Array.isArray(item));
  if (odd >= 0) throw new Error(`its entry ${odd + 1} is not an archive record`);
  return entries as IndexEntry[];
}

/** The entries of a text with one entry per line, as {@link entryLine} writes them; undefined for any other text. */
function linesIn(text: string): unknown[] | undefined {
  const entries: unknown[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line === '' || line.startsWith('#')) continue;
    if (!line.startsWith('- {')) return undefined;
    try {
      entries.push(JSON.parse(line.slice(2)));
    } catch {
      // Not JSON, so it may be YAML.
      return undefined;
    }
  }
  return entries;
}

const MARK_LINES = /^(?:<{7}|\|{7}|={7}|>{7})(?: .*)?\r?\n?/gm;
const MARK = /^(<{7}|\|{7}|={7}|>{7})(?: |$)/;

/** Both sides of a merge; undefined for a text without conflicts. No line of an entry begins with a conflict marker. */
function sidesOf(text: string): { ours: string; theirs: string } | undefined {
  if (!/^<{7}(?: |\r?$)/m.test(text)) return undefined;
  let [ours, theirs] = ['', ''];
  let place: 'both' | 'ours' | 'base' | 'theirs' = 'both';
  for (const line of text.split(/(?<=\n)/)) {
    const mark = MARK.exec(line.trimEnd())?.[1]?.[0];
    if (mark === '<' && place === 'both') place = 'ours';
    else if (mark === '|' && place === 'ours') place = 'base';
    else if (mark === '=' && (place === 'ours' || place === 'base')) place = 'theirs';
    else if (mark === '>' && place === 'theirs') place = 'both';
    else {
      if (place === 'both' || place === 'ours') ours += line;
      if (place === 'both' || place === 'theirs') theirs += line;
    }
  }
  return place === 'both' ? { ours, theirs } : undefined;
}

/** Equal for equal entries of the two sides. */
function keyOf(entry: IndexEntry): string {
  return typeof entry['package_id'] === 'string' ? entry['package_id'] : JSON.stringify(entry);
}
