/** How far something has come. */
export interface Progress {
  /** Files that are through. */
  files: number;
  /** Of these files, and of the large ones that are under way. */
  bytes: number;
  /** How many files there are; undefined where that is not known beforehand. */
  totalFiles?: number | undefined;
  /** What they come to. */
  totalBytes?: number | undefined;
  /** A large file that is under way, as far as it has come. */
  file?: { path: string; bytes: number; totalBytes: number } | undefined;
}

/** Is told now and then how far something has come; the object is used again. */
export type OnProgress = (progress: Readonly<Progress>) => void;

/** Counts files, and what has come of large ones, and tells somebody. */
export class ProgressCounter {
  readonly #tell: OnProgress | undefined;
  readonly #progress: Progress;
  /** What has come of large files, by their path. */
  readonly #partial = new Map<string, number>();

  constructor(tell: OnProgress | undefined, total: Pick<Progress, 'totalFiles' | 'totalBytes'> = {}) {
    this.#tell = tell;
    this.#progress = { files: 0, bytes: 0, ...total };
  }

  /** A file is through. */
  add(path: string, size: number): void {
    const progress = this.#progress;
    progress.files++;
    progress.bytes += size - (this.#partial.get(path) ?? 0);
    this.#partial.delete(path);
    if (progress.file?.path === path) progress.file = undefined;
    this.#tell?.(progress);
  }

  /** A large file has come so far; one that is read again begins anew. */
  within(path: string, bytes: number, totalBytes: number): void {
    this.#progress.bytes += bytes - (this.#partial.get(path) ?? 0);
    this.#partial.set(path, bytes);
    this.#progress.file = { path, bytes, totalBytes };
    this.#tell?.(this.#progress);
  }
}

/** What files come to. */
export function totalOf(sizes: Iterable<number>): Required<Pick<Progress, 'totalFiles' | 'totalBytes'>> {
  let [totalFiles, totalBytes] = [0, 0];
  for (const size of sizes) {
    totalFiles++;
    totalBytes += size;
  }
  return { totalFiles, totalBytes };
}
