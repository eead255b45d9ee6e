import { type LogParts, record } from '../commit/record.ts';
import { purged, retentionState } from '../retention/state.ts';
import { storageClock } from './clock.ts';

/**
 * Disposes of one package before its expiry. Garbage collection removes its bytes.
 * @throws ArchiveError `NOT_FOUND`; `STATE_CONFLICT` when a hold keeps it, or this machine's clock is wrong.
 */
export async function purge(parts: LogParts, packageId: string, reason: string): Promise<void> {
  const now = await storageClock(parts);
  await record(parts, async (tx) => {
    const state = await retentionState(tx, packageId, now());
    const row = await tx.selectFrom('packages').selectAll().where('id', '=', packageId).executeTakeFirstOrThrow();
    return [purged(row, state, reason)];
  });
}
