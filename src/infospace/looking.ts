import { resolve } from 'node:path';
import type { Abortable } from '../artifact-store/abort.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import type { PackageSummary, Registry } from '../artifact-store/registry.ts';
import { openRegistry, type StoreLocation } from './infospace-store.ts';

/** Which store to read. */
export interface LookOptions extends StoreLocation, Abortable {
  /** The infospace whose store is used; the working folder by default. */
  from?: string | undefined;
  /** Only packages of this subject. */
  subject?: string | undefined;
  /** An open store to use instead of the configured one; the caller closes it. */
  registry?: Registry | undefined;
}

/** Keeps the store open while the generator runs. */
export async function* looking<T>(
  options: LookOptions,
  look: (registry: Registry, root: string) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const root = resolve(options.from ?? '.');
  const registry = options.registry ?? (await openRegistry(root, options, 'read'));
  try {
    yield* look(registry, root);
  } finally {
    if (registry !== options.registry) await registry.close();
  }
}

/** Packages of a subject, or all packages, in log order. */
export async function packagesOf(
  registry: Registry,
  { subject, last }: { subject?: string | undefined; last?: number | undefined },
): Promise<PackageSummary[]> {
  if (last !== undefined && !(Number.isSafeInteger(last) && last > 0)) {
    throw new ArchiveError('USAGE', `The number of newest packages is ${last}; give a whole number above zero.`);
  }
  const packages = await registry.listPackages(subject === undefined ? {} : { subject });
  return last === undefined ? packages : packages.slice(-last);
}
