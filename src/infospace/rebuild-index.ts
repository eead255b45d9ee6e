import type { Abortable } from '../artifact-store/abort.ts';
import type { Manifest } from '../artifact-store/manifest/model.ts';
import type { PackageSummary, Registry } from '../artifact-store/registry.ts';
import { requireWritableIndex, salvageIndex, writeIndex } from './index-file.ts';
import { type ArchiveRecord, type RecordPlace, recordOf } from './index-record.ts';
import { openInfospace } from './infospace-file.ts';
import { isEmbedded, openUnpinned, type StoreLocation } from './infospace-store.ts';

/** Which store an index is made from. */
export interface RebuildIndexOptions extends StoreLocation, Abortable {
  /** An open store to use instead of the configured one; the caller closes it. */
  registry?: Registry | undefined;
}

/** What an index was made of. */
export interface RebuiltIndex {
  /** All that it has now. */
  records: ArchiveRecord[];
  /** Packages of the store that the index did not have: what was asked for, when they were archived, is not known. */
  added: ArchiveRecord[];
  /** Records of packages that the store has disposed of, which are left out. */
  disposed: ArchiveRecord[];
  /** Records of packages that the store once had by their own word, and does not know any more; they are left out. */
  lost: ArchiveRecord[];
  /** Records that stay although the store does not have their packages: they are in another one. */
  elsewhere: ArchiveRecord[];
  /** Entries that could not be read, and are left out. */
  unreadable: number;
}

/**
 * Makes the index of an infospace anew from its store: all packages of its subject that the store keeps, and those that the
 * index has of other subjects. Records of packages in other stores stay. The store is taken as it is, also where the index was
 * written with another state of it.
 *
 * @throws ArchiveError `NOT_FOUND` without the folder or its store; `STORE_UNAVAILABLE`, `INTEGRITY`.
 */
export async function rebuildIndex(root: string, options: RebuildIndexOptions = {}): Promise<RebuiltIndex> {
  const { root: path, slug } = await openInfospace(root);
  await requireWritableIndex(path);
  const registry = options.registry ?? (await openUnpinned(path, options, 'read'));
  try {
    let rebuilt: RebuiltIndex | undefined;
    await writeIndex(
      path,
      async () => {
        rebuilt = await gather(path, slug, registry, options.signal);
        return rebuilt.records;
      },
      options.signal,
    );
    return rebuilt!;
  } finally {
    if (registry !== options.registry) await registry.close();
  }
}

async function gather(
  root: string,
  slug: string,
  registry: Registry,
  signal: AbortSignal | undefined,
): Promise<RebuiltIndex> {
  const { records: old, unreadable } = salvageIndex(root);
  const recorded = new Map(old.map((record) => [record.package_id, record]));
  const packages = await registry.listPackages();
  const kept = packages.filter(({ id, subject }) => subject === slug || recorded.has(id));
  const gone = await goneOf(old, packages, registry);
  const place: RecordPlace = { log: await registry.logHead(), embedded: isEmbedded(root, registry) };
  const getManifest = registry.manifestReader();
  const records = [...gone.elsewhere];
  const added: ArchiveRecord[] = [];
  for (const found of kept) {
    signal?.throwIfAborted();
    const record = recorded.get(found.id);
    if (record?.manifest_digest === found.manifestDigest) {
      records.push(repinned(record, place));
      continue;
    }
    const made = recordFrom(found, await getManifest(found.id), place);
    records.push(made);
    added.push(made);
  }
  return { records, added, ...gone, unreadable };
}

/** A copy of a package that another store has stays recorded there. */
function repinned(record: ArchiveRecord, place: RecordPlace): ArchiveRecord {
  const { log, embedded, ...about } = record;
  if (log !== undefined && log.store !== place.log?.store) return record;
  return { ...about, log: place.log, ...(place.embedded && { embedded: true }) };
}

/** The records of packages that the store does not keep. */
async function goneOf(
  old: readonly ArchiveRecord[],
  packages: readonly PackageSummary[],
  registry: Registry,
): Promise<Pick<RebuiltIndex, 'disposed' | 'lost' | 'elsewhere'>> {
  const { store } = await registry.logHead();
  const kept = new Set(packages.map(({ id }) => id));
  const tombstones = new Set((await registry.listTombstones()).map(({ id }) => id));
  const gone = { disposed: [] as ArchiveRecord[], lost: [] as ArchiveRecord[], elsewhere: [] as ArchiveRecord[] };
  for (const record of old) {
    if (kept.has(record.package_id)) continue;
    if (tombstones.has(record.package_id)) gone.disposed.push(record);
    else if (record.log?.store === store) gone.lost.push(record);
    else gone.elsewhere.push(record);
  }
  return gone;
}

/** A manifest has the note, but not what was asked for: what is on top stands for it. */
function recordFrom(found: PackageSummary, { files, package: about }: Manifest, place: RecordPlace): ArchiveRecord {
  return recordOf(found, topsOf(files), about.metadata['note'] ?? null, place);
}

/** The first names of paths. */
export function topsOf(files: readonly { path: string }[]): string[] {
  return [...new Set(files.map(({ path }) => path.split('/', 1)[0]!))];
}
