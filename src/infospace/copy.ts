import { resolve } from 'node:path';
import { type Abortable, untilAborted } from '../artifact-store/abort.ts';
import { describeStore } from '../artifact-store/config.ts';
import { checkActor } from '../artifact-store/new-package.ts';
import { openStore } from '../artifact-store/open-store.ts';
import type { Hold, ImportedPackage, Label, OnProgress, Registry, RequestCounts } from '../artifact-store/registry.ts';
import { findPackage } from './find-package.ts';
import { openRegistry, type StoreLocation, storeAt, storeOf } from './infospace-store.ts';

/** Which package to copy, and where to. */
export interface CopyOptions extends StoreLocation, Abortable {
  /**
   * The other store: the folder of an embedded one, created if needed, or a file of `ARTIFACTSTORE_*` assignments that describe it as the
   * environment would.
   */
  toStore: string;
  /** The infospace whose store and index are used; the working folder by default. */
  from?: string | undefined;
  /** Subject for `latest` and labels; by default the infospace's. */
  subject?: string | undefined;
  onProgress?: OnProgress | undefined;
}

/** The outcome of a copy. */
export interface CopyResult {
  package: ImportedPackage;
  /** Names the other store. */
  store: string;
  /** Holds in force on the package; they are not copied. */
  holds: Hold[];
  /** Labels of the package; they are not copied, since labels belong to a store. */
  labels: Label[];
  /** The note, if it was amended: the copied manifest contains the original one. */
  amendedNote: string | undefined;
  /** Requests sent to the storage of the other store; undefined where they cost nothing. */
  requests: RequestCounts | undefined;
}

/**
 * Copies a package from one store to another, with its id and its manifest. Contents that the other store already has are neither read nor
 * sent. An extended expiry is extended there too, even if the package was copied before; holds, labels and an amended note are not copied.
 * @throws ArchiveError `STATE_CONFLICT` when the other store disposed of the package, or has a different one with its id; `NOT_FOUND`,
 * `INTEGRITY`, `USAGE`, `CONFIG_INVALID`, `STORE_UNAVAILABLE`.
 */
export async function copyPackage(reference: string, options: CopyOptions): Promise<CopyResult> {
  const root = resolve(options.from ?? '.');
  const target = storeAt(options.toStore, options);
  const { actor, signal } = options;
  if (actor !== undefined) checkActor(actor, target.secrets);
  const source = await openRegistry(root, options, 'read');
  let registry: Registry | undefined;
  try {
    const { id } = await untilAborted(signal, findPackage(reference, source, { root, subject: options.subject }));
    registry = await openStore(target, { access: 'write', signal, ...(actor !== undefined && { actor }) });
    const origin = { source: 'store', name: describeStore(storeOf(root, options)), tagmanifest_sha256: null } as const;
    const copied = await registry.importPackage(source, id, origin, options.onProgress, signal);
    const { holds } = await source.getRetentionState(id);
    const requests = registry.requests && { ...registry.requests };
    const labels = (await source.listLabels(copied.subject)).filter(({ packageId }) => packageId === id);
    const [note] = await source.listNotes(id);
    const amendedNote = note?.amendedAt === null ? undefined : note?.note;
    return { package: copied, store: describeStore(target), holds, labels, amendedNote, requests };
  } finally {
    await registry?.close();
    await source.close();
  }
}
