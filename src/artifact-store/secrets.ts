import { readOutsideText } from './outside-file.ts';
import { passwordsIn as passwordsOfRemote } from './storage/git-settings.ts';

/** Far above the size of a password, a token or a URL. */
const MAX_SECRET_BYTES = 64 * 1024;

type Variables = Readonly<Record<string, string | undefined>>;

/** Variables whose whole value is a secret; an S3 store falls back to the AWS ones. */
const SECRET_VARIABLES = [
  'ARTIFACTSTORE_S3_SECRET_ACCESS_KEY',
  'ARTIFACTSTORE_S3_SESSION_TOKEN',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
];
const DATABASE_URL = 'ARTIFACTSTORE_DATABASE_URL';
const URL_VARIABLES = [DATABASE_URL, 'ARTIFACTSTORE_S3_ENDPOINT_URL'];

/**
 * Every secret in the configuration, as a whole and in the parts and spellings that may appear alone. Never fails on an invalid
 * configuration, so that even an error about it can be printed without secrets.
 */
export function secretValues(env: Variables): string[] {
  const values = [
    ...SECRET_VARIABLES.flatMap((name) => valuesOf(env, name)),
    // A database URL is this store's secret only if the store uses it: some runners set one for their own server.
    ...(valuesOf(env, DATABASE_URL).some((url) => url.startsWith('postgres')) ? valuesOf(env, 'PGPASSWORD') : []),
    ...URL_VARIABLES.flatMap((name) => valuesOf(env, name).flatMap(passwordsIn)),
    ...valuesOf(env, 'ARTIFACTSTORE_GIT_REMOTE').flatMap(passwordsOfRemote),
    ...keySecrets(env),
  ];
  return [...new Set(values)].filter((value) => value.trim() !== '');
}

/** Those that are keys of an encrypted store. */
export function keySecrets(env: Variables): string[] {
  const identities = valuesOf(env, 'ARTIFACTSTORE_IDENTITY').flatMap(
    (text) => text.match(/AGE-SECRET-KEY-[0-9A-Z-]+/g) ?? [],
  );
  return [...valuesOf(env, 'ARTIFACTSTORE_WRITER_KEY'), ...identities];
}

function valuesOf(env: Variables, name: string): string[] {
  const file = env[`${name}_FILE`];
  const values = [env[name], file ? contentOf(file) : undefined];
  return values.filter((value) => value !== undefined);
}

/** A mounted secret, without the trailing line break that editors add; undefined when there is no such file. */
export function readSecretFile(path: string): string | undefined {
  return readOutsideText(path, MAX_SECRET_BYTES)?.replace(/\r?\n$/, '');
}

function contentOf(file: string): string | undefined {
  try {
    return readSecretFile(file);
  } catch {
    return undefined;
  }
}

/** The URL itself if it has a password, and the password both encoded and decoded. */
function passwordsIn(url: string): string[] {
  // Not with the URL class, which rejects common mistakes.
  const password = /^[^:]*:\/\/[^:/?#]*:(?<password>.*)@/s.exec(url)?.groups?.['password'];
  const parameters = [...url.matchAll(/[?&](?:ssl)?password=(?<password>[^&#]*)/g)].map(
    (match) => match.groups!['password']!,
  );
  const passwords = password ? [password, ...parameters] : parameters;
  return passwords.length === 0 ? [] : [url, ...passwords.flatMap((found) => [found, decoded(found)])];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
