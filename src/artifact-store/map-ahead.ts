/**
 * Maps items in order, while the mapping of later ones is already running. If the caller stops early, running ones are awaited first.
 * @param limit how many run besides the one being consumed.
 * @param weightOf how many an item counts for.
 */
export async function* mapAhead<I, R>(
  items: Iterable<I> | AsyncIterable<I>,
  limit: number,
  map: (item: I) => Promise<R>,
  weightOf: (item: I) => number = () => 1,
): AsyncGenerator<Awaited<R>> {
  const ahead: { weight: number; mapping: Promise<R> }[] = [];
  let underWay = 0;
  const next = () => {
    const { weight, mapping } = ahead.shift()!;
    underWay -= weight;
    return mapping;
  };
  try {
    for await (const item of items) {
      const [weight, mapping] = [weightOf(item), map(item)];
      mapping.catch(() => undefined);
      ahead.push({ weight, mapping });
      underWay += weight;
      while (underWay > limit) yield await next();
    }
    while (ahead.length > 0) yield await next();
  } finally {
    await Promise.allSettled(ahead.map(({ mapping }) => mapping));
  }
}
