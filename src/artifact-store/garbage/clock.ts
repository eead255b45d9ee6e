import type { LogParts } from '../commit/record.ts';
import { ArchiveError } from '../errors.ts';
import { clockSkew } from '../storage/storage-clock.ts';

/** A clock with a larger difference is wrong. */
const MAX_SKEW_MS = 24 * 60 * 60 * 1000;

/**
 * The storage's clock, which decides what is removed, regardless of this machine's.
 * @throws ArchiveError `STATE_CONFLICT` when they are more than a day apart.
 */
export async function storageClock({ storage, now, storageNow }: LogParts): Promise<() => Date> {
  const time = storageNow?.().getTime() ?? Date.now() + (await clockSkew(storage));
  const skew = time - now().getTime();
  if (Math.abs(skew) > MAX_SKEW_MS) {
    const hours = Math.round(Math.abs(skew) / 3_600_000);
    throw new ArchiveError(
      'STATE_CONFLICT',
      `The clock of this machine is ${hours} hours ${skew > 0 ? 'behind' : 'ahead of'} that of the storage, so nothing is removed; set the one that is wrong.`,
    );
  }
  return () => new Date(now().getTime() + skew);
}
