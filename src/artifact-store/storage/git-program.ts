import { spawn } from 'node:child_process';
import { devNull } from 'node:os';
import type { Readable } from 'node:stream';
import { ArchiveError, systemErrorCode } from '../errors.ts';
import { withoutPasswords } from './git-settings.ts';

/** A failed run of git. Passwords are removed from its message. */
export class GitFailure extends Error {
  /** Undefined when git could not be started. */
  readonly exitCode: number | null | undefined;

  constructor(message: string, exitCode: number | null | undefined, cause?: unknown) {
    super(withoutPasswords(message.trim()), { cause });
    this.exitCode = exitCode;
  }
}

/** Options for a run of git. */
export interface GitRun {
  /** Variables that name the repository to work in. */
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  input?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Consumes the output; otherwise it is returned. */
  onOutput?: ((output: Readable) => Promise<void>) | undefined;
}

/** Overrides the user's configuration: no hooks, no signing, no garbage collection, no second compression. */
const SETTINGS = [
  `core.hooksPath=${devNull}`,
  'core.compression=0',
  // Applies to the scratch repository; the receiver of a push reads its own settings.
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

/** Variables of the calling process that name another repository, or write traces that may contain secrets. */
const DROPPED =
  /^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|PREFIX|QUARANTINE_PATH|TRACE.*|CURL_VERBOSE)$/;

/** Messages must be in English, to be matched. Prompts are off, since nobody would answer. */
const QUIET = {
  LC_ALL: 'C',
  LANGUAGE: '',
  GIT_TERMINAL_PROMPT: '0',
  GCM_INTERACTIVE: 'never',
  GIT_OPTIONAL_LOCKS: '0',
};

/** By default git waits forever for a stalled HTTP server. A working one sends something every few seconds. */
const PATIENCE = { GIT_HTTP_LOW_SPEED_LIMIT: '1', GIT_HTTP_LOW_SPEED_TIME: '120' };

/**
 * Runs git and returns what it prints.
 *
 * @throws GitFailure when it fails; ArchiveError `CONFIG_INVALID` when git is not installed; the reason of the signal.
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
  const message: Buffer[] = [];
  child.stderr.on('data', (bytes: Buffer) => message.push(bytes));
  // Git may exit before reading all input; its exit code and stderr then say why.
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
    if (exitCode !== 0) throw new GitFailure(Buffer.concat([...printed, ...message]).toString(), exitCode);
    return Buffer.concat(printed).toString();
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    const sentence = 'A store in git needs the program git, which is not there; install git 2.25 or newer.';
    throw new ArchiveError('CONFIG_INVALID', sentence, error);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
