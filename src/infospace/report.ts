import { type Abortable, untilAborted } from '../artifact-store/abort.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import type { Manifest } from '../artifact-store/manifest/model.ts';
import { mapAhead } from '../artifact-store/map-ahead.ts';
import { isCount } from '../artifact-store/outside-fields.ts';
import type { OnProgress, Registry } from '../artifact-store/registry.ts';
import type { Hold } from '../artifact-store/retention/state.ts';
import { type AddedState, FileHistory } from './file-history.ts';
import { readIndex } from './index-file.ts';
import { type ArchiveRecord, summaryRecord } from './index-record.ts';
import { type Infospace, openInfospace } from './infospace-file.ts';
import { openRegistry, type StoreLocation } from './infospace-store.ts';
import { type AnnotatedRecord, type Annotation, annotateRetention } from './list.ts';

/** Which store to report on. */
export interface ReportOptions extends StoreLocation, Abortable {
  /** An open store to use instead of the configured one; the caller closes it. */
  registry?: Registry | undefined;
  /** Called with the number of entries and bytes in the file lists read so far. */
  onProgress?: OnProgress | undefined;
}

/** The data of a report on an infospace; `renderReport` makes a page of it. */
export interface InfospaceReport {
  /** The infospace's slug. */
  subject: string;
  /** Its name for people: `title` or `name`, else the slug. */
  title: string;
  /** RFC 3339, UTC; all states are as of this time. */
  madeAt: string;
  /** Oldest first, including disposed ones. */
  packages: ReportedPackage[];
  /** All holds on these packages, released ones too, in order of creation. */
  holds: Hold[];
  /** The file lists of the packages that have one, in package order. */
  files: FileHistory;
}

/** A record with the state of its package from the registry and the manifest. */
export interface ReportedPackage extends ArchiveRecord, Annotation {
  /** What its file list adds to the earlier ones; null without a file list. */
  added: AddedState | null;
  /** Why the file list of a stored package cannot be read, or null. */
  unreadable: string | null;
}

/** Manifests read in parallel: enough to hide the latency of a remote storage. */
const READ_AHEAD = 8;

/**
 * Collects the data of a report: on the packages in the index, and those of the infospace's slug in the store. Contents are not read.
 * @throws ArchiveError `NOT_FOUND` without the folder or its store; `CONFIG_INVALID`; `STORE_UNAVAILABLE`.
 * @experimental
 */
export async function reportInfospace(root: string, options: ReportOptions = {}): Promise<InfospaceReport> {
  const infospace = await openInfospace(root);
  if (options.registry) return gather(infospace, options.registry, options);
  const registry = await openRegistry(infospace.root, options, 'read');
  try {
    return await gather(infospace, registry, options);
  } finally {
    await registry.close();
  }
}

async function gather(
  { root, slug, title }: Infospace,
  registry: Registry,
  { onProgress, signal }: ReportOptions,
): Promise<InfospaceReport> {
  const recorded = new Map((await readIndex(root)).map((record) => [record.package_id, withoutFalseCounts(record)]));
  const stored = [...(await registry.listPackages({ subject: slug })), ...(await registry.listTombstones())]
    .filter(({ id, subject }) => subject === slug && !recorded.has(id))
    .map(summaryRecord);
  const records = [...recorded.values(), ...stored].sort((a, b) => timeOf(a) - timeOf(b));
  const annotated = await annotateRetention(records, registry);
  const amended = (await registry.listNotes()).filter(({ amendedAt }) => amendedAt !== null);
  const notes = new Map(amended.map(({ packageId, note }) => [packageId, note]));
  const files = new FileHistory();
  const getManifest = registry.manifestReader();
  const packages: ReportedPackage[] = [];
  const progress = { files: 0, bytes: 0, ...totalOf(annotated) };
  const read = async (record: AnnotatedRecord) => ({
    record,
    manifest: await untilAborted(signal, readManifest(record, getManifest)),
  });
  for await (const { record, manifest } of mapAhead(annotated, READ_AHEAD, read)) {
    const note = notes.get(record.package_id) ?? record.note;
    packages.push(reported({ ...record, note }, manifest, files));
    progress.files += record.file_count ?? 0;
    progress.bytes += record.total_bytes ?? 0;
    onProgress?.({ ...progress });
  }
  const ids = new Set(packages.map((found) => found.package_id));
  const holds = (await registry.listHolds()).filter(({ packageId }) => ids.has(packageId));
  return { subject: slug, title, madeAt: new Date().toISOString(), packages, holds, files };
}

function totalOf(records: readonly Partial<ArchiveRecord>[]): { totalFiles: number; totalBytes: number } {
  const sum = (key: 'file_count' | 'total_bytes') => records.reduce((total, record) => total + (record[key] ?? 0), 0);
  return { totalFiles: sum('file_count'), totalBytes: sum('total_bytes') };
}

function withoutFalseCounts(record: ArchiveRecord): ArchiveRecord {
  const sound = { ...record };
  for (const key of ['file_count', 'total_bytes'] as const) {
    if (!isCount(record[key])) Reflect.deleteProperty(sound, key);
  }
  return sound;
}

/** Records with an invalid `created_at` sort first. */
function timeOf({ created_at }: ArchiveRecord): number {
  return Date.parse(created_at) || 0;
}

/** Damaged packages are reported too. */
async function readManifest(
  { package_id, retention }: AnnotatedRecord,
  getManifest: (packageId: string) => Promise<Manifest>,
): Promise<Manifest | ArchiveError | undefined> {
  if (retention === null) return undefined;
  try {
    return await getManifest(package_id);
  } catch (error) {
    if (error instanceof ArchiveError && error.code !== 'STORE_UNAVAILABLE') return error;
    throw error;
  }
}

function reported(
  record: AnnotatedRecord,
  manifest: Manifest | ArchiveError | undefined,
  files: FileHistory,
): ReportedPackage {
  // Records of other tools may lack it.
  const note = record.note ?? null;
  if (manifest === undefined) return { ...record, note, added: null, unreadable: null };
  if (manifest instanceof ArchiveError) return { ...record, note, added: null, unreadable: manifest.message };
  return {
    ...record,
    note: note ?? manifest.package.metadata['note'] ?? null,
    added: files.add(manifest.files),
    unreadable: null,
  };
}
