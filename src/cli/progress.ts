import { formatBytes, formatCount } from '../render/format.ts';

/** Work that is done sooner needs no progress. */
const SHOW_AFTER_MS = 1000;
const REDRAW_MS = 100;
const ERASE_LINE = '\r\x1b[2K';

export interface ProgressLine {
  update(progress: { files: number; bytes: number }): void;
  /** Removes the line. */
  end(): void;
}

/** Files, bytes and rate on one line of the terminal; nothing in a pipe or when it is not wanted. */
export function startProgress(verb: string, wanted: boolean): ProgressLine {
  if (!wanted || !process.stderr.isTTY) return { update: () => undefined, end: () => undefined };
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
