/** Work that can be stopped while it runs. */
export interface Abortable {
  /**
   * Stops the work when it is aborted: what was begun is taken back, and `signal.reason` is thrown, which is an `AbortError`
   * unless `abort` was given something else. A package that is visible by then stays, and the work succeeds.
   */
  signal?: AbortSignal | undefined;
}

/**
 * Work that reports its own failures. Once the signal is aborted, its reason is what the caller sees, and not what the
 * interrupted work made of it.
 */
export async function failingWithReason<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  signal?.throwIfAborted();
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/**
 * Work that cannot be stopped itself. It is no longer waited for once the signal is aborted, and its outcome is ignored then.
 *
 * @param isCommitted from when on the outcome is waited for all the same.
 */
export async function untilAborted<T>(
  signal: AbortSignal | undefined,
  work: Promise<T>,
  isCommitted: () => boolean = () => false,
): Promise<T> {
  if (signal === undefined) return work;
  work.catch(() => undefined);
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stopWaiting = () => {
    if (!isCommitted()) reject(signal.reason);
  };
  if (signal.aborted) stopWaiting();
  signal.addEventListener('abort', stopWaiting, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stopWaiting);
  }
}

/** Items that nothing need be taken back of, up to the moment at which the signal is aborted. */
export async function* itemsUntilAborted<T>(
  signal: AbortSignal | undefined,
  items: AsyncIterable<T>,
): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await untilAborted(signal, iterator.next());
      if (done) return;
      yield value;
    }
  } finally {
    // One that is still busy with the next item ends when it has it.
    iterator.return?.().catch(() => undefined);
  }
}
