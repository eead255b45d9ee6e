import { isArchiveError } from '../errors.ts';
import { toHex } from '../identity/digest.ts';
import { DigestSet } from '../identity/digest-set.ts';
import { hasContents, hasLists, type ListLocation, locateContents, locateLists } from './content-index.ts';
import { ListReader } from './list-reader.ts';
import { addNeed, type ContentList, needsOf, needsOfSame, type PackNeeds } from './pack-needs.ts';
import type { ReaderParts } from './reader-parts.ts';

/** List parts per lookup. */
const LOOKED_UP = 5000;

/** What an ingest need not store: contents of the store that new packages can use, and those it has stored itself. */
export class PresentContents {
  readonly #parts: ReaderParts;
  readonly #lists: ListReader;
  readonly #found = new DigestSet();
  readonly #stored = new DigestSet();
  readonly #damaged = new DigestSet();
  /** Nodes of lists that are entirely usable. */
  #walked = new DigestSet();
  #storeIsEmpty: boolean | undefined;
  #storeHasLists: boolean | undefined;
  /** What is needed of existing packs. */
  readonly needs: PackNeeds = new Map();

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.#lists = new ListReader(parts);
  }

  has(digest: Uint8Array): boolean {
    return this.#found.has(digest) || this.#stored.has(digest);
  }

  /** The contents, chunks and lists that were found one by one; invalid after more are added. */
  get found(): Uint8Array {
    return this.#found.packed;
  }

  /** Records that a content is stored. @returns whether it is new. */
  addStored(digest: Uint8Array): boolean {
    return this.#stored.add(digest);
  }

  /** Whether the store has the content as a whole, but damaged. */
  isDamaged(digest: Uint8Array): boolean {
    return this.#damaged.has(digest);
  }

  /** Whether the store has all of these as a whole; if so, they are recorded as needed. */
  async findAll(contents: ContentList): Promise<boolean> {
    return this.#addNeeds(await needsOf(this.#parts.db, contents));
  }

  /** Whether a package has just these files, and new packages can use all of its contents; if so, they are recorded as needed. */
  async findPackage(contentDigest: Uint8Array): Promise<boolean> {
    return this.#addNeeds(await needsOfSame(this.#parts.db, contentDigest));
  }

  #addNeeds(needs: PackNeeds | undefined): boolean {
    for (const [packId, needed] of needs ?? []) addNeed(this.needs, packId, needed);
    return needs !== undefined;
  }

  /** Finds which of the contents the store has, as a whole or in chunks. */
  async find(digests: readonly Uint8Array[]): Promise<void> {
    await this.findWhole(digests);
    // Without an identity, chunks are looked up when the file is cut.
    if (this.#storeIsEmpty || this.#parts.keys?.mayRead === false) return;
    this.#storeHasLists ??= await hasLists(this.#parts.db);
    if (!this.#storeHasLists) return;
    const unknown = digests.filter((digest) => !this.has(digest));
    for (const list of (await locateLists(this.#parts, unknown)).values()) {
      if (list.usable && (await this.#findParts(list))) this.#addFound(list.digest, list.packId, 0);
    }
  }

  /** Finds which of the contents the store has as a whole. @returns whether it has all of them. */
  async findWhole(digests: readonly Uint8Array[]): Promise<boolean> {
    this.#storeIsEmpty ??= !(await hasContents(this.#parts.db));
    const unknown = digests.filter((digest) => !this.has(digest));
    if (this.#storeIsEmpty || unknown.length === 0) return unknown.length === 0;
    const located = await locateContents(this.#parts, unknown);
    for (const { digest, packId, length, usable, damaged } of located.values()) {
      if (usable) this.#addFound(digest, packId, length);
      if (damaged) this.#damaged.add(digest);
    }
    return unknown.every((digest) => located.get(toHex(digest))?.usable);
  }

  /** Finds whether the store has a content as chunks, and all of them. */
  async findListed(digest: Uint8Array): Promise<boolean> {
    const [list] = (await locateLists(this.#parts, [digest])).values();
    if (!list?.usable) return false;
    this.#addFound(digest, list.packId, 0);
    return true;
  }

  /** Whether all nodes and chunks of a list are usable. */
  async #findParts(list: ListLocation): Promise<boolean> {
    if (await this.#walkParts(list)) return true;
    // Some of them were not looked up yet.
    this.#walked = new DigestSet();
    return false;
  }

  async #walkParts(list: ListLocation): Promise<boolean> {
    let parts: Uint8Array[] = [];
    try {
      for await (const { digest, chunks } of this.#lists.walkOnce(list, this.#walked)) {
        parts.push(digest);
        for (const chunk of chunks) parts.push(chunk.digest);
        if (parts.length < LOOKED_UP) continue;
        if (!(await this.findWhole(parts))) return false;
        parts = [];
      }
      return await this.findWhole(parts);
    } catch (error) {
      // A damaged list is stored again.
      if (isArchiveError(error, 'INTEGRITY')) return false;
      throw error;
    }
  }

  #addFound(digest: Uint8Array, packId: number, bytes: number): void {
    if (this.#found.add(digest)) addNeed(this.needs, packId, bytes);
  }
}
