import type { Command } from 'commander';
import { printJson } from '../terminal/json.ts';
import { writeCanonicalJson } from '../terminal/output.ts';
import { withRegistry } from '../terminal/with-registry.ts';
import { DocumentedCommand } from './documented-command.ts';
import { writeNewFile } from './new-file.ts';
import { fromOption, packageArgument, storeRootOption, subjectOption } from './options.ts';

interface Flags {
  to: string;
  predicate?: boolean;
  from: string;
  subject?: string;
  storeRoot?: string;
  json?: boolean;
}

const EXAMPLES = `
It prints an in-toto statement made from the manifest: SLSA provenance, whose
subject is the manifest, which names every file. The same package always gives
the same bytes. The statement proves nothing until it is signed, by
actions/attest or cosign. "verify --attestation" checks it.

Examples:
  $ infospace-archive attest latest --to statement.json
  $ infospace-archive show latest --cbor manifest.cbor
  $ infospace-archive attest latest --predicate --to predicate.json`;

export function attestCommand(): Command {
  return new DocumentedCommand('attest')
    .description('print a statement about a package, to be signed')
    .addArgument(packageArgument())
    .option('--to <file>', 'write it to a new file; "-" prints it', '-')
    .option('--predicate', 'only the predicate, of the type https://slsa.dev/provenance/v1')
    .addOption(fromOption())
    .addOption(subjectOption())
    .addOption(storeRootOption())
    .option('-j, --json', 'with --to, print the package id and the file as JSON')
    .documented(EXAMPLES)
    .action(run);
}

async function run(reference: string, { to, predicate, from, subject, storeRoot, json }: Flags): Promise<void> {
  const { findPackage } = await import('../infospace/find-package.ts');
  const { attestationStatement, encodeAttestation } = await import('../infospace/attestation/attest.ts');
  await withRegistry({ from, storeRoot }, 'read', async (registry) => {
    const found = await findPackage(reference, registry, { root: from, subject });
    const statement = await attestationStatement(found.id, registry);
    const encoded = encodeAttestation(predicate ? statement.predicate : statement);
    if (to === '-') writeCanonicalJson(encoded);
    else {
      await writeNewFile(to, `${encoded}\n`);
      if (json) printJson({ package_id: found.id, file: to });
    }
  });
}
