import { ArchiveError } from '../artifact-store/errors.ts';
import { coloured } from './colour.ts';
import { printable, printableJson } from './format.ts';
import { Interrupted } from './interrupted.ts';

/** Clears the current line of the terminal. */
export const ERASE_LINE = '\r\x1b[2K';

/** Prints one sentence to stderr; the stack and the causes only with ARTIFACTSTORE_LOG_LEVEL=DEBUG. */
export function reportError(error: unknown): void {
  const debug = process.env['ARTIFACTSTORE_LOG_LEVEL']?.toUpperCase() === 'DEBUG';
  process.stderr.write(
    `${coloured('red', 'error:', process.stderr)} ${printable(error instanceof Error ? error.message : String(error))}\n`,
  );
  if (debug) {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      process.stderr.write(`${(cause.stack ?? cause.message).split('\n').map(printable).join('\n')}\n`);
    }
  } else if (!(error instanceof ArchiveError || error instanceof Interrupted)) {
    process.stderr.write('This is a bug; run again with ARTIFACTSTORE_LOG_LEVEL=DEBUG and report its output.\n');
  }
}

/** The same for programs, as one line of JSON. */
export function reportErrorAsJson(error: unknown): void {
  process.stderr.write(`${printableJson({ error: errorJson(error) })}\n`);
}

function errorJson(error: unknown): object {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Interrupted) return { code: 'INTERRUPTED', message, signal: error.signal };
  if (!(error instanceof ArchiveError)) return { code: 'UNEXPECTED', message };
  const { code, path, packageId, key, expected, actual } = error;
  return { code, message, path, package_id: packageId, key, expected, actual };
}

export function warn(message: string): void {
  process.stderr.write(`${coloured('yellow', 'warning:', process.stderr)} ${printable(message)}\n`);
}
