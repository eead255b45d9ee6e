import { join } from 'node:path';
import { infospaceInClone, withGit } from '../../artifact-store/git-fixtures.ts';
import { run } from '../../cli/fixtures.ts';
import { SERVED_FILE, servesStore } from '../../contracts/page.ts';
import { writeTree } from '../../infospace/fixtures.ts';

withGit('the page of a store in a git repository', () => {
  servesStore(async () => {
    const { clone, env } = infospaceInClone();
    const root = writeTree(join(clone, 'space'), SERVED_FILE);
    expect(await run(['store', 'init', '--from', clone], env)).toMatchObject({ code: 0 });
    return { root, env };
  });
});
