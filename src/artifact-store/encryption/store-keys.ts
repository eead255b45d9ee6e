import { asBuffer } from '../encoding/as-buffer.ts';
import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { ArchiveError } from '../errors.ts';
import { toHex } from '../identity/digest.ts';
import type { StorageBackend } from '../storage/backend.ts';
import type { IdKey } from './id-key.ts';
import { generationsOf, putSessionKey, readSessionKey } from './key-files.ts';
import { type BoxPlace, SessionKey, sessionOfBox } from './session-key.ts';
import type { WriterKey } from './writer-key.ts';

/** Prefix of sealed text. */
const SEALED_TEXT = 'sealed:';

export interface KnownKeys {
  /** Needed to write; undefined when no key is configured. */
  writer: WriterKey | undefined;
  /** Needed to read; may be empty. */
  identities: readonly string[];
}

/** The available keys of an encrypted store. */
export class StoreKeys {
  readonly #storage: StorageBackend;
  readonly #storeId: string;
  readonly #known: KnownKeys;
  readonly #sessions = new Map<string, Promise<SessionKey>>();

  constructor(storage: StorageBackend, storeId: string, known: KnownKeys) {
    this.#storage = storage;
    this.#storeId = storeId;
    this.#known = known;
  }

  /** Whether an identity is available, which can open sealed bytes. */
  get mayRead(): boolean {
    return this.#known.identities.length > 0;
  }

  /** Whether the id key is available, which computes names and authenticates segments. */
  get mayWrite(): boolean {
    return this.#known.writer !== undefined;
  }

  /** @throws ArchiveError `KEY_MISSING`. */
  get writer(): WriterKey {
    if (this.#known.writer) return this.#known.writer;
    throw new ArchiveError(
      'KEY_MISSING',
      'The store is encrypted, but no key is configured; set ARTIFACTSTORE_WRITER_KEY to write, or ARTIFACTSTORE_IDENTITY_FILE to read and write.',
    );
  }

  /** @throws ArchiveError `KEY_MISSING`. */
  get idKey(): IdKey {
    return this.writer.idKey;
  }

  /** Begins a write session. Until the process ends, it can read what it seals, even without an identity. */
  beginSession(): SessionKey {
    const session = SessionKey.generate(this.idKey.storeId);
    this.#sessions.set(toHex(session.id), Promise.resolve(session));
    return session;
  }

  /** Stores the key of a session for the recipients. Called before the commit that names anything it seals. */
  storeSession(session: SessionKey): Promise<{ keys: string[]; bytes: number }> {
    return putSessionKey(this.#storage, this.writer, session);
  }

  /** @throws ArchiveError `KEY_MISSING` when the session is of another process and no identity opens its key. */
  session(id: Uint8Array): Promise<SessionKey> {
    const name = toHex(id);
    let found = this.#sessions.get(name);
    if (found === undefined) {
      found = this.#open(id);
      this.#sessions.set(name, found);
      found.catch(() => this.#sessions.delete(name));
    }
    return found;
  }

  async #open(id: Uint8Array): Promise<SessionKey> {
    const { identities, writer } = this.#known;
    if (identities.length === 0) throw identityNeeded();
    const key = await readSessionKey(this.#storage, this.#storeId, this.#generations(writer), id, identities);
    if (key) return key;
    throw new ArchiveError(
      'KEY_MISSING',
      `No identity in ARTIFACTSTORE_IDENTITY_FILE opens the key "${toHex(id)}" of the store, or the key is damaged; use an identity that the package was encrypted for, or restore "keys/" from a backup.`,
    );
  }

  /** Generations to search for a session's key. Recipients may have changed since the store was opened. */
  async *#generations(writer: WriterKey | undefined): AsyncIterable<number> {
    const known = writer?.generation ?? 1;
    for (let generation = known; generation > 0; generation--) yield generation;
    if (writer === undefined) return;
    for (const later of await generationsOf(this.#storage, writer.idKey.check)) if (later > known) yield later;
  }

  /** Opens a box of any session. */
  async open(place: BoxPlace, box: Uint8Array, where: string): Promise<Buffer> {
    return (await this.session(sessionOfBox(box, where))).open(place, asBuffer(box), where);
  }

  /** Returns the value that {@link sealedText} sealed. */
  async openText(place: BoxPlace, text: string, where: string): Promise<CborValue> {
    return decodeCbor(await this.open(place, Buffer.from(text.slice(SEALED_TEXT.length), 'base64url'), where));
  }
}

/** Seals a value as text, for fields that are text in a store without encryption. */
export function sealedText(session: SessionKey, place: BoxPlace, value: CborValue): string {
  return SEALED_TEXT + session.seal(place, encodeCbor(value)).toString('base64url');
}

/** Whether a text is sealed. */
export function isSealed(text: string): boolean {
  return text.startsWith(SEALED_TEXT);
}

/** The public form of a subject in the log. */
export function subjectToken(idKey: IdKey, subject: string): string {
  return SEALED_TEXT + idKey.subjectName(subject);
}

/** The error for reads that need an identity. */
export function identityNeeded(): ArchiveError {
  return new ArchiveError(
    'KEY_MISSING',
    'The store is encrypted, and reading this needs an identity; set ARTIFACTSTORE_IDENTITY_FILE to the identity file of one of its recipients.',
  );
}
