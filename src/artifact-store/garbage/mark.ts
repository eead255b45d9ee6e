import { type Abortable, itemsUntilAborted } from '../abort.ts';
import type { ReadConnection } from '../database/database.ts';
import { type LogParts, whileLocked } from '../events/log.ts';
import { setDoomed } from '../packs/content-index.ts';
import type { LiveContents } from './live-contents.ts';

/** Contents and their bytes, before compression. */
export interface ContentTotals {
  contents: number;
  bytes: number;
}

/** Rows read at a time. */
const PAGE_ROWS = 5000;

/**
 * Marks the contents that no package needs, first phase of their removal. A package that is made meanwhile is either seen
 * here, or it takes the marks of what it needs away again.
 *
 * @param live what was needed a moment ago.
 */
export async function markDoomed(
  { database, now, signal }: LogParts & Abortable,
  live: LiveContents,
  dryRun: boolean,
): Promise<ContentTotals> {
  const unneeded: { digest: Uint8Array; length: number }[] = [];
  for await (const content of itemsUntilAborted(signal, unmarked(database.db)))
    if (!live.has(content.digest)) unneeded.push(content);
  const total = (doomed: typeof unneeded): ContentTotals => ({
    contents: doomed.length,
    bytes: doomed.reduce((sum, { length }) => sum + length, 0),
  });
  if (dryRun || unneeded.length === 0) return total(unneeded);
  return whileLocked(database, async (tx) => {
    signal?.throwIfAborted();
    await live.add(tx);
    const doomed = unneeded.filter(({ digest }) => !live.has(digest));
    await setDoomed(
      tx,
      doomed.map(({ digest }) => digest),
      now().toISOString(),
    );
    return total(doomed);
  });
}

async function* unmarked(db: ReadConnection): AsyncIterable<{ digest: Uint8Array; length: number }> {
  for (let last: Uint8Array | undefined; ; ) {
    const query = db.selectFrom('contents').select(['digest', 'length']).orderBy('digest').limit(PAGE_ROWS);
    const page = await (last === undefined ? query : query.where('digest', '>', last))
      .where('doomed_at', 'is', null)
      .execute();
    yield* page;
    if (page.length < PAGE_ROWS) return;
    last = page.at(-1)!.digest;
  }
}
