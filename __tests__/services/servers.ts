import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import pg from 'pg';
import { type DatabaseConfig, readEnvironment, type S3Config } from '../../src/artifact-store/config.ts';

/** An S3 server started by scripts/test-services.ts. */
export interface S3Server {
  name: string;
  url: string;
}

export const s3Servers: readonly S3Server[] = [
  { name: 'versitygw', url: process.env['TEST_VERSITYGW_URL'] },
  { name: 'rclone', url: process.env['TEST_RCLONE_URL'] },
  { name: 'MinIO', url: process.env['TEST_MINIO_URL'] },
  { name: 'moto', url: process.env['TEST_MOTO_URL'] },
].filter((server): server is S3Server => server.url !== undefined);

/** The servers for all tests: one that checks requests, and one that does not. */
export const s3Urls: string[] = s3Servers
  .filter(({ name }) => ['versitygw', 'rclone'].includes(name))
  .map(({ url }) => url);
const [accessKeyId = '', secretAccessKey = ''] = (process.env['TEST_S3_KEYS'] ?? '').split(',');
export const credentials = { accessKeyId, secretAccessKey };

export const postgresUrl: string = process.env['TEST_POSTGRES_URL'] ?? '';
if (postgresUrl === '') throw new Error('There are no servers to test with; run "npm run test:services".');

/** Another server, with TLS and passwords; see scripts/services/postgres.ts. */
export const guardedPostgresUrl: string = process.env['TEST_GUARDED_POSTGRES_URL'] ?? '';
export const poolerUrls: string[] = (process.env['TEST_PGBOUNCER_URLS'] ?? '').split(',').filter((url) => url !== '');

/** A new bucket. */
export async function newBucket(endpoint: string): Promise<S3Config> {
  const bucket = `test-${randomUUID()}`;
  const client = clientOf(endpoint);
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  return {
    kind: 's3',
    bucket,
    keyPrefix: 'archive',
    endpointUrl: endpoint,
    region: undefined,
    credentials: { ...credentials, sessionToken: undefined },
    forcePathStyle: true,
    storageClass: undefined,
    serverSideEncryption: undefined,
  };
}

export async function keepVersions(endpoint: string, bucket: string): Promise<void> {
  const client = clientOf(endpoint);
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
  client.destroy();
}

/** The state that a writer leaves when it is killed during a multipart upload. */
export async function beginUpload({ bucket, endpointUrl, keyPrefix }: S3Config, key: string): Promise<void> {
  const client = clientOf(endpointUrl!);
  await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: `${keyPrefix}/${key}` }));
  client.destroy();
}

export async function unfinishedUploads({ bucket, endpointUrl }: S3Config): Promise<string[]> {
  const client = clientOf(endpointUrl!);
  try {
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    return (Uploads ?? []).map(({ Key }) => `unfinished ${Key}`);
  } catch (error) {
    // rclone's way to say that there is none.
    if (error instanceof Error && error.name === 'NoSuchUpload') return [];
    throw error;
  } finally {
    client.destroy();
  }
}

function clientOf(endpoint: string): S3Client {
  return new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
}

/** The database in a URL. */
export function databaseAt(url: string): DatabaseConfig & { kind: 'postgresql' } {
  const storage = { ARTIFACTSTORE_STORAGE_BACKEND: 'local', ARTIFACTSTORE_STORAGE_LOCAL_ROOT: '/' };
  const { store } = readEnvironment({ ...storage, ARTIFACTSTORE_DATABASE_URL: url });
  if (store?.database.kind !== 'postgresql') throw new Error('not PostgreSQL');
  return store.database;
}

/** A new empty database. */
export async function newDatabase(): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  return url.href;
}
