import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { GitStorage } from '../../../src/artifact-store/storage/git.ts';
import { useTempDirs } from '../../artifact-store/fixtures.ts';
import { withGit } from '../../artifact-store/git-fixtures.ts';
import { describeStorageBackend } from '../../contracts/storage-backend.ts';

const makeTempDir = useTempDirs();

withGit('with the program git', () => {
  describeStorageBackend('GitStorage on a bare repository', async () => {
    const folder = await makeTempDir();
    const remote = join(folder, 'remote.git');
    execFileSync('git', ['init', '--quiet', '--bare', remote]);
    const backend = new GitStorage({
      remote,
      url: remote,
      prefix: '',
      repository: undefined,
      isLocal: true,
      fetchOption: '--no-write-fetch-head',
      cacheDirectory: join(folder, 'cache'),
    });
    const residue = async () =>
      execFileSync('git', ['-C', remote, 'for-each-ref', '--format=%(refname)'], { encoding: 'utf8' })
        .split('\n')
        .filter((ref) => ref !== '')
        .map((ref) => ref.replace('refs/artifactstore/', '').replace(/\/B\d+T\d+$/, ''));
    return { backend, residue };
  });
});
