import { Command, InvalidArgumentError, Option } from 'commander';
import { type VerifyFlags, verifyAndPrint } from '../terminal/verify.ts';
import { INTEGRITY_EXIT_CODE } from './errors.ts';
import { fromOption, jsonOption, quietOption, storeRootOption } from './options.ts';

const EXAMPLES = `
Examples:
  $ infospace-archive verify latest
  $ infospace-archive verify --all --from guide
  $ infospace-archive verify --all --sample 5%`;

export function verifyCommand(): Command {
  return new Command('verify')
    .description('read and hash again every stored byte of packages')
    .argument('[package]', 'package id, manifest digest, or "latest"')
    .option('--all', 'verify every package in the store, and record it in the event log')
    .addOption(new Option('--sample <N%>', 'read this share of the contents only, chosen at random').argParser(percent))
    .addOption(fromOption())
    .addOption(storeRootOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(reference: string | undefined, flags: VerifyFlags): Promise<void> {
  if (!(await verifyAndPrint(reference, flags))) process.exitCode = INTEGRITY_EXIT_CODE;
}

function percent(text: string): number {
  const value = /^\d+(\.\d+)?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (value > 0 && value <= 100) return value;
  throw new InvalidArgumentError('Give more than 0% and at most 100%.');
}
