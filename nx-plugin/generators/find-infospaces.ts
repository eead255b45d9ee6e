import { basename, posix } from 'node:path';
import type { Tree } from '@nx/devkit';
import { INFOSPACE_FILE } from '../../src/infospace/contract.ts';
import { slugByText } from '../../src/infospace/slug.ts';
import { isContentOfAnother } from '../nested.ts';
import { givenProjectName } from '../project-name.ts';

export interface FoundInfospace {
  /** The project name in Nx. */
  project: string;
  /** Relative to the workspace, with `/`; `.` for the workspace itself. */
  root: string;
}

/** The infospaces of a workspace, including those the generator has just made. */
export async function findInfospaces(tree: Tree): Promise<FoundInfospace[]> {
  const roots = [...foldersOf(tree, '.')].filter((folder) => tree.exists(posix.join(folder, INFOSPACE_FILE)));
  const all = new Set(roots);
  const projects = roots.filter((root) => !isContentOfAnother(root, all));
  return Promise.all(projects.map(async (root) => ({ root, project: await projectName(tree, root) })));
}

/** Skips folders that are never searched for infospaces. */
function* foldersOf(tree: Tree, folder: string): Generator<string> {
  yield folder;
  for (const child of tree.children(folder)) {
    const path = posix.join(folder, child);
    if (child === 'node_modules' || child.startsWith('.') || tree.isFile(path)) continue;
    yield* foldersOf(tree, path);
  }
}

async function projectName(tree: Tree, root: string): Promise<string> {
  const given = givenProjectName((file) => tree.read(posix.join(root, file), 'utf8'));
  if (given !== undefined) return given;
  const folder = basename(root === '.' ? tree.root : root);
  return slugByText(tree.read(posix.join(root, INFOSPACE_FILE), 'utf8') ?? '', folder);
}
