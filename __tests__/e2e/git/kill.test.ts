import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { StoreConfig } from '../../../src/artifact-store/config.ts';
import { stateOfMarked } from '../../../src/artifact-store/files/process-mark.ts';
import {
  type Deployment,
  DISTURBANCES,
  expectNothingLost,
  NOTHING_LOST_TIMEOUT_MS,
} from '../../contracts/nothing-lost.ts';
import { cliFile, temporaryFolder } from '../../infospace/fixtures.ts';

/** A bare repository. A command and its git processes are killed at a moment of their usual duration. */
class GitDeployment implements Deployment {
  env: Record<string, string>;
  readonly usualWarning = /^warning: .* the host of the git repository frees their bytes .*\n/;
  /** By the command's first word. */
  readonly #durations: Map<string, number>;

  constructor(durations: Map<string, number>) {
    const remote = join(temporaryFolder(), 'store.git');
    execFileSync('git', ['init', '--quiet', '--bare', remote]);
    this.env = {
      ARTIFACTSTORE_STORAGE_BACKEND: 'git',
      ARTIFACTSTORE_GIT_REMOTE: remote,
      XDG_CACHE_HOME: temporaryFolder(),
    };
    this.#durations = durations;
  }

  async disturb(args: readonly string[], moment: number): Promise<boolean> {
    const known = this.#durations.get(args[0]!);
    const startedAt = performance.now();
    const child = spawn(process.execPath, [cliFile, ...args], {
      env: { ...process.env, ...this.env },
      stdio: 'ignore',
      detached: true,
    });
    const timer = known && setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), moment * known);
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    clearTimeout(timer);
    if (known === undefined) this.#durations.set(args[0]!, performance.now() - startedAt);
    return signal === 'SIGKILL';
  }

  async loseRegistry(): Promise<void> {
    this.env = { ...this.env, XDG_CACHE_HOME: temporaryFolder() };
  }

  async anotherRegistry(config: StoreConfig): Promise<StoreConfig> {
    return { ...config, database: { kind: 'cache', directory: temporaryFolder() } };
  }

  async unfinished(): Promise<string[]> {
    const scratches = globSync('**/scratch-*', { cwd: this.env['XDG_CACHE_HOME']! });
    return scratches.filter((path) => stateOfMarked(basename(path).slice('scratch-'.length)) !== 'running');
  }
}

test(
  'a command killed at any moment leaves a sound index and a sound store in a git repository',
  () => {
    const durations = new Map<string, number>();
    return expectNothingLost(async () => new GitDeployment(durations), Math.ceil(DISTURBANCES / 2));
  },
  NOTHING_LOST_TIMEOUT_MS,
);
