import { resolve } from 'node:path';
import { Command } from 'commander';
import { untilAborted } from '../artifact-store/abort.ts';
import { describeStore, gitVariables, type StoreConfig } from '../artifact-store/config.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import type { HurtFile } from '../artifact-store/maintenance/repair-store.ts';
import type { LogPin } from '../artifact-store/registry.ts';
import { warn } from '../terminal/errors.ts';
import { formatBytes, formatCount, formatFields, printable } from '../terminal/format.ts';
import { interruptible } from '../terminal/interruption.ts';
import { printJson } from '../terminal/json.ts';
import { withRegistry } from '../terminal/with-registry.ts';
import { DocumentedCommand } from './documented-command.ts';
import { INTEGRITY_EXIT_CODE } from './errors.ts';
import { fromOption, jsonOption, repeatable, storeRootOption } from './options.ts';
import { keyCommand } from './store-key.ts';

interface Flags {
  deep?: boolean;
  head?: string;
  /** The remote; true when the option has no value. */
  git?: string | true;
  encrypt?: boolean;
  recipient?: readonly string[];
  from: string;
  storeRoot?: string;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  $ infospace-archive store init
  $ infospace-archive store init --git
  $ infospace-archive store check --deep
  $ infospace-archive store stats --from guide --json`;

export function storeCommand(): Command {
  const store = new DocumentedCommand('store')
    .description('set up, check, repair and measure a store')
    .documented(EXAMPLES);
  const subcommands: [name: string, description: string, run: (flags: Flags, signal: AbortSignal) => Promise<void>][] =
    [
      ['init', 'create a shared store, or migrate an older one', init],
      ['check', 'try everything a store must do; leaves nothing behind', check],
      ['stats', 'count packages and bytes', stats],
      ['rebuild', 'rebuild the registry, and a lost store.json, from the log in storage', rebuild],
      ['repair', 'mend the log; mark lost packs, so that archives store their files again', repair],
    ];
  for (const [name, description, run] of subcommands) {
    const command = new Command(name)
      .description(description)
      .action((flags: Flags) => interruptible((signal) => run(flags, signal)));
    command.addOption(fromOption()).addOption(storeRootOption());
    if (name === 'init')
      command
        .option('--git [remote]', 'create it in the git repository around the infospace (default: "origin")')
        .option('--encrypt', 'encrypt everything stored; cannot be undone')
        .addOption(
          repeatable('--recipient <recipient>', 'who can read it, as "store key generate" prints it; repeatable'),
        );
    if (name === 'rebuild') command.option('--head <segment:digest>', 'refuse a log that does not have this segment');
    if (name === 'check') command.option('--deep', 'also compare log, registry, packs, packages and objects');
    if (name === 'init') command.alias('migrate');
    store.addCommand(command.addOption(jsonOption()));
  }
  return store.addCommand(keyCommand());
}

async function init({ from, storeRoot, git, encrypt, recipient, json }: Flags, signal: AbortSignal): Promise<void> {
  const { storeOf, withGitStore } = await import('../infospace/infospace-store.ts');
  const { initStore } = await import('../artifact-store/init-store.ts');
  const env = git === undefined ? process.env : withGitStore(process.env, git === true ? undefined : git);
  const config = storeOf(resolve(from), { storeRoot, env });
  if ((encrypt === true) !== (recipient !== undefined)) {
    throw new ArchiveError(
      'USAGE',
      'An encrypted store needs both --encrypt and --recipient; make a recipient with "store key generate".',
    );
  }
  await untilAborted(signal, initStore(config, { recipients: recipient }));
  if (json) printJson({ store: describeStore(config), variables: git === undefined ? [] : gitVariables(config) });
  else process.stdout.write(git === undefined ? 'The store is ready.\n' : whatToSet(config));
}

/** What to set to use a store in git from now on. */
function whatToSet(config: StoreConfig): string {
  const variables = gitVariables(config).map((line) => `  ${printable(line)}\n`);
  return `The store is ready: ${printable(describeStore(config))}. To use it, set

${variables.join('')}
or in a workflow give the job "permissions: contents: write" and the action "store: git".
`;
}

async function check({ from, storeRoot, deep, json }: Flags, signal: AbortSignal): Promise<void> {
  const { storeOf } = await import('../infospace/infospace-store.ts');
  const { checkStore } = await import('../artifact-store/maintenance/check-store.ts');
  const findings = [];
  for await (const finding of checkStore(storeOf(resolve(from), { storeRoot }), { deep, signal })) {
    findings.push(finding);
    const { what, status, detail } = finding;
    if (!json) process.stdout.write(`${status.padEnd(7)}  ${what.padEnd(18)}  ${printable(detail)}\n`);
  }
  if (json) printJson(findings);
  if (findings.some(({ status }) => status === 'failed')) process.exitCode = 1;
}

async function rebuild({ from, storeRoot, json, head }: Flags, signal: AbortSignal): Promise<void> {
  const { storeOf } = await import('../infospace/infospace-store.ts');
  const { rebuildStore } = await import('../artifact-store/maintenance/rebuild-store.ts');
  const { events, packages, packs } = await rebuildStore(storeOf(resolve(from), { storeRoot }), undefined, {
    signal,
    head: head === undefined ? undefined : parsePin(head),
  });
  if (json) printJson({ events, packages, packs });
  else {
    process.stdout.write(
      formatFields([
        ['events', formatCount(events, 'event')],
        ['packages', `${formatCount(packages, 'package')} in ${formatCount(packs, 'pack')}`],
      ]),
    );
  }
}

async function repair({ from, storeRoot, json }: Flags, signal: AbortSignal): Promise<void> {
  const { storeOf } = await import('../infospace/infospace-store.ts');
  const { repairStore } = await import('../artifact-store/maintenance/repair-store.ts');
  const { segments, copies, damaged, healed, hurt } = await repairStore(storeOf(resolve(from), { storeRoot }), {
    signal,
  });
  if (json) {
    printJson({
      restored_segments: segments,
      restored_copies: copies,
      damaged_packs: damaged,
      healed_packs: healed,
      hurt: hurt.map(({ packageId, path, message }) => ({ package_id: packageId, path: path ?? null, message })),
    });
  } else {
    const done = [
      ...segments.map((key) => `put "${key}" back from its copy`),
      ...copies.map((key) => `replaced "${key}", which was damaged`),
      ...damaged.map((key) => `marked "${key}", which is gone or damaged`),
      ...healed.map((key) => `"${key}" is sound again`),
    ];
    const lines = [...(done.length > 0 ? done : ['nothing to repair']), ...hurt.map(hurtLine)];
    process.stdout.write(lines.map((line) => `${printable(line)}\n`).join(''));
  }
  if (hurt.length > 0) process.exitCode = INTEGRITY_EXIT_CODE;
}

/** @throws ArchiveError `USAGE`. */
function parsePin(text: string): LogPin {
  const [, segment, digest] = /^(\d+):(blake3:[0-9a-f]{64})$/.exec(text) ?? [];
  if (segment !== undefined && digest !== undefined) return { segment: Number(segment), digest };
  throw new ArchiveError(
    'USAGE',
    `"${text}" is not a segment of the log; give a segment number, a colon and its digest.`,
  );
}

function hurtLine({ packageId, message }: HurtFile): string {
  return `${packageId}: ${message}`;
}

async function stats({ from, storeRoot, json }: Flags, signal: AbortSignal): Promise<void> {
  const [{ packages, logicalBytes, contentBytes, storedBytes, bySubjectAndClass }, hosted] = await withRegistry(
    { from, storeRoot, signal },
    'read',
    (registry) => untilAborted(signal, Promise.all([registry.stats(), registry.hostedSize()])),
  );
  for (const warning of hosted?.warnings ?? []) warn(warning);
  const ratios = { dedup: ratio(logicalBytes, contentBytes), compression: ratio(contentBytes, storedBytes) };
  if (json) {
    printJson({
      packages,
      logical_bytes: logicalBytes,
      content_bytes: contentBytes,
      stored_bytes: storedBytes,
      ...(hosted && { hosted_objects: hosted.objects, hosted_bytes: hosted.bytes }),
      dedup_ratio: ratios.dedup,
      compression_ratio: ratios.compression,
      by_subject_and_class: bySubjectAndClass.map((group) => ({
        subject: group.subject,
        retention_class: group.retentionClass,
        packages: group.packages,
        logical_bytes: group.logicalBytes,
      })),
    });
    return;
  }
  const { formatTable } = await import('../terminal/table.ts');
  const table = formatTable(
    [
      { title: 'SUBJECT', flexible: true },
      { title: 'CLASS' },
      { title: 'PACKAGES', align: 'right' },
      { title: 'SIZE', align: 'right' },
    ],
    bySubjectAndClass.map((group) => [
      group.subject,
      group.retentionClass,
      String(group.packages),
      group.logicalBytes === null ? '' : formatBytes(group.logicalBytes),
    ]),
    process.stdout.columns ?? Number.POSITIVE_INFINITY,
  );
  const inAll = formatCount(packages, 'package');
  const fields: [string, string][] = [
    ['packages', logicalBytes === null ? inAll : `${inAll}, ${formatBytes(logicalBytes)}`],
  ];
  if (contentBytes === null) {
    fields.push(['stored', formatBytes(storedBytes)]);
  } else {
    fields.push(['distinct', `${formatBytes(contentBytes)}, ${ratios.dedup ?? '?'} times less`]);
    fields.push(['stored', `${formatBytes(storedBytes)}, ${ratios.compression ?? '?'} times less again`]);
  }
  if (hosted) fields.push(['in git', `${formatBytes(hosted.bytes)} in ${formatCount(hosted.objects, 'ref')}`]);
  process.stdout.write(`${formatFields(fields)}\n${table}`);
}

/** Rounded to two decimals; null where one is unknown or the second is zero. */
function ratio(a: number | null, b: number | null): number | null {
  return a === null || b === null || b === 0 ? null : Math.round((100 * a) / b) / 100;
}
