import { execFileSync } from 'node:child_process';
import { chmodSync, renameSync, rmdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveInfospace } from '../../src/index.ts';
import { SAMPLE, sampleInfospace, temporaryFolder, writeTree } from './fixtures.ts';

async function digestOf(root: string): Promise<string> {
  return (await archiveInfospace(root, { storeRoot: temporaryFolder() })).record.content_digest;
}

let expected: string;
beforeAll(async () => {
  expected = await digestOf(sampleInfospace());
});

describe('the same content has the same content digest', () => {
  test('made in another order, at another time, below another path', async () => {
    const reversed = Object.fromEntries(Object.entries(SAMPLE).reverse());
    const root = writeTree(join(temporaryFolder(), 'else where'), reversed);
    utimesSync(join(root, 'artifacts/overview.md'), 1, 1);
    expect(await digestOf(root)).toBe(expected);
  });

  test.each(['000', '077'])('made under umask %s', async (umask) => {
    const root = join(temporaryFolder(), 'copy');
    execFileSync('sh', ['-c', `umask ${umask}; cp -R "$1" "$2"`, 'sh', sampleInfospace(), root]);
    execFileSync('chmod', ['-R', umask === '000' ? 'go+rwX' : 'go-rwx', root]);
    expect(await digestOf(root)).toBe(expected);
  });

  test('archived before, and twice into one store', async () => {
    const root = sampleInfospace();
    const first = await archiveInfospace(root);
    const second = await archiveInfospace(root, { note: 'again', retentionClass: 'transient', statCache: false });
    expect([first.record.content_digest, second.record.content_digest]).toEqual([expected, expected]);
    expect(second.record.manifest_digest).not.toBe(first.record.manifest_digest);
  });
});

test.each<[string, (root: string) => void]>([
  ['a content', (root) => writeFileSync(join(root, 'output/result.json'), '{"ok":trud}\n')],
  ['the executable bit', (root) => chmodSync(join(root, 'workflows/run.sh'), 0o644)],
  ['an empty folder', (root) => rmdirSync(join(root, 'reports/pending'))],
  ['an empty file', (root) => rmSync(join(root, 'output/empty.txt'))],
  ['a name', (root) => renameSync(join(root, 'artifacts/overview.md'), join(root, 'artifacts/Overview.md'))],
  [
    'the target of a link',
    (root) => {
      rmSync(join(root, 'artifacts/latest.md'));
      symlinkSync('./overview.md', join(root, 'artifacts/latest.md'));
    },
  ],
  [
    'a link that becomes a file',
    (root) => {
      rmSync(join(root, 'artifacts/latest.md'));
      writeFileSync(join(root, 'artifacts/latest.md'), 'overview.md');
    },
  ],
])('%s changes the content digest', async (_, change) => {
  const root = sampleInfospace();
  change(root);
  expect(await digestOf(root)).not.toBe(expected);
});
