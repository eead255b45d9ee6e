import type { Environment } from '../artifact-store/config.ts';
import type { Inputs } from './inputs.ts';

/** The environment of a step. */
export interface Step {
  inputs: Inputs;
  env: Environment;
  /** Aborted when the runner cancels the step. */
  signal: AbortSignal;
}
