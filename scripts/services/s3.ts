import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Service, started } from './service.ts';

export const ACCESS_KEY = 'services-access';
export const SECRET_KEY = 'services-secret';

const VERSITYGW = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0';
const RCLONE = 'github.com/rclone/rclone@v1.76.0';
/** Its releases have version numbers that Go does not accept. */
const MINIO = 'github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c';
const MOTO = '5.2.5';

export function hasGo(): boolean {
  return spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0;
}

/** A gateway with conditional writes that checks requests. */
export async function startVersitygw(cache: string, work: string, port: number, accessLog?: string): Promise<Service> {
  const [root, sidecar] = [join(work, 'versitygw'), join(work, 'metadata')];
  for (const folder of [root, sidecar]) mkdirSync(folder);
  const keys = ['--access', ACCESS_KEY, '--secret', SECRET_KEY];
  const log = accessLog === undefined ? [] : ['--access-log', accessLog];
  const args = [...keys, ...log, '--port', `127.0.0.1:${port}`, 'posix', '--sidecar', sidecar, root];
  const child = spawn(install(cache, VERSITYGW), args, { stdio: 'ignore' });
  return started('versitygw v1.8.0', child, port, `http://127.0.0.1:${port}`);
}

/** Another implementation, which does not check requests. */
export async function startRclone(cache: string, work: string, port: number): Promise<Service> {
  const root = join(work, 'rclone');
  mkdirSync(root);
  const args = ['serve', 's3', '--addr', `127.0.0.1:${port}`, '--auth-key', `${ACCESS_KEY},${SECRET_KEY}`, root];
  const child = spawn(install(cache, RCLONE), args, { stdio: 'ignore', env: { ...process.env, RCLONE_CONFIG: '' } });
  return started('rclone v1.76.0', child, port, `http://127.0.0.1:${port}`);
}

/** A widespread self-hosted server. */
export async function startMinio(cache: string, work: string, port: number): Promise<Service> {
  const root = join(work, 'minio');
  mkdirSync(root);
  // It reads and writes settings in the home folder.
  const keys = { MINIO_ROOT_USER: ACCESS_KEY, MINIO_ROOT_PASSWORD: SECRET_KEY };
  const env = { ...process.env, ...keys, HOME: work, MINIO_BROWSER: 'off', MINIO_UPDATE: 'off' };
  const args = ['server', root, '--address', `127.0.0.1:${port}`, '--quiet'];
  const child = spawn(install(cache, MINIO), args, { stdio: 'ignore', env });
  return started('MinIO of 2026-02-12', child, port, `http://127.0.0.1:${port}`);
}

/** Whether there is a Python with venv. */
export function hasPython(): boolean {
  return spawnSync('python3', ['-c', 'import ensurepip, venv'], { stdio: 'ignore' }).status === 0;
}

/** An imitation of AWS with close attention to its answers and versioning; it keeps everything in memory. */
export async function startMoto(cache: string, port: number): Promise<Service> {
  const folder = join(cache, `moto-${MOTO}`);
  if (!existsSync(join(folder, 'installed'))) {
    process.stdout.write(`installing moto ${MOTO}\n`);
    execFileSync('python3', ['-m', 'venv', '--clear', folder], { stdio: 'ignore' });
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `moto[s3,server]==${MOTO}`];
    execFileSync(join(folder, 'bin/python'), pip, { stdio: 'inherit' });
    writeFileSync(join(folder, 'installed'), '');
  }
  const args = ['-H', '127.0.0.1', '-p', String(port)];
  const child = spawn(join(folder, 'bin/moto_server'), args, { stdio: 'ignore' });
  return started(`moto ${MOTO}`, child, port, `http://127.0.0.1:${port}`);
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
