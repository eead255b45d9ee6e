import { once } from 'node:events';
import { printableJsonText } from './format.ts';

/** Characters in one write. */
const PIECE_CHARACTERS = 64 * 1024;

/** Writes to stdout; waits for a slow reader. */
export async function writeOut(text: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Writes texts as they arrive, joined into larger writes. */
export async function writeEach(texts: AsyncIterable<string> | Iterable<string>): Promise<void> {
  let piece = '';
  for await (const text of texts) {
    piece += text;
    if (piece.length < PIECE_CHARACTERS) continue;
    await writeOut(piece);
    piece = '';
  }
  if (piece !== '') await writeOut(piece);
}

/** JSON whose very bytes somebody may hash or sign; only a terminal gets escapes instead of what writes to it. */
export function writeCanonicalJson(json: Uint8Array | string): void {
  process.stdout.write(process.stdout.isTTY ? printableJsonText(Buffer.from(json).toString()) : json);
  process.stdout.write('\n');
}
