/**
 * Regroups pieces into chunks of equal size, the last one shorter. Yields nothing for no bytes. Each chunk has its own
 * memory, independent of the pieces.
 */
export async function* inChunks(
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  chunkBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let chunk = Buffer.allocUnsafeSlow(chunkBytes);
  let filled = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.byteLength; ) {
      const part = piece.subarray(at, at + chunkBytes - filled);
      chunk.set(part, filled);
      filled += part.byteLength;
      at += part.byteLength;
      if (filled < chunkBytes) continue;
      yield chunk;
      chunk = Buffer.allocUnsafeSlow(chunkBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield Uint8Array.prototype.slice.call(chunk, 0, filled) as Uint8Array<ArrayBuffer>;
}
