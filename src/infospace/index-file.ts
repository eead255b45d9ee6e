import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Document, isMap, isSeq, parseDocument, YAMLSeq } from 'yaml';
import { ArchiveError, systemErrorCode } from '../artifact-store/errors.ts';
import { INDEX_FILE, INDEX_SIDE_PREFIX } from './contract.ts';
import { withFileLock } from './file-lock.ts';

/** One archive of an infospace, as `output/archives/index.yaml` records it. */
export interface ArchiveRecord {
  package_id: string;
  manifest_digest: string;
  content_digest: string;
  retention_class: string;
  /** RFC 3339, UTC. */
  created_at: string;
  /** What was asked for, as far as it was there. */
  included_paths: string[];
  file_count: number;
  total_bytes: number;
  note: string | null;
  producer: string;
  subject: string;
}

/**
 * The records of an infospace, oldest first; none when there is no index.
 *
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken.
 */
export async function readIndex(root: string): Promise<ArchiveRecord[]> {
  const { records } = await load(root);
  return records.items.map((item, i) => {
    const record: unknown = isMap(item) ? item.toJSON() : undefined;
    if (isRecord(record)) return record;
    throw broken(root, `its entry ${i + 1} is no archive record`);
  });
}

/**
 * Adds a record. Entries, keys and comments that are there stay as they are.
 *
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken; `STORE_UNAVAILABLE` when it cannot be written.
 */
export async function appendToIndex(root: string, record: ArchiveRecord): Promise<void> {
  const path = join(root, INDEX_FILE);
  try {
    await mkdir(dirname(path), { recursive: true });
    await withFileLock(join(root, `${INDEX_SIDE_PREFIX}lock`), async () => {
      const { document, records } = await load(root);
      records.add(document.createNode(record));
      await replaceFile(path, join(root, INDEX_SIDE_PREFIX + randomUUID()), document.toString({ lineWidth: 0 }));
    });
  } catch (error) {
    if (systemErrorCode(error) === undefined || error instanceof ArchiveError) throw error;
    throw new ArchiveError(
      'STORE_UNAVAILABLE',
      `${path} cannot be written (${systemErrorCode(error)}); make it writable.`,
      error,
    );
  }
}

async function load(root: string): Promise<{ document: Document; records: YAMLSeq }> {
  let text: string;
  try {
    text = await readFile(join(root, INDEX_FILE), 'utf8');
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw broken(root, `it cannot be read (${systemErrorCode(error)})`, error);
    text = '';
  }
  const document: Document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw broken(root, error.message.split('\n', 1)[0]!, error);
  if (document.contents === null) document.contents = new YAMLSeq();
  if (!isSeq(document.contents)) throw broken(root, 'it is not a list of archive records');
  return { document, records: document.contents };
}

const TEXT_KEYS = ['package_id', 'manifest_digest', 'retention_class', 'created_at', 'producer', 'subject'] as const;

/** Records of other tools may lack what this one adds, and hold more. */
function isRecord(value: unknown): value is ArchiveRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Record<string, unknown>;
  return TEXT_KEYS.every((key) => typeof record[key] === 'string');
}

async function replaceFile(path: string, staged: string, text: string): Promise<void> {
  try {
    const file = await open(staged, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(staged, path);
  } catch (error) {
    await unlink(staged).catch(() => undefined);
    throw error;
  }
}

function broken(root: string, what: string, cause?: unknown): ArchiveError {
  const sentence = `The archive index ${join(root, INDEX_FILE)} is broken: ${what.replace(/[.:]$/, '')}; correct it by hand.`;
  return new ArchiveError('CONFIG_INVALID', sentence, cause);
}
