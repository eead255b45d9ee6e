import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type ArchiveRecord, archiveInfospace, listArchives } from '../../src/index.ts';
import { runProcess } from '../cli/fixtures.ts';
import { contentOf, indexFile, refusal, sampleInfospace, temporaryFolder, treeOf, writeTree } from './fixtures.ts';

const idsIn = async (root: string) => (await listArchives(root)).map(({ package_id }) => package_id);

test('a record is one line, valid as YAML and as JSON', async () => {
  const root = sampleInfospace();
  const note = 'a\nb: "c"\u0085\u2028\ufeff #';
  const { record } = await archiveInfospace(root, { note });
  const text = readFileSync(indexFile(root), 'utf8');
  expect(text.split('\n')).toHaveLength(2);
  expect(text).toMatch(/^- \{ "package_id": "/);
  expect(JSON.parse(text.slice(2))).toEqual(record);
  expect(parse(text)).toEqual([record]);
});

describe('two branches that both archived', () => {
  /** Archives on main, on a branch and on main again, then merges the branch. */
  async function merged(prepare: (root: string) => void = () => {}, storeRoot = temporaryFolder()) {
    const root = sampleInfospace();
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=n@example.org', ...args], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    const archive = async (note: string) => {
      writeTree(root, { [`reports/${note}.md`]: note });
      const { record } = await archiveInfospace(root, { storeRoot, note });
      git('add', '-A');
      git('commit', '-qm', note);
      return record.package_id;
    };
    git('init', '-q', '-b', 'main');
    prepare(root);
    const made = [await archive('base')];
    git('checkout', '-qb', 'branch');
    made.push(await archive('branch'));
    git('checkout', '-q', 'main');
    made.push(await archive('main'));
    const merge = () => git('merge', '-q', '-m', 'merged', 'branch');
    return { root, made, merge, storeRoot };
  }

  test('are merged by git, and the index has all records', async () => {
    const { root, made, merge } = await merged();
    merge();
    expect((await idsIn(root)).toSorted()).toEqual(made.toSorted());
  });

  test('are merged after records that an older version wrote', async () => {
    const older = { package_id: 'bench-1', manifest_digest: 'sha256:0', retention_class: 'transient' };
    const record = { ...older, created_at: '2023-07-01T12:00:00Z', producer: 'bench', subject: 'guide' };
    const { root, made, merge } = await merged((space) =>
      writeTree(space, { 'output/archives/index.yaml': `# by hand\n${stringify([record])}` }),
    );
    merge();
    expect((await idsIn(root)).toSorted()).toEqual(['bench-1', ...made].toSorted());
    expect(readFileSync(indexFile(root), 'utf8')).toMatch(/^# by hand\n- package_id: bench-1\n/);
  });

  test.each(['merge', 'diff3'])(
    'and stopped with conflict markers in style %s are read, and repaired by the next archive',
    async (style) => {
      const { root, made, merge, storeRoot } = await merged((space) => {
        writeTree(space, { 'output/archives/.gitattributes': '# none\n' });
        execFileSync('git', ['config', 'merge.conflictStyle', style], { cwd: space });
      });
      expect(merge).toThrow();
      expect(readFileSync(indexFile(root), 'utf8')).toContain('<<<<<<<');
      expect((await idsIn(root)).toSorted()).toEqual(made.toSorted());
      const archive = ['archive', root, '--store-root', storeRoot];
      const { stdout, stderr } = await runProcess([...archive, '--json']);
      const record = JSON.parse(stdout) as ArchiveRecord;
      expect(stderr).toMatch(/^warning: .*conflict markers.*\n$/);
      expect((await runProcess(archive)).stderr).not.toContain('conflict markers');
      expect(readFileSync(indexFile(root), 'utf8')).not.toMatch(/^[<|=>]{7}/m);
      expect(await idsIn(root)).toEqual(expect.arrayContaining([...made, record.package_id]));
      expect(readFileSync(join(root, 'output/archives/.gitattributes'), 'utf8')).toBe('# none\n');
    },
  );
});

test('markers around records of several lines with common ends are read side by side', async () => {
  const recordOf = (id: string, digest: string) =>
    `- package_id: ${id}\n  manifest_digest: sha256:${digest}\n  retention_class: transient\n  created_at: 2023-07-01T12:00:00Z\n`;
  const end = '  producer: bench\n  subject: guide\n';
  const root = sampleInfospace({
    'output/archives/index.yaml': `${recordOf('a', '1')}${end}<<<<<<< HEAD\r\n${recordOf('b', '2')}=======\r\n${recordOf('c', '3')}>>>>>>> branch\r\n${end}`,
  });
  expect(await idsIn(root)).toEqual(['a', 'b', 'c']);
});

test.each([
  ['without an end', '<<<<<<< HEAD\n- {"package_id": "a"}\n'],
  ['without a beginning', '- {"package_id": "a"}\n>>>>>>> branch\n'],
])('markers %s are an error that names the remedy', async (_, text) => {
  const root = sampleInfospace({ 'output/archives/index.yaml': text });
  await expect(listArchives(root)).rejects.toEqual(refusal('CONFIG_INVALID', indexFile(root), 'index rebuild'));
});

test('a record duplicated by a merge is listed once', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  const line = readFileSync(indexFile(root), 'utf8');
  writeFileSync(indexFile(root), line + line);
  expect(await listArchives(root)).toEqual([record]);
});

test('git’s merge settings are in no package', async () => {
  const root = sampleInfospace();
  const first = await archiveInfospace(root);
  expect(existsSync(join(root, 'output/archives/.gitattributes'))).toBe(true);
  const second = await archiveInfospace(root, { skipUnchanged: true });
  expect(second.changed).toBe(false);
  expect(second.record.content_digest).toBe(first.record.content_digest);
  expect(contentOf(root)['output/']).toBe('folder');
});

test('a comment in another encoding is kept byte for byte', async () => {
  const before = Buffer.from('# Archive des Caf\xe9s\n', 'latin1');
  const root = sampleInfospace({ 'output/archives/index.yaml': before });
  const { record } = await archiveInfospace(root);
  expect(readFileSync(indexFile(root)).subarray(0, before.length)).toEqual(before);
  expect(await listArchives(root)).toEqual([record]);
});

test('an index in another encoding is refused when it would have to be rewritten', async () => {
  const before = Buffer.from('# Archive des Caf\xe9s\n[]\n', 'latin1');
  const root = sampleInfospace({ 'output/archives/index.yaml': before });
  await expect(archiveInfospace(root)).rejects.toEqual(refusal('CONFIG_INVALID', indexFile(root), 'UTF-8'));
  expect(readFileSync(indexFile(root))).toEqual(before);
});

describe('a linked index', () => {
  const linkTo = (target: string) => {
    const root = sampleInfospace({ 'output/archives/': null });
    symlinkSync(target, indexFile(root));
    return root;
  };

  test('stays a link, and the linked file gets the record', async () => {
    const root = linkTo('../../list.yaml');
    writeFileSync(join(root, 'list.yaml'), '# ours\n');
    const { record } = await archiveInfospace(root);
    expect(lstatSync(indexFile(root)).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(root, 'list.yaml'), 'utf8')).toContain(record.package_id);
  });

  test('with a missing target is refused before anything is stored', async () => {
    const root = linkTo('../../gone.yaml');
    const before = treeOf(root);
    await expect(archiveInfospace(root)).rejects.toEqual(refusal('CONFIG_INVALID', indexFile(root), 'link'));
    expect(treeOf(root)).toEqual(before);
  });
});
