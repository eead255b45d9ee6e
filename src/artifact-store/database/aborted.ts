import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveError } from '../errors.ts';

const MAX_ATTEMPTS = 5;
const PAUSE_MS = 50;

/** The database rolled a transaction back, because of a concurrent one (such as a deadlock) or a lost session; it can be retried. */
export class TransactionAborted extends ArchiveError {
  constructor(message: string, cause: unknown) {
    super('STORE_UNAVAILABLE', message, cause);
  }
}

/** Retries an action whose transaction was rolled back. Its effects outside the transaction must be idempotent. */
export async function againWhenAborted<T>(action: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof TransactionAborted) || attempt === MAX_ATTEMPTS) throw error;
    }
    await sleep(PAUSE_MS * attempt * (0.5 + Math.random()));
  }
}
