/** Limits on bags from any source. Each is far above what honest bags need, and is checked before memory is allocated. */

/** Files, links and folders of a bag: those of the largest package, and as many folders again. */
export const MAX_MEMBERS = 10_000_000;

/** Files beside the payload. Honest bags have about ten, or some hundreds with their own metadata. */
export const MAX_TAG_FILES = 10_000;

/** BagIt manifests, which stay in memory: a million files take 150 MB in each. */
export const MAX_SUMS_BYTES: number = 512 * 1024 * 1024;

/** A manifest line: a digest, and the longest path with every byte encoded. */
export const MAX_LINE_BYTES: number = 16 * 1024;

/** `bagit.txt` and `bag-info.txt`. The longest possible note, with nothing but line breaks, takes 3 MiB. */
export const MAX_INFO_BYTES: number = 16 * 1024 * 1024;

/** Fields of a `bag-info.txt`. */
export const MAX_INFO_FIELDS = 100_000;

/** The target of a link: PATH_MAX of Linux. */
export const MAX_TARGET_BYTES = 4096;

/** An extended header of a tar archive; only its paths and sizes are used. */
export const MAX_PAX_BYTES: number = 1024 * 1024;

/** zstd's window as a power of two: the default of `zstd --long`, which `zstd -d` accepts without an option. */
export const MAX_WINDOW_LOG = 27;

/** Frames of a compressed stream: 6 GB with 64 KiB each. */
export const MAX_ZSTD_FRAMES = 100_000;
