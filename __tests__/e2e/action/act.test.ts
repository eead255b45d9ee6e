import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { act, isInstalled } from '../../../scripts/tools.ts';
import { packFiles, temporaryFolder } from '../../infospace/fixtures.ts';
import { checkoutOfAction, repositoryWith, runAct } from './fixtures.ts';

const withAct = isInstalled(act) ? test : test.skip;

let action: string;
beforeAll(() => {
  action = checkoutOfAction();
});

/** The errors, if the run failed. */
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

withAct('every sub-action runs by its published line', async () => {
  const { code, log } = await runAct(repositoryWith('sub-actions.yml'), { action });
  expect({ code, log: code === 0 ? '' : lastLines(log) }).toEqual({ code: 0, log: '' });
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

test('dist/ has binaries for every machine of GitHub’s runners', () => {
  const folder = join(action, 'dist/binaries');
  const packed = readdirSync(folder).filter((name) => name.endsWith('.br'));
  expect(packed.sort()).toEqual(
    ['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-arm64', 'win32-x64'].map((name) => `${name}.br`),
  );
  const databases = packed.flatMap((name) => {
    const [index] = brotliDecompressSync(readFileSync(join(folder, name)))
      .toString('latin1')
      .split('\n', 1);
    const files = JSON.parse(index!) as { path: string; bytes: number }[];
    return files.map(({ path }) => path).filter((path) => path.startsWith('better-sqlite3/'));
  });
  expect(databases).toHaveLength(packed.length + 1);
  expect(databases).toContain('better-sqlite3/prebuilds/linuxmusl-x64.node');
});
