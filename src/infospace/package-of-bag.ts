import { basename } from 'node:path';
import type { CheckedBag } from '../artifact-store/bag/check-bag.ts';
import { type BagInfo, infoOf } from '../artifact-store/bag/tag-text.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import type { NewPackage } from '../artifact-store/new-package.ts';
import type { PackageOrigin } from '../artifact-store/registry.ts';
import { DEFAULT_RETENTION_CLASS } from '../artifact-store/retention/classes.ts';
import { slugify } from './slug.ts';
import { similarPaths } from './target-names.ts';

/** Limit for a stored `bag-info.txt`, far above real ones. */
const MAX_INFO_CHARACTERS = 64 * 1024;
const ARCHIVE_EXTENSION = /(?:\.bag)?\.(?:tar|tgz|tar\.(?:gz|zst))$/i;
const DEFAULT_PRODUCER = 'bagit';
/** Describe the bag; the package's manifest has better values. */
const LEFT_OUT = new Set(['payload-oxum', 'bag-size']);

/** The caller's metadata for a bag. */
interface Asked {
  retentionClass?: string | undefined;
  subject?: string | undefined;
  producer?: string | undefined;
  note?: string | undefined;
}

/**
 * The package that a bag of other software becomes: the fields of its `bag-info.txt` become metadata of the package.
 * @throws ArchiveError `PATH_INVALID` for names that some file systems treat as equal; `USAGE` when its `bag-info.txt` is too long.
 */
export function newPackageOf({ source, files, info }: CheckedBag, origin: PackageOrigin, asked: Asked): NewPackage {
  const [similar] = similarPaths(files);
  if (similar) {
    const names = similar.map((path) => JSON.stringify(path)).join(' and ');
    const sentence = `The bag ${source.path} has ${names}, which some systems treat as the same name; rename them in it.`;
    throw new ArchiveError('PATH_INVALID', sentence);
  }
  const name = basename(source.path).replace(ARCHIVE_EXTENSION, '');
  return {
    retentionClass: asked.retentionClass ?? DEFAULT_RETENTION_CLASS,
    subject: asked.subject ?? slugify(infoOf(info, 'External-Identifier') ?? '') ?? slugify(name) ?? 'bag',
    producer: asked.producer ?? infoOf(info, 'Source-Organization') ?? DEFAULT_PRODUCER,
    metadata: { ...metadataOf(info, source.path), ...(asked.note !== undefined && { note: asked.note }) },
    provenance: {
      bag: origin.name,
      ...(origin.tagmanifest_sha256 !== null && { bag_tagmanifest_sha256: origin.tagmanifest_sha256 }),
    },
    origin,
  };
}

/** A repeated label gets one line per value. */
function metadataOf(info: BagInfo, path: string): Record<string, string> {
  const values = new Map<string, string>();
  for (const [label, value] of info) {
    if (LEFT_OUT.has(label.toLowerCase())) continue;
    const before = values.get(label);
    values.set(label, before === undefined ? value : `${before}\n${value}`);
  }
  const characters = [...values].reduce((sum, [label, value]) => sum + label.length + value.length, 0);
  if (characters <= MAX_INFO_CHARACTERS) return Object.fromEntries(values);
  throw new ArchiveError(
    'USAGE',
    `The "bag-info.txt" of ${path} is longer than ${MAX_INFO_CHARACTERS} characters; shorten it.`,
    undefined,
    { path },
  );
}
