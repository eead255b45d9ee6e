import { printableJson } from './format.ts';
import { writeEach } from './output.ts';

/** Characters in one write. */
const PIECE_CHARACTERS = 1024 * 1024;

/**
 * Prints a value as `JSON.stringify(value, null, 2)` would, with invisible characters escaped. A list may be any iterable:
 * it is written item by item, since the JSON of a million items may exceed the longest possible string.
 */
export function printJson(value: unknown): void {
  let piece = '';
  for (const text of jsonTexts(value, '\n')) {
    piece += text;
    if (piece.length < PIECE_CHARACTERS) continue;
    process.stdout.write(piece);
    piece = '';
  }
  process.stdout.write(`${piece}\n`);
}

/** Prints the items of an async iterable as a list, as {@link printJson} would. */
export async function printJsonList(items: AsyncIterable<object>): Promise<void> {
  await writeEach(listTexts(items));
}

async function* listTexts(items: AsyncIterable<object>): AsyncIterable<string> {
  let isEmpty = true;
  for await (const item of items) {
    yield `${isEmpty ? '[' : ','}\n  ${jsonOf(item, '\n  ')}`;
    isEmpty = false;
  }
  yield isEmpty ? '[]\n' : '\n]\n';
}

/** @param lineEnd a line feed and the indentation of the next line. */
function* jsonTexts(value: unknown, lineEnd: string): Iterable<string> {
  const inner = `${lineEnd}  `;
  if (isList(value)) {
    let separator = `[${inner}`;
    let isEmpty = true;
    for (const item of value) {
      yield separator + jsonOf(item, inner);
      separator = `,${inner}`;
      isEmpty = false;
    }
    yield isEmpty ? '[]' : `${lineEnd}]`;
  } else if (isRecord(value) && Object.values(value).some(isList)) {
    let separator = `{${inner}`;
    for (const [key, field] of Object.entries(value)) {
      if (field === undefined) continue;
      yield `${separator}${printableJson(key)}: `;
      yield* jsonTexts(field, inner);
      separator = `,${inner}`;
    }
    yield `${lineEnd}}`;
  } else {
    yield jsonOf(value, lineEnd);
  }
}

/** Strings in JSON contain no raw line feeds, so each one found is a line end of the layout. */
function jsonOf(value: unknown, lineEnd: string): string {
  return printableJson(value, 2).replaceAll('\n', lineEnd);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !('toJSON' in value);
}

function isList(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}
