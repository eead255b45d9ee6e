import { ArchiveError } from '../artifact-store/errors.ts';
import { findEntry } from '../artifact-store/manifest/lookup.ts';
import type { FileEntry } from '../artifact-store/manifest/model.ts';
import type { PackageSummary } from '../artifact-store/registry.ts';
import { findPackage } from '../infospace/find-package.ts';
import type { Asked } from './source.ts';
import { plainDay } from './times.ts';

/** The package named by the address. @throws ArchiveError `NOT_FOUND`, `USAGE`. */
export function askedPackage({ reference, registry, root }: Asked): Promise<PackageSummary> {
  return findPackage(reference, registry, { root });
}

/** A path of a package. @throws ArchiveError `USAGE` for an invalid path. */
export function askedPath({ query }: Asked, key: 'path' | 'folder' | 'from'): string {
  const path = query.get(key) ?? '';
  const isRoot = path === '' && key === 'folder';
  if (isRoot || path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')) return path;
  throw new ArchiveError('USAGE', `${JSON.stringify(path)} is not a path of a package; choose a file from its list.`);
}

/** Checks that a package has an entry or a folder of this name. @throws ArchiveError `NOT_FOUND`. */
export async function requireEntry({ manifests }: Asked, id: string, path: string): Promise<FileEntry | 'folder'> {
  const entry = findEntry((await manifests.of(id)).files, path);
  if (entry !== undefined) return entry;
  const sentence = `${JSON.stringify(path)} is not in the package; choose a file from its list.`;
  throw new ArchiveError('NOT_FOUND', sentence, undefined, { path, packageId: id });
}

/** The title of a package on the page. */
export function titleOf({ subject, createdAt }: PackageSummary): string {
  return `${subject}, ${plainDay(createdAt)}`;
}
