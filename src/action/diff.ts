import { resolve } from 'node:path';
import { type Change, countChanges, pathOf } from '../infospace/compare.ts';
import { type ArchiveComparison, type Compared, compareArchives } from '../infospace/diff.ts';
import { isPackageReference } from '../infospace/find-package.ts';
import { comparisonJson } from '../terminal/changes.ts';
import { formatCount } from '../terminal/format.ts';
import { workspaceOf } from './archive-inputs.ts';
import { changeLine, changeList } from './change-list.ts';
import { jsonText, setOutputs } from './outputs.ts';
import { fail, say } from './report.ts';
import type { Step } from './step.ts';
import { readStoreInputs } from './store-inputs.ts';
import { code, firstOf, table, writeSummary } from './summary.ts';

/** Limit for log lines. */
const MAX_LOGGED = 1000;

export async function diff({ inputs, env, signal }: Step): Promise<void> {
  const asked = await readStoreInputs(inputs, env);
  const failsOnDifference = inputs.flag('fail-on-difference', false);
  const workspace = workspaceOf(env);
  const sideOf = (text: string) => (isPackageReference(text) ? text : resolve(workspace, text));
  const before = sideOf(inputs.text('before') ?? 'latest');
  const after = sideOf(inputs.text('after') ?? asked.root);
  const comparison = await compareArchives(before, after, {
    from: asked.root,
    storeRoot: asked.store.storeRoot,
    env: asked.store.env,
    subject: asked.subject,
    include: inputs.lines('include'),
    exclude: inputs.lines('exclude'),
    signal,
  });
  const { changes, unchanged } = comparison;
  const counts = countChanges(changes);
  for (const line of firstOf(changes, MAX_LOGGED, (change) => changeLine(change))) say(line);
  const summaryText = `${formatCount(changes.length, 'change')}, ${formatCount(unchanged, 'entry', 'entries')} unchanged`;
  say(changes.length === 0 ? `No difference: ${summaryText}` : summaryText);
  setOutputs({ different: changes.length > 0, ...counts, unchanged, result_json: resultJson(comparison) });
  if (asked.summary) await summarize(comparison, counts);
  if (failsOnDifference && changes.length > 0) fail(`${summaryText}; the step fails because of "fail-on-difference".`);
}

function resultJson(comparison: ArchiveComparison): string {
  return jsonText({ ...comparisonJson(comparison), changes: comparison.changes.map(namedChange) });
}

function namedChange(change: Change): object {
  const from = change.status === 'renamed' && { from: change.before.path };
  return { status: change.status, path: pathOf(change), ...from };
}

async function summarize(comparison: ArchiveComparison, counts: Record<Change['status'], number>): Promise<void> {
  const { before, after, changes, unchanged } = comparison;
  await writeSummary([
    changes.length === 0 ? '### No difference' : `### ${formatCount(changes.length, 'change')}`,
    table([
      ['Before', sideText(before)],
      ['After', sideText(after)],
      ...Object.entries(counts).map(([status, count]) => [status, String(count)] as const),
      ['unchanged', String(unchanged)],
    ]),
    changeList(changes),
  ]);
}

function sideText(side: Compared): string {
  return 'folder' in side ? code(side.folder) : `${code(side.package.subject)} ${code(side.package.id)}`;
}
