import { constants } from 'node:os';
import { monotonicMs } from '../artifact-store/event-loop.ts';
import { ERASE_LINE } from './errors.ts';
import { Interrupted } from './interrupted.ts';

/** The signals by which people and programs end a command; the Windows console also sends SIGBREAK. */
const SIGNALS: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  ...(process.platform === 'win32' ? (['SIGBREAK'] as const) : []),
];

/** Under npm, Ctrl-C reaches the process twice: from the terminal, and forwarded by npm. */
const SAME_SIGNAL_MS = 200;
/** GitHub's runners kill a step ten seconds after the first signal. */
const GIVE_UP_MS = 5000;

/** @returns a function that stops listening. */
function onInterruption(listener: (name: NodeJS.Signals) => void): () => void {
  for (const name of SIGNALS) process.on(name, listener);
  return () => {
    for (const name of SIGNALS) process.off(name, listener);
  };
}

/**
 * Runs an action that can be stopped. The first SIGINT or SIGTERM aborts it, with an {@link Interrupted} as the reason;
 * a second one ends the process at once. If undoing takes longer than {@link GIVE_UP_MS}, the rest is left to `gc`.
 *
 * @param tell prints a line for people when a signal arrives.
 * @throws Interrupted when the action rethrows the reason.
 */
export async function interruptible<T>(
  action: (signal: AbortSignal) => Promise<T>,
  tell: (line: string) => void = printOnStderr,
): Promise<T> {
  const controller = new AbortController();
  let first: { name: NodeJS.Signals; at: number; giveUp: NodeJS.Timeout } | undefined;
  const endListening = onInterruption((name) => {
    const exitCode = 128 + (constants.signals[name] ?? 0);
    if (first === undefined) {
      tell('Stopping: undoing what was begun.');
      first = { name, at: monotonicMs(), giveUp: setTimeout(() => process.exit(exitCode), GIVE_UP_MS) };
      controller.abort(new Interrupted(name, exitCode));
    } else if (name !== first.name || monotonicMs() - first.at > SAME_SIGNAL_MS) process.exit(exitCode);
  });
  try {
    const result = await action(controller.signal);
    if (first) tell('It finished before it could be stopped; nothing is undone.');
    return result;
  } finally {
    endListening();
    clearTimeout(first?.giveUp);
  }
}

/** For {@link interruptible}, when the action changes nothing and so has nothing to undo. */
export function printNothing(): void {}

function printOnStderr(line: string): void {
  process.stderr.write(`${process.stderr.isTTY ? ERASE_LINE : ''}${line}\n`);
}
