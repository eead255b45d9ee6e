import { useTempDirs } from '../../artifact-store/fixtures.ts';
import { encryptedStoreUnderTest } from '../../contracts/registry/encrypted.ts';
import { describeRegistry } from '../../contracts/registry.ts';

const makeTempDir = useTempDirs();

// What hangs on how packages are stored and read; TEST_ENCRYPTED_CONTRACT=whole runs all of it.
const isWhole = process.env['TEST_ENCRYPTED_CONTRACT'] === 'whole';
describeRegistry(
  'an encrypted store',
  async () => encryptedStoreUnderTest(await makeTempDir()),
  isWhole ? undefined : ['packages', 'trust'],
  test.skip,
);
