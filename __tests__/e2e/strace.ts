import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { cliFile, temporaryFolder } from '../infospace/fixtures.ts';

/** Whether processes can be traced here; prints a message if not. */
export function canTrace(): boolean {
  const { status } = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']);
  if (status !== 0) process.stderr.write('skipped: strace is not installed, or may not trace\n');
  return status === 0;
}

/** With one thread for asynchronous file system calls, they occur in the program's order. */
const ONE_THREAD = { UV_THREADPOOL_SIZE: '1' };

/** Variables of a command besides those of this process. */
type Variables = Readonly<Record<string, string>>;

function commandLine(options: readonly string[], args: readonly string[]): string[] {
  return ['-f', '-qq', ...options, process.execPath, cliFile, ...args];
}

/** Runs the command line and returns its calls of these names, one a line. */
export function traced(
  names: readonly string[],
  args: readonly string[],
  options: readonly string[] = [],
  variables: Variables = {},
): string[] {
  const log = join(temporaryFolder(), 'trace');
  const all = commandLine(['-o', log, '-e', `trace=${names.join()}`, ...options], args);
  const env = { ...process.env, ...ONE_THREAD, ...variables };
  const { status, stderr } = spawnSync('strace', all, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return readFileSync(log, 'latin1').split('\n');
}

/** The n-th call of a name by one thread. */
export interface Call {
  name: string;
  n: number;
}

/** Node.js's threads wake each other by writing one of these. */
const WAKING = /^\d+ +write\(\d+, "(\\1(\\0){7}|\*)"/;

/** The distinct calls in a trace, from the first line with these words on. */
export function callsOf(trace: readonly string[], words: string): Call[] {
  const counts = new Map<string, number>();
  const calls = new Map<string, Call>();
  let begun = false;
  for (const line of trace) {
    const [, thread, name] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (name === undefined) continue;
    const n = (counts.get(`${thread} ${name}`) ?? 0) + 1;
    counts.set(`${thread} ${name}`, n);
    begun ||= line.includes(words);
    if (begun && !WAKING.test(line)) calls.set(`${name} ${n}`, { name, n });
  }
  return [...calls.values()];
}

/** Runs the command line and kills it before that call; returns whether it got there. */
export async function killedBefore(
  { name, n }: Call,
  args: readonly string[],
  variables: Variables = {},
): Promise<boolean> {
  const { signal } = await disturbed([name], `signal=KILL:when=${n}`, args, variables);
  return signal === 'SIGKILL';
}

/** Runs the command line and makes that call fail, or with `+` that and all later ones of its name and thread. */
export function failing({ name, n }: Call, error: string, more: '' | '+', args: readonly string[]): Promise<Disturbed> {
  return disturbed([name], `error=${error}:when=${n}${more}`, args);
}

/** Runs the command line and delays each call of these names. */
export function slowed(names: readonly string[], args: readonly string[]): Promise<Disturbed> {
  return disturbed(names, 'delay_enter=20ms', args);
}

interface Disturbed {
  code: number | null;
  signal: string | null;
  stderr: string;
}

async function disturbed(
  names: readonly string[],
  how: string,
  args: readonly string[],
  variables: Variables = {},
): Promise<Disturbed> {
  const env = { ...process.env, ...ONE_THREAD, ...variables };
  const options = ['-o', '/dev/null', '-e', `trace=${names}`, '-e', `inject=${names}:${how}`];
  const child = spawn('strace', commandLine(options, args), { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const [[code, signal], stderr] = await Promise.all([once(child, 'close'), text(child.stderr)]);
  return { code, signal, stderr };
}
