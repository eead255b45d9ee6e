import { type StoreKeys, subjectToken } from './encryption/store-keys.ts';
import { formatContentAddress, parseContentAddress } from './identity/digest.ts';
import { isContentAddress } from './outside-fields.ts';
import type { PackageSummary } from './package-summary.ts';
import { revealed } from './sealed-package.ts';

/** Translates between names as users give them and names in the log, which differ in an encrypted store. */
export class LogNames {
  readonly #keys: StoreKeys | undefined;

  constructor(keys: StoreKeys | undefined) {
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
}
