import type { Abortable } from '../artifact-store/abort.ts';
import type { Manifest } from '../artifact-store/manifest/model.ts';
import type { PackageSummary, Registry } from '../artifact-store/registry.ts';
import { requireWritableIndex, salvageIndex, writeIndex } from './index-file.ts';
import { type ArchiveRecord, type RecordPlace, recordOf } from './index-record.ts';
import { openInfospace } from './infospace-file.ts';
import { isEmbedded, openUnpinned, type StoreLocation } from './infospace-store.ts';

/** Which store to rebuild an index from. */
export interface RebuildIndexOptions extends StoreLocation, Abortable {
  /** An open store to use instead of the configured one; the caller closes it. */
  registry?: Registry | undefined;
}

/** The outcome of an index rebuild. */
export interface RebuiltIndex {
  /** All records of the new index. */
  records: ArchiveRecord[];
  /** Packages of the store that the index lacked; their original include patterns are not known. */
  added: ArchiveRecord[];
  /** Dropped records of packages that the store disposed of. */
  disposed: ArchiveRecord[];
  /** Dropped records of packages that were in this store according to the record, but are unknown to it now. */
  lost: ArchiveRecord[];
  /** Kept records of packages in other stores. */
  elsewhere: ArchiveRecord[];
  /** Number of unreadable entries, which are dropped. */
  unreadable: number;
}

/**
 * Rebuilds the index of an infospace from its store: all kept packages of its subject, and those of other subjects that the index names.
 * Records of packages in other stores stay. The store is accepted as it is, even if the index was written with another state of it.
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

/** Keeps the recorded place of a package in another store. */
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

/** A manifest has the note but not the include patterns; the top-level names stand in for them. */
function recordFrom(found: PackageSummary, { files, package: about }: Manifest, place: RecordPlace): ArchiveRecord {
  return recordOf(found, topsOf(files), about.metadata['note'] ?? null, place);
}

/** The top-level names of paths. */
export function topsOf(files: readonly { path: string }[]): string[] {
  return [...new Set(files.map(({ path }) => path.split('/', 1)[0]!))];
}
