import type { ReadConnection } from './database/database.ts';
import { SHORT_ID } from './database/migrations.ts';
import type { PackageTable, TombstoneTable } from './database/schema.ts';
import { ArchiveError } from './errors.ts';
import { DIGEST_BYTES, parseContentAddress } from './identity/digest.ts';
import type { Manifest } from './manifest/model.ts';
import { fetchManifest, type ManifestSource } from './manifest/stored.ts';
import { isWholeId, type NamedParts, namedParts, SHORT_ID_CHARACTERS, shortId } from './package-names.ts';
import { type PackageSummary, type Tombstone, toSummary, toTombstone } from './package-summary.ts';
import { shownSubject } from './sealed-text.ts';

/** Limit for listed candidates of an ambiguous name. */
const MAX_LISTED = 10;

/**
 * Finds a package by its id, the first or last characters of it, or one of its digests or the first digits of that.
 * @param asked the name in error messages, where the log of an encrypted store uses a different one.
 * @throws ArchiveError `NOT_FOUND` for a package that does not exist; `USAGE` for what is neither id nor digest, or is ambiguous.
 */
export async function findPackage(db: ReadConnection, name: string, asked: string = name): Promise<PackageSummary> {
  const found = await findByName(db, name);
  if (found === undefined) {
    throw new ArchiveError(
      'NOT_FOUND',
      `There is no package "${asked}" in the store; "list" shows the packages.`,
      undefined,
      {
        packageId: asked,
      },
    );
  }
  if (!('disposedAt' in found)) return found;
  throw new ArchiveError(
    'NOT_FOUND',
    `Package "${asked}" was disposed of at ${found.disposedAt}: ${found.reason}; archive it again from another copy.`,
    undefined,
    { packageId: found.id },
  );
}

/** @throws ArchiveError `USAGE` as {@link findPackage} does. */
export async function findTombstone(db: ReadConnection, name: string): Promise<Tombstone | undefined> {
  const found = await findByName(db, name);
  return found !== undefined && 'disposedAt' in found ? found : undefined;
}

async function findByName(db: ReadConnection, name: string): Promise<PackageSummary | Tombstone | undefined> {
  const parts = namedParts(name);
  if (parts === undefined) {
    throw new ArchiveError(
      'USAGE',
      `"${name}" is not a package id, a digest or a label; "list" shows the packages.`,
      undefined,
      { packageId: name },
    );
  }
  if (isWholeId(name)) return byId(db, name.toLowerCase());
  const found = await byIdPart(db, parts);
  const named = found.length > 0 ? found : await byDigest(db, parts);
  if (named.length <= 1) return named[0];
  throw new ArchiveError('USAGE', `"${name}" could be ${listOf(named)}; give more of the id.`, undefined, {
    packageId: name,
  });
}

/** Several packages with the fields that distinguish them. */
function listOf(found: readonly PackageSummary[]): string {
  const listed = found
    .slice(0, MAX_LISTED)
    .map(
      ({ id, subject, createdAt }) =>
        `${id} (short ${shortId(id)}, ${shownSubject(subject)}, ${createdAt.slice(0, 16)}Z)`,
    );
  return [...listed, ...(found.length > MAX_LISTED ? ['others'] : [])].join(', ');
}

async function byId(db: ReadConnection, id: string): Promise<PackageSummary | Tombstone | undefined> {
  const row = await db.selectFrom('packages').selectAll().where('id', '=', id).executeTakeFirst();
  if (row) return toSummary(row);
  const tombstone = await db.selectFrom('tombstones').selectAll().where('id', '=', id).executeTakeFirst();
  return tombstone && toTombstone(tombstone);
}

const TABLES = ['packages', 'tombstones'] as const;

async function byIdPart(db: ReadConnection, { idPrefix, idSuffix }: NamedParts): Promise<PackageSummary[]> {
  const found = new Map<string, PackageSummary>();
  for (const table of TABLES) {
    // In every collation, digits and dashes sort before letters, and "z" after every character of an id.
    const begins = rowsOf(db, table)
      .where('id', '>=', idPrefix ?? '')
      .where('id', '<', `${idPrefix}z`);
    const ends = rowsOf(db, table).where(SHORT_ID, '=', idSuffix?.slice(-SHORT_ID_CHARACTERS) ?? '');
    const rows = [
      ...(idPrefix === undefined ? [] : await begins.execute()).filter(({ id }) => id.startsWith(idPrefix!)),
      ...(idSuffix === undefined ? [] : await ends.execute()).filter(({ id }) => id.endsWith(idSuffix!)),
    ];
    for (const row of rows) found.set(row.id, summaryOf(row));
  }
  return [...found.values()];
}

async function byDigest(db: ReadConnection, { digestPrefix }: NamedParts): Promise<PackageSummary[]> {
  if (digestPrefix === undefined) return [];
  const first = Buffer.from(digestPrefix.padEnd(2 * DIGEST_BYTES, '0'), 'hex');
  const last = Buffer.from(digestPrefix.padEnd(2 * DIGEST_BYTES, 'f'), 'hex');
  const found = new Map<string, PackageSummary>();
  for (const table of TABLES) {
    for (const column of ['manifest_digest', 'content_digest'] as const) {
      const rows = await rowsOf(db, table).where(column, '>=', first).where(column, '<=', last).execute();
      for (const row of rows) found.set(row.id, summaryOf(row));
    }
    // A tombstone is not meant if a package with the same content is still kept.
    if (found.size > 0) break;
  }
  return [...found.values()];
}

/** Kysely cannot type a union of tables; both have the columns used here. */
function rowsOf(db: ReadConnection, table: (typeof TABLES)[number]) {
  return db
    .selectFrom(table as 'packages')
    .selectAll()
    .orderBy('id')
    .limit(MAX_LISTED + 1);
}

function summaryOf(row: PackageTable | TombstoneTable): PackageSummary | Tombstone {
  return 'disposed_at' in row ? toTombstone(row) : toSummary(row);
}

/** @throws ArchiveError `NOT_FOUND`; `INTEGRITY` when the manifest is missing, damaged or that of another package. */
export async function findManifest(
  db: ReadConnection,
  manifests: ManifestSource,
  packageId: string,
  asked: string = packageId,
): Promise<{ cbor: Buffer; manifest: Manifest }> {
  const { id, manifestDigest } = await findPackage(db, packageId, asked);
  const { manifest_key } = await db
    .selectFrom('packages')
    .select('manifest_key')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const found = await fetchManifest(manifests, parseContentAddress(manifestDigest), manifest_key);
  if (found.manifest.package.id === id) return found;
  throw new ArchiveError(
    'INTEGRITY',
    `The manifest of package "${id}" belongs to another package; restore the registry from a backup.`,
    undefined,
    { packageId: id, expected: manifestDigest },
  );
}
