/** How far something has come. */
export interface Progress {
  files: number;
  bytes: number;
}
