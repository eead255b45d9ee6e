import { resolve } from 'node:path';
import { ArchiveError, isArchiveError } from '../artifact-store/errors.ts';
import type { Registry, VerifiedPackage } from '../artifact-store/registry.ts';
import { warn } from './errors.ts';
import { formatBytes, formatCount, printable } from './format.ts';
import { printJson } from './json.ts';
import { startProgress } from './progress.ts';

export interface VerifyFlags {
  all?: boolean | undefined;
  /** Percentage of the contents to read, chosen at random; all of them by default. */
  sample?: number | undefined;
  /** The infospace whose store and index are used. */
  from: string;
  storeRoot?: string | undefined;
  json?: boolean | undefined;
  quiet?: boolean | undefined;
}

/**
 * Reads and hashes again every stored byte of a package, or with `all` of the store, and says what was found; with `all`,
 * the event log is told of it too, where it can be written.
 *
 * @returns whether all of it is whole.
 * @throws ArchiveError `USAGE`, `NOT_FOUND`, `STORE_UNAVAILABLE`.
 */
export async function verifyAndPrint(
  reference: string | undefined,
  { all, sample = 100, from, storeRoot, json, quiet }: VerifyFlags,
): Promise<boolean> {
  if ((reference === undefined) === (all === undefined)) {
    throw new ArchiveError('USAGE', 'Say what to verify: either a package or --all.');
  }
  const { findPackage } = await import('../infospace/find-package.ts');
  const registry = await openToVerify(resolve(from), storeRoot, all ?? false);
  const progress = startProgress('verifying', !quiet && !json);
  const results: VerifiedPackage[] = [];
  try {
    const found =
      reference === undefined
        ? await registry.listPackages()
        : [await findPackage(reference, registry, { root: from })];
    const ids = found.map(({ id }) => id);
    const options = { record: all ?? false, sample: sample / 100 };
    for await (const result of registry.verifyPackages(ids, progress.update, options)) results.push(result);
  } finally {
    progress.end();
    await registry.close();
  }
  const [unrecorded] = results.flatMap((result) => result.unrecorded ?? []);
  if (unrecorded) warn(`What was found is not in the event log. ${unrecorded.message}`);
  if (json) printJson(results.map(resultJson));
  else process.stdout.write(results.map((result) => renderResult(result, quiet ?? false)).join(''));
  return results.every(({ damage }) => damage.length === 0);
}

/** A store that cannot be written can be verified all the same; one that is not there is not made. */
async function openToVerify(root: string, storeRoot: string | undefined, record: boolean): Promise<Registry> {
  const { openRegistry } = await import('../infospace/infospace-store.ts');
  const reader = await openRegistry(root, { storeRoot }, 'read');
  if (!record) return reader;
  try {
    const writer = await openRegistry(root, { storeRoot }, 'write');
    await reader.close();
    return writer;
  } catch (error) {
    if (isArchiveError(error, 'STORE_UNAVAILABLE')) return reader;
    await reader.close();
    throw error;
  }
}

function resultJson({ id, files, bytes, read, damage }: VerifiedPackage): unknown {
  return {
    package_id: id,
    file_count: files,
    total_bytes: bytes,
    ...(read && { read_files: read.files, read_bytes: read.bytes }),
    ok: damage.length === 0,
    damage: damage.map(({ path, error }) => ({ path: path ?? null, message: error.message })),
  };
}

function renderResult({ id, files, bytes, read, damage }: VerifiedPackage, quiet: boolean): string {
  if (damage.length > 0) {
    return damage.map(({ error }) => `${id}: ${printable(error.message)}\n`).join('');
  }
  if (quiet) return '';
  const sampled = read ? `; read ${formatCount(read.files, 'file')}, ${formatBytes(read.bytes)}` : '';
  return `${id}: ok, ${formatCount(files, 'entry', 'entries')}, ${formatBytes(bytes)}${sampled}\n`;
}
