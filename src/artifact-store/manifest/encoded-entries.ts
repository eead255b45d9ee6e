import { CborWriter, listHead } from '../encoding/cbor-writer.ts';
import { compareUtf8 } from '../encoding/utf8.ts';
import { blake3 } from '../identity/hasher.ts';
import type { About } from './about.ts';
import { BEFORE_FILES, encodeAbout } from './codec.ts';
import type { EncodedManifest } from './encoded.ts';
import { writeEntry } from './entry.ts';
import { entryBytes, requireManifestRoom } from './limits.ts';
import type { FileEntry } from './model.ts';
import { checkEntries, type NamedEntry, sortedEntries } from './paths.ts';

/**
 * The entries of a package to be, each encoded as it comes: all of them as objects would take several times the memory, and
 * encoding them when the last one has come would keep everything else waiting.
 */
export class EncodedEntries {
  readonly #writer = new CborWriter();
  /** Where each ends. */
  readonly #ends: number[] = [];
  readonly #named: NamedEntry[] = [];
  #totalBytes = 0;
  #admitted = 0;
  /** Upper bound of the encoded size of all admitted entries. */
  #bytes = 0;

  get count(): number {
    return this.#named.length;
  }

  /** Of the files. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /**
   * Entries that are to be added, in the order of the manifest.
   *
   * @throws ArchiveError `PATH_INVALID` when they cannot be one package.
   */
  admit<T extends NamedEntry>(entries: Iterable<T>): T[] {
    this.#admitted++;
    const list = [...entries];
    for (const entry of list) this.#bytes += entryBytes(entry);
    requireManifestRoom(this.count + list.length, this.#bytes);
    return sortedEntries(list);
  }

  /** @param named what of it is kept in memory. */
  add(entry: FileEntry, named: NamedEntry = entry): void {
    writeEntry(this.#writer, entry);
    this.#ends.push(this.#writer.length);
    this.#named.push(named);
    if (entry.kind === 'file') this.#totalBytes += entry.size;
  }

  /**
   * What `contentDigest` gives for them.
   *
   * @throws ArchiveError `PATH_INVALID` when they cannot be one package.
   */
  contentDigest(): Buffer {
    const hash = blake3.createHash();
    hash.update(listHead(this.count));
    for (const run of this.#runs(this.#order())) hash.update(run);
    return hash.digest();
  }

  /**
   * The manifest of a package that consists of them.
   *
   * @throws ArchiveError `PATH_INVALID` when they cannot be one package.
   */
  manifest(about: About): EncodedManifest & { contentDigest: Buffer } {
    const order = this.#order();
    const head = listHead(this.count);
    const cbor = Buffer.concat([BEFORE_FILES, head, ...this.#runs(order), encodeAbout(about)]);
    const bounds = [BEFORE_FILES.byteLength + head.byteLength];
    for (const i of order) bounds.push(bounds.at(-1)! + this.#ends[i]! - this.#start(i));
    return { cbor, bounds, contentDigest: blake3.hash(cbor.subarray(BEFORE_FILES.byteLength, bounds.at(-1))) };
  }

  /** The numbers of all, by their paths. Most come in order. */
  #order(): number[] {
    const named = this.#named;
    const order = Array.from(named.keys()).sort((a, b) => compareUtf8(named[a]!.path, named[b]!.path));
    // What was admitted together is checked.
    if (this.#admitted !== 1) {
      checkEntries(
        order.map((i) => named[i]!),
        'PATH_INVALID',
      );
    }
    return order;
  }

  /** The bytes of all, in as few pieces as the order allows. */
  #runs(order: readonly number[]): Buffer[] {
    const bytes = this.#writer.bytes();
    const runs: Buffer[] = [];
    let start = 0;
    let end = 0;
    for (const i of order) {
      if (this.#start(i) !== end) {
        runs.push(bytes.subarray(start, end));
        start = this.#start(i);
      }
      end = this.#ends[i]!;
    }
    runs.push(bytes.subarray(start, end));
    return runs;
  }

  #start(index: number): number {
    return index === 0 ? 0 : this.#ends[index - 1]!;
  }
}
