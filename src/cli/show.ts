import { Command } from 'commander';
import { isContentEntry, type Manifest } from '../artifact-store/manifest/model.ts';
import type { PackageSummary, Tombstone } from '../artifact-store/registry.ts';
import { formatBytes, formatCount, formatFields, largest, printable } from '../terminal/format.ts';
import { printJson } from '../terminal/json.ts';
import { withRegistry } from '../terminal/with-registry.ts';
import { writeNewFile } from './new-file.ts';
import { fromOption, packageArgument, storeRootOption, subjectOption } from './options.ts';

interface Flags {
  cbor?: string;
  json?: boolean;
  from: string;
  subject?: string;
  storeRoot?: string;
}

const EXAMPLES = `
Of a package that was disposed of, it shows the certificate: what it was, who
disposed of it, when and why.

Examples:
  $ infospace-archive show latest
  $ infospace-archive show latest --json | jq '.files[].path'
  $ infospace-archive show latest --cbor manifest.cbor`;

export function showCommand(): Command {
  return new Command('show')
    .description('show what a package holds')
    .addArgument(packageArgument())
    .option('-j, --json', 'print the whole manifest as canonical JSON (RFC 8785)')
    .option('--cbor <file>', 'write the manifest as stored, canonical CBOR, to a new file')
    .addOption(fromOption())
    .addOption(subjectOption())
    .addOption(storeRootOption())
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(reference: string, { cbor, json, from, subject, storeRoot }: Flags): Promise<void> {
  const { findPackageOrTombstone } = await import('../infospace/find-package.ts');
  await withRegistry({ from, storeRoot }, 'read', async (registry) => {
    const found = await findPackageOrTombstone(reference, registry, { root: from, subject });
    if ('disposedAt' in found && cbor === undefined) {
      if (json) printJson(certificateJson(found));
      else process.stdout.write(renderCertificate(found));
      return;
    }
    if (cbor !== undefined) await writeNewFile(cbor, await registry.getManifestBytes(found.id, 'cbor'));
    if (json) {
      process.stdout.write(await registry.getManifestBytes(found.id, 'json'));
      process.stdout.write('\n');
    } else if (cbor === undefined) process.stdout.write(render(found, await registry.getManifest(found.id)));
  });
}

function render(found: PackageSummary, manifest: Manifest): string {
  const { metadata } = manifest.package;
  const about = formatFields([
    ...identityFields(found),
    ['kept', `${found.retentionClass}, ${found.expiresAt === null ? 'never expires' : `until ${found.expiresAt}`}`],
    ...Object.entries(metadata),
    ...Object.entries(manifest.provenance),
    ['holds', sizeOf(found)],
  ]);
  return `Package ${found.id}\n${about}${renderTopFolders(manifest)}`;
}

function renderCertificate(tombstone: Tombstone): string {
  const { id, retentionClass, expiresAt, disposedAt, disposedBy, reason } = tombstone;
  return `Package ${id} was disposed of\n${formatFields([
    ...identityFields(tombstone),
    ['kept', `${retentionClass}, until ${expiresAt}`],
    ['held', sizeOf(tombstone)],
    ['disposed', `${disposedAt} by ${disposedBy}`],
    ['reason', reason],
  ])}`;
}

function certificateJson(tombstone: Tombstone): object {
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

function identityFields(found: PackageSummary): [label: string, value: string][] {
  return [
    ['subject', found.subject],
    ['producer', found.producer],
    ['created', found.createdAt],
    ['manifest', found.manifestDigest],
    ['content', found.contentDigest],
  ];
}

function sizeOf({ fileCount, totalBytes }: PackageSummary): string {
  return `${formatCount(fileCount, 'entry', 'entries')}, ${formatBytes(totalBytes)}`;
}

/** Entries and bytes by the first name of their paths. */
function renderTopFolders({ files }: Manifest): string {
  const tops = new Map<string, { entries: number; bytes: number }>();
  for (const entry of files) {
    const slash = entry.path.indexOf('/');
    const top = slash < 0 ? entry.path : entry.path.slice(0, slash + 1);
    const sum = tops.get(top) ?? { entries: 0, bytes: 0 };
    sum.entries++;
    sum.bytes += isContentEntry(entry) ? entry.size : 0;
    tops.set(top, sum);
  }
  const width = largest([...tops.keys()].map((top) => printable(top).length));
  return [...tops]
    .map(
      ([top, { entries, bytes }]) =>
        `    ${printable(top).padEnd(width)}  ${formatCount(entries, 'entry', 'entries')}, ${formatBytes(bytes)}\n`,
    )
    .join('');
}
