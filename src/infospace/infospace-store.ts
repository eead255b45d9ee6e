import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Environment, embeddedStore, readEnvironment, type StoreConfig } from '../artifact-store/config.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import { openStore } from '../artifact-store/open-store.ts';
import type { Registry } from '../artifact-store/registry.ts';
import { STORE_FOLDER } from './contract.ts';

export interface StoreLocation {
  /** Folder of an embedded store elsewhere than in the infospace. */
  storeRoot?: string | undefined;
  /** Where the `ARTIFACTSTORE_*` variables are; those of this process by default. */
  env?: Environment | undefined;
}

/**
 * Which store an infospace uses: the folder that is named, else what the environment configures, else the embedded
 * one inside the infospace.
 *
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

/** Opens the store of an infospace; the caller closes it. */
export async function openRegistry(root: string, location: StoreLocation, access: 'read' | 'write'): Promise<Registry> {
  const config = storeOf(root, location);
  const registry = await openStore(config, { access });
  if (access === 'write' && config.localPaths.includes(join(root, STORE_FOLDER)))
    await ignoreInGit(join(root, STORE_FOLDER));
  return registry;
}

/** The embedded store lies inside what is often a git checkout, and belongs into no commit. */
export async function ignoreInGit(folder: string): Promise<void> {
  const file = join(folder, '.gitignore');
  if (existsSync(file)) return;
  await mkdir(folder, { recursive: true });
  await writeFile(file, '*\n');
}
