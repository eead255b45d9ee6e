import { rm } from 'node:fs/promises';
import * as core from '@actions/core';
import { BAG_EXTENSION } from '../artifact-store/bag/layout.ts';
import { type Bag, openBag } from '../artifact-store/bag/read-bag.ts';
import { ArchiveError, isArchiveError } from '../artifact-store/errors.ts';
import type { PackageSummary, Registry } from '../artifact-store/registry.ts';
import { beforeLatest } from '../infospace/find-package.ts';
import { openRegistry, withGitStore } from '../infospace/infospace-store.ts';
import { printable } from '../terminal/format.ts';
import { findGitStore } from './git-store.ts';
import { say, warn } from './report.ts';
import { isNameInArtifacts, type SourceInputs } from './source-inputs.ts';
import type { Step } from './step.ts';
import type { AskedStore } from './store-input.ts';
import { downloadArtifact, fileWithin, findArtifacts } from './workflow-artifact.ts';

/** What a step does with a store, or with the single package of a workflow artifact. */
export interface SourceActions<T> {
  store(registry: Registry, place: Pick<AskedStore, 'storeRoot' | 'env'>): Promise<T>;
  bag(bag: Bag): Promise<T>;
}

/**
 * Opens the source of the package: the named workflow artifact, else the store. Where nothing names a store and no earlier step left an
 * embedded one, it is an artifact of this run, else the store in the repository of the checkout.
 * @throws ArchiveError `NOT_FOUND` when there is neither.
 */
export async function fromSource<T>(
  source: SourceInputs,
  place: Omit<Step, 'inputs'>,
  actions: SourceActions<T>,
): Promise<T> {
  const { store, root } = source;
  if (source.artifact.wanted) return fromArtifact(source, place, actions);
  let registry: Registry;
  try {
    registry = await openRegistry(root, { ...store, signal: place.signal }, 'read');
  } catch (error) {
    if (!isArchiveError(error, 'NOT_FOUND') || store.kind !== 'embedded') throw error;
    return fromElsewhere(source, place, actions, error);
  }
  return closing(registry, () => actions.store(registry, store));
}

/** @throws the error that nothing was found. */
async function fromElsewhere<T>(
  source: SourceInputs,
  place: Omit<Step, 'inputs'>,
  actions: SourceActions<T>,
  missing: unknown,
): Promise<T> {
  const { store, root } = source;
  let nowhere = missing;
  if (place.env['ACTIONS_RUNTIME_TOKEN']) {
    say('There is no store here; looking for a workflow artifact of this run.');
    try {
      return await fromArtifact(source, place, actions);
    } catch (error) {
      if (!isArchiveError(error, 'NOT_FOUND') || !store.isDefault) throw error;
      nowhere = error;
    }
  }
  const registry = store.isDefault ? await findGitStore(root, store, place.signal) : undefined;
  if (registry === undefined) throw nowhere;
  return closing(registry, () => actions.store(registry, { storeRoot: undefined, env: withGitStore(store.env) }));
}

async function closing<T>(registry: Registry, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } finally {
    await registry.close();
  }
}

async function fromArtifact<T>(
  source: SourceInputs,
  step: Omit<Step, 'inputs'>,
  actions: SourceActions<T>,
): Promise<T> {
  const { reference, subject, artifact } = source;
  if (!isNameInArtifacts(reference)) {
    const sentence = `"${reference}" cannot name a package among workflow artifacts; give its id, its manifest digest, latest or latest~1.`;
    throw new ArchiveError('NOT_FOUND', sentence);
  }
  const before = beforeLatest(reference);
  const byDigest = reference.startsWith('blake3:');
  const packageId = before !== undefined || byDigest ? undefined : reference;
  const isOnePackage = before === undefined;
  const wanted = { name: artifact.name, subject, packageId, isOnePackage, before: before ?? 0 };
  const candidates = await findArtifacts(wanted, artifact.place, step);
  for (const candidate of candidates) {
    const title = `Download the workflow artifact ${printable(candidate.name)}`;
    const folder = await core.group(title, () => downloadArtifact(candidate, artifact.place, step));
    try {
      const bag = await bagIn(folder, step);
      if (isOnePackage && !(bag && isNamed(bag.summary, reference))) {
        if (artifact.name === undefined) continue;
        if (bag && byDigest) throw replaced(candidate.name, bag.summary, reference);
      }
      if (packageId !== undefined) warn(`${UNPROVEN} in the input "package-id".`);
      return await actions.bag(bag ?? (await openBag(await fileWithin(folder, BAG_EXTENSION), step)));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  throw new ArchiveError('NOT_FOUND', `There is no workflow artifact ${describe(source)}; check its name and run.`);
}

const UNPROVEN =
  'Any job of the run can replace a workflow artifact, so an id does not prove its content; give the manifest digest';

/** Undefined for an artifact with other content. */
async function bagIn(folder: string, step: Omit<Step, 'inputs'>): Promise<Bag | undefined> {
  try {
    return await openBag(await fileWithin(folder, BAG_EXTENSION), step);
  } catch (error) {
    if (isArchiveError(error, 'NOT_FOUND') || isArchiveError(error, 'INTEGRITY')) return undefined;
    throw error;
  }
}

function isNamed({ id, manifestDigest }: PackageSummary, reference: string): boolean {
  return reference === id || reference === manifestDigest;
}

function replaced(name: string, { id, manifestDigest }: PackageSummary, reference: string): ArchiveError {
  const sentence = `The workflow artifact "${name}" contains package ${id} with the manifest ${manifestDigest}, not ${reference}: it is a different one, or was replaced; name the artifact of that package.`;
  return new ArchiveError('INTEGRITY', sentence);
}

/** The reference to use in the bag: a name relative to `latest` was already resolved to this artifact. */
export async function referenceIn(bag: Bag, { reference, subject }: SourceInputs): Promise<string> {
  if (subject !== undefined && subject !== bag.summary.subject) {
    const sentence = `The workflow artifact contains a package of "${bag.summary.subject}", not of the input "subject"; correct it.`;
    throw new ArchiveError('NOT_FOUND', sentence);
  }
  return (await bag.getPackage(beforeLatest(reference) === undefined ? reference : bag.summary.id)).id;
}

function describe({ reference, subject, artifact: { name, place } }: SourceInputs): string {
  const what = `with the package "${reference}"${subject === undefined ? '' : ` of "${subject}"`}`;
  const where = place === undefined ? 'in this run' : `in run ${place.runId}`;
  return name === undefined ? `${what} ${where}` : `"${name}" ${what} ${where}`;
}
