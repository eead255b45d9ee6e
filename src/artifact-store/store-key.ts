import { type Abortable, untilAborted } from './abort.ts';
import { record } from './commit/record.ts';
import { readStoreFile, type StoreFile } from './commit/store-file.ts';
import type { StoreConfig } from './config.ts';
import { checkRecipients, generateIdentity, parseIdentities, recipientOf } from './encryption/age.ts';
import {
  deleteSessionKey,
  deleteStoreKeys,
  generationsOf,
  putSessionKey,
  putStoreKeys,
  readSessionKey,
  readStoreKeys,
  type StoreSecrets,
  sessionsOf,
} from './encryption/key-files.ts';
import { noRecipient } from './encryption/open-keys.ts';
import { identityNeeded } from './encryption/store-keys.ts';
import { formatWriterKey } from './encryption/writer-key.ts';
import { ArchiveError } from './errors.ts';
import { sameBytes, toHex } from './identity/digest.ts';
import { type RecipientsPayload, readEvent } from './log/model.ts';
import { checkActor } from './new-package.ts';
import { currentUser, openLog, openStorage, openStore } from './open-store.ts';
import type { StorageBackend } from './storage/backend.ts';

export { shortRecipient } from './encryption/age.ts';
export { generateIdentity };

/** The recipients, who can read an encrypted store. */
export interface Recipients {
  /** Version of the recipients: starts at 1, and each change adds 1. */
  generation: number;
  recipients: readonly string[];
}

/** A change of recipients in the log, which has their public names. */
export interface RecipientsChange extends RecipientsPayload {
  created_at: string;
  actor: string;
}

export interface ListedRecipients extends Recipients {
  /** The public name of each recipient in the log. */
  names: readonly string[];
  /** Oldest first. */
  changes: readonly RecipientsChange[];
}

/** The result of a change of recipients. */
export interface ChangedRecipients extends Recipients {
  /** Number of keys that were encrypted again. */
  resealed: number;
  /** Number of keys that no identity opens, and that were left unchanged. */
  left: number;
}

/** The result of checking identities with the newest package. */
export interface CheckedKeys {
  /** The recipients whose identities are configured. */
  own: readonly string[];
  /** The package whose manifest was opened; undefined when the store has none. */
  packageId: string | undefined;
}

/**
 * The writer key of the store, for ARTIFACTSTORE_WRITER_KEY.
 *
 * @throws ArchiveError `KEY_MISSING` without an identity of the store; `NOT_FOUND`; `STATE_CONFLICT` for a store that is not encrypted.
 */
export function writerKeyOf(config: StoreConfig): Promise<string> {
  return withSecrets(config, async (_, secrets) => formatWriterKey(secrets));
}

/** @throws ArchiveError as {@link writerKeyOf}. */
export function recipientsOf(config: StoreConfig): Promise<Recipients> {
  return withSecrets(config, async (_, { generation, recipients }) => ({ generation, recipients }));
}

/**
 * The recipients, their public names in the log, and the log of their changes.
 *
 * @throws ArchiveError as {@link writerKeyOf}.
 */
export function listRecipients(config: StoreConfig): Promise<ListedRecipients> {
  return withSecrets(config, async ({ storage }, { idKey, generation, recipients }) => {
    const { database } = await openLog(config, storage, 'read');
    const changes: RecipientsChange[] = [];
    try {
      const query = database.db
        .selectFrom('events')
        .selectAll()
        .where('event_type', '=', 'v1.store.recipients_changed');
      for (const row of await query.orderBy('sequence').execute()) {
        const { payload } = readEvent(row) as { payload: RecipientsPayload };
        changes.push({ ...payload, created_at: row.created_at, actor: row.actor });
      }
    } finally {
      await database.db.destroy();
    }
    return { generation, recipients, names: recipients.map((recipient) => idKey.recipientName(recipient)), changes };
  });
}

/**
 * Encrypts all keys of the store for other recipients. A removed recipient who has kept copies of the old keys can still read
 * what those open. Writers need a new key. An interrupted change can be repeated; nothing is lost.
 *
 * @param change returns the new recipients; the same ones only encrypt all keys again, including keys that writers added meanwhile.
 * @throws ArchiveError as {@link writerKeyOf}; `USAGE` for invalid recipients.
 */
export function changeRecipients(
  config: StoreConfig,
  change: (recipients: readonly string[]) => readonly string[],
  { signal, actor }: Abortable & { actor?: string | undefined } = {},
): Promise<ChangedRecipients> {
  if (actor !== undefined) checkActor(actor, config.secrets);
  return withSecrets(config, async (parts, secrets) => {
    const recipients = await checkRecipients(change(secrets.recipients));
    const next = { ...secrets, generation: secrets.generation + 1, recipients };
    await putStoreKeys(parts.storage, next);
    await parts.storage.flush?.();
    await recordChange(config, parts.storage, actor, secrets, next);
    const counts = await untilAborted(signal, resealAll(parts, next, signal));
    if (counts.left === 0) await deleteOlder(parts, next);
    return { generation: next.generation, recipients, ...counts };
  });
}

/**
 * Opens the manifest of the newest package, to find a lost or wrong identity before it is needed.
 *
 * @throws ArchiveError as {@link writerKeyOf}, and when the manifest cannot be opened.
 */
export async function checkKeys(config: StoreConfig, { signal }: Abortable = {}): Promise<CheckedKeys> {
  const { recipients } = await recipientsOf(config);
  const own = await Promise.all(parseIdentities(config.keys?.identities ?? '').map(recipientOf));
  const registry = await openStore(config, { access: 'read', signal });
  try {
    const newest = [...(await registry.listExpiries()).keys()].at(-1);
    if (newest !== undefined) await registry.getManifest(newest);
    return { own: own.filter((recipient) => recipients.includes(recipient)), packageId: newest };
  } finally {
    await registry.close();
  }
}

interface Parts {
  storage: StorageBackend;
  store: StoreFile;
  check: string;
  identities: readonly string[];
}

async function withSecrets<T>(
  config: StoreConfig,
  action: (parts: Parts, secrets: StoreSecrets) => Promise<T>,
): Promise<T> {
  const storage = await openStorage(config);
  try {
    const store = await readStoreFile(storage);
    if (store === undefined) throw new ArchiveError('NOT_FOUND', 'There is no store yet; make one with "store init".');
    if (store.encryption === undefined) {
      throw new ArchiveError('STATE_CONFLICT', 'The store is not encrypted, so it has no keys.');
    }
    if (config.keys?.identities === undefined) throw identityNeeded();
    const identities = parseIdentities(config.keys.identities);
    const secrets = await readStoreKeys(storage, store.storeId, store.encryption, identities);
    if (secrets === undefined) throw noRecipient();
    return await action({ storage, store, check: store.encryption.check, identities }, secrets);
  } finally {
    storage.close?.();
  }
}

/** Records the new recipients, before any session's key is encrypted for them. */
async function recordChange(
  config: StoreConfig,
  storage: StorageBackend,
  actor: string = currentUser(),
  before: StoreSecrets,
  { idKey, generation, recipients }: StoreSecrets,
): Promise<void> {
  const { database, store } = await openLog(config, storage, 'change');
  const namesOf = (those: readonly string[]) => those.map((recipient) => idKey.recipientName(recipient));
  const payload = {
    generation,
    recipients: namesOf(recipients),
    added: namesOf(recipients.filter((recipient) => !before.recipients.includes(recipient))),
    removed: namesOf(before.recipients.filter((recipient) => !recipients.includes(recipient))),
  };
  const subject = { subjectKind: 'store', subjectId: store.storeId } as const;
  try {
    const parts = { database, storage, store, actor, now: () => new Date() };
    await record(parts, async () => [{ type: 'v1.store.recipients_changed', ...subject, payload }]);
  } finally {
    await database.db.destroy();
  }
}

/** Encrypts the keys of all sessions again. Each new key is durable before the old one is deleted. */
async function resealAll(
  { storage, store, identities }: Parts,
  next: StoreSecrets,
  signal: AbortSignal | undefined,
): Promise<Pick<ChangedRecipients, 'resealed' | 'left'>> {
  const counts = { resealed: 0, left: 0 };
  // An interrupted change may have left a session in two generations.
  const done = new Map<string, Uint8Array>();
  for (const { generation, id } of await sessionsOf(storage, signal)) {
    if (generation >= next.generation) continue;
    signal?.throwIfAborted();
    const session = await readSessionKey(storage, store.storeId, [generation], id, identities);
    const stored = done.get(toHex(id));
    // Two different keys: one was forged, and nothing tells which.
    if (session === undefined || (stored && !sameBytes(stored, session.dataKey))) {
      counts.left++;
      continue;
    }
    if (stored === undefined) {
      await putSessionKey(storage, next, session);
      await storage.flush?.();
      done.set(toHex(id), session.dataKey);
      counts.resealed++;
    }
    await deleteSessionKey(storage, generation, id);
  }
  return counts;
}

/** Deletes the secrets that were encrypted for earlier recipients. */
async function deleteOlder({ storage, check }: Parts, { generation }: StoreSecrets): Promise<void> {
  for (const older of await generationsOf(storage, check)) {
    if (older < generation) await deleteStoreKeys(storage, older, check);
  }
}
