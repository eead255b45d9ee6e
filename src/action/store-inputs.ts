import { resolve } from 'node:path';
import type { Environment } from '../artifact-store/config.ts';
import type { PackageSummary, Registry } from '../artifact-store/registry.ts';
import { findPackage } from '../infospace/find-package.ts';
import { openRegistry } from '../infospace/infospace-store.ts';
import { workspaceOf } from './archive-inputs.ts';
import type { Inputs } from './inputs.ts';
import type { Step } from './step.ts';
import { type AskedStore, readStoreInput } from './store-input.ts';

/** The common inputs of steps that work only on a store, not on workflow artifacts. */
export interface StoreInputs {
  /** The infospace whose store and index are used; absolute. */
  root: string;
  store: AskedStore;
  /** A package by any of its names. */
  reference: string;
  subject: string | undefined;
  /** For the audit log; by default who started the run. */
  actor: string | undefined;
  summary: boolean;
}

/** @throws ArchiveError naming the invalid input or variable. */
export async function readStoreInputs(inputs: Inputs, env: Environment): Promise<StoreInputs> {
  const workspace = workspaceOf(env);
  return {
    root: resolve(workspace, inputs.text('root') ?? '.'),
    store: await readStoreInput(inputs, env, workspace),
    reference: inputs.text('package-id') ?? 'latest',
    subject: inputs.text('subject'),
    actor: inputs.text('actor') ?? env['GITHUB_ACTOR'],
    summary: inputs.flag('summary', true),
  };
}

/** Keeps the store open for the duration of the action; `change` writes into an existing store. */
export async function withStore<T>(
  { root, store, actor }: StoreInputs,
  access: 'read' | 'change',
  signal: Step['signal'],
  action: (registry: Registry) => Promise<T>,
): Promise<T> {
  const registry = await openRegistry(root, { ...store, actor, signal }, access);
  try {
    return await action(registry);
  } finally {
    await registry.close();
  }
}

/** @throws ArchiveError `NOT_FOUND`, `USAGE` for an invalid name. */
export function findNamed({ reference, root, subject }: StoreInputs, registry: Registry): Promise<PackageSummary> {
  return findPackage(reference, registry, { root, subject });
}
