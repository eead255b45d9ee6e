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
  readStoreKeys,
  type SecretChecks,
  type StoreSecrets,
} from './key-files.ts';
import { StoreKeys } from './store-keys.ts';
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
 * beside a store that is not encrypted: nothing may be stored in plain text by mistake.
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
      `ARTIFACTSTORE_WRITER_KEY is of the store ${writer.idKey.storeId}, and this one is ${storeId}${encryption ? '' : ', which is not encrypted'}; name the store that the key is of, or unset it.`,
    );
  }
  if (encryption === undefined) {
    if (writer) throw notEncrypted();
    return undefined;
  }
  if (writer && !writer.idKey.isOf(encryption.check)) throw otherKey('ARTIFACTSTORE_WRITER_KEY is not a key');
  if (identities.length === 0 && writer) await requireNewest(storage, encryption.check, writer);
  if (identities.length === 0) return new StoreKeys(storage, storeId, { writer, identities });
  const secrets = await readStoreKeys(storage, storeId, encryption, identities);
  if (secrets === undefined) throw otherKey('No identity in ARTIFACTSTORE_IDENTITY_FILE is one');
  // The configured writer key may be older than the last change of recipients, so the one in the secrets is used.
  return new StoreKeys(storage, storeId, { writer: secrets, identities });
}

/** Refuses an older writer key, which would encrypt for removed recipients too. */
async function requireNewest(storage: StorageBackend, check: string, { generation }: WriterKey): Promise<void> {
  const newest = (await generationsOf(storage, check)).at(-1) ?? generation;
  if (newest <= generation) return;
  throw new ArchiveError(
    'KEY_MISSING',
    'The recipients of the store were changed since ARTIFACTSTORE_WRITER_KEY was printed; print it again with "store key writer".',
  );
}

/** The error for a writer key without an encrypted store: it must not lead to a new store in plain text. */
export function notEncrypted(): ArchiveError {
  return new ArchiveError(
    'KEY_MISSING',
    'ARTIFACTSTORE_WRITER_KEY is set, and there is no encrypted store here; name the store that it is of, or unset it.',
  );
}

function otherKey(what: string): ArchiveError {
  return new ArchiveError('KEY_MISSING', `${what} of this store; give one that it was made with.`);
}
