import { ArchiveError, systemErrorCode } from '../errors.ts';
import type { S3Settings } from './s3-settings.ts';

/** Errors by which a server says that it is set up otherwise than we think, and the variable to look at. */
const WRONG_SETTINGS: Record<string, string> = {
  NoSuchBucket: 'there is no such bucket; create it or correct ARTIFACTSTORE_S3_BUCKET',
  InvalidBucketName: 'that is no name of a bucket; correct ARTIFACTSTORE_S3_BUCKET',
  InvalidAccessKeyId: 'the access key is not known; correct ARTIFACTSTORE_S3_ACCESS_KEY_ID',
  // versitygw's name for it.
  XAdminUserNotFound: 'the access key is not known; correct ARTIFACTSTORE_S3_ACCESS_KEY_ID',
  SignatureDoesNotMatch: 'the secret key is wrong; correct ARTIFACTSTORE_S3_SECRET_ACCESS_KEY',
  ExpiredToken: 'the session has expired; renew ARTIFACTSTORE_S3_SESSION_TOKEN',
  InvalidToken: 'the session token is not valid; correct ARTIFACTSTORE_S3_SESSION_TOKEN',
  AccessDenied: 'permission is denied; allow the key to get, put, list and delete below ARTIFACTSTORE_S3_BUCKET',
  Forbidden: 'permission is denied; allow the key to get, put, list and delete below ARTIFACTSTORE_S3_BUCKET',
  PermanentRedirect: 'the bucket is in another region; correct ARTIFACTSTORE_S3_REGION',
  AuthorizationHeaderMalformed: 'the bucket is in another region; correct ARTIFACTSTORE_S3_REGION',
  IllegalLocationConstraintException: 'the bucket is in another region; correct ARTIFACTSTORE_S3_REGION',
  InvalidStorageClass: 'the server does not know the storage class; correct ARTIFACTSTORE_S3_STORAGE_CLASS',
  CredentialsProviderError:
    'no credentials were found; set ARTIFACTSTORE_S3_ACCESS_KEY_ID and ARTIFACTSTORE_S3_SECRET_ACCESS_KEY, or a role',
  RequestTimeTooSkewed: "this machine's clock is wrong; set it",
  ENOTFOUND: 'the host is not known; correct ARTIFACTSTORE_S3_ENDPOINT_URL',
};

/** The SDK's words for a region that nothing gives. */
const NO_REGION = /Region is missing/i;
/** What comes of HTTPS spoken to an HTTP port, and the other way round. */
const OTHER_SCHEME = /EPROTO|wrong version number|HPE_INVALID|packet length too long|Parse Error/i;

/** Turns an error of the SDK into one that names bucket, variable and remedy; others pass through. */
export function explainS3Error(error: unknown, action: string, { bucket, endpointUrl }: S3Settings): unknown {
  if (error instanceof ArchiveError || typeof error !== 'object' || error === null) return error;
  const { name, message } = error as Error;
  const code = systemErrorCode(error) ?? name;
  const where =
    endpointUrl === undefined ? `the bucket "${bucket}"` : `the bucket "${bucket}" at ${plainUrl(endpointUrl)}`;
  const made = (kind: 'CONFIG_INVALID' | 'STORE_UNAVAILABLE', remedy: string) =>
    new ArchiveError(kind, `Could not ${action} in ${where}: ${remedy}.`, error);
  const status = statusOf(error);
  const wrong =
    WRONG_SETTINGS[code] ?? WRONG_SETTINGS[name] ?? (status === 403 ? WRONG_SETTINGS['Forbidden'] : undefined);
  if (wrong !== undefined) return made('CONFIG_INVALID', wrong);
  if (NO_REGION.test(message)) return made('CONFIG_INVALID', 'no region is given; set ARTIFACTSTORE_S3_REGION');
  if (OTHER_SCHEME.test(`${code} ${message}`)) {
    return made(
      'CONFIG_INVALID',
      'it answers in another protocol; use the other of http and https in ARTIFACTSTORE_S3_ENDPOINT_URL',
    );
  }
  if (status !== undefined && status < 500 && status !== 429) {
    return made(
      'CONFIG_INVALID',
      `the server refuses the request (${name}); check ARTIFACTSTORE_S3_REGION and ARTIFACTSTORE_S3_ENDPOINT_URL`,
    );
  }
  return made('STORE_UNAVAILABLE', `the server cannot be reached or fails (${code}); try again`);
}

function statusOf(error: object): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

function plainUrl(url: string): string {
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
