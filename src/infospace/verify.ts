import type { Abortable } from '../artifact-store/abort.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import type { VerifiedPackage } from '../artifact-store/registry.ts';
import { openRegistry, type StoreLocation } from './infospace-store.ts';

/**
 * Verifies damaged packages again as a whole and marks damaged contents in the store: the next archive of intact files then stores them
 * again, which repairs every package that uses them.
 * @returns the result for each; with `unrecorded` when the store is not writable.
 */
export async function markDamaged(
  root: string,
  location: StoreLocation & Abortable,
  damaged: readonly VerifiedPackage[],
): Promise<VerifiedPackage[]> {
  if (damaged.length === 0) return [];
  const { signal } = location;
  let registry: Awaited<ReturnType<typeof openRegistry>>;
  try {
    registry = await openRegistry(root, location, 'change');
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    return damaged.map((result) => ({ ...result, unrecorded: error }));
  }
  try {
    const found: VerifiedPackage[] = [];
    const ids = damaged.map(({ id }) => id);
    for await (const result of registry.verifyPackages(ids, undefined, { record: true, signal })) found.push(result);
    return found;
  } finally {
    await registry.close();
  }
}
