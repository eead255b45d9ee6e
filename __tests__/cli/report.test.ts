import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace } from '../../src/index.ts';
import { sampleInfospace, temporaryFolder } from '../infospace/fixtures.ts';
import { failure, run, runProcess, runRefused } from './fixtures.ts';

test('report writes a page, replaces it, and leaves nothing beside it', async () => {
  const [root, folder] = [sampleInfospace(), temporaryFolder()];
  const file = join(folder, 'report.html');
  const first = await archiveInfospace(root, { note: 'the first' });
  const { code, stdout, stderr } = await runProcess(['report', root, '--html', file]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^Wrote .*report\.html: 1 package, [\d.]+ kB\.\n$/);
  const second = await archiveInfospace(root, { note: 'the second' });
  expect(await runProcess(['report', root, '--html', file, '--quiet'])).toEqual({ code: 0, stdout: '', stderr: '' });
  const page = readFileSync(file, 'utf8');
  for (const { record } of [first, second]) {
    expect(page).toContain(`>${record.note}</bdi>`);
    expect(page).toContain(`infospace-archive restore ${record.package_id} --from ${root} --target restored`);
  }
  expect(readdirSync(folder)).toEqual(['report.html']);
});

test('--html - prints only the page to the standard output', async () => {
  const [root, storeRoot] = [sampleInfospace(), temporaryFolder()];
  const { record } = await archiveInfospace(root, { storeRoot });
  const { code, stdout, stderr } = await run(['report', root, '--html', '-', '--store-root', storeRoot]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^<!doctype html>\n.*<\/html>\n$/s);
  expect(stdout).toContain(`restore ${record.package_id} --store-root ${storeRoot} --target restored`);
});

test('a file that is not a report is replaced with --force only', async () => {
  const root = sampleInfospace({ 'notes.html': '<!doctype html>\n<p>mine' });
  await archiveInfospace(root);
  for (const file of ['notes.html', 'infospace.yaml', 'output']) {
    expect(await runRefused(['report', '.', '--html', file], root)).toEqual(failure(3, file));
  }
  expect((await run(['report', '.', '--html', 'notes.html', '--force'], {}, root)).code).toBe(0);
  expect(readFileSync(join(root, 'notes.html'), 'utf8')).toContain('archive report');
});

test('an unwritable target or a missing store is one error, and nothing is left', async () => {
  const [root, empty] = [sampleInfospace(), sampleInfospace()];
  await archiveInfospace(root);
  mkdirSync(join(root, 'folder'));
  expect(await runRefused(['report', '.', '--html', 'gone/report.html'], root)).toEqual(failure(3, 'gone/report.html'));
  expect(await runRefused(['report', '.', '--html', 'folder', '--force'], root)).toEqual(failure(3, 'folder'));
  expect(await runRefused(['report', '.'], root)).toMatchObject({ code: 2 });
  expect(await runRefused(['report', '.', '--html', 'report.html'], empty)).toEqual(failure(5, 'no store'));
  writeFileSync(join(root, 'output/archives/index.yaml'), 'no list');
  expect(await runRefused(['report', '.', '--html', 'report.html'], root)).toEqual(failure(2, 'index.yaml'));
});
