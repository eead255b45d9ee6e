import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repository, temporaryFolder } from '../infospace/fixtures.ts';
import { type DiskCall, TRACE_FILE } from './disk-call.ts';
import { type Run, runProcess } from './fixtures.ts';

const PRELOAD = pathToFileURL(join(repository, '__tests__/cli/disk-trace.preload.ts')).href;

/** Runs the command line in its own process, and returns its disk calls in order. */
export async function traceDisk(args: readonly string[]): Promise<Run & { calls: DiskCall[] }> {
  const file = join(temporaryFolder(), 'trace');
  const run = await runProcess(args, { NODE_OPTIONS: `--import=${PRELOAD}`, [TRACE_FILE]: file });
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return { ...run, calls: lines.map((line) => JSON.parse(line) as DiskCall) };
}
