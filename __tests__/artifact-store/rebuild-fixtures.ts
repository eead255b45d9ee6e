import { embeddedStore } from '../../src/artifact-store/config.ts';
import { openSqlite } from '../../src/artifact-store/database/sqlite.ts';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { LocalStorage } from '../../src/artifact-store/storage/local.ts';
import { type Bench, type StoreUnderTest, useBench } from '../contracts/registry/bench.ts';
import { noise, useTempDirs } from './fixtures.ts';

/** A bench on an embedded store for each test. */
export function useEmbeddedBench(): () => Bench {
  const makeTempDir = useTempDirs();
  return useBench(async () => embeddedStoreIn(await makeTempDir()));
}

function embeddedStoreIn(folder: string): StoreUnderTest {
  const config = embeddedStore(folder, { retentionClasses: loadRetentionClasses(undefined) });
  if (config.database.kind !== 'sqlite' || config.storage.kind !== 'local') throw new Error('not embedded');
  const { path } = config.database;
  return {
    config,
    storage: new LocalStorage(config.storage.root),
    openDatabase: async () => openSqlite(path, 'write'),
  };
}

const DAY_MS = 24 * 3600 * 1000;

export function passDays(bench: Bench, days: number): void {
  bench.now = new Date(bench.now.getTime() + days * DAY_MS);
}

/** Packages that were held, extended, disposed of; packs that were removed and rewritten. Three packages are left. */
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
  passDays(bench, 30);
  const { disposed } = await registry.collectGarbage({ graceMs: DAY_MS });
  expect(disposed.sort()).toEqual([mixed.id, gone.id].sort());
  passDays(bench, 2);
  const { rewritten, removed } = await registry.collectGarbage({ graceMs: DAY_MS });
  expect([rewritten.objects, removed.objects]).toEqual([1, 1]);
  return { kept: kept.id, held: held.id };
}
