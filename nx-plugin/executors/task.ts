import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { ArchiveError } from '../../src/artifact-store/errors.ts';
import { INFOSPACE_FILE } from '../../src/infospace/contract.ts';
import { reportError } from '../../src/terminal/errors.ts';
import { interruptible } from '../../src/terminal/interruption.ts';
import { requireNode } from './node-version.ts';

/** What an executor needs to know of where it runs. */
export type TaskContext = Pick<ExecutorContext, 'root' | 'projectName' | 'projectsConfigurations'>;

/**
 * Runs a task in the workspace. What goes wrong is told in one line and fails it; a stack would be for a fault of this
 * software only.
 */
export async function asTask<T extends { success: boolean }>(
  options: object,
  { root }: TaskContext,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | { success: false }> {
  const before = process.cwd();
  try {
    requireNode();
    // A relative path in an ARTIFACTSTORE_* variable or an .env file is the same wherever nx is called.
    process.chdir(root);
    requireValues(options);
    return await interruptible(work);
  } catch (error) {
    reportError(error);
    return { success: false };
  } finally {
    process.chdir(before);
  }
}

/** An empty value is what a shell makes of a variable that is not set, and never meant. */
function requireValues(options: object): void {
  for (const [name, value] of Object.entries(options)) {
    if ([value].flat().includes('')) {
      throw new ArchiveError('USAGE', `The option "${name}" is empty; give a value or leave it out.`);
    }
  }
}

/** The folder of the project, relative to the workspace; `.` for a project at its root. */
function projectRootOf({ projectName, projectsConfigurations }: TaskContext): string {
  return projectsConfigurations.projects[projectName ?? '']?.root ?? '.';
}

/**
 * An absolute path. Nx replaces tokens in the options of targets, but not in what the command line gives, nor in the
 * defaults of a schema.
 *
 * @param path relative to the workspace, or with `{projectRoot}`, `{projectName}` or `{workspaceRoot}` in it.
 */
export function pathOf(path: string, context: TaskContext): string {
  const tokens: Record<string, string> = {
    '{projectRoot}': projectRootOf(context),
    '{projectName}': context.projectName ?? '',
    '{workspaceRoot}': context.root,
  };
  return resolve(
    context.root,
    path.replace(/\{(?:projectRoot|projectName|workspaceRoot)\}/g, (token) => tokens[token]!),
  );
}

/** The store is configured by the environment of the task alone, unless the options name one. */
export function storeOf(
  { storeRoot }: { storeRoot?: string | undefined },
  context: TaskContext,
): { storeRoot: string | undefined } {
  return { storeRoot: storeRoot === undefined ? undefined : pathOf(storeRoot, context) };
}

/**
 * The folder of the infospace. A project that has become none, or never was one, is told, not archived as it is.
 *
 * @throws ArchiveError `NOT_FOUND`.
 */
export function infospaceOf(option: 'root' | 'from', path: string, context: TaskContext): string {
  const root = pathOf(path, context);
  if (existsSync(join(root, INFOSPACE_FILE))) return root;
  throw new ArchiveError(
    'NOT_FOUND',
    `The project ${context.projectName} has no ${INFOSPACE_FILE} in ${root}; add one, or name another folder with the option "${option}".`,
  );
}
