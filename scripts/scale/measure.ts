import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../../bin/infospace-archive.cjs', import.meta.url));
const hook = fileURLToPath(new URL('measured-process.cjs', import.meta.url));

/** Limit for the quoted output of a failed command. */
const SHOWN_CHARACTERS = 2000;

/** One run of the command line. */
export interface Run {
  seconds: number;
  /** Of all threads. */
  cpuSeconds: number;
  peakMebibytes: number;
}

export interface RunOptions {
  /** The file for its output. */
  output: string;
  /** By default the built command line. */
  program?: string | undefined;
  env?: Record<string, string> | undefined;
  /** The difference between its clock and the real one. */
  clockMs?: number | undefined;
  /** The expected exit code; 0 by default. */
  exitCode?: number | undefined;
  /** A program with options that runs it. */
  wrapper?: readonly string[] | undefined;
}

/**
 * Runs a program in its own process.
 *
 * @throws Error with its output when it fails.
 */
export async function measure(args: readonly string[], options: RunOptions): Promise<Run> {
  const { output, program = command, env, clockMs = 0, exitCode = 0, wrapper = [] } = options;
  const measured = `${output}.measured`;
  rmSync(measured, { force: true });
  const [first, ...others] = [...wrapper, process.execPath, '--require', hook, program, ...args];
  const stdout = openSync(output, 'w');
  try {
    const startedAt = performance.now();
    const child = spawn(first!, others, {
      stdio: ['ignore', stdout, 'pipe'],
      env: { ...settings(), ...env, SCALE_MEASURED: measured, SCALE_CLOCK_MS: String(clockMs) },
    });
    const [[code, signal], said] = await Promise.all([once(child, 'close'), text(child.stderr!)]);
    const seconds = (performance.now() - startedAt) / 1000;
    if (code !== exitCode) {
      const printed = readFileSync(output, 'utf8').slice(0, SHOWN_CHARACTERS);
      throw new Error(`it ended with ${signal ?? `exit code ${code}`}: ${said.slice(-SHOWN_CHARACTERS)}${printed}`);
    }
    const { peakKibibytes, cpuSeconds } = JSON.parse(readFileSync(measured, 'utf8'));
    return { seconds, cpuSeconds, peakMebibytes: peakKibibytes / 1024 };
  } finally {
    closeSync(stdout);
  }
}

/** Settings of another store must not make a command write to that store. */
function settings(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('ARTIFACTSTORE_'));
  return { ...Object.fromEntries(own), NODE_OPTIONS: '' };
}
