import { ArchiveError } from '../artifact-store/errors.ts';
import type { PackageReader } from '../artifact-store/package-reader.ts';
import type { PackageSummary } from '../artifact-store/registry.ts';
import { readIndex } from './index-file.ts';
import { openInfospace } from './infospace-file.ts';

/** Names the newest package instead of a certain one. */
const LATEST = 'latest';

/**
 * Finds a package by its id, its manifest digest, or as the latest: of the subject that is named, else the last one in
 * the index of the infospace, else the newest of the infospace's slug.
 *
 * @throws ArchiveError `NOT_FOUND`; `USAGE` when the reference is none of these.
 */
export async function findPackage(
  reference: string,
  registry: PackageReader,
  { root, subject }: { root: string; subject?: string | undefined },
): Promise<PackageSummary> {
  if (reference !== LATEST) return registry.getPackage(reference);
  if (subject === undefined) {
    const infospace = await openInfospace(root);
    const last = (await readIndex(infospace.root)).at(-1);
    if (last) return registry.getPackage(last.package_id);
    return latestOf(infospace.slug, registry);
  }
  return latestOf(subject, registry);
}

async function latestOf(subject: string, registry: PackageReader): Promise<PackageSummary> {
  const latest = await registry.latestPackage(subject);
  if (latest) return latest;
  throw new ArchiveError('NOT_FOUND', `The store has no package of the subject "${subject}"; archive it first.`);
}
