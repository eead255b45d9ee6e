import type { CopyOptions, CopyResult } from '../infospace/copy.ts';
import { warn } from './errors.ts';
import { formatCount } from './format.ts';
import { expiredWarning, importedJson, renderImported } from './imported.ts';
import { printJson } from './json.ts';
import { startProgress } from './progress.ts';

export interface CopyFlags extends Omit<CopyOptions, 'onProgress'> {
  json?: boolean | undefined;
  quiet?: boolean | undefined;
}

/**
 * Copies a package to another store and prints the result.
 *
 * @throws ArchiveError as `copyPackage` does.
 */
export async function copyAndPrint(reference: string, { json, quiet, ...options }: CopyFlags): Promise<void> {
  const { copyPackage } = await import('../infospace/copy.ts');
  const progress = startProgress('copying', !quiet && !json);
  let result: CopyResult;
  try {
    result = await copyPackage(reference, { ...options, onProgress: progress.update });
  } finally {
    progress.end();
  }
  const { package: copied, store, holds, labels, requests } = result;
  for (const warning of leftBehind(result)) warn(warning);
  const warning = expiredWarning(copied, new Date());
  if (warning) warn(warning);
  if (json)
    printJson({
      ...importedJson(copied, requests),
      store,
      holds_left: holds.map(({ id }) => id),
      labels_left: labels.map(({ label }) => label),
    });
  else if (!quiet) process.stdout.write(renderImported(copied, 'Copied', [['store', store]]));
}

/** Warnings of what was not copied: holds, labels and an amended note. */
export function leftBehind({ holds, labels, amendedNote }: CopyResult): string[] {
  const reasons = holds.map(({ id, reason }) => `${id} (${reason})`).join(', ');
  const names = labels.map(({ label }) => label).join(', ');
  const warnings = [
    holds.length > 0 &&
      `${formatCount(holds.length, 'hold')} on the package are not copied: ${reasons}; apply them there too.`,
    labels.length > 0 && `Labels belong to their store and are not copied: ${names}; add them there with "label add".`,
    amendedNote !== undefined &&
      'The note was amended, but the copied manifest has the first one; amend it there too with "note".',
  ];
  return warnings.filter((warning) => warning !== false);
}
