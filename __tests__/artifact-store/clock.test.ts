/** Wrong clocks: they decide neither which package is newest nor which one is removed. */
import { useBench } from '../contracts/registry/bench.ts';
import { embeddedStoreUnderTest } from '../contracts/registry/embedded.ts';
import { manyFiles } from '../contracts/registry/layers.ts';
import { temporaryFolder } from '../infospace/fixtures.ts';
import { collect } from './fixtures.ts';

const bench = useBench(async () => embeddedStoreUnderTest(temporaryFolder()));
const DAY_MS = 86_400_000;

test('the latest package is the newest in the log, whatever the clocks said', async () => {
  const made: string[] = [];
  for (const time of ['2099-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2025-01-01T00:00:00Z']) {
    bench().now = new Date(time);
    made.push((await bench().archive({ a: time })).id);
  }
  const { registry } = bench();
  expect((await registry.listPackages()).map(({ id }) => id)).toEqual(made);
  for (const [i, id] of made.toReversed().entries()) expect((await registry.latestPackage('atlas', i))?.id).toBe(id);
  // From the log alone, too.
  bench().store.config.database = { kind: 'sqlite', path: `${temporaryFolder()}/anew.sqlite3` };
  const other = await bench().open();
  expect((await other.listPackages()).map(({ id }) => id)).toEqual(made);
  expect((await other.latestPackage('atlas'))?.id).toBe(made.at(-1));
});

test('the latest kept package counts when the newest was disposed of', async () => {
  bench().now = new Date();
  const first = await bench().archive({ a: 'a' });
  await bench().archive({ b: 'b' }, { retentionClass: 'transient' });
  bench().now = new Date(Date.now() + 30 * DAY_MS);
  expect((await bench().registry.collectGarbage({ includeLast: true, graceMs: DAY_MS })).disposed).toHaveLength(1);
  expect((await bench().registry.latestPackage('atlas'))?.id).toBe(first.id);
});

test('a manifest builds on that of the newest package in the log', async () => {
  bench().now = new Date('2099-01-01T00:00:00Z');
  await bench().archive(manyFiles(0));
  bench().now = new Date('2026-01-01T00:00:00Z');
  const second = await bench().archive(manyFiles(1));
  await bench().archive(manyFiles(2));
  const finalized = (await collect(bench().registry.tailEvents())).filter((e) => e.event_type.endsWith('finalized'));
  expect(Buffer.from(finalized.at(-1)!.payload).toString('latin1')).toContain(second.manifestDigest);
});

describe('a collection on a machine whose clock is', () => {
  beforeEach(() => {
    bench().storageNow = undefined;
  });

  test.each([
    ['years ahead of that of the storage', 19 * 365 * DAY_MS],
    ['a day and a minute ahead', DAY_MS + 60_000],
    ['a day and a minute behind', -DAY_MS - 60_000],
  ])('%s is refused, and changes nothing', async (_, offset) => {
    bench().now = new Date();
    await bench().archive({ a: 'a' }, { retentionClass: 'transient' });
    const before = [await bench().rows(), await bench().stored('')];
    bench().now = new Date(Date.now() + offset);
    const registry = await bench().open();
    await expect(registry.collectGarbage({ includeLast: true, graceMs: 0 })).rejects.toMatchObject({
      code: 'STATE_CONFLICT',
      message: expect.stringMatching(/clock of this machine .*hours (ahead of|behind) /),
    });
    expect([await bench().rows(), await bench().stored('')]).toEqual(before);
  });

  test('hours off uses the clock of the storage', async () => {
    bench().now = new Date(Date.now() - 7 * DAY_MS + 3600_000);
    const { id } = await bench().archive({ a: 'a' }, { retentionClass: 'transient' });
    // It has expired by this machine's clock, and not by the storage's.
    bench().now = new Date(Date.now() + 5 * 3600_000);
    expect((await (await bench().open()).collectGarbage({ includeLast: true, graceMs: 0 })).disposed).toEqual([]);
    bench().storageNow = () => new Date(Date.now() + 3600_000);
    expect((await (await bench().open()).collectGarbage({ includeLast: true, graceMs: 0 })).disposed).toEqual([id]);
  });
});
