import type { ReadConnection } from '../../src/artifact-store/database/database.ts';
import { eventDigest } from '../../src/artifact-store/log/event-digest.ts';
import type { StoreFinding } from '../../src/artifact-store/maintenance/check-finding.ts';
import { checkStore } from '../../src/artifact-store/maintenance/check-store.ts';
import { collect } from './fixtures.ts';
import { makeHistory, misplaceContents, useEmbeddedBench } from './rebuild-fixtures.ts';

const bench = useEmbeddedBench();

const DEEP = ['event log', 'event mirror', 'views', 'packs', 'contents', 'packages', 'objects'];

async function check(): Promise<StoreFinding[]> {
  const findings = await collect(checkStore(bench().store.config, { deep: true }));
  return findings.filter(({ what }) => DEEP.includes(what));
}

/** What is not as it should be, a line each. */
async function faults(): Promise<string[]> {
  const found = (await check()).filter(({ status }) => status !== 'ok');
  return found.map(({ what, status, detail }) => `${what} ${status}: ${detail}`);
}

const named = (...words: string[]) => expect.stringMatching(words.map((word) => `(?=.*${word})`).join(''));

test('finds nothing in a store that is sound', async () => {
  await makeHistory(bench());
  const events = await bench().registry.verifyEvents();
  expect(await check()).toEqual([
    { what: 'event log', status: 'ok', detail: `${events} events` },
    { what: 'event mirror', status: 'ok', detail: `${events} events in storage` },
    ...DEEP.slice(2).map((what) => ({ what, status: 'ok', detail: expect.any(String) })),
  ]);
});

test('finds nothing in an empty store', async () => {
  expect(await faults()).toEqual([]);
});

const event = (db: ReadConnection, sequence: number) =>
  db.selectFrom('events').selectAll().where('sequence', '=', sequence).executeTakeFirstOrThrow();

describe('an event log that was edited by hand', () => {
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
  ])('is named: %s', async (_, edit) => {
    await bench().archive({ a: 'a' });
    await bench().archive({ b: 'b' });
    await bench().inDatabase(edit);
    await expect(bench().registry.verifyEvents()).rejects.toMatchObject({ message: named('sequence 3') });
    expect(await faults()).toEqual([named('event log failed', 'sequence 3')]);
  });

  test('is named: an appended row', async () => {
    await bench().archive({ a: 'a' });
    await bench().inDatabase(async (db) => {
      const last = await event(db, 4);
      await db
        .insertInto('events')
        .values({ ...last, sequence: 5 })
        .execute();
    });
    await expect(bench().registry.verifyEvents()).rejects.toMatchObject({ message: named('sequence 5') });
    expect(await faults()).toEqual([named('event log failed', 'sequence 5')]);
  });

  test('is told from its mirror even when its chain was made anew', async () => {
    await bench().archive({ a: 'a' });
    const { head, events } = await forgedLog();
    await bench().inDatabase(async (db) => {
      await db.deleteFrom('events').execute();
      await db.insertInto('events').values(events).execute();
      await db.updateTable('event_head').set(head).execute();
    });
    await expect(bench().registry.verifyEvents()).rejects.toMatchObject({ message: named('events 1 to 4') });
    expect(await faults()).toEqual(
      expect.arrayContaining([named('event mirror failed', '1 to 4'), named('views failed')]),
    );
  });

  /** The log with other subjects, a chain in itself. */
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

describe('names what does not agree', () => {
  test('a view that was changed, lost or invented', async () => {
    const { kept, held } = await makeHistory(bench());
    await bench().inDatabase(async (db) => {
      await db.updateTable('packages').set({ expires_at: null }).where('id', '=', kept).execute();
      await db.deleteFrom('holds').where('package_id', '=', held).execute();
      await db.insertInto('removed_objects').values({ storage_key: 'packs/x', removed_at: 'now' }).execute();
    });
    expect(await faults()).toEqual([
      named('views failed', 'packages', kept),
      named('views failed', 'holds', 'missing'),
      named('views failed', 'removed_objects', 'packs/x'),
    ]);
  });

  test('a segment that is gone', async () => {
    await bench().archive({ a: 'a' });
    await bench().archive({ b: 'b' });
    await bench().damage('events/0000000000000005');
    expect(await faults()).toEqual([named('event mirror failed', '5 to 8', 'store repair')]);
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
    await expect(bench().registry.verifyEvents()).rejects.toMatchObject({
      code: 'INTEGRITY',
      message: named('storage has event 1', 'emptied', 'rebuild'),
    });
    const plain = await collect(checkStore(bench().store.config));
    expect(plain.filter(({ status }) => status === 'failed')).toEqual([
      { what: 'event mirror', status: 'failed', detail: named('storage has event 1', 'ends with 0') },
    ]);
    expect(await faults()).toContainEqual(named('event mirror failed', 'storage has event 1'));
  });

  test('without --deep, events that are not in storage', async () => {
    await bench().archive({ a: 'a' });
    await bench().damage('events/0000000000000001');
    const plain = await collect(checkStore(bench().store.config));
    expect(plain.filter(({ status }) => status === 'failed').map(({ detail }) => detail)).toEqual([
      named('1 to 4', 'store repair'),
    ]);
  });

  test('a registry that was set back', async () => {
    const { registry } = bench();
    const { id } = await bench().archive({ a: 'a' });
    const older = await bench().rows();
    await registry.applyHold(id, 'one');
    await registry.applyHold(id, 'two');
    await bench().inDatabase(async (db) => {
      await db.deleteFrom('events').where('sequence', '>', 4).execute();
      await db.deleteFrom('holds').execute();
      const [{ sequence, digest }] = older['event_head'] as [{ sequence: number; digest: Uint8Array }];
      await db.updateTable('event_head').set({ sequence, digest }).execute();
    });
    expect(await faults()).toEqual([named('event mirror failed', 'event 6', 'ends with 4', 'rebuild')]);
  });

  test.each<[what: string, change: ((bytes: Buffer) => Uint8Array) | undefined, said: string]>([
    ['gone', undefined, 'is gone'],
    ['longer', (bytes) => Buffer.concat([bytes, Buffer.from('x')]), 'bytes instead of'],
    ['changed in its trailer', (bytes) => bytes.fill(0, bytes.length - 70, bytes.length - 60), 'trailer changed'],
  ])('a pack that is %s', async (_, change, said) => {
    await bench().archive({ a: 'a' });
    await bench().damage('packs/', change);
    expect(await faults()).toEqual([named('packs failed', said)]);
  });

  test('contents that lie elsewhere than the registry says, in no pack, or nowhere', async () => {
    const { id } = await bench().archive({ a: 'first', b: 'second', c: 'third' });
    await misplaceContents(bench());
    expect(await faults()).toEqual([
      named('packs failed', 'lacks 1 contents'),
      named('contents failed', '1 lie in no pack'),
      named('packages failed', id, '"c"', 'missing'),
    ]);
  });

  test('a manifest that is gone, and one that the registry tells otherwise', async () => {
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

  test('contents that are marked as damaged', async () => {
    const { id } = await bench().archive({ a: 'a' });
    await bench().inDatabase((db) => db.updateTable('contents').set({ damaged_at: 'now' }).execute());
    expect(await faults()).toEqual([named('packages failed', id, '"a"', 'damaged')]);
  });

  test('objects that nothing names', async () => {
    await bench().archive({ a: 'a' });
    for (const key of ['packs/00/x', 'objects/00/y', `manifests/00/${'0'.repeat(64)}`]) {
      await bench().store.storage.put(key, [Buffer.from('12')]);
    }
    expect(await faults()).toEqual([named('objects warning', '3 objects, 6 bytes')]);
  });

  test('the first of many alone', async () => {
    const tree = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`file ${i}`, `content ${i}`]));
    await bench().archive(tree);
    await bench().inDatabase((db) => db.deleteFrom('contents').execute());
    const said = await faults();
    expect(said).toHaveLength(21);
    expect(said.at(-1)).toBe('packages failed: and 10 more');
  });
});
