import { CborWriter, listHead } from '../encoding/cbor-writer.ts';
import { release } from '../encoding/release.ts';
import { compareUtf8 } from '../encoding/utf8.ts';
import { blake3 } from '../identity/hasher.ts';
import type { About } from './about.ts';
import { BEFORE_FILES, encodeAbout } from './codec.ts';
import type { EncodedManifest } from './encoded.ts';
import { writeEntry } from './entry.ts';
import { entryBytes, requireManifestRoom } from './limits.ts';
import type { FileEntry } from './model.ts';
import { checkEntries, type NamedEntry, sortedEntries } from './paths.ts';

/** For what comes before the entries of a manifest, so that it is put together where they are: a list's head takes 9 bytes at most. */
const ROOM = Buffer.alloc(BEFORE_FILES.byteLength + 9);

/**
 * The entries of a package to be, each encoded as it comes: all of them as objects would take several times the memory, and
 * encoding them when the last one has come would keep everything else waiting.
 */
export class EncodedEntries {
  #writer = roomyWriter();
  /** Where each ends. */
  #ends: number[] = [];
  #named: NamedEntry[] = [];
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
    this.#arrange();
    const hash = blake3.createHash();
    hash.update(listHead(this.count));
    hash.update(this.#writer.bytes().subarray(ROOM.byteLength));
    return hash.digest();
  }

  /**
   * The manifest of a package that consists of them; gone when more are added.
   *
   * @throws ArchiveError `PATH_INVALID` when they cannot be one package.
   */
  manifest(about: About): EncodedManifest & { contentDigest: Buffer } {
    this.#arrange();
    const head = Buffer.concat([BEFORE_FILES, listHead(this.count)]);
    const skipped = ROOM.byteLength - head.byteLength;
    const entriesEnd = this.#writer.length;
    this.#writer.append(encodeAbout(about));
    // Others hold as much again while the manifest is packed.
    this.#writer.trim();
    const cbor = this.#writer.bytes().subarray(skipped);
    this.#writer.cut(entriesEnd);
    cbor.set(head);
    const bounds = [head.byteLength];
    for (const end of this.#ends) bounds.push(end - skipped);
    return { cbor, bounds, contentDigest: blake3.hash(cbor.subarray(BEFORE_FILES.byteLength, bounds.at(-1))) };
  }

  /** Puts all into the order of the manifest. Most have come in it. */
  #arrange(): void {
    const named = this.#named;
    const order = Array.from(named.keys()).sort((a, b) => compareUtf8(named[a]!.path, named[b]!.path));
    const sorted = order.map((i) => named[i]!);
    // What was admitted together is checked.
    if (this.#admitted !== 1) checkEntries(sorted, 'PATH_INVALID');
    if (order.every((i, place) => i === place)) return;
    const bytes = this.#writer.bytes();
    const writer = roomyWriter();
    const ends = order.map((i) => {
      writer.append(bytes.subarray(this.#start(i), this.#ends[i]));
      return writer.length;
    });
    release(bytes);
    [this.#writer, this.#ends, this.#named] = [writer, ends, sorted];
  }

  #start(index: number): number {
    return index === 0 ? ROOM.byteLength : this.#ends[index - 1]!;
  }
}

function roomyWriter(): CborWriter {
  const writer = new CborWriter();
  writer.append(ROOM);
  return writer;
}
