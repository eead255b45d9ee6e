import { untilAborted } from '../artifact-store/abort.ts';
import type { Environment } from '../artifact-store/config.ts';
import { isArchiveError } from '../artifact-store/errors.ts';
import type { PackageSummary, Registry } from '../artifact-store/registry.ts';
import { INDEX_FILE } from '../infospace/contract.ts';
import { type ArchiveRecord, isSound } from '../infospace/index-record.ts';
import { openInfospace } from '../infospace/infospace-file.ts';
import { openRegistry } from '../infospace/infospace-store.ts';
import { changesInIndex, listArchives } from '../infospace/list.ts';
import { type ListedArchive, markedRecords } from '../infospace/listing.ts';
import { changeJson, changeText } from '../terminal/changes.ts';
import { formatBytes, formatCount } from '../terminal/format.ts';
import { readRoot } from './archive-inputs.ts';
import { findGitStore } from './git-store.ts';
import type { Inputs } from './inputs.ts';
import { jsonText, setOutputs } from './outputs.ts';
import { say, warn } from './report.ts';
import { readSourceInputs } from './source-inputs.ts';
import type { Step } from './step.ts';
import type { AskedStore } from './store-input.ts';
import { cell, code, writeSummary } from './summary.ts';

/** Summaries have a limit, and readers too. */
const MAX_LISTED = 50;

interface ListInputs {
  root: string;
  subject: string | undefined;
  store: AskedStore;
  summary: boolean;
}

/** One archive, as the output `archives` has it. */
interface Listed {
  package_id: string;
  manifest_digest: string;
  content_digest: string;
  subject: string;
  created_at: string;
  retention_class: string;
  file_count: number;
  total_bytes: number;
  /** Undefined when it is not known. */
  expires_at?: string | null;
  on_hold?: boolean;
  eligible?: boolean;
  note?: string | null;
  /** When the package was disposed of. */
  disposed_at?: string;
  /** False when the store does not have the package. */
  stored?: false;
}

export async function list({ inputs, env, signal }: Step): Promise<void> {
  const asked = await readListInputs(inputs, env);
  const archives = await untilAborted(
    signal,
    asked.store.kind === 'embedded' ? fromIndex(asked, signal) : fromStore(asked),
  );
  const changes = changesInIndex(archives);
  const newest = newestOf(archives);
  for (const archive of archives) say(lineOf(archive));
  if (archives.length === 0) say('No archives yet.');
  setOutputs({
    archives: jsonText(archives.map((archive, i) => ({ ...archive, change: changeJson(changes[i]) }))),
    count: archives.length,
    package_id: newest?.package_id,
    manifest_digest: newest?.manifest_digest,
    content_digest: newest?.content_digest,
  });
  if (asked.summary)
    await summarize(
      archives,
      changes.map((change) => changeText(change)),
    );
}

async function readListInputs(inputs: Inputs, env: Environment): Promise<ListInputs> {
  const { root } = await readRoot(inputs, env);
  const { subject, store } = await readSourceInputs(inputs, env);
  return { root, subject, store, summary: inputs.flag('summary', true) };
}

/**
 * As the infospace itself records them, with what an embedded store says of them that an earlier step left; where a checkout
 * has no index, as a store in its git repository does.
 */
async function fromIndex(asked: ListInputs, signal: AbortSignal): Promise<Listed[]> {
  const { root, subject, store } = asked;
  const recorded = await listArchives(root);
  const records = recorded.filter(isSound);
  if (records.length < recorded.length) {
    const what = formatCount(recorded.length - records.length, 'record');
    warn(`The index ${INDEX_FILE} has ${what} that this action did not write; left out.`);
  }
  const elsewhere = records.length === 0 && store.isDefault ? await findGitStore(root, store, signal) : undefined;
  if (elsewhere) return listIn(elsewhere, asked);
  const archives = await markedByStore(root, records, store.env);
  return archives
    .filter((archive) => subject === undefined || archive.subject === subject)
    .map(({ disposal, ...archive }) => ({ ...archive, ...(disposal && { disposed_at: disposal.disposedAt }) }));
}

async function markedByStore(
  root: string,
  records: readonly ArchiveRecord[],
  env: Environment,
): Promise<readonly ListedArchive[]> {
  let registry: Registry;
  try {
    registry = await openRegistry(root, { env }, 'read');
  } catch (error) {
    // What lasts of a job is its artifact, so the store of the records is seldom there.
    if (isArchiveError(error, 'NOT_FOUND')) return records;
    throw error;
  }
  try {
    return await markedRecords(records, registry);
  } finally {
    await registry.close();
  }
}

/** The newest that can be restored; where that is not known, the last. */
function newestOf(archives: readonly Listed[]): Listed | undefined {
  const isThere = ({ disposed_at, stored }: Listed) => disposed_at === undefined && stored === undefined;
  return archives.findLast(isThere) ?? archives.findLast(({ disposed_at }) => disposed_at === undefined);
}

/** A checkout seldom has the index of the run before; a store knows all packages of the subject. */
async function fromStore(asked: ListInputs): Promise<Listed[]> {
  return listIn(await openRegistry(asked.root, asked.store, 'read'), asked);
}

/** Closes the registry. */
async function listIn(registry: Registry, { root, subject }: ListInputs): Promise<Listed[]> {
  try {
    const packages = await registry.listPackages({ subject: subject ?? (await openInfospace(root)).slug });
    const listed: Listed[] = [];
    for (const found of packages) listed.push(await describe(found, registry));
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
