import { setImmediate as nextTurn } from 'node:timers/promises';

/** What waits for longer: signals, timers, and the other work of the process. */
const MAX_TURN_MS = 50;

let turnedAt = performance.now();

/** Lets the event loop turn where it has not for long; for loops whose steps never wait for anything. */
export async function letOthersRun(): Promise<void> {
  if (performance.now() - turnedAt < MAX_TURN_MS) return;
  await nextTurn();
  turnedAt = performance.now();
}
