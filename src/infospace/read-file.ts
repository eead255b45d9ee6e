import { ArchiveError } from '../artifact-store/errors.ts';
import { findPackage } from './find-package.ts';
import { type LookOptions, looking } from './looking.ts';

/** A package and a file of it. */
export interface FileReference {
  package: string;
  path: string;
}

/** Colons stand in `blake3:…` and in the time of `latest@{…}` too. */
const FILE_REFERENCE = /^((?:blake3:)?[^:{]+(?:\{[^{}]*\})?):(.+)$/s;

/** Reads `<package>:<path>`. @throws ArchiveError `USAGE` when there is no path. */
export function parseFileReference(text: string): FileReference {
  const [, name, path] = FILE_REFERENCE.exec(text) ?? [];
  if (name !== undefined && path !== undefined) return { package: name, path };
  throw new ArchiveError('USAGE', `"${text}" names no file of a package; give it as latest:reports/a.md.`);
}

/**
 * One file of a package, in pieces. The last of them comes only when the whole was found sound.
 *
 * @throws ArchiveError `NOT_FOUND` for a path that is no file; `INTEGRITY`, `USAGE`, `STORE_UNAVAILABLE`.
 */
export function readPackageFile(
  reference: string,
  path: string,
  options: LookOptions = {},
): AsyncGenerator<Uint8Array> {
  return looking(options, async function* (registry, root) {
    const { subject, signal } = options;
    const found = await findPackage(reference, registry, { root, subject });
    yield* registry.getFile(found.id, path.replace(/^(?:\.?\/)+/, ''), signal);
  });
}
