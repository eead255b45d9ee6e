import type { TargetConfiguration } from '@nx/devkit';
import { ARCHIVES_FOLDER, DEFAULT_INCLUDE, IGNORE_FILE, INFOSPACE_FILE } from '../src/infospace/contract.ts';
import { EXECUTORS, type ExecutorName, type ExecutorOptions, type Targets } from './plugin-options.ts';

export const TECHNOLOGY = 'infospace';

/** What to say of a target, and options that show what it is for. */
const ABOUT: Record<ExecutorName, { description: string; example: ExecutorOptions }> = {
  archive: {
    description: 'Keep the state of this infospace as an immutable package.',
    example: { note: 'release 1.4', retentionClass: 'release-evidence' },
  },
  list: { description: 'List the archives of this infospace.', example: { withRetention: true } },
  restore: {
    description: 'Restore a package byte for byte into a folder, checking every byte.',
    example: { package: 'latest', target: '../restored' },
  },
  verify: { description: 'Read and hash again every stored byte of a package.', example: { package: 'latest' } },
};

export function inferTargets(project: string, targets: Targets): Record<string, TargetConfiguration> {
  return Object.fromEntries(
    EXECUTORS.map((executor) => [targets[executor].name, targetOf(executor, project, targets[executor])]),
  );
}

function targetOf(
  executor: ExecutorName,
  project: string,
  { name, options }: { name: string; options: ExecutorOptions },
): TargetConfiguration {
  const { description, example } = ABOUT[executor];
  return {
    executor: `infospace-archive:${executor}`,
    options,
    // None has its effect in the files that Nx would bring back, and a store can be damaged while no input changes.
    cache: false,
    inputs: executor === 'archive' ? archiveInputs(options['include']) : [`{projectRoot}/${INFOSPACE_FILE}`],
    ...(executor === 'archive' && { outputs: ['{options.outputFile}'] }),
    metadata: {
      description,
      technologies: [TECHNOLOGY],
      help: { command: `npx nx run ${project}:${name} --help`, example: { options: example } },
    },
  };
}

/**
 * What an archive takes in, for `nx affected`. Exclude patterns are not told: they have a syntax of their own, and a task
 * too many is better than one too few.
 */
export function archiveInputs(include: unknown): string[] {
  const paths = Array.isArray(include) && include.length > 0 ? include.map(String) : DEFAULT_INCLUDE;
  return [
    ...new Set(
      [INFOSPACE_FILE, IGNORE_FILE, ...paths].flatMap((path) =>
        path === INFOSPACE_FILE || path === IGNORE_FILE ? [path] : [path, `${path}/**/*`],
      ),
    ),
  ]
    .map((path) => `{projectRoot}/${path.replace(/^\.\/|\/+$/g, '')}`)
    .concat(`!{projectRoot}/${ARCHIVES_FOLDER}/**/*`);
}
