import { isAbsolute, relative, resolve } from 'node:path';
import { type Environment, readEnvironment } from '../artifact-store/config.ts';
import { findRetentionClass } from '../artifact-store/retention/classes.ts';
import type { ArchiveOptions } from '../infospace/archive.ts';
import { openInfospace } from '../infospace/infospace-file.ts';
import type { LinkPolicy } from '../infospace/links.ts';
import { compileInclude, requireExclude } from '../infospace/selection.ts';
import { about, type Inputs, invalidInput } from './inputs.ts';
import { provenanceOf } from './provenance.ts';
import { type AskedStore, readStoreInput } from './store-input.ts';

export interface ArchiveInputs {
  /** Absolute. */
  root: string;
  outsideWorkspace: boolean;
  options: ArchiveOptions;
  ifNoFilesFound: 'error' | 'warn' | 'ignore';
  workflowArtifact: 'auto' | 'always' | 'never';
  /** Undefined: named after the package. */
  workflowArtifactName: string | undefined;
  /** Undefined: the default of the repository. */
  workflowArtifactRetentionDays: number | undefined;
  store: AskedStore;
  /** Reports what would be archived and changes nothing. */
  dryRun: boolean;
  summary: boolean;
}

/** GitHub's limit for private repositories; for public ones it is 90. */
const MAX_RETENTION_DAYS = 400;

/** @throws ArchiveError naming the invalid input or variable. */
export async function readArchiveInputs(inputs: Inputs, env: Environment): Promise<ArchiveInputs> {
  const store = await readStoreInput(inputs, env, workspaceOf(env));
  const { retentionClasses } = readEnvironment(store.env);
  const retentionClass = inputs.text('retention-class');
  const include = inputs.lines('include');
  const { root, outsideWorkspace } = await readRoot(inputs, env);
  if (retentionClass !== undefined) {
    await about('retention-class', () => findRetentionClass(retentionClasses, retentionClass));
  }
  const exclude = inputs.lines('exclude');
  await about('include', () => compileInclude(include));
  await about('exclude', () => requireExclude(exclude ?? []));
  return {
    root,
    outsideWorkspace,
    options: {
      retentionClass,
      include,
      exclude,
      note: inputs.text('note'),
      producer: inputs.text('producer'),
      subject: inputs.text('subject'),
      storeRoot: store.storeRoot,
      // A job's embedded store is always new: the uploaded artifact is what remains.
      newStore: store.kind === 'embedded' || inputs.flag('new-store', false),
      skipUnchanged: inputs.flag('skip-unchanged', false),
      links: inputs.choice<LinkPolicy>('links', ['keep', 'refuse', 'follow-inside'], 'keep'),
      refuseSecrets: inputs.flag('refuse-secrets', false),
      provenance: provenanceOf(env),
      env: store.env,
    },
    ifNoFilesFound: inputs.choice('if-no-files-found', ['error', 'warn', 'ignore'], 'error'),
    workflowArtifact: inputs.choice('workflow-artifact', ['auto', 'always', 'never'], 'auto'),
    workflowArtifactName: readArtifactName(inputs),
    workflowArtifactRetentionDays: inputs.count('workflow-artifact-retention-days', {
      min: 1,
      max: MAX_RETENTION_DAYS,
    }),
    store,
    dryRun: inputs.flag('dry-run', false),
    summary: inputs.flag('summary', true),
  };
}

/** Paths of inputs are relative to the checkout. */
export function workspaceOf(env: Environment): string {
  return env['GITHUB_WORKSPACE'] || process.cwd();
}

/** @throws ArchiveError naming the input when there is no such folder or its `infospace.yaml` cannot be read. */
export async function readRoot(
  inputs: Inputs,
  env: Environment,
): Promise<Pick<ArchiveInputs, 'root' | 'outsideWorkspace'>> {
  const workspace = workspaceOf(env);
  const root = resolve(workspace, inputs.text('root') ?? '.');
  await about('root', () => openInfospace(root));
  const way = relative(workspace, root);
  return { root, outsideWorkspace: way.startsWith('..') || isAbsolute(way) };
}

/** @throws ArchiveError `USAGE` for an invalid artifact name. */
export function readArtifactName(inputs: Inputs): string | undefined {
  const name = inputs.text('workflow-artifact-name');
  if (name !== undefined && FORBIDDEN_IN_ARTIFACT_NAMES.test(name)) {
    throw invalidInput('workflow-artifact-name', `is "${name}"; leave out " : < > | * ? / \\ and line breaks`);
  }
  return name;
}

export const FORBIDDEN_IN_ARTIFACT_NAMES: RegExp = /[":<>|*?/\\\r\n]/;
