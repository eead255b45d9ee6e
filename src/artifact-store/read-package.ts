import { join } from 'node:path';
import { ArchiveError } from './errors.ts';
import { toHex } from './identity/digest.ts';
import type { ContentEntry } from './manifest/model.ts';
import { type ReaderParts, readContents, type WantedContent } from './packs/content-reader.ts';
import type { Progress } from './packs/ingest.ts';
import type { NewFile } from './packs/tasks.ts';

/** Something stored that is not what it was. */
export interface Damage {
  /** The file it hurts, or undefined for the manifest itself. */
  path: string | undefined;
  error: ArchiveError;
}

type OnProgress = ((progress: Progress) => void) | undefined;

/**
 * Writes files below a folder that holds their parent folders and none of them, checking each against its digests.
 *
 * @throws ArchiveError `INTEGRITY` at the first that is damaged.
 */
export async function writeFiles(
  parts: ReaderParts,
  entries: readonly ContentEntry[],
  directory: string,
  onProgress: OnProgress,
): Promise<void> {
  const wanted = wantedContents(entries, ({ path, executable }) => [{ file: join(directory, path), executable }]);
  const count = counter(onProgress);
  await readContents(parts, wanted, {
    sound: count,
    damaged: (_, error) => {
      throw error;
    },
  });
}

/** Contents found sound or damaged so far, so that packages with common contents are checked once. */
export type Checked = Map<string, ArchiveError | 'sound'>;

/** Reads every content of the entries from storage and compares both digests. */
export async function checkFiles(
  parts: ReaderParts,
  entries: readonly ContentEntry[],
  checked: Checked,
  onProgress: OnProgress,
): Promise<Damage[]> {
  const count = counter(onProgress);
  const unchecked = wantedContents(entries, () => []).filter(
    ({ entries: [{ blake3 }] }) => !checked.has(toHex(blake3)),
  );
  await readContents(parts, unchecked, {
    sound: (content) => {
      checked.set(toHex(content.entries[0].blake3), 'sound');
      count(content);
    },
    damaged: ({ entries: [{ blake3 }] }, error) => void checked.set(toHex(blake3), error),
  });
  return entries.flatMap(({ path, blake3 }): Damage[] => {
    const found = checked.get(toHex(blake3));
    return found instanceof ArchiveError ? [{ path, error: found }] : [];
  });
}

/** Entries with one content become one thing to read. */
function wantedContents(
  entries: readonly ContentEntry[],
  writeTo: (entry: ContentEntry) => WantedContent['writeTo'],
): WantedContent[] {
  const byDigest = new Map<string, { entries: [ContentEntry, ...ContentEntry[]]; writeTo: NewFile[] }>();
  for (const entry of entries) {
    const key = toHex(entry.blake3);
    const same = byDigest.get(key);
    if (same === undefined) byDigest.set(key, { entries: [entry], writeTo: [...writeTo(entry)] });
    else {
      same.entries.push(entry);
      same.writeTo.push(...writeTo(entry));
    }
  }
  return [...byDigest.values()];
}

function counter(onProgress: OnProgress): (content: WantedContent) => void {
  const progress = { files: 0, bytes: 0 };
  return ({ entries }) => {
    progress.files += entries.length;
    progress.bytes += entries.length * entries[0].size;
    onProgress?.(progress);
  };
}
