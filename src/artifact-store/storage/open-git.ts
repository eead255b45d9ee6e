import { existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ArchiveError } from '../errors.ts';
import { GitStorage } from './git.ts';
import { GitFailure, runGit } from './git-program.ts';
import type { GitSettings } from './git-settings.ts';

type Version = readonly [major: number, minor: number];

const NEEDED_VERSION: Version = [2, 25];
const NO_WRITE_FETCH_HEAD_SINCE: Version = [2, 29];

interface GitPlace extends Pick<GitSettings, 'remote' | 'prefix' | 'cacheDirectory' | 'listingMs'> {
  /** A folder in the repository whose remotes can be named. */
  directory: string;
}

/**
 * Opens a store in a git repository.
 *
 * @throws ArchiveError `CONFIG_INVALID` when git is missing or too old, or the remote does not exist.
 */
export async function openGit({ remote, directory: asked, ...place }: GitPlace): Promise<GitStorage> {
  const version = await requireGit();
  const fetchOption = isAtLeast(version, NO_WRITE_FETCH_HEAD_SINCE) ? '--no-write-fetch-head' : '--dry-run';
  const settings = { ...place, fetchOption } as const;
  const directory = nearestFolder(asked);
  const named = /[/:\\]/.test(remote) ? undefined : await remoteOf(directory, remote);
  if (typeof named === 'object') return new GitStorage({ ...settings, remote, ...named });
  const at = placeOf(directory, remote);
  if (at.isLocal || named === undefined) {
    return new GitStorage({ ...settings, remote, ...at, repository: undefined });
  }
  throw new ArchiveError(
    'CONFIG_INVALID',
    `${directory} is not in a git repository with the remote "${remote}"; name a URL, a path or a remote in ARTIFACTSTORE_GIT_REMOTE. Git said: ${named}`,
    undefined,
    { path: directory },
  );
}

/** The folder itself or the nearest existing one above it: a restore may run before the infospace's folder exists. */
function nearestFolder(path: string): string {
  const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : dirname(path);
  return folder === path || folder === dirname(folder) ? folder : nearestFolder(folder);
}

async function requireGit(): Promise<Version> {
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(await runGit(['--version'])) ?? [];
  const version: Version = [Number(major), Number(minor)];
  if (isAtLeast(version, NEEDED_VERSION)) return version;
  throw new ArchiveError(
    'CONFIG_INVALID',
    `A store in git needs git ${NEEDED_VERSION.join('.')} or newer, and this is ${major}.${minor}; install a newer one.`,
    undefined,
    { expected: NEEDED_VERSION.join('.'), actual: `${major}.${minor}` },
  );
}

function isAtLeast([major, minor]: Version, [neededMajor, neededMinor]: Version): boolean {
  return major > neededMajor || (major === neededMajor && minor >= neededMinor);
}

/** Looks up a remote by name. @returns its settings, or git's message if it does not exist. */
async function remoteOf(
  directory: string,
  remote: string,
): Promise<Pick<GitSettings, 'url' | 'repository' | 'isLocal'> | string> {
  const git = (...args: string[]) => runGit(args, { cwd: directory });
  try {
    const [gitDir = '', commonDir = '', up = ''] = (
      await git('rev-parse', '--git-dir', '--git-common-dir', '--show-cdup')
    ).split('\n');
    const [url = ''] = (await git('remote', 'get-url', remote)).split('\n');
    const pushed = (await git('remote', 'get-url', '--push', '--all', remote)).trim().split('\n');
    if (pushed.some((other) => pathIn(other) !== pathIn(url))) throw severalPlaces(remote);
    const isBare = (await git('rev-parse', '--is-bare-repository')).trim() === 'true';
    return {
      ...placeOf(resolve(directory, isBare ? gitDir : up), url),
      repository: { gitDir: resolve(directory, gitDir), commonDir: resolve(directory, commonDir) },
    };
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    if (/dubious ownership/.test(error.message)) throw notTrusted(directory, error);
    return error.message;
  }
}

function placeOf(directory: string, url: string): Pick<GitSettings, 'url' | 'isLocal'> {
  const path = resolve(directory, url);
  return existsSync(path) ? { url: path, isLocal: true } : { url, isLocal: url.startsWith('file://') };
}

/** The repository's path in a URL, equal for https and ssh. */
function pathIn(url: string): string {
  return url
    .replace(/^\w+:\/\/[^/]*\/|^[^/]*:/, '')
    .replace(/^\/+/, '')
    .replace(/(\.git)?\/*$/, '');
}

function severalPlaces(remote: string): ArchiveError {
  return new ArchiveError(
    'CONFIG_INVALID',
    `The remote "${remote}" is read from one repository and pushed to another; name the one for the store by its URL in ARTIFACTSTORE_GIT_REMOTE.`,
  );
}

function notTrusted(directory: string, cause: GitFailure): ArchiveError {
  return new ArchiveError(
    'CONFIG_INVALID',
    `The repository around ${directory} belongs to another user, so git does not use it; run git config --global --add safe.directory <its folder>.`,
    cause,
    { path: directory },
  );
}
