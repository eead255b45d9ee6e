import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { GITEA_USERS } from '../../scripts/services/gitea.ts';
import { openGit } from '../../src/artifact-store/storage/open-git.ts';
import { useTempDirs } from '../artifact-store/fixtures.ts';
import { git } from '../artifact-store/git-fixtures.ts';
import { failure, run, runProcess } from '../cli/fixtures.ts';
import { describeStorageBackend } from '../contracts/storage-backend.ts';
import { contentOf, sampleInfospace, temporaryFolder, treeOf } from '../infospace/fixtures.ts';

const giteaUrl = process.env['TEST_GITEA_URL'];
const withGitea = giteaUrl === undefined ? describe.skip : describe;
const makeTempDir = useTempDirs();
type User = keyof typeof GITEA_USERS;
const WRITERS = 4;

async function newRepository(): Promise<string> {
  const name = `store-${randomUUID()}`;
  const response = await fetch(`${giteaUrl}/api/v1/user/repos`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`writer:${GITEA_USERS.writer}`)}` },
    body: JSON.stringify({ name }),
  });
  expect(response.status).toBe(201);
  return `writer/${name}.git`;
}

function urlFor(user: User, repository: string): string {
  return giteaUrl!.replace('http://', `http://${user}:${GITEA_USERS[user]}@`).concat('/', repository);
}

function variables(user: User, repository: string): Record<string, string> {
  return {
    ARTIFACTSTORE_STORAGE_BACKEND: 'git',
    ARTIFACTSTORE_GIT_REMOTE: urlFor(user, repository),
    XDG_CACHE_HOME: temporaryFolder(),
  };
}

withGitea('a store on Gitea', () => {
  describeStorageBackend('GitStorage on Gitea', async () => {
    const folder = await makeTempDir();
    const remote = urlFor('writer', await newRepository());
    const backend = await openGit({ remote, prefix: '', directory: folder, cacheDirectory: join(folder, 'cache') });
    const residue = async () =>
      git(folder, 'ls-remote', remote, 'refs/artifactstore/*')
        .split('\n')
        .filter(Boolean)
        .map((line) => line.replace(/^.*refs\/artifactstore\//, '').replace(/\/B\d+T\d+$/, ''));
    return { backend, residue };
  });

  test(`${WRITERS} processes archive at once; a read-only user restores, and cannot archive`, async () => {
    const repository = await newRepository();
    expect((await run(['store', 'init'], variables('writer', repository))).code).toBe(0);
    const roots = Array.from({ length: WRITERS }, (_, i) => sampleInfospace({ 'output/writer.txt': `of ${i}` }));
    const archived = await Promise.all(
      roots.map((root, i) => runProcess(['archive', root, '--subject', `guide-${i}`], variables('writer', repository))),
    );
    expect(archived.map(({ code, stderr }) => ({ code, stderr }))).toEqual(roots.map(() => ({ code: 0, stderr: '' })));
    const asReader = variables('reader', repository);
    for (const [i, root] of roots.entries()) {
      const target = join(temporaryFolder(), 'restored');
      const args = ['restore', 'latest', '--subject', `guide-${i}`, '--target', target];
      expect((await run(args, asReader)).code).toBe(0);
      expect(treeOf(target)).toEqual(contentOf(root));
    }
    expect(await run(['archive', roots[0]!], asReader)).toEqual(failure(2, 'it may not be written', 'contents: write'));
    expect((await run(['store', 'check', '--deep'], variables('writer', repository))).code).toBe(0);
  }, 120_000);
});
