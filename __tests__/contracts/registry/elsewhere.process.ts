import { openStore } from '../../../src/artifact-store/open-store.ts';
import { listTree } from '../../artifact-store/fixtures.ts';
import { ABOUT } from './bench.ts';

const [config, base] = process.argv.slice(2);
const registry = await openStore(JSON.parse(config!), { access: 'write', actor: 'tester' });
const ids: string[] = [];
for (let i = 0; i < 3; i++) {
  const id = await registry.createPackage(ABOUT);
  await registry.ingestFiles(id, base!, await listTree(base!), { statCache: false });
  await registry.finalizePackage(id);
  ids.push(id);
}
await registry.close();
process.stdout.write(JSON.stringify(ids));
