import type { StoreConfig } from '../../../src/artifact-store/config.ts';
import type { ReadConnection, RegistryDatabase } from '../../../src/artifact-store/database/database.ts';
import { isContentEntry } from '../../../src/artifact-store/manifest/model.ts';
import type { NewPackage } from '../../../src/artifact-store/new-package.ts';
import { findStore, openStore } from '../../../src/artifact-store/open-store.ts';
import { type FinalizedPackage, Registry, type VerifiedPackage } from '../../../src/artifact-store/registry.ts';
import type { StorageBackend } from '../../../src/artifact-store/storage/backend.ts';
import { collect, listTree, noise, type Tree, useTempDirs, writeTree } from '../../artifact-store/fixtures.ts';

/** A new empty store. */
export interface StoreUnderTest {
  config: StoreConfig;
  /** The configured storage, opened independently of the registry. */
  storage: StorageBackend;
  /** Another connection to the configured database. */
  openDatabase(): Promise<RegistryDatabase>;
}

export type MakeStore = () => Promise<StoreUnderTest>;

export const ABOUT: NewPackage = { producer: 'bench', subject: 'atlas', retentionClass: 'release-evidence' };

/** One store for a test, with the actions of tests. */
export class Bench {
  /** The time as the registries see it. */
  now = new Date('2025-01-01T00:00:00Z');
  /** The time of the storage: the same, unless it has its own clock. */
  storageNow: (() => Date) | undefined = () => this.now;
  registry!: Registry;
  readonly store: StoreUnderTest;
  readonly makeTempDir: () => Promise<string>;
  readonly #opened: Registry[] = [];

  constructor(store: StoreUnderTest, makeTempDir: () => Promise<string>) {
    this.store = store;
    this.makeTempDir = makeTempDir;
  }

  get isEncrypted(): boolean {
    return this.store.config.keys !== undefined;
  }

  /** The additional bytes of a package in an encrypted store: a key for one recipient, twice, and boxes. */
  get sessionBytes(): number {
    return this.isEncrypted ? 4096 : 0;
  }

  /** Another registry on the store. */
  async open(): Promise<Registry> {
    const { storageNow } = this;
    const clocks = { now: () => this.now, ...(storageNow && { storageNow }) };
    return this.#closed(await openStore(this.store.config, { access: 'write', actor: 'tester', ...clocks }));
  }

  /** Another registry on the store, with other parts. */
  async openWith(parts: {
    storage?: StorageBackend;
    database?: RegistryDatabase;
    secrets?: string[];
  }): Promise<Registry> {
    const { storage } = this.store;
    return this.#closed(
      new Registry({
        database: parts.database ?? (await this.store.openDatabase()),
        storage,
        store: (await findStore(this.store.config, storage))!,
        retentionClasses: this.store.config.retentionClasses,
        secrets: [],
        actor: 'tester',
        now: () => this.now,
        storageNow: this.storageNow,
        ...parts,
      }),
    );
  }

  /** The storage with some of its methods replaced. */
  storageWith(methods: Partial<StorageBackend>): StorageBackend {
    return new Proxy(this.store.storage, {
      get(target, name) {
        // All puts then use one method.
        if (name === 'putLater' && methods.put) return undefined;
        const value = Reflect.get(methods, name) ?? Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  /** The storage, and a list of the keys below the prefix that are read from it. */
  storageObserving(prefix = ''): { storage: StorageBackend; fetched: string[] } {
    const fetched: string[] = [];
    const storage = this.storageWith({
      get: (key, range) => {
        if (key.startsWith(prefix)) fetched.push(key);
        return this.store.storage.get(key, range);
      },
    });
    return { storage, fetched };
  }

  #closed(registry: Registry): Registry {
    this.#opened.push(registry);
    return registry;
  }

  async close(): Promise<void> {
    for (const registry of this.#opened) await registry.close();
  }

  /** An open package with the tree in it. */
  async ingest(tree: Tree, about: Partial<NewPackage> = {}, registry = this.registry): Promise<string> {
    const base = await this.makeTempDir();
    await writeTree(base, tree);
    const id = await registry.createPackage({ ...ABOUT, ...about });
    await registry.ingestFiles(id, base, await listTree(base), { statCache: false });
    return id;
  }

  /** As {@link ingest}, with so much data that some of it is in storage before the package is finalized. */
  ingestMuch(tree: Tree, about: Partial<NewPackage> = {}): Promise<string> {
    return this.ingest({ ...tree, ...MUCH }, about);
  }

  async archive(tree: Tree, about: Partial<NewPackage> = {}, registry = this.registry): Promise<FinalizedPackage> {
    return registry.finalizePackage(await this.ingest(tree, about, registry));
  }

  /** Extracts all files of a package into a new folder. */
  async extract(packageId: string, registry = this.registry): Promise<string> {
    const { files } = await registry.getManifest(packageId);
    const directory = await this.makeTempDir();
    await writeTree(
      directory,
      Object.fromEntries(
        files.filter(({ path }) => path.includes('/')).map(({ path }) => [path.replace(/\/[^/]*$/, ''), null]),
      ),
    );
    await registry.extractFiles(files.filter(isContentEntry), directory);
    return directory;
  }

  async verify(...packageIds: string[]): Promise<VerifiedPackage[]> {
    return collect(this.registry.verifyPackages(packageIds));
  }

  /** Keys of stored objects. */
  async stored(...prefixes: string[]): Promise<string[]> {
    const objects = await Promise.all(prefixes.map((prefix) => collect(this.store.storage.list(prefix))));
    return objects
      .flat()
      .map(({ key }) => key)
      .sort();
  }

  /** Changes the database without the registry. */
  async inDatabase<T>(action: (db: ReadConnection) => Promise<T>): Promise<T> {
    const { db } = await this.store.openDatabase();
    try {
      return await action(db);
    } finally {
      await db.destroy();
    }
  }

  /** All rows of all tables. */
  async rows(): Promise<Record<string, unknown[]>> {
    return this.inDatabase(async (db) => {
      const tables = await db.introspection.getTables();
      const rows: Record<string, unknown[]> = {};
      for (const { name } of tables)
        rows[name] = await db
          .selectFrom(name as 'events')
          .selectAll()
          .execute();
      return rows;
    });
  }

  /** Deletes the copies of the log's segments. */
  async loseCopies(): Promise<void> {
    for (const key of await this.stored('checkpoints/')) await this.store.storage.delete(key);
  }

  /** Changes the one stored object whose key starts with the prefix, or deletes it. */
  async damage(prefix: string, change?: (bytes: Buffer) => Uint8Array): Promise<void> {
    const [key, ...others] = await this.stored(prefix);
    if (key === undefined || others.length > 0) throw new Error(`${prefix} is not one object`);
    const bytes = Buffer.from(await this.store.storage.get(key));
    await this.store.storage.delete(key);
    if (change) await this.store.storage.put(key, [change(bytes)]);
    // Git objects never change, so a reader keeps them; a new reader meets the damage.
    if (this.store.storage.bypassCache) this.registry = await this.open();
  }
}

/** Chunks of one file that fill more than a pack. */
export const MUCH = { much: noise(18 * 1024 * 1024, 9) };

/** A bench for each test of the surrounding block. */
export function useBench(makeStore: MakeStore): () => Bench {
  const makeTempDir = useTempDirs();
  let bench: Bench;
  beforeEach(async () => {
    bench = new Bench(await makeStore(), makeTempDir);
    bench.registry = await bench.open();
  });
  afterEach(() => bench.close());
  return () => bench;
}
