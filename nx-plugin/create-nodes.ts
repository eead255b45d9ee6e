import { basename, posix } from 'node:path';
import type { CreateNodesContext, CreateNodesResult } from '@nx/devkit';
import { readOutsideText } from '../src/artifact-store/outside-file.ts';
import { INFOSPACE_FILE, MAX_INFOSPACE_BYTES } from '../src/infospace/contract.ts';
import { slugByText } from '../src/infospace/slug.ts';
import { isContentOfAnother } from './nested.ts';
import { PLUGIN, type PluginOptions, readPluginOptions } from './plugin-options.ts';
import { givenProjectName } from './project-name.ts';
import { inferTargets, TECHNOLOGY } from './targets.ts';

export const name: string = PLUGIN;

type Nodes = (readonly [file: string, result: CreateNodesResult])[];

/**
 * Makes every folder with an `infospace.yaml` a project, or extends an existing one, with targets to archive, list, restore and verify it.
 * Reads those files and other files that name a project, but no environment variables: the daemon would keep their values.
 */
async function infer(
  files: readonly string[],
  given: PluginOptions | undefined,
  { workspaceRoot }: Pick<CreateNodesContext, 'workspaceRoot'>,
): Promise<Nodes> {
  const targetsOf = inferTargets(readPluginOptions(given));
  const roots = new Set(files.map(folderOf));
  const nodes: Nodes = [];
  for (const file of files) {
    const root = folderOf(file);
    if (isContentOfAnother(root, roots)) continue;
    const text = readText(`${workspaceRoot}/${file}`);
    if (text === undefined) continue;
    const slug = await slugByText(text, basename(root === '.' ? workspaceRoot : root));
    const named = givenProjectName((name) => readText(`${workspaceRoot}/${root}/${name}`)) ?? slug;
    const project = { name: slug, targets: targetsOf(named), metadata: { technologies: [TECHNOLOGY] } };
    nodes.push([file, { projects: { [root]: project } }]);
  }
  return nodes;
}

/** Relative to the workspace, with `/` on every system; `.` for the workspace itself. */
function folderOf(file: string): string {
  return posix.dirname(file.replaceAll('\\', '/'));
}

/** Undefined for a file that vanished since Nx listed it; an unreadable one still marks an infospace. */
function readText(path: string): string | undefined {
  try {
    return readOutsideText(path, MAX_INFOSPACE_BYTES);
  } catch {
    return '';
  }
}

/** The signature that Nx uses from version 21 on; 21 and 22 look for it under the second name. */
export const createNodes: readonly [string, typeof infer] = [`**/${INFOSPACE_FILE}`, infer];
export const createNodesV2: typeof createNodes = createNodes;
