import { monotonicMs } from '../event-loop.ts';

/**
 * The result of one check.
 * @experimental
 */
export interface StoreFinding {
  what: string;
  status: 'ok' | 'warning' | 'failed';
  /** The result, or the fault and its remedy. */
  detail: string;
}

/** Tries an operation that a store needs, and measures its time. */
export async function attempt(what: string, action: () => Promise<string>): Promise<StoreFinding> {
  const startedAt = monotonicMs();
  try {
    const detail = await action();
    return { what, status: 'ok', detail: `${detail} (${(monotonicMs() - startedAt).toFixed(1)} ms)` };
  } catch (error) {
    return { what, status: 'failed', detail: (error as Error).message };
  }
}
