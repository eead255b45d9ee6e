import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { ACCESS_KEY, SECRET_KEY, startVersitygw } from '../scripts/services/s3.ts';
import { freePort } from '../scripts/services/service.ts';
import { startSlowProxy } from './server-process.ts';
import { CLI, find, firstLine, OURS, type Place, type Tool } from './tools.ts';

const BUCKET = 'bench';
const REGION = 'us-east-1';

/** An S3 server on loopback with one bucket. */
export interface S3Bench {
  /** The folder of its objects; each store is a folder in it. */
  bucket: string;
  /** Ours first. The server answers each request `latency` milliseconds later. */
  startTools(latency: number): Promise<{ tools: readonly [Tool, ...Tool[]]; stop(): Promise<void> }>;
  /** Requests since the last call. */
  countRequests(): number;
  stop(): Promise<void>;
}

export async function startS3Bench(folder: string): Promise<S3Bench> {
  const cache = join(tmpdir(), `infospace-archive-services-${userInfo().username}`);
  const work = join(folder, 's3');
  const log = join(work, 'access.log');
  mkdirSync(work, { recursive: true });
  const server = await startVersitygw(cache, work, await freePort(), log);
  // The gateway's buckets are folders.
  const bucket = join(work, 'versitygw', BUCKET);
  mkdirSync(bucket);
  return {
    bucket,
    startTools: async (latency) => {
      if (latency === 0) return { tools: toolsFor(server.url), stop: async () => undefined };
      const proxy = await startSlowProxy(server.url, latency);
      const [ours, ...peers] = toolsFor(proxy.url);
      // rclone sends two requests a file.
      return { tools: [ours, ...peers.filter(({ restore }) => restore)], stop: proxy.stop };
    },
    countRequests: () => {
      const lines = readFileSync(log, 'utf8').split('\n').length - 1;
      writeFileSync(log, '');
      return lines;
    },
    stop: async () => {
      await server.stop();
      rmSync(work, { recursive: true, force: true });
    },
  };
}

function toolsFor(url: string): [Tool, ...Tool[]] {
  const keys = `AWS_ACCESS_KEY_ID=${ACCESS_KEY} AWS_SECRET_ACCESS_KEY=${SECRET_KEY} AWS_DEFAULT_REGION=${REGION}`;
  const variables = {
    STORAGE_BACKEND: 's3',
    S3_ENDPOINT_URL: url,
    S3_REGION: REGION,
    S3_BUCKET: BUCKET,
    S3_ACCESS_KEY_ID: ACCESS_KEY,
    S3_SECRET_ACCESS_KEY: SECRET_KEY,
    S3_FORCE_PATH_STYLE: 'true',
  };
  const shared = Object.entries(variables).map(([name, value]) => `ARTIFACTSTORE_${name}=${value}`);
  const cache = ({ target }: Place) => `XDG_CACHE_HOME=${dirname(target)}/cache`;
  const prefix = ({ store }: Place) => basename(store);
  const ours = (place: Place) =>
    `${shared.join(' ')} ARTIFACTSTORE_S3_KEY_PREFIX=${prefix(place)} ${cache(place)} ${CLI}`;
  const archive = (place: Place) => `${ours(place)} archive ${place.root} --quiet`;
  const restic = (place: Place) =>
    `${keys} RESTIC_PASSWORD=benchmark ${cache(place)} ${find('restic')} --quiet --repo s3:${url}/${BUCKET}/${prefix(place)}`;
  const backup = (place: Place) => `cd ${place.root} && ${restic(place)} backup .`;
  const remote = `:s3,provider=Other,endpoint='${url}',region=${REGION},env_auth=true:${BUCKET}`;
  return [
    {
      ...OURS,
      init: (place) => `${ours(place)} store init`,
      archive,
      again: archive,
      restore: (place) => `${ours(place)} restore latest --from ${place.root} --target ${place.target} --quiet`,
    },
    {
      name: 'restic',
      version: () => firstLine(find('restic'), ['version']),
      init: (place) => `${restic(place)} init`,
      archive: backup,
      again: backup,
      restore: (place) => `${restic(place)} restore latest --target ${place.target}`,
    },
    {
      name: 'rclone copy, one PUT a file',
      version: () => firstLine('rclone', ['version']),
      archive: (place) =>
        `${keys} AWS_CA_BUNDLE= RCLONE_CONFIG= rclone copy --s3-no-check-bucket ${place.root} "${remote}/${prefix(place)}"`,
    },
  ];
}
