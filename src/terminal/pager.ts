import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Leaves what fits on one screen, keeps colours, and does not clear the screen at its end. */
const DEFAULT_PAGER = 'less -FRX';
/** Of a terminal that does not tell. */
const [ROWS, COLUMNS] = [24, 80];

/** What takes the output meanwhile. */
export interface Pager {
  /** Shows what is left, and waits until it was read. */
  end(): Promise<void>;
}

/**
 * From now on the standard output goes to a pager as soon as it is longer than the screen: that of `INFOSPACE_PAGER` or
 * `PAGER`, else less. An empty one, or `cat`, is none; nor is there one in a pipe.
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
    // Whoever writes waits for the output that it knows.
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
  // Loaded when it is needed: it takes 4 ms.
  const { spawn } = process.getBuiltinModule('node:child_process');
  // As git has it, for a less that is named without options.
  const env = { LESS: 'FRX', ...process.env };
  const child = spawn(command, { shell: true, stdio: ['pipe', 'inherit', 'inherit'], env });
  // One that was left before the end wants no more of it.
  child.stdin.on('error', () => process.exit(0));
  return child;
}

function rowsOf(piece: string | Uint8Array, columns: number): number {
  const lines = (typeof piece === 'string' ? piece : Buffer.from(piece).toString('latin1')).split('\n');
  return lines.reduce((sum, line) => sum + Math.floor(line.length / columns), lines.length - 1);
}
