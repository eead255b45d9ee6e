import * as core from '@actions/core';
import { ArchiveError, type ErrorCode } from '../artifact-store/errors.ts';
import { printable } from '../terminal/format.ts';
import { Interrupted } from '../terminal/interrupted.ts';
import { redact } from './masking.ts';

/** Errors that are always about one input, though the layer that throws them has never heard of inputs. */
const INPUT_OF: Partial<Record<ErrorCode, string>> = {
  TARGET_REFUSED: 'target',
  NOTHING_TO_ARCHIVE: 'include',
  SECRETS_REFUSED: 'refuse-secrets',
};

/** Remedies of the command line that an input of the same name offers too. */
const OPTION = /--(all|delete|dry-run|exclude|force|include|links|new-store|refuse-secrets|store-root)\b/g;

/** Fails the step with one annotation; stacks and causes are there under runner debug. */
export function reportError(error: unknown): void {
  core.setFailed(sentenceOf(error));
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    core.debug((cause.stack ?? cause.message).split('\n').map(clean).join('\n'));
  }
}

export function sentenceOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Interrupted) return message;
  if (!(error instanceof ArchiveError)) {
    return clean(`${message} (This should not happen; re-run with debug logging and report what it says.)`);
  }
  const input = INPUT_OF[error.code];
  const sentence = message.replace(OPTION, 'the input "$1"');
  const isNamed = input === undefined || sentence.startsWith('The input "') || sentence.includes(`"${input}"`);
  return clean(isNamed ? sentence : `The input "${input}": ${sentence}`);
}

/** Fails the step with one annotation, for what is no error. */
export function fail(message: string): void {
  core.setFailed(clean(message));
}

export function warn(message: string): void {
  core.warning(clean(message));
}

/** A line of the log: names of files cannot begin a new one, and with it a workflow command. */
export function say(line: string): void {
  core.info(clean(line));
}

function clean(text: string): string {
  return redact(printable(text));
}
