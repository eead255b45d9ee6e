import type { ReadConnection } from '../database/database.ts';
import type { PackageTable } from '../database/schema.ts';
import { ArchiveError, isArchiveError } from '../errors.ts';
import { formatContentAddress, sameBytes, toHex } from '../identity/digest.ts';
import { contentDigest } from '../manifest/codec.ts';
import { type ContentEntry, isContentEntry, type Manifest } from '../manifest/model.ts';
import { fetchManifest, type ManifestSource } from '../manifest/stored.ts';
import { type ContentIndex, isList, locateReadable } from '../packs/content-index.ts';
import type { ListReader } from '../packs/list-reader.ts';
import { partsOf } from '../parts.ts';

/** A file of a package that cannot be restored. */
export interface HurtFile {
  packageId: string;
  /** Undefined for the manifest, and with it every file. */
  path: string | undefined;
  message: string;
}

const PAGE_ROWS = 100;
/** Contents per query: bounds memory. */
const CONTENTS_AT_ONCE = 20_000;

/** Packages sorted by id. */
export async function* allPackages(db: ReadConnection): AsyncIterable<PackageTable> {
  for (let last = ''; ; ) {
    const query = db.selectFrom('packages').selectAll().where('id', '>', last).orderBy('id').limit(PAGE_ROWS);
    const page = await query.execute();
    yield* page;
    if (page.length < PAGE_ROWS) return;
    last = page.at(-1)!.id;
  }
}

/**
 * The files of a package that cannot be restored, according to the registry and the manifest. Of the contents, only chunk lists are read.
 */
export async function hurtFiles(
  index: ContentIndex,
  source: ManifestSource,
  lists: ListReader,
  row: PackageTable,
): Promise<HurtFile[]> {
  const { db } = index;
  const hurt = await findHurt(index, source, lists, row);
  if (hurt.length === 0) return hurt;
  // It may have been disposed of meanwhile.
  const still = await db.selectFrom('packages').select('id').where('id', '=', row.id).executeTakeFirst();
  return still === undefined ? [] : hurt;
}

async function findHurt(
  index: ContentIndex,
  source: ManifestSource,
  lists: ListReader,
  row: PackageTable,
): Promise<HurtFile[]> {
  try {
    const { files } = await readManifest(index, source, row);
    const contents = files.filter(isContentEntry).filter(({ size }) => size > 0);
    return await hurtContents(index, lists, row.id, contents);
  } catch (error) {
    if (!isArchiveError(error, 'INTEGRITY')) throw error;
    return [{ packageId: row.id, path: undefined, message: error.message }];
  }
}

/**
 * The manifest of a package, compared with the registry.
 * @throws ArchiveError `INTEGRITY`.
 */
async function readManifest({ keys }: ContentIndex, source: ManifestSource, row: PackageTable): Promise<Manifest> {
  const { manifest } = await fetchManifest(source, row.manifest_digest, row.manifest_key);
  const { id, producer, subject, created_at } = manifest.package;
  const digest = contentDigest(manifest.files);
  const name = keys?.idKey.nameOf('package digest', digest);
  const bytes = manifest.files.filter(isContentEntry).reduce((sum, { size }) => sum + size, 0);
  const isSame = id === row.id && created_at === row.created_at && sameBytes(name ?? digest, row.content_digest);
  const agrees =
    isSame &&
    // In an encrypted store, the other fields are sealed in the log.
    (name !== undefined ||
      (producer === row.producer &&
        subject === row.subject &&
        manifest.files.length === row.file_count &&
        bytes === row.total_bytes));
  if (agrees) return manifest;
  throw new ArchiveError(
    'INTEGRITY',
    `The registry and the manifest of package "${row.id}" disagree; compare the registry with a backup.`,
    undefined,
    { packageId: row.id },
  );
}

async function hurtContents(
  index: ContentIndex,
  lists: ListReader,
  packageId: string,
  contents: readonly ContentEntry[],
): Promise<HurtFile[]> {
  const hurt: HurtFile[] = [];
  for (const part of partsOf(contents, CONTENTS_AT_ONCE)) {
    const located = await locateReadable(
      index,
      part.map(({ blake3 }) => blake3),
    );
    for (const { path, size, blake3 } of part) {
      const found = located.get(toHex(blake3));
      const isThere = found?.length === size && !found.damaged;
      if (isThere && (!isList(found) || (await lists.isReadable(found)))) continue;
      const what = isThere || found?.damaged ? 'is damaged' : 'is missing';
      const content = `${JSON.stringify(path)} (${formatContentAddress(blake3)})`;
      hurt.push({ packageId, path, message: `The content of ${content} ${what}; archive it again from another copy.` });
    }
  }
  return hurt;
}
