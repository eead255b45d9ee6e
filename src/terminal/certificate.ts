import type { PackageSummary, Tombstone } from '../artifact-store/registry.ts';
import { formatBytes, formatCount, formatFields, untilText } from './format.ts';
import { localTime } from './local-time.ts';

/** The disposal certificate of a package, for people. */
export function renderCertificate(tombstone: Tombstone): string {
  const { id, retentionClass, expiresAt, disposedAt, disposedBy, reason } = tombstone;
  return `Package ${id} was disposed of\n${formatFields([
    ['reason', reason],
    ['disposed', `${localTime(disposedAt)} by ${disposedBy}`],
    ['subject', tombstone.subject],
    ['created', localTime(tombstone.createdAt)],
    ['contained', sizeOf(tombstone)],
    ['kept', `${retentionClass}, ${untilText(expiresAt, localTime)}`],
    ['producer', tombstone.producer],
    ['manifest', tombstone.manifestDigest],
    ['content', tombstone.contentDigest],
  ])}`;
}

export function certificateJson(tombstone: Tombstone): object {
  return {
    package_id: tombstone.id,
    producer: tombstone.producer,
    subject: tombstone.subject,
    created_at: tombstone.createdAt,
    retention_class: tombstone.retentionClass,
    expires_at: tombstone.expiresAt,
    manifest_digest: tombstone.manifestDigest,
    content_digest: tombstone.contentDigest,
    file_count: tombstone.fileCount,
    total_bytes: tombstone.totalBytes,
    disposed_at: tombstone.disposedAt,
    disposed_by: tombstone.disposedBy,
    reason: tombstone.reason,
  };
}

export function sizeOf({ fileCount, totalBytes }: PackageSummary): string {
  return `${formatCount(fileCount, 'entry', 'entries')}, ${formatBytes(totalBytes)}`;
}
