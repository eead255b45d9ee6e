/**
 * Starts the servers for the service tests, runs these tests, stops the servers. Arguments are passed on to
 * Jest. `POSTGRES_VERSIONS=14,18` runs them with each of these; the newest is the default.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGitea } from './services/gitea.ts';
import { hasPgbouncer, startGuardedPostgres, startPgbouncer, startPostgres } from './services/postgres.ts';
import {
  ACCESS_KEY,
  hasGo,
  hasPython,
  SECRET_KEY,
  startMinio,
  startMoto,
  startRclone,
  startVersitygw,
} from './services/s3.ts';
import { freePort, type Service } from './services/service.ts';

const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
/** Not below a home folder: PostgreSQL's user has no access to that of root. */
const cache = join(tmpdir(), `infospace-archive-services-${userInfo().username}`);
mkdirSync(cache, { recursive: true, mode: 0o755 });

/** The addresses of the servers, in the environment variables that the tests read. */
async function startS3(work: string, services: Service[]): Promise<Record<string, string>> {
  const urls: Record<string, string> = {};
  const add = (variable: string, service: Service) => {
    services.push(service);
    urls[variable] = service.url;
  };
  if (hasGo()) {
    add('TEST_VERSITYGW_URL', await startVersitygw(cache, work, await freePort()));
    add('TEST_RCLONE_URL', await startRclone(cache, work, await freePort()));
    add('TEST_MINIO_URL', await startMinio(cache, work, await freePort()));
  } else {
    process.stdout.write('skipped: versitygw, rclone and MinIO are Go programs, and there is no Go here\n');
  }
  if (hasPython()) add('TEST_MOTO_URL', await startMoto(cache, await freePort()));
  else process.stdout.write('skipped: moto needs a Python that makes virtual environments\n');
  return { ...urls, TEST_S3_KEYS: `${ACCESS_KEY},${SECRET_KEY}` };
}

async function startGitHost(work: string, postgres: Service, services: Service[]): Promise<Record<string, string>> {
  if (!hasGo() || !process.env['TEST_GITEA']) {
    process.stdout.write('skipped: Gitea takes a quarter of an hour to build (TEST_GITEA=1, where there is Go)\n');
    return {};
  }
  const host = await startGitea(cache, work, await freePort(), postgres);
  services.push(host);
  return { TEST_GITEA_URL: host.url };
}

async function startPoolers(work: string, postgres: Service, services: Service[]): Promise<Record<string, string>> {
  if (!hasPgbouncer()) {
    process.stdout.write('skipped: there is no PgBouncer here (apt-get install pgbouncer)\n');
    return {};
  }
  const urls: string[] = [];
  for (const mode of ['transaction', 'session'] as const) {
    const pooler = await startPgbouncer(work, await freePort(), postgres, mode);
    services.push(pooler);
    urls.push(pooler.url);
  }
  return { TEST_PGBOUNCER_URLS: urls.join(',') };
}

async function run(postgresVersion: string): Promise<number> {
  const work = mkdtempSync(join(tmpdir(), 'infospace-services-'));
  // PostgreSQL's user must have access to its folder in there.
  chmodSync(work, 0o755);
  const services: Service[] = [];
  try {
    const postgres = await startPostgres(cache, work, await freePort(), postgresVersion);
    services.push(postgres);
    const guarded = await startGuardedPostgres(cache, work, await freePort(), postgresVersion);
    services.push(guarded);
    const env = {
      ...process.env,
      TEST_POSTGRES_URL: postgres.url,
      TEST_GUARDED_POSTGRES_URL: guarded.url,
      ...(await startPoolers(work, postgres, services)),
      ...(await startGitHost(work, postgres, services)),
      ...(await startS3(work, services)),
    };
    const args = ['--experimental-vm-modules', jest, '--config', 'jest.services.config.js', ...process.argv.slice(2)];
    return spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1;
  } finally {
    for (const service of services.reverse()) await service.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

for (const version of (process.env['POSTGRES_VERSIONS'] ?? '18').split(',')) {
  process.exitCode = (await run(version)) || process.exitCode || 0;
}
