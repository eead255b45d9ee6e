import { printable } from './format.ts';
import { printJson } from './json.ts';
import { type StoreFlags, withRegistry } from './with-registry.ts';

/**
 * Replaces the note of a package and prints it.
 *
 * @throws ArchiveError `USAGE` for an empty or invalid note; `NOT_FOUND`.
 */
export async function amendNoteAndPrint(
  reference: string,
  text: string,
  flags: StoreFlags & { json?: boolean | undefined },
): Promise<void> {
  const { findPackage } = await import('../infospace/find-package.ts');
  const amended = await withRegistry(flags, 'change', async (registry) => {
    const { id } = await findPackage(reference, registry, { root: flags.from, subject: flags.subject });
    await registry.amendNote(id, text);
    return (await registry.listNotes(id))[0]!;
  });
  const { packageId, note, actor, amendedAt } = amended;
  if (flags.json) printJson({ package_id: packageId, note, actor, amended_at: amendedAt });
  else process.stdout.write(`Package ${packageId}: ${printable(note)}\n`);
}
