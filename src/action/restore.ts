import { relative, resolve } from 'node:path';
import type { Environment } from '../artifact-store/config.ts';
import { isArchiveError } from '../artifact-store/errors.ts';
import { type RestoreOptions, type RestoreResult, restoreArchive } from '../infospace/restore.ts';
import { compileInclude } from '../infospace/selection.ts';
import { formatBytes, formatCount } from '../terminal/format.ts';
import { workspaceOf } from './archive-inputs.ts';
import { about, type Inputs } from './inputs.ts';
import { setOutputs } from './outputs.ts';
import { fromSource, referenceIn } from './package-source.ts';
import { say, sentenceOf, warn } from './report.ts';
import { readSourceInputs, type SourceInputs } from './source-inputs.ts';
import type { Step } from './step.ts';
import { code, table, writeSummary } from './summary.ts';

interface RestoreInputs {
  source: SourceInputs;
  /** Absolute. */
  target: string;
  include: string[] | undefined;
  force: boolean;
  ifNotFound: 'error' | 'warn' | 'ignore';
  summary: boolean;
}

export async function restore({ inputs, env, signal }: Step): Promise<void> {
  const asked = await readRestoreInputs(inputs, env);
  const result = await restoreOrNothing(asked, { env, signal });
  if (result === undefined) return;
  const { package: found, target, fileCount, totalBytes } = result;
  const what = `${formatCount(fileCount, 'entry', 'entries')}, ${formatBytes(totalBytes)}`;
  say(`Restored ${found.subject} (${found.id}) to ${target}: ${what}, all checked.`);
  setOutputs({
    package_id: found.id,
    manifest_digest: found.manifestDigest,
    content_digest: found.contentDigest,
    target,
    file_count: fileCount,
    total_bytes: totalBytes,
  });
  if (!asked.summary) return;
  await writeSummary([
    `### Restored ${code(found.subject)}`,
    table([
      ['Package', code(found.id)],
      ['Made', code(found.createdAt)],
      ['Target', code(relative(workspaceOf(env), target) || '.')],
      ['Restored', `${what}, all checked`],
      ['Manifest', code(found.manifestDigest)],
      ['Content', code(found.contentDigest)],
    ]),
  ]);
}

async function readRestoreInputs(inputs: Inputs, env: Environment): Promise<RestoreInputs> {
  const include = inputs.lines('include');
  await about('include', () => compileInclude(include));
  return {
    source: await readSourceInputs(inputs, env),
    target: resolve(workspaceOf(env), inputs.required('target', 'the folder to restore into')),
    include,
    force: inputs.flag('force', false),
    ifNotFound: inputs.choice('if-not-found', ['error', 'warn', 'ignore'], 'error'),
    summary: inputs.flag('summary', true),
  };
}

/** Undefined when there is no such package and the step need not fail for it. */
async function restoreOrNothing(
  asked: RestoreInputs,
  { env, signal }: Omit<Step, 'inputs'>,
): Promise<RestoreResult | undefined> {
  const { source, target, include, force, ifNotFound } = asked;
  const { root: from, subject } = source;
  const options: RestoreOptions = { target, include, force, from, subject, signal };
  try {
    return await fromSource(
      source,
      { env, signal },
      {
        store: (registry) => restoreArchive(source.reference, { ...options, registry }),
        bag: async (bag) => restoreArchive(await referenceIn(bag, source), { ...options, registry: bag }),
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
