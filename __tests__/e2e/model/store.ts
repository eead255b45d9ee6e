import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { embeddedStore, type StorageConfig, type StoreConfig } from '../../../src/artifact-store/config.ts';
import type { StoreKeys } from '../../../src/artifact-store/encryption/store-keys.ts';
import { ArchiveError } from '../../../src/artifact-store/errors.ts';
import { initStore } from '../../../src/artifact-store/init-store.ts';
import { type EventDraft, readEvent } from '../../../src/artifact-store/log/model.ts';
import { rebuildStore } from '../../../src/artifact-store/maintenance/rebuild-store.ts';
import { isContentEntry } from '../../../src/artifact-store/manifest/model.ts';
import { openLog, openStorage } from '../../../src/artifact-store/open-store.ts';
import { Registry } from '../../../src/artifact-store/registry.ts';
import { loadRetentionClasses } from '../../../src/artifact-store/retention/classes.ts';
import type { SourceEntry } from '../../../src/artifact-store/source.ts';
import type { StorageBackend } from '../../../src/artifact-store/storage/backend.ts';
import { LocalStorage } from '../../../src/artifact-store/storage/local.ts';
import { generateIdentity } from '../../../src/artifact-store/store-key.ts';
import { collect, listTree, noise, readTree, type Tree, writeTree } from '../../artifact-store/fixtures.ts';
import { LONG_LINKS } from '../../contracts/registry/layers.ts';
import { type Clock, CRASH, type Disturbance, FaultyStorage } from './faulty-storage.ts';

const LARGE_BYTES = 1_050_000;
const SMALL_BYTES = 3000;
/** The contents of packages: an empty one, some large ones that share chunks, and many that share packs. */
export const CONTENTS: readonly Buffer[] = Array.from({ length: 40 }, (_, i) =>
  i % 10 === 1 ? large(i) : noise(i * (i % 4 === 0 ? SMALL_BYTES : SMALL_BYTES / 10), i),
);

/** Differ by version: each has some chunks of its own, and most chunks of the others. */
function large(version: number): Buffer {
  const content = noise(LARGE_BYTES, 1);
  noise(100_000, version).copy(content, 30_000 * version);
  return content;
}
const nameOf = (content: number) => `content-${content}`;

export const CLIENTS = 3;

/** A process with its own database, which knows about the others only from the log. */
interface Client {
  registry: Registry;
  storage: FaultyStorage;
  clock: Clock;
  config: StoreConfig;
  keys: StoreKeys | undefined;
}

/** One storage for all folders below a directory, as seen by a process of this name. */
export type StorageAt = (directory: string, name: string) => StorageConfig;

/** The parts of a store. */
export interface Kind {
  storageAt: StorageAt;
  /** The recipient of an encrypted store. */
  isEncrypted?: boolean;
}

/** One storage, several clients, and an observer. */
export class Store {
  now: number = Date.now();
  readonly writtenAt = new Map<string, number>();
  readonly #directory: string;
  readonly #kind: Kind;
  #keys: StoreConfig['keys'];
  /** The state that the observer sees. */
  readonly #files: StorageBackend;
  #observer!: Client;
  readonly #clients: Client[] = [];
  #sources: SourceEntry[] = [];
  #extracted = 0;
  #seen = 0;

  private constructor(directory: string, kind: Kind, files: StorageBackend) {
    this.#directory = directory;
    this.#kind = kind;
    this.#files = files;
  }

  static async make(directory: string, kind: Kind): Promise<Store> {
    const store = new Store(directory, kind, await openStorage({ storage: kind.storageAt(directory, 'files') }));
    if (kind.isEncrypted) {
      const { identity, recipient } = await generateIdentity();
      await initStore(store.#configOf('observer'), { recipients: [recipient] });
      for await (const { key } of store.#files.list('')) store.writtenAt.set(key, store.now);
      store.#keys = { identities: identity };
    }
    const tree: Tree = Object.fromEntries(CONTENTS.map((content, i) => [nameOf(i), content]));
    await writeTree(store.#base, tree);
    store.#sources = await listTree(store.#base);
    store.#observer = await store.#newClient('observer', { aheadMs: 0 });
    for (let i = 0; i < CLIENTS; i++) store.#clients.push(await store.#newClient(`client-${i}`, { aheadMs: 0 }));
    return store;
  }

  get isEncrypted(): boolean {
    return this.#keys !== undefined;
  }

  get observer(): Registry {
    return this.#observer.registry;
  }

  client(index: number): Registry {
    return this.#at(index).registry;
  }

  #at(index: number): Client {
    return this.#clients[index % CLIENTS]!;
  }

  /** How far the clock of a client is ahead of the others, in milliseconds. */
  clockOf(index: number): Clock {
    return this.#at(index).clock;
  }

  /** Events that the observer has not seen yet. */
  async news(): Promise<EventDraft[]> {
    await this.observer.refresh();
    const events = await collect(this.observer.tailEvents(this.#seen));
    this.#seen += events.length;
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => this.#seen - events.length + i + 1));
    return Promise.all(events.map((event) => this.#opened(readEvent(event))));
  }

  /** The original text of a note. */
  async #opened(event: EventDraft): Promise<EventDraft> {
    const { keys } = this.#observer;
    if (event.type !== 'v1.note.amended' || keys === undefined) return event;
    const place = { kind: 'note', packageId: event.subjectId } as const;
    const note = (await keys.openText(place, event.payload.note, 'the note')) as string;
    return { ...event, payload: { note } };
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
   * Disturbs a client during an action or after it. A killed client comes back with its remains.
   *
   * @returns the error that the action ended with.
   */
  async disturb(index: number, disturbance: Disturbance, action: () => Promise<void>): Promise<unknown> {
    const client = this.#at(index);
    client.storage.disturb(disturbance);
    const error = await action().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    client.storage.calm();
    if (disturbance.kind === 'crash') {
      client.storage.disturb({ kind: 'crash', after: 0 });
      await this.#replace(index);
    }
    return error;
  }

  /** Sets the database of a client aside, or restores the one set aside: an older copy. */
  async setBack(index: number): Promise<void> {
    await this.#replace(index, async ({ database }) => {
      if (database.kind !== 'sqlite') throw new Error('not SQLite');
      const copy = `${database.path}.copy`;
      await copyFile(copy, database.path).catch(() => copyFile(database.path, copy));
    });
  }

  /** Rebuilds the database of a client. */
  async rebuild(index: number): Promise<void> {
    await this.#replace(index, async (config) => {
      await rebuildStore(config, () => new Date(this.now));
    });
  }

  /** Loses the database of a client. */
  async lose(index: number): Promise<void> {
    await this.#replace(index, async ({ database }) => {
      if (database.kind === 'sqlite') await rm(database.path);
    });
  }

  /** The observer's database meets another storage, an empty one, and this one without its newest segments. */
  async expectSwapsRefused(): Promise<void> {
    const { config } = this.#observer;
    const before = await this.views(this.observer);
    const [newest] = (await collect(this.#files.list('log/')))
      .map(({ key }) => key)
      .sort()
      .reverse();
    if (newest === undefined) return;
    const other = new LocalStorage(join(this.#directory, 'other'));
    const isMade = (await other.head('store.json')) !== undefined;
    const elsewhere = {
      ...config,
      database: { kind: 'sqlite', path: join(this.#directory, 'other.sqlite3') },
      // A plain one.
      keys: undefined,
    } as const;
    if (!isMade) await (await openLog(elsewhere, other, 'write')).database.db.destroy();
    const refusals = [
      [other, 'CONFIG_INVALID'],
      [new LocalStorage(join(this.#directory, 'empty')), 'STATE_CONFLICT'],
      [without(this.#files, newest), 'INTEGRITY'],
    ] as const;
    for (const [storage, code] of refusals) {
      const stored = await keysOf(storage);
      for (const access of ['read', 'write'] as const) {
        // A reader needs no registry of a store that does not exist.
        if (access === 'read' && code !== 'INTEGRITY') continue;
        await expect(openLog(config, storage, access)).rejects.toMatchObject({ code });
      }
      expect(await keysOf(storage)).toEqual(stored);
    }
    expect(await this.views(this.observer)).toEqual(before);
  }

  /** The full view of a client; the same for all clients that have read on. */
  async views(registry: Registry): Promise<unknown> {
    await registry.refresh();
    return {
      packages: await registry.listPackages(),
      holds: await registry.listHolds(),
      labels: await registry.listLabels(),
      notes: await registry.listNotes(),
      tombstones: await registry.listTombstones(),
      head: await registry.eventHead(),
      log: await registry.logHead(),
      stats: await registry.stats(),
    };
  }

  async close(): Promise<void> {
    for (const { registry } of this.#clients.splice(0)) await registry.close();
    await this.observer.close();
    this.#files.close?.();
  }

  get #base(): string {
    return join(this.#directory, 'sources');
  }

  async #replace(index: number, meanwhile?: (config: StoreConfig) => Promise<void>): Promise<void> {
    const { registry, config, clock } = this.#at(index);
    await registry.close();
    await meanwhile?.(config);
    this.#clients[index % CLIENTS] = await this.#newClient(`client-${index % CLIENTS}`, clock);
  }

  #configOf(name: string): StoreConfig {
    const retentionClasses = loadRetentionClasses(undefined);
    const at = embeddedStore(this.#directory, { retentionClasses, keys: this.#keys });
    const database = { kind: 'sqlite', path: join(this.#directory, `${name}.sqlite3`) } as const;
    return { ...at, database, storage: this.#kind.storageAt(this.#directory, name) };
  }

  async #newClient(name: string, clock: Clock): Promise<Client> {
    const config = this.#configOf(name);
    const files = await openStorage(config);
    const storage = new FaultyStorage(files, {
      written: this.writtenAt,
      now: () => this.now,
      clock,
    });
    const now = () => new Date(this.now + clock.aheadMs);
    const log = await openLog(config, storage, 'write', now());
    const { retentionClasses, secrets } = config;
    return {
      storage,
      clock,
      config,
      keys: log.store.keys,
      registry: new Registry({
        ...log,
        storage,
        retentionClasses,
        secrets,
        actor: name,
        now,
        storageNow: () => new Date(this.now),
      }),
    };
  }
}

/** Whether a client was disturbed, rather than refused. */
export function isDisturbance(error: unknown): boolean {
  if (error === CRASH || (error as Error).cause === CRASH) return true;
  return error instanceof ArchiveError && error.code === 'STORE_UNAVAILABLE';
}

async function keysOf(storage: StorageBackend): Promise<string[]> {
  return (await collect(storage.list(''))).map(({ key }) => key).sort();
}

/** A storage that has lost an object. */
function without(storage: StorageBackend, lost: string): StorageBackend {
  return new Proxy<StorageBackend>(storage, {
    get(target, name: keyof StorageBackend) {
      if (name === 'list') {
        return async function* (prefix: string, after?: string) {
          for await (const object of target.list(prefix, after)) if (object.key !== lost) yield object;
        };
      }
      const value = target[name];
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
