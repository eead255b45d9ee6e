import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { marked } from 'marked';
import { archiveInfospace, openRegistry } from '../src/index.ts';
import { servePage } from '../src/page/server.ts';
import { runStep, type StepRun, type Verb } from './action/fixtures.ts';
import { run } from './cli/fixtures.ts';
import { COMMAND, expectNone, hostile, IN_OUTPUTS, INVISIBLE, named, RUNS } from './hostile-text.ts';
import { indexFile, sampleInfospace, temporaryFolder, writeTree } from './infospace/fixtures.ts';
import { parse } from './page/elements.ts';
import { Visit } from './page/fixtures.ts';

/**
 * Every text that somebody else may choose, through every face. Seen to fail: such characters unescaped in JSON on a terminal
 * and in outputs, and lines that the runner of a job takes for commands.
 */

/** A summary rendered on GitHub has only elements of the step itself. */
function expectPlainMarkdown(where: string, summary: string): void {
  const elements = marked.parse(summary, { async: false, gfm: true }).match(/<(?:img|script|b|em|a)\b[^>]*/g) ?? [];
  expect({ where, elements: elements.filter((element) => element !== '<a href="https://github.com/') }).toEqual({
    where,
    elements: [],
  });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of a workflow
  for (const [, yaml] of summary.matchAll(/```yaml\n(.*?)```/gs)) expect(yaml).not.toContain('${{ github.token }}\'"');
}

let root: string;
let workspace: string;
let id: string;
let bag: string;
beforeAll(async () => {
  // The face's listener shows them; the one of Node.js would bypass the streams of the test.
  process.emitWarning = (message, options) => {
    const { type } = options as unknown as { type: string };
    process.emit('warning', Object.assign(new Error(String(message)), { name: type }));
  };
  root = sampleInfospace({
    [`output/${named('path')}`]: 'x',
    [`output/${named('folder')}/${named('file')}.md`]: hostile('content'),
    'output/link': { link: named('target') },
    [`${COMMAND}root`]: 'x',
    'infospace.yaml': `slug: guide\nname: ${JSON.stringify(hostile('name'))}\n`,
    '.infospaceignore': '!/*root\n',
  });
  workspace = dirname(root);
  await archiveInfospace(root, { include: ['**'] });
  writeFileSync(join(root, `output/${named('path')}`), 'y');
  const texts = { note: hostile('note'), producer: hostile('producer'), subject: hostile('subject') };
  const provenance = { ref: hostile('ref'), actor: hostile('actor'), workflow: hostile('workflow') };
  const { record } = await archiveInfospace(root, { include: ['**'], ...texts, provenance });
  id = record.package_id;
  const registry = await openRegistry(root, { actor: hostile('who') }, 'change');
  await registry.applyHold(id, hostile('reason'));
  await registry.addLabel(id, 'v1');
  await registry.close();
  bag = writeTree(join(workspace, named('bag')), {
    'bagit.txt': 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n',
    'bag-info.txt': ['Source-Organization', 'External-Description', 'External-Identifier', 'Contact-Name']
      .map((label) => `${label}: ${hostile(label).replaceAll(/[\r\n]/g, '')}\n`)
      .join(''),
    'manifest-sha256.txt': `${createHash('sha256').update('x').digest('hex')}  data/${named('payload').replaceAll('%', '%25').replaceAll('\n', '%0A').replaceAll('\r', '%0D')}\n`,
    [`data/${named('payload')}`]: 'x',
  });
});

/** Records that a pull request may contain, each with one field chosen by somebody else. */
function hostileRecords(): string {
  const [, last] = readFileSync(indexFile(root), 'utf8').split('\n');
  const record = JSON.parse(last!.slice(2)) as Record<string, unknown>;
  return Object.keys(record)
    .map((field, i) => {
      const own = `01890a5d-ac96-774b-bcce-b302099a80${String(10 + i)}`;
      return `- ${JSON.stringify({ ...record, subject: 'guide', package_id: own, [field]: hostile(field) })}\n`;
    })
    .join('');
}

test('the Action passes none of it on', async () => {
  const env = { GITHUB_REF: hostile('ref'), GITHUB_ACTOR: hostile('actor'), GITHUB_WORKFLOW: hostile('workflow') };
  const at = { root: 'space' };
  const subject = hostile('subject');
  const steps: [Verb, Record<string, string>][] = [
    ['archive', { ...at, 'dry-run': 'true', include: '**' }],
    [
      'archive',
      {
        ...at,
        include: '**',
        note: hostile('note'),
        subject,
        producer: hostile('producer'),
        'workflow-artifact': 'never',
      },
    ],
    ['archive', { ...at, include: '**', 'retention-class': hostile('class') }],
    ['archive', { ...at, 'workflow-artifact-name': hostile('artifact') }],
    ['list', { ...at, 'store-root': 'space/output/archives/.store', subject }],
    ['restore', { ...at, 'package-id': id, target: named('into') }],
    ['restore', { ...at, 'package-id': hostile('reference'), target: 'back' }],
    ['restore', { ...at, subject: hostile('unknown'), target: 'back', 'if-not-found': 'warn' }],
    ['verify', { ...at, 'package-id': id }],
    ['verify', { ...at, all: 'true' }],
    ['diff', { ...at, before: 'latest~1', after: id }],
    ['diff', { ...at, before: hostile('before') }],
    ['export', { ...at, 'package-id': id, to: named('to') }],
    ['import', { ...at, bag, 'store-root': 'other', 'new-store': 'true' }],
    ['import', { bag: join(workspace, named('to')), 'store-root': 'other' }],
    ['import', { bag: hostile('nowhere') }],
    ['copy', { ...at, 'package-id': id, 'to-store': named('other') }],
    ['gc', { ...at, 'keep-last': '1', 'include-last': 'true', 'dry-run': 'true' }],
    ['hold', { ...at, 'package-id': id, reason: hostile('reason') }],
    ['hold', { ...at, command: 'list', all: 'true' }],
    ['hold', { ...at, command: 'release', 'hold-id': hostile('hold'), reason: 'x' }],
    ['report', { ...at, html: named('page.html') }],
  ];
  for (const [verb, inputs] of steps) {
    const step = await runStep(verb, workspace, { inputs, env });
    expectClean(`${verb} ${Object.keys(inputs).join(' ')}`, step);
  }
  appendFileSync(indexFile(root), hostileRecords());
  for (const verb of ['list', 'restore', 'report'] as const) {
    const inputs = { ...at, target: 'again', html: 'again.html' };
    expectClean(`${verb} of a hostile index`, await runStep(verb, workspace, { inputs, env }));
  }
  expectPage('the report', readFileSync(join(workspace, 'again.html'), 'utf8'));
});

function expectClean(where: string, { outputs, log, summary }: StepRun): void {
  expectNone(`log of ${where}`, log, INVISIBLE, RUNS);
  expectNone(`summary of ${where}`, summary, INVISIBLE);
  expectPlainMarkdown(`summary of ${where}`, summary);
  for (const [name, value] of Object.entries(outputs)) {
    // Places that the workflow itself gives.
    if (/^(?:target|to|file|store|manifest[-_]path|index[-_]path)$/.test(name)) continue;
    expectNone(`output ${name} of ${where}`, value, INVISIBLE, /\n/, IN_OUTPUTS);
  }
}

test('the command line prints none of it', async () => {
  const target = join(temporaryFolder(), named('into'));
  const path = `output/${named('path')}`;
  const other = ['--store-root', join(temporaryFolder(), named('store'))];
  const from = ['--from', root];
  const commands: string[][] = [
    ['archive', root, '-n', '--include', '**'],
    ['archive', root, '--include', '**', '--note', hostile('note'), '--subject', hostile('subject')],
    ['list', root, '--with-retention', '--changes'],
    ['list', root, '--all-subjects', '--store-root', join(root, 'output/archives/.store')],
    ['show', id, ...from],
    ['show', 'latest~1', ...from],
    ['ls', id, ...from],
    ['ls', '-l', id, ...from],
    ['find', `*path*`, ...from],
    ['log', path, ...from],
    ['diff', 'latest~1', id, ...from],
    ['diff', 'latest~1', id, '--stat', ...from],
    ['diff', 'latest~1', id, '--name-status', ...from],
    ['verify', id, ...from],
    ['restore', id, '-n', '-t', target, ...from],
    ['restore', id, '-t', target, ...from],
    ['restore', id, '-n', '--delete', '-f', '-t', target, ...from],
    ['restore', hostile('reference'), '-t', target, ...from],
    ['label', 'add', hostile('label'), id, ...from],
    ['label', 'list', ...from],
    ['note', id, hostile('another'), ...from],
    ['hold', 'list', ...from],
    ['retention', 'list', ...from],
    ['gc', '-n', '--keep-last', '1', ...from],
    ['export', id, '--to', join(temporaryFolder(), named('to')), ...from],
    ['import', bag, ...other, '--new-store', '--subject', hostile('subject')],
    ['copy', id, '--to-store', join(temporaryFolder(), named('to')), ...from],
    ['report', ...from, '--html', join(temporaryFolder(), named('page'))],
    ['report', ...from],
    ['audit', 'log', ...from],
    ['store', 'check', ...from],
    ['list', root, '--since', hostile('time')],
    [hostile('command')],
    ['list', hostile('place')],
  ];
  for (const args of commands) {
    for (const json of [[], ['--json']]) {
      // Canonical JSON, which is hashed, except on a terminal.
      if (args[0] === 'show' && json.length > 0) continue;
      const { stdout, stderr } = await run([...args, ...json], { ARTIFACTSTORE_LOG_LEVEL: 'DEBUG' });
      expectNone([...args.slice(0, 2), ...json].join(' '), stdout + stderr, INVISIBLE, RUNS);
    }
  }
});

test('neither page contains an element, a direction or an attribute of it', async () => {
  const registry = await openRegistry(root, {}, 'read');
  const served = await servePage({ registry, root, title: hostile('title'), from: { root: 'guide' } }, (error) => {
    throw error;
  });
  const visit = await Visit.of(served.url);
  try {
    const query = (fields: Record<string, string>) => `?${new URLSearchParams(fields)}`;
    const file = query({ path: `output/${named('folder')}/${named('file')}.md` });
    const paths = [
      '/',
      `/packages/${id}`,
      `/packages/${id}/files${query({ folder: `output/${named('folder')}` })}`,
      ...['file', 'versions', 'rendered'].map((view) => `/packages/${id}/${view}${file}`),
      `/compare${query({ before: 'latest~1', after: id })}`,
      '/log',
    ];
    for (const path of paths) expectPage(path.slice(0, 60), (await visit.get(path)).text);
  } finally {
    await served.close();
    await registry.close();
  }
});

function expectPage(where: string, page: string): void {
  // Values that a form sends back, or that a script sorts by, are unchanged and invisible.
  expectNone(where, page.replaceAll(/ (?:value|data-[a-z]+)="[^"]*"/g, ''), INVISIBLE);
  const { elements } = parse(page);
  const foreign = elements.filter(({ name, text }) => name === 'img' || /(?:src|href)="(?!data:)[^/?#]/.test(text));
  expect({ where, foreign }).toEqual({ where, foreign: [] });
  for (const { attributes } of elements) expect(attributes.filter((name) => name.startsWith('on'))).toEqual([]);
}
