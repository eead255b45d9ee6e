/** What comes before the first segment. */
export const NO_SEGMENT: { segment: number; segmentDigest: Uint8Array } = {
  segment: 0,
  segmentDigest: Buffer.alloc(32),
};
