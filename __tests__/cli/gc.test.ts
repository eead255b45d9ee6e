import { archiveInfospace } from '../../src/index.ts';
import { localTime } from '../../src/terminal/local-time.ts';
import { packFiles, sampleInfospace, temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { archiveExpired, failure, run, runJson, runProcess, runRefused } from './fixtures.ts';

const NONE = { objects: 0, bytes: 0 };

test('gc --dry-run lists what gc would do and changes nothing', async () => {
  const root = sampleInfospace();
  const { record, expiresAt } = await archiveExpired(root);
  const output = await runRefused(['gc', '--include-last', '--dry-run', '--grace', '0'], root);
  expect(output).toMatchObject({ code: 0, stderr: '' });
  expect(output.stdout.split('\n').slice(0, 2)).toEqual([
    'Would dispose of 1 package:',
    `  ${record.package_id}  guide, 9 entries, 84 B, expired ${localTime(expiresAt!)}`,
  ]);
  const json = await runJson(['gc', '--include-last', '--dry-run', '--from', root]);
  expect(json).toMatchObject({ dry_run: true, disposed: [record.package_id], retired: { objects: 1 } });
});

test('gc disposes of expired packages, and keeps their bytes for the grace period', async () => {
  const root = sampleInfospace();
  const { record } = await archiveExpired(root);
  expect(await runJson(['gc', '--include-last', '--from', root])).toEqual({
    dry_run: false,
    disposed: [record.package_id],
    spared: [],
    retired: { objects: 1, bytes: expect.any(Number) },
    rewritten: NONE,
    removed: NONE,
    orphans: NONE,
    reclaimed_bytes: 0,
  });
  expect(packFiles(root)).toHaveLength(1);
});

test('gc spares contents that are archived again', async () => {
  const root = sampleInfospace();
  await archiveExpired(root);
  await run(['gc', '--include-last', '--from', root]);
  await archiveInfospace(root);
  for (let i = 0; i < 2; i++) {
    expect(await runJson(['gc', '--include-last', '--grace', '0', '--from', root])).toMatchObject({ disposed: [] });
    expect(await run(['verify', 'latest', '--from', root])).toMatchObject({ code: 0 });
  }
  expect(packFiles(root)).toHaveLength(1);
});

test('gc --grace 0 reclaims at once', async () => {
  const root = sampleInfospace();
  const { record, expiresAt } = await archiveExpired(root);
  const { code, stdout, stderr } = await runProcess(['gc', '--include-last', '--grace', '0', '--from', root]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(
    `Disposed of 1 package:\n  ${record.package_id}  guide, 9 entries, 84 B, expired ${localTime(expiresAt!)}`,
  );
  expect(stdout).toMatch(/^ +retired +1 pack, \d+ B, to be removed after the grace period$/m);
  expect(stdout).toMatch(/^ +removed +1 pack, \d+ B; 1 orphan, [\d.]+ k?B$/m);
  expect(packFiles(root)).toEqual([]);
  expect((await runProcess(['gc', '--include-last', '--grace', '0', '--from', root])).stdout).toMatch(
    /^Disposed of 0 packages\n/,
  );
});

test('show prints the certificate of a disposed package', async () => {
  const root = sampleInfospace();
  const { record, expiresAt } = await archiveExpired(root);
  await run(['gc', '--include-last', '--from', root, '--actor', 'ada']);
  const reason = `expired at ${expiresAt} as transient`;
  const certificate = {
    package_id: record.package_id,
    producer: 'infospace-bench',
    subject: 'guide',
    created_at: record.created_at,
    retention_class: 'transient',
    expires_at: expiresAt,
    manifest_digest: record.manifest_digest,
    content_digest: record.content_digest,
    file_count: 9,
    total_bytes: 84,
    disposed_at: expect.stringMatching(/Z$/),
    disposed_by: 'ada',
    reason,
  };
  for (const reference of [record.package_id, record.manifest_digest, 'latest']) {
    expect(await runJson(['show', reference, '--from', root])).toEqual(certificate);
  }
  const { code, stdout } = await run(['show', 'latest', '--from', root]);
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^Package ${record.package_id} was disposed of\n`));
  for (const message of ['guide', record.content_digest, '9 entries, 84 B', 'by ada', reason]) {
    expect(stdout).toContain(message);
  }
});

test('a disposed package cannot be read, and the error says when and why it was disposed of', async () => {
  const root = sampleInfospace();
  const { record, expiresAt } = await archiveExpired(root);
  await run(['gc', '--include-last', '--from', root]);
  const target = temporaryFolder();
  const message = [record.package_id, 'disposed of at', `expired at ${expiresAt}`];
  for (const args of [
    ['restore', 'latest', '--target', target],
    ['verify', record.package_id],
    ['show', 'latest', '--cbor', `${target}/manifest.cbor`],
    ['retention', 'show', 'latest'],
    ['retention', 'extend', 'latest', '--never', '--reason', 'why'],
  ]) {
    expect(await runRefused(args, root)).toEqual(failure(5, ...message));
  }
  expect(treeOf(target)).toEqual({});
});

test.each(['', '24', '1.5h', '-1h', 'soon'])('gc --grace=%s is refused, and nothing is disposed of', async (grace) => {
  const root = sampleInfospace();
  await archiveExpired(root);
  expect(await runRefused(['gc', `--grace=${grace}`], root)).toEqual(failure(2, `"${grace}"`, '24h'));
});
