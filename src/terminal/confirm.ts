import { once } from 'node:events';
import type { Abortable } from '../artifact-store/abort.ts';

/** Whether there is a terminal to ask a question on. */
export function isAsked(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks on the terminal. Anything but y or yes, and the end of the input, means no. */
export async function confirm(question: string, { signal }: Abortable = {}): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  // Not in raw mode, where Ctrl-C would be input instead of a signal.
  const terminal = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  try {
    const ended = once(terminal, 'close').then(() => '');
    const asking = terminal.question(`${question} [y/N] `, signal ? { signal } : {});
    return /^y(es)?$/i.test((await Promise.race([asking, ended])).trim());
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    terminal.close();
  }
}
