import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { StoreConfig } from '../../src/artifact-store/config.ts';
import { openDatabase, openStorage, openStore } from '../../src/artifact-store/open-store.ts';
import type { Registry } from '../../src/artifact-store/registry.ts';
import { listTree, noise, writeTree } from '../artifact-store/fixtures.ts';
import type { Sample } from './load-soak.ts';

const HOUR_MS = 3_600_000;
/** Time between two archives, so that there are 14 packages of the class `transient` at a time. */
const STEP_MS = 12 * HOUR_MS;
const SWEEP_EVERY = 5;
const COLLECT_EVERY = 10;
const VERIFY_EVERY = 25;
const FILES = 50;

const [configText, archives, windowText] = process.argv.slice(2);
const config = JSON.parse(configText!) as StoreConfig;
const window = Number(windowText);
let now = Date.now();
const registry = await openStore(config, {
  access: 'write',
  actor: 'soak',
  now: () => new Date(now),
  storageNow: () => new Date(now),
});
const storage = await openStorage(config);
const base = await mkdtemp(join(tmpdir(), 'load-'));

/** A tenth of the files changes every time, and one of them is large. */
async function change(round: number): Promise<void> {
  const changed = Array.from({ length: FILES / 10 }, (_, i) => (round * (FILES / 10) + i) % FILES);
  const files = (round === 0 ? [...Array(FILES).keys()] : changed).map((i) => {
    const bytes = noise(8000 + 10 * i, i);
    bytes.writeUInt32LE(round);
    return [`${i}.bin`, bytes] as const;
  });
  const large = noise(1_200_000, round % 256);
  large.writeUInt32LE(round);
  await writeTree(base, { ...Object.fromEntries(files), 'large.bin': large });
}

async function archive(): Promise<void> {
  const id = await registry.createPackage({ producer: 'soak', subject: 'soak', retentionClass: 'transient' });
  await registry.ingestFiles(id, base, await listTree(base));
  await registry.finalizePackage(id);
}

async function expectWhole(checked: Registry): Promise<void> {
  const ids = (await checked.listPackages()).map(({ id }) => id);
  for await (const { id, damage } of checked.verifyPackages(ids, undefined, { record: true, sample: 0.1 }))
    if (damage.length > 0) throw new Error(`${id} is damaged`);
}

async function databaseBytes(): Promise<number> {
  if (config.database.kind === 'sqlite') return statSync(config.database.path).size;
  const { db } = await openDatabase(config, 'read');
  const { rows } = await sql<{ size: string }>`select pg_database_size(current_database()) as size`.execute(db);
  await db.destroy();
  return Number(rows[0]!.size);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

async function sample(): Promise<Sample> {
  const sizes = { packs: 0, log: 0 };
  for await (const { key, size } of storage.list('')) sizes[/^(log|checkpoints)\//.test(key) ? 'log' : 'packs'] += size;
  return {
    packages: (await registry.listPackages()).length,
    archiveMs: median(durations),
    ioBytes: median(transfers),
    heldBytes: await heldBytes(),
    residentBytes: process.memoryUsage.rss(),
    openFiles: readdirSync('/proc/self/fd').length,
    storedBytes: sizes.packs,
    logBytes: sizes.log,
    databaseBytes: await databaseBytes(),
  };
}

/** Bytes read and written by this process so far. */
function ioBytes(): number {
  const counted = [...readFileSync('/proc/self/io', 'utf8').matchAll(/^[rw]char: (\d+)$/gm)];
  return counted.reduce((sum, [, count]) => sum + Number(count), 0);
}

const samples: Sample[] = [];
let durations: number[] = [];
let transfers: number[] = [];
for (let round = 0; round < Number(archives); round++) {
  await change(round);
  const [startedAt, bytesBefore] = [performance.now(), ioBytes()];
  await archive();
  durations.push(performance.now() - startedAt);
  transfers.push(ioBytes() - bytesBefore);
  now += STEP_MS;
  if (round % SWEEP_EVERY === SWEEP_EVERY - 1) await registry.sweepRetention();
  if (round % COLLECT_EVERY === COLLECT_EVERY - 1)
    await registry.collectGarbage({ includeLast: true, graceMs: HOUR_MS });
  if (round % VERIFY_EVERY === VERIFY_EVERY - 1) await expectWhole(registry);
  if (round % window < window - 1) continue;
  samples.push(await sample());
  [durations, transfers] = [[], []];
}
await expectWhole(registry);
await registry.verifyEvents();
await registry.close();
storage.close?.();
await rm(base, { recursive: true });
process.stdout.write(JSON.stringify(samples));

/**
 * The reachable memory: the least that is seen within some collections, since connections still hold data just sent. The
 * resident set takes hundreds of archives to level off, since allocators keep freed memory.
 */
async function heldBytes(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    await sleep(50);
    gc!();
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
}
