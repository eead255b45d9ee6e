import { entryLine, type IndexEntry } from './index-record.ts';
import { parseYaml } from './yaml.ts';

/** Size of the pieces in which a long index is parsed. */
const PIECE_BYTES = 128 * 1024;

/** What the text of an index says. */
export interface IndexText {
  entries: IndexEntry[];
  /** The text without the marks of a merge that git could not make; undefined when there are none. */
  mended: string | undefined;
}

/**
 * Reads the text of an index: a YAML list. One that git left with conflict marks has the entries of both sides.
 *
 * @throws Error whose message is one line that says what is wrong.
 */
export function readIndexText(text: string): IndexText {
  const sides = sidesOf(text);
  if (sides === undefined) return { entries: entriesIn(text), mended: undefined };
  const ours = entriesIn(sides.ours);
  const known = new Set(ours.map(keyOf));
  const missing = entriesIn(sides.theirs).filter((entry) => !known.has(keyOf(entry)));
  return { entries: [...ours, ...missing], mended: withLines(sides.ours, missing.map(entryLine)) };
}

/**
 * The entries of an index one after the other, as {@link readIndexText} returns them. Only one piece of a long index is in
 * memory as text.
 *
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

/** Entries begin with a dash at the beginning of a line, where nothing that is part of one can have it. */
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
 * The entries in the end of a long text, if it is made of lines as {@link entryLine} writes them.
 *
 * @param end may begin within a line: everything before the first line end is skipped.
 */
export function readIndexEnd(end: string): IndexEntry[] | undefined {
  const entries = end.endsWith('\n') ? linesIn(end.slice(end.indexOf('\n') + 1)) : undefined;
  const areRecords = entries?.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item));
  return areRecords && entries!.length > 0 ? (entries as IndexEntry[]) : undefined;
}

/** The text with lines behind it, which end as its own lines do. */
export function withLines(text: string, lines: readonly string[]): string {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const separator = text === '' || text.endsWith('\n') ? '' : lineEnd;
  return text + separator + lines.map((line) => line + lineEnd).join('');
}

/** What can be read of a text that is no YAML list any more: entry by entry, as far as each begins a line. */
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
  if (odd >= 0) throw new Error(`its entry ${odd + 1} is no archive record`);
  return entries as IndexEntry[];
}

/** The entries of a text that has one in each line, as {@link entryLine} writes them; undefined for any other text. */
function linesIn(text: string): unknown[] | undefined {
  const entries: unknown[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line === '' || line.startsWith('#')) continue;
    if (!line.startsWith('- {')) return undefined;
    try {
      entries.push(JSON.parse(line.slice(2)));
    } catch {
      // YAML, if anything.
      return undefined;
    }
  }
  return entries;
}

const MARK_LINES = /^(?:<{7}|\|{7}|={7}|>{7})(?: .*)?\r?\n?/gm;
const MARK = /^(<{7}|\|{7}|={7}|>{7})(?: |$)/;

/** Both sides of a merge; undefined for a text without conflicts. No line of an entry begins with a mark. */
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

/** Identifies equal entries of the two sides. */
function keyOf(entry: IndexEntry): string {
  return typeof entry['package_id'] === 'string' ? entry['package_id'] : JSON.stringify(entry);
}
