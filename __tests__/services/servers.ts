import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import pg from 'pg';
import type { S3Config } from '../../src/artifact-store/config.ts';

/** The servers that scripts/test-services.ts has started. */
export const s3Urls: string[] = (process.env['TEST_S3_URLS'] ?? '').split(',').filter((url) => url !== '');
const [accessKeyId = '', secretAccessKey = ''] = (process.env['TEST_S3_KEYS'] ?? '').split(',');
export const credentials = { accessKeyId, secretAccessKey };

export const postgresUrl: string = process.env['TEST_POSTGRES_URL'] ?? '';
if (postgresUrl === '') throw new Error('There are no servers to test with; run "npm run test:services".');

/** A bucket of its own. */
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

/** What a writer leaves that is killed in the midst of an upload in parts. */
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
    // How rclone says that there is none.
    if (error instanceof Error && error.name === 'NoSuchUpload') return [];
    throw error;
  } finally {
    client.destroy();
  }
}

function clientOf(endpoint: string): S3Client {
  return new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
}

/** A database of its own, empty. */
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
