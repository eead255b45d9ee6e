/** The beginning of a file of records. */
export interface Table {
  columns: string[];
  rows: string[][];
  /** Whether the file has more than what was read. */
  isCut: boolean;
}

export const MAX_ROWS: number = 1000;
const MAX_COLUMNS = 50;

/**
 * The first records of a CSV file (RFC 4180) or one with tabs; its first record has the names of columns.
 * @param isWhole whether the text is the whole file.
 */
export function readDelimited(text: string, delimiter: ',' | ';' | '\t', isWhole: boolean): Table {
  const records: string[][] = [];
  let record: string[] = [];
  const field = new RegExp(
    `(?:"([^"]*(?:""[^"]*)*)"|([^${delimiter}\\r\\n]*))[^${delimiter}\\r\\n]*(${delimiter}|\\r?\\n|\\r|$)`,
    'y',
  );
  while (records.length <= MAX_ROWS + 1 && field.lastIndex < text.length) {
    const [, quoted, plain = '', end] = field.exec(text)!;
    if (record.length < MAX_COLUMNS) record.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === delimiter) continue;
    // The last record may be incomplete.
    if (end === '' && !isWhole) break;
    records.push(record);
    record = [];
  }
  if (record.length > 0 && isWhole) records.push(record);
  const [columns = [], ...rows] = records;
  return { columns, rows: rows.slice(0, MAX_ROWS), isCut: !isWhole || rows.length > MAX_ROWS };
}

/** The delimiter, chosen by the first line: much of Europe uses the comma in numbers. */
export function delimiterOf(text: string, extension: string): ',' | ';' | '\t' {
  if (extension === '.tsv') return '\t';
  const [line = ''] = text.split(/[\r\n]/, 1);
  return line.split(';').length > line.split(',').length ? ';' : ',';
}

/** The first lines of a JSON Lines file; the keys of objects are the columns. Other lines are shown as they are. */
export function readJsonLines(text: string, isWhole: boolean): Table {
  const lines = text.split('\n');
  if (!isWhole) lines.pop();
  const written = lines.filter((line) => line.trim() !== '');
  const values = written.slice(0, MAX_ROWS).map(valueIn);
  const columns = firstKeys(values);
  const rows = values.map((value) => columns.map((key) => (Object.hasOwn(value, key) ? textOf(value[key]) : '')));
  return { columns, rows, isCut: !isWhole || written.length > MAX_ROWS };
}

function valueIn(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { value: line.trim() };
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : { value };
}

function firstKeys(values: readonly object[]): string[] {
  const found = new Set<string>();
  for (const value of values) {
    for (const key of Object.keys(value)) {
      if (found.add(key).size === MAX_COLUMNS) return [...found];
    }
  }
  return [...found];
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value);
  } catch (error) {
    // JSON.stringify recurses, JSON.parse does not.
    if (error instanceof RangeError) return 'nested too deeply to be shown';
    throw error;
  }
}
