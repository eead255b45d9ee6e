/** What is read of a bag, whoever made it. Each is far above what honest bags need, and bounds memory before it is taken. */

/** Files, links and folders in it: those of the largest package, and as many folders above them. */
export const MAX_MEMBERS = 10_000_000;

/** Files beside its payload; honest bags have some ten, those with metadata of their own some hundreds. */
export const MAX_TAG_FILES = 10_000;

/** Its manifests, which stay in memory: a million files take 150 MB in each. */
export const MAX_SUMS_BYTES: number = 512 * 1024 * 1024;

/** A line of a manifest: the longest path with every byte encoded, and a digest. */
export const MAX_LINE_BYTES: number = 16 * 1024;

/** Its declaration and description. A note of the longest there is, all of it line breaks, takes 3 MiB. */
export const MAX_INFO_BYTES: number = 16 * 1024 * 1024;

/** Fields of a description. */
export const MAX_INFO_FIELDS = 100_000;

/** What a link leads to: PATH_MAX of Linux. */
export const MAX_TARGET_BYTES = 4096;

/** An extended header of a tar archive, of which paths and sizes are used. */
export const MAX_PAX_BYTES: number = 1024 * 1024;

/** The window of zstd, as a power of two: what `zstd --long` makes, and what it unpacks without being asked. */
export const MAX_WINDOW_LOG = 27;

/** Frames of a compressed stream: of 64 KiB each, they hold 6 GB. */
export const MAX_ZSTD_FRAMES = 100_000;
