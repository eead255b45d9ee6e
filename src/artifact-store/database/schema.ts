import type { Generated } from 'kysely';

/** The registry's tables. Digests are raw bytes, times RFC 3339 text in UTC, sizes bytes. */
export interface RegistryTables {
  store_info: StoreInfoTable;
  event_head: EventHeadTable;
  events: EventTable;
  packages: PackageTable;
  holds: HoldTable;
  tombstones: TombstoneTable;
  removed_objects: RemovedObjectTable;
  packs: PackTable;
  contents: ContentTable;
}

/** One row: what this store is. */
interface StoreInfoTable {
  store_id: string;
  format_version: number;
  created_at: string;
}

/** One row: the end of the event log. Every transaction that writes begins by locking it. */
interface EventHeadTable {
  id: 1;
  sequence: number;
  /** Digest of the newest event. */
  digest: Uint8Array;
}

export interface EventTable {
  /** From 1, without gaps. */
  sequence: number;
  /** RFC 3339, UTC. */
  created_at: string;
  event_type: string;
  subject_kind: string;
  subject_id: string;
  actor: string;
  /** Canonical CBOR. */
  payload: Uint8Array;
  payload_digest: Uint8Array;
  previous_digest: Uint8Array;
}

/** View of the log: the packages and their retention. */
export interface PackageTable {
  id: string;
  producer: string;
  subject: string;
  created_at: string;
  finalized_at: string;
  retention_class: string;
  expires_at: string | null;
  /** When a sweep found it expired, or null. */
  expired_at: string | null;
  manifest_digest: Uint8Array;
  content_digest: Uint8Array;
  file_count: number;
  total_bytes: number;
}

/** View of the log: what is left of packages that were disposed of. */
export interface TombstoneTable extends Omit<PackageTable, 'finalized_at' | 'expired_at'> {
  disposed_at: string;
  /** The actor. */
  disposed_by: string;
  reason: string;
}

/** View of the log: keys of objects that were removed. No package may come to name one of them. */
interface RemovedObjectTable {
  storage_key: string;
  removed_at: string;
}

/** View of the log. */
export interface HoldTable {
  id: string;
  package_id: string;
  reason: string;
  actor: string;
  applied_at: string;
  /** When it lapses by itself, or null. */
  until: string | null;
  released_at: string | null;
}

/** Blob index, rebuildable from the packs' trailers: the packs. */
interface PackTable {
  id: Generated<number>;
  storage_key: string;
  stored_bytes: number;
  /** Canonical CBOR, as in the trailer. */
  frames: Uint8Array;
  /** Since when no content is found in it, or null. */
  doomed_at: string | null;
}

/** Blob index: where each content lies. */
interface ContentTable {
  digest: Uint8Array;
  pack_id: number;
  /** Where it starts in the pack's stream of raw bytes. */
  raw_offset: number;
  length: number;
  /** Since when no package needs it, or null; a package that comes to need it takes the mark away. */
  doomed_at: string | null;
  /** When it was found damaged, or null; a sound copy takes its place when one is stored. */
  damaged_at: string | null;
}
