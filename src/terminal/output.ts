import { once } from 'node:events';
import { printableJsonText } from './format.ts';

/** Characters that are written together. */
const PIECE_CHARACTERS = 64 * 1024;

/** Waits while the reader is slower. */
export async function writeOut(text: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Writes texts as they come. */
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
