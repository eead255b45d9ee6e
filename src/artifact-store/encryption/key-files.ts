import { itemsUntilAborted } from '../abort.ts';
import { asBuffer } from '../encoding/as-buffer.ts';
import { decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { readBytes, readMap, readText } from '../encoding/shape.ts';
import { ArchiveError, isArchiveError } from '../errors.ts';
import { toHex } from '../identity/digest.ts';
import { putBeforeCommit, type StorageBackend } from '../storage/backend.ts';
import { MissingObject } from '../storage/object-faults.ts';
import { openForIdentities, sealForRecipients } from './age.ts';
import { deriveKey, storeSalt } from './derive.ts';
import { SessionKey } from './session-key.ts';
import { formatWriterKey, parseWriterKey, type WriterKey } from './writer-key.ts';

/** Prefixes of the stored keys. Each key is an age file, which only an identity can open. */
const STORE_KEYS = 'keys/store/';
const SESSION_KEYS = 'keys/session/';
const COPY_SUFFIX = '.copy';

/** The secrets of a store that an identity opens: those of writers, and the keeper key. */
export interface StoreSecrets extends WriterKey {
  /** Proves that the recipients were set by the holder of an identity. Writers do not have it. */
  keeperKey: Uint8Array;
}

const CHECK_BYTES = 16;

/** The check value of a keeper key in "store.json". */
export function keeperCheck(keeperKey: Uint8Array, storeId: string): string {
  return deriveKey(keeperKey, storeSalt(storeId), 'check', CHECK_BYTES).toString('hex');
}

/** Encrypts the secrets of a store for their recipients, and stores them. */
export async function putStoreKeys(storage: StorageBackend, secrets: StoreSecrets): Promise<void> {
  const { generation, recipients, keeperKey, idKey } = secrets;
  const plain = encodeCbor({ writer_key: formatWriterKey(secrets), keeper_key: Buffer.from(keeperKey) });
  await putTwice(storage, storeKeyPath(generation, idKey.check), await sealForRecipients(recipients, plain));
}

/** The path has the check value, so that two processes that create a store at once do not overwrite each other's keys. */
function storeKeyPath(generation: number, check: string): string {
  return `${STORE_KEYS}${generation}-${check}`;
}

/** The check values of a store's secrets. They reveal forged secrets. */
export interface SecretChecks {
  check: string;
  keeper: string;
}

/**
 * Reads the newest secrets of a store that one of the identities opens; undefined when none does. Secrets that do not match
 * the check values were stored by somebody else, and are skipped.
 */
export async function readStoreKeys(
  storage: StorageBackend,
  storeId: string,
  checks: SecretChecks,
  identities: readonly string[],
): Promise<StoreSecrets | undefined> {
  for (const generation of (await generationsOf(storage, checks.check)).reverse()) {
    const { opened } = await readTwice(storage, storeKeyPath(generation, checks.check), identities);
    const secrets = opened && decodeSecrets(opened);
    if (secrets?.idKey.storeId !== storeId || secrets.generation !== generation) continue;
    if (secrets.idKey.isOf(checks.check) && keeperCheck(secrets.keeperKey, storeId) === checks.keeper) return secrets;
  }
  return undefined;
}

/** All secrets of a store that one of the identities opens, whoever stored them. */
export async function readAllStoreKeys(
  storage: StorageBackend,
  storeId: string,
  identities: readonly string[],
): Promise<StoreSecrets[]> {
  const found: StoreSecrets[] = [];
  for (const key of (await copiesOfKeys(storage, STORE_KEYS)).keys()) {
    const { opened } = await readTwice(storage, key, identities);
    const secrets = opened && decodeSecrets(opened);
    if (secrets?.idKey.storeId === storeId) found.push(secrets);
  }
  return found;
}

function decodeSecrets(plain: Uint8Array): StoreSecrets | undefined {
  try {
    const where = 'The keys of the store';
    const map = readMap(decodeCbor(plain), where, ['writer_key', 'keeper_key']);
    return { ...parseWriterKey(readText(map.writer_key, where)), keeperKey: readBytes(map.keeper_key, where) };
  } catch (error) {
    if (isArchiveError(error, 'INTEGRITY') || isArchiveError(error, 'CONFIG_INVALID')) return undefined;
    throw error;
  }
}

/** The generations of recipients that have stored keys, ascending. */
export async function generationsOf(storage: StorageBackend, check: string): Promise<number[]> {
  const found = new Set<number>();
  for (const key of (await copiesOfKeys(storage, STORE_KEYS)).keys()) {
    const [, digits, of] = /^keys\/store\/([1-9]\d{0,8})-([0-9a-f]{32})$/.exec(key) ?? [];
    if (digits !== undefined && of === check) found.add(Number(digits));
  }
  return [...found].sort((a, b) => a - b);
}

/** Storage key of a session's key, encrypted for the recipients of a generation. */
function sessionKeyPath(generation: number, session: Uint8Array): string {
  return `${SESSION_KEYS}${generation}/${toHex(session)}`;
}

/** Encrypts and stores the key of a session, in two copies: without it, nothing sealed in the session can be read. */
export async function putSessionKey(
  storage: StorageBackend,
  { generation, recipients }: Pick<WriterKey, 'generation' | 'recipients'>,
  session: SessionKey,
): Promise<{ keys: string[]; bytes: number }> {
  const sealed = await sealForRecipients(recipients, session.dataKey);
  const key = sessionKeyPath(generation, session.id);
  return { keys: await putTwice(storage, key, sealed), bytes: 2 * sealed.byteLength };
}

/**
 * Reads the key of a session from the first generation whose copy opens; undefined when none of the identities opens one.
 *
 * @throws ArchiveError `INTEGRITY` when no generation has the key.
 */
export async function readSessionKey(
  storage: StorageBackend,
  storeId: string,
  generations: AsyncIterable<number> | Iterable<number>,
  id: Uint8Array,
  identities: readonly string[],
): Promise<SessionKey | undefined> {
  let isThere = false;
  for await (const generation of generations) {
    const found = await readTwice(storage, sessionKeyPath(generation, id), identities);
    if (found.opened) return new SessionKey(id, storeId, found.opened);
    isThere ||= found.isThere;
  }
  if (isThere) return undefined;
  const sentence = `The key "${toHex(id)}" is missing from the store, or the reference to it is damaged; restore the store from a backup.`;
  throw new ArchiveError('INTEGRITY', sentence);
}

/** The sessions whose keys are stored, each with the generation that its key is encrypted for. An interrupted change leaves some twice. */
export async function sessionsOf(
  storage: StorageBackend,
  signal?: AbortSignal,
): Promise<{ generation: number; id: Buffer }[]> {
  return [...(await copiesOfKeys(storage, SESSION_KEYS, signal)).keys()].flatMap((key) => {
    const [, generation, id] = /^keys\/session\/([1-9]\d{0,8})\/([0-9a-f]{32})$/.exec(key) ?? [];
    return id === undefined ? [] : [{ generation: Number(generation), id: Buffer.from(id, 'hex') }];
  });
}

/** The stored keys, with the number of copies that exist: one of two may be lost, or a deletion was interrupted between them. */
export async function copiesOfKeys(
  storage: StorageBackend,
  prefix = 'keys/',
  signal?: AbortSignal,
): Promise<Map<string, number>> {
  const copies = new Map<string, number>();
  for await (const { key } of itemsUntilAborted(signal, storage.list(prefix))) {
    const name = key.endsWith(COPY_SUFFIX) ? key.slice(0, -COPY_SUFFIX.length) : key;
    copies.set(name, (copies.get(name) ?? 0) + 1);
  }
  return copies;
}

/** Deletes the secrets of a store that were encrypted for the recipients of a generation. */
export function deleteStoreKeys(storage: StorageBackend, generation: number, check: string): Promise<void> {
  return deleteTwice(storage, storeKeyPath(generation, check));
}

/** As {@link deleteStoreKeys}, for a session's key. */
export function deleteSessionKey(storage: StorageBackend, generation: number, session: Uint8Array): Promise<void> {
  return deleteTwice(storage, sessionKeyPath(generation, session));
}

async function deleteTwice(storage: StorageBackend, key: string): Promise<void> {
  for (const each of [key, `${key}${COPY_SUFFIX}`]) await storage.delete(each);
}

async function putTwice(storage: StorageBackend, key: string, bytes: Uint8Array): Promise<string[]> {
  const keys = [key, `${key}${COPY_SUFFIX}`];
  for (const each of keys) await putBeforeCommit(storage, each, [bytes]);
  return keys;
}

async function readTwice(
  storage: StorageBackend,
  key: string,
  identities: readonly string[],
): Promise<{ isThere: boolean; opened?: Buffer }> {
  let isThere = false;
  for (const each of [key, `${key}${COPY_SUFFIX}`]) {
    try {
      const sealed = await storage.get(each);
      isThere = true;
      const opened = await openForIdentities(identities, sealed);
      if (opened) return { isThere, opened: asBuffer(opened) };
    } catch (error) {
      if (!isArchiveError(error, 'INTEGRITY')) throw error;
      isThere ||= !(error instanceof MissingObject);
    }
  }
  return { isThere };
}
