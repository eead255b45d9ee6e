/**
 * Random sequences of what several clients, each with a database of its own, do to one storage, checked after each step
 * against a model of the log in memory. Clients are killed and not told what became of a change, have clocks that are wrong,
 * databases that are older copies, lost or of another store. A failure prints its seed and the shortest sequence that was
 * found.
 *
 * `TEST_SEED=<seed>` runs the same sequences again; `TEST_MODEL_RUNS=<number>` runs more of them, as a nightly run does (500
 * take about half an hour).
 */
import fc from 'fast-check';
import type { Registry } from '../../../src/artifact-store/registry.ts';
import { temporaryFolder } from '../../infospace/fixtures.ts';
import type { Disturbance } from './faulty-storage.ts';
import { CLASS_DAYS, type Class, DAY_MS, fact, factOf, HOUR_MS, Model, textOf } from './model.ts';
import { CLIENTS, CONTENTS, isDisturbance, type Kind, Store } from './store.ts';

export const RUNS: number = Number(process.env['TEST_MODEL_RUNS'] ?? 8);
/** For all runs and, when one fails, for finding a shorter sequence that does. */
export const LIMIT_MS: number = 60_000 + RUNS * 10_000;
/** So that no time is exactly that of an expiry. */
const ODD_MS = 61_000;

/** Everything there is to see must be as in the model. */
async function expectAsModel(model: Model, { observer }: Store): Promise<void> {
  const listed = (await observer.listPackages()).map(({ id, expiresAt }) => [id, expiresAt]);
  expect(listed).toEqual([...model.packages].map(([id, { expiresAt }]) => [id, textOf(expiresAt)]));
  const newest = [...model.packages.keys()].at(-1);
  expect((await observer.latestPackage('model'))?.id).toBe(newest);
  expect((await observer.listTombstones()).map(({ id }) => id).sort()).toEqual([...model.disposed].sort());
  const holds = (await observer.listHolds()).map(({ id, packageId, until, releasedAt }) => [
    id,
    { packageId, until, released: releasedAt !== null },
  ]);
  const knownHolds = [...model.holds].map(([id, hold]) => [id, { ...hold, until: textOf(hold.until) }]);
  expect(Object.fromEntries(holds)).toEqual(Object.fromEntries(knownHolds));
  const labels = (await observer.listLabels()).map(({ label, packageId }) => [label, packageId]);
  expect(Object.fromEntries(labels)).toEqual(Object.fromEntries(model.labels));
  const notes = (await observer.listNotes()).map(({ packageId, note }) => [packageId, note]);
  expect(Object.fromEntries(notes)).toEqual(Object.fromEntries(model.notes));
  const looked = pick(model.packages.keys(), model.looks++);
  if (looked !== undefined) {
    const { eligible, holds: inForce } = await observer.getRetentionState(looked);
    expect(eligible).toBe(model.isEligible(looked));
    expect(inForce.map(({ id }) => id).sort()).toEqual(model.holdsInForce(looked).sort());
  }
}

async function expectWhole(model: Model, { observer }: Store): Promise<void> {
  for await (const { id, damage } of observer.verifyPackages(model.packages.keys()))
    expect({ id, damage }).toEqual({ id, damage: [] });
  await observer.verifyEvents();
}

/** Something that a client is about to do. */
interface Attempt {
  /** All that the log may tell of it. */
  expected: readonly string[];
  /** @returns what was acknowledged. */
  act(): Promise<readonly string[]>;
  /** Errors that it may be refused with. */
  refusals?: readonly string[];
}

type Plan<T> = (model: Model, store: Store, client: number, what: T) => Promise<Attempt | undefined>;

/** A change of one fact. */
function one(expected: string, act: () => Promise<unknown>, refusals: readonly string[] = []): Attempt {
  const acknowledged = async () => {
    await act();
    return [expected];
  };
  return { expected: [expected], act: acknowledged, refusals };
}

interface How {
  client: number;
  /** Whether it reads on before. */
  isFresh: boolean;
  disturbance: Disturbance | undefined;
}

class Step<T> implements fc.AsyncCommand<Model, Store> {
  readonly #plan: Plan<T>;
  readonly #what: T;
  readonly #how: How;

  constructor(plan: Plan<T>, what: T, how: How) {
    this.#plan = plan;
    this.#what = what;
    this.#how = how;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, store: Store): Promise<void> {
    const { client, isFresh, disturbance } = this.#how;
    model.beginStep();
    if (isFresh) {
      await store.client(client).refresh();
      model.hasReadOn(client % CLIENTS);
    }
    let attempt: Attempt | undefined;
    let acknowledged: readonly string[] | undefined;
    const action = async () => {
      attempt = await this.#plan(model, store, client, this.#what);
      acknowledged = (await attempt?.act()) ?? [];
    };
    const error = await (disturbance ? store.disturb(client, disturbance, action) : action().catch((thrown) => thrown));
    if (disturbance?.kind === 'crash') model.open = model.open.filter((open) => open.client !== client % CLIENTS);
    if (error !== undefined && !(disturbance && isDisturbance(error))) {
      // One that has not read on may not know what it is about.
      const stale = isFresh ? [] : ['NOT_FOUND', 'STATE_CONFLICT'];
      if (!attempt) throw error;
      if (![...stale, ...(attempt.refusals ?? [])].includes((error as { code: string }).code)) throw error;
    }
    const news = await store.news();
    for (const event of news) model.apply(event);
    const output = news.map(factOf).filter((each) => each !== undefined);
    const expected = attempt?.expected ?? [];
    expect(expected).toEqual(expect.arrayContaining(output));
    expect(output).toEqual(expect.arrayContaining([...(acknowledged ?? [])]));
    expect(new Set(output).size).toBe(output.length);
    if (acknowledged && isFresh && !disturbance) expect([...output].sort()).toEqual([...expected].sort());
    // A commit reads on first.
    if (acknowledged !== undefined && acknowledged.length > 0) model.hasReadOn(client % CLIENTS);
    await expectAsModel(model, store);
  }

  toString(): string {
    const { client, isFresh, disturbance } = this.#how;
    const how = [
      `client ${client}`,
      isFresh ? 'fresh' : 'stale',
      ...(disturbance ? [JSON.stringify(disturbance)] : []),
    ];
    return `${this.#plan.name}(${how.join(', ')}, ${JSON.stringify(this.#what)})`;
  }
}

/** One of those there are, if there is any. */
function pick<T>(items: Iterable<T>, n: number): T | undefined {
  const all = [...items];
  return all[n % all.length];
}

function timeAt(model: Model, store: Store, client: number): number {
  return model.now + store.clockOf(client).aheadMs;
}

const open: Plan<{ contents: number[]; of: Class }> = async (model, store, client, { contents, of }) => {
  const registry = store.client(client);
  const id = await registry.createPackage({ producer: 'model', subject: 'model', retentionClass: of });
  const days = CLASS_DAYS[of];
  const expiresAt = days === null ? null : timeAt(model, store, client) + days * DAY_MS;
  await store.ingest(registry, id, contents);
  const openedAt = model.now;
  const overtaken = model.isBehind(client % CLIENTS);
  model.begin({ id, client: client % CLIENTS, contents, expiresAt, swept: false, openedAt, overtaken });
  return undefined;
};

function ownOf(model: Model, client: number) {
  return model.open.filter((candidate) => candidate.client === client % CLIENTS);
}

const finalize: Plan<number> = async (model, store, client, n) => {
  const found = pick(ownOf(model, client), n);
  if (found === undefined) return undefined;
  const { id, overtaken, expiresAt } = found;
  const registry = store.client(client);
  const act = async () => {
    model.open = model.open.filter((other) => other !== found);
    try {
      await registry.finalizePackage(id).catch((error: unknown) => {
        // As one does who is not told what became of it: it is one package then.
        if (n % 2 === 0 && isLost(error)) return registry.finalizePackage(id);
        throw error;
      });
    } catch (error) {
      await registry.abandonPackage(id);
      throw error;
    }
  };
  // A writer reads nothing back of what a collection has retired meanwhile.
  const refusals = store.isEncrypted ? ['STATE_CONFLICT'] : [];
  return one(fact.finalized(id, expiresAt), act, overtaken ? ['STATE_CONFLICT', 'INTEGRITY'] : refusals);
};

function isLost(error: unknown): boolean {
  return (error as { code?: string }).code === 'STORE_UNAVAILABLE';
}

const abandon: Plan<number> = async (model, store, client, n) => {
  const found = pick(ownOf(model, client), n);
  if (found === undefined) return undefined;
  model.open = model.open.filter((other) => other !== found);
  await store.client(client).abandonPackage(found.id);
  return undefined;
};

const archive: Plan<{ contents: number[]; of: Class }> = async (model, store, client, what) => {
  await open(model, store, client, what);
  return finalize(model, store, client, ownOf(model, client).length - 1);
};

const extend: Plan<{ n: number; days: number | null }> = async (model, store, client, { n, days }) => {
  const [id, found] = pick(model.packages, n) ?? [];
  if (id === undefined || found === undefined) return undefined;
  const { expiresAt } = found;
  const later = days === null ? null : (expiresAt ?? model.now) + days * DAY_MS;
  const act = () => store.client(client).extendRetention(id, later === null ? null : new Date(later), 'because');
  const isLater = expiresAt !== null && (later === null || later > expiresAt);
  if (isLater) return one(fact.extended(id, later), act);
  return { expected: [], act: refused(act), refusals: ['STATE_CONFLICT'] };
};

/** Something that must not succeed. */
function refused(act: () => Promise<unknown>): () => Promise<never> {
  return async () => {
    await act();
    throw new Error('was not refused');
  };
}

const hold: Plan<{ n: number; days: number | null }> = async (model, store, client, { n, days }) => {
  const packageId = pick(model.packages.keys(), n);
  if (packageId === undefined) return undefined;
  const until = days === null ? null : timeAt(model, store, client) + days * DAY_MS;
  const act = () => store.client(client).applyHold(packageId, 'because', until === null ? null : new Date(until));
  return one(fact.held(packageId, until), act);
};

const release: Plan<number> = async (model, store, client, n) => {
  const [id, found] = pick(model.holds, n) ?? [];
  if (id === undefined || found === undefined) return undefined;
  const act = () => store.client(client).releaseHold(id, 'over');
  if (!found.released) return one(fact.released(id), act);
  return { expected: [], act: refused(act), refusals: ['STATE_CONFLICT'] };
};

const wait: Plan<number> = async (model, store, _, hours) => {
  model.now += hours * HOUR_MS + ODD_MS;
  store.now = model.now;
  return undefined;
};

const turnClock: Plan<number> = async (_, store, client, hours) => {
  store.clockOf(client).aheadMs = hours * HOUR_MS;
  return undefined;
};

const sweep: Plan<null> = async (model, store, client) => {
  const expected = model
    .eligible(timeAt(model, store, client))
    .filter((id) => !model.packages.get(id)!.swept)
    .map(fact.expired);
  return { expected, act: async () => (await store.client(client).sweepRetention()).map(({ id }) => fact.expired(id)) };
};

const LABELS = ['v1', 'v2', 'production'];

const label: Plan<number> = async (model, store, client, n) => {
  const id = pick(model.packages.keys(), n);
  if (id === undefined) return undefined;
  const name = pick(LABELS, n)!;
  const standing = model.labels.get(name);
  const registry = store.client(client);
  if (standing === id) return { expected: [], act: () => registry.addLabel(id, name).then(() => []) };
  if (standing === undefined)
    return one(fact.labelled(id, name), () => registry.addLabel(id, name), ['STATE_CONFLICT']);
  if (n % 2 === 0) return one(fact.labelled(id, name), () => registry.moveLabel(id, name, 'because'));
  return { expected: [], act: refused(() => registry.addLabel(id, name)), refusals: ['STATE_CONFLICT'] };
};

const unlabel: Plan<number> = async (model, store, client, n) => {
  const name = pick(LABELS, n)!;
  const act = () => store.client(client).removeLabel('model', name);
  if (model.labels.has(name)) return one(fact.unlabelled(name), act);
  return { expected: [], act: refused(act), refusals: ['NOT_FOUND'] };
};

const note: Plan<number> = async (model, store, client, n) => {
  const id = pick(model.packages.keys(), n);
  if (id === undefined) return undefined;
  const text = `note ${n % 5}`;
  const act = () => store.client(client).amendNote(id, text);
  if (model.notes.get(id) === text) return { expected: [], act: () => act().then(() => []) };
  return one(fact.noted(id, text), act);
};

const purge: Plan<number> = async (model, store, client, n) => {
  const id = pick(model.packages.keys(), n);
  if (id === undefined) return undefined;
  const act = () => store.client(client).purgePackage(id, 'because');
  const isRightClock = Math.abs(store.clockOf(client).aheadMs) <= DAY_MS;
  if (isRightClock && model.holdsInForce(id).length === 0) return one(fact.disposed(id), act);
  return { expected: [], act: refused(act), refusals: ['STATE_CONFLICT'] };
};

const gc: Plan<{ graceHours: number; includeLast: boolean }> = async (model, store, client, what) => {
  const graceMs = what.graceHours * HOUR_MS;
  const { includeLast } = what;
  const collect = async (registry: Registry) => {
    const { disposed } = await registry.collectGarbage({ graceMs, includeLast });
    return disposed.map(fact.disposed);
  };
  // What the storage's clock tells is right; a clock that is so wrong that it must be looked at removes nothing.
  if (Math.abs(store.clockOf(client).aheadMs) > DAY_MS) {
    return { expected: [], act: refused(() => collect(store.client(client))), refusals: ['STATE_CONFLICT'] };
  }
  model.overtake(graceMs);
  const leaving = model.leaving(includeLast);
  const unsaid = leaving.filter((id) => !model.packages.get(id)!.swept);
  const expected = [...unsaid.map(fact.expired), ...leaving.map(fact.disposed)];
  return { expected, act: () => collect(store.client(client)) };
};

/** Two clients collect while the third one archives. */
const together: Plan<{ contents: number[]; of: Class }> = async (model, store, client, what) => {
  for (let i = 0; i < CLIENTS; i++) {
    store.clockOf(i).aheadMs = 0;
    await store.client(i).refresh();
  }
  const plans = [await archive(model, store, client, what)];
  for (const other of [client + 1, client + 2])
    plans.push(await gc(model, store, other, { graceHours: 1, includeLast: true }));
  return {
    expected: [...new Set(plans.flatMap((plan) => plan?.expected ?? []))],
    act: async () => (await Promise.all(plans.map((plan) => plan!.act()))).flat(),
    refusals: plans.flatMap((plan) => plan?.refusals ?? []),
  };
};

const verify: Plan<number> = async (model, store, _, n) => {
  await expectWhole(model, store);
  const [id, found] = pick(model.packages, n) ?? [];
  if (id !== undefined && found !== undefined) await store.expectBytes(id, found.contents);
  return undefined;
};

/** Whatever becomes of a client's database, it comes to what the log tells. */
const another =
  (what: 'setBack' | 'rebuild' | 'lose'): Plan<null> =>
  async (model, store, client) => {
    await store[what](client);
    model.open = model.open.filter((candidate) => candidate.client !== client % CLIENTS);
    expect(await store.views(store.client(client))).toEqual(await store.views(store.observer));
    return undefined;
  };

const swap: Plan<null> = async (_, store) => {
  await store.expectSwapsRefused();
  return undefined;
};

/** Neighbours, so that packages share some of what is in their packs; few that stay long, so that most of it goes. */
const newPackage = fc.record({
  contents: fc
    .tuple(fc.nat(CONTENTS.length - 1), fc.integer({ min: 1, max: 5 }))
    .map(([first, count]) => [...CONTENTS.keys()].slice(first, first + count)),
  of: fc.oneof<[fc.WeightedArbitrary<Class>, ...fc.WeightedArbitrary<Class>[]]>(
    { weight: 18, arbitrary: fc.constant('transient') },
    { weight: 1, arbitrary: fc.constant('raw-evidence') },
    { weight: 1, arbitrary: fc.constant('permanent-record') },
  ),
});
const n = fc.nat(1000);
const noDisturbance = fc.constant(undefined);
/** A client that comes back has to start its threads, so not too many are killed. */
const sometimes = fc.oneof(
  { weight: 17, arbitrary: noDisturbance },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), after: fc.nat(40) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('lost' as const), after: fc.nat(25) }) },
);
/** Minutes, hours, and years. */
const anyClock = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: -23, max: 23 }) },
  { weight: 1, arbitrary: fc.integer({ min: -20_000, max: 20_000 }) },
);

function steps<T>(
  weight: number,
  plan: Plan<T>,
  what: fc.Arbitrary<T>,
  disturbance: fc.Arbitrary<Disturbance | undefined> = sometimes,
): fc.Arbitrary<fc.AsyncCommand<Model, Store>>[] {
  const how = fc.record({ client: fc.nat(CLIENTS - 1), isFresh: fc.boolean(), disturbance });
  return Array(weight).fill(fc.tuple(what, how).map(([value, chosen]) => new Step(plan, value, chosen)));
}

const COMMANDS = [
  steps(4, archive, newPackage),
  steps(3, open, newPackage, noDisturbance),
  steps(3, finalize, n),
  steps(1, abandon, n, noDisturbance),
  steps(2, extend, fc.record({ n, days: fc.option(fc.integer({ min: -5, max: 20 }), { freq: 10 }) })),
  steps(2, hold, fc.record({ n, days: fc.option(fc.integer({ min: 1, max: 30 }), { freq: 3 }) })),
  steps(2, release, n),
  steps(3, wait, fc.integer({ min: 1, max: 24 * 5 }), noDisturbance),
  steps(1, turnClock, anyClock, noDisturbance),
  steps(2, sweep, fc.constant(null)),
  steps(2, label, n),
  steps(1, unlabel, n),
  steps(1, note, n),
  steps(1, purge, n),
  steps(3, gc, fc.record({ graceHours: fc.constantFrom(0, 1, 24, 24 * 30), includeLast: fc.boolean() })),
  steps(1, together, newPackage, noDisturbance),
  steps(1, verify, n, noDisturbance),
  steps(1, another('setBack'), fc.constant(null), noDisturbance),
  steps(1, another('rebuild'), fc.constant(null), noDisturbance),
  steps(1, another('lose'), fc.constant(null), noDisturbance),
  steps(1, swap, fc.constant(null), noDisturbance),
].flat();

/** Tries sequences on new stores of one kind. */
export async function expectAnySequence(kind: Kind, numRuns: number, maxCommands: number): Promise<void> {
  let done = 0;
  const sequences = fc.commands(COMMANDS, { maxCommands, size: 'max' });
  const property = fc.asyncProperty(sequences, async (commands) => {
    const store = await Store.make(temporaryFolder(), kind);
    const model = new Model(store.now);
    try {
      await fc.asyncModelRun(() => ({ model, real: store }), commands);
      for (let i = 0; i < 2; i++) {
        const how = { client: 0, isFresh: true, disturbance: undefined };
        store.clockOf(0).aheadMs = 0;
        await new Step(gc, { graceHours: 0, includeLast: true }, how).run(model, store);
      }
      await expectWhole(model, store);
      done += [...commands].length;
    } finally {
      await store.close();
    }
  });
  const seed = process.env['TEST_SEED'];
  await fc.assert(property, {
    numRuns,
    endOnFailure: process.env['TEST_SHRINK'] === undefined,
    ...(seed !== undefined && { seed: Number(seed) }),
  });
  process.stderr.write(`${numRuns} runs, ${done} steps\n`);
}
