/**
 * Maps items in order, while the mapping of later ones is already running. If the caller stops early, running ones are awaited first.
 * @param limit how many run besides the one being consumed.
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
