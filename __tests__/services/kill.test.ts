import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { StoreConfig } from '../../src/artifact-store/config.ts';
import { generateIdentity } from '../../src/artifact-store/store-key.ts';
import {
  type Deployment,
  DISTURBANCES,
  expectNothingLost,
  NOTHING_LOST_TIMEOUT_MS,
} from '../contracts/nothing-lost.ts';
import { cliFile, temporaryFolder } from '../infospace/fixtures.ts';
import { newBucketStore, newSharedStore } from './environment.ts';
import { gate } from './faulty-proxy.ts';
import { databaseAt, newDatabase, s3Urls, unfinishedUploads } from './servers.ts';

const withS3 = s3Urls.length > 0 ? test : test.skip;

/** An S3 server gives no sign when it is done. */
const SETTLE_MS = 50;

/** Kills a command as it sends a piece to a server. The piece arrives or is lost. */
abstract class ServedDeployment implements Deployment {
  env: Record<string, string>;
  /** Number of pieces that a command sends to all servers, by its first word. */
  readonly #sent: Map<string, number>;

  readonly recipients?: readonly string[];

  constructor(env: Record<string, string>, sent: Map<string, number>, recipients?: readonly string[]) {
    this.env = env;
    this.#sent = sent;
    if (recipients) this.recipients = recipients;
  }

  /** Variables with the addresses of servers. */
  protected abstract readonly servers: readonly string[];

  async disturb(args: readonly string[], moment: number): Promise<boolean> {
    const count = this.#sent.get(args[0]!);
    const at = count === undefined ? Number.POSITIVE_INFINITY : moment * count;
    let pieces = 0;
    let child: ChildProcess | undefined;
    const passes = () => {
      if (++pieces <= at) return true;
      child!.kill('SIGKILL');
      return pieces - at < 0.5;
    };
    const gates = await Promise.all(this.servers.map((name) => gate(new URL(this.env[name]!), passes)));
    const through = Object.fromEntries(this.servers.map((name, i) => [name, gates[i]!.url]));
    const env = { ...process.env, ...this.env, ...through };
    child = spawn(process.execPath, [cliFile, ...args], { env, stdio: 'ignore' });
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    for (const { close } of gates) await close();
    if (count === undefined) this.#sent.set(args[0]!, pieces);
    await this.settle();
    return signal === 'SIGKILL';
  }

  /** Waits until servers have handled everything that arrived: the state must not change during a check. */
  protected async settle(): Promise<void> {
    await sleep(SETTLE_MS);
  }

  abstract loseRegistry(): Promise<void>;
  abstract anotherRegistry(config: StoreConfig): Promise<StoreConfig>;

  async unfinished({ storage }: StoreConfig): Promise<string[]> {
    if (storage.kind !== 's3') throw new Error('not S3');
    return unfinishedUploads(storage);
  }
}

class DatabaseDeployment extends ServedDeployment {
  protected override readonly servers = ['ARTIFACTSTORE_DATABASE_URL', 'ARTIFACTSTORE_S3_ENDPOINT_URL'];

  override async loseRegistry(): Promise<void> {
    this.env = { ...this.env, ARTIFACTSTORE_DATABASE_URL: await newDatabase() };
  }

  override async anotherRegistry(config: StoreConfig): Promise<StoreConfig> {
    return { ...config, database: databaseAt(await newDatabase()) };
  }

  protected override async settle(): Promise<void> {
    await super.settle();
    const client = new pg.Client({ connectionString: this.env['ARTIFACTSTORE_DATABASE_URL']! });
    await client.connect();
    const others = `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
      and backend_type = 'client backend'`;
    while ((await client.query(others)).rowCount! > 0) await sleep(10);
    await client.end();
  }
}

class BucketDeployment extends ServedDeployment {
  protected override readonly servers = ['ARTIFACTSTORE_S3_ENDPOINT_URL'];

  override async loseRegistry(): Promise<void> {
    this.env = { ...this.env, XDG_CACHE_HOME: temporaryFolder() };
  }

  override async anotherRegistry(config: StoreConfig): Promise<StoreConfig> {
    return { ...config, database: { kind: 'cache', directory: temporaryFolder() } };
  }
}

withS3(
  'a command killed at any step leaves a sound index and a sound store on PostgreSQL and S3',
  () => {
    const sent = new Map<string, number>();
    return expectNothingLost(async () => new DatabaseDeployment(await newSharedStore(s3Urls[0]!), sent));
  },
  NOTHING_LOST_TIMEOUT_MS,
);

withS3(
  'a command killed at any step leaves a sound index and a sound store on a bucket alone',
  () => {
    const sent = new Map<string, number>();
    return expectNothingLost(async () => new BucketDeployment(await newBucketStore(s3Urls[0]!), sent));
  },
  NOTHING_LOST_TIMEOUT_MS,
);

/** A nightly run. */
const isWhole = process.env['TEST_ENCRYPTED_CONTRACT'] === 'whole';
(isWhole ? withS3 : test.skip)(
  'what is killed at any step leaves a sound index and a sound encrypted store on a bucket alone',
  async () => {
    const sent = new Map<string, number>();
    const { identity, recipient } = await generateIdentity();
    await expectNothingLost(
      async () => {
        const env = { ...(await newBucketStore(s3Urls[0]!)), ARTIFACTSTORE_IDENTITY: identity };
        return new BucketDeployment(env, sent, [recipient]);
      },
      Math.ceil(DISTURBANCES / 2),
    );
  },
  NOTHING_LOST_TIMEOUT_MS,
);
