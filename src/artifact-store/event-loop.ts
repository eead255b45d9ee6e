import { setImmediate as nextTurn } from 'node:timers/promises';

/** What waits for longer: signals, timers, and the other work of the process. */
const MAX_TURN_MS = 50;

let turnedAt = monotonicMs();

/** Lets the event loop turn where it has not for long; for loops whose steps never wait for anything. */
export async function letOthersRun(): Promise<void> {
  if (monotonicMs() - turnedAt < MAX_TURN_MS) return;
  await nextTurn();
  turnedAt = monotonicMs();
}

/** Milliseconds by a clock that nobody sets. The first use of `performance` would load what takes 5 ms. */
export function monotonicMs(): number {
  return process.uptime() * 1000;
}
