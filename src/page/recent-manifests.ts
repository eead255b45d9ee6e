import type { Registry, StreamedManifest } from '../artifact-store/registry.ts';

/** Of two, so that they are compared file by file. */
const KEPT = 2;

/** The manifests that were looked at last: who looks into a package goes from folder to folder. */
export class RecentManifests {
  readonly #registry: Registry;
  readonly #recent = new Map<string, Promise<StreamedManifest>>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** @param id of a package that is there. */
  async of(id: string): Promise<StreamedManifest> {
    const found = this.#recent.get(id) ?? this.#registry.streamManifest(id);
    // The one that was asked for last goes last.
    this.#recent.delete(id);
    this.#recent.set(id, found);
    const [oldest] = this.#recent.keys();
    if (this.#recent.size > KEPT) this.#recent.delete(oldest!);
    try {
      return await found;
    } catch (error) {
      this.#recent.delete(id);
      throw error;
    }
  }
}
