import type { ReadConnection } from './database/database.ts';
import { type StoreKeys, subjectToken } from './encryption/store-keys.ts';
import { formatContentAddress, parseContentAddress } from './identity/digest.ts';
import { isContentAddress } from './outside-fields.ts';
import { type PackageSummary, toSummary } from './package-summary.ts';
import { revealed } from './sealed-package.ts';
import { SEALED } from './sealed-text.ts';

/** Translates between names as users give them and names in the log, which differ in an encrypted store. */
export class LogNames {
  readonly #db: ReadConnection;
  readonly #keys: StoreKeys | undefined;

  constructor(db: ReadConnection, keys: StoreKeys | undefined) {
    this.#db = db;
    this.#keys = keys;
  }

  /** @throws ArchiveError `KEY_MISSING` without a key of the store. */
  subject(subject: string): string {
    return this.#keys ? subjectToken(this.#keys.idKey, subject) : subject;
  }

  digest(digest: Buffer): Buffer {
    return this.#keys ? this.#keys.idKey.nameOf('package digest', digest) : digest;
  }

  /** An id, a digest, or a part of one; in an encrypted store a digest must be complete. */
  packageName(name: string): string {
    if (!this.#keys?.mayWrite || !isContentAddress(name)) return name;
    return formatContentAddress(this.digest(parseContentAddress(name)));
  }

  /** See {@link revealed}. */
  reveal<S extends PackageSummary>(summary: S): Promise<S> {
    return revealed(this.#keys, summary);
  }

  async revealAll<S extends PackageSummary>(summaries: readonly S[]): Promise<S[]> {
    const all: S[] = [];
    for (const summary of summaries) all.push(await this.reveal(summary));
    return all;
  }

  /** The plain text of a subject in the log, read from one of its packages. */
  async revealSubject(subject: string): Promise<string> {
    const query = this.#db.selectFrom('packages').selectAll().where('subject', '=', subject).limit(1);
    const row = await query.executeTakeFirst();
    return row ? (await this.reveal(toSummary(row))).subject : SEALED;
  }
}
