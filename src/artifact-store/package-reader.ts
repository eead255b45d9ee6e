import type { Label } from './labels.ts';
import type { ContentEntry, Manifest } from './manifest/model.ts';
import type { PackageSummary } from './package-summary.ts';
import type { FileContent } from './packs/ordered-reader.ts';
import type { OnProgress } from './packs/progress.ts';
import type { RequestCounts } from './storage/backend.ts';

/** A source of packages to restore: a store, or a bag with one package. See `Registry` for the methods. */
export interface PackageReader {
  /** Files and folders that must not be restored into. */
  readonly localPaths: readonly string[];
  /** Requests sent to storage so far; undefined where they cost nothing. */
  readonly requests?: Readonly<RequestCounts> | undefined;
  getPackage(name: string): Promise<PackageSummary>;
  latestPackage(subject: string, before?: number): Promise<PackageSummary | undefined>;
  /** Without it, nothing is found by time. */
  latestPackageBy?(subject: string, time: Date): Promise<PackageSummary | undefined>;
  /** Without it, there are no labels. */
  getLabel?(subject: string, label: string): Promise<Label | undefined>;
  getManifest(packageId: string): Promise<Manifest>;
  readFiles(entries: readonly ContentEntry[], signal?: AbortSignal): AsyncIterable<FileContent>;
  /** Called before {@link extractFiles}, as soon as it is known how much it will read. */
  expectReads?(bytes: number): void;
  extractFiles(
    entries: readonly ContentEntry[],
    directory: string,
    onProgress?: OnProgress,
    signal?: AbortSignal,
  ): Promise<void>;
}
