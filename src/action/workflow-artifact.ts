import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Artifact, ArtifactClient, FindOptions } from '@actions/artifact';
import { untilAborted } from '../artifact-store/abort.ts';
import type { Environment } from '../artifact-store/config.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import { makeTemporaryFolder } from '../artifact-store/files/temporary-folder.ts';
import { isDigest, isPackageId, UUID_CHARACTERS } from '../artifact-store/outside-fields.ts';
import { FORBIDDEN_IN_ARTIFACT_NAMES } from './archive-inputs.ts';
import type { Step } from './step.ts';

/** Prefix of artifact names given by this action, followed by the subject and the package id. */
const NAME_PREFIX = 'infospace-';
const FORBIDDEN = new RegExp(FORBIDDEN_IN_ARTIFACT_NAMES, 'g');

/** Bags are compressed already. */
const NO_COMPRESSION = 0;

/** A workflow artifact of this run or another one. */
export interface UploadedArtifact {
  name: string;
  id: number;
  /** The download page; empty where there is none. */
  url: string;
  /** SHA-256 of the uploaded file, in hexadecimal; undefined when the service does not return it. */
  digest: string | undefined;
}

/** Where to find artifacts of another run. */
export interface ArtifactPlace {
  runId: number;
  repositoryOwner: string;
  repositoryName: string;
  token: string;
}

/** Each package has its own artifact name, so that uploads never collide. */
export function artifactNameOf(subject: string, packageId: string): string {
  return `${artifactPrefixOf(subject)}${packageId}`;
}

function artifactPrefixOf(subject: string): string {
  return `${NAME_PREFIX}${subject.replace(FORBIDDEN, '-')}-`;
}

/**
 * Uploads one file as an artifact of this run. One of the same name is replaced if it is from an earlier attempt.
 *
 * @throws ArchiveError `STATE_CONFLICT` when this attempt has one of the name; `STORE_UNAVAILABLE` when there is no
 * artifact service or it refuses.
 */
export async function uploadArtifact(
  name: string,
  file: { path: string; folder: string },
  { retentionDays, env, signal }: { retentionDays: number | undefined } & Omit<Step, 'inputs'>,
): Promise<UploadedArtifact> {
  requireService(env);
  const client = await artifactClient();
  const options = { compressionLevel: NO_COMPRESSION, ...(retentionDays !== undefined && { retentionDays }) };
  // An upload that is not finalized is invisible.
  const upload = () => untilAborted(signal, client.uploadArtifact(name, [file.path], file.folder, options));
  try {
    const { id = 0, digest } = await throughService(env, () =>
      upload().catch(async (error: unknown) => {
        if (wasFinalized(error)) return (await client.getArtifact(name)).artifact;
        if (!isConflict(error) || Number(env['GITHUB_RUN_ATTEMPT'] ?? 1) < 2) throw error;
        await client.deleteArtifact(name);
        return upload();
      }),
    );
    return { name, id, url: urlOf(id, env), digest: sha256Of(digest) };
  } catch (error) {
    signal.throwIfAborted();
    if (isConflict(error)) {
      const sentence = `This run already has a workflow artifact "${name}"; give each step its own "workflow-artifact-name".`;
      throw new ArchiveError('STATE_CONFLICT', sentence, error);
    }
    throw unavailable(`The workflow artifact "${name}" cannot be uploaded: ${reasonOf(error)}`, error);
  }
}

/** What to look for: a name, the Nth newest of a subject, or one package. */
export interface WantedArtifact {
  name: string | undefined;
  subject: string | undefined;
  /** An id or digest; names then only decide which artifact is tried first. */
  packageId: string | undefined;
  isOnePackage: boolean;
  before: number;
}

/** Throws as {@link downloadArtifact} does. @returns candidates, the likeliest first. */
export function findArtifacts(
  wanted: WantedArtifact,
  place: ArtifactPlace | undefined,
  step: Omit<Step, 'inputs'>,
): Promise<Artifact[]> {
  return withClient(place, step, async (client, findBy) => {
    const { artifacts } = await untilAborted(step.signal, client.listArtifacts({ latest: true, ...findBy }));
    const ofRank = (found: Artifact[]) => found.slice(wanted.before, wanted.before + 1);
    if (wanted.name !== undefined) return ofRank(artifacts.filter(({ name }) => name === wanted.name));
    const newestFirst = artifacts.filter(({ name }) => fits(name, wanted)).toSorted((a, b) => byAge(b, a));
    if (!wanted.isOnePackage) return ofRank(newestFirst);
    const others = artifacts.filter((artifact) => !newestFirst.includes(artifact));
    return [...newestFirst, ...others.toSorted((a, b) => a.size - b.size)];
  });
}

/**
 * Downloads an artifact into a new folder, which the caller removes.
 * @throws ArchiveError `STORE_UNAVAILABLE` when the service cannot be reached; `INTEGRITY` when the download differs from the upload.
 */
export function downloadArtifact(
  { id, name, digest }: Artifact,
  place: ArtifactPlace | undefined,
  step: Omit<Step, 'inputs'>,
): Promise<string> {
  return withClient(place, step, async (client, findBy) => {
    const folder = await makeTemporaryFolder('artifact');
    try {
      const expected = digest === undefined ? {} : { expectedHash: digest };
      const downloading = client.downloadArtifact(id, { path: folder, ...findBy, ...expected });
      const { digestMismatch } = await untilAborted(step.signal, downloading);
      if (!digestMismatch) return folder;
      throw new ArchiveError('INTEGRITY', `The workflow artifact "${name}" is damaged; upload it again.`);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  });
}

async function withClient<T>(
  place: ArtifactPlace | undefined,
  { env, signal }: Omit<Step, 'inputs'>,
  action: (client: ArtifactClient, findBy: FindOptions) => Promise<T>,
): Promise<T> {
  if (place === undefined) requireService(env);
  const findBy = place ? { findBy: { ...place, workflowRunId: place.runId } } : {};
  try {
    return await throughService(env, async () => action(await artifactClient(), findBy));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ArchiveError) throw error;
    throw unavailable(`The workflow artifact cannot be downloaded: ${reasonOf(error)}`, error);
  }
}

/**
 * The single file of an artifact, however the service packed it.
 * @throws ArchiveError `NOT_FOUND` when there is none, or several.
 */
export async function fileWithin(folder: string, extension: string): Promise<string> {
  const names = await readdir(folder, { recursive: true });
  const found = names.filter((name) => name.endsWith(extension));
  if (found.length === 1) return join(folder, found[0]!);
  throw new ArchiveError(
    'NOT_FOUND',
    `The workflow artifact contains ${found.length} files *${extension}; name one that this action uploaded.`,
  );
}

function fits(name: string, wanted: WantedArtifact): boolean {
  const prefix = wanted.subject === undefined ? NAME_PREFIX : artifactPrefixOf(wanted.subject);
  const id = idAtEnd(name);
  if (!isPackageId(id) || !name.startsWith(prefix)) return false;
  if (wanted.subject !== undefined && name !== prefix + id) return false;
  return wanted.packageId === undefined || wanted.packageId === id;
}

/** Package ids sort by creation time. */
function byAge(a: { name: string }, b: { name: string }): number {
  return idAtEnd(a.name) < idAtEnd(b.name) ? -1 : 1;
}

function idAtEnd(name: string): string {
  return name.slice(-UUID_CHARACTERS);
}

async function artifactClient() {
  // The client's unzipper calls Buffer(), a warning that users cannot act on.
  process.noDeprecation = true;
  const { DefaultArtifactClient } = await import('@actions/artifact');
  return new DefaultArtifactClient();
}

async function throughService<T>(env: Environment, action: () => Promise<T>): Promise<T> {
  const service = env['ACTIONS_RESULTS_URL'];
  if (!env['ACT'] || !service) return action();
  const { throughActService } = await import('./act-artifacts.ts');
  return throughActService(service, action);
}

/** act has no artifact service by default. */
function requireService(env: Environment): void {
  if (env['ACTIONS_RUNTIME_TOKEN'] && env['ACTIONS_RESULTS_URL']) return;
  const remedy = env['ACT']
    ? 'run act with --artifact-server-path'
    : 'configure a store with ARTIFACTSTORE_* variables';
  throw unavailable(`This runner has no service for workflow artifacts; ${remedy}`);
}

/** Undefined if it is not a SHA-256. */
function sha256Of(digest: string | undefined): string | undefined {
  const hex = digest?.replace(/^sha256:/, '');
  return isDigest(hex) ? hex : undefined;
}

function urlOf(id: number, env: Environment): string {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
  return server && repository && run ? `${server}/${repository}/actions/runs/${run}/artifacts/${id}` : '';
}

/** The answer to the first request was lost, and the retry found its work done. */
function wasFinalized(error: unknown): boolean {
  return isConflict(error) && (error as Error).message.includes('FinalizeArtifact');
}

function isConflict(error: unknown): boolean {
  return error instanceof Error && /\b409\b|conflict|already exists/i.test(error.message);
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0]!.replace(/[.:]$/, '') || 'the service gave no reason';
}

function unavailable(sentence: string, cause?: unknown): ArchiveError {
  return new ArchiveError('STORE_UNAVAILABLE', `${sentence}.`, cause);
}
