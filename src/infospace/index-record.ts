import { isContentAddress, isCount, isName, isPackageId, isTime } from '../artifact-store/outside-fields.ts';
import type { PackageSummary, StorePin, Tombstone } from '../artifact-store/registry.ts';

/** One archive of an infospace, as `output/archives/index.yaml` records it. */
export interface ArchiveRecord {
  package_id: string;
  /** Identifies this package. */
  manifest_digest: string;
  /** Equal for equal content, regardless of place and time. */
  content_digest: string;
  retention_class: string;
  /** RFC 3339, UTC. */
  created_at: string;
  /** The include patterns that matched something. */
  included_paths: string[];
  /** Entries: files, links and empty folders. */
  file_count: number;
  /** Total size of the files, before compression and deduplication. */
  total_bytes: number;
  /** Why this state is kept. */
  note: string | null;
  /** What made the content. */
  producer: string;
  /** What the content belongs to, usually the infospace's slug. */
  subject: string;
  /** The newest segment of the store's log at the time of recording; records of older versions and other tools lack it. */
  log?: StorePin | undefined;
  /** Whether that store is the one inside the infospace. */
  embedded?: boolean | undefined;
}

/** Which store contains a package, according to its record. */
export type RecordPlace = Required<Pick<ArchiveRecord, 'log' | 'embedded'>>;

/** When, by whom and why a package was disposed of. */
export type Disposal = Pick<Tombstone, 'disposedAt' | 'disposedBy' | 'reason'>;

export function disposalOf({ disposedAt, disposedBy, reason }: Tombstone): Disposal {
  return { disposedAt, disposedBy, reason };
}

export function recordOf(
  made: PackageSummary,
  includedPaths: string[],
  note: string | null,
  { log, embedded }: RecordPlace,
): ArchiveRecord {
  return { ...summaryRecord(made), included_paths: includedPaths, note, log, ...(embedded && { embedded }) };
}

/** A record from the registry alone, without the note and the include patterns. */
export function summaryRecord(found: PackageSummary): ArchiveRecord {
  return {
    package_id: found.id,
    manifest_digest: found.manifestDigest,
    content_digest: found.contentDigest,
    retention_class: found.retentionClass,
    created_at: found.createdAt,
    included_paths: [],
    file_count: found.fileCount,
    total_bytes: found.totalBytes,
    note: null,
    producer: found.producer,
    subject: found.subject,
  };
}

const TEXT_KEYS = ['package_id', 'manifest_digest', 'retention_class', 'created_at', 'producer', 'subject'] as const;

/** A list entry of the YAML file. */
export type IndexEntry = Record<string, unknown>;

/** The archive records, without duplicates, which a merge may have produced. Entries of other tools may lack fields or have more. */
export function* recordsOf(entries: Iterable<IndexEntry>): Iterable<ArchiveRecord> {
  const ids = new Set<string>();
  for (const entry of entries) {
    if (!isRecord(entry) || ids.has(entry.package_id)) continue;
    // Copies the id: a substring would keep the whole text it was read from in memory.
    entry.package_id = Buffer.from(entry.package_id).toString();
    ids.add(entry.package_id);
    yield entry;
  }
}

function isRecord(entry: IndexEntry): entry is IndexEntry & ArchiveRecord {
  return TEXT_KEYS.every((key) => typeof entry[key] === 'string');
}

/**
 * Whether all identifiers of a package have the form that this software writes. An index may arrive in anyone's pull request; other text
 * cannot identify a package and may be an attack on a program that reads it.
 */
export function isSound(record: ArchiveRecord): boolean {
  const { package_id, manifest_digest, content_digest, created_at, file_count, total_bytes } = record;
  return (
    isPackageId(package_id) &&
    isContentAddress(manifest_digest) &&
    isTime(created_at) &&
    // Records of older tools lack these.
    (content_digest === undefined || isContentAddress(content_digest)) &&
    [file_count, total_bytes].every((count) => count === undefined || isCount(count)) &&
    [record.retention_class, record.producer, record.subject].every(isName)
  );
}

/** Line breaks of YAML 1.1, and characters that no YAML version allows unescaped. */
const TO_ESCAPE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** An entry in one line that is both JSON and YAML: lines appended by two branches merge one by one, and are read without a YAML parser. */
export function entryLine(entry: object): string {
  // JSON escapes line breaks inside strings.
  const json = JSON.stringify(entry, undefined, 1).replaceAll(/\n */g, ' ');
  return `- ${json.replaceAll(TO_ESCAPE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}`;
}
