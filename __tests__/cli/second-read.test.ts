import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noise, sampleInfospace, temporaryFolder } from '../infospace/fixtures.ts';
import { run, runProcess } from './fixtures.ts';

/** A disk without times, on which the large file changes between its first and its second read. */
const PRELOAD = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const { openSync, fstatSync, lstatSync } = fs;
const timeless = (stat) => (typeof stat?.mtimeNs === 'bigint' ? Object.assign(stat, { mtimeNs: 0n, ctimeNs: 0n }) : stat);
fs.fstatSync = (...args) => timeless(fstatSync(...args));
fs.lstatSync = (...args) => timeless(lstatSync(...args));
const lstat = fs.promises.lstat;
fs.promises.lstat = async (...args) => timeless(await lstat(...args));
fs.openSync = (path, ...rest) => {
  if (String(path).endsWith('large.bin')) fs.appendFileSync(process.env.TEST_READS, '.');
  if (String(path).endsWith('large.bin') && fs.readFileSync(process.env.TEST_READS).length === 2) {
    const file = openSync(path, 'r+');
    fs.writeSync(file, 'changed', 500_000);
    fs.closeSync(file);
  }
  return openSync(path, ...rest);
};
syncBuiltinESMExports();
`;

/** Seen to store other bytes than those of the digests. */
test('a large file that changes between its two reads is read again, whatever its times', async () => {
  const root = sampleInfospace({ 'output/large.bin': noise(1_100_000) });
  const folder = temporaryFolder();
  const [preload, reads] = [join(folder, 'timeless.mjs'), join(folder, 'reads')];
  writeFileSync(preload, PRELOAD);
  const env = { NODE_OPTIONS: `--import=${preload}`, TEST_READS: reads };
  expect(await runProcess(['archive', root, '--quiet'], env)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(readFileSync(reads, 'utf8').length).toBeGreaterThan(2);
  const content = readFileSync(join(root, 'output/large.bin'));
  expect(content.toString('latin1', 500_000, 500_007)).toBe('changed');
  expect(await run(['verify', '--all', '--from', root])).toMatchObject({ code: 0 });
  const target = join(folder, 'restored');
  expect(await run(['restore', 'latest', '--from', root, '--target', target])).toMatchObject({ code: 0 });
  expect(readFileSync(join(target, 'output/large.bin')).equals(content)).toBe(true);
});
