import { setImmediate as nextTurn } from 'node:timers/promises';

/** Limit for blocking signals, timers, and other work of the process. */
const MAX_TURN_MS = 50;

let turnedAt = monotonicMs();

/** Yields to the event loop if it has not run for a while; for loops that never wait. */
export async function yieldToEventLoop(): Promise<void> {
  if (monotonicMs() - turnedAt < MAX_TURN_MS) return;
  await nextTurn();
  turnedAt = monotonicMs();
}

/** Milliseconds of a monotonic clock. `performance` would load modules for 5 ms on its first use. */
export function monotonicMs(): number {
  return process.uptime() * 1000;
}
