import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { failingWithReason } from '../artifact-store/abort.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import { type ContentEntry, isContentEntry } from '../artifact-store/manifest/model.ts';
import type { PackageSummary, Registry } from '../artifact-store/registry.ts';
import { type Change, type Comparison, compareEntries, sameContent } from './compare.ts';
import { type ComparedSide, type FolderOptions, folderSide, packageSides } from './compared-side.ts';
import { findInfospace, noInfospace } from './find-infospace.ts';
import { isPackageReference } from './find-package.ts';
import { isInfospace } from './folder-listing.ts';
import { namesStore, openRegistry } from './infospace-store.ts';
import { type Hunk, lineChanges, MAX_TEXT_BYTES } from './line-changes.ts';
import { entryFilter } from './selection.ts';

/** What is compared, and from which store. */
export interface DiffOptions extends FolderOptions {
  /** The infospace whose store and index are used; by default a compared folder that is one, else the one around the working folder. */
  from?: string | undefined;
  /** Subject for `latest` and labels; by default the infospace's. */
  subject?: string | undefined;
  /** An open store to use instead of the configured one; the caller closes it. */
  registry?: Registry | undefined;
}

/** A compared state: a package, or a folder by its absolute path. */
export type Compared = { package: PackageSummary } | { folder: string };

/** How two states differ, and what they are. */
export interface ArchiveComparison extends Comparison {
  before: Compared;
  after: Compared;
}

/** A change and the line changes of its file. */
export interface FilePatch {
  change: Change;
  /**
   * Undefined when no content changed: a rename, an executable bit, a link, an empty folder. `binary` for content that is not UTF-8 text,
   * `large` for content above 256 KiB, which is not read.
   */
  hunks: Hunk[] | 'binary' | 'large' | undefined;
}

/** Limit for the contents of one side in memory. */
const MAX_LOADED_BYTES = 16 * 1024 * 1024;
/** Limit for the number of files in memory. */
const MAX_LOADED_FILES = 512;

/**
 * Compares two packages, or a package with a folder, by the digests of their files. A side is any name of a package, or else the path of a
 * folder. Of a folder that is an infospace, only what an archive would contain is compared; of any other, everything. Patterns and paths
 * limit both sides.
 * @throws ArchiveError `NOT_FOUND`, `USAGE`, `INTEGRITY`, `FILE_CHANGED`, `FILE_UNREADABLE`, `STORE_UNAVAILABLE`.
 */
export async function compareArchives(
  before: string,
  after: string,
  options: DiffOptions = {},
): Promise<ArchiveComparison> {
  return withSides(before, after, options, async (a, b) => ({
    before: comparedOf(a),
    after: comparedOf(b),
    ...compareEntries(a.entries, b.entries),
  }));
}

/**
 * Compares as {@link compareArchives} does, and reads changed files to find the changed lines. Keeps only a few files in memory.
 * @param take receives the changes one by one, sorted by path.
 * @throws ArchiveError as {@link compareArchives} does.
 */
export async function patchArchives(
  before: string,
  after: string,
  options: DiffOptions,
  take: (patch: FilePatch) => void | Promise<void>,
): Promise<ArchiveComparison> {
  return withSides(before, after, options, async (a, b) => {
    const comparison = compareEntries(a.entries, b.entries);
    for (const batch of batchesOf(comparison.changes)) {
      options.signal?.throwIfAborted();
      for (const patch of await patchesOf(batch, a, b)) await take(patch);
    }
    return { before: comparedOf(a), after: comparedOf(b), ...comparison };
  });
}

async function withSides<T>(
  before: string,
  after: string,
  options: DiffOptions,
  use: (before: ComparedSide, after: ComparedSide) => Promise<T>,
): Promise<T> {
  const folders = [before, after].filter((operand) => !isPackageReference(operand));
  const missing = folders.find((folder) => !existsSync(folder));
  if (missing !== undefined) {
    const sentence = `"${missing}" is neither a package (an id, a digest, "latest" or a label) nor an existing folder; correct it.`;
    throw new ArchiveError('NOT_FOUND', sentence);
  }
  const filter = entryFilter(options);
  const found = options.from ?? folders.find(isInfospace) ?? findInfospace();
  if (found === undefined && folders.length < 2 && !options.registry && !namesStore(options)) throw noInfospace();
  const from = resolve(found ?? '.');
  let registry = options.registry;
  if (folders.length < 2) registry ??= await openRegistry(from, options, 'read');
  const packageSide = registry && packageSides(registry, from, options);
  const open = (operand: string) =>
    packageSide && isPackageReference(operand) ? packageSide(operand) : folderSide(operand, options);
  try {
    const limited = (side: ComparedSide) => ({ ...side, entries: side.entries.filter((entry) => filter.wants(entry)) });
    return await failingWithReason(options.signal, async () => {
      const [old, now] = [limited(await open(before)), limited(await open(after))];
      const [missed] = filter.unmatched();
      if (missed === undefined) return use(old, now);
      throw new ArchiveError(
        'NOT_FOUND',
        `Nothing on either side matches "${missed}"; correct or drop it.`,
        undefined,
        { path: missed },
      );
    });
  } finally {
    if (registry !== options.registry) await registry?.close();
  }
}

function comparedOf(side: ComparedSide): Compared {
  return side.package ? { package: side.package } : { folder: side.folder! };
}

/** The files of a change, if their contents differ. */
interface Contents {
  before: ContentEntry | undefined;
  after: ContentEntry | undefined;
}

function contentsOf(change: Change): Contents {
  const before = 'before' in change && isContentEntry(change.before) ? change.before : undefined;
  const after = 'after' in change && isContentEntry(change.after) ? change.after : undefined;
  const isSame = before !== undefined && after !== undefined && sameContent(before, after);
  return isSame ? { before: undefined, after: undefined } : { before, after };
}

function isReadable({ before, after }: Contents): boolean {
  return Math.max(before?.size ?? 0, after?.size ?? 0) <= MAX_TEXT_BYTES;
}

/** Splits changes into batches whose contents fit into memory. */
function* batchesOf(changes: readonly Change[]): Iterable<Change[]> {
  let batch: Change[] = [];
  let bytes = 0;
  for (const change of changes) {
    const contents = contentsOf(change);
    const size = isReadable(contents) ? Math.max(contents.before?.size ?? 0, contents.after?.size ?? 0) : 0;
    if (bytes + size > MAX_LOADED_BYTES || batch.length >= MAX_LOADED_FILES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(change);
    bytes += size;
  }
  yield batch;
}

async function patchesOf(batch: readonly Change[], before: ComparedSide, after: ComparedSide): Promise<FilePatch[]> {
  const readable = batch.map(contentsOf).filter(isReadable);
  const old = await load(
    before,
    readable.flatMap((contents) => contents.before ?? []),
  );
  const now = await load(
    after,
    readable.flatMap((contents) => contents.after ?? []),
  );
  const patches: FilePatch[] = [];
  for (const change of batch) {
    const contents = contentsOf(change);
    const hasContent = contents.before !== undefined || contents.after !== undefined;
    let hunks: FilePatch['hunks'];
    if (!isReadable(contents)) hunks = 'large';
    else if (hasContent) hunks = await lineChanges(old(contents.before), now(contents.after));
    patches.push({ change, hunks });
  }
  return patches;
}

/** Reads contents into memory; a missing entry has empty content. */
async function load(
  side: ComparedSide,
  entries: readonly ContentEntry[],
): Promise<(entry: ContentEntry | undefined) => Uint8Array> {
  const loaded = entries.length > 0 ? await side.load(entries) : [];
  const contents = new Map(entries.map((entry, i) => [entry, loaded[i]!]));
  return (entry) => (entry && contents.get(entry)) ?? Buffer.alloc(0);
}
