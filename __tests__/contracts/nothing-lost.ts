/**
 * The promises that hold whatever happens to a command. Broken versions of the code that this was seen to find:
 * - a package is made visible before its manifest is stored;
 * - garbage collection deletes an object before the registry forgets it;
 * - it leaves orphans, or unfinished writes;
 * - a restore writes directly into its target;
 * - a reader does not roll back the unfinished transaction of a killed writer;
 * - a transaction that SQLite has rolled back is rolled back again, which hides the cause.
 */
import { createHash, randomInt } from 'node:crypto';
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { StoreConfig } from '../../src/artifact-store/config.ts';
import { initStore } from '../../src/artifact-store/init-store.ts';
import { checkStore } from '../../src/artifact-store/maintenance/check-store.ts';
import { rebuildStore } from '../../src/artifact-store/maintenance/rebuild-store.ts';
import { openStorage, openStore } from '../../src/artifact-store/open-store.ts';
import type { Registry } from '../../src/artifact-store/registry.ts';
import { generateIdentity } from '../../src/artifact-store/store-key.ts';
import {
  type ArchiveOptions,
  type ArchiveRecord,
  archiveInfospace,
  exportPackage,
  listArchives,
  restoreArchive,
} from '../../src/index.ts';
import { STORE_FOLDER } from '../../src/infospace/contract.ts';
import { storeOf } from '../../src/infospace/infospace-store.ts';
import { collect } from '../artifact-store/fixtures.ts';
import { type Run, runProcess } from '../cli/fixtures.ts';
import {
  contentOf,
  indexFile,
  noise,
  sampleInfospace,
  temporaryFolder,
  treeOf,
  writeTree,
} from '../infospace/fixtures.ts';

/** A store, and a way to disturb the commands that use it. */
export interface Deployment {
  /** The variables that configure it; none for a store within the infospace. */
  readonly env: Record<string, string>;
  /** The recipients of an encrypted store; `env` then has one of their identities. */
  readonly recipients?: readonly string[];
  /** Runs a command that is killed or meets a fault; `moment`, from 0 to 1, chooses when. Returns whether it failed. */
  disturb(args: readonly string[], moment: number): Promise<boolean>;
  /** Replaces the registry by an empty one. */
  loseRegistry(root: string): Promise<void>;
  /** Another empty registry on the same storage. */
  anotherRegistry(config: StoreConfig): Promise<StoreConfig>;
  /** Messages that every command prints for this kind of store. */
  readonly usualWarning?: RegExp;
  /** Unfinished writes. */
  unfinished(config: StoreConfig): Promise<string[]>;
}

/** A nightly run sets 600. */
export const DISTURBANCES: number = Number(process.env['TEST_DISTURBANCES'] ?? 50);
export const NOTHING_LOST_TIMEOUT_MS: number = 120_000 + DISTURBANCES * 12_000;
const seed = Number(process.env['TEST_SEED'] ?? randomInt(2 ** 31));

/** Packages pile up in a store, and every check reads all of them. */
const ROUNDS_PER_STORE = 25;
/** Rebuilding a registry beside the real one takes long when a database must be created for it. */
const REBUILD_EVERY = 4;
const LIFETIME_MS = 7 * 86_400_000;
/** The most that one interrupted command can leave: packs, an object, a manifest, and unfinished writes. */
const MAX_LEFT_OBJECTS = 12;

/** A number from 0 to 1, the same for the same seed. */
function chance(...what: (string | number)[]): number {
  const text = [seed, ...what].join(' ');
  return createHash('sha256').update(text).digest().readUInt32LE() / 2 ** 32;
}

/** @param turn how often it was done before. */
type Act = (space: Space, round: number, turn: number) => Promise<boolean>;

/**
 * Disturbs archives, garbage collections, rebuilds, restores and imports at every step. After each, the store must be
 * sound, every package complete and the index correct; the same command then succeeds, and no waste is left.
 */
export async function expectNothingLost(
  makeDeployment: () => Promise<Deployment>,
  count: number = DISTURBANCES,
): Promise<void> {
  process.stderr.write(`TEST_SEED=${seed}\n`);
  const disturbed: Record<string, number> = {};
  let acts: [string, Act][] = [];
  for (let round = 0; round < count; ) {
    const space = await Space.make(await makeDeployment());
    acts = Object.entries({
      ...ACTS,
      ...(space.isEncrypted && { changeKeys }),
      ...(space.isEncrypted && space.isEmbedded && { copy }),
    });
    for (const end = Math.min(count, round + ROUNDS_PER_STORE); round < end; round++) {
      const [name, act] = acts[round % acts.length]!;
      if (await act(space, round, Math.floor(round / acts.length))) disturbed[name] = (disturbed[name] ?? 0) + 1;
    }
    await space.expectAllRestored();
    await space.close();
    process.stderr.write(`did not come to their end: ${JSON.stringify(disturbed)} of ${round}\n`);
  }
  // The first of each is only watched; later a moment may come after the end of the command, and not every fault matters.
  const times = Object.values(disturbed).reduce((sum, each) => sum + each, 0);
  expect(times).toBeGreaterThan(Math.max(0, count - acts.length) / 4);
}

const archive: Act = async (space, round) => {
  space.change(round);
  const args = ['archive', space.root, '--quiet'];
  const disturbed = await space.disturb(args, round);
  await space.expectSound(round);
  await space.run(args);
  await space.expectSound(round);
  return disturbed;
};

const collectGarbage: Act = async (space, round) => {
  await space.makeGarbage(round);
  const args = ['gc', '--include-last', '--grace', '0', '--from', space.root];
  const disturbed = await space.disturb(args, round);
  await space.expectSound(round);
  // The next collection removes the packs that this one rewrites.
  for (let i = 0; i < 2; i++) await space.run(args);
  await space.expectNothingLeft(round);
  return disturbed;
};

const rebuild: Act = async (space, round, turn) => {
  const before = await space.visible();
  // It rebuilds any registry: complete, half finished by an interrupted rebuild, or lost.
  if (turn % 2 === 0) await space.loseRegistry();
  const args = ['store', 'rebuild', '--from', space.root];
  const disturbed = await space.disturb(args, round);
  // Even after an interruption, a registry that opens has read the log to its end.
  expect((await space.visibleIfAny()) ?? before).toEqual(before);
  await space.run(args);
  expect(await space.visible()).toEqual(before);
  await space.expectSound(round);
  return disturbed;
};

const restore: Act = async (space, round, turn) => {
  const { packageId, tree } = space.newest();
  const target = join(temporaryFolder(), 'restored');
  const there = [undefined, {}, { 'mine.txt': '', 'output/mine.txt': '', 'artifacts/overview.md': 'old' }];
  const before = there[turn % there.length];
  if (before) writeTree(target, before);
  const args = ['restore', packageId, '--target', target, '--from', space.root, '--quiet'];
  const forced = [...args, '--force'];
  const disturbed = await space.disturb(before?.['mine.txt'] === undefined ? args : forced, round);
  await space.expectSound(round);
  const restored = () => treeOf(target, (path) => path.startsWith('.infospace-restore-'));
  // A new target is complete or absent; an existing target may have a part.
  if (before) await space.run(forced);
  else if (!existsSync(target)) await space.run(args);
  expect(restored()).toEqual({ ...(before && treeOf(writeTree(temporaryFolder(), before))), ...tree });
  return disturbed;
};

const bring: Act = async (space, round) => {
  const args = ['import', await space.makeBag(round), '--from', space.root, '--quiet'];
  const disturbed = await space.disturb(args, round);
  await space.expectSound(round);
  await space.run(args);
  await space.expectSound(round);
  return disturbed;
};

const ACTS = { archive, collect: collectGarbage, rebuild, restore, bring };

/** From a store without encryption. */
const copy: Act = async (space, round) => {
  const from = space.makeCopy(round);
  await archiveInfospace(from, { env: {} });
  const args = ['copy', 'latest', '--from', from, '--to-store', join(space.root, STORE_FOLDER), '--quiet'];
  const disturbed = await space.disturb(args, round);
  await space.expectSound(round);
  await space.run(args);
  await space.expectSound(round);
  return disturbed;
};

/** Everyone who could read can still read, whichever step it ends in; the next change finishes an interrupted one. */
const changeKeys: Act = async (space, round, turn) => {
  const other = (await generateIdentity()).recipient;
  const changes = [['rotate'], ['add', other], ['remove', other]];
  const change = changes[turn % changes.length]!;
  const command = (args: readonly string[]) => ['store', 'key', ...args, '--from', space.root];
  if (change[0] === 'remove') await space.run(command(['add', other]));
  const disturbed = await space.disturb(command(change), round);
  await space.expectSound(round);
  await space.run(command(['rotate']));
  const { generation, recipients } = JSON.parse((await space.run([...command(['list']), '--json'])).stdout);
  expect(await space.generations()).toEqual([generation]);
  if (recipients.includes(other)) await space.run(command(['remove', other]));
  await space.expectSound(round);
  return disturbed;
};

/** An infospace, its store, and the expected content of every package. */
class Space {
  readonly root: string = sampleInfospace();
  readonly #deployment: Deployment;
  readonly #trees = new Map<string, Record<string, string>>();
  /** Packages in the index at the last look. */
  #records: ArchiveRecord[] = [];
  #reader: Registry | undefined;

  private constructor(deployment: Deployment) {
    this.#deployment = deployment;
  }

  static async make(deployment: Deployment): Promise<Space> {
    const space = new Space(deployment);
    const { recipients } = deployment;
    if (recipients || !space.isEmbedded) await initStore(space.#config, { recipients });
    await space.#archive({ env: deployment.env });
    return space;
  }

  get isEncrypted(): boolean {
    return this.#deployment.recipients !== undefined;
  }

  get isEmbedded(): boolean {
    return this.#config.database.kind === 'sqlite';
  }

  /** Of the keys in the storage. */
  async generations(): Promise<number[]> {
    const storage = await openStorage(this.#config);
    const found = new Set<number>();
    for await (const { key } of storage.list('keys/'))
      found.add(Number(/^keys\/(?:store|session)\/(\d+)/.exec(key)![1]));
    storage.close?.();
    return [...found];
  }

  async #archive(options: ArchiveOptions): Promise<void> {
    const { record } = await archiveInfospace(this.root, options);
    this.#trees.set(record.package_id, contentOf(this.root));
  }

  /** Some contents are new and some existed before; so do some chunks of a large file. */
  change(round: number): void {
    const small = (i: number) => noise(3000, `${seed} ${Math.floor(round / (1 + (i % 3)))} ${i}`);
    const files = Array.from({ length: 30 }, (_, i) => [`output/changing/${i}.bin`, small(i)] as const);
    const large = Buffer.concat([noise(600_000, `${seed}`), noise(500_000, `${seed} ${round}`)]);
    writeTree(this.root, { ...Object.fromEntries(files), 'output/large.bin': large });
  }

  /** Expired packages; others need a few of the contents in the same packs, so that these are rewritten. */
  async makeGarbage(round: number): Promise<void> {
    const { env } = this.#deployment;
    this.change(round);
    const registry = await openStore(this.#config, {
      access: 'write',
      now: () => new Date(Date.now() - LIFETIME_MS - 1000),
    });
    try {
      await this.#archive({ registry, retentionClass: 'transient' });
    } finally {
      await registry.close();
    }
    for (let i = 3; i < 30; i++) rmSync(join(this.root, `output/changing/${i}.bin`));
    rmSync(join(this.root, 'output/large.bin'));
    await this.#archive({ env });
  }

  /** A bag with the current content of the infospace, archived in another place. */
  async makeBag(round: number): Promise<string> {
    const copy = this.makeCopy(round);
    await archiveInfospace(copy, { env: {} });
    const to = join(copy, '../bag.tar.zst');
    await exportPackage('latest', { from: copy, env: {}, to });
    return to;
  }

  /** A copy of the infospace with changes, in another place and without its store. */
  makeCopy(round: number): string {
    this.change(round);
    const copy = join(temporaryFolder(), 'copy');
    cpSync(this.root, copy, { recursive: true, verbatimSymlinks: true });
    rmSync(join(copy, 'output/archives'), { recursive: true });
    return copy;
  }

  async disturb(args: readonly string[], round: number): Promise<boolean> {
    await this.close();
    return this.#deployment.disturb(args, chance('moment', round));
  }

  async run(args: readonly string[]): Promise<Run> {
    await this.close();
    this.#letLockGo();
    const done = await runProcess(args, this.#deployment.env);
    const stderr = done.stderr.replace(this.#deployment.usualWarning ?? '', '');
    expect({ code: done.code, stderr }).toEqual({ code: 0, stderr: '' });
    return done;
  }

  visible(): Promise<unknown[]> {
    return this.#reading((registry) =>
      Promise.all([registry.listPackages(), registry.listTombstones(), registry.eventHead()]),
    );
  }

  /** Undefined without a registry: a shared database is only created on request of its operator. */
  async visibleIfAny(): Promise<unknown[] | undefined> {
    try {
      return await this.visible();
    } catch (error) {
      expect(error).toMatchObject({ code: 'NOT_FOUND' });
      expect(this.#config.database.kind).toBe('postgresql');
      return undefined;
    }
  }

  async loseRegistry(): Promise<void> {
    await this.close();
    return this.#deployment.loseRegistry(this.root);
  }

  newest(): { packageId: string; tree: Record<string, string> } {
    const [packageId, tree] = [...this.#trees].at(-1)!;
    return { packageId, tree };
  }

  /** Objects that nothing references. */
  async expectSound(round: number): Promise<string[]> {
    const unneeded = await expectAgreement(this.#config);
    await this.#reading(async (registry) => {
      await this.#expectPackages(registry);
      await this.#expectIndex(registry);
    });
    if (round % REBUILD_EVERY === 0) await this.#expectRebuildable();
    return unneeded;
  }

  /** Every package is complete. An unknown one is of the disturbed command, and has the current content. */
  async #expectPackages(registry: Registry): Promise<void> {
    await registry.verifyEvents();
    const ids = (await registry.listPackages()).map(({ id }) => id);
    for await (const { damage } of registry.verifyPackages(ids)) expect(damage).toEqual([]);
    for (const id of [...this.#trees.keys()].filter((known) => !ids.includes(known))) {
      expect(await registry.getTombstone(id)).toMatchObject({ retentionClass: 'transient' });
      this.#trees.delete(id);
    }
    for (const id of ids.filter((each) => !this.#trees.has(each))) {
      this.#trees.set(id, contentOf(this.root));
      await this.#expectRestored(id, registry);
    }
  }

  /** The index is readable, has lost no record, and every package in it exists or was disposed of. */
  async #expectIndex(registry: Registry): Promise<void> {
    const records = await listArchives(this.root);
    expect(parse(readFileSync(indexFile(this.root), 'utf8'))).toEqual(records);
    expect(records.slice(0, this.#records.length)).toEqual(this.#records);
    this.#records = records;
    for (const { package_id } of records) {
      const { id } = (await registry.getTombstone(package_id)) ?? (await registry.getPackage(package_id));
      expect(id).toBe(package_id);
    }
  }

  /** The storage alone restores every package. */
  async #expectRebuildable(): Promise<void> {
    const config = await this.#deployment.anotherRegistry(this.#config);
    await rebuildStore(config);
    await expectAgreement(config);
    const registry = await openStore(config, { access: 'read' });
    try {
      const there = [...(await registry.listPackages()), ...(await registry.listTombstones())].map(({ id }) => id);
      expect(there).toEqual(expect.arrayContaining([...this.#trees.keys()]));
    } finally {
      await registry.close();
    }
  }

  async expectNothingLeft(round: number): Promise<void> {
    expect(await this.expectSound(round)).toEqual([]);
    expect(await this.#deployment.unfinished(this.#config)).toEqual([]);
  }

  expectAllRestored(): Promise<void> {
    return this.#reading(async (registry) => {
      for (const id of this.#trees.keys()) await this.#expectRestored(id, registry);
    });
  }

  async #expectRestored(packageId: string, registry: Registry): Promise<void> {
    const target = join(temporaryFolder(), 'restored');
    await restoreArchive(packageId, { registry, target });
    expect(treeOf(target)).toEqual(this.#trees.get(packageId));
    rmSync(target, { recursive: true });
  }

  /** Its registry stays open until the next command, whose changes it may miss: starting threads takes longer than most checks. */
  async #reading<T>(action: (registry: Registry) => Promise<T>): Promise<T> {
    this.#reader ??= await openStore(this.#config, { access: 'read' });
    return action(this.#reader);
  }

  async close(): Promise<void> {
    await this.#reader?.close();
    this.#reader = undefined;
  }

  /** The lock of the index is taken over half a minute after its holder died; no test waits that long. */
  #letLockGo(): void {
    rmSync(join(this.root, 'output/archives/.index.yaml.lock'), { force: true });
  }

  get #config(): StoreConfig {
    return storeOf(this.root, { env: this.#deployment.env });
  }
}

/** The findings of `store check --deep`: nothing has failed, and there is no more waste than one interrupted command can leave. */
async function expectAgreement(config: StoreConfig): Promise<string[]> {
  const findings = await collect(checkStore(config, { deep: true }));
  expect(findings.filter(({ status }) => status === 'failed')).toEqual([]);
  const unneeded = findings.filter(({ what, status }) => what === 'objects' && status === 'warning');
  for (const { detail } of unneeded) expect(Number.parseInt(detail, 10)).toBeLessThanOrEqual(MAX_LEFT_OBJECTS);
  return unneeded.map(({ detail }) => detail);
}
