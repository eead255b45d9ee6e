import { validate as isUuid } from 'uuid';
import type { ReadConnection } from './database/database.ts';
import { ArchiveError } from './errors.ts';
import { isContentAddress, parseContentAddress } from './identity/digest.ts';
import type { Manifest } from './manifest/model.ts';
import { fetchManifest, type ManifestSource } from './manifest/stored.ts';
import { type PackageSummary, type Tombstone, toSummary, toTombstone } from './package-summary.ts';

/** @throws ArchiveError `NOT_FOUND` for a package that is not there; `USAGE` for what is neither id nor digest. */
export async function findPackage(db: ReadConnection, idOrDigest: string): Promise<PackageSummary> {
  const [column, value] = keyOf(idOrDigest);
  const row = await db.selectFrom('packages').selectAll().where(column, '=', value).executeTakeFirst();
  if (row) return toSummary(row);
  const tombstone = await findTombstone(db, idOrDigest);
  throw new ArchiveError(
    'NOT_FOUND',
    tombstone
      ? `Package "${idOrDigest}" was disposed of at ${tombstone.disposedAt}: ${tombstone.reason}; archive it again from another copy.`
      : `There is no package "${idOrDigest}" in the store; list what there is.`,
  );
}

export async function findTombstone(db: ReadConnection, idOrDigest: string): Promise<Tombstone | undefined> {
  const [column, value] = keyOf(idOrDigest);
  const row = await db.selectFrom('tombstones').selectAll().where(column, '=', value).executeTakeFirst();
  return row && toTombstone(row);
}

/** @throws ArchiveError `NOT_FOUND`; `INTEGRITY` when the manifest is missing, damaged or that of another package. */
export async function findManifest(
  db: ReadConnection,
  manifests: ManifestSource,
  packageId: string,
): Promise<{ cbor: Buffer; manifest: Manifest }> {
  const { id, manifestDigest } = await findPackage(db, packageId);
  const { manifest_key } = await db
    .selectFrom('packages')
    .select('manifest_key')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const found = await fetchManifest(manifests, parseContentAddress(manifestDigest), manifest_key);
  if (found.manifest.package.id === id) return found;
  throw new ArchiveError(
    'INTEGRITY',
    `The manifest of package "${id}" is that of another one; restore the registry from a backup.`,
  );
}

function keyOf(idOrDigest: string): ['id', string] | ['manifest_digest', Uint8Array] {
  if (isUuid(idOrDigest)) return ['id', idOrDigest.toLowerCase()];
  if (isContentAddress(idOrDigest)) return ['manifest_digest', parseContentAddress(idOrDigest)];
  throw new ArchiveError(
    'USAGE',
    `"${idOrDigest}" is neither a package id nor a manifest digest; list the packages to see theirs.`,
  );
}
