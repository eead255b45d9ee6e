import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedStore, type StoreConfig } from '../../../src/artifact-store/config.ts';
import { initStore } from '../../../src/artifact-store/init-store.ts';
import type { NewPackage } from '../../../src/artifact-store/new-package.ts';
import { openStore } from '../../../src/artifact-store/open-store.ts';
import type { FinalizedPackage, Registry } from '../../../src/artifact-store/registry.ts';
import { loadRetentionClasses } from '../../../src/artifact-store/retention/classes.ts';
import { generateIdentity, writerKeyOf } from '../../../src/artifact-store/store-key.ts';
import { listTree, type Tree, writeTree } from '../fixtures.ts';

export interface Encrypted {
  directory: string;
  identity: string;
  recipient: string;
  writerKey: string;
  /** Opens it with these keys. */
  config(keys: StoreConfig['keys']): StoreConfig;
}

/** A new encrypted store in a folder. */
export async function makeEncrypted(directory: string): Promise<Encrypted> {
  const { identity, recipient } = await generateIdentity();
  const config = (keys: StoreConfig['keys']) =>
    embeddedStore(directory, { retentionClasses: loadRetentionClasses(undefined), keys });
  await initStore(config(undefined), { recipients: [recipient] });
  return { directory, identity, recipient, writerKey: await writerKeyOf(config({ identities: identity })), config };
}

/** Opens the store, runs the action and closes it. */
export async function within<T>(config: StoreConfig, action: (registry: Registry) => Promise<T>): Promise<T> {
  const registry = await openStore(config, { access: 'write', actor: 'tester' });
  try {
    return await action(registry);
  } finally {
    await registry.close();
  }
}

export const ABOUT: NewPackage = { producer: 'bench', subject: 'atlas', retentionClass: 'release-evidence' };

export async function archive(
  registry: Registry,
  base: string,
  tree: Tree,
  about: Partial<NewPackage> = {},
): Promise<FinalizedPackage> {
  await writeTree(base, tree);
  const id = await registry.createPackage({ ...ABOUT, ...about });
  await registry.ingestFiles(id, base, await listTree(base));
  return registry.finalizePackage(id);
}

/** All bytes of all files below a folder. */
export function allBytes(directory: string): Buffer {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name));
  return Buffer.concat(files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file)));
}
