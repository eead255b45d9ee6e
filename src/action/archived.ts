import type { Registry } from '../artifact-store/registry.ts';
import type { ArchiveResult } from '../infospace/archive.ts';
import type { Comparison } from '../infospace/compare.ts';

/** What the step made, and what is told of it. */
export interface Archived extends ArchiveResult {
  /** SHA-256 of the manifest as stored, in hexadecimal; empty when it is sealed, and no identity is there. */
  manifestSha256: string;
  /** A copy of the manifest as stored; empty when it could not be written, or is sealed. */
  manifestPath: string;
  /** Against the package before, if there is one. */
  comparison: Comparison | 'first' | 'sealed';
  /** The end of the event log, which has the package in it. */
  auditHead: Awaited<ReturnType<Registry['eventHead']>>;
  /** The newest segment of the log: a number, a colon and its digest, as `store rebuild --head` takes it. */
  logHead: string;
}
