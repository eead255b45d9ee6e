import { resolve } from 'node:path';
import type { Abortable } from '../artifact-store/abort.ts';
import type { Registry } from '../artifact-store/registry.ts';

/** The options that locate the store of a command and name who acts. */
export interface StoreFlags extends Abortable {
  /** The infospace whose store and index are used. */
  from: string;
  /** The subject that `latest` and labels refer to; by default the infospace's. */
  subject?: string | undefined;
  storeRoot?: string | undefined;
  actor?: string | undefined;
}

/** Opens the store while the action runs; `change` is for actions that write into an existing store. */
export async function withRegistry<T>(
  { from, storeRoot, actor, signal }: StoreFlags,
  access: 'read' | 'change',
  action: (registry: Registry) => Promise<T>,
): Promise<T> {
  const { openRegistry } = await import('../infospace/infospace-store.ts');
  const registry = await openRegistry(resolve(from), { storeRoot, actor, signal }, access);
  try {
    return await action(registry);
  } finally {
    await registry.close();
  }
}
