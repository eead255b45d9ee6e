import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ArchiveError, systemErrorCode } from '../../src/artifact-store/errors.ts';
import type { LinkPolicy } from '../../src/infospace/links.ts';
import { archiveAndPrint } from '../../src/terminal/archive.ts';
import { asTask, infospaceOf, pathOf, storeOf, type TaskContext } from './task.ts';

/** The options in archive.json. */
export interface ArchiveTaskOptions {
  root: string;
  retentionClass?: string;
  include?: string[];
  exclude?: string[];
  links?: LinkPolicy;
  note?: string;
  producer?: string;
  subject?: string;
  storeRoot?: string;
  newStore?: boolean;
  skipUnchanged?: boolean;
  refuseSecrets?: boolean;
  statCache?: boolean;
  dryRun?: boolean;
  outputFile?: string;
  json?: boolean;
  quiet?: boolean;
}

export type ArchiveTaskResult =
  /** What `archive --json` prints; for a dry run, the plan. */
  { success: true; record: object } | { success: false };

export default async function archive(options: ArchiveTaskOptions, context: TaskContext): Promise<ArchiveTaskResult> {
  return asTask(options, context, async (signal) => {
    const { root, outputFile, ...flags } = options;
    const record = await archiveAndPrint(infospaceOf('root', root, context), {
      ...flags,
      ...storeOf(options, context),
      signal,
    });
    if (outputFile !== undefined && !flags.dryRun) await writeRecord(pathOf(outputFile, context), record);
    return { success: true, record };
  });
}

async function writeRecord(file: string, record: object): Promise<void> {
  const { replaceFile } = await import('../../src/artifact-store/files/whole-file.ts');
  try {
    await mkdir(dirname(file), { recursive: true });
    await replaceFile(file, `${JSON.stringify(record, null, 2)}\n`);
  } catch (error) {
    const sentence = `The package was made, but ${file} cannot be written (${systemErrorCode(error)}); choose another outputFile.`;
    throw new ArchiveError('TARGET_REFUSED', sentence, error);
  }
}
