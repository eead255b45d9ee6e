import { createHash } from 'node:crypto';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import diffExecutor from '../nx-plugin/executors/diff.ts';
import importExecutor from '../nx-plugin/executors/import.ts';
import listExecutor from '../nx-plugin/executors/list.ts';
import verifyExecutor from '../nx-plugin/executors/verify.ts';
import { archiveInfospace } from '../src/index.ts';
import { runStep } from './action/fixtures.ts';
import { run } from './cli/fixtures.ts';
import { expectNone, hostile, INVISIBLE, named, RUNS } from './hostile-text.ts';
import { sampleInfospace, type Tree, temporaryFolder, writeTree } from './infospace/fixtures.ts';
import { contextOf, listen, workspaceWith } from './nx-plugin/fixtures.ts';

/** What is said of damaged, forged and strange things quotes them; `hostile-values` has those that are taken. */

const LISTED = `${createHash('sha256').update('x').digest('hex')}  data/x\n`;
const oneLine = (field: string) => hostile(field).replaceAll(/[\r\n]/g, '');
const listed = (path: string) =>
  `${LISTED.slice(0, 66)}data/${path.replaceAll('%', '%25').replaceAll('\n', '%0A').replaceAll('\r', '%0D')}\n`;
const declaration = (encoding: string) => `BagIt-Version: 1.0\nTag-File-Character-Encoding: ${encoding}\n`;
const manifest = (text: string) => ({ 'manifest-sha256.txt': text });

const BAGS: Record<string, Tree> = {
  'a file that is not listed': { [`data/${named('path')}`]: 'x' },
  'a file that is gone': manifest(LISTED + listed(hostile('path'))),
  'a changed file': { [`data/${named('path')}`]: 'y', ...manifest(LISTED + listed(named('path'))) },
  'a file listed twice': { [`data/${named('path')}`]: 'x', ...manifest(LISTED + listed(named('path')).repeat(2)) },
  'similar names': {
    [`data/${named('path')}`]: 'x',
    [`data/${named('PATH')}`]: 'x',
    ...manifest(LISTED + listed(named('path')) + listed(named('PATH'))),
  },
  'a link to nothing': { [`data/${named('path')}`]: { link: named('target') } },
  'a link that leads out': { [`data/${named('path')}`]: { link: `../../${hostile('target')}` } },
  'a link beside the payload': { [named('path')]: { link: 'data' } },
  'a file to be fetched': { 'fetch.txt': `https://example.org/ 1 ${oneLine('path')}\n` },
  'another Payload-Oxum': { 'bag-info.txt': `Payload-Oxum: ${oneLine('value')}\n` },
  'a label': { 'bag-info.txt': `${oneLine('label').replaceAll(':', '')}: ${oneLine('value')}\n` },
  'an encoding': { 'bagit.txt': declaration(oneLine('encoding').replaceAll(' ', '')) },
};

const expectClean = (where: string, text: string) => expectNone(where, text, INVISIBLE, RUNS);

test.each(Object.entries(BAGS))('of a bag with %s', async (name, tree) => {
  const workspace = workspaceWith();
  const usual = { 'bagit.txt': declaration('UTF-8'), ...manifest(LISTED), 'data/x': 'x' };
  const bag = writeTree(join(workspace, 'bag'), { ...usual, ...tree });
  for (const json of [[], ['--json']]) {
    const { stdout, stderr } = await run(['import', bag, '--store-root', join(workspace, 'a'), ...json]);
    expectClean(`the command, ${name}`, stdout + stderr);
  }
  const { log, summary } = await runStep('import', workspace, { inputs: { bag: 'bag', 'store-root': 'b' } });
  expectClean(`the step, ${name}`, log + summary);
  const said = await listen(() =>
    importExecutor({ bag: 'bag', from: '{projectRoot}', newStore: true }, contextOf(workspace)),
  );
  expectClean(`the task, ${name}`, said.stdout + said.stderr);
});

test.each(['infospace.yaml', 'output/archives/index.yaml', '.infospaceignore'])('of a strange %s', async (file) => {
  const texts = [
    hostile('text'),
    `slug: ${JSON.stringify(hostile('slug'))}\n`,
    `${oneLine('key').replaceAll(':', '')}: x\n`,
    `- ${JSON.stringify({ package_id: hostile('id') })}\n`,
    `[${oneLine('list')}`,
  ];
  for (const text of texts) {
    const workspace = workspaceWith({ 'spaces/guide': { [file]: text } });
    const root = join(workspace, 'spaces/guide');
    const commands = [
      ['archive', root, '--new-store'],
      ['list', root],
      ['verify', 'latest', '--from', root],
    ];
    for (const args of commands) {
      const { stdout, stderr } = await run(args);
      expectClean(`${args[0]}, ${text}`, stdout + stderr);
    }
    const said = await listen(async () => {
      await listExecutor({ root: '{projectRoot}' }, contextOf(workspace));
      await verifyExecutor({ from: '{projectRoot}', package: 'latest' }, contextOf(workspace));
    });
    expectClean(`tasks, ${text}`, said.stdout + said.stderr);
  }
});

test('of strange files in a store, changed files and strange attestations', async () => {
  const root = sampleInfospace({ [`output/${named('path')}`]: 'x' });
  await archiveInfospace(root, { include: ['**'] });
  const store = join(root, 'output/archives/.store');
  const folders = readdirSync(store, { recursive: true, encoding: 'utf8' }).map((path) => join(store, path));
  for (const folder of [store, ...folders.filter((path) => statSync(path).isDirectory())]) {
    writeFileSync(join(folder, named('object')), 'x');
  }
  writeFileSync(join(root, `output/${named('path')}`), 'y');
  const statement = join(temporaryFolder(), 'statement.json');
  const about = { name: hostile('name'), digest: { sha256: hostile('digest') } };
  const forged = { _type: hostile('type'), subject: [about], predicateType: hostile('predicate'), predicate: {} };
  writeFileSync(statement, JSON.stringify(forged));
  const from = ['--from', root];
  const commands = [
    ['store', 'check', '--deep', ...from],
    ['store', 'stats', ...from],
    ['store', 'repair', ...from],
    ['store', 'rebuild', ...from],
    ['gc', ...from],
    ['audit', 'verify', ...from],
    ['verify', '--all', ...from],
    ['verify', 'latest', '--attestation', statement, ...from],
  ];
  for (const args of commands) {
    const { stdout, stderr } = await run(args);
    expectClean(args.slice(0, 2).join(' '), stdout + stderr);
  }
  const inputs = { root: 'space', before: 'latest', after: root };
  const { log, summary } = await runStep('diff', dirname(root), { inputs });
  expectClean('the step diff', log + summary);
  const said = await listen(() =>
    diffExecutor({ before: 'latest', after: 'space', from: 'space', stat: true }, contextOf(dirname(root), 'space')),
  );
  expectClean('the task diff', said.stdout + said.stderr);
});
