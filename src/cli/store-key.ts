import { resolve } from 'node:path';
import { Command } from 'commander';
import { untilAborted } from '../artifact-store/abort.ts';
import type { StoreConfig } from '../artifact-store/config.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import type { ChangedRecipients, ListedRecipients } from '../artifact-store/store-key.ts';
import { formatCount, printable } from '../terminal/format.ts';
import { interruptible } from '../terminal/interruption.ts';
import { printJson } from '../terminal/json.ts';
import { DocumentedCommand } from './documented-command.ts';
import { actorOption, fromOption, jsonOption, storeRootOption } from './options.ts';

interface Flags {
  from: string;
  storeRoot?: string;
  json?: boolean;
  actor?: string;
}

const EXAMPLES = `
Anyone who has the identity of a recipient can read the store. If all identities
are lost, its contents are lost: keep one on paper, or in a safe. All commands
but "generate" need an identity, in the file that ARTIFACTSTORE_IDENTITY_FILE
names.

Examples:
  $ infospace-archive store key generate identity.txt
  $ infospace-archive store key list
  $ infospace-archive store key add age1pq1...
  $ infospace-archive store key remove age1pq1...
  $ infospace-archive store key rotate
  $ infospace-archive store key check
  $ infospace-archive store key writer`;

export function keyCommand(): Command {
  const key = new DocumentedCommand('key').description('manage the keys of an encrypted store').documented(EXAMPLES);
  const generate = new Command('generate')
    .description('make an identity, and print its recipient')
    .argument('<file>', 'a new file, to be kept secret')
    .action((file: string, { json }: Flags) => generateAndPrint(file, json));
  const add = new Command('add')
    .description('add a recipient, who can then read the whole store')
    .argument('<recipient>', 'as "generate" prints it')
    .action((recipient: string, flags: Flags) => change(flags, (all) => [...all, recipient]));
  const remove = new Command('remove')
    .description('remove a recipient, and encrypt all keys again without it')
    .argument('<recipient>', 'a recipient of the list, or its first characters')
    .action((recipient: string, flags: Flags) => change(flags, (all) => without(all, recipient)));
  const rotate = new Command('rotate')
    .description('encrypt all keys again for the same recipients')
    .action((flags: Flags) => change(flags, (all) => all));
  const list = new Command('list').description('list who can read the store').action(listAndPrint);
  const check = new Command('check').description('open the newest package with the identity').action(checkAndPrint);
  const writer = new Command('writer')
    .description('print the ARTIFACTSTORE_WRITER_KEY for those who archive')
    .action(writerAndPrint);
  for (const command of [add, remove, rotate, list, check, writer]) {
    command.addOption(fromOption()).addOption(storeRootOption());
  }
  for (const command of [add, remove, rotate]) command.addOption(actorOption());
  for (const command of [generate, list, add, remove, rotate, check, writer]) {
    key.addCommand(command.addOption(jsonOption()));
  }
  return key;
}

async function generateAndPrint(file: string, json: boolean | undefined): Promise<void> {
  const { generateIdentity } = await import('../artifact-store/store-key.ts');
  const { writeNewFile } = await import('./new-file.ts');
  const { identity, recipient } = await generateIdentity();
  await writeNewFile(file, async (written) => {
    await written.chmod(PRIVATE);
    await written.writeFile(`# recipient: ${recipient}\n${identity}\n`);
  });
  if (json) printJson({ file, recipient });
  else process.stdout.write(`${recipient}\n`);
}

/** Nobody but the owner. */
const PRIVATE = 0o600;

async function configOf({ from, storeRoot }: Flags): Promise<StoreConfig> {
  const { storeOf } = await import('../infospace/infospace-store.ts');
  return storeOf(resolve(from), { storeRoot });
}

async function listAndPrint(flags: Flags): Promise<void> {
  const { listRecipients } = await import('../artifact-store/store-key.ts');
  const listed = await listRecipients(await configOf(flags));
  if (flags.json) printJson(listed);
  else process.stdout.write(listedText(listed));
}

function listedText({ recipients, names, changes }: ListedRecipients): string {
  const lines = recipients.map((recipient, i) => `${recipient}  ${names[i]}`);
  const told = changes.map(({ created_at, actor, generation, added, removed }) => {
    const what = [...added.map((name) => `added ${name}`), ...removed.map((name) => `removed ${name}`)];
    return printable(`${created_at}  generation ${generation}  by ${actor}  ${what.join(', ') || 'resealed'}`);
  });
  return [...lines, ...told].map((line) => `${line}\n`).join('');
}

async function writerAndPrint(flags: Flags): Promise<void> {
  const { writerKeyOf } = await import('../artifact-store/store-key.ts');
  const key = await writerKeyOf(await configOf(flags));
  if (flags.json) printJson({ writer_key: key });
  else process.stdout.write(`${key}\n`);
}

function checkAndPrint(flags: Flags): Promise<void> {
  return interruptible(async (signal) => {
    const { checkKeys, shortRecipient } = await import('../artifact-store/store-key.ts');
    const { own, packageId } = await untilAborted(signal, checkKeys(await configOf(flags), { signal }));
    if (flags.json) printJson({ recipients: own, package_id: packageId ?? null });
    else {
      const opened = packageId === undefined ? 'the store, which has no package yet' : `package ${packageId}`;
      process.stdout.write(`The identity of ${own.map(shortRecipient).join(', ')} opens ${opened}.\n`);
    }
  });
}

function change(flags: Flags, recipients: (all: readonly string[]) => readonly string[]): Promise<void> {
  return interruptible(async (signal) => {
    const { changeRecipients } = await import('../artifact-store/store-key.ts');
    const changed = await changeRecipients(await configOf(flags), recipients, { signal, actor: flags.actor });
    if (flags.json) printJson(changed);
    else process.stdout.write(changedText(changed));
  });
}

function changedText({ recipients, resealed, left }: ChangedRecipients): string {
  const sealed = `${formatCount(resealed, 'key')} encrypted for ${formatCount(recipients.length, 'recipient')}.`;
  const others = left === 0 ? [] : [`${formatCount(left, 'key')} left unchanged, since no identity here opens them.`];
  return `${[sealed, ...others, NOTICE].join('\n')}\n`;
}

const NOTICE = `Give writers a new key, which "store key writer" prints. Anyone who could read the
store and kept copies of its keys can still read what was archived until now.`;

function without(all: readonly string[], named: string): string[] {
  const found = all.filter((recipient) => recipient.startsWith(named));
  if (found.length === 1) return all.filter((recipient) => recipient !== found[0]);
  const sentence =
    found.length === 0
      ? 'The given text is not a recipient of the store; list them with "store key list", or complete an interrupted removal with "store key rotate".'
      : 'The given text is the beginning of several recipients; give more of it, as "store key list" shows it.';
  throw new ArchiveError('USAGE', sentence);
}
