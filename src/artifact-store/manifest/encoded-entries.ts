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

/** Room before the entries for the head of the manifest, so that it need not be copied: a list's head takes 9 bytes at most. */
const ROOM = Buffer.alloc(BEFORE_FILES.byteLength + 9);

/**
 * The entries of a future package, each encoded as it is added: as objects they would take several times the memory, and encoding them all
 * at the end would block the event loop.
 */
export class EncodedEntries {
  #writer = roomyWriter();
  /** Where each entry ends. */
  #ends: number[] = [];
  #named: NamedEntry[] = [];
  #totalBytes = 0;
  #admitted = 0;
  /** Upper bound of the encoded size of all admitted entries. */
  #bytes = 0;
  /** Whether they were added in manifest order. */
  #isSorted = true;

  get count(): number {
    return this.#named.length;
  }

  /** Total size of the files. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /**
   * Checks entries before they are added, and sorts them.
   * @throws ArchiveError `PATH_INVALID` when they cannot be in one package.
   */
  admit<T extends NamedEntry>(entries: Iterable<T>): T[] {
    this.#admitted++;
    const list = [...entries];
    const before = this.#bytes;
    for (const entry of list) this.#bytes += entryBytes(entry);
    requireManifestRoom(this.count + list.length, this.#bytes);
    this.#writer.reserve(this.#bytes - before);
    return sortedEntries(list);
  }

  /** @param named the part of it that is kept in memory. */
  add(entry: FileEntry, named: NamedEntry = entry): void {
    const last = this.#named.at(-1);
    this.#isSorted &&= last === undefined || compareUtf8(last.path, entry.path) < 0;
    writeEntry(this.#writer, entry);
    this.#ends.push(this.#writer.length);
    this.#named.push(named);
    if (entry.kind === 'file') this.#totalBytes += entry.size;
  }

  /** Forgets the entries that were added, but not which ones were admitted. */
  clear(): void {
    this.#writer.cut(ROOM.byteLength);
    this.#ends = [];
    this.#named = [];
    this.#totalBytes = 0;
    this.#isSorted = true;
  }

  /**
   * The result of `contentDigest` for the entries.
   * @throws ArchiveError `PATH_INVALID` when they cannot be in one package.
   */
  contentDigest(): Buffer {
    this.#arrange();
    const hash = blake3.createHash();
    hash.update(listHead(this.count));
    hash.update(this.#writer.bytes().subarray(ROOM.byteLength));
    return hash.digest();
  }

  /**
   * The manifest of a package of these entries; invalid after more are added.
   * @throws ArchiveError `PATH_INVALID` when they cannot be in one package.
   */
  manifest(about: About): EncodedManifest & { contentDigest: Buffer } {
    this.#arrange();
    const head = Buffer.concat([BEFORE_FILES, listHead(this.count)]);
    const skipped = ROOM.byteLength - head.byteLength;
    const entriesEnd = this.#writer.length;
    this.#writer.append(encodeAbout(about));
    const cbor = this.#writer.bytes().subarray(skipped);
    this.#writer.cut(entriesEnd);
    cbor.set(head);
    const bounds = [head.byteLength];
    for (const end of this.#ends) bounds.push(end - skipped);
    return { cbor, bounds, contentDigest: blake3.hash(cbor.subarray(BEFORE_FILES.byteLength, bounds.at(-1))) };
  }

  /** Puts the entries into manifest order. Most arrive in it. */
  #arrange(): void {
    if (!this.#isSorted) this.#sort();
    // Entries admitted together have been checked.
    if (this.#admitted !== 1) checkEntries(this.#named, 'PATH_INVALID');
  }

  #sort(): void {
    const named = this.#named;
    const order = Array.from(named.keys()).sort((a, b) => compareUtf8(named[a]!.path, named[b]!.path));
    const bytes = this.#writer.bytes();
    const writer = roomyWriter();
    const ends = order.map((i) => {
      writer.append(bytes.subarray(this.#start(i), this.#ends[i]));
      return writer.length;
    });
    release(bytes);
    [this.#writer, this.#ends, this.#named] = [writer, ends, order.map((i) => named[i]!)];
    this.#isSorted = true;
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
