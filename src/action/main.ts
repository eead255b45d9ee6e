import * as core from '@actions/core';
import { Inputs } from './inputs.ts';
import { maskSecrets } from './masking.ts';
import { reportError } from './report.ts';

/** The verbs of the action and its sub-actions; each module loads when it is used. */
const VERBS = {
  archive: async () => (await import('./archive.ts')).archive,
  restore: async () => (await import('./restore.ts')).restore,
  list: async () => (await import('./list.ts')).list,
  verify: async () => (await import('./verify.ts')).verify,
};
export type Verb = keyof typeof VERBS;

/** Runs one step. A failure is one annotation and a failed step; nothing is thrown. */
export async function run(verb: Verb): Promise<void> {
  const { env } = process;
  const inputs = new Inputs(env);
  maskSecrets(env, inputs);
  core.info(`infospace-archive: ${verb}`);
  try {
    const act = await VERBS[verb]();
    await act({ inputs, env });
  } catch (error) {
    reportError(error);
  }
}
