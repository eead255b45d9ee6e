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

/** The keys that the configuration has, whatever the store is, as they were given. */
export interface ConfiguredKeys {
  /** Of a writer, as one line. */
  writerKey?: string | undefined;
  /** As a file of age(1) has them. */
  identities?: string | undefined;
}

/** What "store.json" says of the encryption of a store. */
export interface Encryption extends SecretChecks {
  version: 1;
}

/**
 * Makes the secrets of a new store, sealed for its recipients. They are there before anything says that the store is.
 *
 * @throws ArchiveError `USAGE` for recipients that are none.
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
 * The keys of a store, of those that are configured; undefined for a store that is not encrypted.
 *
 * @throws ArchiveError `CONFIG_INVALID` for a key that is none; `KEY_MISSING` when they are those of another store, or the store is not encrypted although a writer's
 * key says so: nothing may come to lie there in the clear by mistake.
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
  // A writer's key may be older than the last change of recipients.
  return new StoreKeys(storage, storeId, { writer: secrets, identities });
}

/** A writer whose key is older would seal for those, too, who are recipients no more. */
async function requireNewest(storage: StorageBackend, check: string, { generation }: WriterKey): Promise<void> {
  const newest = (await generationsOf(storage, check)).at(-1) ?? generation;
  if (newest <= generation) return;
  throw new ArchiveError(
    'KEY_MISSING',
    'The recipients of the store were changed since ARTIFACTSTORE_WRITER_KEY was printed; print it again with "store key writer".',
  );
}

/** What would begin a store in the clear although a writer's key is there. */
export function notEncrypted(): ArchiveError {
  return new ArchiveError(
    'KEY_MISSING',
    'ARTIFACTSTORE_WRITER_KEY is set, and there is no encrypted store here; name the store that it is of, or unset it.',
  );
}

function otherKey(what: string): ArchiveError {
  return new ArchiveError('KEY_MISSING', `${what} of this store; give one that it was made with.`);
}
