import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Environment, embeddedStore, readEnvironment, type StoreConfig } from '../artifact-store/config.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import { checkText } from '../artifact-store/new-package.ts';
import { openStore } from '../artifact-store/open-store.ts';
import type { Registry } from '../artifact-store/registry.ts';
import { STORE_FOLDER } from './contract.ts';

/** Where the store is, and who acts in it. Without anything, what the environment says, else the embedded store. */
export interface StoreLocation {
  /** Folder of an embedded store elsewhere than in the infospace. */
  storeRoot?: string | undefined;
  /** Where the `ARTIFACTSTORE_*` variables are; those of this process by default. */
  env?: Environment | undefined;
  /** Who acts, for the audit log; the user of this process by default. */
  actor?: string | undefined;
}

/**
 * Which store an infospace uses: the folder that is named, else what the environment configures, else the embedded
 * one inside the infospace.
 *
 * @experimental
 * @throws ArchiveError `CONFIG_INVALID`, also when both are given.
 */
export function storeOf(root: string, { storeRoot, env = process.env }: StoreLocation): StoreConfig {
  const environment = readEnvironment(env);
  if (environment.store && storeRoot !== undefined) {
    throw new ArchiveError(
      'CONFIG_INVALID',
      'Both --store-root and ARTIFACTSTORE_DATABASE_URL say where the store is; give one of them.',
    );
  }
  return environment.store ?? embeddedStore(resolve(storeRoot ?? join(root, STORE_FOLDER)), environment);
}

/**
 * Opens the store of an infospace; the caller closes it. `write` makes an embedded store where there is none, `change`
 * writes into one that is there.
 *
 * @throws ArchiveError `NOT_FOUND`, `CONFIG_INVALID`, `STORE_UNAVAILABLE` or `FORMAT_UNSUPPORTED`; `USAGE` for an actor
 * that cannot be.
 */
export async function openRegistry(
  root: string,
  location: StoreLocation,
  access: 'read' | 'change' | 'write',
): Promise<Registry> {
  const config = storeOf(root, location);
  const { actor } = location;
  if (actor !== undefined) checkActor(actor, config);
  if (access === 'change') requireStore(config);
  const registry = await openStore(config, {
    access: access === 'read' ? 'read' : 'write',
    ...(actor !== undefined && { actor }),
  });
  if (access === 'write' && config.localPaths.includes(join(root, STORE_FOLDER)))
    await ignoreInGit(join(root, STORE_FOLDER));
  return registry;
}

function checkActor(actor: string, { secrets }: StoreConfig): void {
  if (actor.trim() === '') throw new ArchiveError('USAGE', 'The actor is empty; say who acts.');
  checkText(actor, 'the actor', secrets);
}

/** A shared registry on a server is never made by opening it. */
function requireStore({ database }: StoreConfig): void {
  if (database.kind === 'postgresql' || existsSync(database.path)) return;
  throw new ArchiveError('NOT_FOUND', `There is no store at ${database.path}; archive first.`);
}

/** The embedded store lies inside what is often a git checkout, and belongs into no commit. */
export async function ignoreInGit(folder: string): Promise<void> {
  const file = join(folder, '.gitignore');
  if (existsSync(file)) return;
  await mkdir(folder, { recursive: true });
  await writeFile(file, '*\n');
}
