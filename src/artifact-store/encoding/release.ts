/** Smaller ones are not worth it. */
const MIN_RELEASED_BYTES = 64 * 1024;

/**
 * Frees a buffer that no one will use again. The garbage collector lets tens of megabytes of dead buffers pile up in
 * each thread before it runs, since they lie outside of its heap.
 */
export function release({ buffer, byteLength }: Uint8Array): void {
  releaseBuffer(buffer, byteLength);
}

/** The same for a buffer that was allocated with so many bytes, however few of them a view shows; smaller ones share one. */
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
