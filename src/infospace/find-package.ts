import { ArchiveError } from '../artifact-store/errors.ts';
import type { PackageReader } from '../artifact-store/package-reader.ts';
import type { PackageSummary, Registry, Tombstone } from '../artifact-store/registry.ts';
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
    const last = await lastRecorded(root);
    return last === undefined ? latestOf((await openInfospace(root)).slug, registry) : registry.getPackage(last);
  }
  return latestOf(subject, registry);
}

/**
 * Finds a package, or the certificate of one that was disposed of.
 *
 * @throws ArchiveError as {@link findPackage} does.
 */
export async function findPackageOrTombstone(
  reference: string,
  registry: Registry,
  root: string,
): Promise<PackageSummary | Tombstone> {
  const named = reference === LATEST ? await lastRecorded(root) : reference;
  const tombstone = named === undefined ? undefined : await registry.getTombstone(named);
  return tombstone ?? findPackage(reference, registry, { root });
}

async function lastRecorded(root: string): Promise<string | undefined> {
  const records = await readIndex((await openInfospace(root)).root);
  return records.at(-1)?.package_id;
}

async function latestOf(subject: string, registry: PackageReader): Promise<PackageSummary> {
  const latest = await registry.latestPackage(subject);
  if (latest) return latest;
  throw new ArchiveError('NOT_FOUND', `The store has no package of the subject "${subject}"; archive it first.`);
}
