import { join } from 'node:path';
import { embeddedStore, type StoreConfig } from '../../src/artifact-store/config.ts';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { SOAK_TIMEOUT_MS, soakGarbage } from '../contracts/garbage-soak.ts';
import { LOAD_SOAK_TIMEOUT_MS, soakUnderLoad } from '../contracts/load-soak.ts';
import { temporaryFolder } from '../infospace/fixtures.ts';

function newStore(): StoreConfig {
  return embeddedStore(join(temporaryFolder(), 'store'), { retentionClasses: loadRetentionClasses(undefined) });
}

test(
  'continuous garbage collection beside 8 archiving processes loses nothing of an embedded store',
  () => soakGarbage(newStore()),
  SOAK_TIMEOUT_MS,
);

test(
  'many archives, sweeps, collections and verifications of an embedded store grow nothing but its log',
  () => soakUnderLoad(newStore()),
  LOAD_SOAK_TIMEOUT_MS,
);
