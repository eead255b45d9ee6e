import { restoreCommandLine } from '../terminal/restore-command.ts';

/** How those who read the page name the infospace. */
export interface RestoreFrom {
  /** The infospace, as a command line in the folder of the reader names it. */
  root: string;
  storeRoot?: string | undefined;
}

/** What brings a package back on a command line. */
export function restoreCommand(packageId: string, from: RestoreFrom): string {
  return restoreCommandLine(packageId, from, 'restored');
}

/** The step of a workflow that does it; the digest proves what is restored, which an id does not. */
export function restoreStep(manifestDigest: string): string {
  return [
    '- uses: org/infospace-archive/restore@v1',
    '  with:',
    `    package-id: ${JSON.stringify(manifestDigest)}`,
    '    target: restored',
  ].join('\n');
}
