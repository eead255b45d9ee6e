/**
 * Requests and seconds of actions on a store in a bucket alone, by the number of its packages and the latency of the
 * server. `npm run bench:requests -- --packages 10,1000 --latency 0,50`
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ACCESS_KEY, SECRET_KEY, startVersitygw } from '../scripts/services/s3.ts';
import { freePort } from '../scripts/services/service.ts';
import { type Environment, readEnvironment, type StoreConfig } from '../src/artifact-store/config.ts';
import { initStore } from '../src/artifact-store/init-store.ts';
import { rebuildStore } from '../src/artifact-store/maintenance/rebuild-store.ts';
import { openStore } from '../src/artifact-store/open-store.ts';
import type { Registry } from '../src/artifact-store/registry.ts';
import { archiveInfospace } from '../src/infospace/archive.ts';
import { startSlowProxy } from './server-process.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const { values } = parseArgs({
  options: { packages: { type: 'string', default: '10,1000' }, latency: { type: 'string', default: '0,50' } },
});
const sizes = values.packages.split(',').map(Number);
const latencies = values.latency.split(',').map(Number);

const work = mkdtempSync(join(tmpdir(), 'infospace-requests-'));
const tools = join(tmpdir(), `infospace-archive-services-${userInfo().username}`);
const log = join(work, 'access.log');
const server = await startVersitygw(tools, work, await freePort(), log);

process.stdout.write('packages  latency  what                        requests  seconds\n');
try {
  for (const packages of sizes) await measure(packages);
} finally {
  await server.stop();
  rmSync(work, { recursive: true, force: true });
}

async function measure(packages: number): Promise<void> {
  const name = `packages-${packages}`;
  const bucket = join(work, 'versitygw', name);
  mkdirSync(bucket);
  const direct = configOf(server.url, name);
  await initStore(direct);
  const root = join(work, 'infospace');
  for (let i = 0; i < packages; i++) await archiveVersion(direct, root, i);
  for (const latency of latencies) {
    const proxy = await startSlowProxy(server.url, latency);
    const config = configOf(proxy.url, name);
    const tell = async (what: string, action: () => Promise<unknown>) => {
      writeFileSync(log, '');
      const startedAt = performance.now();
      await action();
      const seconds = (performance.now() - startedAt) / 1000;
      const requests = requestsInLog();
      const cells = [
        String(packages).padStart(8),
        `${latency} ms`.padStart(7),
        what.padEnd(26),
        String(requests).padStart(8),
      ];
      process.stdout.write(`${cells.join('  ')}  ${seconds.toFixed(2).padStart(7)}\n`);
    };
    const coldly = async (action: (registry: Registry) => Promise<unknown>, access: 'read' | 'write' = 'read') => {
      rmSync(join(work, 'cache'), { recursive: true, force: true });
      await opened(config, access, action);
    };
    const nothing = async () => undefined;
    rmSync(join(bucket, 'checkpoints'), { recursive: true, force: true });
    await tell('rebuild', () => rebuildStore(config));
    await tell('cold open', () => coldly(nothing));
    await coldly(nothing, 'write');
    await tell('cold open with checkpoints', () => coldly(nothing));
    await tell('warm open', () => opened(config, 'read', nothing));
    await tell('list', () => opened(config, 'read', (registry) => registry.listPackages()));
    await tell('restore', () => opened(config, 'read', restoreLatest));
    await tell('archive, unchanged', () => archiveVersion(config, root, packages - 1));
    await tell('archive, one file new', () => archiveVersion(config, root, packages));
    await tell('gc', () =>
      opened(config, 'write', (registry) => registry.collectGarbage({ includeLast: true, graceMs: DAY_MS })),
    );
    await proxy.stop();
  }
}

function configOf(url: string, bucket: string): StoreConfig {
  const environment: Environment = {
    ARTIFACTSTORE_STORAGE_BACKEND: 's3',
    ARTIFACTSTORE_S3_ENDPOINT_URL: url,
    ARTIFACTSTORE_S3_REGION: 'us-east-1',
    ARTIFACTSTORE_S3_BUCKET: bucket,
    ARTIFACTSTORE_S3_ACCESS_KEY_ID: ACCESS_KEY,
    ARTIFACTSTORE_S3_SECRET_ACCESS_KEY: SECRET_KEY,
    ARTIFACTSTORE_S3_FORCE_PATH_STYLE: 'true',
    XDG_CACHE_HOME: join(work, 'cache'),
  };
  return readEnvironment(environment).store!;
}

async function opened(
  config: StoreConfig,
  access: 'read' | 'write',
  action: (registry: Registry) => Promise<unknown>,
): Promise<void> {
  const registry = await openStore(config, { access });
  try {
    await action(registry);
  } finally {
    await registry.close();
  }
}

/** Twenty files, one of which differs in each version. */
async function archiveVersion(config: StoreConfig, root: string, version: number): Promise<void> {
  const artifacts = join(root, 'artifacts');
  if (!existsSync(root)) {
    mkdirSync(artifacts, { recursive: true });
    writeFileSync(join(root, 'infospace.yaml'), 'slug: requests\n');
    for (let i = 0; i < 20; i++) writeFileSync(join(artifacts, `${i}.txt`), `file ${i}\n`);
  }
  writeFileSync(join(artifacts, 'version.txt'), `version ${version}\n`);
  // Reading a long one takes longer than reading a store.
  rmSync(join(root, 'output'), { recursive: true, force: true });
  await opened(config, 'write', (registry) => archiveInfospace(root, { registry }));
}

async function restoreLatest(registry: Registry): Promise<void> {
  const latest = await registry.latestPackage('requests');
  const { files } = await registry.getManifest(latest!.id);
  const contents = files.filter((file) => file.kind === 'file');
  await registry.loadFiles(contents);
}

function requestsInLog(): number {
  return readFileSync(log, 'utf8').split('\n').length - 1;
}
