import { randomBytes } from 'node:crypto';
import { ArchiveError } from '../errors.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { checkRecipients, parseIdentities } from './age.ts';
import { KEY_BYTES } from './derive.ts';
import { IdKey } from './id-key.ts';
import {
  generationsOf,
  keeperCheck,
  putStoreKeys,
  readAllStoreKeys,
  readStoreKeys,
  type SecretChecks,
  type StoreSecrets,
} from './key-files.ts';
import { identityNeeded, StoreKeys } from './store-keys.ts';
import { parseWriterKey, type WriterKey } from './writer-key.ts';

/** The keys in the configuration, not yet parsed and not yet compared with the store. */
export interface ConfiguredKeys {
  /** The writer key, one line of text. */
  writerKey?: string | undefined;
  /** The text of an identity file of age(1). */
  identities?: string | undefined;
}

/** The encryption of a store, as recorded in "store.json". */
export interface Encryption extends SecretChecks {
  version: 1;
}

/**
 * Creates and stores the secrets of a new store, before its "store.json" exists.
 *
 * @throws ArchiveError `USAGE` for invalid recipients.
 */
export async function beginEncryption(
  storage: StorageBackend,
  storeId: string,
  recipients: readonly string[],
): Promise<{ encryption: Encryption; secrets: StoreSecrets }> {
  const secrets: StoreSecrets = {
    idKey: IdKey.generate(storeId),
    keeperKey: randomBytes(KEY_BYTES),
    generation: 1,
    recipients: await checkRecipients(recipients),
  };
  await putStoreKeys(storage, secrets);
  await storage.flush?.();
  const keeper = keeperCheck(secrets.keeperKey, storeId);
  return { encryption: { version: 1, check: secrets.idKey.check, keeper }, secrets };
}

/**
 * Opens the keys of a store with the configured keys; undefined for a store that is not encrypted.
 *
 * @throws ArchiveError `CONFIG_INVALID` for an invalid key; `KEY_MISSING` for the key of another store, and for a writer key
 * when the store is not encrypted, so that nothing is stored in plain text by mistake.
 */
export async function openStoreKeys(
  storage: StorageBackend,
  { storeId, encryption }: { storeId: string; encryption?: Encryption | undefined },
  configured: ConfiguredKeys,
): Promise<StoreKeys | undefined> {
  const writer = configured.writerKey === undefined ? undefined : parseWriterKey(configured.writerKey);
  const identities = configured.identities === undefined ? [] : parseIdentities(configured.identities);
  if (writer && writer.idKey.storeId !== storeId) {
    throw new ArchiveError(
      'KEY_MISSING',
      `ARTIFACTSTORE_WRITER_KEY is a key of the store ${writer.idKey.storeId}, but this store is ${storeId}${encryption ? '' : ', which is not encrypted'}; use the store of the key, or unset the variable.`,
    );
  }
  if (encryption === undefined) {
    if (writer) throw notEncrypted();
    return undefined;
  }
  if (writer && !writer.idKey.isOf(encryption.check)) {
    throw new ArchiveError(
      'KEY_MISSING',
      'ARTIFACTSTORE_WRITER_KEY is not a key of this store; print one with "store key writer".',
    );
  }
  if (identities.length === 0 && writer) await requireNewest(storage, encryption.check, writer);
  if (identities.length === 0) return new StoreKeys(storage, storeId, { writer, identities });
  const secrets = await readStoreKeys(storage, storeId, encryption, identities);
  if (secrets === undefined) throw noRecipient();
  // The configured writer key may be older than the last change of recipients, so the one in the secrets is used.
  return new StoreKeys(storage, storeId, { writer: secrets, identities });
}

/**
 * What a lost "store.json" said of the encryption, from the stored keys.
 *
 * @param isOfLog whether the log was written with an id key.
 * @throws ArchiveError `KEY_MISSING` when no identity opens them; `INTEGRITY` when some of them are of another keeper, so forged.
 */
export async function recoverEncryption(
  storage: StorageBackend,
  storeId: string,
  isOfLog: (idKey: IdKey) => boolean,
  configured: ConfiguredKeys,
): Promise<Encryption> {
  if (configured.identities === undefined) throw identityNeeded();
  const secrets = await readAllStoreKeys(storage, storeId, parseIdentities(configured.identities));
  const [known, ...others] = secrets.filter(({ idKey }) => isOfLog(idKey));
  if (known === undefined) throw noRecipient();
  const keeper = keeperCheck(known.keeperKey, storeId);
  if (others.some(({ keeperKey }) => keeperCheck(keeperKey, storeId) !== keeper)) {
    throw new ArchiveError(
      'INTEGRITY',
      'The keys below "keys/store/" contradict each other, so one of them was forged; restore "store.json" from a backup.',
    );
  }
  return { version: 1, check: known.idKey.check, keeper };
}

/** Refuses an older writer key, which would encrypt for removed recipients too. */
async function requireNewest(storage: StorageBackend, check: string, { generation }: WriterKey): Promise<void> {
  const newest = (await generationsOf(storage, check)).at(-1) ?? generation;
  if (newest <= generation) return;
  throw new ArchiveError(
    'KEY_MISSING',
    'The recipients of the store have changed since ARTIFACTSTORE_WRITER_KEY was printed; print the key again with "store key writer".',
  );
}

/** The error for a writer key without an encrypted store. Otherwise, a new store in plain text would be created. */
export function notEncrypted(): ArchiveError {
  return new ArchiveError(
    'KEY_MISSING',
    'ARTIFACTSTORE_WRITER_KEY is set, but there is no encrypted store here; use the store of the key, or unset the variable.',
  );
}

/** The error for identities that do not open the secrets of the store. */
export function noRecipient(): ArchiveError {
  return new ArchiveError(
    'KEY_MISSING',
    'No identity in ARTIFACTSTORE_IDENTITY_FILE opens this store; use the identity of one of its recipients.',
  );
}
