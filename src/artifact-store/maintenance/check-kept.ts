import { includes, listCheckpoints } from '../commit/checkpoints.ts';
import type { OpenLog } from '../commit/open-log.ts';
import { verifyLog } from '../commit/verify-log.ts';
import type { StoreConfig } from '../config.ts';
import type { ReadConnection } from '../database/database.ts';
import { decodeCbor } from '../encoding/cbor.ts';
import { copiesOfKeys, generationsOf, sessionsOf } from '../encryption/key-files.ts';
import { ArchiveError } from '../errors.ts';
import { toHex } from '../identity/digest.ts';
import { MANIFESTS, remembering, withoutSuffix } from '../manifest/stored.ts';
import { openLog, openStorage } from '../open-store.ts';
import { ListReader } from '../packs/list-reader.ts';
import { OBJECTS, PACKS } from '../packs/pack-writer.ts';
import { decodeFromIndex } from '../packs/sealed-table.ts';
import { WorkerPool } from '../packs/worker-pool.ts';
import { manifestSource } from '../sealed-manifests.ts';
import type { StorageBackend, StoredObject } from '../storage/backend.ts';
import type { StoreFinding } from './check-finding.ts';
import { allPackages, hurtFiles } from './check-packages.ts';
import { packFault, packPages } from './check-packs.ts';
import { differingViews } from './check-views.ts';
import { damagedCopies, wholeLog } from './repair-log.ts';

/** Limit per kind of finding. */
const MAX_FINDINGS = 20;
/** Objects per query. */
const PAGE_OBJECTS = 500;

interface Parts extends OpenLog {
  db: ReadConnection;
  storage: StorageBackend;
}

/** Reports a fault, or a warning. */
type Report = (detail: string, status?: 'failed' | 'warning') => void;

/**
 * Reads the whole log. With `deep`, compares everything that a store keeps twice: registry and log, blob index and packs, packages and
 * contents, storage and registry. Does not read contents; `verifyPackages` does. Other processes may keep working.
 */
export async function* checkKept(config: StoreConfig, deep: boolean): AsyncIterable<StoreFinding> {
  const storage = await openStorage(config);
  try {
    if (deep) storage.bypassCache?.();
    let log: OpenLog | undefined;
    const opened = await examine('log', async () => {
      log = await openLog(config, storage, 'read');
      return 'are readable';
    });
    if (log === undefined) {
      yield* opened;
      return;
    }
    const { db } = log.database;
    try {
      yield* checkParts({ ...log, db, storage }, deep);
    } finally {
      await db.destroy();
    }
  } finally {
    storage.close?.();
  }
}

async function* checkParts(parts: Parts, deep: boolean): AsyncIterable<StoreFinding> {
  const { database, storage, store } = parts;
  const log = await examine('log', async () => `${await verifyLog(database, storage, store)} events`);
  yield* log;
  // A changed log would only produce misleading differences.
  if (deep && log.every(({ status }) => status === 'ok')) {
    yield* await examine('registry', (report) => checkViews(parts, report));
    yield* await examine('copies', (report) => checkCopies(parts, report));
  }
  if (!deep) return;
  if (parts.store.encryption) yield* await examine('keys', (report) => checkKeys(parts, report));
  yield* await examine('packs', (report) => checkPacks(parts, report));
  yield* await examine('contents', (report) => checkContents(parts, report));
  yield* await examine('packages', (report) => checkPackages(parts, report));
  yield* await examine('objects', (report) => checkObjects(parts, report));
}

async function examine(what: string, check: (report: Report) => Promise<string>): Promise<StoreFinding[]> {
  const findings: StoreFinding[] = [];
  let more = 0;
  const report: Report = (detail, status = 'failed') => {
    if (findings.length < MAX_FINDINGS) findings.push({ what, status, detail });
    else more++;
  };
  try {
    const detail = await check(report);
    if (findings.length === 0) return [{ what, status: 'ok', detail }];
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    report(error.message);
  }
  if (more > 0) findings.push({ what, status: findings[0]!.status, detail: `and ${more} more` });
  return findings;
}

async function checkViews(parts: Parts, report: Report): Promise<string> {
  for (const detail of await differingViews(parts)) {
    report(`${detail}; rebuild the registry with "infospace-archive store rebuild"`);
  }
  return 'as in the log';
}

async function checkCopies(parts: Parts, report: Report): Promise<string> {
  const digests: Uint8Array[] = [];
  for await (const { segmentDigest } of wholeLog(parts)) digests.push(segmentDigest);
  for (const key of await damagedCopies(parts.storage, digests)) {
    report(`"${key}" is damaged; "infospace-archive store repair" stores it again`, 'warning');
  }
  const copied = await listCheckpoints(parts.storage);
  const count = digests.filter((_, i) => copied.some((each) => includes(each, i + 1))).length;
  return `of ${count} of ${digests.length} segments`;
}

async function checkKeys({ db, storage, store }: Parts, report: Report): Promise<string> {
  // Before the keys are listed: those of a later archive might be missing in the list.
  const packs = await packsBySession(db);
  const single = [...(await copiesOfKeys(storage)).values()].filter((copies) => copies === 1).length;
  if (single > 0) {
    report(`${single} have one of two copies; "infospace-archive store key rotate" stores both again`, 'warning');
  }
  const newest = (await generationsOf(storage, store.encryption!.check)).at(-1);
  const sessions = await sessionsOf(storage);
  const outdated = sessions.filter(({ generation }) => generation !== newest).length;
  if (outdated > 0) {
    const what = `${outdated} are encrypted for earlier recipients`;
    report(`${what}; "infospace-archive store key rotate" encrypts them for the present ones`, 'warning');
  }
  for (const { id } of sessions) packs.delete(toHex(id));
  // A rotation may have moved a key while it was listed.
  if (packs.size > 0) for (const { id } of await sessionsOf(storage)) packs.delete(toHex(id));
  for (const [session, key] of packs) report(`"${session}" of "${key}" is missing; restore "keys/" from a backup`);
  return `${sessions.length} of packages, each in two copies`;
}

/** A pack of each session that sealed one. */
async function packsBySession(db: ReadConnection): Promise<Map<string, string>> {
  const packs = new Map<string, string>();
  for await (const page of packPages(db)) {
    for (const { storage_key: key, frames } of page) {
      const sealed = decodeFromIndex(decodeCbor(frames), `The registry's entry for pack "${key}"`);
      if (sealed) packs.set(toHex(sealed.session), key);
    }
  }
  return packs;
}

async function checkPacks({ db, storage }: Parts, report: Report): Promise<string> {
  let packs = 0;
  for await (const page of packPages(db)) {
    packs += page.length;
    const faults = await Promise.all(page.map((pack) => packFault(db, storage, pack)));
    for (const fault of faults) if (fault !== undefined) report(fault);
  }
  return `${packs} as in the registry`;
}

async function checkContents({ db }: Parts, report: Report): Promise<string> {
  const all = db.selectFrom('contents').select(({ fn }) => fn.countAll<number>().as('rows'));
  const lost = all.where(({ not, exists, selectFrom }) =>
    not(exists(selectFrom('packs').select('packs.id').whereRef('packs.id', '=', 'contents.pack_id'))),
  );
  // Counts come back as text from PostgreSQL.
  const nowhere = Number((await lost.executeTakeFirstOrThrow()).rows);
  if (nowhere > 0) report(`${nowhere} are in no pack; rebuild the registry with "infospace-archive store rebuild"`);
  return `${Number((await all.executeTakeFirstOrThrow()).rows)}, each in a pack`;
}

async function checkPackages({ db, storage, store }: Parts, report: Report): Promise<string> {
  const { keys } = store;
  if (keys && !keys.mayRead) {
    report('sealed: with an identity in ARTIFACTSTORE_IDENTITY_FILE they are checked too', 'warning');
    return '';
  }
  let packages = 0;
  const source = remembering(manifestSource(storage, store, db));
  const workers = new WorkerPool();
  try {
    const lists = new ListReader({ db, keys, storage, workers });
    for await (const row of allPackages(db)) {
      packages++;
      for (const { packageId, message } of await hurtFiles({ db, keys }, source, lists, row))
        report(`${packageId}: ${message}`);
    }
  } finally {
    await workers.close();
  }
  return `${packages}, each with a manifest and all contents`;
}

async function checkObjects({ db, storage }: Parts, report: Report): Promise<string> {
  const unnamed = { objects: 0, bytes: 0 };
  const count = (objects: readonly StoredObject[]) => {
    unnamed.objects += objects.length;
    unnamed.bytes += objects.reduce((sum, { size }) => sum + size, 0);
  };
  for (const prefix of [PACKS, OBJECTS])
    for await (const page of listed(storage, prefix)) count(await unnamedPacks(db, page));
  for await (const page of listed(storage, MANIFESTS)) count(await unnamedManifests(db, page));
  if (unnamed.objects > 0) {
    const what = `${unnamed.objects} objects, ${unnamed.bytes} bytes, that nothing references`;
    report(`${what}: left by running or killed archives; gc removes old ones`, 'warning');
  }
  return 'each is in the registry';
}

/** Pages of a listing, with one query for each. */
async function* listed(storage: StorageBackend, prefix: string): AsyncIterable<StoredObject[]> {
  let page: StoredObject[] = [];
  for await (const object of storage.list(prefix)) {
    page.push(object);
    if (page.length < PAGE_OBJECTS) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

async function unnamedPacks(db: ReadConnection, objects: readonly StoredObject[]): Promise<StoredObject[]> {
  const keys = objects.map(({ key }) => key);
  const rows = await db.selectFrom('packs').select('storage_key').where('storage_key', 'in', keys).execute();
  const named = new Set(rows.map(({ storage_key }) => storage_key));
  return objects.filter(({ key }) => !named.has(key));
}

async function unnamedManifests(db: ReadConnection, objects: readonly StoredObject[]): Promise<StoredObject[]> {
  const named = new Set<string>();
  const keys = objects.map(({ key }) => withoutSuffix(key));
  for (const table of ['packages', 'tombstones'] as const) {
    const query = db.selectFrom(table).select('manifest_key').where('manifest_key', 'in', keys);
    for (const { manifest_key } of await query.execute()) named.add(manifest_key);
  }
  return objects.filter(({ key }) => !named.has(withoutSuffix(key)));
}
