/** Names the variable with the file that takes the trace. */
export const TRACE_FILE = 'TEST_TRACE_FILE';

export interface DiskCall {
  call: 'write' | 'sync' | 'publish' | 'unlink' | 'mkdir' | 'commit';
  /** Of the file or folder that it is about. */
  path: string;
  /** What becomes the path. */
  from?: string;
  /** SQLite's setting: 2 is FULL, 3 is EXTRA. */
  synchronous?: unknown;
}
