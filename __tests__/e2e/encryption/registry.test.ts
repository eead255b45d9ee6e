import { useTempDirs } from '../../artifact-store/fixtures.ts';
import { encryptedStoreUnderTest } from '../../contracts/registry/encrypted.ts';
import { describeRegistry } from '../../contracts/registry.ts';

const makeTempDir = useTempDirs();

// The parts that depend on how packages are stored and read; TEST_ENCRYPTED_CONTRACT=whole runs the whole suite.
const isWhole = process.env['TEST_ENCRYPTED_CONTRACT'] === 'whole';
describeRegistry(
  'an encrypted store',
  async () => encryptedStoreUnderTest(await makeTempDir()),
  isWhole ? undefined : ['packages', 'trust', 'forgery'],
  test.skip,
);
