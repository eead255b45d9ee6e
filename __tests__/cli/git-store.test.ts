import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf, infospaceInClone, storeRefs, withGit } from '../artifact-store/git-fixtures.ts';
import { contentOf, treeOf } from '../infospace/fixtures.ts';
import { run, runJson, runProcess } from './fixtures.ts';

// The rest is in __tests__/e2e/git, since each call of git is slow.
withGit('a store in the git repository around the infospace', () => {
  test('store init --git creates the store and prints its settings, with which all commands use it', async () => {
    const { folder, origin, clone, env } = infospaceInClone();
    const cache = { XDG_CACHE_HOME: env.XDG_CACHE_HOME };
    const made = await runProcess(['store', 'init', '--git'], cache, clone);
    expect(made).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^The store is ready: git origin\. .*\n\n {2}ARTIFACTSTORE_STORAGE_BACKEND=git\n\nor in a workflow .*contents: write.*store: git/,
      ),
      stderr: '',
    });
    const before = filesOf(join(clone, '.git'));
    const root = join(clone, 'space');
    const { package_id: id } = (await runJson(['archive', root], env)) as { package_id: string };
    rmSync(env.XDG_CACHE_HOME, { recursive: true });
    const target = join(folder, 'restored');
    expect((await run(['restore', id, '--target', target, '--from', root], env)).code).toBe(0);
    expect(treeOf(target)).toEqual(contentOf(root));
    expect((await run(['verify', '--all', '--from', clone], env)).code).toBe(0);
    const stats = await runJson(['store', 'stats', '--from', clone], env);
    expect(stats).toMatchObject({ packages: 1, hosted_objects: storeRefs(origin).length });
    expect((await run(['store', 'stats', '--from', clone], env)).stdout).toMatch(/^ {2}in git +\d.* in \d refs$/m);
    expect(filesOf(join(clone, '.git'))).toEqual(before);
  });
});
