/**
 * Seconds, requests and stored bytes of corpus a at a tenth (1,000 texts of about 8 KB) in an embedded store, in a bucket alone,
 * and in a git repository by path and by HTTP, with a near server and one that is 50 ms away.
 * `npm run bench:hosts -- --latency 0,50`
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { serveGit } from '../__tests__/artifact-store/git-http-server.ts';
import { ACCESS_KEY, SECRET_KEY, startVersitygw } from '../scripts/services/s3.ts';
import { freePort } from '../scripts/services/service.ts';
import { readEnvironment } from '../src/artifact-store/config.ts';
import { initStore } from '../src/artifact-store/init-store.ts';
import { archiveInfospace, restoreArchive } from '../src/index.ts';
import { sizeOf, writeTexts } from './corpora.ts';
import { startSlowProxy } from './server-process.ts';

/** A place for packages. */
interface Host {
  name: string;
  /** Its variables, through a proxy. */
  variables(url: string): Record<string, string>;
  /** Undefined for a store without a server. */
  url?: string;
  log?: string;
  /** The folder of its bytes. */
  folder(root: string): string;
}

const TOKENS = { writer: 'writers-token', reader: 'readers-token' };
const { values } = parseArgs({ options: { latency: { type: 'string', default: '0,50' } } });
const work = mkdtempSync(join(tmpdir(), 'infospace-hosts-'));
const tools = join(tmpdir(), `infospace-archive-services-${userInfo().username}`);
const s3Log = join(work, 's3.log');
const gitLog = join(work, 'git.log');
const s3 = await startVersitygw(tools, work, await freePort(), s3Log);
const git = await serveGit(join(work, 'git'), TOKENS);
git.server.on('request', ({ url }) => appendFileSync(gitLog, `${url}\n`));

process.stdout.write('store            latency  what                    seconds  requests  stored MB\n');
try {
  for (const latency of values.latency.split(',').map(Number)) await measureAll(latency);
} finally {
  await s3.stop();
  git.server.closeAllConnections();
  git.server.close();
  rmSync(work, { recursive: true, force: true });
}

function hostsOf(latency: number): Host[] {
  const bucket = `bench-${latency}`;
  const repository = `store-${latency}`;
  for (const name of [repository, `path-${latency}`]) {
    execFileSync('git', ['init', '--quiet', '--bare', join(work, 'git', `${name}.git`)]);
    execFileSync('git', ['-C', join(work, 'git', `${name}.git`), 'config', 'http.receivepack', 'true']);
  }
  mkdirSync(join(work, 'versitygw', bucket));
  const gitAt = (remote: string) => ({ ARTIFACTSTORE_STORAGE_BACKEND: 'git', ARTIFACTSTORE_GIT_REMOTE: remote });
  return [
    ...(latency === 0
      ? [
          { name: 'embedded', variables: () => ({}), folder: (root: string) => join(root, 'output/archives/.store') },
          {
            name: 'git, by path',
            variables: () => gitAt(join(work, 'git', `path-${latency}.git`)),
            folder: () => join(work, 'git', `path-${latency}.git`),
          },
        ]
      : []),
    {
      name: 'S3 alone',
      url: s3.url,
      log: s3Log,
      variables: (url) => ({
        ARTIFACTSTORE_STORAGE_BACKEND: 's3',
        ARTIFACTSTORE_S3_ENDPOINT_URL: url,
        ARTIFACTSTORE_S3_REGION: 'us-east-1',
        ARTIFACTSTORE_S3_BUCKET: bucket,
        ARTIFACTSTORE_S3_ACCESS_KEY_ID: ACCESS_KEY,
        ARTIFACTSTORE_S3_SECRET_ACCESS_KEY: SECRET_KEY,
        ARTIFACTSTORE_S3_FORCE_PATH_STYLE: 'true',
      }),
      folder: () => join(work, 'versitygw', bucket),
    },
    {
      name: 'git, by HTTP',
      url: git.url,
      log: gitLog,
      variables: (url) =>
        gitAt(`${url.replace('http://', `http://x-access-token:${TOKENS.writer}@`)}/${repository}.git`),
      folder: () => join(work, 'git', `${repository}.git`),
    },
  ];
}

async function measureAll(latency: number): Promise<void> {
  for (const host of hostsOf(latency)) {
    const proxy = host.url === undefined ? undefined : await startSlowProxy(host.url, latency);
    await measure(host, latency, proxy?.url ?? '');
    await proxy?.stop();
  }
}

async function measure({ name, variables, log, folder }: Host, latency: number, url: string): Promise<void> {
  const root = join(work, 'infospace');
  rmSync(root, { recursive: true, force: true });
  const output = join(root, 'output');
  mkdirSync(output, { recursive: true });
  writeTexts(output, 1000, 8000);
  writeFileSync(join(root, 'infospace.yaml'), 'slug: hosts\n');
  const env = { ...variables(url), XDG_CACHE_HOME: join(work, 'cache') };
  const tell = async (what: string, action: () => Promise<unknown>) => {
    if (log) writeFileSync(log, '');
    const startedAt = performance.now();
    await action();
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
    const requests = log ? String(readFileSync(log, 'utf8').split('\n').length - 1) : '';
    const megabytes = (sizeOf(folder(root)).bytes / 1e6).toFixed(2);
    const cells = [name.padEnd(15), `${latency} ms`.padStart(7), what.padEnd(22), seconds.padStart(7)];
    process.stdout.write(`${[...cells, requests.padStart(8), megabytes.padStart(9)].join('  ')}\n`);
  };
  const forget = () => rmSync(join(work, 'cache'), { recursive: true, force: true });
  forget();
  if (Object.keys(variables(url)).length > 0) await initStore(readEnvironment(env).store!);
  await tell('archive', () => archiveInfospace(root, { env }));
  for (let i = 0; i < 10; i++) writeFileSync(join(output, `new-${i}.md`), `a new text, number ${i}\n`.repeat(400));
  await tell('archive, 10 files new', () => archiveInfospace(root, { env }));
  await tell('archive, unchanged', () => archiveInfospace(root, { env, skipUnchanged: true }));
  forget();
  await tell('restore, another machine', () =>
    restoreArchive('latest', { from: root, target: join(work, 'restored'), env }),
  );
  rmSync(join(work, 'restored'), { recursive: true, force: true });
}
