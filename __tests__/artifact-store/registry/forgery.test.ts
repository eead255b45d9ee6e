import { embeddedStoreUnderTest } from '../../contracts/registry/embedded.ts';
import { describeRegistry } from '../../contracts/registry.ts';
import { useTempDirs } from '../fixtures.ts';

const makeTempDir = useTempDirs();

describeRegistry('an embedded store', async () => embeddedStoreUnderTest(await makeTempDir()), ['forgery']);
