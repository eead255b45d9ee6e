import type { Generated } from 'kysely';

/** The tables of the cache, all derived from the log. Digests are raw bytes, times RFC 3339 text in UTC, sizes bytes. */
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
  lists: ListTable;
  package_packs: PackagePackTable;
  labels: LabelTable;
  notes: NoteTable;
}

/** One row: which store this is. */
interface StoreInfoTable {
  store_id: string;
  format_version: number;
  created_at: string;
}

/** One row: how far the log has been applied. Every write transaction begins by locking it. */
interface EventHeadTable {
  id: 1;
  sequence: number;
  /** Digest of the newest event. */
  digest: Uint8Array;
  /** The newest segment; 0 for none. */
  segment: number;
  /** Digest of that segment as stored. */
  segment_digest: Uint8Array;
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

/** The packages and their retention. */
export interface PackageTable {
  id: string;
  producer: string;
  subject: string;
  created_at: string;
  finalized_at: string;
  /** Sequence of the event that made it visible: packages are ordered by it, not by a clock. */
  position: number;
  retention_class: string;
  expires_at: string | null;
  /** When a sweep found it expired, or null. */
  expired_at: string | null;
  manifest_digest: Uint8Array;
  /** Storage key of its manifest. */
  manifest_key: string;
  /** Digest of the manifest that it builds on, or null. */
  manifest_base: Uint8Array | null;
  content_digest: Uint8Array;
  file_count: number;
  total_bytes: number;
  /** 0 for a package of format 1 or 2 whose needed packs and manifests are not in the log. */
  needs_known: number;
}

/** Tombstones of disposed packages. */
export interface TombstoneTable extends Omit<PackageTable, 'finalized_at' | 'expired_at' | 'position'> {
  disposed_at: string;
  /** The actor. */
  disposed_by: string;
  reason: string;
}

/** Keys of removed objects. No new package may refer to one of them. */
interface RemovedObjectTable {
  storage_key: string;
  removed_at: string;
}

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

/** Blob index: the packs. */
interface PackTable {
  /** Never reused. */
  id: Generated<number>;
  storage_key: string;
  stored_bytes: number;
  /** Before compression. */
  raw_bytes: number;
  /** Canonical CBOR, as in the trailer. */
  frames: Uint8Array;
  /** When it was retired, so that new packages cannot use it, or null. */
  retired_at: string | null;
  /** When it was found missing or damaged as a whole, or null. */
  damaged_at: string | null;
}

/** Blob index: where each content lies. Two writers may have stored the same one. */
interface ContentTable {
  digest: Uint8Array;
  pack_id: number;
  /** Where it starts in the pack's stream of raw bytes. */
  raw_offset: number;
  length: number;
  /** When it was found damaged in this pack, or null. */
  damaged_at: string | null;
}

/** Blob index: contents stored as chunks, by the pack with their list. */
interface ListTable {
  digest: Uint8Array;
  pack_id: number;
  size: number;
  /** Digest of the content that lists the chunks. */
  root: Uint8Array;
  /** When its chunks were found to produce another content, or null. */
  damaged_at: string | null;
}

/** Which packs a package needs. */
interface PackagePackTable {
  package_id: string;
  pack_id: number;
  /** Bytes it needs from the pack, before compression; 0 where unknown. */
  bytes: number;
}

/** Names that people gave to packages. */
export interface LabelTable {
  /** The label, a space and the subject: a label contains no space. */
  id: string;
  subject: string;
  label: string;
  package_id: string;
  /** Who set it. */
  actor: string;
  set_at: string;
}

/** The current note of each package that has one; the original is also in the manifest. */
export interface NoteTable {
  package_id: string;
  note: string;
  /** Who wrote it. */
  actor: string;
  /** Null for the original note. */
  amended_at: string | null;
}
