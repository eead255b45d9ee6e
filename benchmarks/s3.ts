import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { ACCESS_KEY, SECRET_KEY, startVersitygw } from '../scripts/services/s3.ts';
import { freePort, type Service } from '../scripts/services/service.ts';
import { CLI, find, firstLine, OURS, type Tool } from './tools.ts';

const BUCKET = 'bench';
const REGION = 'us-east-1';

/** An S3 server on loopback with one bucket, and the tools that store below a prefix in it. */
export interface S3Bench {
  /** Ours first. */
  tools: readonly [Tool, ...Tool[]];
  /** Requests since the last call. */
  countRequests(): number;
  clear(): void;
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
  const clear = () => {
    rmSync(bucket, { recursive: true, force: true });
    mkdirSync(bucket);
  };
  clear();
  return {
    tools: toolsFor(server),
    clear,
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

function toolsFor({ url }: Service): [Tool, ...Tool[]] {
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
  const ours = (store: string) =>
    `ARTIFACTSTORE_DATABASE_URL=sqlite:///${store}/registry.sqlite3 ${shared.join(' ')} ${CLI}`;
  const restic = () => `${keys} RESTIC_PASSWORD=benchmark ${find('restic')} --quiet --repo s3:${url}/${BUCKET}/restic`;
  const remote = `:s3,provider=Other,endpoint='${url}',region=${REGION},env_auth=true:${BUCKET}/rclone`;
  return [
    {
      ...OURS,
      init: ({ store }) => `mkdir -p ${store} && ${ours(store)} store init`,
      archive: ({ root, store }) => `${ours(store)} archive ${root} --quiet`,
    },
    {
      name: 'restic',
      version: () => firstLine(find('restic'), ['version']),
      init: () => `${restic()} init`,
      archive: ({ root }) => `cd ${root} && ${restic()} backup .`,
    },
    {
      name: 'rclone copy, one PUT a file',
      version: () => firstLine('rclone', ['version']),
      archive: ({ root }) =>
        `${keys} AWS_CA_BUNDLE= RCLONE_CONFIG= rclone copy --s3-no-check-bucket ${root} "${remote}"`,
    },
  ];
}
