import { join } from 'node:path';
import { measure, type Run, type RunOptions } from './measure.ts';

/** An environment or data with which the command line is run. */
export interface Environment {
  name: string;
  /** The full size, in the unit that the name gives: files, folders, bytes, records. */
  count: number;
  /** The minimum size of every run: below it, past faults do not show. */
  least?: number | undefined;
  /** Whether a quarter is run as well, to measure how time and memory grow. */
  grows?: boolean | undefined;
  /** Limits for every command. */
  maxMebibytes: number;
  /** The reason why it is not available here at that size; undefined when it is. */
  missing?: ((count: number) => string | undefined) | undefined;
  run(bench: Bench, count: number): Promise<unknown>;
}

/** Options to run commands in an environment. */
export type Place = Omit<RunOptions, 'output'>;

/** A command that was run, or several at once. */
export interface Measured extends Run {
  command: string;
}

/** A larger exponent means quadratic time. */
const MAX_EXPONENT = 1.6;
/** Minimum processor time to compare: below it, start-up and chance decide. */
const MIN_SECONDS_TO_JUDGE = 8;

/** Runs the commands of one environment in its own folder, and prints each. */
export class Bench {
  readonly folder: string;
  readonly measured: Measured[] = [];
  readonly #environment: Environment;
  readonly #count: number;
  readonly #smaller: Bench | undefined;

  constructor(environment: Environment, count: number, folder: string, smaller: Bench | undefined) {
    this.#environment = environment;
    this.#count = count;
    this.folder = folder;
    this.#smaller = smaller;
  }

  /** Runs a command and returns the file with its output. */
  async step(command: string, args: readonly string[], place: Place = {}): Promise<string> {
    await this.race(command, [args], place);
    return this.#output(0);
  }

  /** Runs commands at the same time. */
  async race(command: string, all: readonly (readonly string[])[], place: Place = {}): Promise<void> {
    let runs: Run[];
    try {
      runs = await Promise.all(all.map((args, i) => measure(args, { ...place, output: this.#output(i) })));
    } catch (error) {
      throw new Error(`${command}: ${(error as Error).message}`, { cause: error });
    }
    const run: Measured = { command, seconds: 0, cpuSeconds: 0, peakMebibytes: 0 };
    for (const { seconds, cpuSeconds, peakMebibytes } of runs) {
      run.seconds = Math.max(run.seconds, seconds);
      run.cpuSeconds += cpuSeconds;
      run.peakMebibytes = Math.max(run.peakMebibytes, peakMebibytes);
    }
    this.measured.push(run);
    process.stdout.write(`${this.#row(run)}\n`);
    this.#judge(run);
  }

  #judge({ command, cpuSeconds, peakMebibytes }: Measured): void {
    const { maxMebibytes } = this.#environment;
    if (peakMebibytes > maxMebibytes) {
      throw new Error(`${command}: it took ${Math.round(peakMebibytes)} MiB of memory; ${maxMebibytes} are allowed`);
    }
    const exponent = this.#exponent(command, 'cpuSeconds');
    if (cpuSeconds > MIN_SECONDS_TO_JUDGE && exponent !== undefined && exponent > MAX_EXPONENT) {
      throw new Error(`${command}: its time grows with the power ${exponent.toFixed(2)} of the size`);
    }
  }

  #row(run: Measured): string {
    const { command, seconds, cpuSeconds, peakMebibytes } = run;
    const shown = (key: 'cpuSeconds' | 'peakMebibytes') => this.#exponent(command, key)?.toFixed(2) ?? '';
    const cells = [
      this.#environment.name,
      this.#count.toLocaleString('en-US'),
      command,
      seconds.toFixed(1),
      cpuSeconds.toFixed(1),
      String(Math.round(peakMebibytes)),
      shown('cpuSeconds'),
      shown('peakMebibytes'),
    ];
    return tableRow(cells);
  }

  /** The exponent with which a cost has grown with the size since the smaller run. */
  #exponent(command: string, key: 'cpuSeconds' | 'peakMebibytes'): number | undefined {
    const [now, before] = [this, this.#smaller].map((bench) => bench?.measured.find((run) => run.command === command));
    if (now === undefined || before === undefined || this.#smaller === undefined) return undefined;
    return Math.log(now[key] / before[key]) / Math.log(this.#count / this.#smaller.#count);
  }

  #output(i: number): string {
    return join(this.folder, `output-${i}`);
  }
}

const WIDTHS = [-26, 13, -18, 8, 8, 6, 7, 9];

/** The columns have fixed widths, since rows are printed as they come. */
export function tableRow(cells: readonly string[]): string {
  const padded = cells.map((cell, i) => {
    const width = WIDTHS[i]!;
    return width < 0 ? cell.padEnd(-width) : cell.padStart(width);
  });
  return padded.join(' ').trimEnd();
}

export const TABLE_HEAD: string = tableRow([
  'environment',
  'size',
  'command',
  'seconds',
  'CPU s',
  'MiB',
  'time ^',
  'memory ^',
]);
