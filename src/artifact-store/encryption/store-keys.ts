import { asBuffer } from '../encoding/as-buffer.ts';
import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { ArchiveError } from '../errors.ts';
import { toHex } from '../identity/digest.ts';
import type { StorageBackend } from '../storage/backend.ts';
import type { IdKey } from './id-key.ts';
import { generationsOf, putSessionKey, readSessionKey } from './key-files.ts';
import { type BoxPlace, SessionKey, sessionOfBox } from './session-key.ts';
import type { WriterKey } from './writer-key.ts';

/** What text begins with that stands for what is sealed. */
const SEALED_TEXT = 'sealed:';

export interface KnownKeys {
  /** What is needed to write; undefined when no key is configured. */
  writer: WriterKey | undefined;
  /** What is needed to read; may be none. */
  identities: readonly string[];
}

/** The keys of an encrypted store, as far as they are there. */
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

  /** Whether what is sealed can be opened. */
  get mayRead(): boolean {
    return this.#known.identities.length > 0;
  }

  /** Whether names can be told, and the log be written. */
  get mayWrite(): boolean {
    return this.#known.writer !== undefined;
  }

  /** @throws ArchiveError `KEY_MISSING`. */
  get writer(): WriterKey {
    if (this.#known.writer) return this.#known.writer;
    throw new ArchiveError(
      'KEY_MISSING',
      'The store is encrypted and no key of it is configured; set ARTIFACTSTORE_WRITER_KEY to write, or ARTIFACTSTORE_IDENTITY_FILE to read and write.',
    );
  }

  /** @throws ArchiveError `KEY_MISSING`. */
  get idKey(): IdKey {
    return this.writer.idKey;
  }

  /** A key for what one writer is about to write. Whoever made it can open what it seals, until the process ends. */
  beginSession(): SessionKey {
    const session = SessionKey.generate(this.idKey.storeId);
    this.#sessions.set(toHex(session.id), Promise.resolve(session));
    return session;
  }

  /** Stores the key of a session for the recipients, before anything names what it seals. */
  storeSession(session: SessionKey): Promise<{ keys: string[]; bytes: number }> {
    return putSessionKey(this.#storage, this.writer, session);
  }

  /** @throws ArchiveError `KEY_MISSING` when it is needed to read and no identity opens it. */
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
      `No identity in ARTIFACTSTORE_IDENTITY_FILE opens the key "${toHex(id)}" of the store, or it is damaged; give the identity of one of the recipients that the package was made for, or restore "keys/" from a backup.`,
    );
  }

  /** Where a session's key may lie: the recipients may have been changed since the store was opened. */
  async *#generations(writer: WriterKey | undefined): AsyncIterable<number> {
    const known = writer?.generation ?? 1;
    for (let generation = known; generation > 0; generation--) yield generation;
    if (writer === undefined) return;
    for (const later of await generationsOf(this.#storage, writer.idKey.check)) if (later > known) yield later;
  }

  /** Opens a box, whichever session has sealed it. */
  async open(place: BoxPlace, box: Uint8Array, where: string): Promise<Buffer> {
    return (await this.session(sessionOfBox(box, where))).open(place, asBuffer(box), where);
  }

  /** What {@link sealedText} was made of. */
  async openText(place: BoxPlace, text: string, where: string): Promise<CborValue> {
    return decodeCbor(await this.open(place, Buffer.from(text.slice(SEALED_TEXT.length), 'base64url'), where));
  }
}

/** A value that only recipients can read, as text, for what a store without encryption has as text. */
export function sealedText(session: SessionKey, place: BoxPlace, value: CborValue): string {
  return SEALED_TEXT + session.seal(place, encodeCbor(value)).toString('base64url');
}

/** Whether a text stands for what is sealed. */
export function isSealed(text: string): boolean {
  return text.startsWith(SEALED_TEXT);
}

/** What stands for a subject in the log. */
export function subjectToken(idKey: IdKey, subject: string): string {
  return SEALED_TEXT + idKey.subjectName(subject);
}

/** What is asked for can be told by an identity alone. */
export function identityNeeded(): ArchiveError {
  return new ArchiveError(
    'KEY_MISSING',
    'The store is encrypted, and this reads what is sealed in it; set ARTIFACTSTORE_IDENTITY_FILE to the file of an identity that it is sealed for.',
  );
}
