import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { archiveInfospace, listArchives, restoreArchive } from '../src/index.ts';

test('smoke', async () => {
  const root = await mkdtemp(join(tmpdir(), 'ia-'));
  await mkdir(join(root, 'output'));
  await writeFile(join(root, 'output/a.md'), 'hello');
  const result = await archiveInfospace(root);
  expect(result.changed).toBe(true);
  expect(await listArchives(root)).toHaveLength(1);
  const restored = await restoreArchive('latest', { target: join(root, '../r' + Date.now()), from: root });
  expect(restored.fileCount).toBe(1);
});
