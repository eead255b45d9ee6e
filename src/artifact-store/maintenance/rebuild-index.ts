import type { WriteTransaction } from '../database/database.ts';
import { type ArchiveError, isArchiveError } from '../errors.ts';
import type { EventDraft } from '../events/model.ts';
import { toHex } from '../identity/digest.ts';
import { isContentEntry } from '../manifest/model.ts';
import { remembering } from '../manifest/stored.ts';
import { addPack, locateContents, type SealedPack } from '../packs/content-index.ts';
import { type PackTrailer, placeContents } from '../packs/format.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { allPackages, readManifest } from './check-packages.ts';
import { readPackTrailer } from './check-packs.ts';

type PackSealed = Extract<EventDraft, { type: 'v1.pack.sealed' }>;

interface Place {
  pack_id: number;
  raw_offset: number;
}

/** Trailers on their way at once. */
const READ_AHEAD = 16;

/**
 * The blob index made anew, event by event: which packs there are is in the log, what they hold is in their trailers. Marks
 * of doom are in neither and begin anew.
 */
export class RebuiltIndex {
  readonly #tx: WriteTransaction;
  readonly #storage: StorageBackend;
  /** Whether packs that are sealed come with a package; else they are copies that garbage collection made. */
  #ofPackage = false;
  /** Packs out of which what was needed was copied. */
  readonly #copied = new Set<number>();
  /** Where else contents are, by hexadecimal digest: two writers may store the same. */
  readonly #copies = new Map<string, Place>();
  readonly #unreadable = new Map<string, ArchiveError>();

  constructor(tx: WriteTransaction, storage: StorageBackend) {
    this.#tx = tx;
    this.#storage = storage;
  }

  /** Reads what events that come next need. */
  async *readAhead(events: readonly EventDraft[]): AsyncIterable<[EventDraft, PackTrailer | undefined]> {
    const packs = events.filter((event) => event.type === 'v1.pack.sealed');
    const reading: Promise<PackTrailer | undefined>[] = [];
    for (const event of events) {
      while (packs.length > 0 && reading.length < READ_AHEAD) {
        const trailer = this.#read(packs.shift()!);
        trailer.catch(() => undefined);
        reading.push(trailer);
      }
      yield [event, event.type === 'v1.pack.sealed' ? await reading.shift() : undefined];
    }
  }

  async apply(event: EventDraft, trailer: PackTrailer | undefined): Promise<void> {
    switch (event.type) {
      case 'v1.package.created':
        this.#ofPackage = true;
        return;
      case 'v1.package.finalized':
        this.#ofPackage = false;
        return;
      case 'v1.object.removed':
        await this.#remove(event.subjectId);
        return;
      case 'v1.pack.sealed':
        if (trailer) await this.#add({ key: event.subjectId, storedBytes: event.payload.stored_bytes, ...trailer });
    }
  }

  /** @returns the packs that the log names and that cannot be read, and why. */
  async finish(): Promise<ReadonlyMap<string, ArchiveError>> {
    await this.#forgetWaste();
    return this.#unreadable;
  }

  /** Undefined for a pack that cannot be read, which may be because it is removed later. */
  async #read({ subjectId: key, payload }: PackSealed): Promise<PackTrailer | undefined> {
    try {
      return await readPackTrailer(this.#storage, key, payload.stored_bytes);
    } catch (error) {
      if (!isArchiveError(error, 'INTEGRITY')) throw error;
      this.#unreadable.set(key, error);
      return undefined;
    }
  }

  async #add(pack: SealedPack): Promise<void> {
    const digests = pack.contents.map(({ digest }) => digest);
    const before = await locateContents(this.#tx, digests);
    await addPack(this.#tx, pack);
    if (before.size === 0) return;
    const { id } = await this.#tx
      .selectFrom('packs')
      .select('id')
      .where('storage_key', '=', pack.key)
      .executeTakeFirstOrThrow();
    for (const { digest, rawOffset } of placeContents(pack.contents)) {
      const found = before.get(toHex(digest));
      if (found) await this.#addCopy(digest, { pack_id: id, raw_offset: rawOffset }, found.packId);
    }
  }

  /** What garbage collection copied is found in the copy; else the first one stays, unless it is removed. */
  async #addCopy(digest: Uint8Array, place: Place, first: number): Promise<void> {
    if (this.#ofPackage) {
      this.#copies.set(toHex(digest), place);
      return;
    }
    this.#copied.add(first);
    await this.#place(digest, place);
  }

  async #place(digest: Uint8Array, place: Place): Promise<void> {
    await this.#tx.updateTable('contents').set(place).where('digest', '=', digest).execute();
  }

  /** Its bytes may be there still, when somebody was killed in the midst. */
  async #remove(key: string): Promise<void> {
    this.#unreadable.delete(key);
    const pack = await this.#tx.selectFrom('packs').select('id').where('storage_key', '=', key).executeTakeFirst();
    if (pack === undefined) return;
    // SQLite gives its id to another one.
    this.#copied.delete(pack.id);
    for (const [digest, { pack_id }] of this.#copies) if (pack_id === pack.id) this.#copies.delete(digest);
    const contents = this.#tx.selectFrom('contents').select('digest').where('pack_id', '=', pack.id);
    for (const { digest } of await contents.execute()) {
      const copy = this.#copies.get(toHex(digest));
      if (copy) await this.#place(digest, copy);
    }
    await this.#tx.deleteFrom('contents').where('pack_id', '=', pack.id).execute();
    await this.#tx.deleteFrom('packs').where('id', '=', pack.id).execute();
  }

  /** What garbage collection did not copy, because no package needed it, is found no more. */
  async #forgetWaste(): Promise<void> {
    const left = new Map<string, number>();
    for (const id of this.#copied) {
      const query = this.#tx.selectFrom('contents').select(['digest', 'damaged_at']).where('pack_id', '=', id);
      const rows = await query.execute();
      // What is damaged could not be copied, and keeps the pack as it is.
      if (rows.some(({ damaged_at }) => damaged_at !== null)) this.#copied.delete(id);
      else for (const { digest } of rows) left.set(toHex(digest), id);
    }
    if (left.size === 0) return;
    for (const id of await this.#neededOf(left)) this.#copied.delete(id);
    for (const id of this.#copied) await this.#tx.deleteFrom('contents').where('pack_id', '=', id).execute();
  }

  /** Those packs in which a package needs a content; all of them when a manifest is damaged and nobody knows. */
  async #neededOf(places: ReadonlyMap<string, number>): Promise<Set<number>> {
    const needed = new Set<number>();
    const source = remembering(this.#storage);
    try {
      for await (const row of allPackages(this.#tx)) {
        for (const entry of (await readManifest(source, row)).files) {
          const id = isContentEntry(entry) ? places.get(toHex(entry.blake3)) : undefined;
          if (id !== undefined) needed.add(id);
        }
      }
      return needed;
    } catch (error) {
      if (isArchiveError(error, 'INTEGRITY')) return new Set(places.values());
      throw error;
    }
  }
}
