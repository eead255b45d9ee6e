import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { runStep, type StepOptions, type Verb } from '../../action/fixtures.ts';
import { filesOf, git, originAndClone, storeRefs, withGit } from '../../artifact-store/git-fixtures.ts';
import { contentOf, SAMPLE, temporaryFolder, treeOf, writeTree } from '../../infospace/fixtures.ts';

const NOWHERE = { ACTIONS_RUNTIME_TOKEN: '', ACTIONS_RESULTS_URL: '' };

withGit('a store in the repository of the checkout', () => {
  let folder: string;
  let origin: string;
  let clone: string;

  beforeEach(() => {
    folder = temporaryFolder();
    ({ origin, clone } = originAndClone(folder));
    writeTree(join(clone, 'space'), SAMPLE);
  });

  /** On a fresh runner, without remains of earlier jobs. */
  function step(verb: Verb, { inputs, env, ...options }: StepOptions = {}, workspace = clone) {
    rmSync(join(folder, 'cache'), { recursive: true, force: true });
    return runStep(verb, workspace, {
      inputs: { root: 'space', ...inputs },
      env: { XDG_CACHE_HOME: join(folder, 'cache'), ...NOWHERE, ...env },
      ...options,
    });
  }

  test('the first archive creates the store; other workflows restore, verify and list from it by default', async () => {
    const before = filesOf(join(clone, '.git'));
    const archived = await step('archive', { inputs: { store: 'git' } });
    expect(archived).toMatchObject({ code: 0, errors: [], warnings: [] });
    expect(filesOf(join(clone, '.git'))).toEqual(before);
    const { package_id: id = '', manifest_digest: digest } = archived.outputs;
    expect(archived.summary).toContain('| Where | the git repository of the checkout |');
    const snippet = /```yaml\n([\s\S]*?)```/.exec(archived.summary)![1]!;
    expect(parse(snippet)[0].with).toEqual({ 'package-id': digest, target: 'restored', root: 'space', store: 'git' });

    const other = join(folder, 'other');
    git(folder, 'clone', '--quiet', '--depth=1', `file://${origin}`, other);
    writeTree(join(other, 'space'), { 'infospace.yaml': SAMPLE['infospace.yaml']! });
    const restored = await step('restore', { inputs: { 'package-id': id, target: 'back' } }, other);
    expect(restored).toMatchObject({ code: 0, errors: [] });
    expect(treeOf(join(other, 'back'))).toEqual(contentOf(join(clone, 'space')));
    const verified = await step('verify', { inputs: { 'package-id': id, store: 'git' } }, other);
    expect(verified).toMatchObject({ code: 0, outputs: { package_id: id } });
    const listed = await step('list', {}, other);
    expect(listed.outputs).toMatchObject({ count: '1', package_id: id });
  });

  test('nothing is read from the store when another one is configured', async () => {
    expect((await step('archive', { inputs: { store: 'git' } })).code).toBe(0);
    rmSync(join(clone, 'space/output/archives'), { recursive: true });
    expect((await step('list', { inputs: { store: 'embedded' } })).outputs).toMatchObject({ count: '0' });
    const { errors } = await step('restore', { inputs: { store: 'embedded', target: 'back' } });
    expect(errors).toEqual([expect.stringContaining('There is no')]);
  });

  /** Like a host whose token may only read. */
  function refusePushes(): void {
    const hook = join(origin, 'hooks/pre-receive');
    writeFileSync(hook, '#!/bin/sh\necho "Write access to repository not granted." >&2\nexit 1\n');
    chmodSync(hook, 0o755);
  }

  test('a token without write permission fails the step, and the error names the missing permission', async () => {
    refusePushes();
    const { code, errors } = await step('archive', { inputs: { store: 'git' } });
    expect(code).toBe(1);
    expect(errors).toEqual([expect.stringMatching(/^Could not store objects .*"permissions: contents: write"/)]);
  });

  test.each<[what: string, head: { full_name: string } | null, actor: string]>([
    ['a fork', { full_name: 'stranger/guide' }, 'stranger'],
    ['a deleted fork', null, 'stranger'],
    ['Dependabot', { full_name: 'octo/guide' }, 'dependabot[bot]'],
  ])('a pull request from %s keeps its package as an artifact, with a warning', async (_, repo, actor) => {
    refusePushes();
    const event = join(folder, 'event.json');
    writeFileSync(event, JSON.stringify({ pull_request: { head: { repo } } }));
    const { code, warnings, outputs, summary } = await step('archive', {
      // There is no artifact service here; act allows that.
      inputs: { store: 'git' },
      env: { GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: event, GITHUB_ACTOR: actor, ACT: 'true' },
    });
    expect(code).toBe(0);
    expect(warnings).toEqual([
      expect.stringMatching(/pull request may not write.*workflow artifact/),
      expect.stringContaining('The package is only in the embedded store.'),
    ]);
    expect(outputs['package_id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(summary).toContain('| Where | the embedded store of this job |');
    expect(storeRefs(origin)).toEqual([]);
  });

  test.each<[what: string, inputs: Record<string, string>, env: Record<string, string>, message: RegExp]>([
    ['an unknown value', { store: 'gut' }, {}, /^The input "store" is "gut"; use auto, embedded, environment, git/],
    ['"store-root" as well', { store: 'git', 'store-root': 'x' }, {}, /^The input "store" is "git", but "store-root"/],
    [
      'no variables of a store',
      { store: 'environment' },
      {},
      /^The input "store" is "environment", but no ARTIFACTSTORE_/,
    ],
    [
      'variables of another store',
      { store: 'git' },
      { ARTIFACTSTORE_STORAGE_BACKEND: 's3', ARTIFACTSTORE_S3_BUCKET: 'b' },
      /^The input "store" cannot be used: .*ARTIFACTSTORE_STORAGE_BACKEND is "s3"/,
    ],
  ])('an invalid input store with %s is one annotation that names it', async (_, inputs, env, message) => {
    const { code, errors } = await step('archive', { inputs, env });
    expect({ code, errors }).toEqual({ code: 1, errors: [expect.stringMatching(message)] });
  });
});
