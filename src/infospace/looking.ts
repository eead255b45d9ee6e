import { resolve } from 'node:path';
import type { Abortable } from '../artifact-store/abort.ts';
import { ArchiveError } from '../artifact-store/errors.ts';
import type { PackageSummary, Registry } from '../artifact-store/registry.ts';
import { openRegistry, type StoreLocation } from './infospace-store.ts';

/** Which store is looked into. */
export interface LookOptions extends StoreLocation, Abortable {
  /** The infospace whose store is used; the working folder by default. */
  from?: string | undefined;
  /** Whose packages. */
  subject?: string | undefined;
  /** An open store to use instead of the configured one; the caller closes it. */
  registry?: Registry | undefined;
}

/** Opens the store for as long as somebody looks. */
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

/** Packages of a subject, or of all, in the order of the log. */
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
