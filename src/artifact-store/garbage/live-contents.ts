import type { ReadConnection } from '../database/database.ts';
import { DigestSet } from '../identity/digest-set.ts';
import { isContentEntry } from '../manifest/model.ts';
import { fetchManifest, type ManifestSource, manifestKey, remembering } from '../manifest/stored.ts';
import type { StorageBackend } from '../storage/backend.ts';

/** Manifests read at a time: a store far away answers each of them slowly. Bounds memory. */
const READS_AT_ONCE = 8;

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
    const packages = db.selectFrom('packages').select(['id', 'manifest_digest']);
    const unread = (await packages.execute()).filter(({ id }) => !this.#packages.has(id) && !leaving.has(id));
    for (let i = 0; i < unread.length; i += READS_AT_ONCE) {
      const reading = unread.slice(i, i + READS_AT_ONCE).map(async ({ id, manifest_digest }) => {
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
