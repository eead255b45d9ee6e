import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A server behind a proxy that answers each request `latency` milliseconds later. */
export async function startSlowProxy(target: string, latency: number): Promise<{ url: string; stop(): Promise<void> }> {
  const file = new URL('./slow-proxy.process.ts', import.meta.url).pathname;
  const proxy = spawn(process.execPath, [file, target, String(latency)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = String((await once(proxy.stdout, 'data'))[0]).trim();
  const stop = async () => {
    proxy.kill();
    await once(proxy, 'exit');
  };
  return { url, stop };
}
