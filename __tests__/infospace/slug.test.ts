import { join } from 'node:path';
import { archiveInfospace, planArchive } from '../../src/index.ts';
import { refusal, temporaryFolder, treeOf, writeTree } from './fixtures.ts';

async function subjectOf(yaml: string | undefined, folder = 'The Folder'): Promise<string> {
  const tree = { 'output/a': '', ...(yaml !== undefined && { 'infospace.yaml': yaml }) };
  return (await planArchive(writeTree(join(temporaryFolder(), folder), tree))).subject;
}

test.each([
  ['the slug as it stands', 'slug: My_Slug.v2\nid: other\nname: Other\n', 'My_Slug.v2'],
  ['a slug that is a number', 'slug: 42\nid: other\n', '42'],
  ['else the id', 'slug: ""\nid: Team Guide/7\nname: Other\n', 'team-guide-7'],
  ['an id that is a number', 'id: 2024\n', '2024'],
  ['else the name', 'name: "  Ärger & Söhne: Österreich "\n', 'arger-sohne-osterreich'],
  ['in any script', 'name: 情報 空間\n', '情報-空間'],
  ['the same in either normalization', 'name: "Cafe\\u0301"\n', 'cafe'],
  ['else the folder, when the name has no letter', 'name: "!!!"\n', 'the-folder'],
  ['else the folder, when the file is empty', '', 'the-folder'],
])('the subject is %s', async (_, yaml, expected) => {
  expect(await subjectOf(yaml)).toBe(expected);
});

test('a folder whose name has no letter also has a subject', async () => {
  expect(await subjectOf(undefined, '---')).toBe('infospace');
});

test('without infospace.yaml the subject is the name of the folder, and a warning says so', async () => {
  const root = writeTree(join(temporaryFolder(), 'Field Notes'), { 'output/a': '' });
  const { record, warnings } = await archiveInfospace(root);
  expect(record.subject).toBe('field-notes');
  expect(warnings).toEqual([expect.stringMatching(/infospace\.yaml.*field-notes/)]);
});

test.each(['slug: [', 'a: b: c\n', '\tslug: x\n'])('%j as infospace.yaml is refused by name', async (yaml) => {
  const root = writeTree(temporaryFolder(), { 'output/a': '', 'infospace.yaml': yaml });
  const before = treeOf(root);
  const error = await archiveInfospace(root).catch((caught: Error) => caught);
  expect(error).toEqual(refusal('CONFIG_INVALID', join(root, 'infospace.yaml')));
  expect((error as Error).message).toMatch(/; .+\.$/);
  expect(treeOf(root)).toEqual(before);
});
