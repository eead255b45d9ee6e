import { openStore } from '../../src/artifact-store/open-store.ts';
import { servePage } from '../../src/page/server.ts';
import { archive, makeEncrypted, within } from '../artifact-store/encryption/fixtures.ts';
import { useTempDirs } from '../artifact-store/fixtures.ts';
import { Visit } from './fixtures.ts';

const makeTempDir = useTempDirs();

test('an encrypted store without an identity shows its packages, and says what is missing to open them', async () => {
  const store = await makeEncrypted(await makeTempDir());
  const { writerKey } = store;
  const tree = { 'reports/unseen.md': 'nobody reads this' };
  const { id } = await within(store.config({ writerKey }), async (registry) =>
    archive(registry, await makeTempDir(), tree),
  );
  const file = `path=${encodeURIComponent('reports/unseen.md')}`;
  const sealed = [`/packages/${id}`, `/packages/${id}/file?${file}`, `/packages/${id}/raw?${file}`];
  for (const keys of [undefined, { writerKey }]) {
    const registry = await openStore(store.config(keys), { access: 'read' });
    const served = await servePage(
      { registry, root: store.directory, title: 'guide', from: { root: 'guide' } },
      (error) => {
        throw error;
      },
    );
    try {
      const visit = await Visit.of(served.url);
      for (const view of ['/', '/log']) {
        const { status, text } = await visit.get(view);
        expect({ view, status }).toEqual({ view, status: 200 });
        expect(text).toContain(id);
        expect(text).not.toMatch(/unseen|nobody|atlas/);
      }
      for (const view of sealed) {
        const { status, text } = await visit.get(view);
        expect({ view, status }).toEqual({ view, status: 403 });
        expect(text).toMatch(/Refused.*ARTIFACTSTORE_IDENTITY_FILE/s);
      }
    } finally {
      await served.close();
      await registry.close();
    }
  }
});
