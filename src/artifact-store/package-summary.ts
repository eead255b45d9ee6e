import type { PackageTable, TombstoneTable } from './database/schema.ts';
import { type ContentAddress, formatContentAddress } from './identity/digest.ts';

/** A finalized package, without its entries. */
export interface PackageSummary {
  id: string;
  producer: string;
  subject: string;
  /** RFC 3339, UTC. */
  createdAt: string;
  retentionClass: string;
  /** RFC 3339, or null for never. */
  expiresAt: string | null;
  manifestDigest: ContentAddress;
  contentDigest: ContentAddress;
  /** Entries: files, links and empty folders. */
  fileCount: number;
  /** Total size of the files, before compression and deduplication. */
  totalBytes: number;
}

/** What remains of a disposed package. */
export interface Tombstone extends PackageSummary {
  disposedAt: string;
  /** The actor. */
  disposedBy: string;
  reason: string;
}

export function toSummary(row: Omit<PackageTable, 'finalized_at' | 'expired_at' | 'position'>): PackageSummary {
  return {
    id: row.id,
    producer: row.producer,
    subject: row.subject,
    createdAt: row.created_at,
    retentionClass: row.retention_class,
    expiresAt: row.expires_at,
    manifestDigest: formatContentAddress(row.manifest_digest),
    contentDigest: formatContentAddress(row.content_digest),
    fileCount: row.file_count,
    totalBytes: row.total_bytes,
  };
}

export function toTombstone({ disposed_at, disposed_by, reason, ...row }: TombstoneTable): Tombstone {
  return { ...toSummary(row), disposedAt: disposed_at, disposedBy: disposed_by, reason };
}
