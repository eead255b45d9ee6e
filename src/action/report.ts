import * as core from '@actions/core';
import { ArchiveError, type ErrorCode } from '../artifact-store/errors.ts';
import { printable } from '../terminal/format.ts';
import { Interrupted } from '../terminal/interrupted.ts';
import { redact } from './masking.ts';

/** Errors that always concern one input, although the layer that throws them knows no inputs. */
const INPUT_OF: Partial<Record<ErrorCode, string>> = {
  TARGET_REFUSED: 'target',
  NOTHING_TO_ARCHIVE: 'include',
  SECRETS_REFUSED: 'refuse-secrets',
};

/** Command line options with an input of the same name. */
const OPTION = /--(all|delete|dry-run|exclude|force|include|links|new-store|refuse-secrets|store-root)\b/g;

/** Fails the step with one annotation; runner debug mode also logs stacks and causes. */
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
    return clean(`${message} (This is a bug; re-run with debug logging and report its output.)`);
  }
  const input = INPUT_OF[error.code];
  const sentence = message.replace(OPTION, 'the input "$1"');
  const isNamed = input === undefined || sentence.startsWith('The input "') || sentence.includes(`"${input}"`);
  return clean(isNamed ? sentence : `The input "${input}": ${sentence}`);
}

/** Fails the step with one annotation, without an error. */
export function fail(message: string): void {
  core.setFailed(clean(message));
}

export function warn(message: string): void {
  core.warning(clean(message));
}

/** Logs a line: a file name cannot begin a new line, and with it a workflow command. */
export function say(line: string): void {
  core.info(clean(line));
}

function clean(text: string): string {
  return redact(printable(text));
}
