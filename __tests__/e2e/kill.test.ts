import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreConfig } from '../../src/artifact-store/config.ts';
import { generateIdentity } from '../../src/artifact-store/store-key.ts';
import { archiveInfospace, listArchives } from '../../src/index.ts';
import {
  type Deployment,
  DISTURBANCES,
  expectNothingLost,
  NOTHING_LOST_TIMEOUT_MS,
} from '../contracts/nothing-lost.ts';
import { cliFile, noise, sampleInfospace, temporaryFolder, writeTree } from '../infospace/fixtures.ts';
import { type Call, callsOf, canTrace, failing, killedBefore, slowed, traced } from './strace.ts';

/** Calls that change something visible to others, or make it durable. */
const CALLS = [
  ...['mkdir', 'link', 'rename', 'unlink', 'unlinkat', 'rmdir', 'symlink'],
  ...['fsync', 'fdatasync', 'pwrite64', 'write'],
];
/** For one command in this many the moment is a time instead: much happens between two calls. */
const TIMES_SHARE = 0.1;

const traceable = canTrace();

/** SQLite and files in a folder. A command is disturbed at one of its system calls. */
abstract class EmbeddedDeployment implements Deployment {
  readonly env: Record<string, string> = {};
  /** By the words of the command. */
  readonly #known = new Map<string, Usual>();

  async disturb(args: readonly string[], moment: number): Promise<boolean> {
    // Changes of keys are the same for all changes of recipients.
    const name = args.slice(0, args[0] === 'store' ? 2 : 1).join(' ');
    const known = this.#known.get(name);
    if (known !== undefined) return this.disturbAt(args, moment, known);
    this.#known.set(name, watch(args, this.env));
    return false;
  }

  protected abstract disturbAt(args: readonly string[], moment: number, usual: Usual): Promise<boolean>;

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
}

/** The calls of an undisturbed command. */
interface Usual {
  /** From the first call on that concerns the store or a target. */
  calls: Call[];
  durationMs: number;
}

function watch(args: readonly string[], env: Record<string, string>): Usual {
  const startedAt = performance.now();
  const calls = traceable ? callsOf(traced(CALLS, args, [], env), 'infospace-test-') : [];
  return { calls, durationMs: performance.now() - startedAt };
}

class KillingDeployment extends EmbeddedDeployment {
  protected override async disturbAt(
    args: readonly string[],
    moment: number,
    { calls, durationMs }: Usual,
  ): Promise<boolean> {
    if (calls.length === 0 || moment < TIMES_SHARE)
      return killedAfter((moment / TIMES_SHARE) * durationMs, args, this.env);
    return killedBefore(chosenCall(calls, (moment - TIMES_SHARE) / (1 - TIMES_SHARE)), args, this.env);
  }
}

/** The same for an encrypted store. */
class EncryptedDeployment extends KillingDeployment {
  override readonly env: Record<string, string>;
  readonly recipients: readonly string[];

  constructor({ identity, recipient }: Awaited<ReturnType<typeof generateIdentity>>) {
    super();
    this.env = { ARTIFACTSTORE_IDENTITY: identity };
    this.recipients = [recipient];
  }
}

const ERRORS = ['EIO', 'ENOSPC', 'EROFS', 'EACCES'];

/** A call fails once, or from then on. The error is one sentence. */
class FailingDeployment extends EmbeddedDeployment {
  protected override async disturbAt(args: readonly string[], moment: number, { calls }: Usual): Promise<boolean> {
    // Threads that cannot wake each other end the process at once, and it is uncertain which write does that.
    const call = chosenCall(
      calls.filter(({ name }) => name !== 'write'),
      moment,
    );
    const error = chosen(ERRORS, (moment * 1009) % 1);
    const { code, stderr } = await failing(call, error, chosen(['', '+'] as const, (moment * 2003) % 1), args);
    if (code === 0) return false;
    expect({ call, error, stderr }).toEqual({ call, error, stderr: expect.stringMatching(/^error: .*[.)]\n$/) });
    return true;
  }
}

/** First the name of the call, then its number: most calls are writes of SQLite's pages. */
function chosenCall(calls: readonly Call[], at: number): Call {
  const names = [...new Set(calls.map(({ name }) => name))];
  const name = chosen(names, at);
  return chosen(
    calls.filter((call) => call.name === name),
    (at * names.length) % 1,
  );
}

function chosen<T>(items: readonly T[], at: number): T {
  return items[Math.floor(at * items.length)]!;
}

async function killedAfter(ms: number, args: readonly string[], env: Record<string, string>): Promise<boolean> {
  const child = spawn(process.execPath, [cliFile, ...args], { env: { ...process.env, ...env }, stdio: 'ignore' });
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  return signal === 'SIGKILL';
}

test(
  'a command killed at any step leaves a sound index and a sound embedded store',
  async () => {
    const deployment = new KillingDeployment();
    await expectNothingLost(async () => deployment);
  },
  NOTHING_LOST_TIMEOUT_MS,
);

test(
  'a command killed at any step leaves a sound index and a sound encrypted store',
  async () => {
    const deployment = new EncryptedDeployment(await generateIdentity());
    await expectNothingLost(async () => deployment, Math.max(14, Math.ceil(DISTURBANCES / 2)));
  },
  NOTHING_LOST_TIMEOUT_MS,
);

(traceable ? test : test.skip)(
  'a command whose disk fails at any step leaves a sound index and a sound embedded store',
  async () => {
    const deployment = new FailingDeployment();
    // In a few rounds, chance decides whether a quarter of the faults matters.
    await expectNothingLost(async () => deployment, Math.max(20, Math.ceil(DISTURBANCES / 4)));
  },
  NOTHING_LOST_TIMEOUT_MS,
);

test('a lack of file descriptors is reported as such, and nothing is archived', async () => {
  const root = sampleInfospace({ 'output/large.bin': noise(3_000_000) });
  await archiveInfospace(root);
  const lines: string[] = [];
  for (const limit of [20, 22, 24, 26, 28, 30, 60]) {
    writeTree(root, { 'output/new.txt': `${limit}` });
    const before = await listArchives(root);
    const args = ['-c', `ulimit -n ${limit}; exec "$@"`, 'sh', process.execPath, cliFile, 'archive', root, '--quiet'];
    const { status, stderr } = spawnSync('sh', args, { encoding: 'utf8' });
    expect(await listArchives(root)).toHaveLength(before.length + (status === 0 ? 1 : 0));
    lines.push(stderr);
    if (limit === 60) expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  }
  // Node.js itself, which loads modules late, reports a lack in its own words.
  expect(lines).toContainEqual(expect.stringMatching(/^error: .* \(ulimit -n\)\.\n$/));
});

(traceable ? test : test.skip)('a slow disk delays archives of one infospace at once, and no more', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  const runs = await Promise.all(
    [1, 2, 3].map(() => slowed(['fsync', 'pwrite64', 'rename'], ['archive', root, '--quiet'])),
  );
  expect(runs).toEqual(runs.map(() => ({ code: 0, signal: null, stderr: '' })));
  expect(await listArchives(root)).toHaveLength(4);
});
