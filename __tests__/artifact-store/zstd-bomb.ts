const BLOCK_BYTES = 128 * 1024;
const RAW = 0;
const RLE = 1;

/** One zstd frame (RFC 8878): some bytes, then at least the given number of zeros, four bytes for each 128 KiB of them. */
export function zstdBomb(zeros: number, start: Uint8Array = new Uint8Array()): Buffer {
  // Without a content size, and with a window of 2 MiB.
  const parts: Uint8Array[] = [Buffer.from('28b52ffd0058', 'hex')];
  for (let at = 0; at < start.length; at += BLOCK_BYTES) {
    const bytes = start.subarray(at, at + BLOCK_BYTES);
    parts.push(blockHeader(RAW, bytes.length), bytes);
  }
  const block = Buffer.concat([blockHeader(RLE, BLOCK_BYTES), Buffer.alloc(1)]);
  parts.push(Buffer.alloc(Math.ceil(zeros / BLOCK_BYTES) * block.length, block));
  // The last block, which is empty.
  parts.push(Buffer.from([1, 0, 0]));
  return Buffer.concat(parts);
}

function blockHeader(type: number, length: number): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((length << 3) | (type << 1), 0, 3);
  return header;
}
