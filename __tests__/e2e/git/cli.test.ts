import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEnvironment } from '../../../src/artifact-store/config.ts';
import { openStore } from '../../../src/artifact-store/open-store.ts';
import { archiveInfospace } from '../../../src/index.ts';
import { git, infospaceInClone, storeRefs, withGit } from '../../artifact-store/git-fixtures.ts';
import { archiveExpired, failure, run, runJson } from '../../cli/fixtures.ts';
import { contentOf, noise, sampleInfospace, treeOf } from '../../infospace/fixtures.ts';

withGit('a store in the git repository around the infospace', () => {
  test('store init --git accepts another remote, and refuses variables of another store', async () => {
    const { folder, origin, clone, env } = infospaceInClone();
    const other = join(folder, 'other.git');
    git(folder, 'init', '--quiet', '--bare', other);
    const { stdout } = await run(['store', 'init', '--git', other, '--from', clone], {
      XDG_CACHE_HOME: env.XDG_CACHE_HOME,
    });
    expect(stdout).toContain(`ARTIFACTSTORE_GIT_REMOTE=${other}\n`);
    expect([storeRefs(origin).length, storeRefs(other).length > 0]).toEqual([0, true]);
    expect(await run(['store', 'init', '--git'], { ARTIFACTSTORE_STORAGE_BACKEND: 's3' }, clone)).toEqual(
      failure(2, 'ARTIFACTSTORE_STORAGE_BACKEND', '"s3"'),
    );
  });

  test('packages are copied to and from the store', async () => {
    const { folder, clone, env } = infospaceInClone();
    await run(['store', 'init', '--from', clone], env);
    const root = sampleInfospace();
    const { package_id: id } = (await runJson(['archive', root])) as { package_id: string };
    const file = join(folder, 'git.env');
    writeFileSync(file, `ARTIFACTSTORE_STORAGE_BACKEND=git\nARTIFACTSTORE_GIT_REMOTE=${join(folder, 'origin.git')}\n`);
    const cache = { XDG_CACHE_HOME: env.XDG_CACHE_HOME };
    expect(await runJson(['copy', id, '--from', root, '--to-store', file], cache)).toMatchObject({ changed: true });
    const back = join(folder, 'back');
    expect(await runJson(['copy', id, '--from', clone, '--to-store', back], env)).toMatchObject({ changed: true });
    const target = join(folder, 'restored');
    expect((await run(['restore', id, '--target', target, '--store-root', back])).code).toBe(0);
    expect(treeOf(target)).toEqual(contentOf(root));
  });

  test('a file above the size limit of hosts is refused by its name, and nothing is stored', async () => {
    const { origin, clone, env } = infospaceInClone();
    await run(['store', 'init', '--from', clone], env);
    const before = storeRefs(origin);
    const config = readEnvironment({ ...process.env, ...env }, clone).store!;
    const storage = { ...config.storage, maxBlobBytes: 3_000_000 };
    const registry = await openStore({ ...config, storage }, { access: 'write' });
    const root = sampleInfospace({ 'output/large.bin': noise(40_000_000) });
    const refused = archiveInfospace(root, { registry });
    await expect(refused).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringMatching(
        /^The file "output\/large\.bin" of 40000000 bytes cannot be stored\. .* 3000000 bytes, .*git hosts.*bucket\.$/,
      ),
    });
    await registry.close();
    expect(storeRefs(origin)).toEqual(before);
  });

  test('gc says that the host frees the bytes later', async () => {
    const { folder, origin, clone, env } = infospaceInClone();
    await run(['store', 'init', '--from', clone], env);
    const root = sampleInfospace();
    const { record } = await archiveExpired(root);
    const file = join(folder, 'git.env');
    writeFileSync(file, `ARTIFACTSTORE_STORAGE_BACKEND=git\nARTIFACTSTORE_GIT_REMOTE=${origin}\n`);
    const cache = { XDG_CACHE_HOME: env.XDG_CACHE_HOME };
    expect((await run(['copy', record.package_id, '--from', root, '--to-store', file], cache)).code).toBe(0);
    const packs = () => storeRefs(origin).filter((ref) => ref.includes('/packs/')).length;
    expect(packs()).toBe(1);
    const { code, stderr } = await run(['gc', '--include-last', '--grace', '0', '--from', clone], env);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^warning: The refs .*in its own time/),
    });
    expect(packs()).toBe(0);
    expect((await run(['store', 'check', '--deep', '--from', clone], env)).code).toBe(0);
  });
});
