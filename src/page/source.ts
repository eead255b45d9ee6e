import type { Registry } from '../artifact-store/registry.ts';
import type { RecentManifests } from './recent-manifests.ts';
import type { RestoreFrom } from './restore.ts';

/** What the page shows. */
export interface PageSource {
  /** The caller closes it. */
  registry: Registry;
  /** The infospace whose `latest` and labels are meant. */
  root: string;
  /** What people call what is looked at. */
  title: string;
  /** What restore commands name. */
  from: RestoreFrom;
}

/** A request of the page, as its views see it. */
export interface Asked extends PageSource {
  manifests: RecentManifests;
  /** The name of the package in the path. */
  reference: string;
  query: URLSearchParams;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
  /** The `Range` header. */
  range: string | undefined;
}
