import { randomBytes } from 'node:crypto';
import type { StoreFile } from './commit/store-file.ts';
import type { ReadConnection } from './database/database.ts';
import type { PackageTable } from './database/schema.ts';
import { identityNeeded, type StoreKeys } from './encryption/store-keys.ts';
import { ArchiveError } from './errors.ts';
import { formatContentAddress } from './identity/digest.ts';
import { type ManifestSource, withoutSuffix } from './manifest/stored.ts';
import { isUuid, UUID_CHARACTERS } from './outside-fields.ts';
import type { StorageBackend } from './storage/backend.ts';

const NONCE_BYTES = 8;
/** The nonce in hexadecimal, and the hyphen before it. */
const NONCE_END = 2 * NONCE_BYTES + 1;

/** The source of a store's manifests, encrypted or not. */
export function manifestSource(
  storage: StorageBackend,
  { keys }: Pick<StoreFile, 'keys'>,
  db: ReadConnection,
): ManifestSource {
  return keys ? openedManifests(storage, keys, db) : storage;
}

export type SealedManifestRow = Pick<PackageTable, 'manifest_digest' | 'manifest_key' | 'manifest_base'>;

/** The package, kept or disposed of, whose manifest digest has this name. */
export async function rowOf(db: ReadConnection, name: Uint8Array): Promise<SealedManifestRow | undefined> {
  const columns = ['manifest_digest', 'manifest_key', 'manifest_base'] as const;
  for (const table of ['packages', 'tombstones'] as const) {
    const query = db
      .selectFrom(table as 'packages')
      .select(columns)
      .where('manifest_digest', '=', name);
    const row = await query.executeTakeFirst();
    if (row !== undefined) return row;
  }
  return undefined;
}

/** A sealed manifest belongs to one package, whose id is part of its storage key. */
function openedManifests(storage: StorageBackend, keys: StoreKeys, db: ReadConnection): ManifestSource {
  return {
    nameOf: (digest) => keys.idKey.nameOf('package digest', digest),
    keyOf: async (name) => {
      const row = await rowOf(db, name);
      if (row) return row.manifest_key;
      const sentence = `No package has the manifest ${formatContentAddress(name)}, on which another one builds; run "infospace-archive store rebuild".`;
      throw new ArchiveError('INTEGRITY', sentence);
    },
    get: async (key) => {
      if (!keys.mayRead) throw identityNeeded();
      const packageId = packageOfSealed(withoutSuffix(key));
      return keys.open({ kind: 'manifest', packageId }, await storage.get(key), `The stored manifest "${key}"`);
    },
  };
}

/** Storage key of a package's manifest in an encrypted store. */
export function sealedManifestKey(key: string, packageId: string): string {
  // Each sealing produces different bytes, and an object is never overwritten.
  return `${key}-${packageId}-${randomBytes(NONCE_BYTES).toString('hex')}`;
}

function packageOfSealed(key: string): string {
  const id = key.slice(-UUID_CHARACTERS - NONCE_END, -NONCE_END);
  return isUuid(id) ? id : '';
}
