import { resolve } from 'node:path';
import { ArchiveError } from '../artifact-store/errors.ts';
import type { VerifiedPackage } from '../artifact-store/registry.ts';
import { formatBytes, formatCount, printable } from './format.ts';
import { printJson } from './json.ts';
import { startProgress } from './progress.ts';

export interface VerifyFlags {
  all?: boolean | undefined;
  /** The infospace whose store and index are used. */
  from: string;
  storeRoot?: string | undefined;
  json?: boolean | undefined;
  quiet?: boolean | undefined;
}

/**
 * Reads and hashes again every stored byte of a package, or with `all` of the store, and says what was found.
 *
 * @returns whether all of it is whole.
 * @throws ArchiveError `USAGE`, `NOT_FOUND`, `STORE_UNAVAILABLE`.
 */
export async function verifyAndPrint(
  reference: string | undefined,
  { all, from, storeRoot, json, quiet }: VerifyFlags,
): Promise<boolean> {
  if ((reference === undefined) === (all === undefined)) {
    throw new ArchiveError('USAGE', 'Say what to verify: either a package or --all.');
  }
  const { findPackage } = await import('../infospace/find-package.ts');
  const { openRegistry } = await import('../infospace/infospace-store.ts');
  const registry = await openRegistry(resolve(from), { storeRoot }, 'read');
  const progress = startProgress('verifying', !quiet && !json);
  const results: VerifiedPackage[] = [];
  try {
    const found =
      reference === undefined
        ? await registry.listPackages()
        : [await findPackage(reference, registry, { root: from })];
    const ids = found.map(({ id }) => id);
    for await (const result of registry.verifyPackages(ids, progress.update)) results.push(result);
  } finally {
    progress.end();
    await registry.close();
  }
  if (json) printJson(results.map(resultJson));
  else process.stdout.write(results.map((result) => renderResult(result, quiet ?? false)).join(''));
  return results.every(({ damage }) => damage.length === 0);
}

function resultJson({ id, files, bytes, damage }: VerifiedPackage): unknown {
  return {
    package_id: id,
    file_count: files,
    total_bytes: bytes,
    ok: damage.length === 0,
    damage: damage.map(({ path, error }) => ({ path: path ?? null, message: error.message })),
  };
}

function renderResult({ id, files, bytes, damage }: VerifiedPackage, quiet: boolean): string {
  if (damage.length > 0) {
    return damage.map(({ error }) => `${id}: ${printable(error.message)}\n`).join('');
  }
  return quiet ? '' : `${id}: ok, ${formatCount(files, 'entry', 'entries')}, ${formatBytes(bytes)}\n`;
}
