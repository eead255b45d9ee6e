import { ArchiveError } from '../artifact-store/errors.ts';
import { type FileEntry, isContentEntry } from '../artifact-store/manifest/model.ts';
import { shortId } from '../artifact-store/package-names.ts';
import type { PackageSummary } from '../artifact-store/registry.ts';
import type { FileVersion } from '../infospace/file-versions.ts';
import type { FindOptions, FoundFile } from '../infospace/find-files.ts';
import type { ListFilesOptions } from '../infospace/list-files.ts';
import type { LookOptions } from '../infospace/looking.ts';
import type { ReadFileOptions } from '../infospace/read-file.ts';
import { entryJson } from './changes.ts';
import { formatBytes, printable } from './format.ts';
import { printJsonList } from './json.ts';
import { writeEach, writeOut } from './output.ts';

interface JsonFlag {
  json?: boolean | undefined;
}

export interface LsFlags extends Omit<ListFilesOptions, 'registry' | 'paths'>, JsonFlag {
  /** Kind, size and digest before each path. */
  long?: boolean | undefined;
}

/** Prints the paths of a package; empty folders end with a slash. */
export async function listFilesAndPrint(
  reference: string,
  paths: readonly string[],
  { long, json, ...options }: LsFlags,
): Promise<void> {
  const { listFiles } = await import('../infospace/list-files.ts');
  const files = listFiles(reference, { ...options, paths });
  if (json) await printJsonList(mapped(files, entryJson));
  else await writeEach(mapped(files, long ? longLine : (entry) => `${shownPath(entry)}\n`));
}

/** Writes the bytes of one file to stdout. */
export async function catFile(
  reference: string,
  path: string | undefined,
  options: Omit<ReadFileOptions, 'registry'>,
): Promise<void> {
  const { parseFileReference, readPackageFile } = await import('../infospace/read-file.ts');
  const named = path === undefined ? parseFileReference(reference) : { package: reference, path };
  for await (const piece of readPackageFile(named.package, named.path, options)) await writeOut(piece);
}

/** Prints the packages that contain a file. */
export async function findAndPrint(
  what: string,
  { json, ...options }: Omit<FindOptions, 'registry'> & JsonFlag,
): Promise<void> {
  const { findFiles } = await import('../infospace/find-files.ts');
  const found = nonEmpty(findFiles(what, options), () => {
    throw new ArchiveError(
      'NOT_FOUND',
      `No package has a file "${what}"; a pattern with a slash begins at the root.`,
      undefined,
      { path: what },
    );
  });
  if (json) await printJsonList(mapped(found, foundJson));
  else await writeEach(table(`${packageColumns()}${column('SIZE', -8)}  PATH\n`, mapped(found, foundLine)));
}

/** Prints the versions of files. */
export async function versionsAndPrint(
  paths: readonly string[],
  { json, ...options }: Omit<LookOptions, 'registry'> & JsonFlag,
): Promise<void> {
  const { fileVersions } = await import('../infospace/file-versions.ts');
  const versions = fileVersions(paths, options);
  if (json) await printJsonList(mapped(versions, versionJson));
  else {
    const title = `${packageColumns()}${column('CHANGE', 7)}  ${column('SIZE', -8)}  ${column('DIGEST', DIGEST_DIGITS)}  PATH\n`;
    await writeEach(table(title, mapped(versions, versionLine)));
  }
}

/** Enough digits for `find` to find the content. */
const DIGEST_DIGITS = 12;

function longLine(entry: FileEntry): string {
  const target = entry.kind === 'symlink' ? ` -> ${printable(entry.target)}` : '';
  return `${column(kindOf(entry), 4)}  ${column(sizeOf(entry), -8)}  ${digestOf(entry)}  ${shownPath(entry)}${target}\n`;
}

function kindOf(entry: FileEntry): string {
  if (isContentEntry(entry)) return entry.executable ? 'exec' : 'file';
  return entry.kind === 'symlink' ? 'link' : 'dir';
}

function sizeOf(entry: FileEntry | undefined): string {
  return entry && isContentEntry(entry) ? formatBytes(entry.size) : '';
}

function digestOf(entry: FileEntry | undefined): string {
  return column(
    entry && isContentEntry(entry) ? Buffer.from(entry.blake3).toString('hex').slice(0, DIGEST_DIGITS) : '',
    DIGEST_DIGITS,
  );
}

function shownPath({ path, kind }: FileEntry): string {
  return printable(kind === 'directory' ? `${path}/` : path);
}

/** @param width negative to align the text on the right. */
function column(text: string, width: number): string {
  return width < 0 ? text.padStart(-width) : text.padEnd(width);
}

function packageColumns(found?: PackageSummary): string {
  const [id, created] = found ? [shortId(found.id), found.createdAt.slice(0, 16).replace('T', ' ')] : ['ID', 'CREATED'];
  return `${column(id, 8)}  ${column(created, 16)}  `;
}

function foundLine({ package: found, entry }: FoundFile): string {
  return `${packageColumns(found)}${column(sizeOf(entry), -8)}  ${shownPath(entry)}\n`;
}

function versionLine({ package: found, change, path, entry }: FileVersion): string {
  const shown = entry ? shownPath(entry) : printable(path);
  return `${packageColumns(found)}${column(change, 7)}  ${column(sizeOf(entry), -8)}  ${digestOf(entry)}  ${shown}\n`;
}

function packageJson({ id, subject, createdAt }: PackageSummary): object {
  return { package_id: id, subject, created_at: createdAt };
}

function foundJson({ package: found, entry }: FoundFile): object {
  return { ...packageJson(found), ...entryJson(entry) };
}

function versionJson({ package: found, change, path, entry }: FileVersion): object {
  return { ...packageJson(found), change, path, entry: entry ? entryJson(entry) : null };
}

async function* mapped<T, U>(items: AsyncIterable<T>, map: (item: T) => U): AsyncIterable<U> {
  for await (const item of items) yield map(item);
}

async function* nonEmpty<T>(items: AsyncIterable<T>, fail: () => never): AsyncIterable<T> {
  let isEmpty = true;
  for await (const item of items) {
    isEmpty = false;
    yield item;
  }
  if (isEmpty) fail();
}

/** Prints the title only if there are rows. */
async function* table(title: string, rows: AsyncIterable<string>): AsyncIterable<string> {
  let isEmpty = true;
  for await (const row of rows) {
    if (isEmpty) yield title;
    isEmpty = false;
    yield row;
  }
}
