import type { Command } from 'commander';
import { certificateJson, renderCertificate } from '../terminal/certificate.ts';
import { printJson } from '../terminal/json.ts';
import { writeCanonicalJson } from '../terminal/output.ts';
import { renderPackage } from '../terminal/show.ts';
import { withRegistry } from '../terminal/with-registry.ts';
import { DocumentedCommand } from './documented-command.ts';
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
For a package that was disposed of, it shows the certificate: what it was, who
disposed of it, when and why.

Examples:
  $ infospace-archive show latest
  $ infospace-archive show latest --json | jq '.files[].path'
  $ infospace-archive show latest --cbor manifest.cbor`;

export function showCommand(): Command {
  return new DocumentedCommand('show')
    .description('show what a package contains')
    .addArgument(packageArgument())
    .option('-j, --json', 'print the whole manifest as canonical JSON (RFC 8785)')
    .option('--cbor <file>', 'write the manifest as stored, canonical CBOR, to a new file')
    .addOption(fromOption())
    .addOption(subjectOption())
    .addOption(storeRootOption())
    .documented(EXAMPLES)
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
    if (json) writeCanonicalJson(await registry.getManifestBytes(found.id, 'json'));
    else if (cbor === undefined) process.stdout.write(await renderPackage(found, registry));
  });
}
