import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { createStoreFile } from '../../../src/artifact-store/commit/store-file.ts';
import { LocalStorage } from '../../../src/artifact-store/storage/local.ts';
import { embeddedStoreUnderTest } from '../../contracts/registry/embedded.ts';
import { describeRegistry } from '../../contracts/registry.ts';
import { useTempDirs } from '../fixtures.ts';

const makeTempDir = useTempDirs();

describeRegistry('an embedded store', async () => embeddedStoreUnderTest(await makeTempDir()), ['commits']);

/** As on a file system without hard links. */
describeRegistry('an embedded store whose database keeps writers apart', async () => {
  const directory = await makeTempDir();
  await mkdir(join(directory, 'storage'));
  await createStoreFile(new LocalStorage(join(directory, 'storage')), { storeId: uuidv7(), commit: 'database' });
  return embeddedStoreUnderTest(directory);
}, ['commits']);
