import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as core from '@actions/core';
import type { Environment } from '../artifact-store/config.ts';
import { isArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import { replaceFile } from '../artifact-store/files/whole-file.ts';
import type { Registry } from '../artifact-store/registry.ts';
import { type ArchiveResult, archiveInfospace, planArchive } from '../infospace/archive.ts';
import { compareEntries } from '../infospace/compare.ts';
import { INDEX_FILE, STORE_FOLDER } from '../infospace/contract.ts';
import { ignoreInGit, openRegistry } from '../infospace/infospace-store.ts';
import { formatBytes, formatCount, formatLeftOut } from '../terminal/format.ts';
import { type ArchiveInputs, readArchiveInputs } from './archive-inputs.ts';
import { writeArchiveSummary } from './archive-summary.ts';
import type { Archived } from './archived.ts';
import { archiveInGit } from './git-store.ts';
import { jsonText, type Outputs, setOutputs } from './outputs.ts';
import { say, sentenceOf, warn } from './report.ts';
import type { Step } from './step.ts';
import { code, firstOf, table, writeSummary } from './summary.ts';
import { uploadPackage } from './upload-package.ts';
import type { UploadedArtifact } from './workflow-artifact.ts';

/** Limit for log lines. */
const MAX_LOGGED = 1000;

export async function archive({ inputs, env, signal }: Step): Promise<void> {
  const given = await readArchiveInputs(inputs, env);
  if (given.outsideWorkspace) warn(`The input "root" names ${given.root}, which is outside the workspace.`);
  if (given.dryRun) {
    await orNothing(given, () => plan(given, signal));
    return;
  }
  const made = await core.group('Archive', () => archiveOrNothing(given, env, signal));
  if (made === undefined) return;
  const { asked, result } = made;
  const registry = await openRegistry(asked.root, asked.options, 'read');
  let uploaded: UploadedArtifact | undefined;
  try {
    const archived = await describe(registry, asked.root, result);
    setOutputs(outputsOf(archived, asked));
    // The outputs are set even if a later part of the step fails.
    uploaded = await uploadPackage(registry, archived, asked, { env, signal });
    if (uploaded) setOutputs(artifactOutputs(uploaded));
    if (asked.summary) await writeArchiveSummary(archived, { asked, uploaded, env });
  } finally {
    await registry.close();
  }
}

/** Undefined when there is nothing to archive and the step may succeed anyway. */
function archiveOrNothing(
  asked: ArchiveInputs,
  env: Environment,
  signal: AbortSignal,
): Promise<{ asked: ArchiveInputs; result: ArchiveResult } | undefined> {
  const { root, options, store } = asked;
  return orNothing(asked, async () => {
    const made =
      store.kind === 'git'
        ? await archiveInGit(asked, env, signal)
        : { asked, result: await archiveInfospace(root, { ...options, signal }) };
    for (const warning of made.result.warnings) warn(warning);
    tell(made.result);
    return made;
  });
}

async function orNothing<T>({ ifNoFilesFound }: ArchiveInputs, action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (!isArchiveError(error, 'NOTHING_TO_ARCHIVE') || ifNoFilesFound === 'error') {
      throw error;
    }
    if (ifNoFilesFound === 'warn') warn(sentenceOf(error));
    else say(sentenceOf(error));
    setOutputs({ package_id: '', manifest_digest: '', content_digest: '', changed: false });
    return undefined;
  }
}

/** A dry run: without a package there is no id, so most outputs are empty. */
async function plan({ root, options, summary }: ArchiveInputs, signal: AbortSignal): Promise<void> {
  const planned = await planArchive(root, { ...options, signal });
  for (const warning of planned.warnings) warn(warning);
  for (const line of firstOf(planned.paths, MAX_LOGGED, (path) => path)) say(line);
  const total = `${formatCount(planned.paths.length, 'entry', 'entries')}, ${formatBytes(planned.totalBytes)}`;
  const leftOut = formatLeftOut(planned.leftOut);
  say(`Would archive ${total} of ${planned.subject}; left out ${leftOut}.`);
  setOutputs({
    ...{ package_id: '', manifest_digest: '', content_digest: '', changed: false },
    file_count: planned.paths.length,
    total_bytes: planned.totalBytes,
  });
  if (!summary) return;
  await writeSummary([
    `### Would archive ${code(planned.subject)}`,
    table([
      ['Holds', total],
      ['Left out', leftOut],
    ]),
  ]);
}

function tell({ record, changed, storedBytes, reusedFiles, leftOut }: ArchiveResult): void {
  const total = `${formatCount(record.file_count, 'entry', 'entries')}, ${formatBytes(record.total_bytes)}`;
  say(changed ? `Archived ${record.subject}: ${total}` : `Nothing has changed in ${record.subject}: ${total}`);
  say(`Package ${record.package_id}`);
  say(`Manifest ${record.manifest_digest}`);
  say(`Content ${record.content_digest}`);
  say(`Stored ${formatBytes(storedBytes)} new; ${formatCount(reusedFiles, 'file')} share a content that is stored`);
  say(`Left out ${formatLeftOut(leftOut)}`);
}

async function describe(registry: Registry, root: string, result: ArchiveResult): Promise<Archived> {
  const log = await registry.logHead();
  return {
    ...result,
    ...(await describeManifest(registry, root, result.record)),
    auditHead: await registry.eventHead(),
    logHead: `${log.segment}:${log.digest}`,
  };
}

async function describeManifest(
  registry: Registry,
  root: string,
  { package_id: id, subject }: ArchiveResult['record'],
): Promise<Pick<Archived, 'manifestSha256' | 'manifestPath' | 'comparison'>> {
  // A job with a writer key reads nothing back.
  if (!registry.opensPackages) return { manifestSha256: '', manifestPath: '', comparison: 'sealed' };
  const manifest = await registry.getManifestBytes(id, 'cbor');
  const packages = await registry.listPackages({ subject });
  const before = packages[packages.findIndex((found) => found.id === id) - 1];
  const getManifest = registry.manifestReader();
  return {
    manifestSha256: createHash('sha256').update(manifest).digest('hex'),
    manifestPath: await keepManifest(root, id, manifest),
    comparison: before ? compareEntries((await getManifest(before.id)).files, (await getManifest(id)).files) : 'first',
  };
}

/** In the archives folder beside the embedded store, even if another store is used: packages do not contain it, and git ignores it. */
async function keepManifest(root: string, id: string, manifest: Uint8Array): Promise<string> {
  const folder = join(root, STORE_FOLDER, 'manifests');
  const path = join(folder, `${id}.cbor`);
  try {
    await mkdir(folder, { recursive: true });
    await ignoreInGit(join(root, STORE_FOLDER));
    await replaceFile(path, manifest);
    return path;
  } catch (error) {
    warn(`The output "manifest_path" is empty: ${path} cannot be written (${systemErrorCode(error)}).`);
    return '';
  }
}

function outputsOf(archived: Archived, { root }: ArchiveInputs): Outputs {
  const { record } = archived;
  const outputs = {
    package_id: record.package_id,
    manifest_digest: record.manifest_digest,
    content_digest: record.content_digest,
    manifest_sha256: archived.manifestSha256,
    manifest_path: archived.manifestPath,
    file_count: record.file_count,
    total_bytes: record.total_bytes,
    stored_bytes: archived.storedBytes,
    changed: archived.changed,
    index_path: join(root, INDEX_FILE),
    log_head: archived.logHead,
    retention_class: record.retention_class,
    expires_at: archived.expiresAt,
  };
  const { excluded, notIncluded, special } = archived.leftOut;
  const result = {
    ...record,
    ...outputs,
    reused_files: archived.reusedFiles,
    reused_bytes: archived.reusedBytes,
    left_out: { excluded, not_included: notIncluded, special },
    warnings: archived.warnings,
  };
  return { ...outputs, result_json: jsonText(result) };
}

function artifactOutputs({ id, url, name, digest }: UploadedArtifact): Outputs {
  return {
    workflow_artifact_id: id,
    workflow_artifact_url: url,
    workflow_artifact_name: name,
    artifact_digest: digest,
  };
}
