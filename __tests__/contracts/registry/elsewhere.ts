import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { StoreConfig } from '../../../src/artifact-store/config.ts';

const SCRIPT = fileURLToPath(new URL('./elsewhere.process.ts', import.meta.url));

/** Archives a folder a few times in its own process; returns the packages' ids. */
export async function archiveElsewhere(config: StoreConfig, base: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, JSON.stringify(config), base]);
  return JSON.parse(stdout);
}
