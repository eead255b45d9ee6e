import { once } from 'node:events';

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
