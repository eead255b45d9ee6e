import type { ImportedPackage, RequestCounts } from '../artifact-store/registry.ts';
import { formatBytes, formatCount, formatFields, printable, untilText } from './format.ts';
import { localTime } from './local-time.ts';

/** The result of importing or copying a package, for scripts. */
export function importedJson(made: ImportedPackage, requests: RequestCounts | undefined): object {
  return {
    package_id: made.id,
    subject: made.subject,
    producer: made.producer,
    created_at: made.createdAt,
    manifest_digest: made.manifestDigest,
    content_digest: made.contentDigest,
    retention_class: made.retentionClass,
    expires_at: made.expiresAt,
    file_count: made.fileCount,
    total_bytes: made.totalBytes,
    changed: made.isNew,
    stored_bytes: made.storedBytes,
    reused_files: made.reusedFiles,
    reused_bytes: made.reusedBytes,
    requests,
  };
}

/** The same result for people. */
export function renderImported(
  made: ImportedPackage,
  verb: string,
  place: readonly (readonly [label: string, value: string])[],
): string {
  const headline = made.isNew
    ? `${verb} ${printable(made.subject)}`
    : `The store already has ${printable(made.subject)}; nothing was added`;
  const reused = `${formatCount(made.reusedFiles, 'file')} (${formatBytes(made.reusedBytes)}) share a content that is stored`;
  const total = `${formatCount(made.fileCount, 'entry', 'entries')}, ${formatBytes(made.totalBytes)}`;
  return `${headline}\n${formatFields([
    ['package', made.id],
    ['manifest', made.manifestDigest],
    ['content', made.contentDigest],
    ['contains', total],
    ...(made.isNew ? [['stored', `${formatBytes(made.storedBytes)} new; ${reused}`] as const] : []),
    ['kept', `${made.retentionClass}, ${untilText(made.expiresAt)}`],
    ...place,
  ])}`;
}

/** A warning about a package that has already expired: the next garbage collection disposes of it. */
export function expiredWarning({ expiresAt }: ImportedPackage, now: Date): string | undefined {
  if (expiresAt === null || new Date(expiresAt) > now) return undefined;
  return `The package expired at ${localTime(expiresAt)}, so the next gc disposes of it; extend its retention or put it on hold.`;
}
