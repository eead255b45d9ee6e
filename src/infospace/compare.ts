import type { FileEntry, Manifest } from '../artifact-store/manifest/model.ts';

/** How the files of a package differ from those of another. */
export interface Comparison {
  added: string[];
  changed: string[];
  removed: string[];
  unchanged: number;
}

export function compareManifests(before: Manifest, after: Manifest): Comparison {
  const old = new Map(before.files.map((entry) => [entry.path, entry]));
  const comparison: Comparison = { added: [], changed: [], removed: [], unchanged: 0 };
  for (const entry of after.files) {
    const was = old.get(entry.path);
    old.delete(entry.path);
    if (was === undefined) comparison.added.push(entry.path);
    else if (sameEntry(was, entry)) comparison.unchanged++;
    else comparison.changed.push(entry.path);
  }
  comparison.removed = [...old.keys()];
  return comparison;
}

function sameEntry(a: FileEntry, b: FileEntry): boolean {
  if (a.kind === 'file' && b.kind === 'file') {
    return a.executable === b.executable && Buffer.compare(a.blake3, b.blake3) === 0;
  }
  if (a.kind === 'symlink' && b.kind === 'symlink') return a.target === b.target;
  return a.kind === b.kind;
}
