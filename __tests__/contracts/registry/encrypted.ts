import type { StoreConfig } from '../../../src/artifact-store/config.ts';
import { initStore } from '../../../src/artifact-store/init-store.ts';
import { generateIdentity } from '../../../src/artifact-store/store-key.ts';
import type { StoreUnderTest } from './bench.ts';
import { embeddedStoreUnderTest } from './embedded.ts';

/** Creates an encrypted store, and opens it with an identity. */
export async function initEncrypted<C extends StoreConfig>(config: C): Promise<C> {
  const { identity, recipient } = await generateIdentity();
  await initStore(config, { recipients: [recipient] });
  return { ...config, keys: { identities: identity } };
}

/** An embedded encrypted store. */
export async function encryptedStoreUnderTest(directory: string): Promise<StoreUnderTest> {
  const plain = embeddedStoreUnderTest(directory);
  return { ...plain, config: await initEncrypted(plain.config) };
}
