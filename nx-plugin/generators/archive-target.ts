import { posix } from 'node:path';
import type { TargetConfiguration, Tree } from '@nx/devkit';
import { ArchiveError } from '../../src/artifact-store/errors.ts';
import { archiveInputs } from '../targets.ts';
import { type FoundInfospace, findInfospaces } from './find-infospaces.ts';
import { format, updateJson } from './workspace-files.ts';

/** The options in archive-target.json. All but the first four become options of the target. */
export interface ArchiveTargetOptions {
  project?: string;
  /** The project in whose folder Nx is called. */
  projectHere?: string;
  targetName?: string;
  skipFormat?: boolean;
  retentionClass?: string;
  include?: string[];
  exclude?: string[];
  note?: string;
  producer?: string;
  subject?: string;
  storeRoot?: string;
  skipUnchanged?: boolean;
  refuseSecrets?: boolean;
  outputFile?: string;
}

const EXECUTOR = 'infospace-archive:archive';

/** Adds or changes a target that archives with its own options, in the project.json of an infospace. */
export default async function archiveTarget(
  tree: Tree,
  { project, projectHere, targetName = 'archive', skipFormat, ...given }: ArchiveTargetOptions,
): Promise<void> {
  const { root, project: name } = await findProject(tree, project ?? projectHere);
  // Nx passes every option with a default; disabled flags are left out of the file.
  const options = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined && value !== false),
  );
  const target: TargetConfiguration = {
    executor: EXECUTOR,
    inputs: archiveInputs(given.include),
    outputs: ['{options.outputFile}'],
    cache: false,
    options,
  };
  await updateJson(tree, posix.join(root, 'project.json'), (config) => {
    const targets = (config['targets'] ?? {}) as Record<string, TargetConfiguration>;
    const other = targets[targetName]?.executor;
    if (other !== undefined && other !== EXECUTOR) {
      const sentence = `The target ${targetName} of ${name} runs ${other}; choose another --targetName.`;
      throw new ArchiveError('STATE_CONFLICT', sentence);
    }
    const schema = posix.join(posix.relative(root, '.'), 'node_modules/nx/schemas/project-schema.json');
    return { $schema: schema, name, ...config, targets: { ...targets, [targetName]: target } };
  });
  await format(tree, skipFormat);
}

async function findProject(tree: Tree, wanted: string | undefined): Promise<FoundInfospace> {
  const infospaces = await findInfospaces(tree);
  const folder = wanted === undefined ? undefined : posix.normalize(wanted).replace(/\/$/, '');
  const found = infospaces.find(({ project, root }) => project === wanted || root === folder);
  if (found) return found;
  const names = infospaces.map(({ project }) => project).sort();
  const remedy =
    names.length === 0
      ? 'make one with nx g infospace-archive:infospace'
      : `name one of ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`;
  const what = wanted === undefined ? 'No project is named' : `No project "${wanted}" has an infospace.yaml`;
  throw new ArchiveError('NOT_FOUND', `${what}; ${remedy}.`);
}
