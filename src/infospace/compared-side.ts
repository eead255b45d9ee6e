import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Abortable, untilAborted } from '../artifact-store/abort.ts';
import { hashFiles } from '../artifact-store/hash-files.ts';
import type { ContentEntry, FileEntry } from '../artifact-store/manifest/model.ts';
import type { OnProgress, PackageSummary, Registry } from '../artifact-store/registry.ts';
import { readFaultOf, sourceError } from '../artifact-store/source-faults.ts';
import type { SelectionOptions } from './archive.ts';
import { findPackage } from './find-package.ts';
import { listFolder } from './folder-listing.ts';
import { openInfospace } from './infospace-file.ts';
import { type StoreLocation, storeOf } from './infospace-store.ts';
import { entryFilter } from './selection.ts';

/** One of the two states being compared. */
export interface ComparedSide {
  /** Undefined for a folder. */
  package: PackageSummary | undefined;
  /** Absolute; undefined for a package. */
  folder: string | undefined;
  entries: readonly FileEntry[];
  /** Contents of some entries, in order, each checked against its digest. */
  load(entries: readonly ContentEntry[]): Promise<Buffer[]>;
}

export interface FolderOptions extends SelectionOptions, StoreLocation, Abortable {
  /** Compares only these paths, and everything below those that are folders. */
  paths?: readonly string[] | undefined;
  /** False reads every file, even one that looks unchanged. */
  statCache?: boolean | undefined;
  onProgress?: OnProgress | undefined;
}

/**
 * Makes sides from packages of a store. Manifests that packages of a subject share are fetched once.
 * @returns a function of a reference, which throws ArchiveError `NOT_FOUND`, `INTEGRITY`, `STORE_UNAVAILABLE`.
 */
export function packageSides(
  registry: Registry,
  root: string,
  { signal, subject }: Abortable & { subject?: string | undefined } = {},
): (reference: string) => Promise<ComparedSide> {
  const getManifest = registry.manifestReader();
  return async (reference) => {
    const found = await untilAborted(signal, findPackage(reference, registry, { root, subject }));
    const { files } = await untilAborted(signal, getManifest(found.id));
    const load = (entries: readonly ContentEntry[]) => registry.loadFiles(entries, signal);
    return { package: found, folder: undefined, entries: files, load };
  };
}

/**
 * A folder as it is now: for an infospace what an archive would contain, for any other folder everything.
 * @throws ArchiveError `NOT_FOUND`, `USAGE`, `FILE_CHANGED`, `FILE_UNREADABLE`, `PATH_INVALID`.
 */
export async function folderSide(folder: string, options: FolderOptions): Promise<ComparedSide> {
  const { root } = await openInfospace(folder);
  const config = storeOf(root, options);
  const filter = entryFilter({ paths: options.paths });
  const listed = await listFolder(root, options, config.localPaths);
  const entries = await hashFiles(
    root,
    listed.filter((entry) => filter.wants(entry)),
    {
      statCacheDirectory: options.statCache === false ? undefined : config.statCacheDirectory,
      onProgress: options.onProgress,
      signal: options.signal,
    },
  );
  return {
    package: undefined,
    folder: root,
    entries,
    load: (wanted) => Promise.all(wanted.map((entry) => readUnchanged(root, entry))),
  };
}

async function readUnchanged(root: string, { path, sha256 }: ContentEntry): Promise<Buffer> {
  let content: Buffer;
  try {
    content = await readFile(join(root, path));
  } catch (error) {
    throw sourceError(path, readFaultOf(error), error);
  }
  if (createHash('sha256').update(content).digest().equals(sha256)) return content;
  throw sourceError(path, { status: 'changed' });
}
