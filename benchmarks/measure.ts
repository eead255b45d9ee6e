import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One run of a whole process. */
export interface Run {
  seconds: number;
  cpuSeconds: number;
  /** The maximum of its processes. */
  peakMebibytes: number;
  /** To a server. */
  requests?: number;
}

/**
 * Runs a shell command under GNU time, after all earlier writes have reached the disk: a tool that syncs would otherwise wait for
 * the data of the previous one.
 *
 * @throws Error with its output when it fails.
 */
export function measure(command: string): Run {
  const folder = mkdtempSync(join(tmpdir(), 'measure-'));
  const file = join(folder, 'time');
  try {
    spawnSync('sync');
    const started = performance.now();
    const { status, stderr } = spawnSync('/usr/bin/time', ['-f', '%U %S %M', '-o', file, 'sh', '-c', command], {
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const seconds = (performance.now() - started) / 1000;
    if (status !== 0) throw new Error(`${command}\nfailed: ${stderr}`);
    const [user, system, kibibytes] = readFileSync(file, 'utf8').trim().split(' ').map(Number);
    return { seconds, cpuSeconds: user! + system!, peakMebibytes: kibibytes! / 1024 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
