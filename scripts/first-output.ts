import { spawn } from 'node:child_process';

/** Milliseconds until a Node.js program writes or ends, in the given environment. */
export function firstOutputMs(args: readonly string[], env: Record<string, string>, cwd?: string): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve) => {
    let first: number | undefined;
    child.stdout.on('data', () => {
      first ??= performance.now() - startedAt;
    });
    child.on('close', () => resolve(first ?? performance.now() - startedAt));
  });
}
