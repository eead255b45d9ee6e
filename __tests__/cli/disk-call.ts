/** The variable with the path of the trace file. */
export const TRACE_FILE = 'TEST_TRACE_FILE';

export interface DiskCall {
  call: 'write' | 'sync' | 'publish' | 'unlink' | 'mkdir' | 'commit';
  /** The path of the file or folder. */
  path: string;
  /** The new path. */
  from?: string;
  /** SQLite's setting: 2 is FULL, 3 is EXTRA. */
  synchronous?: unknown;
}
