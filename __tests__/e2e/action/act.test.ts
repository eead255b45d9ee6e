import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { act, isInstalled } from '../../../scripts/tools.ts';
import { packFiles, temporaryFolder } from '../../infospace/fixtures.ts';
import { checkoutOfAction, repositoryWith, runAct } from './fixtures.ts';

const withAct = isInstalled(act) ? test : test.skip;

let action: string;
beforeAll(() => {
  action = checkoutOfAction();
});

/** What went wrong, if the run failed. */
function lastLines(log: string): string {
  return log.split('\n').slice(-60).join('\n');
}

withAct('a workflow archives, and other jobs restore from the workflow artifact, by the published line', async () => {
  const { code, log } = await runAct(repositoryWith('artifact.yml'), { action, artifacts: true });
  expect({ code, log: code === 0 ? '' : lastLines(log) }).toEqual({ code: 0, log: '' });
  expect(log.match(/Job succeeded/g)).toHaveLength(3);
});

withAct('a workflow archives into a shared store, and another job restores from it', async () => {
  const shared = temporaryFolder();
  const secrets = { DATABASE_URL: `sqlite:///${shared}/registry.sqlite3`, STORAGE_ROOT: join(shared, 'storage') };
  const { code, log } = await runAct(repositoryWith('shared-store.yml'), { action, secrets });
  expect({ code, log: code === 0 ? '' : lastLines(log) }).toEqual({ code: 0, log: '' });
  expect(packFiles(shared, '.')).toHaveLength(1);
});

withAct('a workflow fails on bad input, with one annotation', async () => {
  const { code, log } = await runAct(repositoryWith('bad-input.yml'), { action });
  expect(code).not.toBe(0);
  const errors = log.split('\n').filter((line) => line.includes('::error::'));
  expect(errors).toEqual([expect.stringContaining('The input "retention-class"')]);
});

withAct('the workflow that GitHub runs on three systems passes here', async () => {
  const { code, log } = await runAct(action, { artifacts: true, workflow: '.github/workflows/action.yml' });
  expect({ code, log: code === 0 ? '' : lastLines(log) }).toEqual({ code: 0, log: '' });
});

test('every platform has its binaries in dist/', () => {
  const modules = join(action, 'dist/node_modules');
  const platforms = ['darwin-arm64', 'darwin-x64', 'win32-arm64', 'win32-x64'];
  expect(readdirSync(join(modules, 'better-sqlite3/prebuilds')).sort()).toEqual(
    [...platforms, 'linux-arm64', 'linux-x64', 'linuxmusl-arm64', 'linuxmusl-x64'].map((name) => `${name}.node`).sort(),
  );
  const hashers = readdirSync(join(modules, '@napi-rs'), { recursive: true }).filter((name) =>
    `${name}`.endsWith('.node'),
  );
  expect(hashers).toHaveLength(8);
});
