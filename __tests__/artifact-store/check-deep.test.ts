import type { ReadConnection } from '../../src/artifact-store/database/database.ts';
import { eventDigest } from '../../src/artifact-store/log/event-digest.ts';
import type { StoreFinding } from '../../src/artifact-store/maintenance/check-finding.ts';
import { checkStore } from '../../src/artifact-store/maintenance/check-store.ts';
import { collect } from './fixtures.ts';
import { makeHistory, misplaceContents, useEmbeddedBench } from './rebuild-fixtures.ts';

const bench = useEmbeddedBench();

const DEEP = ['log', 'registry', 'copies', 'packs', 'contents', 'packages', 'objects'];

/** The findings of comparisons, without those of the trial writes before. */
async function check({ deep } = { deep: true }): Promise<StoreFinding[]> {
  const findings = await collect(checkStore(bench().store.config, { deep }));
  return findings.slice(findings.findIndex(({ what }) => what === 'log'));
}

/** The findings, one a line. */
async function faults(options?: { deep: boolean }): Promise<string[]> {
  const found = (await check(options)).filter(({ status }) => status !== 'ok');
  return found.map(({ what, status, detail }) => `${what} ${status}: ${detail}`);
}

const named = (...words: string[]) => expect.stringMatching(words.map((word) => `(?=.*${word})`).join(''));

test('finds nothing in a sound store', async () => {
  await makeHistory(bench());
  const events = await bench().registry.verifyEvents();
  expect(await check()).toEqual([
    { what: 'log', status: 'ok', detail: `${events} events` },
    ...DEEP.slice(1).map((what) => ({ what, status: 'ok', detail: expect.any(String) })),
  ]);
});

test('finds nothing in an empty store', async () => {
  expect(await faults()).toEqual([]);
});

const event = (db: ReadConnection, sequence: number) =>
  db.selectFrom('events').selectAll().where('sequence', '=', sequence).executeTakeFirstOrThrow();

describe('a log edited by hand', () => {
  test.each<[what: string, edit: (db: ReadConnection) => Promise<unknown>]>([
    ['a changed row', (db) => db.updateTable('events').set({ actor: 'x' }).where('sequence', '=', 3).execute()],
    ['a removed row', (db) => db.deleteFrom('events').where('sequence', '=', 3).execute()],
    [
      'two swapped rows',
      async (db) => {
        for (const [from, to] of [
          [3, 1000],
          [4, 3],
          [1000, 4],
        ] as const)
          await db.updateTable('events').set({ sequence: to }).where('sequence', '=', from).execute();
      },
    ],
  ])('is reported: %s', async (_, edit) => {
    await bench().archive({ a: 'a' });
    await bench().archive({ b: 'b' });
    await bench().inDatabase(edit);
    await expect(bench().registry.verifyEvents()).rejects.toMatchObject({ message: named('sequence 3') });
    expect(await faults()).toEqual([named('log failed', 'sequence 3')]);
  });

  test('is reported: an appended row', async () => {
    await bench().archive({ a: 'a' });
    await bench().inDatabase(async (db) => {
      const last = await event(db, 4);
      await db
        .insertInto('events')
        .values({ ...last, sequence: 5 })
        .execute();
    });
    await expect(bench().registry.verifyEvents()).rejects.toMatchObject({ message: named('sequence 5') });
    expect(await faults()).toEqual([named('log failed', 'sequence 5')]);
  });

  test('is found by comparison with storage, even with a recomputed chain', async () => {
    await bench().archive({ a: 'a' });
    const { head, events } = await forgedLog();
    await bench().inDatabase(async (db) => {
      await db.deleteFrom('events').execute();
      await db.insertInto('events').values(events).execute();
      await db.updateTable('event_head').set(head).execute();
    });
    await expect(bench().registry.verifyEvents()).rejects.toMatchObject({ message: named('Event 1 ', 'rebuild') });
    expect(await faults()).toEqual([named('log failed', 'Event 1 ')]);
  });

  /** The log with other subjects, as a valid chain. */
  async function forgedLog() {
    const copy = await bench().inDatabase(async (db) => ({
      events: await db.selectFrom('events').selectAll().execute(),
      head: await db.selectFrom('event_head').select(['sequence', 'digest']).executeTakeFirstOrThrow(),
    }));
    let digest: Uint8Array = Buffer.alloc(32);
    const events = copy.events.map((row) => {
      const forged = { ...row, subject_id: row.subject_id.replaceAll('a', 'b'), previous_digest: digest };
      digest = eventDigest(forged);
      return forged;
    });
    return { events, head: { ...copy.head, digest } };
  }
});

describe('reports what does not agree', () => {
  test('a table row that was changed, removed or added', async () => {
    const { kept, held } = await makeHistory(bench());
    await bench().inDatabase(async (db) => {
      await db.updateTable('packages').set({ expires_at: null }).where('id', '=', kept).execute();
      await db.deleteFrom('holds').where('package_id', '=', held).execute();
      await db.insertInto('removed_objects').values({ storage_key: 'packs/x', removed_at: 'now' }).execute();
    });
    expect(await faults()).toEqual([
      named('registry failed', 'packages', kept),
      named('registry failed', 'holds', 'missing'),
      named('registry failed', 'removed_objects', 'packs/x'),
    ]);
  });

  test('a package with other packs than it needs', async () => {
    const { id } = await bench().archive({ a: 'a' });
    await bench().inDatabase((db) => db.deleteFrom('package_packs').execute());
    expect(await faults()).toEqual([named('registry failed', id, 'needs other packs')]);
  });

  describe.each([true, false])('with and without --deep (%s)', (deep) => {
    const flip = (bytes: Buffer) => {
      bytes[bytes.length - 5]! ^= 1;
      return bytes;
    };

    test.each<[what: string, segment: number, change: ((bytes: Buffer) => Uint8Array) | undefined]>([
      ['is gone', 1, undefined],
      ['was changed', 1, flip],
      ['was changed', 2, flip],
    ])('a segment that %s (%i)', async (_, segment, change) => {
      await bench().archive({ a: 'a' });
      await bench().archive({ b: 'b' });
      await bench().damage(`log/000000000000000${segment}`, change);
      expect((await faults({ deep }))[0]).toEqual(named('log failed', `${segment}`));
      await expect(bench().registry.verifyEvents()).rejects.toMatchObject({ code: 'INTEGRITY' });
    });

    test('a log cut at its end', async () => {
      await bench().archive({ a: 'a' });
      await bench().archive({ b: 'b' });
      await bench().loseCopies();
      await bench().damage('log/0000000000000002');
      expect(await faults({ deep })).toEqual([named('log failed', 'segment 2', 'ends with segment 1', 'rebuild')]);
      await expect(bench().registry.verifyEvents()).rejects.toMatchObject({ code: 'INTEGRITY' });
    });

    /** Seen to pass: "0 events in storage", exit 0. */
    test('a registry that was emptied', async () => {
      await bench().archive({ a: 'a' });
      await bench().inDatabase(async (db) => {
        for (const table of ['events', 'packages', 'packs', 'contents'] as const) await db.deleteFrom(table).execute();
        await db
          .updateTable('event_head')
          .set({ sequence: 0, digest: Buffer.alloc(32) })
          .execute();
      });
      const expected = named('Event 1 ', 'differs from the log', 'rebuild');
      await expect(bench().registry.verifyEvents()).rejects.toMatchObject({ code: 'INTEGRITY', message: expected });
      expect((await faults({ deep }))[0]).toEqual(expected);
    });
  });

  test.each<[what: string, change: ((bytes: Buffer) => Uint8Array) | undefined, expected: string]>([
    ['gone', undefined, 'is missing'],
    ['longer', (bytes) => Buffer.concat([bytes, Buffer.from('x')]), 'bytes instead of'],
    ['changed in its trailer', (bytes) => bytes.fill(0, bytes.length - 70, bytes.length - 60), 'trailer changed'],
  ])('a pack that is %s', async (_, change, expected) => {
    await bench().archive({ a: 'a' });
    await bench().damage('packs/', change);
    expect(await faults()).toEqual([named('packs failed', expected)]);
  });

  test('contents that are elsewhere than the registry records, in no pack, or missing', async () => {
    const { id } = await bench().archive({ a: 'first', b: 'second', c: 'third' });
    await misplaceContents(bench());
    expect(await faults()).toEqual([
      named('packs failed', 'other contents than the log says'),
      named('contents failed', '1 are in no pack'),
      named('packages failed', id, '"c"', 'missing'),
    ]);
  });

  test('a missing manifest, and one that the registry describes differently', async () => {
    const first = await bench().archive({ a: 'a' });
    await bench().damage('manifests/');
    const second = await bench().archive({ b: 'b' });
    await bench().inDatabase((db) =>
      db.updateTable('packages').set({ total_bytes: 77 }).where('id', '=', second.id).execute(),
    );
    expect((await faults()).filter((line) => line.startsWith('packages'))).toEqual([
      named('packages failed', first.id, 'missing'),
      named('packages failed', second.id, 'disagree'),
    ]);
  });

  test('contents marked as damaged', async () => {
    const { id } = await bench().archive({ a: 'a' });
    await bench().inDatabase((db) => db.updateTable('contents').set({ damaged_at: 'now' }).execute());
    expect(await faults()).toEqual([named('packages failed', id, '"a"', 'damaged')]);
  });

  test('objects that nothing references', async () => {
    await bench().archive({ a: 'a' });
    for (const key of ['packs/00/x', 'objects/00/y', `manifests/00/${'0'.repeat(64)}`]) {
      await bench().store.storage.put(key, [Buffer.from('12')]);
    }
    expect(await faults()).toEqual([named('objects warning', '3 objects, 6 bytes')]);
  });

  test('only the first of many faults', async () => {
    const tree = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`file ${i}`, `content ${i}`]));
    await bench().archive(tree);
    await bench().inDatabase((db) => db.deleteFrom('contents').execute());
    const expected = (await faults()).filter((line) => line.startsWith('packages'));
    expect(expected).toHaveLength(21);
    expect(expected.at(-1)).toBe('packages failed: and 10 more');
  });
});
