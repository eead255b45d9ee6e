import { untilAborted } from '../artifact-store/abort.ts';
import type { Environment } from '../artifact-store/config.ts';
import { isArchiveError } from '../artifact-store/errors.ts';
import type { PackageSummary, Registry } from '../artifact-store/registry.ts';
import {
  type ArchiveState,
  archiveStates,
  filtered,
  type ListFilter,
  storeState,
} from '../infospace/archive-states.ts';
import { INDEX_FILE } from '../infospace/contract.ts';
import { type ArchiveRecord, isSound, summaryRecord } from '../infospace/index-record.ts';
import { openInfospace } from '../infospace/infospace-file.ts';
import { openRegistry } from '../infospace/infospace-store.ts';
import { type ArchiveChange, countedChanges, listArchives } from '../infospace/list.ts';
import { type ListedArchive, markedRecords } from '../infospace/listing.ts';
import { parseTime } from '../infospace/parse-time.ts';
import { changeJson, changeText } from '../terminal/changes.ts';
import { formatBytes, formatCount } from '../terminal/format.ts';
import { readRoot } from './archive-inputs.ts';
import { findGitStore } from './git-store.ts';
import { about, type Inputs, invalidInput } from './inputs.ts';
import { jsonText, setOutputs } from './outputs.ts';
import { say, warn } from './report.ts';
import { readSourceInputs } from './source-inputs.ts';
import type { Step } from './step.ts';
import type { AskedStore } from './store-input.ts';
import { cell, code, writeSummary } from './summary.ts';

/** GitHub limits summaries, and a longer list is not useful. */
const MAX_LISTED = 50;

interface ListInputs {
  root: string;
  /** By default all recorded subjects, or in a store the infospace's. */
  subject: string | undefined;
  allSubjects: boolean;
  filter: ListFilter;
  /** Whether to count changed entries, which reads manifests. */
  changes: boolean;
  store: AskedStore;
  summary: boolean;
}

/** An archive in the output `archives`. */
interface Listed {
  package_id: string;
  manifest_digest: string;
  content_digest: string;
  subject: string;
  created_at: string;
  retention_class: string;
  file_count: number;
  total_bytes: number;
  /** Undefined when it is unknown. */
  expires_at?: string | null;
  on_hold?: boolean;
  eligible?: boolean;
  note?: string | null;
  /** When the package was disposed of. */
  disposed_at?: string;
  /** False when the store does not have the package. */
  stored?: false;
}

/** An archive and how it differs from the previous one. */
interface ListedChange {
  archive: Listed;
  change: ArchiveChange | undefined;
}

export async function list({ inputs, env, signal }: Step): Promise<void> {
  const asked = await readListInputs(inputs, env);
  const isOfIndex = asked.store.kind === 'embedded' && !asked.allSubjects;
  const listed = await untilAborted(signal, isOfIndex ? fromIndex(asked, signal) : fromStore(asked));
  const archives = listed.map(({ archive }) => archive);
  const newest = newestOf(archives);
  for (const archive of archives) say(lineOf(archive));
  if (archives.length === 0) say('No archives found.');
  setOutputs({
    archives: jsonText(listed.map(({ archive, change }) => ({ ...archive, change: changeJson(change) }))),
    count: archives.length,
    package_id: newest?.package_id,
    manifest_digest: newest?.manifest_digest,
    content_digest: newest?.content_digest,
  });
  if (asked.summary) {
    await summarize(
      archives,
      listed.map(({ change }) => changeText(change)),
    );
  }
}

async function readListInputs(inputs: Inputs, env: Environment): Promise<ListInputs> {
  const { root } = await readRoot(inputs, env);
  const { subject, store } = await readSourceInputs(inputs, env);
  const since = inputs.text('since');
  const allSubjects = inputs.flag('all-subjects', false);
  if (allSubjects && subject !== undefined)
    throw invalidInput('all-subjects', 'cannot be combined with "subject"; leave one out');
  return {
    root,
    subject,
    allSubjects,
    filter: {
      last: inputs.count('last', { min: 1, max: Number.MAX_SAFE_INTEGER }),
      since: since === undefined ? undefined : await about('since', () => parseTime(since)),
      retentionClass: inputs.text('class'),
      label: inputs.text('label'),
      grep: inputs.text('grep'),
    },
    changes: inputs.flag('changes', false),
    store,
    summary: inputs.flag('summary', true),
  };
}

/**
 * The archives in the index, with their state in an embedded store that an earlier step left; without an index, those in the store in the
 * git repository.
 */
async function fromIndex(asked: ListInputs, signal: AbortSignal): Promise<ListedChange[]> {
  const { root, subject, store } = asked;
  const recorded = await listArchives(root);
  const sound = recorded.filter(isSound);
  if (sound.length < recorded.length) {
    const what = formatCount(recorded.length - sound.length, 'record');
    warn(`The index ${INDEX_FILE} has ${what} that this action did not write; they are left out.`);
  }
  const elsewhere = sound.length === 0 && store.isDefault ? await findGitStore(root, store, signal) : undefined;
  if (elsewhere) return listIn(elsewhere, asked);
  const records = sound.filter((record) => subject === undefined || record.subject === subject);
  return withStoreState(records, asked);
}

async function withStoreState(records: readonly ArchiveRecord[], asked: ListInputs): Promise<ListedChange[]> {
  let registry: Registry;
  try {
    registry = await openRegistry(asked.root, { env: asked.store.env }, 'read');
  } catch (error) {
    // The store of the records ends with its job, so it is seldom available here.
    if (isArchiveError(error, 'NOT_FOUND'))
      return [...filtered(archiveStates(records, undefined), asked.filter)].map(listedOf);
    throw error;
  }
  try {
    return (await listStates(await markedRecords(records, registry), registry, asked)).map(listedOf);
  } finally {
    await registry.close();
  }
}

function listedOf({ archive: { disposal, ...archive }, change }: ArchiveState): ListedChange {
  return { archive: { ...archive, ...(disposal && { disposed_at: disposal.disposedAt }) }, change };
}

async function listStates(
  archives: readonly ListedArchive[],
  registry: Registry,
  { changes, filter }: ListInputs,
): Promise<ArchiveState[]> {
  const counted = changes ? await countedChanges(archives, registry) : undefined;
  return [...filtered(archiveStates(archives, await storeState(registry), counted), filter)];
}

/** The newest archive that can be restored; where that is unknown, the last one. */
function newestOf(archives: readonly Listed[]): Listed | undefined {
  const isThere = ({ disposed_at, stored }: Listed) => disposed_at === undefined && stored === undefined;
  return archives.findLast(isThere) ?? archives.findLast(({ disposed_at }) => disposed_at === undefined);
}

/** Lists the store. A checkout seldom has the index of the previous run, but a store knows all packages of the subject. */
async function fromStore(asked: ListInputs): Promise<ListedChange[]> {
  return listIn(await openRegistry(asked.root, asked.store, 'read'), asked);
}

/** Closes the registry. */
async function listIn(registry: Registry, asked: ListInputs): Promise<ListedChange[]> {
  const { root, subject, allSubjects } = asked;
  try {
    const of = allSubjects ? {} : { subject: subject ?? (await openInfospace(root)).slug };
    const packages = await registry.listPackages(of);
    const byId = new Map(packages.map((found) => [found.id, found]));
    const listed: ListedChange[] = [];
    for (const { archive, change } of await listStates(packages.map(summaryRecord), registry, asked)) {
      const described = await describe(byId.get(archive.package_id)!, registry);
      listed.push({ archive: { ...described, note: archive.note }, change });
    }
    return listed;
  } finally {
    await registry.close();
  }
}

async function describe(found: PackageSummary, registry: Registry): Promise<Listed> {
  const { expiresAt, holds, eligible } = await registry.getRetentionState(found.id);
  return {
    package_id: found.id,
    manifest_digest: found.manifestDigest,
    content_digest: found.contentDigest,
    subject: found.subject,
    created_at: found.createdAt,
    retention_class: found.retentionClass,
    file_count: found.fileCount,
    total_bytes: found.totalBytes,
    expires_at: expiresAt,
    on_hold: holds.length > 0,
    eligible,
  };
}

function lineOf({ created_at, package_id, file_count, total_bytes, retention_class }: Listed): string {
  const size = `${formatCount(file_count, 'entry', 'entries')}, ${formatBytes(total_bytes)}`;
  return `${created_at.slice(0, 16).replace('T', ' ')}  ${package_id}  ${size}, ${retention_class}`;
}

async function summarize(archives: readonly Listed[], changes: readonly string[]): Promise<void> {
  const earlier = archives.length - MAX_LISTED;
  const rows = archives
    .slice(-MAX_LISTED)
    .map(
      ({ created_at, package_id, file_count, total_bytes, retention_class, expires_at }, i) =>
        `| ${created_at.slice(0, 16).replace('T', ' ')} | ${code(package_id)} | ${file_count} | ${formatBytes(total_bytes)} | ${changes[Math.max(0, earlier) + i]} | ${cell(code(retention_class))} | ${expires_at === null ? 'never' : (expires_at?.slice(0, 10) ?? '')} |`,
    );
  const table = [
    '| Made | Package | Entries | Size | Change | Class | Expires |',
    '|---|---|--:|--:|---|---|---|',
    ...rows,
  ].join('\n');
  await writeSummary([
    `### ${formatCount(archives.length, 'archive')}`,
    archives.length === 0 ? '' : table,
    earlier > 0 ? `and ${earlier} earlier` : '',
  ]);
}
