import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { sampleInfospace, temporaryFolder, treeOf, writeTree } from '../infospace/fixtures.ts';
import { builtCommand, execute } from './fixtures.ts';

test('on an old Node.js the command prints its requirement in one line, and exits with 2', async () => {
  const command = await builtCommand();
  const folder = writeTree(temporaryFolder(), { 'package.json': '{"private":true,"allowScripts":{"node":true}}' });
  await execute('npm', ['install', '--no-audit', '--no-fund', 'node@20'], { cwd: folder });
  const node = join(folder, 'node_modules/node/bin/node');
  expect(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout).toMatch(/^v20\./);
  const root = sampleInfospace();
  const before = treeOf(root);
  for (const args of [['archive', root], ['--help'], []]) {
    const { status, signal, stdout, stderr } = spawnSync(node, [command, ...args], { encoding: 'utf8' });
    expect({ status, signal, stdout }).toEqual({ status: 2, signal: null, stdout: '' });
    expect(stderr).toMatch(/^.*22\.15.*v20\..*\n$/);
  }
  expect(treeOf(root)).toEqual(before);
}, 180_000);
