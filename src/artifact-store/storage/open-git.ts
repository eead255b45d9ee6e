import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ArchiveError } from '../errors.ts';
import { GitStorage } from './git.ts';
import { GitFailure, runGit } from './git-program.ts';
import type { GitSettings } from './git-settings.ts';

/** Of git, the oldest that is known to work. */
const NEEDED_VERSION = [2, 29];

interface GitPlace extends Pick<GitSettings, 'remote' | 'prefix' | 'cacheDirectory'> {
  /** Lies in the repository whose remote may be named. */
  directory: string;
}

/**
 * Opens a store in a git repository.
 *
 * @throws ArchiveError `CONFIG_INVALID` when git is missing or too old, or there is no such remote.
 */
export async function openGit({ remote, directory, ...settings }: GitPlace): Promise<GitStorage> {
  await requireGit();
  const path = resolve(directory, remote);
  if (/[/:\\]/.test(remote) || existsSync(path)) {
    return new GitStorage({ ...settings, remote: existsSync(path) ? path : remote, repository: undefined });
  }
  return new GitStorage({ ...settings, remote, repository: await repositoryOf(directory, remote) });
}

async function requireGit(): Promise<void> {
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(await runGit(['--version'])) ?? [];
  const [neededMajor, neededMinor] = NEEDED_VERSION as [number, number];
  if (Number(major) > neededMajor || (Number(major) === neededMajor && Number(minor) >= neededMinor)) return;
  throw new ArchiveError(
    'CONFIG_INVALID',
    `A store in git needs git ${NEEDED_VERSION.join('.')} or newer, and this is ${major}.${minor}; install a newer one.`,
  );
}

async function repositoryOf(directory: string, remote: string): Promise<GitSettings['repository']> {
  try {
    const printed = await runGit(['rev-parse', '--git-dir', '--git-common-dir'], { cwd: directory });
    await runGit(['remote', 'get-url', remote], { cwd: directory });
    const [gitDir = '', commonDir = ''] = printed.split('\n');
    return { gitDir: resolve(directory, gitDir), commonDir: resolve(directory, commonDir) };
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    throw new ArchiveError(
      'CONFIG_INVALID',
      `${directory} lies in no git repository that has the remote "${remote}"; name a URL, a path or a remote in ARTIFACTSTORE_GIT_REMOTE. Git said: ${error.message}`,
      error,
    );
  }
}
