import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { act } from '../../../scripts/tools.ts';
import { repository, type Tree, temporaryFolder, writeTree } from '../../infospace/fixtures.ts';

const workflows = fileURLToPath(new URL('workflows', import.meta.url));

/** The files of the action in a checkout. */
const SUB_ACTIONS = readdirSync(repository).filter((name) => existsSync(join(repository, name, 'action.yml')));
const PARTS = ['action.yml', ...SUB_ACTIONS, 'dist', '.github', '.gitignore', 'examples'];

/** The line that users write. */
const PUBLISHED = 'org/infospace-archive@v1';

function git(cwd: string, ...args: string[]): void {
  execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@localhost', ...args], { cwd, stdio: 'ignore' });
}

/** A repository on disk, as act needs it. */
function makeRepository(tree: Tree): string {
  const folder = writeTree(join(temporaryFolder(), 'repository'), tree);
  git(folder, 'init', '--quiet');
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', 'all');
  return folder;
}

/** A checkout of the action itself, without sources and dependencies. */
export function checkoutOfAction(): string {
  const folder = join(temporaryFolder(), 'action');
  mkdirSync(folder);
  for (const part of PARTS)
    cpSync(join(repository, part), join(folder, part), { recursive: true, verbatimSymlinks: true });
  git(folder, 'init', '--quiet');
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', 'all');
  return folder;
}

/** A repository with one workflow: the file of that name beside these tests. */
export function repositoryWith(workflow: string): string {
  return makeRepository({ '.github/workflows/test.yml': readFileSync(join(workflows, workflow)) });
}

export interface ActOptions {
  /** Replaces the published action. */
  action?: string;
  secrets?: Record<string, string>;
  /** Whether act provides a service for workflow artifacts. */
  artifacts?: boolean;
  workflow?: string;
  /** A push by default. */
  event?: { name: string; payload: object };
}

/** Runs a repository's workflow on this machine, without containers. */
export async function runAct(
  repositoryFolder: string,
  { action, secrets = {}, artifacts = false, workflow = '.github/workflows', event }: ActOptions,
): Promise<{ code: number | null; log: string }> {
  const folder = temporaryFolder();
  const service = ['--artifact-server-path', join(folder, 'artifacts'), '--artifact-server-addr', '127.0.0.1'];
  const eventFile = join(folder, 'event.json');
  if (event) writeFileSync(eventFile, JSON.stringify(event.payload));
  const args = [
    ...(event ? [event.name, '--eventpath', eventFile] : ['push']),
    ...['--workflows', workflow],
    ...['--platform', 'ubuntu-latest=-self-hosted'],
    // With several systems act sometimes confuses their turns.
    ...['--matrix', 'os:ubuntu-latest'],
    ...(action === undefined ? [] : ['--local-repository', `${PUBLISHED}=${action}`]),
    ...(artifacts ? [...service, '--artifact-server-port', String(await freePort())] : []),
    ...Object.entries(secrets).flatMap(([name, value]) => ['--secret', `${name}=${value}`]),
  ];
  const child = spawn(act.file, args, {
    cwd: repositoryFolder,
    env: {
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
      HOME: folder,
      XDG_CACHE_HOME: join(folder, 'cache'),
      TMPDIR: folder,
      NO_COLOR: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, log: `${stdout}${stderr}` };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve((address as { port: number }).port));
    });
  });
}
