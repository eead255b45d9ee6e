import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A server of the test run. */
export interface Service {
  name: string;
  url: string;
  stop(): Promise<void>;
}

/** The user `nobody`. */
const UNPRIVILEGED = 65_534;

/** Options to start servers that refuse to run as root. */
export const unprivileged: { uid?: number; gid?: number } =
  process.getuid?.() === 0 ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};

/** A folder in which the servers' user may write. */
export function ownFolder(work: string, name: string): string {
  const folder = join(work, name);
  mkdirSync(folder, { mode: 0o700 });
  if (unprivileged.uid !== undefined) chownSync(folder, unprivileged.uid, unprivileged.gid!);
  return folder;
}

const READY_WITHIN_MS = 30_000;

/** Waits until the server accepts connections. */
export async function started(name: string, child: ChildProcess, port: number, url: string): Promise<Service> {
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
  };
  for (const deadline = Date.now() + READY_WITHIN_MS; !(await accepts(port)); await sleep(100)) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${name} did not start on port ${port}.`);
  }
  process.stdout.write(`started ${name} at ${url}\n`);
  return { name, url, stop };
}

/** A free port of the loopback interface. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const accepted = await new Promise<boolean>((resolve) => {
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
  });
  socket.destroy();
  return accepted;
}
