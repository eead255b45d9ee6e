import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { StoreConfig } from '../../src/artifact-store/config.ts';
import { type Deployment, expectNothingLost, NOTHING_LOST_TIMEOUT_MS } from '../contracts/nothing-lost.ts';
import { cliFile } from '../infospace/fixtures.ts';
import { newSharedStore } from './environment.ts';
import { gate } from './faulty-proxy.ts';
import { databaseAt, newDatabase, s3Urls, unfinishedUploads } from './servers.ts';

const withS3 = s3Urls.length > 0 ? test : test.skip;

/** Pieces that a command sends to both servers, by its first word. */
const sent = new Map<string, number>();

/** PostgreSQL and S3. A command is killed as it sends a piece to either, which then arrives, or does not. */
class SharedDeployment implements Deployment {
  env: Record<string, string>;

  constructor(env: Record<string, string>) {
    this.env = env;
  }

  async disturb(args: readonly string[], moment: number): Promise<boolean> {
    const count = sent.get(args[0]!);
    const at = count === undefined ? Number.POSITIVE_INFINITY : moment * count;
    let pieces = 0;
    let child: ChildProcess | undefined;
    const passes = () => {
      if (++pieces <= at) return true;
      child!.kill('SIGKILL');
      return pieces - at < 0.5;
    };
    const database = await gate(new URL(this.env['ARTIFACTSTORE_DATABASE_URL']!), passes);
    const storage = await gate(new URL(this.env['ARTIFACTSTORE_S3_ENDPOINT_URL']!), passes);
    const through = { ARTIFACTSTORE_DATABASE_URL: database.url, ARTIFACTSTORE_S3_ENDPOINT_URL: storage.url };
    const env = { ...process.env, ...this.env, ...through };
    child = spawn(process.execPath, [cliFile, ...args], { env, stdio: 'ignore' });
    const [, signal] = (await once(child, 'close')) as [number | null, string | null];
    await Promise.all([database.close(), storage.close()]);
    if (count === undefined) sent.set(args[0]!, pieces);
    await this.#sessionsEnd();
    return signal === 'SIGKILL';
  }

  async loseRegistry(): Promise<void> {
    this.env = { ...this.env, ARTIFACTSTORE_DATABASE_URL: await newDatabase() };
  }

  async anotherRegistry(config: StoreConfig): Promise<StoreConfig> {
    return { ...config, database: databaseAt(await newDatabase()) };
  }

  async unfinished({ storage }: StoreConfig): Promise<string[]> {
    if (storage.kind !== 's3') throw new Error('not S3');
    return unfinishedUploads(storage);
  }

  /** The server goes on with what has arrived, and what a check sees must not change under it. */
  async #sessionsEnd(): Promise<void> {
    const client = new pg.Client({ connectionString: this.env['ARTIFACTSTORE_DATABASE_URL']! });
    await client.connect();
    const others = `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
      and backend_type = 'client backend'`;
    while ((await client.query(others)).rowCount! > 0) await sleep(10);
    await client.end();
  }
}

withS3(
  'what is killed at any step leaves a sound index and a sound store on PostgreSQL and S3',
  () => expectNothingLost(async () => new SharedDeployment(await newSharedStore(s3Urls[0]!))),
  NOTHING_LOST_TIMEOUT_MS,
);
