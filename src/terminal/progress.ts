import { monotonicMs } from '../artifact-store/event-loop.ts';
import type { OnProgress, Progress } from '../artifact-store/registry.ts';
import { ERASE_LINE } from './errors.ts';
import { formatBytes, formatCount, formatNumber, printable } from './format.ts';

/** Shorter work shows no progress. */
const SHOW_AFTER_MS = 1000;
const REDRAW_MS = 100;
/** Before this the rate is too uncertain to estimate the time left. */
const ESTIMATE_AFTER_MS = 2000;
/** For a terminal that does not report its width. */
const COLUMNS = 80;

export interface ProgressLine {
  update: OnProgress;
  /** Removes the line. */
  end(): void;
}

/** Shows progress on one line of the terminal; draws nothing in a pipe, or when it is not wanted. */
export function startProgress(verb: string, wanted: boolean): ProgressLine {
  return wanted && process.stderr.isTTY ? drawnLine(verb) : { update() {}, end() {} };
}

function drawnLine(verb: string): ProgressLine {
  const startedAt = monotonicMs();
  let drawnAt = startedAt + SHOW_AFTER_MS - REDRAW_MS;
  let drawn = false;
  return {
    update(progress) {
      const now = monotonicMs();
      if (now - drawnAt < REDRAW_MS) return;
      drawnAt = now;
      drawn = true;
      const text = progressText(verb, progress, now - startedAt, process.stderr.columns || COLUMNS);
      process.stderr.write(`${ERASE_LINE}${text}`);
    },
    end() {
      if (drawn) process.stderr.write(ERASE_LINE);
    },
  };
}

/** Percent, files, bytes, rate, time left and the large file in transfer, cut to the width of the terminal. */
export function progressText(verb: string, progress: Readonly<Progress>, elapsedMs: number, columns: number): string {
  const { files, bytes, totalFiles, totalBytes, file } = progress;
  const rate = bytes / (elapsedMs / 1000);
  const left = totalBytes === undefined || elapsedMs < ESTIMATE_AFTER_MS ? undefined : (totalBytes - bytes) / rate;
  const parts = [
    totalBytes ? `${Math.min(100, Math.floor((100 * bytes) / totalBytes))}%` : '',
    totalFiles === undefined ? formatCount(files, 'file') : `${formatNumber(files)}/${formatCount(totalFiles, 'file')}`,
    totalBytes === undefined ? formatBytes(bytes) : `${formatBytes(bytes)}/${formatBytes(totalBytes)}`,
    `${formatBytes(rate)}/s`,
    left !== undefined && Number.isFinite(left) ? `${formatSeconds(left)} left` : '',
    file ? `${formatBytes(file.bytes)}/${formatBytes(file.totalBytes)} of ${printable(file.path)}` : '',
  ].filter((part) => part !== '');
  const text = `${verb} ${parts.join(', ')}`;
  // A line as wide as the terminal wraps, and only its last row would be erased.
  return text.length < columns ? text : `${text.slice(0, columns - 2)}…`;
}

function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
