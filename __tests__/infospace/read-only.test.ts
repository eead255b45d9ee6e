import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { archiveInfospace, planRestore } from '../../src/index.ts';
import { run } from '../cli/fixtures.ts';
import { mountTmpfs, refusal, SAMPLE, temporaryFolder, treeOf, writeTree } from './fixtures.ts';

test('a read-only infospace is archived into another store, and its record is printed', async () => {
  const disk = mountTmpfs('size=2m');
  if (disk === undefined) return;
  const root = writeTree(join(disk, 'space'), SAMPLE);
  execFileSync('mount', ['-o', 'remount,ro', disk]);
  const before = treeOf(root);
  await expect(archiveInfospace(root)).rejects.toEqual(refusal('STORE_UNAVAILABLE', 'index.yaml'));
  const storeRoot = join(temporaryFolder(), 'store');
  const { recorded, warnings, record } = await archiveInfospace(root, { storeRoot });
  expect({ recorded, warnings }).toEqual({ recorded: false, warnings: [expect.stringContaining('is not writable')] });
  const output = await run(['archive', root, '--store-root', storeRoot]);
  expect(output).toMatchObject({ code: 0, stdout: expect.stringContaining('\n- { "package_id": "') });
  const target = join(temporaryFolder(), 'new');
  const { changes } = await planRestore(record.package_id, { target, from: temporaryFolder(), storeRoot });
  expect(changes.made).toHaveLength(record.file_count);
  expect(treeOf(root)).toEqual(before);
});
