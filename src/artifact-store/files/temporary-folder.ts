import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newMark } from './process-mark.ts';
import { removeAbandoned } from './staged-names.ts';

/**
 * Makes a folder among the temporary ones that nobody else may enter; the caller removes it. Those of the same kind that killed
 * processes left go.
 */
export async function makeTemporaryFolder(kind: string): Promise<string> {
  const prefix = `infospace-${kind}-`;
  await removeAbandoned(tmpdir(), (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined));
  const folder = join(tmpdir(), prefix + newMark());
  await mkdir(folder, { mode: 0o700 });
  return folder;
}
