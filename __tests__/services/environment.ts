import { temporaryFolder } from '../infospace/fixtures.ts';
import { credentials, newBucket, newDatabase } from './servers.ts';

/** The variables of an empty shared store with a database, not yet initialised. */
export async function newSharedStore(s3Url: string, postgresUrl?: string): Promise<Record<string, string>> {
  return { ...(await newBucketStore(s3Url)), ARTIFACTSTORE_DATABASE_URL: postgresUrl ?? (await newDatabase()) };
}

/** The variables of an empty store on a bucket alone, not yet initialised. It has its own folder for the user's cache. */
export async function newBucketStore(s3Url: string): Promise<Record<string, string>> {
  const { bucket } = await newBucket(s3Url);
  return {
    ARTIFACTSTORE_STORAGE_BACKEND: 's3',
    ARTIFACTSTORE_S3_ENDPOINT_URL: s3Url,
    ARTIFACTSTORE_S3_REGION: 'us-east-1',
    ARTIFACTSTORE_S3_BUCKET: bucket,
    ARTIFACTSTORE_S3_KEY_PREFIX: 'archive',
    ARTIFACTSTORE_S3_ACCESS_KEY_ID: credentials.accessKeyId,
    ARTIFACTSTORE_S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ARTIFACTSTORE_S3_FORCE_PATH_STYLE: 'true',
    XDG_CACHE_HOME: temporaryFolder(),
  };
}
