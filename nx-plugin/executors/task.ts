import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { ArchiveError } from '../../src/artifact-store/errors.ts';
import { INFOSPACE_FILE } from '../../src/infospace/contract.ts';
import { reportError } from '../../src/terminal/errors.ts';
import { interruptible } from '../../src/terminal/interruption.ts';
import { requireNode } from './node-version.ts';

/** The part of Nx's context that an executor needs. */
export type TaskContext = Pick<ExecutorContext, 'root' | 'projectName' | 'projectsConfigurations'>;

/** Runs a task in the workspace. An expected error fails the task with one line; only a bug prints a stack. */
export async function asTask<T extends { success: boolean }>(
  options: object,
  { root }: TaskContext,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | { success: false }> {
  const before = process.cwd();
  try {
    requireNode();
    // Relative paths in ARTIFACTSTORE_* variables and .env files must not depend on where nx is called.
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

/** A shell passes an empty value for an unset variable, which is never intended. */
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
 * An absolute path. Nx replaces tokens in the options of targets, but neither in command line values nor in schema defaults.
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

/** The store comes from the task's environment alone, unless the options name one. */
export function storeOf(
  { storeRoot }: { storeRoot?: string | undefined },
  context: TaskContext,
): { storeRoot: string | undefined } {
  return { storeRoot: storeRoot === undefined ? undefined : pathOf(storeRoot, context) };
}

/**
 * The folder of the infospace. A folder without `infospace.yaml` is refused rather than archived.
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
