/** The progress of an operation. */
export interface Progress {
  /** Finished files. */
  files: number;
  /** Bytes of these files, and of large ones in progress. */
  bytes: number;
  /** Total number of files; undefined if unknown in advance. */
  totalFiles?: number | undefined;
  /** Their total size. */
  totalBytes?: number | undefined;
  /** The progress of a large file. */
  file?: { path: string; bytes: number; totalBytes: number } | undefined;
}

/** Called from time to time with the progress; the object is reused. */
export type OnProgress = (progress: Readonly<Progress>) => void;

/** Counts files and the progress of large ones, and reports it. */
export class ProgressCounter {
  readonly #tell: OnProgress | undefined;
  readonly #progress: Progress;
  /** Progress of large files, by path. */
  readonly #partial = new Map<string, number>();

  constructor(tell: OnProgress | undefined, total: Pick<Progress, 'totalFiles' | 'totalBytes'> = {}) {
    this.#tell = tell;
    this.#progress = { files: 0, bytes: 0, ...total };
  }

  /** Counts a finished file. */
  add(path: string, size: number): void {
    const progress = this.#progress;
    progress.files++;
    progress.bytes += size - (this.#partial.get(path) ?? 0);
    this.#partial.delete(path);
    if (progress.file?.path === path) progress.file = undefined;
    this.#tell?.(progress);
  }

  /** Sets the progress of a large file; a file that is read again starts over. */
  within(path: string, bytes: number, totalBytes: number): void {
    this.#progress.bytes += bytes - (this.#partial.get(path) ?? 0);
    this.#partial.set(path, bytes);
    this.#progress.file = { path, bytes, totalBytes };
    this.#tell?.(this.#progress);
  }
}

/** Number and total size of files. */
export function totalOf(sizes: Iterable<number>): Required<Pick<Progress, 'totalFiles' | 'totalBytes'>> {
  let [totalFiles, totalBytes] = [0, 0];
  for (const size of sizes) {
    totalFiles++;
    totalBytes += size;
  }
  return { totalFiles, totalBytes };
}
