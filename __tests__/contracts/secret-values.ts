import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { runProcess } from '../cli/fixtures.ts';

/** Every daily use of a store, and its errors. */
const TOUR: readonly (readonly string[])[] = [
  ['store', 'init'],
  ['archive', '.', '--note', 'a note'],
  ['archive', '.', '--json', '--no-stat-cache'],
  ['list', '.', '--with-retention', '--json'],
  ['show', 'latest', '--json'],
  ['show', 'latest', '--cbor', 'manifest.cbor'],
  ['verify', '--all', '--json'],
  ['hold', 'apply', 'latest', '--reason', 'a reason'],
  ['retention', 'show', 'latest', '--json'],
  ['gc', '--json'],
  ['audit', 'log', '--json'],
  ['audit', 'verify'],
  ['store', 'check', '--deep'],
  ['store', 'stats', '--json'],
  ['store', 'repair'],
  ['store', 'rebuild'],
  ['restore', 'latest', '--target', 'restored', '--json'],
  ['restore', 'latest', '--target', 'restored'],
  ['archive', 'nowhere'],
  ['archive', '--help'],
  ['store', '--help'],
];

/** Runs the tour in an infospace, with verbose output. @returns everything printed. */
export async function runTour(root: string, env: Record<string, string>): Promise<string> {
  const printed: string[] = [];
  for (const args of TOUR) {
    const { stdout, stderr } = await runProcess(args, { ...env, ARTIFACTSTORE_LOG_LEVEL: 'DEBUG' }, root);
    printed.push(stdout, stderr);
  }
  return printed.join('\n');
}

/** Finds every value that occurs in one of the texts, as it is or decompressed, with the name of the text. */
export function leaks(
  values: readonly string[],
  texts: Iterable<readonly [name: string, bytes: Uint8Array]>,
): string[] {
  const found: string[] = [];
  for (const [name, bytes] of texts) {
    for (const text of [Buffer.from(bytes), ...unpacked(bytes)]) {
      for (const value of values) if (text.includes(value)) found.push(`${value} in ${name}`);
    }
  }
  return found;
}

/** Every file below a folder. */
export function* filesIn(folder: string): Iterable<[string, Uint8Array]> {
  for (const item of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(item.parentPath, item.name);
    if (item.isFile()) yield [path, readFileSync(path)];
  }
}

/** The zstd frames in the bytes, at any offset. */
function* unpacked(bytes: Uint8Array): Iterable<Buffer> {
  const whole = Buffer.from(bytes);
  const magic = Buffer.from('28b52ffd', 'hex');
  for (let at = whole.indexOf(magic); at >= 0; at = whole.indexOf(magic, at + 1)) {
    try {
      yield zstdDecompressSync(whole.subarray(at));
    } catch {
      // No frame, or more data follows it: in a pack, contents, which come from files only.
    }
  }
}
