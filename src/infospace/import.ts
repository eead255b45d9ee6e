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
import { checkBeginning, type StoreToAddTo } from './new-store.ts';
import { newPackageOf } from './package-of-bag.ts';
import { topsOf } from './rebuild-index.ts';

/** Into which store a bag goes; and what is to be said of one that other software made. */
export interface ImportOptions extends StoreToAddTo {
  /** The infospace whose store and index are used; the working folder by default. */
  from?: string | undefined;
  /** Of a bag that other software made: what it is of; by default its `External-Identifier`, or its name, as a slug. */
  subject?: string | undefined;
  /** Of such a bag: what made the content; by default its `Source-Organization`, or `bagit`. */
  producer?: string | undefined;
  /** Of such a bag: `release-evidence` by default. */
  retentionClass?: string | undefined;
  /** Of such a bag. */
  note?: string | undefined;
  /** Called while the bag is checked, and then while it is taken in. */
  onProgress?: OnProgress | undefined;
  /** An open store to use instead of the configured one; the caller closes it. */
  registry?: Registry | undefined;
}

/** What an import came to. */
export interface ImportResult {
  package: ImportedPackage;
  /** The index it was recorded in; undefined when it just lies in the store. */
  index: string | undefined;
  /** Requests sent to storage; undefined where they cost nothing. */
  requests: RequestCounts | undefined;
}

/**
 * Takes a bag (BagIt, RFC 8493) into a store: a folder, or a tar archive, also one compressed with zstd or gzip. The bag is
 * checked from end to end before anything is stored. A package that this software exported keeps its id, its manifest and its
 * expiry; what other software made becomes a new package.
 *
 * It is recorded in the index of the infospace that `from` names, or whose embedded store it comes into. One that is aborted
 * has taken back what it had begun, unless the package is visible already: it is then recorded and returned.
 *
 * @throws ArchiveError `INTEGRITY` when the bag is not whole; `PATH_INVALID` for names that no package may hold;
 * `FORMAT_UNSUPPORTED` for a bag that cannot be checked; `STATE_CONFLICT` when the package was disposed of, or another one has
 * its id; `NOT_FOUND`, `USAGE`, `CONFIG_INVALID`, `STORE_UNAVAILABLE`.
 */
export async function importBag(path: string, options: ImportOptions = {}): Promise<ImportResult> {
  const root = resolve(options.from ?? '.');
  const indexed = isIndexed(root, options) ? (await openInfospace(root)).root : undefined;
  if (indexed) await requireUsableIndex(indexed);
  const checked = await checkBag(path, options.onProgress, options.signal);
  const coming = comingOf(checked, options);
  if (options.registry) return importInto(options.registry, coming, indexed, options);
  // All that can be refused without the store is, so that a refusal leaves no new store behind.
  if ('asked' in coming) checkNewPackage(coming.asked, storeOf(root, options));
  const registry = await openFor(root, indexed, options);
  try {
    return await importInto(registry, coming, indexed, options);
  } finally {
    await registry.close();
  }
}

/** A package as it is, or what is to become a new one. */
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

/** A store is not made by mistake in whatever folder one happens to be. */
async function openFor(root: string, indexed: string | undefined, options: ImportOptions): Promise<Registry> {
  const { from, storeRoot } = options;
  const isNamed = from !== undefined || storeRoot !== undefined;
  if (!isNamed && !(await openInfospace(root)).hasFile) return openRegistry(root, options, 'change');
  const beginning = indexed === undefined ? undefined : await checkBeginning(indexed, options);
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
    `The bag ${path} holds a package, which keeps what it is called; leave out the ${given === 'retentionClass' ? 'retention class' : given}.`,
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

/** What an index record says of it that is not in the result: its manifest was read already. */
async function recordedOf(coming: Coming): Promise<{ files: readonly FileEntry[]; note: string | undefined }> {
  if ('checked' in coming) return { files: coming.checked.files, note: coming.asked.metadata?.['note'] };
  const { files, package: about } = await coming.bag.getManifest();
  return { files, note: about.metadata['note'] };
}
