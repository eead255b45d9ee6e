import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { StoreConfig } from '../../src/artifact-store/config.ts';
import { openStore } from '../../src/artifact-store/open-store.ts';
import { collect } from '../artifact-store/fixtures.ts';

/** The result of one archiving process. */
export interface Archived {
  /** Packages that never expire. */
  kept: string[];
  /** Packages that expire in the next few seconds. */
  passing: string[];
  /** Archives that garbage collection overtook, by their error code; each was repeated. */
  refused: Record<string, number>;
}

const SCRIPT = fileURLToPath(new URL('./garbage-soak.process.ts', import.meta.url));
const WRITERS = 8;
/** Longer than most archives take, and shorter than some. */
const GRACE_MS = 2000;
/** A nightly run sets 300. */
const SECONDS = Number(process.env['TEST_SOAK_SECONDS'] ?? 20);

/** Time for the test besides the soak: all packages are verified afterwards. */
export const SOAK_TIMEOUT_MS: number = (2 * SECONDS + 120) * 1000;

/**
 * Continuous garbage collection beside processes that archive and return to contents it has retired. No package and no
 * byte of one may be lost; in the end, unneeded bytes are gone.
 */
export async function soakGarbage(config: StoreConfig): Promise<void> {
  const endAt = Date.now() + SECONDS * 1000;
  const archiving = Promise.all(Array.from({ length: WRITERS }, (_, writer) => archiveUntil(config, endAt, writer)));
  const registry = await openStore(config, { access: 'write', actor: 'collector' });
  try {
    const done = { collections: 0, disposed: 0, retired: 0, rewritten: 0, removed: 0, removedBytes: 0 };
    while (Date.now() < endAt) {
      const report = await registry.collectGarbage({ includeLast: true, graceMs: GRACE_MS });
      done.collections++;
      done.disposed += report.disposed.length;
      done.retired += report.retired.objects;
      done.rewritten += report.rewritten.objects;
      done.removed += report.removed.objects + report.orphans.objects;
      done.removedBytes += report.removed.bytes + report.orphans.bytes;
    }
    const archived = await archiving;
    const kept = archived.flatMap((each) => each.kept);
    const passing = archived.flatMap((each) => each.passing);
    const refused = archived.map((each) => each.refused);
    process.stderr.write(
      `${SECONDS} s: ${kept.length} packages kept, ${passing.length} passing; ${JSON.stringify({ ...done, refused })}\n`,
    );
    const expectSound = async () => {
      const listed = (await registry.listPackages()).map(({ id }) => id);
      const ended = (await registry.listTombstones()).map(({ id }) => id);
      expect(listed).toEqual(expect.arrayContaining(kept));
      expect([...listed, ...ended].sort()).toEqual([...kept, ...passing].sort());
      for await (const { id, damage } of registry.verifyPackages(listed))
        expect({ id, damage }).toEqual({ id, damage: [] });
      await registry.verifyEvents();
    };
    await expectSound();
    // Everything expired by now; a pack rewritten in one run is removed in the next one.
    await sleep(1000);
    for (let i = 0; i < 2; i++) await registry.collectGarbage({ includeLast: true, graceMs: 0 });
    await expectSound();
    const nothing = { objects: 0, bytes: 0 };
    expect(await registry.collectGarbage({ includeLast: true, graceMs: 0 })).toMatchObject({
      removed: nothing,
      orphans: nothing,
    });
    for (const what of ['collections', 'disposed', 'retired', 'removed'] as const)
      expect(done[what]).toBeGreaterThan(0);
    const events = await collect(registry.tailEvents());
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1));
  } finally {
    await registry.close();
  }
}

async function archiveUntil(config: StoreConfig, endAt: number, writer: number): Promise<Archived> {
  const args = [SCRIPT, JSON.stringify(config), String(endAt), String(writer)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(await text(child.stdout));
}
