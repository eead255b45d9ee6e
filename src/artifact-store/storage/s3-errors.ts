import { ArchiveError, systemErrorCode } from '../errors.ts';
import type { S3Settings } from './s3-settings.ts';

/** The end of a sentence that says which permissions are missing. */
function denied({ keyPrefix, serverSideEncryption }: S3Settings): string {
  const below = keyPrefix === '' ? 'in the bucket' : `below "${keyPrefix}" (ARTIFACTSTORE_S3_KEY_PREFIX)`;
  const kms = serverSideEncryption?.startsWith('aws:kms') ? ', and to use the key of ARTIFACTSTORE_S3_SSE' : '';
  return `permission is denied; allow the access key to get, put, list and delete ${below}${kms}`;
}

function unknownAccessKey({ credentials }: S3Settings): string {
  // On AWS, access keys of sessions begin with ASIA.
  return credentials?.accessKeyId.startsWith('ASIA') && credentials.sessionToken === undefined
    ? 'the access key belongs to a session; set its ARTIFACTSTORE_S3_SESSION_TOKEN'
    : 'the access key is not known; correct ARTIFACTSTORE_S3_ACCESS_KEY_ID';
}

function expired({ credentials }: S3Settings): string {
  return credentials === undefined
    ? 'the session of the AWS credential chain has expired; renew it'
    : 'the session has expired; renew ARTIFACTSTORE_S3_SESSION_TOKEN and the two keys that go with it';
}

const wrongToken = 'the session token does not go with the access key; correct or unset ARTIFACTSTORE_S3_SESSION_TOKEN';
const wrongRegion = 'the bucket is in another region; correct ARTIFACTSTORE_S3_REGION';
const wrongHost = 'the host is not known; correct ARTIFACTSTORE_S3_ENDPOINT_URL';
const wrongPrefix = 'the server does not take the key; shorten or correct ARTIFACTSTORE_S3_KEY_PREFIX';
const wrongEncryption = 'the server refuses the encryption; correct or unset ARTIFACTSTORE_S3_SSE';

/** Without path style the bucket's name is part of the host name, so that may be the fault. */
function orPathStyle(remedy: string): (settings: S3Settings) => string {
  return ({ endpointUrl, forcePathStyle }) =>
    endpointUrl === undefined || forcePathStyle ? remedy : `${remedy}, or set ARTIFACTSTORE_S3_FORCE_PATH_STYLE=true`;
}

/** Errors that point to a wrong setting, with the variable to correct. */
const WRONG_SETTINGS: Record<string, string | ((settings: S3Settings) => string)> = {
  NoSuchBucket: orPathStyle('there is no such bucket; create it or correct ARTIFACTSTORE_S3_BUCKET'),
  InvalidBucketName: orPathStyle('that is not a valid name of a bucket; correct ARTIFACTSTORE_S3_BUCKET'),
  InvalidAccessKeyId: unknownAccessKey,
  // versitygw's name for it.
  XAdminUserNotFound: unknownAccessKey,
  SignatureDoesNotMatch: 'the secret key is wrong; correct ARTIFACTSTORE_S3_SECRET_ACCESS_KEY',
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  TokenRefreshRequired: expired,
  InvalidToken: wrongToken,
  // MinIO's name for it.
  InvalidTokenId: wrongToken,
  AccessDenied: denied,
  Forbidden: denied,
  AllAccessDisabled: denied,
  PermanentRedirect: wrongRegion,
  AuthorizationHeaderMalformed: wrongRegion,
  IllegalLocationConstraintException: wrongRegion,
  InvalidStorageClass: 'the server does not know the storage class; correct ARTIFACTSTORE_S3_STORAGE_CLASS',
  InvalidEncryptionAlgorithmError: wrongEncryption,
  KeyTooLongError: wrongPrefix,
  InvalidObjectName: wrongPrefix,
  // MinIO's names for it.
  XMinioInvalidObjectName: wrongPrefix,
  XMinioInvalidResourceName: wrongPrefix,
  CredentialsProviderError:
    'no credentials were found; set ARTIFACTSTORE_S3_ACCESS_KEY_ID and ARTIFACTSTORE_S3_SECRET_ACCESS_KEY, or a role',
  RequestTimeTooSkewed: "this machine's clock is wrong; set it",
  ENOTFOUND: orPathStyle(wrongHost),
  ERR_TLS_CERT_ALTNAME_INVALID: orPathStyle(
    "the server's certificate is for another host; correct ARTIFACTSTORE_S3_ENDPOINT_URL",
  ),
};

/** Refusals that may disappear on another try. */
const PASSING: Record<string, string> = {
  ConditionalRequestConflict: 'another writer keeps writing the same object; try again',
  OperationAborted: 'another writer keeps writing the same object; try again',
  PreconditionFailed: 'the object existed and was deleted meanwhile; try again',
  NoSuchUpload: 'the upload was aborted meanwhile; try again',
};

/** The SDK's message when no region is configured. */
const NO_REGION = /Region is missing/i;
/** The errors of HTTPS sent to an HTTP port, and the other way round. */
const OTHER_SCHEME = /EPROTO|wrong version number|HPE_INVALID|packet length too long|Parse Error/i;
/** Names (`KMS.NotFoundException`) and words of servers about encryption. */
const ENCRYPTION = /\bKMS|\bSSE|encrypt/i;

/** Turns an error of the SDK into one that names bucket, variable and remedy. Returns other errors unchanged. */
export function explainS3Error(error: unknown, action: string, settings: S3Settings): unknown {
  if (error instanceof ArchiveError || typeof error !== 'object' || error === null) return error;
  const { name, message } = error as Error;
  const code = systemErrorCode(error) ?? name;
  const made = (kind: 'CONFIG_INVALID' | 'STORE_UNAVAILABLE', remedy: string) =>
    new ArchiveError(kind, `Could not ${action} in ${bucketOf(settings)}: ${remedy}.`, error);
  const status = statusOf(error);
  const isRefused = status !== undefined && (status < 500 || status === 501) && status !== 429;
  if (isRefused && settings.serverSideEncryption !== undefined && isAboutEncryption(error as Error)) {
    return made('CONFIG_INVALID', wrongEncryption);
  }
  const wrong = WRONG_SETTINGS[code] ?? WRONG_SETTINGS[name] ?? (status === 403 ? denied : undefined);
  if (wrong !== undefined) return made('CONFIG_INVALID', typeof wrong === 'string' ? wrong : wrong(settings));
  const passing = PASSING[name];
  if (passing !== undefined) return made('STORE_UNAVAILABLE', passing);
  if (NO_REGION.test(message)) return made('CONFIG_INVALID', 'no region is given; set ARTIFACTSTORE_S3_REGION');
  if (OTHER_SCHEME.test(`${code} ${message}`)) {
    return made(
      'CONFIG_INVALID',
      'the endpoint does not speak the scheme in ARTIFACTSTORE_S3_ENDPOINT_URL; switch between http and https',
    );
  }
  if (isRefused) return made('CONFIG_INVALID', `the server refuses the request (${name}); check ${suspects(settings)}`);
  return made('STORE_UNAVAILABLE', `the server cannot be reached or fails (${code}); try again`);
}

/** The variables that may have caused an unknown refusal. */
function suspects({ endpointUrl, forcePathStyle, serverSideEncryption, storageClass }: S3Settings): string {
  const names = ['ARTIFACTSTORE_S3_REGION', 'ARTIFACTSTORE_S3_ENDPOINT_URL'];
  if (endpointUrl !== undefined && !forcePathStyle) names.push('ARTIFACTSTORE_S3_FORCE_PATH_STYLE');
  if (storageClass !== undefined) names.push('ARTIFACTSTORE_S3_STORAGE_CLASS');
  if (serverSideEncryption !== undefined) names.push('ARTIFACTSTORE_S3_SSE');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** The bucket and its endpoint, for messages. */
export function bucketOf({ bucket, endpointUrl }: S3Settings): string {
  return endpointUrl === undefined ? `the bucket "${bucket}"` : `the bucket "${bucket}" at ${plainUrl(endpointUrl)}`;
}

/** Whether another conditional write of the same key is in progress. */
export function isConflict(error: unknown): error is Error {
  return error instanceof Error && ['ConditionalRequestConflict', 'OperationAborted'].includes(error.name);
}

/** Whether the server lacks the feature. MinIO answers the same for encryption without keys, which does not count. */
export function isNotImplemented(error: unknown): boolean {
  if (!(error instanceof Error) || isAboutEncryption(error)) return false;
  return error.name === 'NotImplemented' || statusOf(error) === 501;
}

function isAboutEncryption({ name, message }: Error): boolean {
  return ENCRYPTION.test(`${name} ${message}`);
}

/** Whether the server lacks an optional request, or does not allow it for the access key. */
export function isRefusedFeature(error: unknown): boolean {
  if (isNotImplemented(error)) return true;
  return (
    error instanceof Error && (['AccessDenied', 'MethodNotAllowed'].includes(error.name) || statusOf(error) === 405)
  );
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
