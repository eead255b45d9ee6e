import { spawn } from 'node:child_process';
import { devNull } from 'node:os';
import type { Readable } from 'node:stream';
import { ArchiveError, systemErrorCode } from '../errors.ts';
import { withoutPasswords } from './git-settings.ts';

/** A run of git that failed. What it said holds no password any more. */
export class GitFailure extends Error {
  /** Undefined when it did not run. */
  readonly exitCode: number | null | undefined;

  constructor(said: string, exitCode: number | null | undefined, cause?: unknown) {
    super(withoutPasswords(said.trim()), { cause });
    this.exitCode = exitCode;
  }
}

/** What a run of git needs. */
export interface GitRun {
  /** Variables that say where it works. */
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  input?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Takes what it prints, instead of it being returned. */
  onOutput?: ((output: Readable) => Promise<void>) | undefined;
}

/** Whatever the user's configuration says: no hook runs, nothing is signed or cleaned up, and nothing is packed twice. */
const SETTINGS = [
  `core.hooksPath=${devNull}`,
  'core.compression=0',
  // Of a scratch repository; what receives a push reads settings of its own.
  'core.fsync=none',
  'core.looseCompression=0',
  'fetch.writeCommitGraph=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'pack.window=0',
  'push.followTags=false',
  'push.gpgSign=false',
  'push.recurseSubmodules=no',
  'submodule.recurse=false',
];

/** A repository that is named to the process that runs this is not the one that is meant; traces may hold secrets. */
const DROPPED =
  /^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|PREFIX|QUARANTINE_PATH|TRACE.*|CURL_VERBOSE)$/;

/** Messages are looked at in English. Nobody is there to answer a prompt. */
const QUIET = {
  LC_ALL: 'C',
  LANGUAGE: '',
  GIT_TERMINAL_PROMPT: '0',
  GCM_INTERACTIVE: 'never',
  GIT_OPTIONAL_LOCKS: '0',
};

/** Git waits forever for a stalled HTTP server. One that works sends something every few seconds. */
const PATIENCE = { GIT_HTTP_LOW_SPEED_LIMIT: '1', GIT_HTTP_LOW_SPEED_TIME: '120' };

/**
 * Runs git and returns what it prints.
 *
 * @throws GitFailure when it fails; ArchiveError `CONFIG_INVALID` when there is no git; the reason of the signal.
 */
export async function runGit(
  args: readonly string[],
  { env = {}, cwd, input, signal, onOutput }: GitRun = {},
): Promise<string> {
  signal?.throwIfAborted();
  const given = Object.entries(process.env).filter(([name]) => !DROPPED.test(name));
  const child = spawn('git', [...SETTINGS.flatMap((setting) => ['-c', setting]), ...args], {
    env: { ...PATIENCE, ...Object.fromEntries(given), ...QUIET, ...env },
    cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stop = () => child.kill();
  signal?.addEventListener('abort', stop, { once: true });
  const printed: Buffer[] = [];
  const said: Buffer[] = [];
  child.stderr.on('data', (bytes: Buffer) => said.push(bytes));
  // It may end before it has read everything, and says why.
  child.stdin.on('error', () => undefined).end(input ?? '');
  const taking = onOutput?.(child.stdout);
  taking?.catch(stop);
  if (taking === undefined) child.stdout.on('data', (bytes: Buffer) => printed.push(bytes));
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    await taking;
    signal?.throwIfAborted();
    if (exitCode !== 0) throw new GitFailure(Buffer.concat([...printed, ...said]).toString(), exitCode);
    return Buffer.concat(printed).toString();
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    const sentence = 'A store in git needs the program git, which is not there; install git 2.25 or newer.';
    throw new ArchiveError('CONFIG_INVALID', sentence, error);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
