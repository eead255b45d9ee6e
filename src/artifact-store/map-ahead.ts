/**
 * Maps items in order, while the mapping of later ones is already under way. When the caller stops early, it first waits
 * for those, so that nothing runs on.
 *
 * @param limit how many are under way besides the one that is taken.
 */
export async function* mapAhead<I, R>(
  items: Iterable<I> | AsyncIterable<I>,
  limit: number,
  map: (item: I) => Promise<R>,
): AsyncGenerator<Awaited<R>> {
  const ahead: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const mapping = map(item);
      mapping.catch(() => undefined);
      ahead.push(mapping);
      if (ahead.length > limit) yield await ahead.shift()!;
    }
    while (ahead.length > 0) yield await ahead.shift()!;
  } finally {
    await Promise.allSettled(ahead);
  }
}
