import * as core from '@actions/core';
import { Interrupted } from '../terminal/interrupted.ts';
import { interruptible } from '../terminal/interruption.ts';
import { showStoreWarnings } from '../terminal/store-warnings.ts';
import { orFail } from '../terminal/unfinished.ts';
import { Inputs } from './inputs.ts';
import { maskSecrets } from './masking.ts';
import { reportError, say, warn } from './report.ts';

/** The action and its sub-actions; each module is loaded on use. */
const VERBS = {
  archive: async () => (await import('./archive.ts')).archive,
  restore: async () => (await import('./restore.ts')).restore,
  list: async () => (await import('./list.ts')).list,
  verify: async () => (await import('./verify.ts')).verify,
  diff: async () => (await import('./diff.ts')).diff,
  export: async () => (await import('./export.ts')).exportBag,
  import: async () => (await import('./import.ts')).importBag,
  copy: async () => (await import('./copy.ts')).copy,
  gc: async () => (await import('./gc.ts')).gc,
  hold: async () => (await import('./hold.ts')).hold,
  report: async () => (await import('./html-report.ts')).report,
};
export type Verb = keyof typeof VERBS;

/** Pending work, such as an abandoned upload, must not delay the end of a cancelled step. */
const LINGER_MS = 200;

/** Runs one step. A failure becomes one annotation and a failed step; nothing is thrown. */
export async function run(verb: Verb): Promise<void> {
  const { env } = process;
  const inputs = new Inputs(env);
  maskSecrets(env, inputs);
  showStoreWarnings(warn);
  core.info(`infospace-archive: ${verb}`);
  try {
    const act = await VERBS[verb]();
    await orFail(
      interruptible((signal) => act({ inputs, env, signal }), say),
      core.setFailed,
    );
  } catch (error) {
    reportError(error);
    if (error instanceof Interrupted) setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}
