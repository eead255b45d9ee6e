import type { Abortable } from '../abort.ts';
import type { StorageBackend } from '../storage/backend.ts';
import type { ContentIndex } from './content-index.ts';
import type { WorkerPool } from './worker-pool.ts';

/** What reading contents needs. */
export interface ReaderParts extends Abortable, ContentIndex {
  storage: StorageBackend;
  workers: WorkerPool;
}
