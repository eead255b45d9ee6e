import { existsSync } from 'node:fs';
import { ArchiveError } from '../artifact-store/errors.ts';
import { isLabel, isWholeId, namedParts } from '../artifact-store/package-names.ts';
import type { PackageReader } from '../artifact-store/package-reader.ts';
import type { PackageSummary, Registry, Tombstone } from '../artifact-store/registry.ts';
import { readIndex, readNewest } from './index-file.ts';
import { openInfospace } from './infospace-file.ts';
import { parseEnd } from './parse-time.ts';

/** Context for names that are relative to a subject: `latest` and labels. */
export interface NamedAmong {
  /** The infospace. */
  root: string;
  /** Subject for `latest` and labels; by default the infospace's. */
  subject?: string | undefined;
}

/** `latest`, or `latest~N` for the Nth package before it. */
const LATEST = /^latest(?:~(\d{1,9}))?$/;
/** `latest@{time}`, the newest package made by that time. */
const LATEST_AT = /^latest@\{([^{}]+)\}$/;

/**
 * Whether an operand names a package rather than a folder. A text that only a package can have always does; any other name of a package
 * does unless a folder has that name. `./` before it always means the folder.
 */
export function isPackageReference(text: string): boolean {
  if (LATEST.test(text) || LATEST_AT.test(text) || isWholeId(text) || text.startsWith('blake3:')) return true;
  return isPackageName(text) && !existsSync(text);
}

/** Whether a text has the form of a name that {@link findPackage} accepts. */
export function isPackageName(text: string): boolean {
  const { idPrefix, idSuffix, digestPrefix } = namedParts(text) ?? {};
  const isPart = (idPrefix ?? idSuffix ?? digestPrefix) !== undefined;
  return isPart || LATEST.test(text) || LATEST_AT.test(text) || isLabel(text);
}

/**
 * Finds a package by any of its names: its id; the first 4 or more or the last 8 or more characters of the id; its manifest or content
 * digest, or 8 or more digits of one; `latest`, the newest kept package of the subject, in log order; `latest~2`, the second before it;
 * `latest@{2026-09-01}`, the newest one made by then, where a day counts to its end; a label.
 * @throws ArchiveError `NOT_FOUND`; `USAGE` when the text is not a name of a package, or names several, which are listed.
 */
export async function findPackage(
  reference: string,
  registry: PackageReader,
  among: NamedAmong,
): Promise<PackageSummary> {
  const before = beforeLatest(reference);
  if (before !== undefined) return latestOf(await subjectAmong(among), before, registry);
  const [, time] = LATEST_AT.exec(reference) ?? [];
  if (time !== undefined) return latestBy(await subjectAmong(among), parseEnd(time), registry);
  if (isLabel(reference)) return registry.getPackage(await labelled(reference, registry, among));
  return registry.getPackage(reference);
}

/**
 * Finds a package, or the tombstone of a disposed one. If the store has no package of the subject left, `latest` is the one disposed of
 * last.
 * @throws ArchiveError as {@link findPackage} does.
 */
export async function findPackageOrTombstone(
  reference: string,
  registry: Registry,
  among: NamedAmong,
): Promise<PackageSummary | Tombstone> {
  let tombstone: Tombstone | undefined;
  if (beforeLatest(reference) !== undefined) tombstone = await lastDisposed(await subjectAmong(among), registry);
  else if (isLabel(reference)) tombstone = await registry.getTombstone(await labelled(reference, registry, among));
  else if (!LATEST_AT.test(reference)) tombstone = await registry.getTombstone(reference);
  return tombstone ?? findPackage(reference, registry, among);
}

/**
 * The subject of an infospace's packages: its slug, unless all recorded packages have one other subject.
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken.
 */
export async function subjectAmong({ root, subject }: NamedAmong): Promise<string> {
  if (subject !== undefined) return subject;
  const { root: path, slug } = await openInfospace(root);
  const { records: newest, isWhole } = readNewest(path);
  // A single record with the slug decides.
  if (newest.some((record) => record.subject === slug)) return slug;
  const records = isWhole ? newest : await readIndex(path);
  const [recorded = slug, ...others] = new Set(records.map((record) => record.subject));
  return others.length === 0 ? recorded : slug;
}

/** Number of packages after this one; undefined for other names. */
export function beforeLatest(reference: string): number | undefined {
  const [latest, before] = LATEST.exec(reference) ?? [];
  return latest === undefined ? undefined : Number(before ?? 0);
}

/** The kept package of the same subject before this one in the log. */
export async function beforeInSubject(
  { id, subject }: PackageSummary,
  registry: Registry,
): Promise<PackageSummary | undefined> {
  const packages = await registry.listPackages({ subject });
  return packages[packages.findIndex((found) => found.id === id) - 1];
}

/** The id of the package with the label. */
async function labelled(label: string, registry: PackageReader, among: NamedAmong): Promise<string> {
  const subject = await subjectAmong(among);
  const found = await registry.getLabel?.(subject, label);
  if (found) return found.packageId;
  throw new ArchiveError(
    'NOT_FOUND',
    `There is no package "${label}": it is not a package id, a digest or a label of the subject "${subject}"; "list" shows the packages.`,
    undefined,
    { packageId: label },
  );
}

async function latestBy(subject: string, time: Date, registry: PackageReader): Promise<PackageSummary> {
  const found = await registry.latestPackageBy?.(subject, time);
  if (found) return found;
  throw new ArchiveError(
    'NOT_FOUND',
    `The store has no package of the subject "${subject}" made by ${time.toISOString()}; "list" shows the packages.`,
  );
}

async function latestOf(subject: string, before: number, registry: PackageReader): Promise<PackageSummary> {
  const latest = await registry.latestPackage(subject, before);
  if (latest) return latest;
  const disposed = 'listTombstones' in registry ? await lastDisposed(subject, registry as Registry) : undefined;
  // Throws an error that says when and why it was disposed of.
  if (disposed) return registry.getPackage(disposed.id);
  const count = await countOf(subject, registry);
  throw new ArchiveError(
    'NOT_FOUND',
    count === 0
      ? `The store has no package of the subject "${subject}"; archive it first, or name another infospace or subject.`
      : `There is no archive ${before} before the latest: the store has ${count} of the subject "${subject}"; "list" shows them.`,
  );
}

/** A bag contains at most one package. */
async function countOf(subject: string, registry: PackageReader): Promise<number> {
  if ('listPackages' in registry) return (await (registry as Registry).listPackages({ subject })).length;
  return (await registry.latestPackage(subject)) ? 1 : 0;
}

/** Undefined while the store keeps a package of the subject. */
async function lastDisposed(subject: string, registry: Registry): Promise<Tombstone | undefined> {
  if (await registry.latestPackage(subject)) return undefined;
  return (await registry.listTombstones()).findLast((tombstone) => tombstone.subject === subject);
}
