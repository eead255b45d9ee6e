import type { Abortable } from '../abort.ts';
import type { ReadConnection } from '../database/database.ts';
import type { StorageBackend } from '../storage/backend.ts';
import type { WorkerPool } from './worker-pool.ts';

/** What contents are read with. */
export interface ReaderParts extends Abortable {
  db: ReadConnection;
  storage: StorageBackend;
  workers: WorkerPool;
}
