import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newMark } from './process-mark.ts';
import { removeAbandoned } from './staged-names.ts';

/**
 * Creates a temporary folder that other users cannot enter; the caller removes it. Also removes folders of the same kind
 * left by killed processes.
 */
export async function makeTemporaryFolder(kind: string): Promise<string> {
  const prefix = `infospace-${kind}-`;
  await removeAbandoned(tmpdir(), (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined));
  const folder = join(tmpdir(), prefix + newMark());
  await mkdir(folder, { mode: 0o700 });
  return folder;
}
