import type { Abortable } from './abort.ts';
import type { SessionKey } from './encryption/session-key.ts';
import type { StoreKeys } from './encryption/store-keys.ts';
import type { PackageOrigin } from './log/model.ts';
import type { Manifest } from './manifest/model.ts';
import type { Ingest, Ingested } from './packs/ingest.ts';

/** A package being made. It exists only in this process and leaves no trace in the store until it is finalized. */
export interface OpenPackage extends Abortable, Pick<Manifest, 'package' | 'retention_summary' | 'provenance'> {
  ingest: Ingest;
  /** Where it came from, if it was not archived here. */
  origin?: PackageOrigin | undefined;
  /** For a package that was made elsewhere, and that other processes may import too. */
  copy?: { extendedUntil: string | null | undefined };
  /** Set when a segment with it may exist: nothing that it names may be deleted then. */
  mayBeVisible?: boolean;
  /** Its encryption key, in an encrypted store. */
  session?: SessionKey | undefined;
  /** Set once the session key is being stored. */
  storingSession?: ReturnType<StoreKeys['storeSession']>;
}

/** A finalized package, and how much it added to the store. */
export interface Finalized {
  id: string;
  manifestDigest: Buffer;
  contentDigest: Buffer;
  fileCount: number;
  totalBytes: number;
  ingested: Ingested;
  /** Bytes added to storage: packs, objects, manifest. */
  storedBytes: number;
  /** False when another process imported the same package meanwhile, and nothing was added. */
  isNew: boolean;
}
