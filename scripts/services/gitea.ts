import { execFileSync, spawn } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { ownFolder, type Service, started, unprivileged } from './service.ts';

const MODULE = 'code.gitea.io/gitea';
const VERSION = 'v1.26.0';
/** Files that it reads besides its program. */
const STATIC = ['options', 'public', 'templates'];

/** Users that may log in: the first may create repositories, the second may only read them. */
export const GITEA_USERS = { writer: 'writers-password', reader: 'readers-password' } as const;

/** Starts Gitea, a self-hosted git server, with its tables in that PostgreSQL server. */
export async function startGitea(cache: string, work: string, port: number, postgres: Service): Promise<Service> {
  const folder = build(cache);
  const home = ownFolder(work, 'gitea');
  const url = `http://127.0.0.1:${port}`;
  const database = new URL(postgres.url);
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  await admin.query('create database gitea');
  await admin.end();
  const settings = join(home, 'app.ini');
  const lines = [
    'RUN_MODE = prod',
    ...(unprivileged.uid === undefined ? [] : ['RUN_USER = nobody']),
    ...['[server]', 'HTTP_ADDR = 127.0.0.1', `HTTP_PORT = ${port}`, `ROOT_URL = ${url}/`, 'OFFLINE_MODE = true'],
    ...['DISABLE_SSH = true', `STATIC_ROOT_PATH = ${folder}`],
    ...['[database]', 'DB_TYPE = postgres', `HOST = ${database.host}`, 'NAME = gitea', `USER = ${database.username}`],
    ...['[repository]', `ROOT = ${join(home, 'repositories')}`],
    ...['[security]', 'INSTALL_LOCK = true', 'SECRET_KEY = services', 'MIN_PASSWORD_LENGTH = 6'],
    ...['[log]', 'LEVEL = Error', '[actions]', 'ENABLED = false', '[indexer]', 'ISSUE_INDEXER_TYPE = db'],
  ];
  writeFileSync(settings, `${lines.join('\n')}\n`);
  const { uid, gid } = unprivileged;
  const options = {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, USER: uid === undefined ? process.env['USER'] : 'nobody' },
    ...(uid !== undefined && { uid, gid }),
  };
  const program = join(folder, 'gitea');
  const gitea = (args: string[]) =>
    execFileSync(program, ['--config', settings, '--work-path', home, ...args], { ...options, stdio: 'ignore' });
  if (uid !== undefined) chownSync(settings, uid, gid!);
  gitea(['migrate']);
  for (const [name, password] of Object.entries(GITEA_USERS)) {
    const email = `${name}@localhost`;
    const about = ['--username', name, '--password', password, '--email', email, '--must-change-password=false'];
    gitea(['admin', 'user', 'create', ...about]);
  }
  const child = spawn(program, ['--config', settings, '--work-path', home, 'web'], { ...options, stdio: 'ignore' });
  return started(`Gitea ${VERSION}`, child, port, url);
}

/** Takes a quarter of an hour. Its go.mod has replacements, which `go install` refuses. */
function build(cache: string): string {
  const folder = join(cache, `gitea-${VERSION}`);
  if (existsSync(join(folder, 'gitea'))) return folder;
  process.stdout.write(`building ${MODULE}@${VERSION}\n`);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const go = (...args: string[]) =>
    execFileSync('go', args, { cwd: folder, env: { ...process.env, CGO_ENABLED: '0' }, encoding: 'utf8' });
  const { Dir } = JSON.parse(go('mod', 'download', '-json', `${MODULE}@${VERSION}`)) as { Dir: string };
  const replaced = readFileSync(join(Dir, 'go.mod'), 'utf8').match(/^replace .*/gm) ?? [];
  writeFileSync(join(folder, 'go.mod'), ['module gitea-of-services', 'go 1.26', ...replaced, ''].join('\n'));
  go('get', `${MODULE}@${VERSION}`);
  for (const name of STATIC) cpSync(join(Dir, name), join(folder, name), { recursive: true });
  execFileSync('chmod', ['-R', 'u+w,a+rX', folder]);
  go('build', '-o', 'gitea', MODULE);
  return folder;
}
