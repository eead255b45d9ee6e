import { join } from 'node:path';
import { contentOf, sampleInfospace, temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { canTrace, failing } from './strace.ts';

/** File systems without fsync (CIFS, some of FUSE), and a disk that fails. */
const traced = canTrace() ? test : test.skip;
const EVERY_FSYNC = { name: 'fsync', n: 1 };

traced(
  'all commands work where the file system has no fsync',
  async () => {
    const root = sampleInfospace();
    const content = contentOf(root);
    const folder = temporaryFolder();
    const target = join(folder, 'restored');
    for (const args of [
      ['archive', root],
      ['archive', root, '--note', 'again'],
      ['export', 'latest', '--from', root, '--to', join(folder, 'bag.tar.zst')],
      ['restore', 'latest', '--from', root, '--target', target],
      ['gc', '--include-last', '--grace', '0', '--from', root],
      ['store', 'check', '--from', root],
    ]) {
      expect(await failing(EVERY_FSYNC, 'EINVAL', '+', args)).toEqual({
        code: 0,
        signal: null,
        stderr: expect.any(String),
      });
    }
    expect(treeOf(target)).toEqual(content);
  },
  120_000,
);

traced(
  'a disk on which fsync fails is reported in one line',
  async () => {
    const root = sampleInfospace();
    const { code, stderr } = await failing(EVERY_FSYNC, 'EIO', '+', ['archive', root]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^error: .*check (it|the disk)\.\n$/) });
  },
  60_000,
);
