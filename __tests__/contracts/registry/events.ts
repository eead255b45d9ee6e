import { zstdDecompressSync } from 'node:zlib';
import type { ReadConnection } from '../../../src/artifact-store/database/database.ts';
import { type CborValue, decodeCbor, encodeCbor } from '../../../src/artifact-store/encoding/cbor.ts';
import { wasmBlake3 } from '../../../src/artifact-store/identity/hasher.ts';
import type { RecordedEvent } from '../../../src/artifact-store/recorded-event.ts';
import { collect, noise } from '../../artifact-store/fixtures.ts';
import { type MakeStore, useBench } from './bench.ts';

const { hash } = wasmBlake3();

function digestOf(event: RecordedEvent): Buffer {
  const { sequence, created_at, event_type, subject_kind, subject_id, actor, payload_digest, previous_digest } = event;
  return hash(
    encodeCbor([sequence, created_at, event_type, subject_kind, subject_id, actor, payload_digest, previous_digest]),
  );
}

export function describeEvents(makeStore: MakeStore, inTheClear: jest.It = test): void {
  describe('the event log', () => {
    const bench = useBench(makeStore);
    const later = new Date('2026-06-01T00:00:00Z');

    /** Nine events: four of a package with a pack, its label, and four of later changes. */
    async function history(): Promise<string> {
      const { registry } = bench();
      const { id } = await bench().archive(
        { small: 'small', large: noise(1_100_000, 3) },
        { retentionClass: 'transient', metadata: { note: 'n' } },
      );
      await registry.addLabel(id, 'first');
      bench().now = later;
      await registry.extendRetention(id, null, 'a treasure');
      await registry.releaseHold(await registry.applyHold(id, 'a lawsuit', new Date('2027-01-01T00:00:00Z')), 'over');
      await registry.applyHold(id, 'another');
      return id;
    }

    test('records every change of state, with time and actor', async () => {
      const id = await history();
      const events = await collect(bench().registry.tailEvents());
      expect(events.map((event) => [event.sequence, event.event_type, event.subject_kind])).toEqual([
        [1, 'v1.package.created', 'package'],
        [2, 'v1.retention.default_applied', 'package'],
        [3, 'v1.pack.sealed', 'pack'],
        [4, 'v1.package.finalized', 'package'],
        [5, 'v1.label.set', 'package'],
        [6, 'v1.retention.extended', 'package'],
        [7, 'v1.hold.applied', 'package'],
        [8, 'v1.hold.released', 'package'],
        [9, 'v1.hold.applied', 'package'],
      ]);
      expect(events.every(({ actor }) => actor === 'tester')).toBe(true);
      expect(events.map(({ created_at }) => created_at)).toEqual([
        ...Array(5).fill('2025-01-01T00:00:00.000Z'),
        ...Array(4).fill(later.toISOString()),
      ]);
      const packs = events.filter(({ subject_kind }) => subject_kind === 'pack').map(({ subject_id }) => subject_id);
      expect(packs.sort()).toEqual(await bench().stored('packs/', 'objects/'));
      expect(events.filter(({ subject_kind }) => subject_kind === 'package').every((e) => e.subject_id === id)).toBe(
        true,
      );
    });

    inTheClear('describes the whole package in its payloads', async () => {
      const id = await history();
      const { manifestDigest, contentDigest } = await bench().registry.getPackage(id);
      const [pack] = await bench().stored('packs/');
      const payloads = (await collect(bench().registry.tailEvents())).map(({ payload }) => decodeCbor(payload));
      expect(payloads[0]).toEqual({ producer: 'bench', subject: 'atlas', metadata: { note: 'n' } });
      expect(payloads[1]).toEqual({ retention_class: 'transient', expires_at: '2025-01-08T00:00:00.000Z' });
      expect(payloads[3]).toEqual({
        producer: 'bench',
        subject: 'atlas',
        created_at: '2025-01-01T00:00:00.000Z',
        retention_class: 'transient',
        expires_at: '2025-01-08T00:00:00.000Z',
        manifest_digest: manifestDigest,
        content_digest: contentDigest,
        file_count: 2,
        total_bytes: 1_100_005,
        // With them, the list of the large content's chunks.
        packs: [[pack, expect.any(Number)]],
      });
      expect(payloads[5]).toEqual({ expires_at: null, reason: 'a treasure' });
      expect(payloads[6]).toMatchObject({ reason: 'a lawsuit', until: '2027-01-01T00:00:00.000Z' });
      expect(payloads[7]).toEqual({ ...(payloads[6] as object), reason: 'over', until: undefined });
    });

    test('chains each event to the previous one by its digest', async () => {
      await history();
      let previous: Buffer = Buffer.alloc(32);
      for (const event of await collect(bench().registry.tailEvents())) {
        expect(Buffer.from(event.previous_digest)).toEqual(previous);
        expect(Buffer.from(event.payload_digest)).toEqual(hash(event.payload));
        previous = digestOf(event);
      }
      expect(await bench().registry.verifyEvents()).toBe(9);
    });

    inTheClear('is in storage, with a segment for each change, which names the previous one', async () => {
      await history();
      const keys = await bench().stored('log/');
      expect(keys).toEqual([1, 2, 3, 4, 5, 6].map((n) => `log/000000000000000${n}`));
      const { store_id } = JSON.parse(Buffer.from(await bench().store.storage.get('store.json')).toString());
      const segments: Record<string, CborValue>[] = [];
      let previous: Buffer = Buffer.alloc(32);
      for (const [i, key] of keys.entries()) {
        const stored = await bench().store.storage.get(key);
        expect(Buffer.from(stored.subarray(0, 8)).toString('latin1')).toBe(
          i === 0 ? 'ASLG\x02\0\0\0' : 'ASLG\x01\0\0\0',
        );
        const segment = decodeCbor(zstdDecompressSync(stored.subarray(12))) as Record<string, CborValue>;
        expect(segment).toMatchObject({ segment: i + 1, store_id, previous });
        expect(segment['nonce']).toHaveLength(16);
        previous = hash(stored);
        segments.push(segment);
      }
      const head = { store: expect.any(String), segment: 6, digest: `blake3:${previous.toString('hex')}` };
      expect(await bench().registry.logHead()).toEqual(head);
      const output = segments.flatMap(({ events }) => events as CborValue[]);
      expect(output).toEqual(
        (await collect(bench().registry.tailEvents())).map((event) => [
          event.sequence,
          event.created_at,
          event.event_type,
          event.subject_kind,
          event.subject_id,
          event.actor,
          event.payload,
          event.previous_digest,
        ]),
      );
      const sealed = segments.map(({ packs }) => (packs as [string][]).map(([key]) => key).sort());
      expect(sealed).toEqual([await bench().stored('objects/', 'packs/'), [], [], [], [], []]);
    });

    test('has a random number in each segment, by which its writer recognizes it', async () => {
      const { id } = await bench().archive({ a: 'a' });
      for (let i = 0; i < 20; i++) await bench().registry.applyHold(id, 'the same');
      const nonces = new Set<string>();
      for (const key of await bench().stored('log/')) {
        const segment = decodeCbor(zstdDecompressSync((await bench().store.storage.get(key)).subarray(12)));
        nonces.add(Buffer.from((segment as { nonce: Uint8Array }).nonce).toString('hex'));
      }
      expect(nonces.size).toBe(21);
    });

    test('contains nothing of a refused change', async () => {
      const id = await history();
      const before = await bench().stored('');
      await expect(bench().registry.extendRetention(id, new Date(0), 'why')).rejects.toMatchObject({
        code: 'STATE_CONFLICT',
      });
      expect(await bench().stored('')).toEqual(before);
    });

    test('is read from any event on', async () => {
      await history();
      const sequences = async (after: number) =>
        (await collect(bench().registry.tailEvents(after))).map(({ sequence }) => sequence);
      expect(await sequences(7)).toEqual([8, 9]);
      expect(await sequences(9)).toEqual([]);
    });

    test('is empty and sound at first', async () => {
      expect(await bench().registry.verifyEvents()).toBe(0);
    });

    test('is verified past the end of a page of rows', async () => {
      // One transaction records the damage to every content, which is far faster than as many changes.
      const { id } = await bench().archive(
        Object.fromEntries(Array.from({ length: 1010 }, (_, i) => [`${i}`, `${i}`])),
      );
      await bench().damage('packs/');
      await collect(bench().registry.verifyPackages([id], undefined, { record: true }));
      expect(await bench().registry.verifyEvents()).toBe(1015);
      expect(await collect(bench().registry.tailEvents())).toHaveLength(1015);
    });

    test('is verified while it grows', async () => {
      const { registry } = bench();
      const { id } = await bench().archive({ a: 'a' });
      const [verified] = await Promise.all([registry.verifyEvents(), registry.applyHold(id, 'meanwhile')]);
      expect(verified).toBeGreaterThanOrEqual(4);
    });

    const event = (db: ReadConnection, sequence: number) =>
      db.selectFrom('events').selectAll().where('sequence', '=', sequence).executeTakeFirstOrThrow();
    const change = (db: ReadConnection, sequence: number, values: Partial<RecordedEvent>) =>
      db.updateTable('events').set(values).where('sequence', '=', sequence).execute();
    const remove = (db: ReadConnection, sequence: number) =>
      db.deleteFrom('events').where('sequence', '=', sequence).execute();

    test.each<[what: string, sequence: number, tamper: (db: ReadConnection) => Promise<unknown>]>([
      ['a changed payload', 6, (db) => change(db, 6, { payload: encodeCbor({ expires_at: null, reason: 'forged' }) })],
      [
        'a changed payload with its digest',
        6,
        (db) => {
          const payload = encodeCbor({ expires_at: null, reason: 'forged' });
          return change(db, 6, { payload, payload_digest: hash(payload) });
        },
      ],
      ['a changed actor', 6, (db) => change(db, 6, { actor: 'someone else' })],
      ['a changed time', 1, (db) => change(db, 1, { created_at: '2024-01-01T00:00:00.000Z' })],
      ['a changed type', 8, (db) => change(db, 8, { event_type: 'v1.hold.applied' })],
      ['a changed subject', 9, (db) => change(db, 9, { subject_id: 'other' })],
      ['a changed link', 7, (db) => change(db, 7, { previous_digest: Buffer.alloc(32, 7) })],
      ['a removed first row', 1, (db) => remove(db, 1)],
      ['a removed row', 7, (db) => remove(db, 7)],
      ['a removed last row', 9, (db) => remove(db, 9)],
      ['all rows removed', 1, (db) => db.deleteFrom('events').execute()],
      [
        'two swapped rows',
        7,
        async (db) => {
          await change(db, 7, { sequence: 1000 });
          await change(db, 8, { sequence: 7 });
          await change(db, 1000, { sequence: 8 });
        },
      ],
      [
        'an appended row that fits the chain',
        10,
        async (db) => {
          const last = await event(db, 9);
          await db
            .insertInto('events')
            .values({ ...last, sequence: 10, previous_digest: digestOf(last) })
            .execute();
        },
      ],
      [
        'a row put in between',
        7,
        async (db) => {
          for (const sequence of [9, 8, 7]) await change(db, sequence, { sequence: sequence + 1 });
          const before = await event(db, 6);
          await db
            .insertInto('events')
            .values({ ...before, sequence: 7 })
            .execute();
        },
      ],
      [
        'a changed head',
        9,
        (db) =>
          db
            .updateTable('event_head')
            .set({ digest: Buffer.alloc(32, 7) })
            .execute(),
      ],
    ])('shows %s at sequence %i', async (_, sequence, tamper) => {
      await history();
      await bench().inDatabase(tamper);
      await expect(bench().registry.verifyEvents()).rejects.toMatchObject({
        code: 'INTEGRITY',
        message: expect.stringMatching(new RegExp(`sequence ${sequence}\\b`)),
      });
    });
  });
}
