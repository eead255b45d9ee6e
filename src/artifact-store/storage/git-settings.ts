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
