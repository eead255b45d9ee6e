import { type MakeStore, useBench } from './bench.ts';

export function describeNames(makeStore: MakeStore): void {
  describe('labels and notes', () => {
    const bench = useBench(makeStore);
    const coded = (code: string, expected = '') =>
      expect.objectContaining({ code, message: expect.stringContaining(expected) });

    test('a label names one package of its subject, and is moved with a reason only', async () => {
      const { registry } = bench();
      const [a, b] = [await bench().archive({ a: 'a' }), await bench().archive({ a: 'b' })];
      const other = await bench().archive({ a: 'c' }, { subject: 'other' });
      await registry.addLabel(a.id, 'v1.4');
      await registry.addLabel(other.id, 'v1.4');
      const head = await registry.eventHead();
      await registry.addLabel(a.id, 'v1.4');
      await registry.moveLabel(a.id, 'v1.4', 'no other');
      expect(await registry.eventHead()).toEqual(head);
      await expect(registry.addLabel(b.id, 'v1.4')).rejects.toEqual(coded('STATE_CONFLICT', a.id));
      await expect(registry.moveLabel(b.id, 'v1.4', ' ')).rejects.toEqual(coded('USAGE', 'reason'));
      await expect(registry.moveLabel(b.id, 'v1.5', 'why')).rejects.toEqual(coded('NOT_FOUND', 'v1.5'));
      await registry.moveLabel(b.id, 'v1.4', 'rolled out');
      const label = { label: 'v1.4', actor: 'tester', setAt: '2025-01-01T00:00:00.000Z' };
      const moved = { ...label, subject: 'atlas', packageId: b.id };
      expect(await registry.getLabel('atlas', 'v1.4')).toEqual(moved);
      const fresh = await bench().open();
      expect(await fresh.listLabels()).toEqual([moved, { ...label, subject: 'other', packageId: other.id }]);
      await registry.removeLabel('atlas', 'v1.4');
      await expect(registry.removeLabel('atlas', 'v1.4')).rejects.toEqual(coded('NOT_FOUND', 'v1.4'));
      expect(await registry.listLabels('atlas')).toEqual([]);
      await registry.addLabel(a.id, 'v1.4');
    });

    test('a label is text that cannot be confused with other names of a package', async () => {
      const { registry } = bench();
      const { id } = await bench().archive({ a: 'a' });
      const refused = [
        '',
        '-a',
        'a b',
        'latest',
        'LATEST',
        'cafe',
        '3f9c1d20',
        'deadbeef00',
        'latest~1',
        'x'.repeat(101),
        '\ud800',
      ];
      for (const label of refused) await expect(registry.addLabel(id, label)).rejects.toEqual(coded('USAGE'));
      const taken = ['v', '2026-09-01', 'release/1.4', 'caf', 'x'.repeat(100)];
      for (const label of taken) await registry.addLabel(id, label);
      expect((await registry.listLabels('atlas')).map(({ label }) => label).sort()).toEqual(taken.sort());
    });

    test('a note is amended, and the manifest keeps the first one', async () => {
      const { registry } = bench();
      const { id, manifestDigest } = await bench().archive({ a: 'a' }, { metadata: { note: 'first' } });
      const plain = await bench().archive({ a: 'b' });
      expect(await registry.listNotes()).toEqual([{ packageId: id, note: 'first', actor: 'tester', amendedAt: null }]);
      const head = await registry.eventHead();
      await registry.amendNote(id, 'first');
      for (const note of [' ', 'x'.repeat(2 * 1024 * 1024)]) {
        await expect(registry.amendNote(id, note)).rejects.toEqual(coded('USAGE', 'note'));
      }
      expect(await registry.eventHead()).toEqual(head);
      await registry.amendNote(id, 'second');
      await registry.amendNote(plain.id, 'now it has one');
      const notes = await (await bench().open()).listNotes();
      expect(notes.map(({ packageId, note }) => [packageId, note])).toEqual([
        [id, 'second'],
        [plain.id, 'now it has one'],
      ]);
      expect(await registry.getPackage(id)).toMatchObject({ manifestDigest });
      expect((await registry.getManifest(id)).package.metadata).toEqual({ note: 'first' });
    });

    test('a missing package gets neither', async () => {
      const unknown = '01890a5d-ac96-774b-bcce-b302099a8057';
      const missing = coded('NOT_FOUND', unknown);
      await expect(bench().registry.addLabel(unknown, 'v1')).rejects.toEqual(missing);
      await expect(bench().registry.amendNote(unknown, 'why')).rejects.toEqual(missing);
    });
  });

  describe('a purge', () => {
    const bench = useBench(makeStore);

    test('leaves a certificate with its reason, and the bytes to the next collection', async () => {
      const { registry } = bench();
      const { id } = await bench().archive({ a: 'a' }, { retentionClass: 'permanent-record' });
      await registry.addLabel(id, 'v1');
      const kept = await bench().archive({ b: 'b' });
      await expect(registry.purgePackage(id, ' ')).rejects.toMatchObject({ code: 'USAGE' });
      const certificate = { id, reason: 'holds a password', disposedBy: 'tester', expiresAt: null };
      expect(await registry.purgePackage(id.slice(-8), 'holds a password')).toMatchObject(certificate);
      await expect(registry.purgePackage(id, 'again')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await (await bench().open()).getTombstone(id)).toMatchObject(certificate);
      expect(await registry.getLabel('atlas', 'v1')).toMatchObject({ packageId: id });
      expect(await registry.listPackages()).toMatchObject([{ id: kept.id }]);
      const { disposed, removed } = await registry.collectGarbage({ graceMs: 0 });
      expect({ disposed, objects: removed.objects }).toEqual({ disposed: [], objects: 1 });
      expect(await bench().verify(kept.id)).toMatchObject([{ damage: [] }]);
    });

    test('is refused under a hold', async () => {
      const { registry } = bench();
      const { id } = await bench().archive({ a: 'a' });
      const hold = await registry.applyHold(id, 'a lawsuit');
      const refused = { code: 'STATE_CONFLICT', message: expect.stringContaining('a lawsuit') };
      await expect(registry.purgePackage(id, 'why')).rejects.toMatchObject(refused);
      await registry.releaseHold(hold, 'over');
      await registry.purgePackage(id, 'why');
    });
  });

  describe('a collection of garbage', () => {
    const bench = useBench(makeStore);

    test('spares the last package of a subject or the given number, unless told otherwise', async () => {
      const { registry } = bench();
      const short = { retentionClass: 'transient' };
      const [a1, a2, a3] = [
        await bench().archive({ a: '1' }, short),
        await bench().archive({ a: '2' }, short),
        await bench().archive({ a: '3' }, short),
      ].map(({ id }) => id);
      const old = await bench().archive({ b: '1' }, { ...short, subject: 'other' });
      await bench().archive({ b: '2' }, { subject: 'other' });
      bench().now = new Date('2025-02-01T00:00:00Z');
      const graceMs = 3_600_000;
      for (const keepLast of [-1, 0.5, Number.NaN]) {
        await expect(registry.collectGarbage({ graceMs, keepLast })).rejects.toMatchObject({ code: 'USAGE' });
      }
      const would = async (rules: object) => {
        const { disposed, spared } = await registry.collectGarbage({ graceMs, dryRun: true, ...rules });
        const { leaving } = await registry.listDisposable(rules);
        expect(leaving.map(({ id }) => id)).toEqual(disposed);
        return [disposed, spared];
      };
      expect(await would({})).toEqual([[a1, a2, old.id], [a3]]);
      expect(await would({ includeLast: true })).toEqual([[a1, a2, a3, old.id], []]);
      expect(await would({ keepLast: 2 })).toEqual([[a1], [a2, a3, old.id]]);
      expect(await would({ keepLast: 1, includeLast: true })).toEqual([[a1, a2, old.id], [a3]]);
      expect((await registry.collectGarbage({ graceMs })).disposed).toEqual([a1, a2, old.id]);
      expect((await registry.collectGarbage({ graceMs })).disposed).toEqual([]);
      expect((await registry.collectGarbage({ graceMs, includeLast: true })).disposed).toEqual([a3]);
    });
  });
}
