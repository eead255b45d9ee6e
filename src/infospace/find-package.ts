import { ArchiveError } from '../artifact-store/errors.ts';
import type { PackageReader } from '../artifact-store/package-reader.ts';
import type { PackageSummary, Registry, Tombstone } from '../artifact-store/registry.ts';
import { readIndex } from './index-file.ts';
import { openInfospace } from './infospace-file.ts';

/** Names the newest package, or with a number the one that came so many before it, instead of a certain one. */
const LATEST = /^latest(?:~(\d{1,9}))?$/;

/** Whether a text names a package, by whatever of its names; a folder so called is written `./latest`. */
export function isPackageReference(text: string): boolean {
  return LATEST.test(text) || /^blake3:|^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/**
 * Finds a package by its id, its manifest digest, or as the latest: of the subject that is named, else the last one in
 * the index of the infospace, else the newest of the infospace's slug. `latest~2` is the second before the latest.
 *
 * @throws ArchiveError `NOT_FOUND`; `USAGE` when the reference is none of these.
 */
export async function findPackage(
  reference: string,
  registry: PackageReader,
  { root, subject }: { root: string; subject?: string | undefined },
): Promise<PackageSummary> {
  const before = beforeLatest(reference);
  if (before === undefined) return registry.getPackage(reference);
  if (subject === undefined) {
    const recorded = await idsInIndex(root);
    if (recorded.length === 0) return latestOf((await openInfospace(root)).slug, before, registry);
    return registry.getPackage(fromEnd(recorded, before, root));
  }
  return latestOf(subject, before, registry);
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
  const before = beforeLatest(reference);
  const named = before === undefined ? reference : (await idsInIndex(root)).at(-1 - before);
  const tombstone = named === undefined ? undefined : await registry.getTombstone(named);
  return tombstone ?? findPackage(reference, registry, { root });
}

/** How many came after the package; undefined when it is named otherwise. */
export function beforeLatest(reference: string): number | undefined {
  const [latest, before] = LATEST.exec(reference) ?? [];
  return latest === undefined ? undefined : Number(before ?? 0);
}

async function idsInIndex(root: string): Promise<string[]> {
  const records = await readIndex((await openInfospace(root)).root);
  return records.map((record) => record.package_id);
}

function fromEnd(ids: readonly string[], before: number, root: string): string {
  const id = ids.at(-1 - before);
  if (id !== undefined) return id;
  throw new ArchiveError(
    'NOT_FOUND',
    `There is no archive ${before} before the latest: the index of ${root} has ${ids.length}; list them.`,
  );
}

async function latestOf(subject: string, before: number, registry: PackageReader): Promise<PackageSummary> {
  const latest = await registry.latestPackage(subject, before);
  if (latest) return latest;
  throw new ArchiveError(
    'NOT_FOUND',
    before === 0
      ? `The store has no package of the subject "${subject}"; archive it first.`
      : `The store has no ${before + 1} packages of the subject "${subject}"; list what there is.`,
  );
}
