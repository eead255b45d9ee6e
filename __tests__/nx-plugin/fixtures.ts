import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { SAMPLE, type Tree, temporaryFolder, writeTree } from '../infospace/fixtures.ts';

/** A workspace with infospaces in the given folders, and one project without. */
export function workspaceWith(infospaces: Record<string, Tree> = { 'spaces/guide': {} }): string {
  const root = join(temporaryFolder(), 'workspace');
  mkdirSync(root);
  for (const [folder, extra] of Object.entries(infospaces)) writeTree(join(root, folder), { ...SAMPLE, ...extra });
  return writeTree(root, { 'libs/plain/index.ts': '' });
}

/** The context that Nx passes to an executor, for a project in the folder. */
export function contextOf(root: string, projectRoot = 'spaces/guide', projectName = 'guide'): ExecutorContext {
  const projects = { [projectName]: { root: projectRoot, targets: {} } };
  return {
    root,
    cwd: root,
    isVerbose: false,
    projectName,
    targetName: 'any',
    nxJsonConfiguration: {},
    projectGraph: { nodes: {}, dependencies: {} },
    projectsConfigurations: { version: 2, projects },
  };
}

export interface Said {
  stdout: string;
  stderr: string;
}

/** What an action writes to the terminal, unchanged. */
export async function listen<T>(action: () => Promise<T>): Promise<Said & { result: T }> {
  const message = { stdout: '', stderr: '' };
  const originals = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const stream of ['stdout', 'stderr'] as const) {
    process[stream].write = ((chunk: string) => {
      message[stream] += chunk;
      return true;
    }) as typeof process.stdout.write;
  }
  try {
    return { result: await action(), ...message };
  } finally {
    process.stdout.write = originals.stdout;
    process.stderr.write = originals.stderr;
  }
}
