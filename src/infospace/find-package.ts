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
 * Finds a package by its id, its manifest digest, or as the latest: the newest of its subject that the store keeps, in the order
 * of its log. `latest~2` is the second before it. The subject is that of the infospace, unless one is named.
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
  return latestOf(subject ?? (await subjectOf(root)), before, registry);
}

/**
 * Finds a package, or the certificate of one that was disposed of: as the latest, where the store keeps none of the subject any
 * more.
 *
 * @throws ArchiveError as {@link findPackage} does.
 */
export async function findPackageOrTombstone(
  reference: string,
  registry: Registry,
  root: string,
): Promise<PackageSummary | Tombstone> {
  const tombstone =
    beforeLatest(reference) === undefined
      ? await registry.getTombstone(reference)
      : await lastDisposed(await subjectOf(root), registry);
  return tombstone ?? findPackage(reference, registry, { root });
}

/**
 * The subject of an infospace's packages: its slug, unless all that were ever recorded are of one other subject.
 *
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken.
 */
async function subjectOf(root: string): Promise<string> {
  const { root: path, slug } = await openInfospace(root);
  const [recorded = slug, ...others] = new Set((await readIndex(path)).map(({ subject }) => subject));
  return others.length === 0 ? recorded : slug;
}

/** How many came after the package; undefined when it is named otherwise. */
export function beforeLatest(reference: string): number | undefined {
  const [latest, before] = LATEST.exec(reference) ?? [];
  return latest === undefined ? undefined : Number(before ?? 0);
}

async function latestOf(subject: string, before: number, registry: PackageReader): Promise<PackageSummary> {
  const latest = await registry.latestPackage(subject, before);
  if (latest) return latest;
  const disposed = 'listTombstones' in registry ? await lastDisposed(subject, registry as Registry) : undefined;
  // Which says when it went, and why.
  if (disposed) return registry.getPackage(disposed.id);
  const count = await countOf(subject, registry);
  throw new ArchiveError(
    'NOT_FOUND',
    count === 0
      ? `The store has no package of the subject "${subject}"; archive it first, or name another infospace or subject.`
      : `There is no archive ${before} before the latest: the store has ${count} of the subject "${subject}"; list them.`,
  );
}

/** A bag has one package at most. */
async function countOf(subject: string, registry: PackageReader): Promise<number> {
  if ('listPackages' in registry) return (await (registry as Registry).listPackages({ subject })).length;
  return (await registry.latestPackage(subject)) ? 1 : 0;
}

/** Undefined as long as the store keeps a package of the subject. */
async function lastDisposed(subject: string, registry: Registry): Promise<Tombstone | undefined> {
  if (await registry.latestPackage(subject)) return undefined;
  return (await registry.listTombstones()).findLast((tombstone) => tombstone.subject === subject);
}
