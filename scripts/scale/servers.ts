import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { httpProxy } from '../../__tests__/services/faulty-proxy.ts';
import { readEnvironment } from '../../src/artifact-store/config.ts';
import { initStore } from '../../src/artifact-store/init-store.ts';
import { startPostgres } from '../services/postgres.ts';
import { ACCESS_KEY, SECRET_KEY, startVersitygw } from '../services/s3.ts';
import { freePort, type Service } from '../services/service.ts';

/** The folder of `npm run test:services`, so that nothing is installed twice. */
const cache = join(tmpdir(), `infospace-archive-services-${userInfo().username}`);

export type Isolation = 'read committed' | 'repeatable read' | 'serializable';
/** Runs commands with the settings of a store. */
export type Use = (env: Record<string, string>) => Promise<unknown>;

/** The settings of a store in its own database, whose transactions have this isolation level by default. */
export function withPostgres(isolation: Isolation, use: Use): Promise<void> {
  return withService(
    async (work) => startPostgres(cache, work, await freePort(), '18'),
    async ({ url }, work) => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query('create database scale');
      await client.query(`alter database scale set default_transaction_isolation = '${isolation}'`);
      await client.end();
      const database = new URL(url);
      database.pathname = '/scale';
      const storage = join(work, 'storage');
      mkdirSync(storage);
      await use({
        ARTIFACTSTORE_DATABASE_URL: database.href,
        ARTIFACTSTORE_STORAGE_BACKEND: 'local',
        ARTIFACTSTORE_STORAGE_LOCAL_ROOT: storage,
      });
    },
  );
}

/** The settings of a store in S3 that loses the answer to every third PUT; the registry is a file. */
export function withLostAnswers(use: Use): Promise<void> {
  return withService(
    async (work) => startVersitygw(cache, work, await freePort()),
    async ({ url }, work) => {
      const credentials = { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY };
      const client = new S3Client({ endpoint: url, region: 'us-east-1', credentials, forcePathStyle: true });
      await client.send(new CreateBucketCommand({ Bucket: 'scale' }));
      client.destroy();
      let puts = 0;
      const proxy = await httpProxy(url, ({ method }) =>
        method === 'PUT' && ++puts % 3 === 0 ? 'lost answer' : 'pass',
      );
      try {
        const env = {
          ARTIFACTSTORE_DATABASE_URL: `sqlite:///${join(work, 'registry.sqlite3')}`,
          ARTIFACTSTORE_STORAGE_BACKEND: 's3',
          ARTIFACTSTORE_S3_ENDPOINT_URL: url,
          ARTIFACTSTORE_S3_REGION: 'us-east-1',
          ARTIFACTSTORE_S3_BUCKET: 'scale',
          ARTIFACTSTORE_S3_ACCESS_KEY_ID: ACCESS_KEY,
          ARTIFACTSTORE_S3_SECRET_ACCESS_KEY: SECRET_KEY,
          ARTIFACTSTORE_S3_FORCE_PATH_STYLE: 'true',
        };
        // Its race of 16 writers would lose too many answers for a single writer.
        await initStore(readEnvironment(env).store!);
        await use({ ...env, ARTIFACTSTORE_S3_ENDPOINT_URL: proxy.url });
        if (proxy.done.length === 0) throw new Error('no answer was lost');
      } finally {
        await proxy.close();
      }
    },
  );
}

async function withService(
  start: (work: string) => Promise<Service>,
  use: (service: Service, work: string) => Promise<void>,
): Promise<void> {
  mkdirSync(cache, { recursive: true, mode: 0o755 });
  // PostgreSQL's user must have access to its folder in there.
  const work = mkdtempSync(join(tmpdir(), 'infospace-scale-services-'));
  chmodSync(work, 0o755);
  try {
    const service = await start(work);
    try {
      await use(service, work);
    } finally {
      await service.stop();
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
