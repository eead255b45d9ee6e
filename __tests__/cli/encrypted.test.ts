import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace } from '../../src/index.ts';
import { allBytes, type Encrypted, makeEncrypted } from '../artifact-store/encryption/fixtures.ts';
import { noise, sampleInfospace, temporaryFolder, treeOf, writeTree } from '../infospace/fixtures.ts';
import { failure, type Run, run } from './fixtures.ts';

/** Two states of an infospace in its own store without encryption, and the same packages in an encrypted store. */
let root: string;
let store: Encrypted;
let packages: string[];
let asReader: Record<string, string>;
let asWriter: Record<string, string>;
let folder: string;
beforeAll(async () => {
  folder = temporaryFolder();
  root = sampleInfospace({ 'output/large.bin': noise(1_100_000), 'reports/first.md': '# First\n' });
  const first = await archiveInfospace(root, { note: 'the first' });
  writeTree(root, { 'reports/first.md': '# First\n\nchanged\n', 'reports/second.md': '# Second\n' });
  const second = await archiveInfospace(root, { note: 'the second' });
  packages = [first.record.package_id, second.record.package_id];
  store = await makeEncrypted(join(folder, 'sealed'));
  writeFileSync(join(folder, 'identity.txt'), `# of the test\n${store.identity}\n`);
  asReader = { ARTIFACTSTORE_IDENTITY_FILE: join(folder, 'identity.txt') };
  asWriter = { ARTIFACTSTORE_WRITER_KEY: store.writerKey };
  for (const id of packages) await succeeded(['copy', id, '--from', root, '--to-store', store.directory], asReader);
});

async function succeeded(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await run(args, env);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

const sealed = () => ['--store-root', store.directory];

/** Commands that read packages. */
const READS = (): string[][] => [
  ['ls', 'latest', '--long'],
  ['find', '*.md'],
  ['log', 'reports/first.md'],
  ['cat', 'latest', 'reports/first.md'],
  ['show', 'latest~1'],
  ['show', packages[1]!],
  ['verify', '--all'],
  ['attest', 'latest'],
  ['diff', 'latest~1', 'latest'],
  ['diff', 'latest', root],
  ['export', 'latest', '--to', '-'],
];

test('an identity gives the same output as a store without encryption, byte for byte', async () => {
  for (const args of READS()) {
    const at = [...args, '--from', root];
    expect(await run([...at, ...sealed()], asReader)).toEqual(await run(at));
  }
  const target = join(folder, 'restored');
  await succeeded(['restore', 'latest', '--from', root, '--target', target, ...sealed()], asReader);
  expect(noise(1_100_000).equals(readFileSync(join(target, 'output/large.bin')))).toBe(true);
  await succeeded(['report', root, '--html', join(folder, 'report.html'), ...sealed()], asReader);
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('reports/second.md');
});

test('stats counts what the keys at hand open, and says what it cannot know', async () => {
  const stats = async (env: Record<string, string>, ...where: string[]) =>
    JSON.parse(await succeeded(['store', 'stats', '--json', '--from', root, ...where], env));
  const plain = await stats({});
  const read = await stats(asReader, ...sealed());
  expect(read).toMatchObject({ packages: 2, logical_bytes: plain.logical_bytes, content_bytes: null });
  expect(read.by_subject_and_class).toEqual(plain.by_subject_and_class);
  const blind = await stats({}, ...sealed());
  expect(blind).toMatchObject({ packages: 2, logical_bytes: null, content_bytes: null, dedup_ratio: null });
  expect(blind.stored_bytes).toBeGreaterThan(1_100_000);
  const text = await succeeded(['store', 'stats', '--from', root, ...sealed()]);
  expect(text).toMatch(/^ *packages +2 packages$/m);
  expect(text).not.toMatch(/NaN|undefined|null|\b0 B/);
});

test('what is attested of an encrypted store is verified in it', async () => {
  const file = join(folder, 'statement.json');
  await succeeded(['attest', 'latest', '--from', root, '--to', file, ...sealed()], asReader);
  const args = ['verify', 'latest', '--from', root, '--attestation', file];
  const output = await run([...args, ...sealed()], asReader);
  expect(output).toMatchObject({ code: 0, stderr: expect.stringContaining('Nobody signed') });
  expect(output).toEqual(await run(args));
});

test('without an identity, stored bytes are verified, and the output says that nothing was decrypted', async () => {
  const args = ['verify', '--all', '--from', root, ...sealed()];
  for (const env of [{}, asWriter]) {
    const lines = (await succeeded(args, env)).trim().split('\n');
    expect(lines).toHaveLength(2);
    for (const line of lines)
      expect(line).toMatch(/: stored bytes are sound \(\d objects, .*\); contents not decrypted$/);
    expect(JSON.parse(await succeeded([...args, '--json'], env))).toMatchObject([
      { file_count: null, total_bytes: null, decrypted: false, unchecked_objects: 0, ok: true, damage: [] },
      { file_count: null, total_bytes: null, decrypted: false, unchecked_objects: 0, ok: true, damage: [] },
    ]);
  }
});

test('a missing key is reported in one sentence, and nothing is written', async () => {
  const before = treeOf(store.directory);
  const refused = (args: string[], env?: Record<string, string>): Promise<Run> =>
    run([...args, '--from', root, ...sealed()], env);
  const reads = READS().filter(([command]) => command !== 'verify');
  const needIdentity = [...reads, ['restore', 'latest', '--target', join(folder, 'none')], ['store', 'key', 'list']];
  for (const args of needIdentity) {
    for (const env of [{}, asWriter]) {
      expect([args, await refused(args, env)]).toEqual([args, failure(6, 'ARTIFACTSTORE_IDENTITY_FILE')]);
    }
  }
  const needWriter = [
    ['note', packages[1]!, 'a note'],
    ['hold', 'apply', packages[1]!, '--reason', 'kept'],
    ['purge', packages[1]!, '--yes', '--reason', 'gone'],
    ['gc'],
  ];
  for (const args of needWriter) {
    expect([args, await refused(args)]).toEqual([args, failure(6, 'ARTIFACTSTORE_WRITER_KEY')]);
  }
  expect(await run(['archive', root, ...sealed()])).toEqual(failure(6, 'ARTIFACTSTORE_WRITER_KEY'));
  expect(treeOf(store.directory)).toEqual(before);
});

test('a writer key allows to label, note, hold, extend, import and purge, and to read none of that', async () => {
  const [first, second] = packages as [string, string];
  await archiveInfospace(root, { note: 'UNSEEN imported' });
  await succeeded(['export', 'latest', '--from', root, '--to', join(folder, 'bag')]);
  const written = [
    ['label', 'add', 'public-v1', first],
    ['label', 'move', 'public-v1', second, '--reason', 'public reason'],
    ['note', second, 'UNSEEN amended'],
    ['hold', 'apply', second, '--reason', 'public reason'],
    ['retention', 'extend', second, '--days', '4000', '--reason', 'public reason'],
    ['purge', first, '--yes', '--reason', 'public reason'],
    ['import', join(folder, 'bag')],
    ['gc', '--grace', '0'],
  ];
  for (const args of written) await succeeded([...args, '--from', root, ...sealed()], asWriter);
  expect(await succeeded(['label', 'list', '--from', root, ...sealed()], asReader)).toContain('public-v1');
  const listed = await succeeded(['list', root, '--all-subjects', ...sealed()], asReader);
  for (const note of ['UNSEEN amended', 'UNSEEN imported']) expect(listed).toContain(note);
  expect(await succeeded(['verify', '--all', '--from', root, ...sealed()], asReader)).not.toContain(first);
  expect(allBytes(store.directory).includes('UNSEEN')).toBe(false);
});

test('no plain store is begun by whoever has an identity', async () => {
  const fresh = sampleInfospace();
  const { code, stderr } = await run(['archive', fresh], asReader);
  expect(stderr).toMatch(/ARTIFACTSTORE_IDENTITY.*store init --encrypt/s);
  expect(code).not.toBe(0);
  expect(treeOf(fresh)).toEqual(treeOf(sampleInfospace()));
});
