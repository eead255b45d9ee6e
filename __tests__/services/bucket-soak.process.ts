/** One client of bucket-soak.test.ts: takes random actions until the time is over, and records the successful ones. */
import { randomInt } from 'node:crypto';
import { appendFileSync, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreConfig } from '../../src/artifact-store/config.ts';
import { ArchiveError } from '../../src/artifact-store/errors.ts';
import { openStore } from '../../src/artifact-store/open-store.ts';
import type { Registry } from '../../src/artifact-store/registry.ts';
import { listTree, noise, writeTree } from '../artifact-store/fixtures.ts';

/** The settings of a client. */
export interface Client {
  config: StoreConfig;
  name: string;
  /** Whether it collects garbage, rather than holding and extending. */
  collects: boolean;
  /** The client ends as soon as this file exists. */
  end: string;
  /** A file with a line for each success. */
  told: string;
}

/** A success or a refusal. */
export type Told =
  | { act: 'begun' }
  | { act: 'kept' | 'passing' | 'extended'; id: string }
  | { act: 'held'; id: string; packageId: string }
  | { act: 'collected'; disposed: number; removed: number }
  | { act: 'refused'; code: string; message: string };

/** The lifetime of packages of the class `transient`. */
const LIFETIME_MS = 7 * 86_400_000;
/** Packages of a clock that is slow by their lifetime expire at once or in a moment. */
const MAX_LEFT_MS = 3000;
/** The contents that all clients choose from. */
const CONTENTS = 60;
const FILES = 4;
/** A client that was here before continues from where it left the log. */
const ACTS_PER_OPENING = 4;
const GRACE_MS = 2000;

const { config, end, name, told, collects }: Client = JSON.parse(process.argv[2]!);
let slowMs = 0;

function tell(what: Told): void {
  appendFileSync(told, `${JSON.stringify(what)}\n`);
}

/** One of a few versions that share most of their chunks. */
function someLarge(): Buffer {
  const content = noise(1_100_000, 0);
  content.writeUInt32LE(randomInt(4), 300_000);
  return content;
}

async function archive(registry: Registry): Promise<void> {
  const base = await mkdtemp(join(tmpdir(), 'soak-'));
  const numbers = Array.from({ length: FILES }, () => randomInt(CONTENTS));
  const contents = numbers.map((i) => [`${i}`, i === 0 ? someLarge() : noise(500 + i * 300, i)] as const);
  await writeTree(base, Object.fromEntries(contents));
  const keep = randomInt(3) > 0;
  slowMs = keep ? 0 : LIFETIME_MS - randomInt(MAX_LEFT_MS);
  try {
    const about = { producer: 'soak', subject: name, retentionClass: keep ? 'permanent-record' : 'transient' };
    const id = await registry.createPackage(about);
    await registry.ingestFiles(id, base, await listTree(base), { statCache: false });
    await registry.finalizePackage(id);
    tell({ act: keep ? 'kept' : 'passing', id });
  } finally {
    slowMs = 0;
    await rm(base, { recursive: true });
  }
}

async function somePackage(registry: Registry, retentionClass: string): Promise<string | undefined> {
  const found = (await registry.listPackages()).filter((each) => each.retentionClass === retentionClass);
  return found[randomInt(Math.max(1, found.length))]?.id;
}

async function hold(registry: Registry): Promise<void> {
  const packageId = await somePackage(registry, 'transient');
  if (packageId === undefined) return;
  const id = await registry.applyHold(packageId, 'soak');
  tell({ act: 'held', id, packageId });
}

async function extend(registry: Registry): Promise<void> {
  const id = await somePackage(registry, 'transient');
  if (id === undefined) return;
  await registry.extendRetention(id, null, 'soak');
  tell({ act: 'extended', id });
}

async function collect(registry: Registry): Promise<void> {
  const { disposed, removed, orphans } = await registry.collectGarbage({ includeLast: true, graceMs: GRACE_MS });
  tell({ act: 'collected', disposed: disposed.length, removed: removed.objects + orphans.objects });
}

const acts = collects ? [collect, archive] : [archive, archive, archive, hold, extend];
while (!existsSync(end)) {
  const now = () => new Date(Date.now() - slowMs);
  let registry: Registry | undefined;
  try {
    registry = await openStore(config, { access: 'write', actor: name, now });
    if (!existsSync(told)) tell({ act: 'begun' });
    for (let i = 0; i < ACTS_PER_OPENING && !existsSync(end); i++) await acts[randomInt(acts.length)]!(registry);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    tell({ act: 'refused', code: error.code, message: error.message });
  } finally {
    await registry?.close();
  }
}
