import { relative } from 'node:path';
import type { Environment } from '../artifact-store/config.ts';
import { countChanges } from '../infospace/compare.ts';
import { formatBytes, formatCount, formatLeftOut, untilText } from '../terminal/format.ts';
import { type ArchiveInputs, workspaceOf } from './archive-inputs.ts';
import type { Archived } from './archived.ts';
import { changeList } from './change-list.ts';
import { placeText } from './store-input.ts';
import { code, codeBlock, table, writeSummary, yamlValue } from './summary.ts';
import type { UploadedArtifact } from './workflow-artifact.ts';

interface Context {
  asked: ArchiveInputs;
  uploaded: UploadedArtifact | undefined;
  env: Environment;
}

/** The job summary: what was archived, where it went, what changed, how to restore it. */
export async function writeArchiveSummary(archived: Archived, context: Context): Promise<void> {
  const { record, changed } = archived;
  const { asked, uploaded, env } = context;
  const root = relative(workspaceOf(env), asked.root) || '.';
  await writeSummary([
    changed ? `### Archived ${code(record.subject)}` : `### Nothing has changed in ${code(record.subject)}`,
    table([
      ['Package', code(record.package_id)],
      ['Folder', code(root)],
      ['Holds', `${formatCount(record.file_count, 'entry', 'entries')}, ${formatBytes(record.total_bytes)}`],
      ['Stored', storedText(archived)],
      ['Left out', formatLeftOut(archived.leftOut)],
      ['Kept', `${code(record.retention_class)}, ${untilText(archived.expiresAt)}`],
      ['Where', whereText(asked, uploaded, env)],
      ['Manifest', code(record.manifest_digest)],
      ...(archived.manifestSha256 === '' ? [] : [['Manifest, SHA-256', code(archived.manifestSha256)] as const]),
      ['Content', code(record.content_digest)],
      // Recorded here, where somebody who could change the log has no access.
      ['Audit head', code(`${archived.auditHead.sequence} ${archived.auditHead.digest}`)],
      ['Log head', code(archived.logHead)],
      ...(record.note === null ? [] : [['Note', code(record.note)] as const]),
    ]),
    changed ? newsText(archived.comparison) : '',
    'Restore it in another job:',
    codeBlock('yaml', restoreSnippet(archived, context)),
  ]);
}

function storedText({ storedBytes, reusedFiles, reusedBytes, record }: Archived): string {
  const ratio =
    storedBytes < record.total_bytes ? `, ${Math.round((100 * storedBytes) / record.total_bytes)} % of its size` : '';
  const reused =
    reusedFiles === 0
      ? ''
      : `; ${formatCount(reusedFiles, 'file')} (${formatBytes(reusedBytes)}) share a content that is stored`;
  return `${formatBytes(storedBytes)} new${ratio}${reused}`;
}

function whereText({ store }: ArchiveInputs, uploaded: UploadedArtifact | undefined, env: Environment): string {
  const stored = placeText(store, code);
  if (uploaded === undefined) return stored;
  const name = code(uploaded.name);
  const linked = uploaded.url === '' || env['ACT'] ? name : `[${name}](${uploaded.url})`;
  return `${stored}, and the workflow artifact ${linked}`;
}

function newsText(comparison: Archived['comparison']): string {
  if (comparison === 'first') return 'This is the first package of this subject in the store.';
  if (comparison === 'sealed') return 'The store is encrypted; comparing with the previous package needs an identity.';
  const { changes, unchanged } = comparison;
  const { added, changed, removed, renamed } = countChanges(changes);
  const moved = renamed > 0 ? `, ${renamed} renamed` : '';
  const counts = `${added} added, ${changed} changed, ${removed} removed${moved}, ${unchanged} unchanged`;
  return [`Since the previous package: ${counts}.`, changeList(changes)].join('\n\n');
}

function restoreSnippet({ record }: Archived, { asked, uploaded, env }: Context): string {
  const root = relative(workspaceOf(env), asked.root) || '.';
  const { kind, storeRoot } = asked.store;
  const action = env['GITHUB_ACTION_REPOSITORY'] || 'org/infospace-archive';
  const ref = env['GITHUB_ACTION_REF'] || 'v1';
  const inputs: (readonly [string, string] | false)[] = [
    // A digest verifies what is restored; an id does not.
    ['package-id', record.manifest_digest],
    ['target', 'restored'],
    kind !== 'shared' && uploaded === undefined && root !== '.' && ['root', yamlValue(root)],
    kind === 'git' && uploaded === undefined && ['store', 'git'],
    storeRoot !== undefined && ['store-root', yamlValue(storeRoot)],
    uploaded !== undefined && ['workflow-artifact-name', yamlValue(uploaded.name)],
    uploaded !== undefined && ['run-id', `'${env['GITHUB_RUN_ID'] ?? ''}'`],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a workflow expression
    uploaded !== undefined && ['github-token', '${{ github.token }}'],
  ];
  const lines = inputs.filter((input) => input !== false).map(([name, value]) => `    ${name}: ${value}`);
  return [`- uses: ${action}/restore@${ref}`, '  with:', ...lines].join('\n');
}
