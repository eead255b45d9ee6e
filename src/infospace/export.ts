import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { type Abortable, untilAborted } from '../artifact-store/abort.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import type { BagTarget, OnProgress, PackageSummary, Registry } from '../artifact-store/registry.ts';
import { findPackage } from './find-package.ts';
import { openRegistry, type StoreLocation } from './infospace-store.ts';
import { refuseStore } from './restore.ts';
import { requireUsableNames } from './target-names.ts';

/** Which package to export, and where to. */
export interface ExportOptions extends StoreLocation, Abortable {
  /**
   * Where the bag goes: a new or empty folder; a new file whose name ends with `.tar.zst`; or a stream, which receives the bytes of that
   * file and is left open.
   */
  to: string | Writable;
  /** The infospace whose store and index are used; the working folder by default. */
  from?: string | undefined;
  /** Subject for `latest` and labels; by default the infospace's. */
  subject?: string | undefined;
  onProgress?: OnProgress | undefined;
  /** An open store to use instead of the configured one; the caller closes it. */
  registry?: Registry | undefined;
}

const FILE_EXTENSION = '.tar.zst';
/** File name extensions of other archive formats. */
const OTHER_EXTENSION = /\.(?:tar|tgz|zip|zst|tar\.(?:gz|bz2|xz))$/i;

/**
 * Writes a package, by any of its names, as a bag (BagIt 1.0, RFC 8493) that `importBag` and other BagIt software read. Every file is
 * checked as it is read. An export that fails or is aborted leaves nothing behind.
 * @throws ArchiveError `TARGET_REFUSED` when the target exists or cannot be written; `NOT_FOUND`, `INTEGRITY`, `USAGE`,
 * `STORE_UNAVAILABLE`.
 */
export async function exportPackage(reference: string, options: ExportOptions): Promise<PackageSummary> {
  const target = targetOf(options.to);
  if (options.registry) return exportFrom(options.registry, reference, target, options);
  const registry = await openRegistry(resolve(options.from ?? '.'), options, 'read');
  try {
    return await exportFrom(registry, reference, target, options);
  } finally {
    await registry.close();
  }
}

async function exportFrom(
  registry: Registry,
  reference: string,
  target: BagTarget,
  { from = '.', subject, onProgress, signal }: ExportOptions,
): Promise<PackageSummary> {
  const found = await untilAborted(signal, findPackage(reference, registry, { root: from, subject }));
  if (!('stream' in target)) await refuseStore('file' in target ? target.file : target.folder, registry.localPaths);
  if ('folder' in target) requireUsableNames((await registry.getManifest(found.id)).files);
  await registry.exportPackage(found.id, target, onProgress, signal);
  return found;
}

function targetOf(to: ExportOptions['to']): BagTarget {
  if (typeof to !== 'string') return { stream: to };
  const path = resolve(to);
  if (path.endsWith(FILE_EXTENSION)) return { file: path };
  if (!OTHER_EXTENSION.test(path)) return { folder: path };
  throw new ArchiveError(
    'USAGE',
    `"${to}" looks like a file; end its name with ${FILE_EXTENSION}, or name a folder.`,
    undefined,
    { path: to },
  );
}
