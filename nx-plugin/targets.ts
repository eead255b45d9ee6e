import type { TargetConfiguration } from '@nx/devkit';
import { ARCHIVES_FOLDER, DEFAULT_INCLUDE, IGNORE_FILE, INFOSPACE_FILE } from '../src/infospace/contract.ts';
import { EXECUTORS, type ExecutorName, type ExecutorOptions, type Targets } from './plugin-options.ts';

export const TECHNOLOGY = 'infospace';

/** Description of each target, with example options. */
const ABOUT: Record<ExecutorName, { description: string; example: ExecutorOptions }> = {
  archive: {
    description: 'Archive the current state of this infospace as an immutable package.',
    example: { note: 'release 1.4', retentionClass: 'release-evidence' },
  },
  list: { description: 'List the archives of this infospace.', example: { withRetention: true } },
  restore: {
    description: 'Restore a package byte for byte into a folder and verify every byte.',
    example: { package: 'latest', target: '../restored' },
  },
  verify: { description: 'Read and hash every stored byte of a package again.', example: { package: 'latest' } },
};

/** The targets of every infospace. They differ only in the project name, and a workspace may have a thousand projects. */
export function inferTargets(targets: Targets): (project: string) => Record<string, TargetConfiguration> {
  const all = EXECUTORS.map((executor) => ({
    name: targets[executor].name,
    about: ABOUT[executor],
    target: targetOf(executor, targets[executor].options),
  }));
  return (project) =>
    Object.fromEntries(
      all.map(({ name, about: { description, example }, target }) => {
        const help = { command: `npx nx run ${project}:${name} --help`, example: { options: example } };
        return [name, { ...target, metadata: { description, technologies: [TECHNOLOGY], help } }];
      }),
    );
}

function targetOf(executor: ExecutorName, options: ExecutorOptions): TargetConfiguration {
  return {
    executor: `infospace-archive:${executor}`,
    options,
    // The effect of each is outside the files that Nx could restore, and a store can be damaged while no input changes.
    cache: false,
    inputs: executor === 'archive' ? archiveInputs(options['include']) : [`{projectRoot}/${INFOSPACE_FILE}`],
    ...(executor === 'archive' && { outputs: ['{options.outputFile}'] }),
  };
}

/**
 * The inputs of an archive, for `nx affected`. Exclude patterns are not translated, since their syntax differs: an extra task is better
 * than a missing one.
 */
export function archiveInputs(include: unknown): string[] {
  const given = Array.isArray(include) && include.length > 0 ? include.map(String) : DEFAULT_INCLUDE;
  const files = [INFOSPACE_FILE, IGNORE_FILE];
  const paths = given.map((path) => path.replace(/^(?:\.\/)+|\/+$/g, '')).filter((path) => !files.includes(path));
  return [...files, ...paths.flatMap((path) => (path === '.' ? ['**/*'] : [path, `${path}/**/*`]))]
    .map((path) => `{projectRoot}/${path}`)
    .concat(`!{projectRoot}/${ARCHIVES_FOLDER}/**/*`);
}
