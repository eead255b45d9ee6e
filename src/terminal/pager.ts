import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Exits if everything fits on one screen, keeps colours, and does not clear the screen when it ends. */
const DEFAULT_PAGER = 'less -FRX';
/** For a terminal that does not report its size. */
const [ROWS, COLUMNS] = [24, 80];

/** Receives the standard output until `end`. */
export interface Pager {
  /** Writes the rest, and waits until the pager was closed. */
  end(): Promise<void>;
}

/**
 * Sends the standard output to a pager once it is longer than the screen. The pager is `INFOSPACE_PAGER`, `PAGER` or
 * less. Returns undefined for an empty value or `cat`, and when the output is not a terminal.
 */
export function startPager(): Pager | undefined {
  const { stdout } = process;
  const pager = process.env['INFOSPACE_PAGER'] ?? process.env['PAGER'] ?? DEFAULT_PAGER;
  if (!stdout.isTTY || pager === '' || pager === 'cat') return undefined;
  const write = stdout.write;
  const held: (string | Uint8Array)[] = [];
  let rows = 0;
  let child: ChildProcess | undefined;
  const take = (piece: string | Uint8Array): boolean => {
    if (child) return child.stdin!.write(piece);
    held.push(piece);
    rows += rowsOf(piece, stdout.columns || COLUMNS);
    if (rows < (stdout.rows || ROWS)) return true;
    child = openPager(pager);
    // Writers wait for `drain` on stdout, not on the pager's input.
    child.stdin!.on('drain', () => stdout.emit('drain'));
    return held.splice(0).reduce((_, some) => child!.stdin!.write(some), true);
  };
  stdout.write = take as typeof write;
  return {
    async end() {
      stdout.write = write;
      for (const piece of held) stdout.write(piece);
      if (child === undefined) return;
      child.stdin!.end();
      if (child.exitCode === null) await once(child, 'close');
    },
  };
}

function openPager(command: string): ChildProcess {
  // Loaded only when needed, since it takes 4 ms.
  const { spawn } = process.getBuiltinModule('node:child_process');
  // Same default as git, for a pager set to plain `less`.
  const env = { LESS: 'FRX', ...process.env };
  const child = spawn(command, { shell: true, stdio: ['pipe', 'inherit', 'inherit'], env });
  // The pager was closed before the end of the output.
  child.stdin.on('error', () => process.exit(0));
  return child;
}

function rowsOf(piece: string | Uint8Array, columns: number): number {
  const lines = (typeof piece === 'string' ? piece : Buffer.from(piece).toString('latin1')).split('\n');
  return lines.reduce((sum, line) => sum + Math.floor(line.length / columns), lines.length - 1);
}
