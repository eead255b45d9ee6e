import type { Registry, StreamedManifest } from '../artifact-store/registry.ts';

/** Two, since two packages are compared file by file. */
const KEPT = 2;

/** Caches the manifests used last: readers of a package go from folder to folder. */
export class RecentManifests {
  readonly #registry: Registry;
  readonly #recent = new Map<string, Promise<StreamedManifest>>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** @param id of an existing package. */
  async of(id: string): Promise<StreamedManifest> {
    const found = this.#recent.get(id) ?? this.#registry.streamManifest(id);
    // Moves it to the end, as the most recently used.
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
