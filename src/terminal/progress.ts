import { ERASE_LINE } from './errors.ts';
import { formatBytes, formatCount } from './format.ts';

/** Work that is done sooner needs no progress. */
const SHOW_AFTER_MS = 1000;
const REDRAW_MS = 100;

export interface ProgressLine {
  update(progress: { files: number; bytes: number }): void;
  /** Removes the line. */
  end(): void;
}

/** Files, bytes and rate on one line of the terminal; nothing in a pipe or when it is not wanted. */
export function startProgress(verb: string, wanted: boolean): ProgressLine {
  return wanted && process.stderr.isTTY ? drawnLine(verb) : { update() {}, end() {} };
}

function drawnLine(verb: string): ProgressLine {
  const startedAt = performance.now();
  let drawnAt = startedAt + SHOW_AFTER_MS - REDRAW_MS;
  let drawn = false;
  return {
    update({ files, bytes }) {
      const now = performance.now();
      if (now - drawnAt < REDRAW_MS) return;
      drawnAt = now;
      drawn = true;
      const rate = formatBytes(bytes / ((now - startedAt) / 1000));
      process.stderr.write(`${ERASE_LINE}${verb} ${formatCount(files, 'file')}, ${formatBytes(bytes)}, ${rate}/s`);
    },
    end() {
      if (drawn) process.stderr.write(ERASE_LINE);
    },
  };
}
