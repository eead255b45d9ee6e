/**
 * Growth under load. Broken versions of the code that this was seen to find: nothing is retired; one file stays
 * open for each stored object; packs stay in memory.
 */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { StoreConfig } from '../../src/artifact-store/config.ts';
import { checkStore } from '../../src/artifact-store/maintenance/check-store.ts';
import { collect } from '../artifact-store/fixtures.ts';

/** Measured after every so many archives, right after a garbage collection. */
export interface Sample {
  packages: number;
  /** Median time of the archives since the last sample; printed, not compared. */
  archiveMs: number;
  /** Median of bytes that an archive reads and writes, in files and sockets. The number of system calls depends on timing. */
  ioBytes: number;
  /** Reachable memory. */
  heldBytes: number;
  residentBytes: number;
  openFiles: number;
  /** Packs, objects and manifests together. */
  storedBytes: number;
  logBytes: number;
  databaseBytes: number;
}

const SCRIPT = fileURLToPath(new URL('./load-soak.process.ts', import.meta.url));
/** A nightly run sets 1000. */
const ARCHIVES = Number(process.env['TEST_SOAK_ARCHIVES'] ?? 60);
const WINDOW = Math.max(20, Math.floor(ARCHIVES / 100) * 10);
export const LOAD_SOAK_TIMEOUT_MS: number = 60_000 + ARCHIVES * 2000;

/** The log only grows: by a dozen events per archive, and those of disposals and removals. PostgreSQL clears dead rows at times. */
const MAX_LOG_BYTES_PER_ARCHIVE = 40_000;
/** Tolerated differences: packs are rewritten when half of one is waste, and machines are shared. */
const MAX_STORED_FACTOR = 1.2;
const MAX_HELD_FACTOR = 1.1;
const MAX_IO_FACTOR = 2;

/** Archives a changing tree, with sweeps, collections and verifications, in one process: nothing but the log may grow. */
export async function soakUnderLoad(config: StoreConfig): Promise<void> {
  const args = ['--expose-gc', SCRIPT, JSON.stringify(config), String(ARCHIVES), String(WINDOW)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const samples = JSON.parse(await text(child.stdout)) as Sample[];
  for (const [i, sample] of samples.entries()) process.stderr.write(`${(i + 1) * WINDOW} ${JSON.stringify(sample)}\n`);
  // Until the middle it grows to its final size.
  const middle = samples.length >> 1;
  const [first, last] = [samples[middle]!, samples.at(-1)!];
  expect(last.openFiles).toBe(first.openFiles);
  expect(last.packages).toBeLessThanOrEqual(first.packages);
  expect(last.storedBytes).toBeLessThan(first.storedBytes * MAX_STORED_FACTOR);
  expect(last.heldBytes).toBeLessThan(first.heldBytes * MAX_HELD_FACTOR);
  expect(last.ioBytes).toBeLessThan(first.ioBytes * MAX_IO_FACTOR);
  const logged = last.databaseBytes + last.logBytes - first.databaseBytes - first.logBytes;
  expect(logged).toBeLessThan((samples.length - 1 - middle) * WINDOW * MAX_LOG_BYTES_PER_ARCHIVE);
  const findings = await collect(checkStore(config, { deep: true }));
  expect(findings.filter(({ status }) => status === 'failed')).toEqual([]);
}
