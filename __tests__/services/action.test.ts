import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runStep, type StepRun, type Verb } from '../action/fixtures.ts';
import { runProcess } from '../cli/fixtures.ts';
import { contentOf, repository, sampleInfospace } from '../infospace/fixtures.ts';
import { newSharedStore } from './environment.ts';
import { s3Urls } from './servers.ts';

const withS3 = s3Urls.length > 0 ? describe : describe.skip;
const [s3Url = ''] = s3Urls;

withS3('the bundle of the action on PostgreSQL and S3', () => {
  let env: Record<string, string>;
  let workspace: string;
  let root: string;
  beforeEach(async () => {
    env = await newSharedStore(s3Url);
    root = sampleInfospace();
    workspace = dirname(root);
  });

  function step(verb: Verb, inputs: Record<string, string>): Promise<StepRun> {
    return runStep(verb, workspace, { main: join(repository, 'dist', `${verb}.cjs`), inputs, env });
  }

  test('archives, and restores in a job on a fresh runner', async () => {
    await runProcess(['store', 'init'], env);
    const archived = await step('archive', { root: 'space' });
    expect({ code: archived.code, errors: archived.errors }).toEqual({ code: 0, errors: [] });
    expect(archived.outputs).not.toHaveProperty('workflow_artifact_id');
    const content = contentOf(root);
    rmSync(root, { recursive: true });
    for (const reference of [archived.outputs['manifest_digest']!, 'latest']) {
      const inputs = { 'package-id': reference, target: `back-${reference.slice(0, 6)}`, subject: 'guide' };
      const { code, errors, outputs } = await step('restore', inputs);
      expect({ code, errors }).toEqual({ code: 0, errors: [] });
      expect(outputs['content_digest']).toBe(archived.outputs['content_digest']);
      expect(contentOf(outputs['target']!)).toEqual(content);
    }
    expect((await step('verify', { all: 'true' })).outputs['package_count']).toBe('1');
    expect((await step('list', { subject: 'guide' })).outputs['count']).toBe('1');
  });

  test('fails with one annotation on a store that was not initialised, and shows no secret', async () => {
    const { code, errors, log, summary } = await step('archive', { root: 'space' });
    expect(code).toBe(1);
    expect(errors).toEqual([expect.stringContaining('store init')]);
    const message = `${log.replace(/^::add-mask::.*$/gm, '')}${summary}`;
    expect(message).not.toContain(env['ARTIFACTSTORE_S3_SECRET_ACCESS_KEY']);
    expect(message).not.toContain(env['ARTIFACTSTORE_DATABASE_URL']);
  });
});
