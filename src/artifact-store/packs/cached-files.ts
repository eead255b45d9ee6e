import type { Digests } from '../identity/digest.ts';
import type { SourceFile } from '../source.ts';
import type { StatCache } from './stat-cache.ts';

/** Files that are unchanged since the stat cache was saved. Their digests stay in it: as objects they take several times the memory. */
export class CachedFiles implements Iterable<[file: SourceFile, digests: Digests]> {
  readonly #cache: StatCache | undefined;
  readonly #files: SourceFile[] = [];
  readonly #positions: number[] = [];

  constructor(cache: StatCache | undefined) {
    this.#cache = cache;
  }

  /** @returns whether it is unchanged. */
  add(file: SourceFile): boolean {
    const position = this.#cache?.lookup(file.path, file.stamp);
    if (position === undefined) return false;
    this.#files.push(file);
    this.#positions.push(position);
    return true;
  }

  *[Symbol.iterator](): Iterator<[file: SourceFile, digests: Digests]> {
    for (const [i, file] of this.#files.entries()) yield [file, this.#cache!.digestsOf(this.#positions[i]!)];
  }
}
