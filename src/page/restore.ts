import { restoreCommandLine } from '../terminal/restore-command.ts';

/** How restore commands name the infospace. */
export interface RestoreFrom {
  /** The infospace, relative to the reader's folder. */
  root: string;
  storeRoot?: string | undefined;
}

/** The command that restores a package. */
export function restoreCommand(packageId: string, from: RestoreFrom): string {
  return restoreCommandLine(packageId, from, 'restored');
}

/** The workflow step that restores a package; the digest verifies the content, which an id does not. */
export function restoreStep(manifestDigest: string): string {
  return [
    '- uses: org/infospace-archive/restore@v1',
    '  with:',
    `    package-id: ${JSON.stringify(manifestDigest)}`,
    '    target: restored',
  ].join('\n');
}
