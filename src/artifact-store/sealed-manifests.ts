import { randomBytes } from 'node:crypto';
import type { StoreFile } from './commit/store-file.ts';
import { identityNeeded, type StoreKeys } from './encryption/store-keys.ts';
import type { ManifestSource } from './manifest/stored.ts';
import { isUuid, UUID_CHARACTERS } from './outside-fields.ts';
import type { StorageBackend } from './storage/backend.ts';

const NONCE_BYTES = 8;
/** The nonce in hexadecimal, and the hyphen before it. */
const NONCE_END = 2 * NONCE_BYTES + 1;

/** The source of a store's manifests, encrypted or not. */
export function manifestSource(storage: StorageBackend, { keys }: Pick<StoreFile, 'keys'>): ManifestSource {
  return keys ? openedManifests(storage, keys) : storage;
}

/** Each is sealed for one package, whose id is part of its key. */
function openedManifests(storage: StorageBackend, keys: StoreKeys): ManifestSource {
  return {
    nameOf: (digest) => keys.idKey.nameOf('package digest', digest),
    get: async (key) => {
      if (!keys.mayRead) throw identityNeeded();
      const packageId = packageOfSealed(key);
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
