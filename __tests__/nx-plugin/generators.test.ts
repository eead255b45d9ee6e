import { readJson, type Tree, writeJson } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { parse } from 'yaml';
import archiveTarget from '../../nx-plugin/generators/archive-target.ts';
import infospace from '../../nx-plugin/generators/infospace.ts';
import init from '../../nx-plugin/generators/init.ts';
import { refusal } from '../infospace/fixtures.ts';

const STORES = '**/output/archives/.store/';

let tree: Tree;
beforeEach(() => {
  tree = createTreeWithEmptyWorkspace();
  // Nx's formatter is not installed here; the end-to-end test has one.
  for (const file of tree.children('.').filter((name) => /oxfmt|prettier/.test(name))) tree.delete(file);
});

/** Every file in the state after the generator. */
function contents(): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (folder: string) => {
    for (const child of tree.children(folder)) {
      const path = folder === '.' ? child : `${folder}/${child}`;
      if (tree.isFile(path)) found[path] = tree.read(path, 'utf8')!;
      else visit(path);
    }
  };
  visit('.');
  return found;
}

describe('init', () => {
  test('registers the plugin and excludes stores from git and from Nx', async () => {
    tree.write('.gitignore', 'node_modules');
    await init(tree);
    expect(readJson(tree, 'nx.json').plugins).toEqual(['infospace-archive/nx-plugin']);
    expect(tree.read('.gitignore', 'utf8')).toBe(`node_modules\n${STORES}\n`);
    expect(tree.read('.nxignore', 'utf8')).toBe(
      `${STORES}\n**/output/archives/index.yaml\n**/output/archives/.gitattributes\n`,
    );
  });

  test('changes nothing the second time, whichever way the plugin is registered', async () => {
    const plugins = ['other', { plugin: 'infospace-archive/nx-plugin', options: { archiveTargetName: 'keep' } }];
    writeJson(tree, 'nx.json', { plugins });
    tree.write('.gitignore', `a\r\n${STORES}\r\n`);
    await init(tree);
    const once = contents();
    await init(tree);
    expect(contents()).toEqual(once);
    expect(readJson(tree, 'nx.json')).toEqual({ plugins });
    expect(tree.read('.gitignore', 'utf8')).toBe(`a\r\n${STORES}\r\n`);
  });

  test('accepts comments in nx.json', async () => {
    tree.write('nx.json', '{\n  // ours\n  "defaultBase": "main"\n}\n');
    await init(tree);
    expect(readJson(tree, 'nx.json')).toEqual({ defaultBase: 'main', plugins: ['infospace-archive/nx-plugin'] });
    tree.write('nx.json', '{');
    await expect(init(tree)).rejects.toEqual(refusal('CONFIG_INVALID', 'nx.json', 'correct it'));
  });
});

describe('infospace', () => {
  test('creates the layout of an infospace', async () => {
    await infospace(tree, { directory: 'spaces/guide/', title: 'The Guide' });
    expect(parse(tree.read('spaces/guide/infospace.yaml', 'utf8')!)).toEqual({ slug: 'the-guide', name: 'The Guide' });
    expect(tree.children('spaces/guide').sort()).toEqual(
      ['artifacts', 'exports', 'infospace.yaml', 'output', 'reports', 'workflows'].sort(),
    );
    expect(readJson(tree, 'nx.json').plugins).toEqual(['infospace-archive/nx-plugin']);
  });

  test('adds only missing files to an existing one', async () => {
    tree.write('guide/infospace.yaml', '# mine\nslug: mine\n');
    tree.write('guide/reports/a.md', 'a');
    await infospace(tree, { directory: 'guide', slug: 'other' });
    const once = contents();
    expect(once).toMatchObject({ 'guide/infospace.yaml': '# mine\nslug: mine\n', 'guide/exports/.gitkeep': '' });
    expect(Object.keys(once)).not.toContain('guide/reports/.gitkeep');
    await infospace(tree, { directory: 'guide', slug: 'other' });
    expect(contents()).toEqual(once);
  });

  test('refuses a name in use and a folder outside of the workspace, and changes nothing', async () => {
    await infospace(tree, { directory: 'spaces/guide' });
    const before = contents();
    const taken = infospace(tree, { directory: 'elsewhere', slug: 'guide' });
    await expect(taken).rejects.toEqual(refusal('STATE_CONFLICT', 'spaces/guide', '--slug'));
    const odd = infospace(tree, { directory: 'elsewhere', slug: 'Bad Slug!' });
    await expect(odd).rejects.toEqual(refusal('USAGE', '"bad-slug"'));
    for (const directory of ['', '..', '../x', 'a/../../x', '/x', 'C:\\x']) {
      await expect(infospace(tree, { directory })).rejects.toEqual(refusal('USAGE', 'inside the workspace'));
    }
    expect(contents()).toEqual(before);
  });
});

describe('archive-target', () => {
  beforeEach(async () => {
    await infospace(tree, { directory: 'spaces/guide' });
  });

  test('adds a target with options, and the inputs for them', async () => {
    const options = { include: ['reports'], retentionClass: 'permanent-record', skipUnchanged: false };
    await archiveTarget(tree, { project: 'guide', targetName: 'archive-reports', ...options });
    expect(readJson(tree, 'spaces/guide/project.json')).toEqual({
      $schema: '../../node_modules/nx/schemas/project-schema.json',
      name: 'guide',
      targets: {
        'archive-reports': {
          executor: 'infospace-archive:archive',
          inputs: expect.arrayContaining(['{projectRoot}/reports/**/*']),
          outputs: ['{options.outputFile}'],
          cache: false,
          options: { include: ['reports'], retentionClass: 'permanent-record' },
        },
      },
    });
  });

  test('adds it once, by name or by folder, and changes the options the second time', async () => {
    await archiveTarget(tree, { project: 'guide', note: 'a' });
    const once = contents();
    await archiveTarget(tree, { project: './spaces/guide/', note: 'a' });
    expect(contents()).toEqual(once);
    await archiveTarget(tree, { project: 'guide', note: 'b' });
    expect(readJson(tree, 'spaces/guide/project.json').targets.archive.options).toEqual({ note: 'b' });
  });

  test('finds a project by the name in its own files and keeps their content', async () => {
    writeJson(tree, 'spaces/guide/package.json', { name: '@org/guide' });
    const build = { executor: 'nx:run-commands' };
    writeJson(tree, 'spaces/guide/project.json', { tags: ['x'], targets: { build } });
    await archiveTarget(tree, { project: '@org/guide' });
    expect(readJson(tree, 'spaces/guide/project.json')).toMatchObject({
      name: '@org/guide',
      tags: ['x'],
      targets: { build, archive: { executor: 'infospace-archive:archive' } },
    });
  });

  test('uses the project of the current folder when none is given', async () => {
    await archiveTarget(tree, { projectHere: 'guide', note: 'a' });
    expect(readJson(tree, 'spaces/guide/project.json').targets.archive.options).toEqual({ note: 'a' });
    await expect(archiveTarget(tree, {})).rejects.toEqual(refusal('NOT_FOUND', 'No project is named', 'guide'));
  });

  test('refuses a project that is not an infospace and a target of another kind', async () => {
    writeJson(tree, 'spaces/guide/project.json', { targets: { archive: { executor: 'nx:run-commands' } } });
    const before = contents();
    await expect(archiveTarget(tree, { project: 'nope' })).rejects.toEqual(refusal('NOT_FOUND', 'nope', 'guide'));
    const other = archiveTarget(tree, { project: 'guide' });
    await expect(other).rejects.toEqual(refusal('STATE_CONFLICT', 'nx:run-commands', '--targetName'));
    expect(contents()).toEqual(before);
  });
});
