import type { InitOptions } from '../infospace/init.ts';
import { printable } from './format.ts';
import { printJson } from './json.ts';

export interface InitFlags extends InitOptions {
  json?: boolean | undefined;
  quiet?: boolean | undefined;
}

/**
 * Makes a folder an infospace and prints its file and slug.
 *
 * @throws ArchiveError as `initInfospace` does.
 */
export async function initAndPrint(folder: string, { json, quiet, ...options }: InitFlags): Promise<void> {
  const { initInfospace } = await import('../infospace/init.ts');
  const { root, file, slug } = await initInfospace(folder, options);
  if (json) printJson({ root, file, slug });
  else if (!quiet) {
    process.stdout.write(`Wrote ${printable(file)}: the infospace "${slug}".\n`);
  }
}
