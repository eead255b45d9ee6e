import type { Registry } from '../artifact-store/registry.ts';
import type { RecentManifests } from './recent-manifests.ts';
import type { RestoreFrom } from './restore.ts';

/** What the page shows. */
export interface PageSource {
  /** The caller closes it. */
  registry: Registry;
  /** The infospace for `latest` and labels. */
  root: string;
  /** The title to show. */
  title: string;
  /** How restore commands name the infospace. */
  from: RestoreFrom;
}

/** A request, as views see it. */
export interface Asked extends PageSource {
  manifests: RecentManifests;
  /** The package name in the path. */
  reference: string;
  query: URLSearchParams;
  /** Aborted when the browser no longer waits for the answer. */
  signal: AbortSignal;
  /** The `Range` header. */
  range: string | undefined;
}
