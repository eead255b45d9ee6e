import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SAMPLE, temporaryFolder, writeTree } from '../infospace/fixtures.ts';

const hasGit = spawnSync('git', ['--version']).status === 0;
if (!hasGit) process.stderr.write('git is not installed: the tests of stores in git are skipped\n');

/** For tests that need the program git. */
export const withGit: jest.Describe = hasGit ? describe : describe.skip;

/** Without the configuration of any user. */
const ENV = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
};

/** Runs git and returns its output without the line end. */
export function git(folder: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd: folder,
    env: ENV,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trimEnd();
}

/** A bare repository with one commit, and a clone of it. */
export function originAndClone(folder: string): { origin: string; clone: string } {
  const [origin, clone] = [join(folder, 'origin.git'), join(folder, 'clone')];
  git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', origin);
  git(folder, 'clone', '--quiet', origin, clone);
  git(clone, 'checkout', '--quiet', '-b', 'main');
  writeFileSync(join(clone, 'README.md'), 'source\n');
  git(clone, 'add', '.');
  git(clone, 'commit', '--quiet', '--message', 'source');
  git(clone, 'push', '--quiet', '--set-upstream', 'origin', 'main');
  return { origin, clone };
}

/** An infospace in a subfolder of a clone, as is common, and the variables of a store in its origin. */
export function infospaceInClone() {
  const folder = temporaryFolder();
  const { origin, clone } = originAndClone(folder);
  writeTree(join(clone, 'space'), SAMPLE);
  const env = { ARTIFACTSTORE_STORAGE_BACKEND: 'git', XDG_CACHE_HOME: join(folder, 'cache') };
  return { folder, origin, clone, env };
}

/** The refs of stores in a repository. */
export function storeRefs(repository: string): string[] {
  const printed = git(repository, 'for-each-ref', '--format=%(refname)', 'refs/artifactstore');
  return printed.split('\n').filter((ref) => ref !== '');
}

/** Every file of a repository with its bytes. */
export function filesOf(folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    const path = join(folder, name);
    files[name] = lstatSync(path).isFile() ? readFileSync(path).toString('base64') : '';
  }
  return files;
}
