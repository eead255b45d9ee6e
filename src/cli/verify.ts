import { type Command, InvalidArgumentError, Option } from 'commander';
import { interruptible } from '../terminal/interruption.ts';
import { type VerifyFlags, verifyAndPrint } from '../terminal/verify.ts';
import { DocumentedCommand } from './documented-command.ts';
import { INTEGRITY_EXIT_CODE } from './errors.ts';
import { fromOption, jsonOption, packageArgument, quietOption, storeRootOption, subjectOption } from './options.ts';

const EXAMPLES = `
Examples:
  $ infospace-archive verify latest
  $ infospace-archive verify --all --from guide
  $ infospace-archive verify --all --sample 5%
  $ infospace-archive verify latest --attestation bundle.jsonl \\
      --certificate-oidc-issuer https://token.actions.githubusercontent.com \\
      --certificate-identity https://github.com/o/r/.github/workflows/w.yml@x`;

export function verifyCommand(): Command {
  return new DocumentedCommand('verify')
    .description('read and hash every stored byte of packages again')
    .addArgument(packageArgument('[package]'))
    .option('--all', 'verify every package in the store, and record each in the event log')
    .addOption(
      new Option('--sample <N%>', 'read only this percentage of the contents, chosen at random').argParser(percent),
    )
    .option('--attestation <file>', 'also check this attestation: a statement, a DSSE envelope or a Sigstore bundle')
    .option(
      '--certificate-identity <identity>',
      'who must have signed it: the address of a workflow, an e-mail address',
    )
    .option('--certificate-oidc-issuer <url>', 'the issuer of the identity')
    .option('--trusted-root <file>', 'the trusted root of Sigstore; fetched by default')
    .option('--key <file>', 'the public key (PEM) that must have signed it')
    .addOption(fromOption())
    .addOption(subjectOption())
    .addOption(storeRootOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .documented(EXAMPLES)
    .action(run);
}

async function run(reference: string | undefined, flags: VerifyFlags): Promise<void> {
  const isWhole = await interruptible((signal) => verifyAndPrint(reference, { ...flags, signal }));
  if (!isWhole) process.exitCode = INTEGRITY_EXIT_CODE;
}

function percent(text: string): number {
  const value = /^\d+(\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (value > 0 && value <= 100) return value;
  throw new InvalidArgumentError('Give more than 0% and at most 100%.');
}
