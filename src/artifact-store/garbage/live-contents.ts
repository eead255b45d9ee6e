import type { ReadConnection } from '../database/database.ts';
import { DigestSet } from '../identity/digest-set.ts';
import { isContentEntry } from '../manifest/model.ts';
import { fetchManifest, type ManifestSource, manifestKey, remembering } from '../manifest/stored.ts';
import type { StorageBackend } from '../storage/backend.ts';

/** Manifests read at a time: a store far away answers each of them slowly… */
const READS_AT_ONCE = 8;
/** …and the entries in them, unless one has more: bounds memory. */
const ENTRIES_AT_ONCE = 200_000;

/** What packages need, as their manifests tell: contents, and the manifests that those build on. */
export class LiveContents {
  readonly #source: ManifestSource;
  readonly #packages = new Set<string>();
  readonly #digests = new DigestSet();
  readonly #bases = new Set<string>();

  constructor(storage: StorageBackend) {
    this.#source = remembering(storage);
  }

  /** Keys of manifests that others build on. */
  get bases(): ReadonlySet<string> {
    return this.#bases;
  }

  /**
   * Reads the manifests of those packages that have not been read, but for some that are taken for gone.
   *
   * @throws ArchiveError `INTEGRITY` for one that is damaged: what it needs is not known, so nothing may go.
   */
  async add(db: ReadConnection, leaving: ReadonlySet<string> = new Set()): Promise<void> {
    const packages = db.selectFrom('packages').select(['id', 'manifest_digest', 'file_count']);
    const unread = (await packages.execute()).filter(({ id }) => !this.#packages.has(id) && !leaving.has(id));
    for (const batch of batchesOf(unread)) {
      const reading = batch.map(async ({ id, manifest_digest }) => {
        try {
          await this.#read(manifest_digest);
        } catch (error) {
          // Another garbage collection may have disposed of it meanwhile.
          if (await packages.where('id', '=', id).executeTakeFirst()) throw error;
        }
        this.#packages.add(id);
      });
      await Promise.all(reading);
    }
  }

  async #read(digest: Uint8Array): Promise<void> {
    const { manifest, bases } = await fetchManifest(this.#source, digest);
    for (const base of bases) this.#bases.add(manifestKey(base));
    for (const entry of manifest.files) if (isContentEntry(entry)) this.#digests.add(entry.blake3);
  }

  has(digest: Uint8Array): boolean {
    return this.#digests.has(digest);
  }
}

function* batchesOf<T extends { file_count: number }>(packages: readonly T[]): Iterable<T[]> {
  let batch: T[] = [];
  let entries = 0;
  for (const found of packages) {
    if (batch.length === READS_AT_ONCE || (batch.length > 0 && entries + found.file_count > ENTRIES_AT_ONCE)) {
      yield batch;
      batch = [];
      entries = 0;
    }
    batch.push(found);
    entries += found.file_count;
  }
  if (batch.length > 0) yield batch;
}
