import { embeddedStore } from '../../../src/artifact-store/config.ts';
import { openSqlite } from '../../../src/artifact-store/database/sqlite.ts';
import { loadRetentionClasses } from '../../../src/artifact-store/retention/classes.ts';
import { LocalStorage } from '../../../src/artifact-store/storage/local.ts';
import type { StoreUnderTest } from './bench.ts';

/** SQLite and local files below a folder. */
export function embeddedStoreUnderTest(directory: string): StoreUnderTest {
  const config = embeddedStore(directory, { retentionClasses: loadRetentionClasses(undefined) });
  if (config.database.kind !== 'sqlite' || config.storage.kind !== 'local') throw new Error('not embedded');
  const { path } = config.database;
  return {
    config,
    storage: new LocalStorage(config.storage.root),
    openDatabase: async () => openSqlite(path, 'write'),
  };
}
