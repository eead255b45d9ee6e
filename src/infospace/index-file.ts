import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { YAMLSeq } from 'yaml';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import { unwritable } from '../artifact-store/files/disk-faults.ts';
import { replaceFile } from '../artifact-store/files/whole-file.ts';
import { readOutsideText } from '../artifact-store/outside-file.ts';
import { makeDurableDirectory } from '../artifact-store/storage/durable-directory.ts';
import { INDEX_FILE, INDEX_SIDE_PREFIX } from './contract.ts';
import { type RequireHeld, withFileLock } from './file-lock.ts';
import { parseYaml, stringifyYaml } from './yaml.ts';

/** What V8 can hold as one text: a million records. */
const MAX_INDEX_BYTES = 500 * 1024 * 1024;

/** One archive of an infospace, as `output/archives/index.yaml` records it. */
export interface ArchiveRecord {
  package_id: string;
  /** Names exactly this package. */
  manifest_digest: string;
  /** The same for the same content, wherever and whenever it is archived. */
  content_digest: string;
  retention_class: string;
  /** RFC 3339, UTC. */
  created_at: string;
  /** What was asked for, as far as it was there. */
  included_paths: string[];
  /** Entries: files, links and empty folders. */
  file_count: number;
  /** What the files come to, before compression and deduplication. */
  total_bytes: number;
  /** Why this state is kept. */
  note: string | null;
  /** What made the content. */
  producer: string;
  /** What the content is of. */
  subject: string;
}

/**
 * The records of an infospace, oldest first; none when there is no index.
 *
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken.
 */
export async function readIndex(root: string): Promise<ArchiveRecord[]> {
  return recordsOf((await load(root)).records);
}

/**
 * Checks that a record could be added; changes nothing.
 *
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken; `STORE_UNAVAILABLE` when it cannot be written.
 */
export async function requireUsableIndex(root: string): Promise<void> {
  await load(root);
  for (let folder = dirname(join(root, INDEX_FILE)); ; folder = dirname(folder)) {
    try {
      await access(folder, constants.W_OK | constants.X_OK);
      return;
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw unwritableIndex(root, error);
    }
  }
}

/**
 * Adds a record. Entries, keys and comments that are there stay as they are.
 *
 * @param signal ends the waiting for other writers.
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken; `STORE_UNAVAILABLE` when it cannot be written.
 */
export async function appendToIndex(root: string, record: ArchiveRecord, signal?: AbortSignal): Promise<void> {
  await changeIndex(root, (index) => withRecord(index, record), signal);
}

/**
 * Adds the record of a package that was made elsewhere, in the order of the times at which packages were made; one that is
 * there already stays as it is. Throws as {@link appendToIndex} does.
 */
export async function insertIntoIndex(root: string, record: ArchiveRecord, signal?: AbortSignal): Promise<void> {
  const change = async (index: Index) => {
    if (index.records.some(({ package_id }) => package_id === record.package_id)) return undefined;
    const later = index.records.findIndex(
      ({ created_at }) => typeof created_at === 'string' && created_at > record.created_at,
    );
    return later < 0 ? withRecord(index, record) : layAnew(index.text, record, later);
  };
  await changeIndex(root, change, signal);
}

/** Undefined text leaves the index as it is. */
async function changeIndex(
  root: string,
  change: (index: Index) => Promise<string | undefined>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const path = join(root, INDEX_FILE);
  try {
    await makeDurableDirectory(dirname(path));
    const replace = async (requireHeld: RequireHeld) => {
      const text = await change(await load(root));
      if (text !== undefined) await replaceFile(path, text, requireHeld);
    };
    await withFileLock(join(root, `${INDEX_SIDE_PREFIX}lock`), replace, signal);
  } catch (error) {
    throw unwritableIndex(root, error);
  }
}

function unwritableIndex(root: string, error: unknown): unknown {
  return unwritable(join(root, INDEX_FILE), error, 'make it writable', 'STORE_UNAVAILABLE');
}

/** Text behind the text that is there leaves people's layout alone; where YAML has no place for it, all is laid anew. */
async function withRecord({ text, records }: Index, record: ArchiveRecord): Promise<string> {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = stringifyYaml([record]).replaceAll('\n', lineEnd);
  const appended = text + (text === '' || text.endsWith('\n') ? '' : lineEnd) + lines;
  return holds(appended, [...records, record]) ? appended : layAnew(text, record, records.length);
}

function holds(text: string, records: readonly unknown[]): boolean {
  try {
    return isDeepStrictEqual(parseYaml(text, 0), records);
  } catch {
    return false;
  }
}

/** With a library that keeps comments, and is slow to load. */
async function layAnew(text: string, record: ArchiveRecord, position: number): Promise<string> {
  const yaml = await import('yaml');
  const document = yaml.parseDocument<YAMLSeq>(text);
  document.contents ??= new yaml.YAMLSeq();
  document.contents.items.splice(position, 0, document.createNode(record));
  return document.toString({ lineWidth: 0 });
}

interface Index {
  text: string;
  records: Record<string, unknown>[];
}

async function load(root: string): Promise<Index> {
  const text = readIndexText(root);
  let records: unknown;
  try {
    records = parseYaml(text, 0) ?? [];
  } catch (error) {
    throw broken(root, (error as Error).message, error);
  }
  if (!Array.isArray(records)) throw broken(root, 'it is not a list of archive records');
  const odd = records.findIndex((item) => typeof item !== 'object' || item === null || Array.isArray(item));
  if (odd >= 0) throw broken(root, `its entry ${odd + 1} is no archive record`);
  return { text, records };
}

function readIndexText(root: string): string {
  try {
    return readOutsideText(join(root, INDEX_FILE), MAX_INDEX_BYTES) ?? '';
  } catch (error) {
    throw new ArchiveError('CONFIG_INVALID', (error as Error).message, error);
  }
}

const TEXT_KEYS = ['package_id', 'manifest_digest', 'retention_class', 'created_at', 'producer', 'subject'] as const;

/** Records of other tools may lack what this one adds, and hold more; entries of another kind are passed over. */
function recordsOf(entries: readonly Record<string, unknown>[]): ArchiveRecord[] {
  const records = entries.filter((entry) => TEXT_KEYS.every((key) => typeof entry[key] === 'string'));
  return records as unknown[] as ArchiveRecord[];
}

function broken(root: string, what: string, cause?: unknown): ArchiveError {
  const sentence = `The archive index ${join(root, INDEX_FILE)} is broken: ${what.replace(/[.:]$/, '')}; correct it by hand.`;
  return new ArchiveError('CONFIG_INVALID', sentence, cause);
}
