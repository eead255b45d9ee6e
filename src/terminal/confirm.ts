import { once } from 'node:events';
import type { Abortable } from '../artifact-store/abort.ts';

/** Whether somebody can be asked. */
export function isAsked(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks on the terminal; anything but y or yes is no, and so is an end of the input. */
export async function confirm(question: string, { signal }: Abortable = {}): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  // The terminal edits the line, so that Ctrl-C remains a signal.
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
