import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sampleInfospace, temporaryFolder } from '../infospace/fixtures.ts';
import { runStep, type StepRun } from './fixtures.ts';

const PASSWORD = 'hunter2%2Fsesame';
const MEANT = 'hunter2/sesame';
const KEY = 'SECRETkey/0123456789';
const TOKEN = 'ghs_0123456789abcdef';
const FILED = 'session-token-in-a-file';

function secretEnvironment(): Record<string, string> {
  const file = join(temporaryFolder(), 'token');
  writeFileSync(file, `${FILED}\n`);
  return {
    ARTIFACTSTORE_DATABASE_URL: `postgresql://archive:${PASSWORD}@db.example/registry`,
    ARTIFACTSTORE_STORAGE_BACKEND: 's3',
    ARTIFACTSTORE_S3_BUCKET: 'bucket',
    ARTIFACTSTORE_S3_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    ARTIFACTSTORE_S3_SECRET_ACCESS_KEY: KEY,
    ARTIFACTSTORE_S3_SESSION_TOKEN_FILE: file,
  };
}

function masked({ log }: StepRun): string[] {
  const commands = log.split('\n').filter((line) => line.startsWith('::add-mask::'));
  return commands.map((line) => line.slice('::add-mask::'.length).replaceAll('%25', '%'));
}

/** All visible output of a step, without the commands that mask values. */
function visible({ log, summary, outputs }: StepRun): string {
  const shown = log.split('\n').filter((line) => !line.startsWith('::add-mask::'));
  return [...shown, summary, JSON.stringify(outputs)].join('\n');
}

test('every secret is masked before any other output, as a whole and in its parts', async () => {
  const env = secretEnvironment();
  const step = await runStep('archive', sampleInfospace(), { env, inputs: { 'github-token': TOKEN } });
  expect(masked(step)).toEqual(
    expect.arrayContaining([env['ARTIFACTSTORE_DATABASE_URL'], PASSWORD, MEANT, KEY, 'AKIAEXAMPLE', FILED, TOKEN]),
  );
  const lines = step.log.split('\n');
  expect(lines.findLastIndex((line) => line.startsWith('::add-mask::'))).toBeLessThan(
    lines.findIndex((line) => !line.startsWith('::add-mask::')),
  );
});

test.each([
  ['archive', { note: `the key is ${KEY}` }],
  ['archive', { root: PASSWORD }],
  ['archive', { subject: MEANT }],
  ['archive', { 'retention-class': KEY }],
  ['restore', { target: 'back', 'package-id': KEY }],
  ['restore', { target: KEY, repository: TOKEN, 'github-token': TOKEN }],
  ['verify', { subject: FILED }],
  ['list', { root: KEY }],
] as const)('no secret is seen of a %s that fails with %j', async (verb, inputs) => {
  const step = await runStep(verb, sampleInfospace(), { env: secretEnvironment(), inputs: { ...inputs } });
  expect(step.code).toBe(1);
  expect(step.errors).toHaveLength(1);
  for (const secret of [PASSWORD, MEANT, KEY, TOKEN, FILED]) expect(visible(step)).not.toContain(secret);
});

test('a successful archive shows no secret, even one in the path', async () => {
  const root = sampleInfospace({}, 'a-secret-folder');
  const env = { AWS_SESSION_TOKEN: 'a-secret-folder' };
  const step = await runStep('archive', root, { env, inputs: { 'workflow-artifact': 'never', subject: 'guide' } });
  expect(step.code).toBe(0);
  expect(visible(step)).not.toContain('a-secret-folder');
});
