import { basename, join, resolve } from 'node:path';
import { type CheckedBag, checkBag } from '../artifact-store/bag/check-bag.ts';
import type { Bag } from '../artifact-store/bag/read-bag.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import type { FileEntry } from '../artifact-store/manifest/model.ts';
import { checkNewPackage, type NewPackage } from '../artifact-store/new-package.ts';
import type {
  ImportedPackage,
  OnProgress,
  PackageOrigin,
  Registry,
  RequestCounts,
} from '../artifact-store/registry.ts';
import { STORE_FOLDER } from './contract.ts';
import { appendToIndex, recording, requireUsableIndex } from './index-file.ts';
import { recordOf } from './index-record.ts';
import { openInfospace } from './infospace-file.ts';
import { isEmbedded, openRegistry, storeOf } from './infospace-store.ts';
import { checkNewStore, type StoreToAddTo } from './new-store.ts';
import { newPackageOf } from './package-of-bag.ts';
import { topsOf } from './rebuild-index.ts';

/** The store that receives a bag, and metadata for a bag of other software. */
export interface ImportOptions extends StoreToAddTo {
  /** The infospace whose store and index are used; the working folder by default. */
  from?: string | undefined;
  /** For a bag of other software: its subject; by default its `External-Identifier` or its name, as a slug. */
  subject?: string | undefined;
  /** For a bag of other software: its producer; by default its `Source-Organization`, or `bagit`. */
  producer?: string | undefined;
  /** For a bag of other software; `release-evidence` by default. */
  retentionClass?: string | undefined;
  /** For a bag of other software. */
  note?: string | undefined;
  /** Called while the bag is checked, and then while it is stored. */
  onProgress?: OnProgress | undefined;
  /** An open store to use instead of the configured one; the caller closes it. */
  registry?: Registry | undefined;
}

/** The outcome of an import. */
export interface ImportResult {
  package: ImportedPackage;
  /** The index that records the package; undefined when only the store has it. */
  index: string | undefined;
  /** Requests sent to storage; undefined where they cost nothing. */
  requests: RequestCounts | undefined;
}

/**
 * Imports a bag (BagIt, RFC 8493) into a store: a folder, or a tar archive, which may be compressed with zstd or gzip. The whole bag is
 * checked before anything is stored. A package that this software exported keeps its id, manifest and expiry; a bag of other software
 * becomes a new package.
 * The package is recorded in the index of the infospace that `from` names, or whose embedded store receives it. An abort undoes what was
 * begun; once the package is visible, the call ignores the abort, records the package and returns.
 * @throws ArchiveError `INTEGRITY` when the bag is incomplete or damaged; `PATH_INVALID` for names that a package cannot contain;
 * `FORMAT_UNSUPPORTED` for a bag that cannot be checked; `STATE_CONFLICT` when the package was disposed of, or another one has its id;
 * `NOT_FOUND`, `USAGE`, `CONFIG_INVALID`, `STORE_UNAVAILABLE`.
 */
export async function importBag(path: string, options: ImportOptions = {}): Promise<ImportResult> {
  const root = resolve(options.from ?? '.');
  const indexed = isIndexed(root, options) ? (await openInfospace(root)).root : undefined;
  if (indexed) await requireUsableIndex(indexed);
  const checked = await checkBag(path, options.onProgress, options.signal);
  const coming = comingOf(checked, options);
  if (options.registry) return importInto(options.registry, coming, indexed, options);
  // Bad input is refused before the store is opened, so that a refusal creates no store.
  if ('asked' in coming) checkNewPackage(coming.asked, storeOf(root, options));
  const registry = await openFor(root, indexed, options);
  try {
    return await importInto(registry, coming, indexed, options);
  } finally {
    await registry.close();
  }
}

/** An exported package, or a checked bag that becomes a new one. */
type Coming = { bag: Bag; origin: PackageOrigin } | { checked: CheckedBag; asked: NewPackage };

function comingOf(checked: CheckedBag, options: ImportOptions): Coming {
  const { bag, source, tagManifestSha256 } = checked;
  const origin: PackageOrigin = {
    source: 'bag',
    name: basename(source.path),
    tagmanifest_sha256: tagManifestSha256 ?? null,
  };
  if (bag === undefined) return { checked, asked: newPackageOf(checked, origin, options) };
  refuseNewNames(source.path, options);
  return { bag, origin };
}

function isIndexed(root: string, options: ImportOptions): boolean {
  if (options.from !== undefined) return true;
  return !options.registry && storeOf(root, options).localPaths.includes(join(root, STORE_FOLDER));
}

/** Refuses to create a store in a folder that is not an infospace. */
async function openFor(root: string, indexed: string | undefined, options: ImportOptions): Promise<Registry> {
  const { from, storeRoot } = options;
  const isNamed = from !== undefined || storeRoot !== undefined;
  if (!isNamed && !(await openInfospace(root)).hasFile) return openRegistry(root, options, 'change');
  const beginning = indexed === undefined ? undefined : await checkNewStore(indexed, options);
  if (beginning !== undefined) process.emitWarning(beginning, { type: 'StoreWarning' });
  return openRegistry(root, options, 'write');
}

function refuseNewNames(path: string, options: ImportOptions): void {
  const given = (['subject', 'producer', 'retentionClass', 'note'] as const).find(
    (name) => options[name] !== undefined,
  );
  if (given === undefined) return;
  throw new ArchiveError(
    'USAGE',
    `The bag ${path} contains a package, which keeps its metadata; leave out the ${given === 'retentionClass' ? 'retention class' : given}.`,
    undefined,
    { path },
  );
}

async function importInto(
  registry: Registry,
  coming: Coming,
  indexed: string | undefined,
  options: ImportOptions,
): Promise<ImportResult> {
  const { onProgress, signal } = options;
  const made =
    'bag' in coming
      ? await registry.importPackage(coming.bag, coming.bag.summary.id, coming.origin, onProgress, signal)
      : await makePackage(registry, coming, options);
  if (indexed) {
    await recording(made.id, 'is in the store', async () => {
      const { files, note } = await recordedOf(coming);
      const place = { log: await registry.logHead(), embedded: isEmbedded(indexed, registry) };
      await appendToIndex(indexed, recordOf(made, topsOf(files), note ?? null, place), signal);
    });
  }
  return { package: made, index: indexed, requests: registry.requests && { ...registry.requests } };
}

async function makePackage(
  registry: Registry,
  { checked: { files, readFiles }, asked }: { checked: CheckedBag; asked: NewPackage },
  { onProgress, signal }: ImportOptions,
): Promise<ImportedPackage> {
  const id = await registry.createPackage(asked, { signal });
  try {
    await registry.ingestRead(id, files, readFiles, onProgress);
    return await registry.finalizePackage(id);
  } catch (error) {
    if (registry.isOpen(id)) await registry.abandonPackage(id);
    throw error;
  }
}

/** The fields of an index record that are not in the result, from the manifest that was read already. */
async function recordedOf(coming: Coming): Promise<{ files: readonly FileEntry[]; note: string | undefined }> {
  if ('checked' in coming) return { files: coming.checked.files, note: coming.asked.metadata?.['note'] };
  const { files, package: about } = await coming.bag.getManifest();
  return { files, note: about.metadata['note'] };
}
