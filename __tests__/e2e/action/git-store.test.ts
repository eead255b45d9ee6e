import type { Server } from 'node:http';
import { act, isInstalled } from '../../../scripts/tools.ts';
import { git, originAndClone, storeRefs } from '../../artifact-store/git-fixtures.ts';
import { serveGit } from '../../artifact-store/git-http-server.ts';
import { temporaryFolder } from '../../infospace/fixtures.ts';
import { type ActOptions, checkoutOfAction, repositoryWith, runAct } from './fixtures.ts';

const withAct = isInstalled(act) ? test : test.skip;
const TOKENS = { writer: 'ghs_writers-token', reader: 'ghs_readers-token' };

let action: string;
let origin: string;
let url: string;
let server: Server;
beforeAll(async () => {
  action = checkoutOfAction();
  const folder = temporaryFolder();
  ({ origin } = originAndClone(folder));
  ({ url, server } = await serveGit(folder, TOKENS));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Runs a workflow whose jobs clone the repository with a token, and expects its jobs to succeed. */
async function runWith(token: keyof typeof TOKENS, workflow: string, options: ActOptions, jobs: number) {
  const header = `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${TOKENS[token]}`).toString('base64')}`;
  const secrets = { ORIGIN: `${url}/origin.git`, HEADER: header, ...options.secrets };
  const { code, log } = await runAct(repositoryWith(workflow), { action, ...options, secrets });
  expect({ code, log: code === 0 ? '' : log.split('\n').slice(-60).join('\n') }).toEqual({ code: 0, log: '' });
  expect(log.match(/Job succeeded/g)).toHaveLength(jobs);
  expect(log).not.toContain(TOKENS[token]);
  return log;
}

withAct(
  'two jobs of a matrix archive into the repository at once, and another workflow restores by digest',
  async () => {
    const log = await runWith('writer', 'git-store.yml', {}, 2);
    const digestOf = (guide: string) => new RegExp(`archived-${guide}: (blake3:[0-9a-f]{64})`).exec(log)![1]!;
    const digests = { NORTH: digestOf('north'), SOUTH: digestOf('south') };
    await runWith('reader', 'git-restore.yml', { secrets: digests }, 2);
    expect(git(origin, 'fsck', '--full', '--strict', '--no-dangling')).toBe('');
  },
);

withAct('a pull request from a fork, whose token can only read, keeps its package as a workflow artifact', async () => {
  const before = storeRefs(origin);
  const payload = { pull_request: { head: { repo: { full_name: 'stranger/guide' } } } };
  const log = await runWith('reader', 'git-fork.yml', { artifacts: true, event: { name: 'pull_request', payload } }, 1);
  expect(log).toMatch(/::warning::.*pull request may not write.*workflow artifact/);
  expect(storeRefs(origin)).toEqual(before);
});
