import { relative, resolve } from 'node:path';
import { writeReport } from '../report/write-report.ts';
import { formatBytes, formatCount } from '../terminal/format.ts';
import { workspaceOf } from './archive-inputs.ts';
import { about } from './inputs.ts';
import { setOutputs } from './outputs.ts';
import { say } from './report.ts';
import type { Step } from './step.ts';
import { readStoreInputs } from './store-inputs.ts';
import { code, table, writeSummary } from './summary.ts';

/** Writes the report page. */
export async function report({ inputs, env, signal }: Step): Promise<void> {
  const { root, store, summary } = await readStoreInputs(inputs, env);
  const file = resolve(workspaceOf(env), inputs.required('html', 'the file to write'));
  const force = inputs.flag('force', false);
  const { storeRoot, env: storeEnv } = store;
  const options = { html: file, force, storeRoot, env: storeEnv, signal };
  const { packages, bytes } = await about('html', () => writeReport(root, options), 'TARGET_REFUSED');
  const what = `${formatCount(packages, 'package')}, ${formatBytes(bytes)}`;
  say(`Wrote ${file}: ${what}.`);
  setOutputs({ file, packages, bytes });
  if (!summary) return;
  await writeSummary([
    '### Report',
    table([
      ['Page', code(relative(workspaceOf(env), file))],
      ['Covers', what],
    ]),
  ]);
}
