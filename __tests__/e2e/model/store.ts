import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { rebuildStore } from '../../../src/artifact-store/maintenance/rebuild-store.ts';
import { isContentEntry } from '../../../src/artifact-store/manifest/model.ts';
import { openStore } from '../../../src/artifact-store/open-store.ts';
import { Registry } from '../../../src/artifact-store/registry.ts';
import type { SourceEntry } from '../../../src/artifact-store/source.ts';
import type { ByteRange, StorageBackend } from '../../../src/artifact-store/storage/backend.ts';
import { listTree, noise, readTree, type Tree, writeTree } from '../../artifact-store/fixtures.ts';
import type { StoreUnderTest } from '../../contracts/registry/bench.ts';
import { LONG_LINKS } from '../../contracts/registry/layers.ts';

/** What a storage that has crashed answers. */
const CRASH: Error = new Error('crashed');

const LARGE_BYTES = 1_050_000;
const SMALL_BYTES = 3000;
/** What packages are made of: an empty content, some objects, and many that share packs. */
export const CONTENTS: readonly Buffer[] = Array.from({ length: 40 }, (_, i) =>
  noise(i % 10 === 1 ? LARGE_BYTES : i * (i % 4 === 0 ? SMALL_BYTES : SMALL_BYTES / 10), i),
);
const nameOf = (content: number) => `content-${content}`;

/** Local files that know the injected time, and fail for ever after so many steps. A call is two: it may fail when it is done. */
class CrashingStorage implements StorageBackend {
  readonly backendId = 'local';
  stepsLeft = Number.POSITIVE_INFINITY;
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async put(key: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    return this.#run(async () => {
      const existing = await this.#files.head(key);
      await this.#files.put(key, pieces);
      if (!existing) this.#store.writtenAt.set(key, this.#store.now);
    });
  }

  create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    return this.#run(() => this.#files.create(key, bytes));
  }

  async get(key: string, range?: ByteRange): Promise<Uint8Array> {
    return this.#run(() => this.#files.get(key, range));
  }

  head(key: string): ReturnType<StorageBackend['head']> {
    return this.#run(() => this.#files.head(key));
  }

  delete(key: string): Promise<void> {
    return this.#run(() => this.#files.delete(key));
  }

  async *list(prefix: string): ReturnType<StorageBackend['list']> {
    this.#step();
    for await (const object of this.#files.list(prefix)) {
      yield { ...object, modifiedAt: new Date(this.#store.writtenAt.get(object.key)!) };
      this.#step();
    }
  }

  async health(): Promise<void> {}

  get #files(): StorageBackend {
    return this.#store.under.storage;
  }

  async #run<T>(action: () => Promise<T>): Promise<T> {
    this.#step();
    const result = await action();
    this.#step();
    return result;
  }

  #step(): void {
    if (this.stepsLeft <= 0) throw CRASH;
    this.stepsLeft--;
  }
}

interface Client {
  registry: Registry;
  storage: CrashingStorage;
}

export const CLIENTS = 3;

/** An embedded store, several clients on it, and one that only looks. */
export class Store {
  now: number = Date.now();
  readonly writtenAt = new Map<string, number>();
  readonly under: StoreUnderTest;
  observer!: Registry;
  readonly #directory: string;
  readonly #clients: Client[] = [];
  #sources: SourceEntry[] = [];
  #extracted = 0;

  private constructor(under: StoreUnderTest, directory: string) {
    this.under = under;
    this.#directory = directory;
  }

  static async make(under: StoreUnderTest, directory: string): Promise<Store> {
    const store = new Store(under, directory);
    const tree: Tree = Object.fromEntries(CONTENTS.map((content, i) => [nameOf(i), content]));
    await writeTree(store.#base, tree);
    store.#sources = await listTree(store.#base);
    await store.#open();
    return store;
  }

  client(index: number): Registry {
    return this.#clients[index % CLIENTS]!.registry;
  }

  /** Adds contents, by their index, to a package. */
  async ingest(registry: Registry, packageId: string, contents: readonly number[]): Promise<void> {
    const names = new Set(contents.map(nameOf));
    const sources = this.#sources.filter(({ path }) => names.has(path));
    await registry.ingestFiles(packageId, this.#base, [...sources, ...LONG_LINKS], { statCache: false });
  }

  /** Extracts a package and compares all of it, byte for byte. */
  async expectBytes(packageId: string, contents: readonly number[]): Promise<void> {
    const directory = join(this.#directory, `extracted-${this.#extracted++}`);
    await mkdir(directory);
    const { files } = await this.observer.getManifest(packageId);
    await this.observer.extractFiles(files.filter(isContentEntry), directory);
    const found = await readTree(directory);
    expect(Object.keys(found).sort()).toEqual([...new Set(contents.map(nameOf))].sort());
    for (const i of contents) expect(Buffer.compare(found[nameOf(i)]!, CONTENTS[i]!)).toBe(0);
  }

  /**
   * Kills a client after so many steps of its storage, in the midst of an action or after it, and puts a new one in its place.
   *
   * @returns whether the action came to its end.
   */
  async crash(index: number, afterSteps: number, action: () => Promise<void>): Promise<boolean> {
    const { registry, storage } = this.#clients[index % CLIENTS]!;
    storage.stepsLeft = afterSteps;
    let ended = true;
    try {
      await action();
    } catch (error) {
      if (error !== CRASH && (error as Error).cause !== CRASH) throw error;
      ended = false;
    }
    storage.stepsLeft = 0;
    await registry.close();
    this.#clients[index % CLIENTS] = await this.#newClient();
    return ended;
  }

  /**
   * Loses the database and rebuilds it, if there is a package. The log is as long as it was, byte for byte, and so is what is
   * stored.
   *
   * @returns whether there was one.
   */
  async rebuild(): Promise<boolean> {
    const [first] = await this.observer.listPackages();
    if (first === undefined) return false;
    // A transaction that was killed may have left its segment at the end; the one that follows tells that it failed.
    for await (const { damage } of this.observer.verifyPackages([first.id], undefined, { record: true }))
      expect(damage).toEqual([]);
    const told = async () => [await this.observer.eventHead(), (await this.observer.stats()).storedBytes];
    const before = await told();
    await this.close();
    const { database } = this.under.config;
    if (database.kind === 'sqlite') await rm(database.path);
    expect((await rebuildStore(this.under.config, () => new Date(this.now))).unreadable).toEqual([]);
    await this.#open();
    expect(await told()).toEqual(before);
    return true;
  }

  async close(): Promise<void> {
    for (const { registry } of this.#clients.splice(0)) await registry.close();
    await this.observer.close();
  }

  async #open(): Promise<void> {
    this.observer = await openStore(this.under.config, { access: 'write', now: () => new Date(this.now) });
    for (let i = 0; i < CLIENTS; i++) this.#clients.push(await this.#newClient());
  }

  get #base(): string {
    return join(this.#directory, 'sources');
  }

  async #newClient(): Promise<Client> {
    const storage = new CrashingStorage(this);
    const database = await this.under.openDatabase();
    const now = () => new Date(this.now);
    return { storage, registry: new Registry({ ...this.under.config, database, storage, actor: 'client', now }) };
  }
}
