import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as core from '@actions/core';
import { BAG_EXTENSION } from '../artifact-store/bag/layout.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import { makeTemporaryFolder } from '../artifact-store/files/temporary-folder.ts';
import type { Registry } from '../artifact-store/registry.ts';
import type { ArchiveInputs } from './archive-inputs.ts';
import type { Archived } from './archived.ts';
import { say, sentenceOf, warn } from './report.ts';
import type { Step } from './step.ts';
import { artifactNameOf, type UploadedArtifact, uploadArtifact } from './workflow-artifact.ts';

/**
 * Uploads the package as one self-contained file if requested, or if its store ends with the job.
 * @returns undefined when there is nothing to upload, or act has no artifact service.
 * @throws ArchiveError; the package stays in the store.
 */
export async function uploadPackage(
  registry: Registry,
  { record }: Archived,
  asked: ArchiveInputs,
  { env, signal }: Omit<Step, 'inputs'>,
): Promise<UploadedArtifact | undefined> {
  const { workflowArtifact: mode, store } = asked;
  if (mode === 'never' || (mode === 'auto' && store.kind !== 'embedded')) return undefined;
  if (mode === 'auto' && registry.isEncrypted) {
    warn(
      'The embedded store is encrypted, and a workflow artifact is not: the package was not uploaded. Keep the store, name another one, or set the input "workflow-artifact".',
    );
    return undefined;
  }
  const name = asked.workflowArtifactName ?? artifactNameOf(record.subject, record.package_id);
  return core.group('Upload as a workflow artifact', async () => {
    if (mode === 'auto') say('The embedded store ends with this job, so the package is uploaded.');
    const folder = await makeTemporaryFolder('bag');
    try {
      const path = join(folder, `${record.package_id}${BAG_EXTENSION}`);
      await registry.exportPackage(record.package_id, { file: path }, undefined, signal);
      const retentionDays = asked.workflowArtifactRetentionDays;
      return await uploadArtifact(name, { path, folder }, { retentionDays, env, signal });
    } catch (error) {
      if (signal.aborted) warn(`The package ${record.package_id} was made, but not uploaded as a workflow artifact.`);
      // Run by act, the embedded store remains on the user's machine.
      if (!env['ACT'] || mode === 'always' || !(error instanceof ArchiveError)) throw error;
      warn(`The package is only in the embedded store. ${sentenceOf(error)}`);
      return undefined;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}
