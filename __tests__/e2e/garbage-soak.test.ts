import { join } from 'node:path';
import { embeddedStore } from '../../src/artifact-store/config.ts';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { SOAK_TIMEOUT_MS, soakGarbage } from '../contracts/garbage-soak.ts';
import { temporaryFolder } from '../infospace/fixtures.ts';

test(
  'garbage collection without pause beside 8 archiving processes loses nothing of an embedded store',
  () =>
    soakGarbage(embeddedStore(join(temporaryFolder(), 'store'), { retentionClasses: loadRetentionClasses(undefined) })),
  SOAK_TIMEOUT_MS,
);
