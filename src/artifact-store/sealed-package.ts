import { requireKeys, type StoreFile } from './commit/store-file.ts';
import type { ReadConnection } from './database/database.ts';
import type { CborValue } from './encoding/cbor.ts';
import { malformed, readCount, readMap, readText, readTextMap } from './encoding/shape.ts';
import type { SessionKey } from './encryption/session-key.ts';
import { isSealed, type StoreKeys, sealedText, subjectToken } from './encryption/store-keys.ts';
import { findPackage, findTombstone } from './find-packages.ts';
import type { ContentAddress } from './identity/digest.ts';
import { isContentAddress } from './outside-fields.ts';
import type { PackageSummary } from './package-summary.ts';
import { SEALED } from './sealed-text.ts';

/** The description of a package that only recipients of an encrypted store can read. */
export interface SealedAbout {
  producer: string;
  subject: string;
  metadata: Record<string, string>;
  manifestDigest: ContentAddress;
  contentDigest: ContentAddress;
  fileCount: number;
  totalBytes: number;
}

/** The public description in its log, in the fields that a store without encryption uses. */
export interface PublicAbout {
  /** All sealed fields, as text. */
  producer: string;
  /** Equal for packages of one subject. */
  subject: string;
  /** The note, sealed. */
  metadata: Record<string, string>;
}

export function sealAbout(store: StoreFile, session: SessionKey, packageId: string, about: SealedAbout): PublicAbout {
  const { note } = about.metadata;
  const value: CborValue = {
    producer: about.producer,
    subject: about.subject,
    metadata: about.metadata,
    manifest_digest: about.manifestDigest,
    content_digest: about.contentDigest,
    file_count: about.fileCount,
    total_bytes: about.totalBytes,
  };
  return {
    producer: sealedText(session, { kind: 'package', packageId }, value),
    subject: subjectToken(requireKeys(store).idKey, about.subject),
    metadata: note === undefined ? {} : { note: sealedText(session, { kind: 'note', packageId }, note) },
  };
}

/**
 * A package with its sealed fields opened if the identity allows; others see its id, times and retention.
 * @throws ArchiveError `KEY_MISSING` when an identity is configured but cannot open it; `INTEGRITY` when it was forged or damaged.
 */
export async function revealed<S extends PackageSummary>(keys: StoreKeys | undefined, summary: S): Promise<S> {
  if (!isSealed(summary.producer)) return summary;
  if (!keys?.mayRead) return { ...summary, producer: SEALED, subject: SEALED };
  const where = `The log's description of package "${summary.id}"`;
  const value = await keys.openText({ kind: 'package', packageId: summary.id }, summary.producer, where);
  const { metadata: _, ...about } = readAbout(value, where);
  return { ...summary, ...about };
}

/** A label with the subject of its package, which may have been disposed of. */
export async function revealedLabel<L extends { subject: string; packageId: string }>(
  db: ReadConnection,
  keys: StoreKeys | undefined,
  label: L,
): Promise<L> {
  if (!isSealed(label.subject)) return label;
  const found = (await findTombstone(db, label.packageId)) ?? (await findPackage(db, label.packageId));
  return { ...label, subject: (await revealed<PackageSummary>(keys, found)).subject };
}

export async function revealedNote(
  keys: StoreKeys | undefined,
  { packageId, note }: { packageId: string; note: string },
): Promise<string> {
  if (!isSealed(note)) return note;
  if (!keys?.mayRead) return SEALED;
  const where = `The note of package "${packageId}"`;
  return readText(await keys.openText({ kind: 'note', packageId }, note, where), where);
}

function readAbout(value: CborValue, where: string): SealedAbout {
  const keys = [
    'producer',
    'subject',
    'metadata',
    'manifest_digest',
    'content_digest',
    'file_count',
    'total_bytes',
  ] as const;
  const map = readMap(value, where, keys);
  return {
    producer: readText(map.producer, where),
    subject: readText(map.subject, where),
    metadata: readTextMap(map.metadata, where),
    manifestDigest: readAddress(map.manifest_digest, where),
    contentDigest: readAddress(map.content_digest, where),
    fileCount: readCount(map.file_count, where),
    totalBytes: readCount(map.total_bytes, where),
  };
}

function readAddress(value: unknown, where: string): ContentAddress {
  const text = readText(value, where);
  if (isContentAddress(text)) return text;
  throw malformed(where, 'expected a digest');
}
