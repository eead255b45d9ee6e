import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rebuildStore } from '../../src/artifact-store/maintenance/rebuild-store.ts';
import { archiveInfospace, openRegistry, restoreArchive } from '../../src/index.ts';
import { storeOf } from '../../src/infospace/infospace-store.ts';
import { contentOf, refusal, sampleInfospace, temporaryFolder } from './fixtures.ts';

const MIB = 2 ** 20;

/** Seen to fail: the second package was made and could not be read, since its new entries compress too well. */
test('a second archive may add thousands of deeply nested empty files', async () => {
  const root = sampleInfospace();
  for (let i = 0; i < 2500; i++) writeFileSync(join(root, 'artifacts', `f${i}`), `${i}`);
  await archiveInfospace(root);
  const folder = join(root, 'artifacts', ...Array.from({ length: 15 }, (_, i) => `folder-${i}-`.padEnd(230, 'x')));
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < 2450; i++) writeFileSync(join(folder, `${String(i).padStart(6, '0')}.done`), '');
  const { record } = await archiveInfospace(root);
  const target = join(temporaryFolder(), 'out');
  await restoreArchive(record.package_id, { from: root, target });
  expect(contentOf(target)).toEqual(contentOf(root));
});

/** Seen to fail: notes of 9 MB were taken, and their segments could not be read. */
test('a note of 1 MiB is kept, even after a rebuild', async () => {
  const root = sampleInfospace();
  const note = `${'the build log says: nothing to do\n'.repeat(MIB)}`.slice(0, MIB);
  const { record } = await archiveInfospace(root, { note });
  const config = storeOf(root, {});
  if (config.database.kind === 'sqlite') rmSync(config.database.path);
  await rebuildStore(config);
  const registry = await openRegistry(root, {}, 'read');
  const manifest = await registry.getManifest(record.package_id);
  await registry.close();
  expect(manifest.package.metadata['note']).toBe(note);
});

describe('too long', () => {
  test.each([
    ['note', { note: 'x'.repeat(MIB + 1) }],
    ['producer', { producer: 'x'.repeat(1025) }],
    ['subject', { subject: 'ü'.repeat(513) }],
    ['revision', { provenance: { revision: 'x'.repeat(MIB + 1) } }],
    ['key of the metadata or provenance', { provenance: { ['x'.repeat(1025)]: '' } }],
    [
      'metadata and provenance',
      { provenance: Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`p${i}`, 'x'.repeat(MIB)])) },
    ],
  ])('a %s is refused by name and limit', async (what, options) => {
    const root = sampleInfospace();
    await expect(archiveInfospace(root, options)).rejects.toEqual(
      refusal('USAGE', `The ${what} is `, ' allowed; shorten it'),
    );
  });

  test('a reason or an actor is refused by name and limit', async () => {
    const root = sampleInfospace();
    const { record } = await archiveInfospace(root);
    const registry = await openRegistry(root, {}, 'change');
    await expect(registry.applyHold(record.package_id, 'x'.repeat(65_537))).rejects.toEqual(
      refusal('USAGE', 'The reason is 65537 bytes long, more than the 65536'),
    );
    await registry.close();
    await expect(openRegistry(root, { actor: 'x'.repeat(1025) }, 'change')).rejects.toEqual(
      refusal('USAGE', 'The actor is 1025 bytes long'),
    );
  });
});
