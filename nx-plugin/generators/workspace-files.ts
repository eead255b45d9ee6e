import type { Tree } from '@nx/devkit';
import { ArchiveError } from '../../src/artifact-store/errors.ts';

type Devkit = typeof import('@nx/devkit');

/** Used only where it is installed: a workspace with nothing but `nx` must be able to add this plugin. */
async function devkit(): Promise<Devkit | undefined> {
  try {
    return await import('@nx/devkit');
  } catch (error) {
    // The second code is Yarn's, for Plug'n'Play.
    if (['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}

/** Formats the files as the workspace does; without `@nx/devkit`, leaves them as written. */
export async function format(tree: Tree, skip: boolean | undefined): Promise<void> {
  if (!skip) await (await devkit())?.formatFiles(tree);
}

/**
 * Changes or creates a JSON file. A file with the wanted content is not touched, so its layout and comments stay.
 * @throws ArchiveError `CONFIG_INVALID` when it is not JSON.
 */
export async function updateJson(
  tree: Tree,
  path: string,
  change: (value: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const text = tree.read(path, 'utf8');
  const before = text === null ? {} : await parse(text, path);
  const after = change(before);
  if (JSON.stringify(after) !== JSON.stringify(before)) tree.write(path, `${JSON.stringify(after, null, 2)}\n`);
}

async function parse(text: string, path: string): Promise<Record<string, unknown>> {
  const { parseJson } = (await devkit()) ?? { parseJson: JSON.parse };
  try {
    return parseJson(text) as Record<string, unknown>;
  } catch (error) {
    const sentence = `The file ${path} cannot be read as JSON; correct it, or install @nx/devkit if it has comments.`;
    throw new ArchiveError('CONFIG_INVALID', sentence, error);
  }
}

/** Adds the lines that the file does not have yet. */
export function addLines(tree: Tree, path: string, lines: readonly string[]): void {
  const text = tree.read(path, 'utf8') ?? '';
  const there = text.split(/\r?\n/).map((line) => line.trim());
  const missing = lines.filter((line) => !there.includes(line));
  if (missing.length === 0) return;
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const gap = text === '' || text.endsWith('\n') ? '' : lineEnd;
  tree.write(path, text + gap + missing.map((line) => line + lineEnd).join(''));
}
