import type { ReadConnection } from './database/database.ts';
import { ArchiveError } from './errors.ts';
import { findPackage } from './find-packages.ts';
import { DIGEST_BYTES, formatContentAddress, toHex } from './identity/digest.ts';
import { blake3 } from './identity/hasher.ts';
import { type StreamedManifest, streamManifest } from './manifest/codec.ts';
import type { ContentEntry, FileEntry } from './manifest/model.ts';
import { fetchLayered, type ManifestSource, remembering } from './manifest/stored.ts';

/**
 * The entries of a package, decoded one at a time: all of them take several times the memory of their bytes.
 * @throws ArchiveError `NOT_FOUND`; `INTEGRITY` when the manifest is missing, damaged or that of another package.
 */
async function readEntries(
  db: ReadConnection,
  manifests: ManifestSource,
  packageId: string,
): Promise<Iterable<FileEntry>> {
  return (await readStreamed(db, manifests, packageId)).files;
}

/** The manifest of a package with entries as in {@link readEntries}. */
export async function readStreamed(
  db: ReadConnection,
  manifests: ManifestSource,
  packageId: string,
  asked: string = packageId,
): Promise<StreamedManifest> {
  const { id } = await findPackage(db, packageId, asked);
  const place = await db
    .selectFrom('packages')
    .select(['manifest_key', 'manifest_digest'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return readAt(manifests, id, place);
}

async function readAt(
  manifests: ManifestSource,
  id: string,
  { manifest_key, manifest_digest }: Place,
): Promise<StreamedManifest> {
  const { cbor } = await fetchLayered(manifests, manifest_digest, manifest_key);
  const manifest = streamManifest(cbor);
  if (manifest.package.id === id) return manifest;
  throw new ArchiveError(
    'INTEGRITY',
    `The manifest of package "${id}" belongs to another package; restore the registry from a backup.`,
    undefined,
    { packageId: id, expected: formatContentAddress(manifest_digest) },
  );
}

/**
 * {@link readEntries} for many packages: from the second one on, all manifests are located by one query, and common bases are fetched and
 * opened once.
 */
export function entriesReader(
  db: ReadConnection,
  source: ManifestSource,
): (packageId: string) => Promise<Iterable<FileEntry>> {
  const manifests = remembering(source);
  let places: Promise<ReadonlyMap<string, Place>> | undefined;
  let isFirst = true;
  return async (packageId) => {
    if (!isFirst) places ??= placesIn(db);
    isFirst = false;
    const place = (await places)?.get(packageId);
    return place ? (await readAt(manifests, packageId, place)).files : readEntries(db, manifests, packageId);
  };
}

/** Storage key and digest of a manifest. */
interface Place {
  manifest_key: string;
  manifest_digest: Uint8Array;
}

async function placesIn(db: ReadConnection): Promise<ReadonlyMap<string, Place>> {
  const rows = await db.selectFrom('packages').select(['id', 'manifest_key', 'manifest_digest']).execute();
  return new Map(rows.map(({ id, ...place }) => [id, place]));
}

/** @throws ArchiveError `NOT_FOUND` for a path that is not a file among the entries. */
export function requireFile(entries: Iterable<FileEntry>, path: string): ContentEntry {
  let isFolder = false;
  for (const entry of entries) {
    isFolder ||= entry.path.startsWith(`${path}/`);
    if (entry.path !== path) continue;
    if (entry.kind === 'file') return entry;
    if (entry.kind === 'symlink') throw noFile(path, `is a link to ${JSON.stringify(entry.target)}; name that`);
    isFolder = true;
  }
  throw noFile(path, isFolder ? 'is a folder; name a file in it' : 'is not in the package; list its files');
}

function noFile(path: string, why: string): ArchiveError {
  return new ArchiveError('NOT_FOUND', `${JSON.stringify(path)} ${why}.`, undefined, { path });
}

/** An empty file has no stored content, so no table shows who has one. */
const EMPTY = toHex(blake3.hash(Buffer.alloc(0)));

/**
 * Packages that may have a file of this content, found without manifests: those that need a pack with it.
 * @param digits first hexadecimal digits of its BLAKE3.
 * @returns undefined when any package may.
 */
export async function packagesWithContent(
  db: ReadConnection,
  digits: string,
): Promise<ReadonlySet<string> | undefined> {
  if (EMPTY.startsWith(digits)) return undefined;
  const [first, last] = ['0', 'f'].map((fill) => Buffer.from(digits.padEnd(2 * DIGEST_BYTES, fill), 'hex'));
  const holding = await db
    .selectFrom('contents')
    .innerJoin('package_packs', 'package_packs.pack_id', 'contents.pack_id')
    .select('package_packs.package_id as id')
    .where('contents.digest', '>=', first!)
    .where('contents.digest', '<=', last!)
    .union(
      db
        .selectFrom('lists')
        .innerJoin('package_packs', 'package_packs.pack_id', 'lists.pack_id')
        .select('package_packs.package_id as id')
        .where('lists.digest', '>=', first!)
        .where('lists.digest', '<=', last!),
    )
    .execute();
  const unknown = await db.selectFrom('packages').select('id').where('needs_known', '=', 0).execute();
  return new Set([...holding, ...unknown].map(({ id }) => id));
}
