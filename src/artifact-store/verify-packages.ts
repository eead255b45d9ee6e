import { type Abortable, failingWithReason } from './abort.ts';
import { type LogParts, record } from './commit/record.ts';
import { ArchiveError, isArchiveError } from './errors.ts';
import { findManifest, findPackage, findTombstone } from './find-packages.ts';
import { type ContentEntry, isContentEntry } from './manifest/model.ts';
import { type ManifestSource, remembering } from './manifest/stored.ts';
import { type OnProgress, type Progress, ProgressCounter } from './packs/progress.ts';
import type { ReaderParts } from './packs/reader-parts.ts';
import { type Checked, checkFiles, chooseContents, type Damage, findingsOf } from './read-package.ts';
import { manifestSource } from './sealed-manifests.ts';
import type { StoredBytes } from './verify-stored.ts';

/** How to verify. */
export interface VerifyOptions extends Abortable {
  /**
   * Records the result in the log and marks damaged contents, so that the next archive stores them again; unmarks those that are intact.
   */
  record?: boolean | undefined;
  /** Share of the contents to read, chosen at random: more than 0, up to 1. At least one content of each package is read. */
  sample?: number | undefined;
  /** Without an identity of an encrypted store, compares the stored bytes instead; see {@link VerifiedPackage.stored}. */
  storedBytes?: boolean | undefined;
}

/** The result for a package. */
export interface VerifiedPackage {
  id: string;
  /** Entries: files, links and empty folders. */
  files: number;
  /** Total size of the files. */
  bytes: number;
  /** Empty when it is intact. */
  damage: Damage[];
  /** For a sample, the files that were read. */
  read?: { files: number; bytes: number };
  /** Set where only stored bytes were compared and nothing was decrypted: files and sizes are then unknown and given as 0. */
  stored?: StoredBytes;
  /** Why the result was not recorded, although requested. */
  unrecorded?: ArchiveError;
}

type Parts = LogParts & ReaderParts;

/**
 * Reads every byte of the packages, or of a sample, from storage and compares all digests. Shared contents are read once. A package
 * disposed of meanwhile is skipped.
 * @throws ArchiveError `USAGE` for an invalid sample.
 */
export async function* verifyPackages(
  parts: Parts,
  packageIds: Iterable<string>,
  onProgress: OnProgress | undefined,
  { record: isRecorded = false, sample = 1, storedBytes = false }: VerifyOptions,
): AsyncIterable<VerifiedPackage> {
  parts.storage.bypassCache?.();
  const checked: Checked = new Map();
  // Each manifest comes from storage at least once, and its digest is checked each time.
  const manifests = remembering(manifestSource(parts.storage, parts.store, parts.db));
  const choose = chooseContents(sample);
  const startedAt = parts.now();
  let unrecorded: ArchiveError | undefined;
  const ids = [...packageIds];
  if (storedBytes && parts.store.keys?.mayRead === false) {
    const { verifyStored } = await import('./verify-stored.ts');
    for await (const { id, stored, errors } of verifyStored(parts, ids)) {
      yield { id, files: 0, bytes: 0, stored, damage: errors.map((error) => ({ path: undefined, error })) };
    }
    return;
  }
  // A sample is chosen package by package.
  const counter = new ProgressCounter(onProgress, onProgress && sample === 1 ? await totalBytesOf(parts, ids) : {});
  for (const id of ids) {
    const verifying = failingWithReason(parts.signal, () => verify(parts, manifests, id, choose, checked, counter));
    const found = await verifying.catch(async (error: unknown) => {
      parts.signal?.throwIfAborted();
      if (!(await wasDisposedSince(parts, id, startedAt))) throw error;
    });
    if (found === undefined) continue;
    const { contents, ...verified } = found;
    const read = { files: contents.length, bytes: contents.reduce((sum, { size }) => sum + size, 0) };
    if (isRecorded) {
      const payload = { ...read, damaged: verified.damage.length };
      unrecorded ??= await recordVerified(parts, id, payload, contents, checked);
    }
    yield { ...verified, ...(sample < 1 && { read }), ...(unrecorded && { unrecorded }) };
  }
}

/** Links and empty folders are counted too, so that the total is known from the registry alone. */
async function totalBytesOf({ db }: Parts, ids: readonly string[]): Promise<Pick<Progress, 'totalBytes'>> {
  let totalBytes = 0;
  for (const id of ids) {
    const row = await db.selectFrom('packages').select('total_bytes').where('id', '=', id).executeTakeFirst();
    totalBytes += row?.total_bytes ?? 0;
  }
  return { totalBytes };
}

async function verify(
  parts: Parts,
  manifests: ManifestSource,
  id: string,
  choose: (entries: readonly ContentEntry[]) => ContentEntry[],
  checked: Checked,
  counter: ProgressCounter,
): Promise<VerifiedPackage & { contents: ContentEntry[] }> {
  let { fileCount: files, totalBytes: bytes } = await findPackage(parts.db, id);
  let contents: ContentEntry[] = [];
  try {
    const { manifest } = await findManifest(parts.db, manifests, id);
    const all = manifest.files.filter(isContentEntry);
    // The log of an encrypted store does not contain it.
    if (parts.store.encryption) {
      files = manifest.files.length;
      bytes = all.reduce((sum, { size }) => sum + size, 0);
    }
    contents = choose(all);
    return { id, files, bytes, damage: await checkFiles(parts, contents, checked, counter), contents };
  } catch (error) {
    if (!isArchiveError(error, 'INTEGRITY')) throw error;
    return { id, files, bytes, damage: [{ path: undefined, error }], contents };
  }
}

async function wasDisposedSince({ db }: Parts, id: string, time: Date): Promise<boolean> {
  const tombstone = await findTombstone(db, id);
  return tombstone !== undefined && tombstone.disposedAt >= time.toISOString();
}

/** @returns why the result could not be recorded: a read-only store can be verified too. */
async function recordVerified(
  parts: LogParts,
  id: string,
  payload: { files: number; bytes: number; damaged: number },
  contents: readonly ContentEntry[],
  checked: Checked,
): Promise<ArchiveError | undefined> {
  try {
    await record(parts, async (tx) => [
      { type: 'v1.storage.verified', subjectKind: 'package', subjectId: id, payload },
      ...(await findingsOf({ db: tx, keys: parts.store.keys }, contents, checked)),
    ]);
    return undefined;
  } catch (error) {
    if (error instanceof ArchiveError) return error;
    throw error;
  }
}
