import type { NewPackage } from '../../../src/artifact-store/new-package.ts';
import type { Registry } from '../../../src/artifact-store/registry.ts';
import { ABOUT, type MakeStore, useBench } from './bench.ts';

const SECRET = 'hunter22!';
const text = `before ${SECRET} after`;

export function describeSecrets(makeStore: MakeStore): void {
  describe('a configured secret', () => {
    const bench = useBench(makeStore);

    test.each<[where: string, about: Partial<NewPackage>]>([
      ['the note', { metadata: { note: text } }],
      ['the provenance', { provenance: { run_url: text } }],
      ['the producer', { producer: text }],
      ['the subject', { subject: text }],
      ['a metadata key', { metadata: { [text]: 'value' } }],
      ['provenance that shares its key with metadata', { provenance: { note: text }, metadata: { note: 'fine' } }],
      ['metadata that shares its key with the package', { metadata: { subject: text } }],
    ])('is refused in %s, and not quoted', async (_, about) => {
      const registry = await bench().openWith({ secrets: [SECRET] });
      const failure = await registry.createPackage({ ...ABOUT, ...about }).catch((error) => error);
      expect(failure).toMatchObject({ code: 'USAGE', message: expect.not.stringContaining(SECRET) });
    });

    test.each<[where: string, act: (registry: Registry, packageId: string) => Promise<unknown>]>([
      ['an extension', (registry, id) => registry.extendRetention(id, null, text)],
      ['a hold', (registry, id) => registry.applyHold(id, text)],
      ['a release', async (registry, id) => registry.releaseHold(await registry.applyHold(id, 'why'), text)],
    ])('is refused in the reason of %s, and not quoted', async (_, act) => {
      const registry = await bench().openWith({ secrets: [SECRET] });
      const { id } = await bench().archive({ a: 'a' });
      const failure = await act(registry, id).catch((error: Error) => error);
      expect(failure).toMatchObject({ code: 'USAGE', message: expect.not.stringContaining(SECRET) });
    });
  });
}
