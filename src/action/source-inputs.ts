import { resolve } from 'node:path';
import type { Environment } from '../artifact-store/config.ts';
import { isContentAddress, isPackageId } from '../artifact-store/outside-fields.ts';
import { beforeLatest, isPackageName } from '../infospace/find-package.ts';
import { readArtifactName, workspaceOf } from './archive-inputs.ts';
import { type Inputs, invalidInput } from './inputs.ts';
import { type AskedStore, readStoreInput } from './store-input.ts';
import type { ArtifactPlace } from './workflow-artifact.ts';

/** Which package to use, and where it is. */
export interface SourceInputs {
  /** Any name of a package, as on the command line; ids and digests in lower case. */
  reference: string;
  subject: string | undefined;
  /** The infospace whose store and index are used; absolute. */
  root: string;
  store: AskedStore;
  artifact: { wanted: boolean; name: string | undefined; place: ArtifactPlace | undefined };
}

/** Whether a name can select a package among workflow artifacts, which know neither labels nor log times. */
export function isNameInArtifacts(reference: string): boolean {
  return isPackageId(reference) || isContentAddress(reference) || beforeLatest(reference) !== undefined;
}

/** @throws ArchiveError naming the invalid input or variable. */
export async function readSourceInputs(inputs: Inputs, env: Environment): Promise<SourceInputs> {
  const workspace = workspaceOf(env);
  const reference = readReference(inputs);
  const name = readArtifactName(inputs);
  const wanted = [name, inputs.text('run-id'), inputs.text('repository')].some((value) => value !== undefined);
  return {
    reference,
    subject: inputs.text('subject'),
    root: resolve(workspace, inputs.text('root') ?? '.'),
    store: await readStoreInput(inputs, env, workspace),
    artifact: { wanted, name, place: readPlace(inputs, env) },
  };
}

function readReference(inputs: Inputs): string {
  const text = inputs.text('package-id') ?? 'latest';
  const lower = text.toLowerCase();
  if (isNameInArtifacts(lower)) return lower;
  if (isPackageName(text)) return text;
  const what = `is "${text}"; use a package id, its last 8 characters, a manifest digest (blake3:…), latest, latest~1, latest@{2026-09-01} or a label`;
  throw invalidInput('package-id', what);
}

/** Undefined for artifacts of this run, which need no token. */
function readPlace(inputs: Inputs, env: Environment): ArtifactPlace | undefined {
  const runId = inputs.count('run-id', { min: 1, max: Number.MAX_SAFE_INTEGER });
  const repository = inputs.text('repository') ?? env['GITHUB_REPOSITORY'] ?? '';
  const elsewhere = repository !== (env['GITHUB_REPOSITORY'] ?? '');
  if (runId === undefined) {
    if (!elsewhere) return undefined;
    throw invalidInput('run-id', 'is missing, but "repository" is set; name the run of the artifact');
  }
  if (!elsewhere && String(runId) === env['GITHUB_RUN_ID']) return undefined;
  const [repositoryOwner, repositoryName, ...rest] = repository.split('/');
  if (!repositoryOwner || !repositoryName || rest.length > 0) {
    throw invalidInput('repository', `is "${repository}"; use owner/name`);
  }
  const token = inputs.required('github-token', 'a token with "actions: read" to see the artifacts of another run');
  return { runId, repositoryOwner, repositoryName, token };
}
