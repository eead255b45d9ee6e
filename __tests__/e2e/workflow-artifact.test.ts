import { dirname, join } from 'node:path';
import { ArtifactService } from '../action/artifact-service.ts';
import { runStep, type StepRun } from '../action/fixtures.ts';
import { contentOf, sampleInfospace, temporaryFolder, treeOf, writeTree } from '../infospace/fixtures.ts';

let service: ArtifactService;
beforeEach(async () => {
  service = new ArtifactService();
  await service.start();
});
afterEach(() => service.stop());

function archive(root: string, inputs: Record<string, string> = {}, env: Record<string, string> = {}) {
  const step = { inputs: { root, ...inputs }, env: { ...service.environment, ...env } };
  return runStep('archive', dirname(root), step);
}

function expectSuccess({ code, errors }: StepRun): void {
  expect({ code, errors }).toEqual({ code: 0, errors: [] });
}

test('a package without a store is uploaded, and a job on a fresh runner restores it', async () => {
  const root = sampleInfospace();
  const archived = await archive(root);
  expectSuccess(archived);
  const name = `infospace-guide-${archived.outputs['package_id']}`;
  expect([...service.artifacts.keys()]).toEqual([name]);
  expect(archived.outputs).toMatchObject({
    workflow_artifact_name: name,
    workflow_artifact_id: '100',
    'workflow-artifact-url': 'https://github.com/octo/guide/actions/runs/7/artifacts/100',
  });
  expect(archived.summary).toContain(`[\`${name}\`](https://github.com/octo/guide/actions/runs/7/artifacts/100)`);
  expect(archived.summary).toContain(`workflow-artifact-name: ${name}`);
  for (const inputs of [
    { 'package-id': archived.outputs['package_id']! },
    { 'package-id': archived.outputs['manifest_digest']!, 'workflow-artifact-name': name },
    { subject: 'guide', 'run-id': '7' },
  ]) {
    const workspace = temporaryFolder();
    const step = { inputs: { ...inputs, target: 'back' }, env: service.environment };
    expectSuccess(await runStep('restore', workspace, step));
    expect(contentOf(join(workspace, 'back'))).toEqual(contentOf(root));
  }
  const verify = { inputs: { 'workflow-artifact-name': name }, env: service.environment };
  expectSuccess(await runStep('verify', temporaryFolder(), verify));
});

test('the latest of a subject is the newest of exactly that subject, and latest~N counts back from it', async () => {
  const root = sampleInfospace();
  const first = await archive(root, { subject: 'guide' });
  const newest = await archive(root, { subject: 'guide' });
  await archive(root, { subject: 'guide-two' });
  const restore = (inputs: Record<string, string>) =>
    runStep('restore', temporaryFolder(), {
      inputs: { subject: 'guide', target: 'back', ...inputs },
      env: service.environment,
    });
  expect((await restore({})).outputs['package_id']).toBe(newest.outputs['package_id']);
  const before = { 'package-id': 'latest~1' };
  expect((await restore(before)).outputs['package_id']).toBe(first.outputs['package_id']);
  const named = { ...before, 'workflow-artifact-name': newest.outputs['workflow_artifact_name']! };
  for (const none of [{ 'package-id': 'latest~2' }, named])
    expect((await restore(none)).errors).toEqual([expect.stringContaining(`with the package "${none['package-id']}"`)]);
});

test('an artifact of a run in another repository needs a token with access to it', async () => {
  const root = sampleInfospace();
  await archive(root);
  const workspace = temporaryFolder();
  const inputs = { 'run-id': '8', repository: 'octo/other', subject: 'guide', target: 'back' };
  const env = service.environment;
  const refused = await runStep('restore', workspace, { inputs: { ...inputs, 'github-token': 'ghs_wrong' }, env });
  expect(refused.code).toBe(1);
  expect(refused.errors).toEqual([expect.stringContaining('cannot be downloaded')]);
  const token = { 'github-token': service.token };
  expectSuccess(await runStep('restore', workspace, { inputs: { ...inputs, ...token }, env }));
  expect(contentOf(join(workspace, 'back'))).toEqual(contentOf(root));
});

test('an artifact name already in use is refused, the error names the input, and the outputs are set', async () => {
  const root = sampleInfospace();
  const inputs = { 'workflow-artifact-name': 'mine' };
  expectSuccess(await archive(root, inputs));
  const again = await archive(root, inputs);
  expect(again.code).toBe(1);
  expect(again.errors).toEqual([expect.stringContaining('"workflow-artifact-name"')]);
  expect(again.outputs['package_id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('a finalize call repeated after a lost answer succeeds', async () => {
  service.losesAnswer = true;
  const archived = await archive(sampleInfospace());
  expectSuccess(archived);
  expect(archived.outputs['workflow_artifact_id']).toBe('100');
});

test('a re-run replaces the artifact of the previous attempt', async () => {
  const root = sampleInfospace();
  const inputs = { 'workflow-artifact-name': 'mine' };
  await archive(root, inputs);
  const again = await archive(root, inputs, { GITHUB_RUN_ATTEMPT: '2' });
  expectSuccess(again);
  const step = { inputs: { ...inputs, target: 'back' }, env: service.environment };
  const { outputs } = await runStep('restore', temporaryFolder(), step);
  expect(outputs['package_id']).toBe(again.outputs['package_id']);
});

test('an artifact with another package, or with none, is refused', async () => {
  const root = sampleInfospace();
  const inputs = { 'workflow-artifact-name': 'mine' };
  await archive(root, inputs);
  const id = '0192f0c1-0000-7000-8000-000000000000';
  const env = service.environment;
  const other = { inputs: { ...inputs, 'package-id': id, target: 'back' }, env };
  expect((await runStep('restore', temporaryFolder(), other)).errors).toEqual([expect.stringContaining(id)]);
  const missing = { inputs: { 'workflow-artifact-name': 'none', target: 'back' }, env };
  expect((await runStep('restore', temporaryFolder(), missing)).errors).toEqual([
    expect.stringContaining('no workflow artifact "none"'),
  ]);
});

test('workflow-artifact: never uploads nothing, always uploads beside a store', async () => {
  const root = sampleInfospace();
  expectSuccess(await archive(root, { 'workflow-artifact': 'never' }));
  expect(service.artifacts.size).toBe(0);
  expectSuccess(await archive(root, { 'workflow-artifact': 'always', 'store-root': 'keep' }));
  expect(service.artifacts.size).toBe(1);
});

test('a digest finds its package in any artifact; an id does too, with a warning that nothing proves it', async () => {
  const root = sampleInfospace();
  const first = await archive(root, { 'workflow-artifact-name': 'mine' });
  await archive(root);
  const env = service.environment;
  const restore = (inputs: Record<string, string>) =>
    runStep('restore', temporaryFolder(), { inputs: { ...inputs, target: 'back' }, env });
  const { package_id, manifest_digest } = first.outputs as Record<string, string>;
  const proven = await restore({ 'package-id': manifest_digest! });
  expectSuccess(proven);
  expect(proven).toMatchObject({ warnings: [], outputs: { package_id } });
  const known = await restore({ 'package-id': package_id! });
  expectSuccess(known);
  expect(known).toMatchObject({ warnings: [expect.stringContaining('an id does not prove')], outputs: { package_id } });
});

test('a job that replaces the artifact of another one does not get its package restored by digest', async () => {
  const root = sampleInfospace();
  const inputs = { 'workflow-artifact-name': 'mine' };
  const honest = await archive(root, inputs);
  writeTree(root, { 'output/result.json': 'stolen' });
  const thief = await archive(root, inputs, { GITHUB_RUN_ATTEMPT: '2' });
  expectSuccess(thief);
  const digest = { 'package-id': honest.outputs['manifest_digest']!, target: 'back', 'if-not-found': 'ignore' };
  const workspace = temporaryFolder();
  const step = { inputs: { ...inputs, ...digest }, env: service.environment };
  const refused = await runStep('restore', workspace, step);
  expect(refused.code).toBe(1);
  expect(refused.errors).toEqual([expect.stringContaining('or was replaced')]);
  expect(treeOf(workspace)).toEqual({});
});

test('an artifact name chosen by another job is escaped in the log', async () => {
  await archive(sampleInfospace());
  const [kept] = service.artifacts.values();
  service.artifacts.set('x\u202e\u001b[31m\n::stop-commands::x ##[stop-commands]x', { ...kept!, id: 7 });
  const digest = `blake3:${'0'.repeat(64)}`;
  const step = { inputs: { 'package-id': digest, target: 'back' }, env: service.environment };
  const { code, log } = await runStep('restore', temporaryFolder(), step);
  expect(code).toBe(1);
  expect(log).toContain('\\u202e');
  // GitHub's client reports every answer in its own commands.
  expect(log.replaceAll(/^::debug::.*$/gm, '')).not.toMatch(/[\p{Cf}\p{Zl}]|\p{Cc}(?<!\n)|^\s*::stop|##\[/mu);
});
