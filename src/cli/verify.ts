import { resolve } from 'node:path';
import { Command } from 'commander';
import { ArchiveError } from '../artifact-store/errors.ts';
import type { VerifiedPackage } from '../artifact-store/registry.ts';
import { formatBytes, formatCount, printable } from '../render/format.ts';
import { INTEGRITY_EXIT_CODE } from './errors.ts';
import { fromOption, jsonOption, printJson, quietOption, storeRootOption } from './options.ts';
import { startProgress } from './progress.ts';

interface Flags {
  all?: boolean;
  from: string;
  storeRoot?: string;
  json?: boolean;
  quiet?: boolean;
}

const EXAMPLES = `
Examples:
  $ infospace-archive verify latest
  $ infospace-archive verify --all --from guide`;

export function verifyCommand(): Command {
  return new Command('verify')
    .description('read and hash again every stored byte of packages')
    .argument('[package]', 'package id, manifest digest, or "latest"')
    .option('--all', 'verify every package in the store')
    .addOption(fromOption())
    .addOption(storeRootOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(reference: string | undefined, { all, from, storeRoot, json, quiet }: Flags): Promise<void> {
  if ((reference === undefined) === (all === undefined)) {
    throw new ArchiveError('USAGE', 'Say what to verify: either a package or --all.');
  }
  const { findPackage } = await import('../infospace/find-package.ts');
  const { openRegistry } = await import('../infospace/infospace-store.ts');
  const registry = await openRegistry(resolve(from), { storeRoot }, 'read');
  const progress = startProgress('verifying', !quiet && !json);
  const results: VerifiedPackage[] = [];
  try {
    const found =
      reference === undefined
        ? await registry.listPackages()
        : [await findPackage(reference, registry, { root: from })];
    const ids = found.map(({ id }) => id);
    for await (const result of registry.verifyPackages(ids, progress.update)) results.push(result);
  } finally {
    progress.end();
    await registry.close();
  }
  if (json) printJson(results.map(resultJson));
  else process.stdout.write(results.map((result) => renderResult(result, quiet ?? false)).join(''));
  if (results.some(({ damage }) => damage.length > 0)) process.exitCode = INTEGRITY_EXIT_CODE;
}

function resultJson({ id, files, bytes, damage }: VerifiedPackage): unknown {
  return {
    package_id: id,
    file_count: files,
    total_bytes: bytes,
    ok: damage.length === 0,
    damage: damage.map(({ path, error }) => ({ path: path ?? null, message: error.message })),
  };
}

function renderResult({ id, files, bytes, damage }: VerifiedPackage, quiet: boolean): string {
  if (damage.length > 0) {
    return damage.map(({ error }) => `${id}: ${printable(error.message)}\n`).join('');
  }
  return quiet ? '' : `${id}: ok, ${formatCount(files, 'entry', 'entries')}, ${formatBytes(bytes)}\n`;
}
