/** A store in a git repository. */
export interface GitSettings {
  /** As configured: a URL, a path, or the name of a remote. */
  remote: string;
  /** A URL or path. Given a remote's name, git would also apply that remote's other settings. */
  url: string;
  /** Below `refs/artifactstore/`, so that a repository can hold several stores; may be empty. */
  prefix: string;
  /** The repository that has the remote, for its credentials and proxies. */
  repository: { gitDir: string; commonDir: string } | undefined;
  /** Whether the remote is a repository on this machine, used without a server. */
  isLocal: boolean;
  /** Where blobs read from the remote are cached. */
  cacheDirectory: string;
  /** Keeps a fetch from writing `FETCH_HEAD`. Before git 2.29 only a dry run does so; it still fetches the objects. */
  fetchOption: '--no-write-fetch-head' | '--dry-run';
  /** Limit of one blob, for hosts that accept less or more than usual. */
  maxBlobBytes?: number;
  /** Above these sizes of one blob or of the store, a warning is given. */
  largeBlobBytes?: number;
  largeStoreBytes?: number;
  /** Milliseconds that a listing serves; a second by default. */
  listingMs?: number;
}

/** Matches up to the last `@` before the path, since an `@` in a password may be unescaped. */
const CREDENTIALS = /(\w+):\/\/([^\s/]*)@/g;

/** User names that hosts prescribe together with a token; they are no secrets. */
const PUBLIC_USERS = new Set(['git', 'oauth2', 'x-access-token', 'x-oauth-basic', 'x-token-auth']);

/** Removes credentials from URLs in a text. */
export function withoutPasswords(text: string): string {
  return text.replaceAll(CREDENTIALS, '$1://');
}

/** The secrets in a URL. With HTTP the user may be a token, so it counts too. */
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
