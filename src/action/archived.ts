import type { Registry } from '../artifact-store/registry.ts';
import type { ArchiveResult } from '../infospace/archive.ts';
import type { Comparison } from '../infospace/compare.ts';

/** The result of the step and the values that it reports. */
export interface Archived extends ArchiveResult {
  /** SHA-256 of the manifest, in hexadecimal; empty when it is sealed and no identity is configured. */
  manifestSha256: string;
  /** A copy of the manifest; empty when it could not be written, or is sealed. */
  manifestPath: string;
  /** With the previous package, if there is one. */
  comparison: Comparison | 'first' | 'sealed';
  /** The head of the event log, which includes the package. */
  auditHead: Awaited<ReturnType<Registry['eventHead']>>;
  /** The newest segment of the log as `<number>:<digest>`, for `store rebuild --head`. */
  logHead: string;
}
