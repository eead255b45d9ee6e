import { randomBytes, randomUUID } from 'node:crypto';
import type { CommitArbiter } from '../commit/store-file.ts';
import { asBuffer } from '../encoding/as-buffer.ts';
import { CreateUnsupported, type StorageBackend } from '../storage/backend.ts';
import { attempt, type StoreFinding } from './check-finding.ts';

/** Sequential writers prove nothing, and servers that check before they write let several of these win. */
const WRITERS = 16;
const ROUNDS = 5;

/**
 * Lets writers race to create one object. Unless exactly one wins, only a database can serialize writers.
 * @param arbiter what serializes the writers of this store.
 */
export async function checkCreate(storage: StorageBackend, arbiter: CommitArbiter): Promise<StoreFinding> {
  let isAtomic = false;
  const finding = await attempt('conditional writes', async () => {
    const winners = await winnersOf(storage);
    isAtomic = winners === 1;
    if (isAtomic) return `one of ${WRITERS} concurrent writers creates an object, in ${ROUNDS} rounds`;
    const result =
      winners === undefined
        ? 'not supported'
        : `${winners} of ${WRITERS} concurrent writers were told that they created the same object`;
    return `${result}; ${arbiter === 'database' ? DATABASE_DECIDES : NOTHING_DECIDES}`;
  });
  if (finding.status !== 'ok' || isAtomic) return finding;
  return { ...finding, status: arbiter === 'database' ? 'warning' : 'failed' };
}

const DATABASE_DECIDES = 'only the common database serializes the writers of this store';
const NOTHING_DECIDES =
  'nothing serializes the writers of this store, and packages can be lost: stop them, and copy the store to a storage that creates objects atomically, or to one with a database';

/**
 * How many of several concurrent writers were told that they created the same object, in the worst round; undefined when atomic creation is
 * not supported.
 */
export async function winnersOf(storage: StorageBackend): Promise<number | undefined> {
  try {
    return await mostWinners(storage);
  } catch (error) {
    if (error instanceof CreateUnsupported) return undefined;
    throw error;
  }
}

/** The number of winners in the worst round; a winner whose bytes were replaced counts too. */
async function mostWinners(storage: StorageBackend): Promise<number> {
  let most = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const key = `health-${randomUUID()}`;
    try {
      most = Math.max(most, await race(storage, key));
    } finally {
      await storage.delete(key);
    }
  }
  return most;
}

async function race(storage: StorageBackend, key: string): Promise<number> {
  const writers = Array.from({ length: WRITERS }, () => randomBytes(16));
  const results = await Promise.allSettled(writers.map((bytes) => storage.create(key, bytes)));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  const winners = writers.filter((_, i) => (results[i] as PromiseFulfilledResult<string>).value === 'created');
  const stored = asBuffer(await storage.get(key));
  if (winners.some((bytes) => stored.equals(bytes))) return winners.length;
  throw new Error('The server kept the object of a writer that lost; it cannot be used.');
}
