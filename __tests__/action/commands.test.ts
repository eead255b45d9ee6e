import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { archiveInfospace, openRegistry } from '../../src/index.ts';
import { sampleInfospace, treeOf, writeTree } from '../infospace/fixtures.ts';
import { actionFile, runStep, type StepRun, type Verb } from './fixtures.ts';

let root: string;
let workspace: string;
let ids: string[];
beforeEach(async () => {
  root = sampleInfospace();
  workspace = dirname(root);
  const first = await archiveInfospace(root, { retentionClass: 'transient' });
  writeFileSync(join(root, 'reports/new.md'), 'new\n');
  const second = await archiveInfospace(root);
  ids = [first.record.package_id, second.record.package_id];
});

/** Runs a step with the runner's defaults, which must succeed and set the outputs declared in its metadata. */
async function passing(verb: Verb, inputs: Record<string, string> = {}): Promise<StepRun> {
  const declared = parse(actionFile(verb)).inputs as Record<string, { default?: string }>;
  const defaults = Object.entries(declared).map(([name, input]) => [
    name,
    name === 'root' && input.default !== undefined ? 'space' : (input.default ?? ''),
  ]);
  const step = await runStep(verb, workspace, {
    inputs: { ...Object.fromEntries(defaults), root: 'space', ...inputs },
  });
  expect({ verb, code: step.code, errors: step.errors }).toEqual({ verb, code: 0, errors: [] });
  expect(Object.keys(step.outputs).sort()).toEqual(Object.keys(parse(actionFile(verb)).outputs).sort());
  return step;
}

test('a dry run lists what would be archived and changes nothing', async () => {
  const before = treeOf(workspace);
  const { code, outputs, log, summary } = await runStep('archive', workspace, {
    inputs: { root: 'space', 'dry-run': 'true' },
  });
  expect(code).toBe(0);
  expect(outputs).toMatchObject({ package_id: '', changed: 'false', 'file-count': '10' });
  expect(log).toContain('reports/new.md');
  expect(summary).toContain('### Would archive `guide`');
  expect(treeOf(workspace)).toEqual(before);
});

test('an archive shows how long it is kept', async () => {
  const inputs = { root: 'space', 'workflow-artifact': 'never', 'retention-class': 'transient' };
  const { outputs } = await runStep('archive', workspace, { inputs });
  expect(outputs).toMatchObject({ retention_class: 'transient', 'expires-at': expect.stringMatching(/^\d{4}-.*Z$/) });
  const forever = { ...inputs, 'retention-class': 'permanent-record' };
  expect((await runStep('archive', workspace, { inputs: forever })).outputs['expires_at']).toBe('');
});

test('diff compares packages and folders, and fails only on request', async () => {
  const { outputs, summary, log } = await passing('diff', { before: 'latest~1', after: 'latest' });
  expect(outputs).toMatchObject({ different: 'true', added: '1', removed: '0', changed: '0', unchanged: '9' });
  expect(JSON.parse(outputs['result_json']!)).toMatchObject({
    before: { package_id: ids[0] },
    changes: [{ status: 'added', path: 'reports/new.md' }],
  });
  expect(summary).toContain('- added `reports/new.md`');
  expect(log).toContain('added reports/new.md');
  expect((await passing('diff')).outputs).toMatchObject({ different: 'false', unchanged: '10' });
  expect((await passing('diff', { before: ids[0]!, exclude: 'reports' })).outputs['different']).toBe('false');
  const inputs = { root: 'space', before: ids[0]!, 'fail-on-difference': 'true' };
  const failed = await runStep('diff', workspace, { inputs });
  expect({ code: failed.code, errors: failed.errors }).toEqual({
    code: 1,
    errors: [expect.stringMatching(/^1 change/)],
  });
});

test('import takes a bag of export into another store, and copy then has nothing to send there', async () => {
  const exported = await passing('export', { to: 'guide.tar.zst' });
  expect(exported.outputs).toMatchObject({ package_id: ids[1], to: join(workspace, 'guide.tar.zst') });
  const inputs = { bag: 'guide.tar.zst', 'store-root': 'other' };
  const imported = await passing('import', inputs);
  expect(imported.outputs).toMatchObject({
    package_id: ids[1],
    manifest_digest: exported.outputs['manifest_digest'],
    changed: 'true',
    retention_class: 'release-evidence',
  });
  expect((await passing('import', inputs)).outputs).toMatchObject({ changed: 'false', stored_bytes: '0' });
  const copied = await passing('copy', { 'to-store': 'other', 'package-id': ids[0]!.slice(-8) });
  expect(copied.outputs).toMatchObject({
    package_id: ids[0],
    changed: 'true',
    store: expect.stringContaining(join(workspace, 'other')),
  });
  const registry = await openRegistry(join(workspace, 'space'), { storeRoot: join(workspace, 'other') }, 'read');
  expect((await registry.listPackages()).map(({ id }) => id).sort()).toEqual([...ids].sort());
  await registry.close();
});

test('hold protects a package from gc until its release', async () => {
  await archiveInfospace(root, { retentionClass: 'transient' });
  const { outputs: applied } = await passing('hold', { 'package-id': ids[0]!, reason: 'audit', until: '2999-01-31' });
  expect(applied).toMatchObject({ package_id: ids[0], until: expect.stringMatching(/^2999-01-31/), count: '1' });
  expect(JSON.parse(applied['holds']!)).toMatchObject([{ reason: 'audit', actor: 'octocat', state: 'in force' }]);
  expect((await passing('hold', { command: 'list' })).outputs['hold-id']).toBe(applied['hold_id']);
  await passing('hold', { command: 'release', 'hold-id': applied['hold_id']!, reason: 'closed' });
  const { outputs, log } = await passing('hold', { command: 'list' });
  expect(outputs).toMatchObject({ count: '0', holds: '[]' });
  expect(log).toContain('No holds in force.');
  expect((await passing('hold', { command: 'list', all: 'true' })).outputs['count']).toBe('1');
});

test('hold lists the holds of a disposed package', async () => {
  const { outputs } = await passing('hold', { 'package-id': ids[0]!, reason: 'audit' });
  await passing('hold', { command: 'release', 'hold-id': outputs['hold_id']!, reason: 'closed' });
  const registry = await openRegistry(root, {}, 'change');
  await registry.purgePackage(ids[0]!, 'wrong file');
  await registry.close();
  const inputs = { command: 'list', all: 'true', 'package-id': ids[0]! };
  expect((await passing('hold', inputs)).outputs).toMatchObject({ count: '1', package_id: ids[0] });
  const none = await passing('hold', { ...inputs, 'package-id': ids[1]! });
  expect(none.log).toContain('No holds yet.');
});

test('gc lists what it disposes of, and a dry run what it would dispose of', async () => {
  const { outputs } = await passing('gc', { 'dry-run': 'true', grace: '0' });
  expect(outputs).toMatchObject({ disposed: '[]', disposed_count: '0', reclaimed_bytes: '0' });
  expect((await passing('gc', { 'keep-last': '2' })).summary).toContain('### Disposed of 0 packages');
});

test('no input offers a standard stream, since a step has none', () => {
  for (const verb of ['export', 'import', 'report']) expect(actionFile(verb)).not.toMatch(/"-"|standard (?:in|out)put/);
});

test('the secrets of the target store of a copy are masked', async () => {
  const variables = [
    'DATABASE_URL=postgresql://u:hunter-of-copy@127.0.0.1:1/x',
    'STORAGE_BACKEND=local',
    'STORAGE_LOCAL_ROOT=x',
  ];
  const file = variables.map((line) => `ARTIFACTSTORE_${line}\n`).join('');
  writeFileSync(join(workspace, 'other.env'), file);
  // Refused before the other store is opened.
  const inputs = { root: 'space', 'to-store': 'other.env', actor: 'hunter-of-copy' };
  const { log, errors } = await runStep('copy', workspace, { inputs });
  expect(log).toContain('::add-mask::hunter-of-copy');
  expect(errors).toHaveLength(1);
});

test('report writes a page, and refuses to replace another file', async () => {
  const { outputs } = await passing('report', { html: 'report.html' });
  expect(outputs).toMatchObject({ file: join(workspace, 'report.html'), packages: '2' });
  expect(readFileSync(join(workspace, 'report.html'), 'utf8')).toContain('infospace-archive report');
  const { errors } = await runStep('report', workspace, { inputs: { root: 'space', html: 'space/infospace.yaml' } });
  expect(errors).toEqual([expect.stringMatching(/^The input "html" cannot be used.*the input "force"/)]);
});

test.each<[string, Verb, Record<string, string>]>([
  ['to', 'export', {}],
  ['to', 'export', { to: 'nowhere/bag.tar.zst' }],
  ['bag', 'import', {}],
  ['to-store', 'copy', {}],
  ['html', 'report', {}],
  ['reason', 'hold', {}],
  ['hold-id', 'hold', { command: 'release', reason: 'x' }],
  ['hold-id', 'hold', { 'hold-id': 'x', reason: 'x' }],
  ['command', 'hold', { command: 'end' }],
  ['until', 'hold', { reason: 'x', until: 'tomorrow' }],
  ['grace', 'gc', { grace: 'soon' }],
  ['keep-last', 'gc', { 'keep-last': '0' }],
  ['dry-run', 'gc', { 'dry-run': 'maybe' }],
  ['fail-on-difference', 'diff', { 'fail-on-difference': 'x' }],
])('an invalid %s fails %s with one annotation that names it', async (name, verb, inputs) => {
  const { code, errors } = await runStep(verb, workspace, { inputs: { root: 'space', ...inputs } });
  expect(code).toBe(1);
  expect(errors).toEqual([expect.stringContaining(`The input "${name}"`)]);
});

// biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of a workflow
const HOSTILE = '\u202e<img src=x>`|[a](http://x)\u200b${{ github.token }}::error::x';

test('a hostile name, note or reason is escaped in outputs, log and summary', async () => {
  writeTree(root, { [`reports/${HOSTILE.replaceAll('/', '-')}.md`]: 'x' });
  const { record } = await archiveInfospace(root, { note: HOSTILE });
  mkdirSync(join(workspace, 'other'));
  const steps = [
    await passing('diff', { before: ids[1]!, after: record.package_id }),
    await passing('hold', { reason: HOSTILE }),
    await passing('export', { to: 'bag' }),
    await passing('copy', { 'to-store': 'other' }),
    await passing('gc'),
    await passing('report', { html: 'report.html' }),
  ];
  for (const { outputs, log, summary } of steps) {
    for (const raw of ['\u202e', '\u200b']) {
      expect([JSON.stringify(outputs), log, summary].filter((text) => text.includes(raw))).toEqual([]);
    }
    // Text in a code span is shown unchanged.
    expect(summary.replaceAll(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, '')).not.toMatch(/<img|\]\(http/);
    expect(log).not.toMatch(/^::(?!warning::|set-output|add-mask|group|endgroup)/m);
  }
});
