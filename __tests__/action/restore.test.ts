import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { archiveInfospace, openRegistry } from '../../src/index.ts';
import { contentOf, damagePacks, sampleInfospace, temporaryFolder, treeOf, writeTree } from '../infospace/fixtures.ts';
import { actionFile, runStep, type Verb } from './fixtures.ts';

async function archived() {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  return { root, record, workspace: dirname(root) };
}

test('restores by every name that the command line accepts, with every declared output', async () => {
  const { root, record, workspace } = await archived();
  const registry = await openRegistry(root, {}, 'write');
  await registry.addLabel(record.package_id, 'V1.4');
  await registry.close();
  const { package_id: id, manifest_digest: digest } = record;
  for (const [i, reference] of [id, digest, 'latest', id.slice(-8), digest.slice(0, 20), 'V1.4'].entries()) {
    const inputs = { root: 'space', target: `back${i}`, 'package-id': reference };
    const { code, errors, outputs, summary } = await runStep('restore', workspace, { inputs });
    expect({ code, errors }).toEqual({ code: 0, errors: [] });
    expect(contentOf(join(workspace, `back${i}`))).toEqual(contentOf(root));
    expect(outputs).toMatchObject({
      package_id: record.package_id,
      manifest_digest: record.manifest_digest,
      'content-digest': record.content_digest,
      target: join(workspace, `back${i}`),
      file_count: '9',
    });
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(parse(actionFile('restore')).outputs).sort());
    expect(summary).toContain('9 entries');
  }
});

test('restores and verifies latest~N of the infospace and of a subject', async () => {
  const { root, record, workspace } = await archived();
  await archiveInfospace(root);
  await archiveInfospace(root, { subject: 'other' });
  const find = async (verb: Verb, inputs: Record<string, string>) => {
    const { outputs, errors } = await runStep(verb, workspace, { inputs: { root: 'space', ...inputs } });
    return errors[0] ?? outputs['package_id'];
  };
  const first = record.package_id;
  expect(await find('restore', { 'package-id': 'latest~1', target: 'back' })).toBe(first);
  expect(await find('restore', { 'package-id': 'Latest~1', subject: 'guide', target: 'again' })).toBe(first);
  expect(await find('verify', { 'package-id': 'latest~1', subject: 'guide' })).toBe(first);
  expect(await find('verify', { 'package-id': 'latest~2' })).toContain('no archive 2 before the latest');
});

test('restores a selection, and over existing files with force', async () => {
  const { workspace } = await archived();
  const inputs = { root: 'space', target: 'back', include: 'output\nreports' };
  expect((await runStep('restore', workspace, { inputs })).outputs['file_count']).toBe('3');
  const again = await runStep('restore', workspace, { inputs });
  expect(again.errors).toEqual([expect.stringMatching(/^The input "target".*the input "force"/)]);
  expect((await runStep('restore', workspace, { inputs: { ...inputs, force: 'true' } })).code).toBe(0);
});

test('a restore over a folder excludes, rewrites and removes as requested; a dry run lists that and changes nothing', async () => {
  const { workspace } = await archived();
  const restore = (inputs: Record<string, string>) =>
    runStep('restore', workspace, { inputs: { root: 'space', target: 'back', ...inputs } });
  expect((await restore({ exclude: 'reports\n*.csv' })).outputs).toMatchObject({ file_count: '7', removed: '0' });
  const back = join(workspace, 'back');
  writeTree(back, { 'output/result.json': 'mine', 'output/extra.txt': 'mine' });
  const before = treeOf(back);
  const all = { force: 'true', delete: 'true' };
  const output = await restore({ ...all, 'dry-run': 'true' });
  expect(output.outputs).toMatchObject({ replaced: '1', removed: '1', file_count: '3' });
  for (const line of ['replace output/result.json', 'remove output/extra.txt', 'make artifacts/data/table.csv'])
    expect(output.log).toContain(line);
  expect(output.summary).toContain('### Would restore `guide`');
  expect(treeOf(back)).toEqual(before);
  expect((await restore({ overwrite: 'never' })).outputs).toMatchObject({ replaced: '0', removed: '0' });
  expect(readFileSync(join(back, 'output/result.json'), 'utf8')).toBe('mine');
  const done = await restore(all);
  expect(done.outputs).toMatchObject({ replaced: '1', removed: '1' });
  expect(done.summary).toContain('- removed `output/extra.txt`');
  expect(contentOf(back)).toEqual(contentOf(join(workspace, 'space')));
});

test.each(['error', 'warn', 'ignore'])('if-not-found: %s', async (value) => {
  const { workspace } = await archived();
  const inputs = { root: 'space', target: 'back', subject: 'unknown', 'if-not-found': value };
  const { code, errors, warnings, outputs } = await runStep('restore', workspace, { inputs });
  expect(code).toBe(value === 'error' ? 1 : 0);
  expect(errors).toHaveLength(value === 'error' ? 1 : 0);
  expect(warnings).toHaveLength(value === 'warn' ? 1 : 0);
  if (value !== 'error') expect(outputs).toMatchObject({ package_id: '', target: '' });
});

test.each<[string, Verb, Record<string, string>]>([
  ['target', 'restore', {}],
  ['target', 'restore', { target: 'space/output/archives/.store/x' }],
  ['package-id', 'restore', { target: 'back', 'package-id': 'the newest' }],
  ['package-id', 'restore', { target: 'back', 'package-id': 'latest~' }],
  ['package-id', 'verify', { 'package-id': 'blake3:12' }],
  ['force', 'restore', { target: 'back', force: 'perhaps' }],
  ['include', 'restore', { target: 'back', include: '{a,b}' }],
  ['if-not-found', 'restore', { target: 'back', 'if-not-found': 'panic' }],
  ['run-id', 'restore', { target: 'back', 'run-id': 'last' }],
  ['run-id', 'restore', { target: 'back', repository: 'octo/other' }],
  ['repository', 'restore', { target: 'back', 'run-id': '8', repository: 'other' }],
  ['github-token', 'restore', { target: 'back', 'run-id': '8' }],
  ['exclude', 'restore', { target: 'back', exclude: '[' }],
  ['overwrite', 'restore', { target: 'back', overwrite: 'perhaps' }],
  ['all', 'verify', { all: 'every' }],
  ['sample', 'verify', { sample: '0%' }],
  ['last', 'list', { last: '0' }],
  ['since', 'list', { since: 'yesterday' }],
  ['all-subjects', 'list', { 'all-subjects': 'true', subject: 'guide' }],
  ['root', 'list', { root: 'nowhere' }],
])('an invalid %s fails %s with one annotation that names it', async (name, verb, inputs) => {
  const { workspace } = await archived();
  const { code, errors } = await runStep(verb, workspace, { inputs: { root: 'space', ...inputs } });
  expect(code).toBe(1);
  expect(errors).toEqual([expect.stringContaining(`The input "${name}"`)]);
});

test('a workspace without a store is an error that says so', async () => {
  const { errors } = await runStep('restore', temporaryFolder(), { inputs: { target: 'back' } });
  expect(errors).toEqual([expect.stringContaining('There is no store')]);
});

test('verify reads every byte of one package or of all', async () => {
  const { root, record, workspace } = await archived();
  await archiveInfospace(root, { note: 'again' });
  const one = await runStep('verify', workspace, { inputs: { root: 'space', 'package-id': record.package_id } });
  expect(one.outputs).toMatchObject({ package_id: record.package_id, package_count: '1', file_count: '9' });
  expect(Object.keys(one.outputs).sort()).toEqual(Object.keys(parse(actionFile('verify')).outputs).sort());
  const all = await runStep('verify', workspace, { inputs: { root: 'space', all: 'true' } });
  expect(all.outputs).toMatchObject({ package_id: '', 'package-count': '2', file_count: '18' });
  expect(all.summary).toContain('| Packages | 2 |');
});

test('verify fails with one annotation that names the first damaged file', async () => {
  const { root, workspace } = await archived();
  damagePacks(root);
  const { code, errors } = await runStep('verify', workspace, { inputs: { root: 'space' } });
  expect(code).toBe(1);
  expect(errors).toEqual([expect.stringContaining('artifacts/overview.md')]);
});

test('verify reads a sample of the contents', async () => {
  const { workspace } = await archived();
  const { log, outputs } = await runStep('verify', workspace, { inputs: { root: 'space', all: 'true', sample: '50' } });
  expect(log).toMatch(/1 package verified: 9 entries, .*, read and hashed [1-7] files?, /);
  expect(outputs['package_count']).toBe('1');
});

test('list shows the packages that the filters select', async () => {
  const { root, record, workspace } = await archived();
  writeTree(root, { 'reports/new.md': 'new' });
  const { record: second } = await archiveInfospace(root, { note: 'Release 2', retentionClass: 'transient' });
  const { record: other } = await archiveInfospace(root, { subject: 'other' });
  const registry = await openRegistry(root, {}, 'change');
  await registry.addLabel(record.package_id, 'v1');
  await registry.close();
  const ids = async (inputs: Record<string, string>) => {
    const { outputs } = await runStep('list', workspace, { inputs: { root: 'space', ...inputs } });
    return (JSON.parse(outputs['archives']!) as { package_id: string }[]).map(({ package_id }) => package_id);
  };
  const [first, again] = [record.package_id, second.package_id];
  const store = { 'store-root': 'space/output/archives/.store' };
  for (const where of [{}, store] as Record<string, string>[]) {
    expect(await ids({ ...where, subject: 'guide', last: '1' })).toEqual([again]);
    expect(await ids({ ...where, class: 'transient' })).toEqual([again]);
    expect(await ids({ ...where, label: 'v1' })).toEqual([first]);
    expect(await ids({ ...where, grep: 'release' })).toEqual([again]);
    expect(await ids({ ...where, since: '2999-01-01' })).toEqual([]);
    expect(await ids({ ...where, 'all-subjects': 'true' })).toEqual([first, again, other.package_id]);
    const inputs = { root: 'space', ...where, changes: 'true', last: '1', subject: 'guide' };
    const { outputs } = await runStep('list', workspace, { inputs });
    expect(JSON.parse(outputs['archives']!)).toMatchObject([{ note: 'Release 2', change: { added: 1, removed: 0 } }]);
  }
});

test('list shows all archives, oldest first, from the index and from a store', async () => {
  const { root, record, workspace } = await archived();
  const { record: second } = await archiveInfospace(root, { note: 'again' });
  const { outputs, summary, log } = await runStep('list', workspace, { inputs: { root: 'space' } });
  const archives = JSON.parse(outputs['archives']!) as { package_id: string; note: string | null }[];
  expect(archives.map(({ package_id, note }) => [package_id, note])).toEqual([
    [record.package_id, null],
    [second.package_id, 'again'],
  ]);
  expect(outputs).toMatchObject({ count: '2', package_id: second.package_id });
  expect(Object.keys(outputs).sort()).toEqual(Object.keys(parse(actionFile('list')).outputs).sort());
  expect(log).toContain(record.package_id);
  expect(summary).toContain('### 2 archives');
  rmSync(join(root, 'output/archives/index.yaml'));
  const inputs = { root: 'space', 'store-root': 'space/output/archives/.store' };
  const stored = await runStep('list', workspace, { inputs });
  expect(JSON.parse(stored.outputs['archives']!)).toMatchObject([
    { package_id: record.package_id, on_hold: false, eligible: false, expires_at: expect.any(String) },
    { package_id: second.package_id },
  ]);
});

/** Values that a pull request may put into an index: Markdown, HTML, workflow commands, direction marks and colours. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of a workflow
const HOSTILE = 'x\u202e`|<img src=x>\n::error::oops%0A\u001b[31m${{ github.token }}[a](http://b)';

test('a hostile index is escaped in outputs, log and summary', async () => {
  const { root, record, workspace } = await archived();
  const index = join(root, 'output/archives/index.yaml');
  const honest = readFileSync(index, 'utf8');
  for (const field of Object.keys(record)) {
    const id = field === 'package_id' ? HOSTILE : '01890a5d-ac96-774b-bcce-b302099a8057';
    writeFileSync(index, `${honest}- ${JSON.stringify({ ...record, package_id: id, [field]: HOSTILE })}\n`);
    const { code, outputs, summary, log, warnings } = await runStep('list', workspace, { inputs: { root: 'space' } });
    expect({ field, code }).toEqual({ field, code: 0 });
    // In JSON, a note and paths are unchanged.
    const { archives, ...plain } = outputs;
    for (const text of [JSON.stringify(plain), summary, log]) {
      for (const raw of ['\u202e', '<img', '\n::error', '\u001b', '](http', '${{']) {
        expect({ field, raw, found: text.includes(raw) }).toEqual({ field, raw, found: false });
      }
    }
    const named = JSON.parse(archives!) as { package_id: string }[];
    const isLeftOut = !['included_paths', 'note', 'log', 'embedded'].includes(field);
    expect(named).toHaveLength(isLeftOut ? 1 : 2);
    expect(warnings).toHaveLength(isLeftOut ? 1 : 0);
  }
});

test('the snippet in a summary is YAML with the exact values, whatever the names are', async () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of a workflow
  const name = 'a #b: ${{ github.token }}';
  const root = join(temporaryFolder(), name);
  renameSync(sampleInfospace(), root);
  const { summary } = await runStep('archive', dirname(root), { inputs: { root: name, 'workflow-artifact': 'never' } });
  const snippet = /```yaml\n([\s\S]*?)```/.exec(summary)![1]!;
  // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of a workflow
  expect(parse(snippet)[0].with).toMatchObject({ root: "a #b: ${{ '${{' }} github.token }}" });
});
