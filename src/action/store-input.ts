import { resolve } from 'node:path';
import { type Environment, readEnvironment, withoutStore } from '../artifact-store/config.ts';
import { withGitStore } from '../infospace/infospace-store.ts';
import { about, type Inputs, invalidInput } from './inputs.ts';

/** Which store a step uses. */
export interface AskedStore {
  /** `embedded` ends with the job; `shared` is named by the variables or the input `store-root`. */
  kind: 'embedded' | 'shared' | 'git';
  /** Nothing names a store: a step that reads may look elsewhere too. */
  isDefault: boolean;
  /** Absolute. */
  storeRoot: string | undefined;
  /** The variables that describe it. */
  env: Environment;
}

/** @throws ArchiveError naming the invalid input or variable. */
export async function readStoreInput(inputs: Inputs, env: Environment, workspace: string): Promise<AskedStore> {
  const asked = inputs.choice('store', ['auto', 'embedded', 'environment', 'git'], 'auto');
  const storeRoot = inputs.text('store-root');
  if (storeRoot !== undefined && asked !== 'auto') {
    throw invalidInput('store', `is "${asked}", but "store-root" names a folder; give one of them`);
  }
  const isConfigured = readEnvironment(asked === 'git' ? withoutStore(env) : env).store !== undefined;
  const given = { isDefault: false, storeRoot: undefined, env };
  if (storeRoot !== undefined) return { ...given, kind: 'shared', storeRoot: resolve(workspace, storeRoot) };
  if (asked === 'git') {
    trustCheckout();
    return { ...given, kind: 'git', env: await about('store', () => withGitStore(env)) };
  }
  if (asked === 'embedded') return { ...given, kind: 'embedded', env: withoutStore(env) };
  if (isConfigured) return { ...given, kind: 'shared' };
  if (asked === 'auto') return { ...given, kind: 'embedded', isDefault: true };
  throw invalidInput('store', 'is "environment", but no ARTIFACTSTORE_* variable names a store; set them');
}

/** @param shown formats an untrusted path. */
export function placeText({ kind, storeRoot }: AskedStore, shown: (path: string) => string = (path) => path): string {
  if (storeRoot !== undefined) return `the store in ${shown(storeRoot)}`;
  return {
    embedded: 'the embedded store of this job',
    git: 'the git repository of the checkout',
    shared: 'the configured store',
  }[kind];
}

/**
 * In a container, the checkout belongs to another user than the step's, so git refuses it. The workflow itself checked it out, so it is
 * trusted.
 */
export function trustCheckout(): void {
  const { env } = process;
  const count = Number(env['GIT_CONFIG_COUNT'] ?? 0);
  env[`GIT_CONFIG_KEY_${count}`] = 'safe.directory';
  env[`GIT_CONFIG_VALUE_${count}`] = '*';
  env['GIT_CONFIG_COUNT'] = String(count + 1);
}
