import type { ImportedPackage } from '../artifact-store/registry.ts';
import { formatBytes, formatCount, untilText } from '../terminal/format.ts';
import { expiredWarning } from '../terminal/imported.ts';
import { setOutputs } from './outputs.ts';
import { say, warn } from './report.ts';
import { code, table, writeSummary } from './summary.ts';

/** Reports a package that was imported or copied into a store. */
export async function reportImported(
  made: ImportedPackage,
  verb: 'Imported' | 'Copied',
  { place, summary }: { place: (shown?: (path: string) => string) => string; summary: boolean },
): Promise<void> {
  const warning = expiredWarning(made, new Date());
  if (warning) warn(warning);
  const what = `${formatCount(made.fileCount, 'entry', 'entries')}, ${formatBytes(made.totalBytes)}`;
  say(
    made.isNew
      ? `${verb} ${made.subject} (${made.id}) into ${place()}: ${what}, ${formatBytes(made.storedBytes)} new`
      : `The store already has ${made.subject} (${made.id}); nothing was added`,
  );
  setOutputs({
    package_id: made.id,
    manifest_digest: made.manifestDigest,
    content_digest: made.contentDigest,
    retention_class: made.retentionClass,
    expires_at: made.expiresAt,
    file_count: made.fileCount,
    total_bytes: made.totalBytes,
    stored_bytes: made.storedBytes,
    changed: made.isNew,
  });
  if (!summary) return;
  await writeSummary([
    made.isNew ? `### ${verb} ${code(made.subject)}` : `### The store already has ${code(made.subject)}`,
    table([
      ['Package', code(made.id)],
      ['Where', place(code)],
      ['Holds', what],
      ['Kept', `${code(made.retentionClass)}, ${untilText(made.expiresAt)}`],
      ['Manifest', code(made.manifestDigest)],
      ['Content', code(made.contentDigest)],
    ]),
  ]);
}
