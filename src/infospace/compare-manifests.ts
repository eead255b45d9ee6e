import { differingEntries } from '../artifact-store/manifest/differing.ts';
import type { StreamedManifest } from '../artifact-store/registry.ts';
import { type Comparison, compareEntries } from './compare.ts';

/** {@link compareEntries} for whole manifests. Only differences are kept in memory. */
export function compareManifests(before: StreamedManifest, after: StreamedManifest): Comparison {
  const { removed, added, unchanged } = differingEntries(before.files, after.files);
  return { ...compareEntries(removed, added), unchanged };
}
