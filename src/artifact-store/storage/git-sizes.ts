import type { GitSettings } from './git-settings.ts';

/** Hosts refuse blobs of 100 MB. */
export const MAX_BLOB_BYTES: number = 95 * 1024 * 1024;

/** GitHub warns of larger blobs, and advises to keep repositories below the other size. */
const LARGE_BLOB_BYTES = 50 * 1024 * 1024;
const LARGE_STORE_BYTES = 1024 * 1024 * 1024;

type LargeSizes = Pick<GitSettings, 'largeBlobBytes' | 'largeStoreBytes'>;

/** @returns sentences on what a git host may not take for long. */
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
