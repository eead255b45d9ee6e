import { ArchiveError } from './errors.ts';
import { findRetentionClass, type RetentionClass } from './retention/classes.ts';

/** What is said of a package when it begins. */
export interface NewPackage {
  /** What made the content. */
  producer: string;
  /** What the content is of. */
  subject: string;
  /** A class of `Registry.listRetentionClasses`. */
  retentionClass: string;
  /** What its maker says of it; nothing secret. */
  metadata?: Record<string, string>;
  /** Where it was made, as far as it is known; nothing secret. */
  provenance?: Record<string, string>;
}

/** What a store lets in. */
export interface PackageRules {
  retentionClasses: readonly RetentionClass[];
  /** Values that may not appear in anything that is stored. */
  secrets: readonly string[];
}

/**
 * Checks what can be checked before a store is touched.
 *
 * @returns its retention class.
 * @throws ArchiveError `USAGE` for an unknown retention class, an empty name, or text that may not be stored.
 */
export function checkNewPackage(asked: NewPackage, { retentionClasses, secrets }: PackageRules): RetentionClass {
  const { producer, subject, metadata = {}, provenance = {} } = asked;
  const found = findRetentionClass(retentionClasses, asked.retentionClass);
  for (const [key, value] of [
    ['producer', producer],
    ['subject', subject],
    ...Object.entries(metadata),
    ...Object.entries(provenance),
  ] as const) {
    checkText(key, 'a key of the metadata or provenance', secrets);
    checkText(value, `the ${key}`, secrets);
  }
  if (producer.trim() === '' || subject.trim() === '') {
    throw new ArchiveError('USAGE', 'A package needs a producer and a subject; give text that is not empty.');
  }
  return found;
}

/** @throws ArchiveError `USAGE` for text that may not be stored, which is not repeated. */
export function checkText(text: string, what: string, secrets: readonly string[]): void {
  if (secrets.some((secret) => text.includes(secret))) {
    throw new ArchiveError('USAGE', `The value of a configured secret stands in ${what}; take it out.`);
  }
  if (!text.isWellFormed())
    throw new ArchiveError('USAGE', `There is text that is not Unicode in ${what}; correct it.`);
}
