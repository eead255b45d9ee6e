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

/** Runs of two programs, taken in turn. */
export interface Comparison {
  /** Medians, and the maximum of memory. */
  ours: Run;
  theirs: Run;
  /** Ratios of the seconds, ours over theirs, round by round. */
  ratio: { median: number; min: number; max: number };
}

export function compareRuns(ours: readonly Run[], theirs: readonly Run[]): Comparison {
  const ratios = ours.map(({ seconds }, round) => seconds / theirs[round]!.seconds);
  const ratio = { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
  return { ours: medians(ours), theirs: medians(theirs), ratio };
}

/** The cells of a table: seconds of ours and theirs, ratio, CPU seconds, MiB, and requests if counted. */
export function cellsOf({ ours, theirs, ratio }: Comparison): string[] {
  const both = (of: (run: Run) => number | string) => `${of(ours)} / ${of(theirs)}`;
  return [
    `${ours.seconds.toFixed(2)} s`,
    `${theirs.seconds.toFixed(2)} s`,
    `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)})`,
    both(({ cpuSeconds }) => cpuSeconds.toFixed(2)),
    both(({ peakMebibytes }) => Math.round(peakMebibytes)),
    ...(ours.requests === undefined ? [] : [both(({ requests }) => requests!)]),
  ];
}

export function medians(runs: readonly Run[]): Run {
  const requests = runs.flatMap((run) => run.requests ?? []);
  return {
    seconds: median(runs.map((run) => run.seconds)),
    cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
    peakMebibytes: Math.max(...runs.map((run) => run.peakMebibytes)),
    ...(requests.length > 0 && { requests: median(requests) }),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
