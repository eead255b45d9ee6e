import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadConnection } from '../database/database.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { newestSequence } from './log.ts';
import { firstSequenceOf, SEGMENTS } from './mirror.ts';
import { unmirrored } from './unmirrored.ts';

/** The first commit has stored its segment before it is seen. */
const COMMIT_POLL_MS = 50;
const COMMIT_POLLS = 20;

/** How the log in storage differs from that in the registry. */
export interface MirrorFault {
  /** `warning` for what a change that was cut off leaves behind. */
  status: 'failed' | 'warning';
  /** A sentence with the remedy. */
  detail: string;
}

/** Events that only one of registry and storage has. */
export async function* mirrorFaults(db: ReadConnection, storage: StorageBackend): AsyncIterable<MirrorFault> {
  for await (const { first, last } of unmirrored(db, storage, await newestSequence(db))) {
    yield {
      status: 'failed',
      detail: `events ${first} to ${last} are not in storage; run "infospace-archive store repair"`,
    };
  }
  let newest = 0;
  for await (const { key } of storage.list(SEGMENTS)) newest = Math.max(newest, firstSequenceOf(key) ?? 0);
  const end = await endOf(newest, db);
  if (newest <= end) return;
  // A change that was cut off leaves no more than the segment after the newest.
  const isCutOff = end > 0 && newest === end + 1;
  yield {
    status: isCutOff ? 'warning' : 'failed',
    detail: isCutOff
      ? `storage has event ${newest}, and the registry ends with ${end}: a change is under way or was cut off, or the registry was set back`
      : `storage has event ${newest}, and the registry ends with ${end}: it was emptied or set back; move it away and run "infospace-archive store rebuild"`,
  };
}

/** The newest sequence of the registry; of an empty one, having waited for its first commit, which may be under way. */
async function endOf(newest: number, db: ReadConnection): Promise<number> {
  for (let polls = 0; ; polls++) {
    const end = await newestSequence(db);
    if (end > 0 || newest === 0 || polls === COMMIT_POLLS) return end;
    await sleep(COMMIT_POLL_MS);
  }
}
