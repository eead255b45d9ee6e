import { existsSync } from 'node:fs';
import { ArchiveError } from '../artifact-store/errors.ts';
import { isLabel, isWholeId, namedParts } from '../artifact-store/package-names.ts';
import type { PackageReader } from '../artifact-store/package-reader.ts';
import type { PackageSummary, Registry, Tombstone } from '../artifact-store/registry.ts';
import { readIndex, readNewest } from './index-file.ts';
import { openInfospace } from './infospace-file.ts';
import { parseEnd } from './parse-time.ts';

/** Where a package is looked for that is named by its place among others, or by a label. */
export interface NamedAmong {
  /** The infospace. */
  root: string;
  /** Whose `latest` and whose labels are meant; by default that of the infospace. */
  subject?: string | undefined;
}

/** `latest`, or `latest~N` for the Nth package before it. */
const LATEST = /^latest(?:~(\d{1,9}))?$/;
/** `latest@{time}`, the newest package made by that time. */
const LATEST_AT = /^latest@\{([^{}]+)\}$/;

/**
 * Whether an operand names a package rather than a folder: whatever can be nothing else; any other name of a package, unless a
 * folder is called so. Such a folder is always meant with `./` before it.
 */
export function isPackageReference(text: string): boolean {
  if (LATEST.test(text) || LATEST_AT.test(text) || isWholeId(text) || text.startsWith('blake3:')) return true;
  return isPackageName(text) && !existsSync(text);
}

/** Whether a text has the form of any name that {@link findPackage} takes. */
export function isPackageName(text: string): boolean {
  const { idPrefix, idSuffix, digestPrefix } = namedParts(text) ?? {};
  const isPart = (idPrefix ?? idSuffix ?? digestPrefix) !== undefined;
  return isPart || LATEST.test(text) || LATEST_AT.test(text) || isLabel(text);
}

/**
 * Finds a package by any of its names: its id; at least 4 characters of the id's beginning or 8 of its end; its manifest or
 * content digest, or 8 digits of one; `latest`, the newest of the subject that the store keeps, in the order of its log;
 * `latest~2`, the second before it; `latest@{2026-09-01}`, the newest that was made by then, a day to its end; a label.
 *
 * @throws ArchiveError `NOT_FOUND`; `USAGE` when it is no name of a package, or of several, which are listed.
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
 * Finds a package, or the certificate of a disposed one. If the store has no package of the subject left, `latest` is the one
 * disposed of last.
 *
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
 * The subject of an infospace's packages: its slug, unless all that were ever recorded are of one other subject.
 *
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken.
 */
export async function subjectAmong({ root, subject }: NamedAmong): Promise<string> {
  if (subject !== undefined) return subject;
  const { root: path, slug } = await openInfospace(root);
  const { records: newest, isWhole } = readNewest(path);
  // One record with the slug decides.
  if (newest.some((record) => record.subject === slug)) return slug;
  const records = isWhole ? newest : await readIndex(path);
  const [recorded = slug, ...others] = new Set(records.map((record) => record.subject));
  return others.length === 0 ? recorded : slug;
}

/** How many came after the package; undefined when it is named otherwise. */
export function beforeLatest(reference: string): number | undefined {
  const [latest, before] = LATEST.exec(reference) ?? [];
  return latest === undefined ? undefined : Number(before ?? 0);
}

/** The package of the same subject before this one in the log, of those that are kept. */
export async function beforeInSubject(
  { id, subject }: PackageSummary,
  registry: Registry,
): Promise<PackageSummary | undefined> {
  const packages = await registry.listPackages({ subject });
  return packages[packages.findIndex((found) => found.id === id) - 1];
}

/** The id of the package that has the label. */
async function labelled(label: string, registry: PackageReader, among: NamedAmong): Promise<string> {
  const subject = await subjectAmong(among);
  const found = await registry.getLabel?.(subject, label);
  if (found) return found.packageId;
  throw new ArchiveError(
    'NOT_FOUND',
    `There is no package "${label}": it is no package id, no digest and no label of the subject "${subject}"; "list" shows the packages there are.`,
    undefined,
    { packageId: label },
  );
}

async function latestBy(subject: string, time: Date, registry: PackageReader): Promise<PackageSummary> {
  const found = await registry.latestPackageBy?.(subject, time);
  if (found) return found;
  throw new ArchiveError(
    'NOT_FOUND',
    `The store has no package of the subject "${subject}" that was made by ${time.toISOString()}; "list" shows the packages there are.`,
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
