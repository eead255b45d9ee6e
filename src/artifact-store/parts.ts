/** SQLite takes 32,766 variables in a statement, and large statements are slow to prepare. */
export const ROWS_PER_STATEMENT = 500;

export function* partsOf<T>(items: readonly T[], size: number = ROWS_PER_STATEMENT): Iterable<T[]> {
  for (let i = 0; i < items.length; i += size) yield items.slice(i, i + size);
}
