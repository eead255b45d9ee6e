import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveError } from '../../src/artifact-store/errors.ts';
import { openStore } from '../../src/artifact-store/open-store.ts';
import type { Registry } from '../../src/artifact-store/registry.ts';
import { listTree, noise, type Tree, writeTree } from '../artifact-store/fixtures.ts';
import type { Archived } from './garbage-soak.ts';
import { LONG_LINKS } from './registry/layers.ts';

/** The lifetime of packages of the class `transient`. */
const LIFETIME_MS = 7 * 86_400_000;
/** Packages of a clock that is slow by their lifetime expire at once or in a moment. */
const MAX_LEFT_MS = 500;
/** One package in this many waits before it is finalized, at most this long, so that collections overtake some. */
const WAITS_EVERY = 10;
const MAX_WAIT_MS = 4000;
/** One package in this many never expires. */
const KEPT_EVERY = 20;
/** The contents that all processes choose from. More and more are in packages that stay; new ones are added. */
const CONTENTS = 400;
const CONTENTS_FOR_MS = 10_000;
const LARGE_CONTENTS = 5;
const FILES = 4;

/** Small contents that share packs and frames, and a few large ones that share chunks with other eras. */
function content(era: number, i: number): Buffer {
  const bytes = i < LARGE_CONTENTS ? 1_100_000 + i : 500 + ((i * 937) % 20_000);
  const known = noise(bytes, i);
  known.writeUInt32LE(era);
  return known;
}

function someTree(): Tree {
  const era = Math.floor(Date.now() / CONTENTS_FOR_MS);
  return Object.fromEntries(Array.from({ length: FILES }, (_, i) => [`${i}`, content(era, randomInt(CONTENTS))]));
}

async function archive(registry: Registry, base: string, retentionClass: string): Promise<string> {
  const id = await registry.createPackage({ producer: 'soak', subject: 'soak', retentionClass });
  try {
    await registry.ingestFiles(id, base, [...(await listTree(base)), ...LONG_LINKS], { statCache: false });
    if (randomInt(WAITS_EVERY) === 0) await sleep(randomInt(MAX_WAIT_MS));
    await registry.finalizePackage(id);
    return id;
  } catch (error) {
    await registry.abandonPackage(id);
    throw error;
  }
}

const [config, endAt, writer] = process.argv.slice(2);
let slowMs = 0;
const registry = await openStore(JSON.parse(config!), {
  access: 'write',
  actor: `writer ${writer}`,
  now: () => new Date(Date.now() - slowMs),
});
const archived: Archived = { kept: [], passing: [], refused: {} };
while (Date.now() < Number(endAt)) {
  const base = await mkdtemp(join(tmpdir(), 'soak-'));
  await writeTree(base, someTree());
  const keep = randomInt(KEPT_EVERY) === 0;
  slowMs = keep ? 0 : LIFETIME_MS - randomInt(MAX_LEFT_MS);
  for (let done = false; !done; ) {
    try {
      const id = await archive(registry, base, keep ? 'permanent-record' : 'transient');
      archived[keep ? 'kept' : 'passing'].push(id);
      done = true;
    } catch (error) {
      if (!(error instanceof ArchiveError) || !['STATE_CONFLICT', 'INTEGRITY'].includes(error.code)) throw error;
      archived.refused[error.code] = (archived.refused[error.code] ?? 0) + 1;
    }
  }
  await rm(base, { recursive: true });
}
await registry.close();
process.stdout.write(JSON.stringify(archived));
