import { monotonicMs } from '../event-loop.ts';

/**
 * One thing that was looked at.
 *
 * @experimental
 */
export interface StoreFinding {
  what: string;
  status: 'ok' | 'warning' | 'failed';
  /** What was found, or what is wrong and the remedy. */
  detail: string;
}

/** Tries something that a store has to do, and times it. */
export async function attempt(what: string, action: () => Promise<string>): Promise<StoreFinding> {
  const startedAt = monotonicMs();
  try {
    const detail = await action();
    return { what, status: 'ok', detail: `${detail} (${(monotonicMs() - startedAt).toFixed(1)} ms)` };
  } catch (error) {
    return { what, status: 'failed', detail: (error as Error).message };
  }
}
