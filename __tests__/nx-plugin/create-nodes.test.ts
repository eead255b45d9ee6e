import { join } from 'node:path';
import type { CreateNodesResult } from '@nx/devkit';
import { createNodes, createNodesV2, type PluginOptions } from '../../nx-plugin/index.ts';
import { temporaryFolder, writeTree } from '../infospace/fixtures.ts';

type Project = NonNullable<CreateNodesResult['projects']>[string];

async function infer(
  texts: Record<string, string>,
  options?: PluginOptions,
  asListed = (file: string) => file,
): Promise<Record<string, Project>> {
  const workspaceRoot = writeTree(join(temporaryFolder(), 'My Workspace'), texts);
  const files = Object.keys(texts).map(asListed);
  const nodes = await createNodes[1](files, options, { workspaceRoot });
  expect(nodes.every(([file]) => files.includes(file))).toBe(true);
  return Object.assign({}, ...nodes.map(([, { projects }]) => projects)) as Record<string, Project>;
}

test('looks for infospace.yaml anywhere, under both names that versions of Nx know', () => {
  expect(createNodes[0]).toBe('**/infospace.yaml');
  expect(createNodesV2).toBe(createNodes);
});

test('a folder with infospace.yaml is a project named after its slug, with four described targets', async () => {
  const { 'spaces/guide': project } = await infer({ 'spaces/guide/infospace.yaml': 'slug: guide\n' });
  expect(project).toMatchObject({ name: 'guide', metadata: { technologies: ['infospace'] } });
  expect(Object.keys(project!.targets!)).toEqual(['archive', 'archive-list', 'restore', 'verify']);
  for (const [name, target] of Object.entries(project!.targets!)) {
    expect(target).toMatchObject({ executor: expect.stringMatching(/^infospace-archive:\w+$/), cache: false });
    expect(target.metadata).toMatchObject({
      description: expect.stringMatching(/[.]$/),
      technologies: ['infospace'],
      help: { command: `npx nx run guide:${name} --help`, example: { options: expect.anything() } },
    });
  }
});

test('help names the project like the workspace does, with package.json or project.json', async () => {
  const files = { 'a/infospace.yaml': 'slug: guide\n', 'b/infospace.yaml': 'slug: atlas\n' };
  const names = {
    'a/package.json': '{"name":"@org/guide"}',
    'b/project.json': '{"name":"maps"}',
    'b/package.json': '{',
  };
  const workspaceRoot = writeTree(temporaryFolder(), { ...files, ...names });
  const nodes = await createNodes[1](Object.keys(files), {}, { workspaceRoot });
  const commands = nodes.flatMap(([, { projects }]) =>
    Object.values(projects!).map(({ targets }) => targets!['archive']!.metadata?.help?.command),
  );
  expect(commands).toEqual(['npx nx run @org/guide:archive --help', 'npx nx run maps:archive --help']);
});

test('projects are named by slug, id, name or folder, even with a broken infospace.yaml', async () => {
  const projects = await infer({
    'infospace.yaml': '',
    'a/infospace.yaml': 'id: The ID\nname: ignored\n',
    'b/infospace.yaml': 'name: "Ein Führer"\n',
    'c/broken-one/infospace.yaml': 'slug: [\n',
  });
  expect(Object.entries(projects).map(([root, { name }]) => [root, name])).toEqual([
    ['.', 'my-workspace'],
    ['a', 'the-id'],
    ['b', 'ein-fuhrer'],
    ['c/broken-one', 'broken-one'],
  ]);
});

test('content of another infospace is not a project', async () => {
  const projects = await infer({
    'infospace.yaml': 'slug: top\n',
    'output/copy/infospace.yaml': 'slug: top\n',
    'spaces/guide/infospace.yaml': 'slug: guide\n',
    'spaces/guide/artifacts/sample/deep/infospace.yaml': 'slug: guide\n',
    'spaces/guide/parts/one/infospace.yaml': 'slug: part\n',
    'exports-of-others/infospace.yaml': 'slug: other\n',
  });
  expect(Object.keys(projects)).toEqual(['.', 'spaces/guide', 'spaces/guide/parts/one', 'exports-of-others']);
});

test('Windows paths give the same projects', async () => {
  const texts = { 'spaces/guide/infospace.yaml': 'slug: guide\n' };
  const [windows] = Object.keys(
    await infer(texts, {}, (file) => (process.platform === 'win32' ? file.replaceAll('/', '\\') : file)),
  );
  expect(windows).toBe('spaces/guide');
  // On other systems this is an ordinary file name, so there is nothing to read.
  const nodes = await createNodes[1](['a\\b\\infospace.yaml'], {}, { workspaceRoot: temporaryFolder() });
  expect(nodes).toEqual([]);
});

test('options rename targets and set their defaults, and the inputs follow', async () => {
  const { '.': project } = await infer(
    { 'infospace.yaml': 'slug: guide\n' },
    {
      archiveTargetName: 'keep',
      listTargetName: 'kept',
      restoreTargetName: 'bring-back',
      verifyTargetName: 'check',
      archiveOptions: { include: ['reports/', 'data/**/*.json'], note: 'nightly' },
      restoreOptions: { target: '../restored/{projectName}' },
    },
  );
  expect(Object.keys(project!.targets!)).toEqual(['keep', 'kept', 'bring-back', 'check']);
  expect(project!.targets!['keep']).toMatchObject({
    options: { note: 'nightly' },
    outputs: ['{options.outputFile}'],
    inputs: [
      '{projectRoot}/infospace.yaml',
      '{projectRoot}/.infospaceignore',
      '{projectRoot}/reports',
      '{projectRoot}/reports/**/*',
      '{projectRoot}/data/**/*.json',
      '{projectRoot}/data/**/*.json/**/*',
      '!{projectRoot}/output/archives/**/*',
    ],
  });
  expect(project!.targets!['bring-back']!.options).toEqual({ target: '../restored/{projectName}' });
});

test.each([
  [{ archiveTarget: 'x' }, /"archiveTarget".*nx.json is unknown.*archiveTargetName/],
  [{ archiveTargetName: 1 }, /"archiveTargetName".*must be a name/],
  [{ verifyOptions: ['a'] }, /"verifyOptions".*must be an object/],
  [{ verifyTargetName: 'archive' }, /two targets "archive"/],
])('options %j are refused', async (options, message) => {
  await expect(infer({ 'infospace.yaml': '' }, options as PluginOptions)).rejects.toThrow(message);
});

test('the environment is not read', async () => {
  process.env['ARTIFACTSTORE_STORAGE_BACKEND'] = 'tape';
  try {
    expect(JSON.stringify(await infer({ 'infospace.yaml': '' }))).not.toContain('tape');
  } finally {
    delete process.env['ARTIFACTSTORE_STORAGE_BACKEND'];
  }
});
