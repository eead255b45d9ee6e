import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreConfig } from '../../src/artifact-store/config.ts';
import { type Deployment, expectKillsToLoseNothing, KILLS_TIMEOUT_MS } from '../contracts/kills.ts';
import { childEnvironment, cliFile, temporaryFolder } from '../infospace/fixtures.ts';
import { type Call, callsOf, canTrace, killedBefore, traced } from './strace.ts';

/** What changes something that others see, or makes it durable; `write` is also how threads wake each other. */
const CALLS = ['mkdir', 'rename', 'unlink', 'unlinkat', 'rmdir', 'symlink', 'fsync', 'fdatasync', 'pwrite64', 'write'];
/** Of one command in so many the moment is a time instead: much happens between two calls. */
const TIMES_SHARE = 0.1;

/** SQLite and files in a folder. A command is killed before one of its calls to the system. */
class EmbeddedDeployment implements Deployment {
  readonly env = {};
  readonly #traceable = canTrace();
  /** By the command's first word. */
  readonly #known = new Map<string, { calls: Call[]; durationMs: number }>();

  async kill(args: readonly string[], moment: number): Promise<boolean> {
    const known = this.#known.get(args[0]!);
    if (known === undefined) {
      this.#known.set(args[0]!, this.#watch(args));
      return false;
    }
    const { calls, durationMs } = known;
    if (calls.length === 0 || moment < TIMES_SHARE) return killedAfter((moment / TIMES_SHARE) * durationMs, args);
    const at = (moment - TIMES_SHARE) / (1 - TIMES_SHARE);
    return killedBefore(calls[Math.floor(at * calls.length)]!, args);
  }

  async loseRegistry(root: string): Promise<void> {
    rmSync(join(root, 'output/archives/.store/registry.sqlite3'));
  }

  async anotherRegistry(config: StoreConfig): Promise<StoreConfig> {
    return { ...config, database: { kind: 'sqlite', path: join(temporaryFolder(), 'registry.sqlite3') } };
  }

  async unfinished({ storage }: StoreConfig): Promise<string[]> {
    if (storage.kind !== 'local') throw new Error('not local');
    const staging = join(storage.root, 'tmp');
    return existsSync(staging) ? readdirSync(staging) : [];
  }

  /** Lets a command run to its end to learn what it calls, from the first call on that concerns the store or a target. */
  #watch(args: readonly string[]): { calls: Call[]; durationMs: number } {
    const startedAt = performance.now();
    const calls = this.#traceable ? callsOf(traced(CALLS, args), 'infospace-test-') : [];
    return { calls, durationMs: performance.now() - startedAt };
  }
}

async function killedAfter(ms: number, args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, [cliFile, ...args], { env: childEnvironment, stdio: 'ignore' });
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  return signal === 'SIGKILL';
}

test(
  'what is killed at any step leaves a sound index and a sound embedded store',
  async () => {
    const deployment = new EmbeddedDeployment();
    await expectKillsToLoseNothing(async () => deployment);
  },
  KILLS_TIMEOUT_MS,
);
