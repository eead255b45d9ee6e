import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allBytes, type Encrypted, makeEncrypted } from '../artifact-store/encryption/fixtures.ts';
import { contentOf, sampleInfospace, temporaryFolder, treeOf, writeTree } from '../infospace/fixtures.ts';
import { runStep } from './fixtures.ts';

let root: string;
let store: Encrypted;
let asReader: Record<string, string>;
let asWriter: Record<string, string>;
beforeEach(async () => {
  root = sampleInfospace({ 'reports/unseen.md': 'UNSEEN '.repeat(100) });
  store = await makeEncrypted(join(root, 'output/archives/.store'));
  const identity = join(temporaryFolder(), 'identity.txt');
  writeFileSync(identity, `${store.identity}\n`);
  asReader = { ARTIFACTSTORE_IDENTITY_FILE: identity };
  asWriter = { ARTIFACTSTORE_WRITER_KEY: store.writerKey };
});

test('a job with a writer key archives, and one with an identity restores', async () => {
  const archived = await runStep('archive', root, { env: asWriter });
  // The artifact would be a bag without encryption.
  expect(archived).toMatchObject({ code: 0, errors: [], warnings: [expect.stringContaining('was not uploaded')] });
  const { outputs } = archived;
  expect(outputs).toMatchObject({ changed: 'true', file_count: '10', manifest_path: '', manifest_sha256: '' });
  expect(outputs).not.toHaveProperty('workflow_artifact_id');
  expect(archived.summary).toContain(outputs['package_id']);
  expect(`${archived.log.replace(/^::add-mask::.*$/gm, '')}${archived.summary}`).not.toContain(store.writerKey);
  writeTree(root, { 'reports/second.md': 'second\n' });
  expect((await runStep('archive', root, { env: asWriter })).outputs).toMatchObject({ changed: 'true' });
  expect(allBytes(store.directory).includes('UNSEEN')).toBe(false);

  const content = contentOf(root);
  const restored = await runStep('restore', root, {
    env: asReader,
    inputs: { 'package-id': 'latest', target: 'back' },
  });
  expect(restored).toMatchObject({ code: 0, errors: [] });
  expect(contentOf(restored.outputs['target']!)).toEqual(content);
  const known = await runStep('archive', root, { env: asReader, inputs: { 'workflow-artifact': 'never' } });
  expect(known).toMatchObject({ code: 0, errors: [], warnings: [] });
  expect(readFileSync(known.outputs['manifest_path']!).includes('reports/unseen.md')).toBe(true);
  expect(known.summary).toContain('Since the previous package');
});

test('a step without the key it needs fails with one sentence, and writes nothing', async () => {
  await runStep('archive', root, { env: asWriter });
  const before = treeOf(root);
  const archived = await runStep('archive', root);
  expect(archived).toMatchObject({ code: 1, errors: [expect.stringContaining('ARTIFACTSTORE_WRITER_KEY')] });
  for (const env of [{}, asWriter]) {
    const restored = await runStep('restore', root, { env, inputs: { 'package-id': 'latest', target: 'back' } });
    expect(restored).toMatchObject({ code: 1, errors: [expect.stringContaining('ARTIFACTSTORE_IDENTITY_FILE')] });
  }
  expect(treeOf(root)).toEqual(before);
});
