import { constants } from 'node:os';
import { monotonicMs } from '../artifact-store/event-loop.ts';
import { ERASE_LINE } from './errors.ts';
import { Interrupted } from './interrupted.ts';

/** What people and other programs end a command with; the console of Windows sends SIGBREAK too. */
const SIGNALS: readonly NodeJS.Signals[] = [
  'SIGINT',
  'SIGTERM',
  ...(process.platform === 'win32' ? (['SIGBREAK'] as const) : []),
];

/** Under npm, Ctrl-C reaches the process twice: from the terminal, and from npm, which hands it on. */
const SAME_SIGNAL_MS = 200;
/** GitHub's runners kill a step ten seconds after they told it to end. */
const GIVE_UP_MS = 5000;

/** @returns what ends the listening. */
function onInterruption(listener: (name: NodeJS.Signals) => void): () => void {
  for (const name of SIGNALS) process.on(name, listener);
  return () => {
    for (const name of SIGNALS) process.off(name, listener);
  };
}

/**
 * Runs what can be stopped. The first signal that tells the process to end aborts it, with an {@link Interrupted} as the
 * reason; another one ends the process at once. What takes too long to be taken back is left to `gc`.
 *
 * @param tell is given a line for people when that happens.
 * @throws Interrupted when the action does.
 */
export async function interruptible<T>(
  action: (signal: AbortSignal) => Promise<T>,
  tell: (line: string) => void = tellOnStderr,
): Promise<T> {
  const controller = new AbortController();
  let first: { name: NodeJS.Signals; at: number; giveUp: NodeJS.Timeout } | undefined;
  const endListening = onInterruption((name) => {
    const exitCode = 128 + (constants.signals[name] ?? 0);
    if (first === undefined) {
      tell('Stopping: taking back what was begun.');
      first = { name, at: monotonicMs(), giveUp: setTimeout(() => process.exit(exitCode), GIVE_UP_MS) };
      controller.abort(new Interrupted(name, exitCode));
    } else if (name !== first.name || monotonicMs() - first.at > SAME_SIGNAL_MS) process.exit(exitCode);
  });
  try {
    const result = await action(controller.signal);
    if (first) tell('It was done before it could be stopped; nothing is taken back.');
    return result;
  } finally {
    endListening();
    clearTimeout(first?.giveUp);
  }
}

/** For {@link interruptible} where nothing is changed, so that nothing is taken back. */
export function tellNothing(): void {}

function tellOnStderr(line: string): void {
  process.stderr.write(`${process.stderr.isTTY ? ERASE_LINE : ''}${line}\n`);
}
