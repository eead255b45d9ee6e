import { Command } from 'commander';
import type { RestoreResult } from '../infospace/restore.ts';
import { formatBytes, formatCount, printable } from '../render/format.ts';
import { fromOption, jsonOption, printJson, quietOption, repeatable, storeRootOption } from './options.ts';
import { startProgress } from './progress.ts';

interface Flags {
  target: string;
  from: string;
  subject?: string;
  storeRoot?: string;
  include?: string[];
  force?: boolean;
  json?: boolean;
  quiet?: boolean;
}

const EXAMPLES = `
"latest" is the last archive in the index of the infospace, or the newest package of --subject.

Examples:
  $ infospace-archive restore latest --target ../restored
  $ infospace-archive restore blake3:4f1c… --target evidence --from guide
  $ infospace-archive restore latest --subject guide --store-root /srv/archive --target . --include reports`;

export function restoreCommand(): Command {
  return new Command('restore')
    .description('restore a package into a folder, checking every byte')
    .argument('<package>', 'package id, manifest digest, or "latest"')
    .requiredOption('--target <dir>', 'folder to restore into; made if need be')
    .addOption(fromOption())
    .option('--subject <name>', 'for "latest": of which subject')
    .addOption(storeRootOption())
    .addOption(repeatable('--include <pattern>', 'restore only this; may be repeated'))
    .option('--force', 'restore over what is in the target; files the package does not have stay')
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(reference: string, { json, quiet, ...options }: Flags): Promise<void> {
  const { restoreArchive } = await import('../infospace/restore.ts');
  const progress = startProgress('restoring', !quiet && !json);
  let result: RestoreResult;
  try {
    result = await restoreArchive(reference, { ...options, onProgress: progress.update });
  } finally {
    progress.end();
  }
  const { package: found, target, fileCount, totalBytes } = result;
  if (json) {
    printJson({
      package_id: found.id,
      manifest_digest: found.manifestDigest,
      content_digest: found.contentDigest,
      target,
      file_count: fileCount,
      total_bytes: totalBytes,
    });
  } else if (!quiet) {
    const what = `${formatCount(fileCount, 'entry', 'entries')}, ${formatBytes(totalBytes)}`;
    process.stdout.write(
      `Restored ${printable(found.subject)} (${found.id}) to ${printable(target)}: ${what}, all checked.\n`,
    );
  }
}
