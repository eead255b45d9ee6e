import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { Abortable } from '../artifact-store/abort.ts';
import { type Environment, embeddedStore, readEnvironment, type StoreConfig } from '../artifact-store/config.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import { replaceFile } from '../artifact-store/files/whole-file.ts';
import { checkActor } from '../artifact-store/new-package.ts';
import { openStore } from '../artifact-store/open-store.ts';
import { readOutsideText } from '../artifact-store/outside-file.ts';
import type { Registry } from '../artifact-store/registry.ts';
import { STORE_FOLDER } from './contract.ts';
import { readPins, requirePins } from './index-pins.ts';

/** A lost registry is rebuilt from the storage. */
const MARKS_OF_A_STORE = ['registry.sqlite3', 'storage/store.json'];

/** Far above the size of a file with a few variables. */
const MAX_VARIABLES_BYTES = 1024 * 1024;

/** Where the store is, and who uses it. By default the store that the environment configures, else the embedded one. */
export interface StoreLocation {
  /** Folder of an embedded store outside the infospace. */
  storeRoot?: string | undefined;
  /** Environment with the `ARTIFACTSTORE_*` variables; this process's by default. */
  env?: Environment | undefined;
  /** Recorded in the audit log; the user of this process by default. */
  actor?: string | undefined;
}

/**
 * Which store an infospace uses: the named folder, else what the environment configures, else the embedded one inside the infospace.
 * @experimental
 * @throws ArchiveError `CONFIG_INVALID`, also when both are given.
 */
export function storeOf(root: string, { storeRoot, env = process.env }: StoreLocation): StoreConfig {
  const environment = readEnvironment(env, root);
  if (environment.store && storeRoot !== undefined) {
    throw new ArchiveError(
      'CONFIG_INVALID',
      'Both --store-root and ARTIFACTSTORE_* variables name a store; give one of them.',
    );
  }
  if (storeRoot !== undefined) refuseNameOfFile(storeRoot);
  return environment.store ?? embeddedStore(resolve(storeRoot ?? join(root, STORE_FOLDER)), environment);
}

/** Whether a folder or the environment names the store, rather than the default inside the infospace. */
export function namesStore({ storeRoot, env = process.env }: StoreLocation): boolean {
  return storeRoot !== undefined || readEnvironment(env).store !== undefined;
}

/**
 * Variables of a store in the git repository that the infospace lies in.
 * @param remote a name, a URL or a path; by default what the variables name, or `origin`.
 * @throws ArchiveError `CONFIG_INVALID` when the variables name a store of another kind.
 */
export function withGitStore(env: Environment, remote?: string): Environment {
  const backend = env['ARTIFACTSTORE_STORAGE_BACKEND'];
  if (backend && backend !== 'git') {
    throw new ArchiveError(
      'CONFIG_INVALID',
      `A store in git is configured, but ARTIFACTSTORE_STORAGE_BACKEND is "${backend}"; unset the variables of the other store.`,
    );
  }
  return {
    ...env,
    ARTIFACTSTORE_STORAGE_BACKEND: 'git',
    ...(remote !== undefined && { ARTIFACTSTORE_GIT_REMOTE: remote }),
  };
}

/**
 * Another store: the folder of an embedded one, which may not exist yet, or a file of `ARTIFACTSTORE_*` assignments, in the syntax of `node
 * --env-file`.
 * @throws ArchiveError `CONFIG_INVALID`; `USAGE` for anything else.
 */
export function storeAt(place: string, { env = process.env }: Pick<StoreLocation, 'env'>): StoreConfig {
  if (place.includes('://')) {
    throw new ArchiveError(
      'USAGE',
      'A URL does not describe a store completely; write its ARTIFACTSTORE_* variables into a file and name that.',
    );
  }
  const path = resolve(place);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile()) return storeInFile(path, env);
  refuseNameOfFile(place);
  const config = embeddedStore(path, readEnvironment(env));
  if (
    found === undefined ||
    readdirSync(path).length === 0 ||
    MARKS_OF_A_STORE.some((mark) => existsSync(join(path, mark)))
  )
    return config;
  throw new ArchiveError(
    'USAGE',
    `${place} is not a store; name the folder of one, a new folder, or a file of variables.`,
    undefined,
    { path: place },
  );
}

/** Names that look like a database, a configuration file or an archive rather than a folder. */
const NAME_OF_FILE =
  /(?:^|[\\/.])env(?:\.[^\\/]*)?$|\.(?:sqlite3?|db|ya?ml|json|toml|ini|conf|cfg|txt|log|tar|tgz|zst|gz|zip)$/i;

/**
 * Without this check, a mistyped file name would become the folder of a new store.
 * @throws ArchiveError `USAGE` for a file name where there is no folder; a trailing slash marks it as a folder.
 */
function refuseNameOfFile(place: string): void {
  if (!NAME_OF_FILE.test(place) || statSync(place, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new ArchiveError(
    'USAGE',
    `${place} looks like a file name, and there is no such folder; correct it, or add a slash to use it as a folder.`,
    undefined,
    { path: place },
  );
}

function storeInFile(path: string, env: Environment): StoreConfig {
  const assigned = parseEnv(readOutsideText(path, MAX_VARIABLES_BYTES) ?? '');
  const other = Object.keys(assigned).find((name) => !name.startsWith('ARTIFACTSTORE_'));
  if (other !== undefined) {
    const sentence = `The file ${path} assigns ${JSON.stringify(other)}; only ARTIFACTSTORE_* variables are allowed.`;
    throw new ArchiveError('CONFIG_INVALID', sentence);
  }
  const { XDG_CACHE_HOME, LOCALAPPDATA } = env;
  const { store } = readEnvironment({ XDG_CACHE_HOME, LOCALAPPDATA, ...assigned });
  if (store) return store;
  throw new ArchiveError(
    'CONFIG_INVALID',
    `The file ${path} describes no store; assign ARTIFACTSTORE_STORAGE_BACKEND in it.`,
    undefined,
    { path },
  );
}

/**
 * Opens the store of an infospace; the caller closes it. `write` creates a missing embedded store, `change` writes into an existing one.
 * @throws ArchiveError `NOT_FOUND`, `CONFIG_INVALID`, `STORE_UNAVAILABLE` or `FORMAT_UNSUPPORTED`; `USAGE` for an invalid actor;
 * `INTEGRITY` when the store is no longer the one that the index of the infospace was written with.
 */
export async function openRegistry(
  root: string,
  location: StoreLocation & Abortable,
  access: 'read' | 'change' | 'write',
): Promise<Registry> {
  const pins = await readPins(root);
  const registry = await openUnpinned(root, location, access);
  try {
    await requirePins(root, pins, registry);
    return registry;
  } catch (error) {
    await registry.close();
    throw error;
  }
}

/** Opens a store as {@link openRegistry} does, without comparing it with the index. */
export async function openUnpinned(
  root: string,
  location: StoreLocation & Abortable,
  access: 'read' | 'change' | 'write',
): Promise<Registry> {
  const config = storeOf(root, location);
  const { actor, signal } = location;
  if (actor !== undefined) checkActor(actor, config.secrets);
  const registry = await openStore(config, {
    access,
    signal,
    ...(actor !== undefined && { actor }),
  });
  if (access === 'write' && config.localPaths.includes(join(root, STORE_FOLDER)))
    await ignoreInGit(join(root, STORE_FOLDER));
  return registry;
}

/** Whether a store is the one inside the infospace. */
export function isEmbedded(root: string, { localPaths }: Registry): boolean {
  return localPaths.includes(join(root, STORE_FOLDER));
}

/** The embedded store often lies inside a git checkout and must not be committed. */
export async function ignoreInGit(folder: string): Promise<void> {
  const file = join(folder, '.gitignore');
  if (existsSync(file)) return;
  await mkdir(folder, { recursive: true });
  await replaceFile(file, '*\n');
}
