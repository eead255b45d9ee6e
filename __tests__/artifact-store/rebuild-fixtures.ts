import { type Bench, useBench } from '../contracts/registry/bench.ts';
import { embeddedStoreUnderTest } from '../contracts/registry/embedded.ts';
import { noise, useTempDirs } from './fixtures.ts';

/** A bench on an embedded store for each test. */
export function useEmbeddedBench(): () => Bench {
  const makeTempDir = useTempDirs();
  return useBench(async () => embeddedStoreUnderTest(await makeTempDir()));
}

const DAY_MS = 24 * 3600 * 1000;

export function passDays(bench: Bench, days: number): void {
  bench.now = new Date(bench.now.getTime() + days * DAY_MS);
}

/** Packages with holds, extensions and disposals; packs removed and rewritten. Three packages are left. */
export async function makeHistory(bench: Bench): Promise<{ kept: string; held: string }> {
  const { registry } = bench;
  const short = { retentionClass: 'transient', subject: 'drafts' };
  const kept = await bench.archive({ a: 'kept', 'large/b': noise(1_500_000, 1) }, { metadata: { note: 'n' } });
  const mixed = await bench.archive({ 'big/c': noise(300_000, 2), d: 'common' }, short);
  await bench.archive({ d: 'common', e: 'more' });
  const held = await bench.archive({ f: 'held', g: noise(90_000, 3) }, short);
  const gone = await bench.archive({ h: noise(90_000, 4) }, short);
  const longer = await bench.archive({ i: 'longer' }, short);
  await registry.applyHold(held.id, 'a lawsuit');
  await registry.releaseHold(await registry.applyHold(kept.id, 'an audit', new Date('2026-01-01')), 'over');
  await registry.extendRetention(longer.id, new Date('2030-01-01'), 'a treasure');
  await registry.addLabel(kept.id, 'v1');
  await registry.addLabel(mixed.id, 'v2');
  await registry.moveLabel(longer.id, 'v2', 'a better one');
  await registry.addLabel(kept.id, 'gone');
  await registry.removeLabel('atlas', 'gone', 'a mistake');
  await registry.amendNote(kept.id, 'another note');
  await registry.amendNote(gone.id, 'of one that will be gone');
  passDays(bench, 30);
  const { disposed, rewritten } = await registry.collectGarbage({ includeLast: true, graceMs: DAY_MS });
  expect(disposed.sort()).toEqual([mixed.id, gone.id].sort());
  passDays(bench, 2);
  const { removed } = await registry.collectGarbage({ includeLast: true, graceMs: DAY_MS });
  expect([rewritten.objects, removed.objects]).toEqual([1, 2]);
  return { kept: kept.id, held: held.id };
}

/** The registry places the first content elsewhere, the second in no pack, and the third nowhere. */
export function misplaceContents(bench: Bench): Promise<void> {
  return bench.inDatabase(async (db) => {
    const rows = await db.selectFrom('contents').select('digest').orderBy('raw_offset').execute();
    const change = (i: number, values: { raw_offset?: number; pack_id?: number }) =>
      db.updateTable('contents').set(values).where('digest', '=', rows[i]!.digest).execute();
    await change(0, { raw_offset: 1 });
    await change(1, { pack_id: 77 });
    await db.deleteFrom('contents').where('digest', '=', rows[2]!.digest).execute();
  });
}
