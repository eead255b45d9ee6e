import { resolve } from 'node:path';
import { type Change, countChanges } from '../infospace/compare.ts';
import { type ArchiveComparison, type Compared, compareArchives } from '../infospace/diff.ts';
import { isPackageReference } from '../infospace/find-package.ts';
import { comparisonJson } from '../terminal/changes.ts';
import { formatCount } from '../terminal/format.ts';
import { workspaceOf } from './archive-inputs.ts';
import { changeLine, changeList } from './change-list.ts';
import { jsonText, setOutputs } from './outputs.ts';
import { say, warn } from './report.ts';
import type { Step } from './step.ts';
import { readStoreInputs } from './store-inputs.ts';
import { code, table, writeSummary } from './summary.ts';

/** GitHub refuses the outputs of a job above 1 MB. */
const MAX_OUTPUT_CHARACTERS = 500_000;
/** Lines of the log. */
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
  for (const change of changes.slice(0, MAX_LOGGED)) say(changeLine(change));
  if (changes.length > MAX_LOGGED) say(`and ${changes.length - MAX_LOGGED} more`);
  const told = `${formatCount(changes.length, 'change')}, ${formatCount(unchanged, 'entry', 'entries')} unchanged`;
  say(changes.length === 0 ? `No difference: ${told}` : told);
  setOutputs({ different: changes.length > 0, ...counts, unchanged, result_json: resultJson(comparison) });
  if (asked.summary) await summarize(comparison, counts);
  if (failsOnDifference && changes.length > 0) {
    process.exitCode = 1;
    say('The step fails, as "fail-on-difference" asks.');
  }
}

/** Empty when it is longer than an output may be; the counts are there all the same. */
function resultJson(comparison: ArchiveComparison): string {
  const { changes } = comparison;
  const text = jsonText({ ...comparisonJson(comparison), changes: changes.map(namedChange) });
  if (text.length <= MAX_OUTPUT_CHARACTERS) return text;
  warn('The output "result_json" is empty: the changes are more than an output can hold.');
  return '';
}

function namedChange(change: Change): object {
  const path = ('after' in change ? change.after : change.before).path;
  return { status: change.status, path, ...(change.status === 'renamed' && { from: change.before.path }) };
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
