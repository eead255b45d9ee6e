import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { embeddedStore } from '../../src/artifact-store/config.ts';
import { openStore } from '../../src/artifact-store/open-store.ts';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { runCli } from '../../src/cli/program.ts';
import {
  type ArchiveOptions,
  type ArchiveResult,
  archiveInfospace,
  openRegistry,
  type RecordedEvent,
} from '../../src/index.ts';
import { collect } from '../artifact-store/fixtures.ts';
import { cliFile, treeOf } from '../infospace/fixtures.ts';
import { complaints, schemaOfRun } from './json-schemas.ts';

export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs the command line with a pipe as its output, one at a time in this process: starting a process costs more than most
 * commands. Each command has a test that starts one.
 */
export async function run(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd = process.cwd(),
): Promise<Run> {
  return asInProcess(() => runCli(args), { ...process.env, ...env }, cwd);
}

/** Runs the command line in this process; its result, or `process.exitCode`, is the exit code. */
export async function asInProcess(main: () => Promise<unknown>, env: NodeJS.ProcessEnv, cwd: string): Promise<Run> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const { stdout: realStdout, stderr: realStderr } = Object.getOwnPropertyDescriptors(process);
  const [realEnv, realCwd] = [process.env, process.cwd()];
  Object.defineProperties(process, { stdout: { value: stdout }, stderr: { value: stderr } });
  process.env = env;
  process.chdir(cwd);
  try {
    const ended = main().finally(() => {
      stdout.end();
      stderr.end();
    });
    const [code, output, complained] = await Promise.all([ended, text(stdout), text(stderr)]);
    return { code: Number(code ?? process.exitCode ?? 0), stdout: output, stderr: complained };
  } finally {
    process.chdir(realCwd);
    process.env = realEnv;
    process.exitCode = undefined;
    Object.defineProperties(process, { stdout: realStdout, stderr: realStderr });
  }
}

/** Runs the command line in its own process. */
export async function runProcess(
  args: readonly string[],
  env: Record<string, string> = {},
  cwd?: string,
): Promise<Run> {
  const child = spawn(process.execPath, [cliFile, ...args], { env: { ...process.env, ...env }, cwd });
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr };
}

/** Runs a command that must succeed without output on stderr, and checks its JSON against the command's schema. */
export async function runJson(args: readonly string[], env: Record<string, string> = {}): Promise<unknown> {
  const { code, stdout, stderr } = await run([...args, '--json'], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const value: unknown = JSON.parse(stdout);
  const schema = schemaOfRun(args);
  expect(schema === undefined ? [] : complaints(schema, value)).toEqual([]);
  return value;
}

/** The form of a failure: a code, nothing on stdout, and one complete sentence on stderr with the expected words. */
export function failure(code: number, ...messages: string[]): Run {
  const words = messages.map((part) => `(?=.*${part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')})`).join('');
  return { code, stdout: '', stderr: expect.stringMatching(`^${words}error: .+[.?)]\n$`) };
}

/** Control characters, which can manipulate a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const CONTROL: RegExp = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

const DAY_MS = 86_400_000;

/** Archives with a clock that many days ago. */
export async function archiveDaysAgo(days: number, root: string, options: ArchiveOptions = {}): Promise<ArchiveResult> {
  const config = embeddedStore(join(root, 'output/archives/.store'), {
    retentionClasses: loadRetentionClasses(undefined),
  });
  const now = () => new Date(Date.now() - days * DAY_MS);
  const registry = await openStore(config, { access: 'write', now });
  try {
    return await archiveInfospace(root, { ...options, registry });
  } finally {
    await registry.close();
  }
}

/** A package that expired yesterday. */
export async function archiveExpired(root: string): Promise<ArchiveResult> {
  return archiveDaysAgo(8, root, { retentionClass: 'transient' });
}

export async function eventsOf(root: string): Promise<RecordedEvent[]> {
  const registry = await openRegistry(root, {}, 'read');
  try {
    return await collect(registry.tailEvents());
  } finally {
    await registry.close();
  }
}

/** Runs a command that must fail and change nothing below the folder, including the event log. */
export async function runRefused(
  args: readonly string[],
  root: string,
  env: Record<string, string> = {},
): Promise<Run> {
  const before = treeOf(root);
  const output = await run(args, env, root);
  expect(treeOf(root)).toEqual(before);
  return output;
}
