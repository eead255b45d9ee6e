import * as core from '@actions/core';
import type { Environment } from '../artifact-store/config.ts';
import { secretValues } from '../artifact-store/secrets.ts';
import type { Inputs } from './inputs.ts';

/** Shorter values would blot out half of every log. */
const MIN_MASKED_LENGTH = 4;

const hidden: string[] = [];

/** Has the runner hide every configured secret; see {@link redact} for what the runner does not see. */
export function maskSecrets(env: Environment, inputs: Inputs): void {
  // The id of a key is no secret, but whoever keeps it among the secrets wants it hidden.
  const others = [env['ARTIFACTSTORE_S3_ACCESS_KEY_ID'], inputs.text('github-token')];
  mask([...secretValues(env), ...others.filter((value) => value !== undefined)]);
}

/** Hides secrets that turn up later, such as those of a file of variables. */
export function mask(secrets: readonly string[]): void {
  for (const secret of secrets) {
    // The runner looks at single lines.
    for (const line of [secret, ...secret.split(/\r?\n/)]) {
      if (line.trim().length < MIN_MASKED_LENGTH || hidden.includes(line)) continue;
      hidden.push(line);
      core.setSecret(line);
    }
  }
  hidden.sort((a, b) => b.length - a.length);
}

/** For text that goes into files or annotations: outputs, the summary, errors of other people's code. */
export function redact(text: string): string {
  return hidden.reduce((redacted, secret) => redacted.replaceAll(secret, '***'), text);
}
