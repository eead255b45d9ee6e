import { relative, resolve } from 'node:path';
import type { Environment } from '../artifact-store/config.ts';
import { isArchiveError } from '../artifact-store/errors.ts';
import type { PackageSummary } from '../artifact-store/registry.ts';
import { planRestore, type RestoreOptions, restoreArchive } from '../infospace/restore.ts';
import type { Overwrite, TargetChanges } from '../infospace/restore-plan.ts';
import { compileInclude, requireExclude } from '../infospace/selection.ts';
import { formatBytes, formatCount } from '../terminal/format.ts';
import { plannedChanges } from '../terminal/restore.ts';
import { workspaceOf } from './archive-inputs.ts';
import { about, type Inputs } from './inputs.ts';
import { setOutputs } from './outputs.ts';
import { fromSource, referenceIn } from './package-source.ts';
import { say, sentenceOf, warn } from './report.ts';
import { readSourceInputs, type SourceInputs } from './source-inputs.ts';
import type { Step } from './step.ts';
import { code, firstOf, list, table, writeSummary } from './summary.ts';

interface RestoreInputs {
  source: SourceInputs;
  /** Absolute. */
  target: string;
  options: Pick<RestoreOptions, 'include' | 'exclude' | 'force' | 'overwrite' | 'delete'>;
  /** Reports what would happen to the target and changes nothing. */
  dryRun: boolean;
  ifNotFound: 'error' | 'warn' | 'ignore';
  summary: boolean;
}

/** What was restored, or would be. */
interface Restored {
  package: PackageSummary;
  target: string;
  fileCount: number;
  totalBytes: number;
  changes: TargetChanges;
}

/** Limit for lines in the log and the summary. */
const MAX_LOGGED = 1000;
const MAX_LISTED = 10;

export async function restore({ inputs, env, signal }: Step): Promise<void> {
  const asked = await readRestoreInputs(inputs, env);
  const result = await restoreOrNothing(asked, { env, signal });
  if (result === undefined) return;
  const { package: found, target, fileCount, totalBytes, changes } = result;
  const { dryRun } = asked;
  const what = `${formatCount(fileCount, 'entry', 'entries')}, ${formatBytes(totalBytes)}${dryRun ? '' : ', all checked'}`;
  const changed = dryRun ? plannedChanges(changes) : lossesOf(changes);
  for (const line of firstOf(changed, MAX_LOGGED, ([word, path]) => `${word} ${path}`)) say(line);
  say(`${dryRun ? 'Would restore' : 'Restored'} ${found.subject} (${found.id}) to ${target}: ${what}.`);
  setOutputs({
    package_id: found.id,
    manifest_digest: found.manifestDigest,
    content_digest: found.contentDigest,
    target,
    file_count: fileCount,
    total_bytes: totalBytes,
    replaced: changes.replaced.length,
    removed: changes.removed.length,
  });
  if (!asked.summary) return;
  await writeSummary([
    `### ${dryRun ? 'Would restore' : 'Restored'} ${code(found.subject)}`,
    table([
      ['Package', code(found.id)],
      ['Made', code(found.createdAt)],
      ['Target', code(relative(workspaceOf(env), target) || '.')],
      [dryRun ? 'To write' : 'Restored', what],
      ['Manifest', code(found.manifestDigest)],
      ['Content', code(found.contentDigest)],
    ]),
    list(firstOf(changed, MAX_LISTED, ([word, path]) => `${word} ${code(path)}`)),
  ]);
}

/** Files of the target that are lost. */
function lossesOf({ replaced, removed }: TargetChanges): (readonly [word: string, path: string])[] {
  return [...replaced.map((path) => ['replaced', path] as const), ...removed.map((path) => ['removed', path] as const)];
}

async function readRestoreInputs(inputs: Inputs, env: Environment): Promise<RestoreInputs> {
  const include = inputs.lines('include');
  const exclude = inputs.lines('exclude');
  await about('include', () => compileInclude(include));
  await about('exclude', () => requireExclude(exclude ?? []));
  return {
    source: await readSourceInputs(inputs, env),
    target: resolve(workspaceOf(env), inputs.required('target', 'the folder to restore into')),
    options: {
      include,
      exclude,
      force: inputs.flag('force', false),
      overwrite: inputs.choice<Overwrite>('overwrite', ['if-changed', 'always', 'never'], 'if-changed'),
      delete: inputs.flag('delete', false),
    },
    dryRun: inputs.flag('dry-run', false),
    ifNotFound: inputs.choice('if-not-found', ['error', 'warn', 'ignore'], 'error'),
    summary: inputs.flag('summary', true),
  };
}

/** Undefined when there is no such package and the step may succeed anyway. */
async function restoreOrNothing(
  asked: RestoreInputs,
  { env, signal }: Omit<Step, 'inputs'>,
): Promise<Restored | undefined> {
  const { source, target, ifNotFound } = asked;
  const { root: from, subject } = source;
  const options = { ...asked.options, target, from, subject, signal };
  const act = asked.dryRun ? planned : restoreArchive;
  try {
    return await fromSource(
      source,
      { env, signal },
      {
        store: (registry) => act(source.reference, { ...options, registry }),
        bag: async (bag) => act(await referenceIn(bag, source), { ...options, registry: bag }),
      },
    );
  } catch (error) {
    if (!isArchiveError(error, 'NOT_FOUND') || ifNotFound === 'error') throw error;
    if (ifNotFound === 'warn') warn(sentenceOf(error));
    else say(sentenceOf(error));
    setOutputs({ package_id: '', manifest_digest: '', content_digest: '', target: '', file_count: 0 });
    return undefined;
  }
}

async function planned(reference: string, options: RestoreOptions): Promise<Restored> {
  const plan = await planRestore(reference, options);
  const { made, replaced } = plan.changes;
  return { ...plan, fileCount: made.length + replaced.length };
}
