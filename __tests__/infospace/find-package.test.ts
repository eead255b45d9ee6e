import { join } from 'node:path';
import Database from 'better-sqlite3';
import { archiveInfospace, findPackage, openRegistry, type PackageSummary, type Registry } from '../../src/index.ts';
import { isPackageReference } from '../../src/infospace/find-package.ts';
import { refusal, sampleInfospace, temporaryFolder, writeTree } from './fixtures.ts';

const digits = (digest: string) => digest.slice('blake3:'.length);

describe('a package is found by any of its names', () => {
  let root: string;
  let registry: Registry;
  let packages: PackageSummary[];

  beforeAll(async () => {
    root = sampleInfospace();
    for (const note of ['one', 'two', 'three']) {
      writeTree(root, { 'artifacts/note.txt': note });
      await archiveInfospace(root);
    }
    registry = await openRegistry(root, {}, 'read');
    packages = await registry.listPackages();
  });
  afterAll(() => registry.close());

  const find = async (reference: string, subject?: string) =>
    (await findPackage(reference, registry, { root, subject })).id;

  test('by its id, its last characters, and digests with and without their scheme, in any case', async () => {
    for (const { id, manifestDigest, contentDigest } of packages) {
      const names = [
        id,
        id.toUpperCase(),
        id.slice(-8),
        id.slice(-13),
        id.slice(0, 30),
        manifestDigest,
        digits(manifestDigest),
        digits(manifestDigest).slice(0, 9).toUpperCase(),
        manifestDigest.slice(0, 'blake3:'.length + 9),
        contentDigest,
        digits(contentDigest).slice(0, 10),
      ];
      for (const name of names) expect([name, await find(name)]).toEqual([name, id]);
    }
  });

  test('by latest, latest~N, and the latest of a time: a day to its end', async () => {
    const [first, second, third] = packages.map(({ id }) => id);
    const [at, today] = [packages[1]!.createdAt, packages[2]!.createdAt.slice(0, 10)];
    expect(await find('latest')).toBe(third);
    expect(await find('latest~2')).toBe(first);
    expect(await find(`latest@{${at}}`)).toBe(second);
    expect(await find(`latest@{${today}}`)).toBe(third);
    const refused = [
      ['latest@{2001-01-01}', 'NOT_FOUND', '2001-01-01'],
      ['latest@{soon}', 'USAGE', 'soon'],
      ['latest~3', 'NOT_FOUND', 'has 3'],
      ['v1.4', 'NOT_FOUND', 'a label of the subject "guide"'],
      ['abc', 'NOT_FOUND', '"abc"'],
      ['0000', 'NOT_FOUND', '"0000"'],
      ['two words', 'USAGE', '"two words"'],
    ] as const;
    for (const [name, code, message] of refused) await expect(find(name)).rejects.toEqual(refusal(code, message));
    await expect(find('latest', 'atlas')).rejects.toEqual(refusal('NOT_FOUND', '"atlas"'));
  });

  test('an ambiguous name is refused with all matches', async () => {
    const common = packages[0]!.id.slice(0, 4);
    await expect(find(common)).rejects.toEqual(refusal('USAGE', ...packages.map(({ id }) => id)));
  });

  test('an operand is a package, unless a folder has that name', () => {
    const [cwd, folder] = [process.cwd(), temporaryFolder()];
    writeTree(folder, { 'v1.4': null, deadbeef: null, latest: null });
    process.chdir(folder);
    try {
      const read = [
        'latest',
        'latest~1',
        'latest@{2026-01-01}',
        'v1.4',
        'v1.5',
        'deadbeef',
        'deadbee0',
        './latest',
        '..',
      ];
      expect(read.filter(isPackageReference)).toEqual([
        'latest',
        'latest~1',
        'latest@{2026-01-01}',
        'v1.5',
        'deadbee0',
      ]);
    } finally {
      process.chdir(cwd);
    }
  });

  test('no query scans a whole table', () => {
    const database = new Database(join(root, 'output/archives/.store/registry.sqlite3'), { readonly: true });
    const queries = [
      "select * from packages where id >= '0' and id < '0z'",
      "select * from packages where substr(id, 29) = '00000000'",
      "select * from tombstones where substr(id, 29) = '00000000'",
      "select * from packages where manifest_digest >= x'00' and manifest_digest <= x'01'",
      "select * from packages where content_digest >= x'00' and content_digest <= x'01'",
      "select * from packages where subject = 'a' order by position desc limit 1",
    ];
    for (const query of queries) {
      const [plan] = database.prepare(`explain query plan ${query}`).all() as { detail: string }[];
      expect(plan!.detail).toMatch(/^SEARCH/);
    }
    database.close();
  });
});
