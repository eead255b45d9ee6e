import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Service, started } from './service.ts';

export const ACCESS_KEY = 'services-access';
export const SECRET_KEY = 'services-secret';

const VERSITYGW = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0';
const RCLONE = 'github.com/rclone/rclone@v1.76.0';

export function hasGo(): boolean {
  return spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0;
}

/** A gateway that has conditional writes and checks what it is sent. */
export async function startVersitygw(cache: string, work: string, port: number, accessLog?: string): Promise<Service> {
  const [root, sidecar] = [join(work, 'versitygw'), join(work, 'metadata')];
  for (const folder of [root, sidecar]) mkdirSync(folder);
  const keys = ['--access', ACCESS_KEY, '--secret', SECRET_KEY];
  const log = accessLog === undefined ? [] : ['--access-log', accessLog];
  const args = [...keys, ...log, '--port', `127.0.0.1:${port}`, 'posix', '--sidecar', sidecar, root];
  const child = spawn(install(cache, VERSITYGW), args, { stdio: 'ignore' });
  return started('versitygw v1.8.0', child, port, `http://127.0.0.1:${port}`);
}

/** Another implementation, with neither of them. */
export async function startRclone(cache: string, work: string, port: number): Promise<Service> {
  const root = join(work, 'rclone');
  mkdirSync(root);
  const args = ['serve', 's3', '--addr', `127.0.0.1:${port}`, '--auth-key', `${ACCESS_KEY},${SECRET_KEY}`, root];
  const child = spawn(install(cache, RCLONE), args, { stdio: 'ignore', env: { ...process.env, RCLONE_CONFIG: '' } });
  return started('rclone v1.76.0', child, port, `http://127.0.0.1:${port}`);
}

/** Builds a Go program, once for each version. */
function install(cache: string, module: string): string {
  const version = module.slice(module.lastIndexOf('@') + 1);
  const name = module.slice(module.lastIndexOf('/') + 1, module.lastIndexOf('@'));
  const folder = join(cache, `${name}-${version}`);
  const program = join(folder, name);
  if (!existsSync(program)) {
    process.stdout.write(`building ${module}\n`);
    execFileSync('go', ['install', module], { env: { ...process.env, GOBIN: folder }, stdio: 'ignore' });
  }
  return program;
}
