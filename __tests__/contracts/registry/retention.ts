import { DEFAULT_RETENTION_CLASS } from '../../../src/artifact-store/retention/classes.ts';
import { type MakeStore, useBench } from './bench.ts';

export function describeRetention(makeStore: MakeStore): void {
  describe('retention', () => {
    const bench = useBench(makeStore);
    const day = (count: number) => new Date(Date.UTC(2025, 0, 1 + count));
    const conflict = expect.objectContaining({ code: 'STATE_CONFLICT' });
    const usage = expect.objectContaining({ code: 'USAGE' });

    /** A package that expires on day 7. */
    async function transient(): Promise<string> {
      return (await bench().archive({ a: 'a' }, { retentionClass: 'transient' })).id;
    }

    test.each([
      ['transient', 7],
      ['raw-evidence', 90],
      ['summary-evidence', 365],
      [DEFAULT_RETENTION_CLASS, 2555],
    ])('of class %s ends %i days after the package was made', async (retentionClass, days) => {
      const { id, expiresAt } = await bench().archive({ a: 'a' }, { retentionClass });
      expect(expiresAt).toBe(day(days).toISOString());
      expect(await bench().registry.getRetentionState(id)).toEqual({
        packageId: id,
        retentionClass,
        expiresAt,
        expiredAt: null,
        holds: [],
        eligible: false,
      });
    });

    test('of a permanent record never ends', async () => {
      const { id, expiresAt } = await bench().archive({ a: 'a' }, { retentionClass: 'permanent-record' });
      expect(expiresAt).toBeNull();
      bench().now = day(365_000);
      expect(await bench().registry.getRetentionState(id)).toMatchObject({ expiresAt: null, eligible: false });
      await expect(bench().registry.extendRetention(id, day(400_000), 'longer')).rejects.toEqual(conflict);
    });

    test('makes a package eligible at the moment it expires', async () => {
      const id = await transient();
      const eligible = async () => (await bench().registry.getRetentionState(id)).eligible;
      bench().now = new Date(day(7).getTime() - 1);
      expect(await eligible()).toBe(false);
      bench().now = day(7);
      expect(await eligible()).toBe(true);
    });

    test('is extended to a later time or forever, and never shortened', async () => {
      const { registry } = bench();
      const id = await transient();
      for (const sooner of [day(7), day(6), new Date(0)]) {
        await expect(registry.extendRetention(id, sooner, 'why')).rejects.toEqual(conflict);
      }
      await registry.extendRetention(id, day(8), 'an audit');
      await expect(registry.extendRetention(id, day(7), 'why')).rejects.toEqual(conflict);
      bench().now = day(7);
      const expiresAt = day(8).toISOString();
      expect(await registry.getRetentionState(id)).toMatchObject({ expiresAt, eligible: false });
      expect(await registry.getPackage(id)).toMatchObject({ expiresAt });
      await registry.extendRetention(id, null, 'a treasure');
      bench().now = day(9000);
      expect(await registry.getRetentionState(id)).toMatchObject({ expiresAt: null, eligible: false });
      await expect(registry.extendRetention(id, day(9999), 'why')).rejects.toEqual(conflict);
    });

    test('is extended with a reason, to a valid time', async () => {
      const { registry } = bench();
      const id = await transient();
      await expect(registry.extendRetention(id, day(8), ' ')).rejects.toEqual(usage);
      await expect(registry.extendRetention(id, new Date(Number.NaN), 'why')).rejects.toEqual(usage);
      expect(await registry.getRetentionState(id)).toMatchObject({ expiresAt: day(7).toISOString() });
    });

    test('waits for holds, each until its release', async () => {
      const { registry } = bench();
      const id = await transient();
      const first = await registry.applyHold(id, 'a lawsuit');
      const second = await registry.applyHold(id, 'another one');
      bench().now = day(30);
      expect(await registry.getRetentionState(id)).toMatchObject({ eligible: false, holds: [{}, {}] });
      await registry.releaseHold(first, 'it is over');
      expect(await registry.getRetentionState(id)).toMatchObject({
        eligible: false,
        holds: [
          {
            id: second,
            packageId: id,
            reason: 'another one',
            actor: 'tester',
            appliedAt: '2025-01-01T00:00:00.000Z',
            until: null,
            releasedAt: null,
          },
        ],
      });
      await registry.releaseHold(second, 'it is over');
      expect(await registry.getRetentionState(id)).toMatchObject({ eligible: true, holds: [] });
    });

    test('waits for a hold until it lapses', async () => {
      const { registry } = bench();
      const id = await transient();
      await registry.applyHold(id, 'a review', day(20));
      bench().now = new Date(day(20).getTime() - 1);
      expect(await registry.getRetentionState(id)).toMatchObject({ eligible: false, holds: [{ reason: 'a review' }] });
      bench().now = day(20);
      expect(await registry.getRetentionState(id)).toMatchObject({ eligible: true, holds: [] });
    });

    test('accepts holds with a reason and a future end, and releases each once', async () => {
      const { registry } = bench();
      const id = await transient();
      await expect(registry.applyHold(id, '')).rejects.toEqual(usage);
      await expect(registry.applyHold(id, 'why', bench().now)).rejects.toEqual(usage);
      await expect(registry.applyHold(id, 'why', new Date(Number.NaN))).rejects.toEqual(usage);
      expect((await registry.getRetentionState(id)).holds).toEqual([]);
      const hold = await registry.applyHold(id, 'why');
      await expect(registry.releaseHold(hold, ' ')).rejects.toEqual(usage);
      await registry.releaseHold(hold, 'done');
      await expect(registry.releaseHold(hold, 'done')).rejects.toEqual(conflict);
    });

    test('is refused for packages and holds that do not exist', async () => {
      const { registry } = bench();
      const unknown = '01890a5d-ac96-774b-bcce-b302099a8057';
      const missing = expect.objectContaining({ code: 'NOT_FOUND', message: expect.stringContaining(unknown) });
      const rows = await bench().rows();
      await expect(registry.getRetentionState(unknown)).rejects.toEqual(missing);
      await expect(registry.extendRetention(unknown, null, 'why')).rejects.toEqual(missing);
      await expect(registry.applyHold(unknown, 'why')).rejects.toEqual(missing);
      await expect(registry.releaseHold(unknown, 'why')).rejects.toEqual(missing);
      expect(await bench().rows()).toEqual(rows);
    });
  });
}
