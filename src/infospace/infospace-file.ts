import { realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import { readOutsideText } from '../artifact-store/outside-file.ts';
import { INFOSPACE_FILE, MAX_INFOSPACE_BYTES } from './contract.ts';
import { unknownKeys } from './infospace-keys.ts';
import { isSlug, NAME_KEYS, type Names, slugify, slugOf } from './slug.ts';
import { parseAsWritten } from './yaml.ts';

export interface Infospace {
  /** Absolute, with links resolved. */
  root: string;
  /** Names it among others. */
  slug: string;
  /** Its name for people: `title`, else `name`, else the slug. */
  title: string;
  /** Whether the folder has an `infospace.yaml`. */
  hasFile: boolean;
  /** Warnings to show: the folder's name is used, a key is unknown. */
  warnings: string[];
}

/**
 * Reads what a folder is as an infospace. A folder without `infospace.yaml` is one too, with a warning.
 * @throws ArchiveError `NOT_FOUND` when there is no such folder; `CONFIG_INVALID` when no name can be read from `infospace.yaml`.
 */
export async function openInfospace(root: string): Promise<Infospace> {
  const path = await resolveFolder(root);
  const text = readOutsideText(join(path, INFOSPACE_FILE), MAX_INFOSPACE_BYTES);
  const byFolder = slugify(basename(path)) ?? 'infospace';
  if (text === undefined) {
    const warning = `${root} has no ${INFOSPACE_FILE}; its subject is "${byFolder}", the folder's name.`;
    return { root: path, slug: byFolder, title: byFolder, hasFile: false, warnings: [warning] };
  }
  const file = join(root, INFOSPACE_FILE);
  const document = parse(text, file, byFolder);
  const slug = slugIn(document, file);
  const title = [document['title'], document['name'], slug].find(isTitle) ?? byFolder;
  const unnamed = `${file} has no slug, id or name; its subject is "${byFolder}", the folder's name.`;
  const warnings = [...(slug === undefined ? [unnamed] : []), ...unknownKeys(Object.keys(document), file)];
  return { root: path, slug: slug ?? byFolder, title, hasFile: true, warnings };
}

function isTitle(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

/** @throws ArchiveError `CONFIG_INVALID` when it is not YAML, or has no keys. */
function parse(text: string, file: string, byFolder: string): Record<string, unknown> {
  let document: unknown;
  try {
    document = parseAsWritten(text);
  } catch (error) {
    const sentence = `${file} is not valid YAML: ${(error as Error).message}; correct it.`;
    throw new ArchiveError('CONFIG_INVALID', sentence, error, { path: file });
  }
  if (document === null) return {};
  if (typeof document === 'object' && !Array.isArray(document)) return document as Record<string, unknown>;
  const sentence = `${file} is ${kindOf(document)}, not a group of keys with values; write "slug: ${byFolder}" instead.`;
  throw new ArchiveError('CONFIG_INVALID', sentence, undefined, { path: file });
}

/** @throws ArchiveError `CONFIG_INVALID` for a name that is not text, or a slug with other characters. */
function slugIn(document: Record<string, unknown>, file: string): string | undefined {
  const names: Names = {};
  for (const key of NAME_KEYS) {
    const value = document[key];
    if (typeof value === 'string') names[key] = value;
    else if (value !== undefined && value !== null)
      throw new ArchiveError(
        'CONFIG_INVALID',
        `${file} has ${kindOf(value)} as its "${key}"; give a single text.`,
        undefined,
        { path: file },
      );
  }
  const slug = slugOf(names);
  if (slug === undefined || isSlug(slug)) return slug;
  const better = slugify(slug);
  const remedy = better === undefined ? 'give another one' : `write "slug: ${better}"`;
  const sentence = `${file} has the slug ${JSON.stringify(slug)}, but a slug may contain only letters, digits, ".", "_" and "-"; ${remedy}.`;
  throw new ArchiveError('CONFIG_INVALID', sentence, undefined, { path: file });
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a group of keys' : 'plain text';
}

async function resolveFolder(root: string): Promise<string> {
  try {
    const path = await realpath(root);
    if ((await stat(path)).isDirectory()) return path;
    throw new ArchiveError('NOT_FOUND', `${root} is not a folder; name the folder of the infospace.`, undefined, {
      path: root,
    });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined || error instanceof ArchiveError) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new ArchiveError('NOT_FOUND', `There is no folder ${root}; check the path.`, error, { path: root });
    }
    throw new ArchiveError(
      'FILE_UNREADABLE',
      `The folder ${root} cannot be opened (${code}); check its path and permissions.`,
      error,
      { path: root },
    );
  }
}
