import type { ContentEntry } from '../artifact-store/manifest/model.ts';
import type { Asked } from './source.ts';

/** A number of bytes of a file, or fewer at its end. */
export async function readPart(
  { registry, signal }: Pick<Asked, 'registry' | 'signal'>,
  entry: ContentEntry,
  offset: number,
  most: number,
): Promise<Buffer> {
  const length = Math.max(0, Math.min(most, entry.size - offset));
  const part = Buffer.allocUnsafe(length);
  let filled = 0;
  for await (const piece of registry.readRange(entry, { offset: Math.min(offset, entry.size), length }, signal)) {
    part.set(piece, filled);
    filled += piece.byteLength;
  }
  return part;
}
