import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import archive from '../../nx-plugin/executors/archive.ts';
import restore from '../../nx-plugin/executors/restore.ts';
import verify from '../../nx-plugin/executors/verify.ts';
import { allBytes, makeEncrypted } from '../artifact-store/encryption/fixtures.ts';
import { contentOf, temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { contextOf, listen, workspaceWith } from './fixtures.ts';

const KEYS = ['ARTIFACTSTORE_WRITER_KEY', 'ARTIFACTSTORE_IDENTITY_FILE'] as const;

function withKeys(keys: Partial<Record<(typeof KEYS)[number], string>>): void {
  for (const name of KEYS) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, keys);
}
afterEach(() => withKeys({}));

test('targets archive with a writer key, restore with an identity, and refuse to do either without', async () => {
  const workspace = workspaceWith({ 'spaces/guide': { 'reports/unseen.md': 'UNSEEN '.repeat(100) } });
  const space = join(workspace, 'spaces/guide');
  const content = contentOf(space);
  const store = await makeEncrypted(join(space, 'output/archives/.store'));
  const identity = join(temporaryFolder(), 'identity.txt');
  writeFileSync(identity, `${store.identity}\n`);
  const root = '{projectRoot}';
  const asked = { package: 'latest', from: root, target: join(temporaryFolder(), 'back') };
  const context = contextOf(workspace);
  const refused = async (action: () => Promise<{ success: boolean }>, message: string) => {
    const stored = () => treeOf(join(store.directory, 'storage'));
    const before = stored();
    const { result, stderr } = await listen(action);
    expect(result).toEqual({ success: false });
    expect(stderr).toMatch(new RegExp(`^error: .*${message}.*[.]\n$`));
    expect(stored()).toEqual(before);
  };

  await refused(() => archive({ root }, context), 'ARTIFACTSTORE_WRITER_KEY');
  withKeys({ ARTIFACTSTORE_WRITER_KEY: store.writerKey });
  expect(await listen(() => archive({ root }, context))).toMatchObject({ result: { success: true }, stderr: '' });
  expect(allBytes(store.directory).includes('UNSEEN')).toBe(false);
  await refused(() => restore(asked, context), 'ARTIFACTSTORE_IDENTITY_FILE');
  withKeys({ ARTIFACTSTORE_IDENTITY_FILE: identity });
  expect(await listen(() => verify({ package: 'latest', from: root }, context))).toMatchObject({
    result: { success: true },
  });
  expect(await listen(() => restore(asked, context))).toMatchObject({ result: { success: true } });
  expect(contentOf(asked.target)).toEqual(content);
});
