/** A store in a git repository. */
export interface GitSettings {
  /** What people call it: a URL, a path, or the name of a remote. */
  remote: string;
  /** A URL or path. By its name, git would also do what the repository is configured to do with its remote. */
  url: string;
  /** Below `refs/artifactstore/`, so that a repository can hold several stores; may be empty. */
  prefix: string;
  /** The repository whose remote it is, for its credentials and proxies. */
  repository: { gitDir: string; commonDir: string } | undefined;
  /** Whether the remote is a repository on this machine, which git stores into without a server. */
  isLocal: boolean;
  /** For what was read from the remote. */
  cacheDirectory: string;
  /** Keeps a fetch from writing `FETCH_HEAD`. Git before 2.29 has nothing for it but a dry run, which fetches as well. */
  fetchOption: '--no-write-fetch-head' | '--dry-run';
  /** Of one blob, if hosts other than the known ones take less or more. */
  maxBlobBytes?: number;
  /** Of one blob, and of all of a store; more is warned about. */
  largeBlobBytes?: number;
  largeStoreBytes?: number;
  /** Milliseconds that a listing serves; a second by default. */
  listingMs?: number;
}

/** Up to the last `@` before the path: passwords are not always escaped. */
const CREDENTIALS = /(\w+):\/\/([^\s/]*)@/g;

/** Users that hosts have everyone give beside a token. */
const PUBLIC_USERS = new Set(['git', 'oauth2', 'x-access-token', 'x-oauth-basic', 'x-token-auth']);

/** A URL as people may see it. */
export function withoutPasswords(text: string): string {
  return text.replaceAll(CREDENTIALS, '$1://');
}

/** What of a URL nobody may see: with HTTP, a token may stand in the place of the user too. */
export function passwordsIn(url: string): string[] {
  return [...url.matchAll(CREDENTIALS)].flatMap(([, scheme = '', credentials = '']) => {
    const [user = '', ...password] = credentials.split(':');
    const secret = [...(/^https?$/i.test(scheme) ? [user] : []), password.join(':')];
    return secret.filter((part) => part !== '' && !PUBLIC_USERS.has(part)).flatMap((part) => [part, decoded(part)]);
  });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
