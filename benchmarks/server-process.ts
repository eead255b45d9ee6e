import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Starts a server in a process of its own. @returns the line that it prints, and how to stop it. */
export async function startServer(file: URL, ...args: string[]): Promise<{ line: string; stop(): Promise<void> }> {
  const server = spawn(process.execPath, [file.pathname, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = String((await once(server.stdout, 'data'))[0]).trim();
  const stop = async () => {
    server.kill();
    await once(server, 'exit');
  };
  return { line, stop };
}

/** A server behind a proxy that answers each request `latency` milliseconds later. */
export async function startSlowProxy(target: string, latency: number): Promise<{ url: string; stop(): Promise<void> }> {
  const file = new URL('./slow-proxy.process.ts', import.meta.url);
  const { line, stop } = await startServer(file, target, String(latency));
  return { url: line, stop };
}
