import { basename, posix } from 'node:path';
import type { Tree } from '@nx/devkit';
import { ArchiveError } from '../../src/artifact-store/errors.ts';
import { DEFAULT_INCLUDE, INFOSPACE_FILE } from '../../src/infospace/contract.ts';
import { slugFault, slugify } from '../../src/infospace/slug.ts';
import { stringifyYaml } from '../../src/infospace/yaml.ts';
import { findInfospaces } from './find-infospaces.ts';
import init from './init.ts';
import { format } from './workspace-files.ts';

/** The options in infospace.json. */
export interface InfospaceOptions {
  directory: string;
  slug?: string;
  title?: string;
  skipFormat?: boolean;
}

/** Creates the layout of an infospace; existing files stay unchanged. */
export default async function infospace(tree: Tree, options: InfospaceOptions): Promise<void> {
  const fault = options.slug === undefined ? undefined : slugFault(options.slug);
  if (fault !== undefined) throw new ArchiveError('USAGE', fault);
  const root = insideWorkspace(options.directory);
  const folder = basename(root === '.' ? tree.root : root);
  const title = options.title ?? folder;
  const slug = options.slug ?? slugify(title) ?? slugify(folder) ?? 'infospace';
  if (!tree.exists(posix.join(root, INFOSPACE_FILE))) {
    const other = (await findInfospaces(tree)).find(({ project }) => project === slug);
    if (other !== undefined) {
      const sentence = `The infospace in ${other.root} already has the slug "${slug}"; choose another --slug.`;
      throw new ArchiveError('STATE_CONFLICT', sentence);
    }
    tree.write(posix.join(root, INFOSPACE_FILE), stringifyYaml({ slug, name: title }));
  }
  // Git does not keep empty folders.
  for (const name of DEFAULT_INCLUDE.filter((path) => path !== INFOSPACE_FILE)) {
    if (!tree.exists(posix.join(root, name))) tree.write(posix.join(root, name, '.gitkeep'), '');
  }
  await init(tree, { skipFormat: true });
  await format(tree, options.skipFormat);
}

function insideWorkspace(directory: string): string {
  const path = posix.normalize(directory.replaceAll('\\', '/')).replace(/\/$/, '');
  if (directory !== '' && !path.startsWith('..') && !/^(?:\/|[a-z]:)/i.test(path)) return path;
  throw new ArchiveError(
    'USAGE',
    `The directory "${directory}" is not inside the workspace; give a path relative to it.`,
  );
}
