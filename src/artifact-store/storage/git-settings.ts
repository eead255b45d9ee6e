/** A store in a git repository. */
export interface GitSettings {
  /** A URL, a path, or with `repository` the name of a remote. */
  remote: string;
  /** Below `refs/artifactstore/`, so that a repository can hold several stores; may be empty. */
  prefix: string;
  /** The repository whose remote is named. */
  repository: { gitDir: string; commonDir: string } | undefined;
  /** For what was read from the remote. */
  cacheDirectory: string;
}

const CREDENTIALS = /:\/\/([^\s/@]*)@/g;

/** A URL as people may see it. */
export function withoutPasswords(text: string): string {
  return text.replaceAll(CREDENTIALS, '://');
}

/** What of a URL nobody may see: a token may stand in the place of the user too. */
export function passwordsIn(url: string): string[] {
  return [...url.matchAll(CREDENTIALS)].flatMap(([, credentials = '']) =>
    credentials.split(':').flatMap((part) => [part, decoded(part)]),
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
