import type { GitSettings } from './git-settings.ts';

/** Below 100 MB, from which on hosts refuse blobs. */
export const MAX_BLOB_BYTES: number = 95 * 1024 * 1024;

/** GitHub warns about blobs above 50 MB, and recommends repositories below 1 GB. */
const LARGE_BLOB_BYTES = 50 * 1024 * 1024;
const LARGE_STORE_BYTES = 1024 * 1024 * 1024;

type LargeSizes = Pick<GitSettings, 'largeBlobBytes' | 'largeStoreBytes'>;

/** @returns a warning for each limit of git hosts that is near. */
export function sizeWarnings(
  storeBytes: number,
  largestBlob: number,
  { largeBlobBytes = LARGE_BLOB_BYTES, largeStoreBytes = LARGE_STORE_BYTES }: LargeSizes = {},
): string[] {
  const warnings: string[] = [];
  if (largestBlob > largeBlobBytes) {
    warnings.push(
      `A file was stored as one blob of ${inMegabytes(largestBlob)}; git hosts warn above 50 MB and refuse 100 MB. Exclude such files, or use a bucket.`,
    );
  }
  if (storeBytes > largeStoreBytes) {
    warnings.push(
      `The store has ${inMegabytes(storeBytes)} in its git repository; hosts advise to stay below 1 GB. Shorten retention and collect garbage, or copy the packages to a bucket.`,
    );
  }
  return warnings;
}

function inMegabytes(bytes: number): string {
  return `${Math.round(bytes / (1024 * 1024))} MB`;
}
