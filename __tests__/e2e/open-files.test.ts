/** Seen to fail with one open file for each copy of a content. */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace } from '../../src/index.ts';
import { cliFile, sampleInfospace, type Tree, temporaryFolder } from '../infospace/fixtures.ts';

const COPIES = 120;
const BYTES = 5_000_000;

(process.platform === 'win32' ? test.skip : test)(
  'many copies of one large file are restored with few open files',
  async () => {
    const tree: Tree = {};
    for (let i = 0; i < COPIES; i++) tree[`artifacts/copies/${i}`] = Buffer.alloc(BYTES);
    const root = sampleInfospace(tree);
    await archiveInfospace(root);
    const target = join(temporaryFolder(), 'restored');
    const restore = ['restore', 'latest', '--from', root, '--target', target, '--quiet'];
    const args = ['-c', `ulimit -n ${COPIES}; exec "$0" "$@"`, process.execPath, cliFile, ...restore];
    const { status, stderr } = spawnSync('sh', args, { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    const copies = join(target, 'artifacts/copies');
    const sizes = readdirSync(copies).map((name) => statSync(join(copies, name)).size);
    expect(sizes).toEqual(new Array(COPIES).fill(BYTES));
  },
);
