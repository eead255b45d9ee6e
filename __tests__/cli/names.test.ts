import { archiveInfospace, openRegistry } from '../../src/index.ts';
import { collect } from '../artifact-store/fixtures.ts';
import { sampleInfospace, temporaryFolder, writeTree } from '../infospace/fixtures.ts';
import { archiveExpired, failure, run, runJson, runRefused } from './fixtures.ts';

test('labels and notes: from add to remove, in list, show, copy and the audit log', async () => {
  const root = sampleInfospace();
  const { record: first } = await archiveInfospace(root, { note: 'as made' });
  writeTree(root, { 'artifacts/new.txt': 'new' });
  const { record: second } = await archiveInfospace(root);
  const on = (...args: string[]) => runJson([...args, '--from', root]);
  const refused = (...args: string[]) => runRefused(args, root);
  const short = first.package_id.slice(-8);
  const label = { label: 'v1.4', subject: 'guide', actor: expect.any(String), set_at: expect.stringMatching(/Z$/) };

  expect(await on('label', 'add', 'v1.4', short)).toEqual({ ...label, package_id: first.package_id });
  expect(await refused('label', 'add', 'v1.4', 'latest')).toEqual(failure(1, first.package_id, 'label move'));
  expect(await refused('label', 'move', 'v1.4', 'latest')).toMatchObject({ code: 2 });
  expect(await refused('label', 'add', 'latest', short)).toEqual(failure(2, '"latest"'));
  expect(await on('note', 'v1.4', 'as shipped')).toMatchObject({ package_id: first.package_id, note: 'as shipped' });
  const shown = (await run(['show', 'v1.4', '--from', root])).stdout;
  for (const message of ['note      as shipped', 'at first: as made', 'labels    v1.4', `short id  ${short}`]) {
    expect(shown).toContain(message);
  }
  const copied = await run(['copy', 'v1.4', '--from', root, '--to-store', temporaryFolder(), '--json']);
  expect(copied.stderr).toMatch(/^warning: Labels .*v1\.4.*\nwarning: The note .*\n$/);
  expect(JSON.parse(copied.stdout)).toMatchObject({ holds_left: [], labels_left: ['v1.4'] });

  expect(await on('label', 'move', 'v1.4', 'latest', '--reason', 'a fix')).toMatchObject({
    package_id: second.package_id,
  });
  expect(await on('label', 'list')).toEqual([{ ...label, package_id: second.package_id, disposed: false }]);
  expect(await refused('show', 'v1.4', '--subject', 'other')).toEqual(failure(5, '"other"'));
  expect(await on('hold', 'apply', 'v1.4', '--reason', 'an audit')).toMatchObject({ package_id: second.package_id });
  const log = await run(['audit', 'log', '--package', 'v1.4', '--type', 'v1.label', '--from', root]);
  expect(log.stdout).toContain('reason="a fix"');
  await on('label', 'remove', 'v1.4');
  expect(await refused('label', 'remove', 'v1.4')).toEqual(failure(5, '"v1.4"'));
  expect((await run(['label', 'list', '--from', root])).stdout).toBe('No labels yet.\n');
});

test('purge takes one package, with a reason and --yes, and not under a hold', async () => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root);
  const why = ['--reason', 'holds a password'];
  expect(await runRefused(['purge', 'latest', ...why], root)).toEqual(failure(2, '--yes'));
  expect(await runRefused(['purge', 'latest', '--yes'], root)).toMatchObject({ code: 2 });
  const { id } = (await runJson(['hold', 'apply', 'latest', '--reason', 'an audit', '--from', root])) as { id: string };
  expect(await runRefused(['purge', 'latest', '-y', ...why], root)).toEqual(failure(1, 'an audit', 'release'));
  await run(['hold', 'release', id, '--reason', 'over', '--from', root]);
  const purged = await run(['purge', 'latest', '-y', ...why, '--from', root, '--actor', 'ada']);
  expect(purged).toMatchObject({ code: 0, stderr: '' });
  for (const message of [record.package_id, 'holds a password', 'by ada']) expect(purged.stdout).toContain(message);
  expect(await runRefused(['verify', record.package_id], root)).toEqual(failure(5, 'holds a password'));
});

test('gc keeps the last package of a subject, or the given number, and names them', async () => {
  const root = sampleInfospace();
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) ids.push((await archiveExpired(root)).record.package_id);
  const gc = (...args: string[]) => runJson(['gc', '--from', root, ...args]);
  expect(await gc('-n')).toMatchObject({ disposed: ids.slice(0, 2), spared: ids.slice(2) });
  expect(await gc('-n', '--keep-last', '2')).toMatchObject({ disposed: ids.slice(0, 1), spared: ids.slice(1) });
  const output = (await run(['gc', '--from', root, '-n'])).stdout;
  expect(output).toMatch(
    new RegExp(`^Would dispose of 2 packages:\n  ${ids[0]} .*\n  ${ids[1]} .*\nExpired, but kept`),
  );
  expect(await runRefused(['gc', '--keep-last', 'all'], root)).toEqual(failure(2, '"all"'));
  expect(await gc()).toMatchObject({ disposed: ids.slice(0, 2), spared: ids.slice(2) });
  expect(await gc('--include-last', '--yes')).toMatchObject({ disposed: ids.slice(2), spared: [] });
});

test('verify --sample reads at least one file of each package', async () => {
  const root = sampleInfospace();
  await archiveInfospace(root);
  writeTree(root, { 'artifacts/new.txt': 'new' });
  await archiveInfospace(root);
  const read = await runJson(['verify', '--all', '--sample', '0.0001%', '--from', root]);
  expect(read).toMatchObject([{ read_files: 1 }, { read_files: 1 }]);
});

test.each([
  ['labels', ['0004_names', '0005_lists'], ['labels', 'notes', 'lists']],
  ['lists of chunks', ['0005_lists'], ['lists']],
])('a registry made before %s existed gets them', async (_, migrations, tables) => {
  const root = sampleInfospace();
  const { record } = await archiveInfospace(root, { note: 'of old' });
  const { default: SQLite } = await import('better-sqlite3');
  const database = new SQLite(`${root}/output/archives/.store/registry.sqlite3`);
  for (const table of tables) database.exec(`drop table ${table}`);
  const indices = tables.includes('labels') ? ['by_content', 'by_short_id'] : [];
  for (const index of indices) database.exec(`drop index packages_${index}; drop index tombstones_${index}`);
  for (const name of migrations) database.prepare('delete from kysely_migration where name = ?').run(name);
  database.close();
  const note = { packageId: record.package_id, note: 'of old', actor: expect.any(String), amendedAt: null };
  for (const access of ['read', 'write', 'read'] as const) {
    const registry = await openRegistry(root, {}, access);
    expect([await registry.listNotes(), await registry.listLabels()]).toEqual([[note], []]);
    const verified = await collect(registry.verifyPackages([record.package_id]));
    expect(verified).toMatchObject([{ id: record.package_id, damage: [] }]);
    if (access === 'write') await registry.addLabel(record.package_id.slice(-8), 'v1');
    if (access === 'write') await registry.removeLabel('guide', 'v1');
    await registry.close();
  }
});
