import { ArchiveError } from './errors.ts';
import type { PackageOrigin } from './log/model.ts';
import { MAX_NAME_BYTES } from './outside-fields.ts';
import { findRetentionClass, type RetentionClass } from './retention/classes.ts';

/** The metadata of a new package. */
export interface NewPackage {
  /** What made the content. */
  producer: string;
  /** What the content belongs to. */
  subject: string;
  /** A class of `Registry.listRetentionClasses`. */
  retentionClass: string;
  /** Metadata from its producer, without secrets. */
  metadata?: Record<string, string>;
  /** Where it was made, as far as known, without secrets. */
  provenance?: Record<string, string>;
  /** The source of its files, for the event log, unless they are archived from a folder. */
  origin?: PackageOrigin | undefined;
}

/** Limit for a note, or any other value of metadata or provenance. */
const MAX_VALUE_BYTES = 1024 * 1024;
/** Limit for all metadata and provenance of a package, so that manifests and segments stay far below a reader's limits. */
const MAX_VALUES_BYTES = 4 * 1024 * 1024;
/** Limit for the reason of a hold, an extension or a release. */
const MAX_REASON_BYTES = 64 * 1024;

/** Limits that apply to every new package. */
export interface PackageRules {
  retentionClasses: readonly RetentionClass[];
  /** Values that must not appear in anything stored. */
  secrets: readonly string[];
}

/**
 * Checks everything that can be checked without a store.
 * @returns its retention class.
 * @throws ArchiveError `USAGE` for an unknown retention class, an empty name, or text that must not be stored.
 */
export function checkNewPackage(asked: NewPackage, { retentionClasses, secrets }: PackageRules): RetentionClass {
  checkLengths(asked);
  checkTexts(asked, secrets);
  return findRetentionClass(retentionClasses, asked.retentionClass);
}

/** @throws ArchiveError `USAGE` for an empty name, or text that must not be stored. */
export function checkTexts(
  { producer, subject, metadata = {}, provenance = {}, origin }: Omit<NewPackage, 'retentionClass'>,
  secrets: readonly string[],
): void {
  if (origin) checkText(origin.name, 'the name of its source', secrets);
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
}

function checkLengths({ producer, subject, metadata = {}, provenance = {}, origin }: NewPackage): void {
  requireAtMost(producer, 'producer', MAX_NAME_BYTES);
  requireAtMost(subject, 'subject', MAX_NAME_BYTES);
  if (origin) requireAtMost(origin.name, 'name of its source', MAX_VALUE_BYTES);
  let bytes = 0;
  for (const [key, value] of [...Object.entries(metadata), ...Object.entries(provenance)]) {
    requireAtMost(key, 'key of the metadata or provenance', MAX_NAME_BYTES);
    requireAtMost(value, key, MAX_VALUE_BYTES);
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > MAX_VALUES_BYTES) throw tooLong('metadata and provenance', bytes, MAX_VALUES_BYTES);
}

function requireAtMost(text: string, what: string, most: number): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > most) throw tooLong(what, bytes, most);
}

function tooLong(what: string, bytes: number, most: number): ArchiveError {
  return new ArchiveError(
    'USAGE',
    `The ${what} is ${bytes} bytes long, more than the ${most} allowed; shorten it.`,
    undefined,
    { expected: `${most}`, actual: `${bytes}` },
  );
}

/** @throws ArchiveError `USAGE` for a reason that is too long or must not be stored. */
export function checkReason(reason: string, secrets: readonly string[]): void {
  requireAtMost(reason, 'reason', MAX_REASON_BYTES);
  checkText(reason, 'the reason', secrets);
}

/** @throws ArchiveError `USAGE` for a note that is empty, too long, or must not be stored. */
export function checkNote(note: string, secrets: readonly string[]): void {
  if (note.trim() === '') throw new ArchiveError('USAGE', 'The note is empty; write one.');
  requireAtMost(note, 'note', MAX_VALUE_BYTES);
  checkText(note, 'the note', secrets);
}

/** @throws ArchiveError `USAGE` for an actor that is empty, too long, or must not be stored. */
export function checkActor(actor: string, secrets: readonly string[]): void {
  if (actor.trim() === '') throw new ArchiveError('USAGE', 'The actor is empty; name one.');
  requireAtMost(actor, 'actor', MAX_NAME_BYTES);
  checkText(actor, 'the actor', secrets);
}

/** @throws ArchiveError `USAGE` for text that must not be stored, without repeating it. */
export function checkText(text: string, what: string, secrets: readonly string[]): void {
  if (secrets.some((secret) => text.includes(secret))) {
    throw new ArchiveError('USAGE', `The value of a configured secret appears in ${what}; remove it.`);
  }
  if (!text.isWellFormed()) throw new ArchiveError('USAGE', `The text of ${what} is not valid Unicode; correct it.`);
}
