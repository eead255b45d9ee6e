/** Work that can be aborted. */
export interface Abortable {
  /**
   * Aborts the work: what was begun is undone, and `signal.reason` is thrown, an `AbortError` by default. If the package is already
   * visible, it stays, and the work succeeds.
   */
  signal?: AbortSignal | undefined;
}

/**
 * Work that handles its own failures. Once the signal is aborted, the caller gets its reason instead of the error of the interrupted work.
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
 * Work that cannot be interrupted. Once the signal is aborted, it is no longer waited for, and its outcome is ignored.
 * @param isCommitted once true, the outcome is waited for despite an abort.
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

/** Items until the signal is aborted; for sources that need no cleanup. */
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
    // A source that is still producing an item ends after it.
    iterator.return?.().catch(() => undefined);
  }
}
