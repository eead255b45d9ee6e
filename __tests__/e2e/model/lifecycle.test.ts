/**
 * Random sequences of what several clients do to one embedded store, checked after each step against a model of it in
 * memory. A failure prints its seed and the shortest sequence that was found.
 *
 * `TEST_SEED=<seed>` runs the same sequences again; `TEST_MODEL_RUNS=<number>` runs more of them, as a nightly run does (500
 * take about half an hour).
 */
import fc from 'fast-check';
import type { Registry } from '../../../src/artifact-store/registry.ts';
import { embeddedStoreUnderTest } from '../../contracts/registry/embedded.ts';
import { temporaryFolder } from '../../infospace/fixtures.ts';
import { CLIENTS, CONTENTS, Store } from './store.ts';

const RUNS = Number(process.env['TEST_MODEL_RUNS'] ?? 12);
const STEPS = 300;
/** For all runs and, when one fails, for finding a shorter sequence that does. */
const LIMIT_MS = 60_000 + RUNS * 10_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CLASS_DAYS = { transient: 7, 'raw-evidence': 90, 'permanent-record': null };
type Class = keyof typeof CLASS_DAYS;

interface Package {
  contents: number[];
  expiresAt: number | null;
  /** Whether it was recorded that it has expired. */
  swept: boolean;
}

interface Hold {
  packageId: string;
  until: number | null;
  released: boolean;
}

interface OpenPackage extends Package {
  id: string;
  client: number;
  openedAt: number;
  /** Whether a collection may have taken for waste what it is made of. */
  overtaken: boolean;
}

/** What there must be. */
class Model {
  now: number;
  readonly packages = new Map<string, Package>();
  readonly disposed = new Set<string>();
  readonly holds = new Map<string, Hold>();
  open: OpenPackage[] = [];
  /** Counts the checks, each of which looks closely at one package. */
  looks = 0;

  constructor(now: number) {
    this.now = now;
  }

  holdsInForce(packageId: string): string[] {
    return [...this.holds]
      .filter(([, hold]) => hold.packageId === packageId && !hold.released)
      .filter(([, { until }]) => until === null || until > this.now)
      .map(([id]) => id);
  }

  isEligible(packageId: string): boolean {
    const { expiresAt } = this.packages.get(packageId)!;
    return expiresAt !== null && expiresAt <= this.now && this.holdsInForce(packageId).length === 0;
  }

  eligible(): string[] {
    return [...this.packages.keys()].filter((id) => this.isEligible(id)).sort();
  }

  dispose(ids: readonly string[]): void {
    for (const id of ids) {
      this.packages.delete(id);
      this.disposed.add(id);
    }
  }

  overtake(graceMs: number): void {
    for (const open of this.open) if (open.openedAt <= this.now - graceMs) open.overtaken = true;
  }
}

/** Everything there is to see must be as in the model. */
async function expectAsModel(model: Model, { observer }: Store): Promise<void> {
  const iso = (time: number | null) => (time === null ? null : new Date(time).toISOString());
  const listed = (await observer.listPackages()).map(({ id, expiresAt }) => [id, expiresAt]);
  const known = [...model.packages].map(([id, { expiresAt }]) => [id, iso(expiresAt)]);
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(known));
  expect((await observer.listTombstones()).map(({ id }) => id).sort()).toEqual([...model.disposed].sort());
  const holds = (await observer.listHolds()).map(({ id, packageId, until, releasedAt }) => [
    id,
    { packageId, until, released: releasedAt !== null },
  ]);
  const knownHolds = [...model.holds].map(([id, hold]) => [id, { ...hold, until: iso(hold.until) }]);
  expect(Object.fromEntries(holds)).toEqual(Object.fromEntries(knownHolds));
  const looked = pick(model.packages.keys(), model.looks++);
  if (looked !== undefined) {
    const { eligible, holds: inForce } = await observer.getRetentionState(looked);
    expect(eligible).toBe(model.isEligible(looked));
    expect(inForce.map(({ id }) => id).sort()).toEqual(model.holdsInForce(looked).sort());
  }
  await observer.verifyEvents();
}

async function expectWhole(model: Model, { observer }: Store): Promise<void> {
  for await (const { id, damage } of observer.verifyPackages(model.packages.keys()))
    expect({ id, damage }).toEqual({ id, damage: [] });
}

/** What one client does; when it throws, the model is as before. */
type Act<T> = (model: Model, store: Store, client: number, what: T) => Promise<void>;

class Step<T> implements fc.AsyncCommand<Model, Store> {
  readonly #client: number;
  readonly #what: T;
  readonly #act: Act<T>;
  /** After so many steps of its storage the client is killed. */
  readonly #crashAfter: number | undefined;

  constructor(act: Act<T>, client: number, what: T, crashAfter: number | undefined) {
    this.#act = act;
    this.#client = client;
    this.#what = what;
    this.#crashAfter = crashAfter;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, store: Store): Promise<void> {
    const act = () => this.#act(model, store, this.#client, this.#what);
    if (this.#crashAfter === undefined) await act();
    else {
      await store.crash(this.#client, this.#crashAfter, act);
      model.open = model.open.filter(({ client }) => client !== this.#client);
    }
    await expectAsModel(model, store);
  }

  toString(): string {
    const crash = this.#crashAfter === undefined ? '' : `, crash after ${this.#crashAfter}`;
    return `${this.#act.name}(client ${this.#client}, ${JSON.stringify(this.#what)}${crash})`;
  }
}

/** One of those there are, if there is any. */
function pick<T>(items: Iterable<T>, n: number): T | undefined {
  const all = [...items];
  return all[n % all.length];
}

const open: Act<{ contents: number[]; of: Class }> = async (model, store, client, { contents, of }) => {
  const registry = store.client(client);
  const id = await registry.createPackage({ producer: 'model', subject: 'model', retentionClass: of });
  const days = CLASS_DAYS[of];
  const expiresAt = days === null ? null : model.now + days * DAY_MS;
  await store.ingest(registry, id, contents);
  model.open.push({ id, client, contents, expiresAt, swept: false, openedAt: model.now, overtaken: false });
};

const finalize: Act<number> = async (model, store, client, n) => {
  const found = pick(
    model.open.filter((candidate) => candidate.client === client),
    n,
  );
  if (found === undefined) return;
  const { id, overtaken, contents, expiresAt } = found;
  try {
    await store.client(client).finalizePackage(id);
  } catch (error) {
    const { code } = error as { code?: string };
    if (!overtaken || (code !== 'STATE_CONFLICT' && code !== 'INTEGRITY')) throw error;
    await abandon(model, store, client, n);
    return;
  }
  model.open = model.open.filter((other) => other !== found);
  model.packages.set(id, { contents, expiresAt, swept: false });
};

const abandon: Act<number> = async (model, store, client, n) => {
  const found = pick(
    model.open.filter((candidate) => candidate.client === client),
    n,
  );
  if (found === undefined) return;
  model.open = model.open.filter((other) => other !== found);
  await store.client(client).abandonPackage(found.id);
};

const archive: Act<{ contents: number[]; of: Class }> = async (model, store, client, what) => {
  await open(model, store, client, what);
  const own = model.open.filter((candidate) => candidate.client === client);
  await finalize(model, store, client, own.length - 1);
};

const extend: Act<{ n: number; days: number | null }> = async (model, store, client, { n, days }) => {
  const [id, found] = pick(model.packages, n) ?? [];
  if (id === undefined || found === undefined) return;
  const { expiresAt } = found;
  const later = days === null ? null : (expiresAt ?? model.now) + days * DAY_MS;
  const extending = store.client(client).extendRetention(id, later === null ? null : new Date(later), 'because');
  if (expiresAt === null || (later !== null && later <= expiresAt)) {
    await expect(extending).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    return;
  }
  await extending;
  model.packages.set(id, { ...found, expiresAt: later, swept: false });
};

const hold: Act<{ n: number; days: number | null }> = async (model, store, client, { n, days }) => {
  const packageId = pick(model.packages.keys(), n);
  if (packageId === undefined) return;
  const until = days === null ? null : model.now + days * DAY_MS;
  const id = await store.client(client).applyHold(packageId, 'because', until === null ? null : new Date(until));
  model.holds.set(id, { packageId, until, released: false });
};

const release: Act<number> = async (model, store, client, n) => {
  const [id, found] = pick(model.holds, n) ?? [];
  if (id === undefined || found === undefined) return;
  const releasing = store.client(client).releaseHold(id, 'over');
  if (found.released) {
    await expect(releasing).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    return;
  }
  await releasing;
  model.holds.set(id, { ...found, released: true });
};

const wait: Act<number> = async (model, store, _, hours) => {
  model.now += hours * HOUR_MS;
  store.now = model.now;
};

const sweep: Act<null> = async (model, store, client) => {
  const expected = model.eligible().filter((id) => !model.packages.get(id)!.swept);
  const swept = await store.client(client).sweepRetention();
  expect(swept.map(({ id }) => id).sort()).toEqual(expected);
  for (const id of expected) model.packages.get(id)!.swept = true;
};

const gc: Act<number> = async (model, store, client, graceHours) => {
  const graceMs = graceHours * HOUR_MS;
  const eligible = model.eligible();
  model.overtake(graceMs);
  try {
    expect((await store.client(client).collectGarbage({ graceMs })).disposed.sort()).toEqual(eligible);
  } catch (error) {
    // Disposal comes first, and is one transaction.
    const listed = new Set((await store.observer.listPackages()).map(({ id }) => id));
    if (!eligible.some((id) => listed.has(id))) model.dispose(eligible);
    throw error;
  }
  model.dispose(eligible);
  await expectWhole(model, store);
};

/** Two clients collect while the third one archives. */
const together: Act<{ contents: number[]; of: Class }> = async (model, store, client, what) => {
  const eligible = model.eligible();
  const graceMs = HOUR_MS;
  model.overtake(graceMs);
  const collect = (registry: Registry) => registry.collectGarbage({ graceMs });
  const [, ...reports] = await Promise.all([
    archive(model, store, client, what),
    collect(store.client(client + 1)),
    collect(store.client(client + 2)),
  ]);
  expect(reports.flatMap(({ disposed }) => disposed).sort()).toEqual(eligible);
  model.dispose(eligible);
};

const verify: Act<number> = async (model, store, _, n) => {
  await expectWhole(model, store);
  const [id, found] = pick(model.packages, n) ?? [];
  if (id !== undefined && found !== undefined) await store.expectBytes(id, found.contents);
};

const rebuild: Act<null> = async (model, store) => {
  if (!(await store.rebuild())) return;
  model.open = [];
  await expectWhole(model, store);
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
const anyClient = fc.nat(CLIENTS - 1);
const noCrash = fc.constant(undefined);
/** A new client has to start its threads, so not too many. */
const sometimes = fc.oneof({ weight: 19, arbitrary: noCrash }, { weight: 1, arbitrary: fc.nat(40) });

function steps<T>(
  weight: number,
  act: Act<T>,
  what: fc.Arbitrary<T>,
  crash: fc.Arbitrary<number | undefined> = sometimes,
): fc.Arbitrary<fc.AsyncCommand<Model, Store>>[] {
  const made = fc.tuple(anyClient, what, crash);
  return Array(weight).fill(made.map(([client, value, crashAfter]) => new Step(act, client, value, crashAfter)));
}

const COMMANDS = [
  steps(3, archive, newPackage),
  steps(3, open, newPackage),
  steps(3, finalize, n),
  steps(1, abandon, n),
  steps(2, extend, fc.record({ n, days: fc.option(fc.integer({ min: -5, max: 20 }), { freq: 10 }) })),
  steps(2, hold, fc.record({ n, days: fc.option(fc.integer({ min: 1, max: 30 }), { freq: 3 }) })),
  steps(2, release, n),
  steps(3, wait, fc.integer({ min: 1, max: 24 * 5 }), noCrash),
  steps(2, sweep, fc.constant(null)),
  steps(2, gc, fc.constantFrom(0, 1, 24, 24 * 30)),
  steps(1, together, newPackage, noCrash),
  steps(1, verify, n, noCrash),
  steps(1, rebuild, fc.constant(null), noCrash),
].flat();

test(
  'any sequence of steps leaves the store that the model tells',
  async () => {
    let done = 0;
    const property = fc.asyncProperty(fc.commands(COMMANDS, { maxCommands: STEPS, size: 'max' }), async (commands) => {
      const directory = temporaryFolder();
      const store = await Store.make(embeddedStoreUnderTest(`${directory}/store`), directory);
      const model = new Model(store.now);
      try {
        await fc.asyncModelRun(() => ({ model, real: store }), commands);
        for (let i = 0; i < 2; i++) await gc(model, store, 0, 0);
        await expectAsModel(model, store);
        await expectWhole(model, store);
        done += [...commands].length;
      } finally {
        await store.close();
      }
    });
    const seed = process.env['TEST_SEED'];
    await fc.assert(property, {
      numRuns: RUNS,
      ...(seed !== undefined && { seed: Number(seed) }),
    });
    process.stderr.write(`${RUNS} runs, ${done} steps\n`);
  },
  4 * LIMIT_MS,
);
