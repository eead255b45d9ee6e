import * as core from '@actions/core';
import type { Environment } from '../artifact-store/config.ts';
import { secretValues } from '../artifact-store/secrets.ts';
import type { Inputs } from './inputs.ts';

/** Masking shorter values would hide half of every log. */
const MIN_MASKED_LENGTH = 4;

const hidden: string[] = [];

/** Makes the runner hide every configured secret; {@link redact} covers what the runner does not see. */
export function maskSecrets(env: Environment, inputs: Inputs): void {
  // A key id is not secret, but somebody who stores it as a secret wants it hidden.
  const others = [env['ARTIFACTSTORE_S3_ACCESS_KEY_ID'], inputs.text('github-token')];
  mask([...secretValues(env), ...others.filter((value) => value !== undefined)]);
}

/** Hides secrets found later, such as those in a file of variables. */
export function mask(secrets: readonly string[]): void {
  for (const secret of secrets) {
    // The runner compares single lines.
    for (const line of [secret, ...secret.split(/\r?\n/)]) {
      if (line.trim().length < MIN_MASKED_LENGTH || hidden.includes(line)) continue;
      hidden.push(line);
      core.setSecret(line);
    }
  }
  hidden.sort((a, b) => b.length - a.length);
}

/** For text in files or annotations: outputs, the summary, errors of third-party code. */
export function redact(text: string): string {
  return hidden.reduce((redacted, secret) => redacted.replaceAll(secret, '***'), text);
}
