import { resolve } from 'node:path';
import type { Abortable } from '../artifact-store/abort.ts';
import type { Registry } from '../artifact-store/registry.ts';

/** Where the store of a command is, and who acts in it. */
export interface StoreFlags extends Abortable {
  /** The infospace whose store and index are used. */
  from: string;
  /** Whose `latest` and labels are meant; by default that of the infospace. */
  subject?: string | undefined;
  storeRoot?: string | undefined;
  actor?: string | undefined;
}

/** Opens the store for as long as the action takes; `change` is for what writes into a store that is there. */
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
