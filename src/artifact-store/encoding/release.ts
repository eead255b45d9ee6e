/** Freeing smaller buffers is not worth a call. */
const MIN_RELEASED_BYTES = 64 * 1024;

/**
 * Frees a buffer that is no longer used. The garbage collector would let tens of megabytes of dead buffers pile up in each
 * thread, since they are outside its heap.
 */
export function release({ buffer, byteLength }: Uint8Array): void {
  releaseBuffer(buffer, byteLength);
}

/** Frees the buffer behind a view. Small allocations share one buffer, so `allocated` is the size requested originally. */
export function releaseBuffer(buffer: ArrayBufferLike, allocated: number): void {
  if (allocated < MIN_RELEASED_BYTES || !(buffer instanceof ArrayBuffer)) return;
  buffer.transfer(0);
}

/** The bytes in memory of their own; what they were in, which was allocated with so many bytes, is freed as above. */
export function takeOut(bytes: Uint8Array, allocated: number): Uint8Array<ArrayBuffer> {
  const own = Uint8Array.prototype.slice.call(bytes) as Uint8Array<ArrayBuffer>;
  releaseBuffer(bytes.buffer, allocated);
  return own;
}
