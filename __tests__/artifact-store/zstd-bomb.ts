const BLOCK_BYTES = 128 * 1024;
const RLE = 1;

/** One zstd frame (RFC 8878) of at least so many zeros, in the fewest bytes there can be: four for each 128 KiB. */
export function zstdBomb(rawBytes: number): Buffer {
  const blocks = Math.ceil(rawBytes / BLOCK_BYTES);
  // No size of the whole, and a window of 2 MiB.
  const header = Buffer.from('28b52ffd0058', 'hex');
  const block = Buffer.alloc(4);
  block.writeUIntLE((BLOCK_BYTES << 3) | (RLE << 1), 0, 3);
  const frame = Buffer.concat([header, Buffer.alloc(blocks * block.length, block)]);
  frame[frame.length - block.length]! |= 1;
  return frame;
}
