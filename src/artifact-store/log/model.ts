import type { EventTable } from '../database/schema.ts';
import { decodeCbor } from '../encoding/cbor.ts';
import { ArchiveError } from '../errors.ts';
import { checkPayload } from './payloads.ts';

/** An event before it has a place in the log. Payloads contain text, integers, null and lists; digests are text. */
export type EventDraft =
  | PackageEvent<'v1.package.created', { producer: string; subject: string; metadata: Record<string, string> }>
  | PackageEvent<'v1.retention.default_applied', { retention_class: string; expires_at: string | null }>
  | PackageEvent<'v1.package.finalized', FinalizedPayload>
  | PackageEvent<'v1.package.imported', PackageOrigin>
  | PackageEvent<'v1.retention.extended', { expires_at: string | null; reason: string }>
  | PackageEvent<'v1.hold.applied', { hold_id: string; reason: string; until: string | null }>
  | PackageEvent<'v1.hold.released', { hold_id: string; reason: string }>
  | PackageEvent<'v1.label.set', LabelPayload>
  | PackageEvent<'v1.label.removed', LabelPayload>
  | PackageEvent<'v1.note.amended', { note: string }>
  | PackageEvent<'v1.package.expired', { expires_at: string }>
  | PackageEvent<'v1.package.disposed', DisposedPayload>
  | PackageEvent<'v1.storage.verified', { files: number; bytes: number; damaged: number }>
  | ContentEvent<'v1.content.damaged'>
  | ContentEvent<'v1.content.healed'>
  | PackEvent<'v1.pack.sealed', { stored_bytes: number; raw_bytes: number }>
  | PackEvent<'v1.pack.retired', { moved_to: string[] }>
  | PackEvent<'v1.pack.damaged', { reason: string }>
  | PackEvent<'v1.pack.healed', Record<string, never>>
  | StoreEvent<'v1.store.migrated', { format: number; sequence: number; digest: string }>
  | StoreEvent<'v1.store.recipients_changed', RecipientsPayload>
  | {
      type: 'v1.object.removed';
      subjectKind: 'object';
      /** Its storage key. */
      subjectId: string;
      payload: { stored_bytes: number; reason: RemovalReason };
    };

/** `unreferenced`: no package needs its contents; `rewritten`: needed contents were copied; `orphan`: nothing ever named it. */
export type RemovalReason = 'unreferenced' | 'rewritten' | 'orphan' | 'disposed';

export interface ContentEvent<T extends string> {
  type: T;
  subjectKind: 'content';
  /** Its content address. */
  subjectId: string;
  /** The object with the damaged, or now intact, bytes. */
  payload: { storage_key: string };
}

interface PackageEvent<T extends string, P> {
  type: T;
  subjectKind: 'package';
  /** The package's id. */
  subjectId: string;
  payload: P;
}

interface PackEvent<T extends string, P> {
  type: T;
  subjectKind: 'pack';
  /** Its storage key. */
  subjectId: string;
  payload: P;
}

interface StoreEvent<T extends string, P> {
  type: T;
  subjectKind: 'store';
  /** The store's id. */
  subjectId: string;
  payload: P;
}

/** The tombstone of a package. */
export interface DisposedPayload
  extends Omit<FinalizedPayload, 'packs' | 'manifest_key' | 'manifest_base' | 'manifest_stored'> {
  reason: string;
}

/** The recipients of an encrypted store, by their names in the log. */
export interface RecipientsPayload {
  /** Version of the recipients: starts at 1, and each change adds 1. */
  generation: number;
  recipients: string[];
  added: string[];
  removed: string[];
}

/** A label and its subject, within which it is unique. */
export interface LabelPayload {
  label: string;
  subject: string;
  reason: string | null;
}

/** Where a package came from that was not archived here. */
export interface PackageOrigin {
  source: 'bag' | 'store';
  /** The bag's file or folder name, or a description of the store, without secrets. */
  name: string;
  /** Digest of the bag's `tagmanifest-sha256.txt`, in hexadecimal; null where there is none. */
  tagmanifest_sha256: string | null;
}

/** Everything that the package table needs, so that one event makes the package visible. */
export interface FinalizedPayload {
  producer: string;
  subject: string;
  created_at: string;
  retention_class: string;
  expires_at: string | null;
  manifest_digest: string;
  content_digest: string;
  file_count: number;
  total_bytes: number;
  /** The packs it needs, with bytes before compression; absent in stores of formats 1 and 2. */
  packs?: PackBytes;
  /** Storage key of the manifest, unless it follows from the digest. */
  manifest_key?: string;
  /** The manifest that it builds on, if any. */
  manifest_base?: string;
  /** BLAKE3 of the sealed manifest, in an encrypted store. */
  manifest_stored?: string;
}

/** Bytes by pack key. */
export type PackBytes = [key: string, bytes: number][];

/** What an event of each type is about. */
export const SUBJECT_KINDS: Record<EventDraft['type'], EventDraft['subjectKind']> = {
  'v1.package.created': 'package',
  'v1.retention.default_applied': 'package',
  'v1.package.finalized': 'package',
  'v1.package.imported': 'package',
  'v1.retention.extended': 'package',
  'v1.hold.applied': 'package',
  'v1.hold.released': 'package',
  'v1.label.set': 'package',
  'v1.label.removed': 'package',
  'v1.note.amended': 'package',
  'v1.package.expired': 'package',
  'v1.package.disposed': 'package',
  'v1.storage.verified': 'package',
  'v1.content.damaged': 'content',
  'v1.content.healed': 'content',
  'v1.pack.sealed': 'pack',
  'v1.pack.retired': 'pack',
  'v1.pack.damaged': 'pack',
  'v1.pack.healed': 'pack',
  'v1.store.migrated': 'store',
  'v1.store.recipients_changed': 'store',
  'v1.object.removed': 'object',
};

/**
 * Decodes a row of the log.
 * @throws ArchiveError `FORMAT_UNSUPPORTED` for an event of a newer version; `INTEGRITY` for an invalid one.
 */
export function readEvent({ sequence, event_type, subject_kind, subject_id, payload }: EventTable): EventDraft {
  if (SUBJECT_KINDS[event_type as EventDraft['type']] !== subject_kind) {
    throw new ArchiveError(
      'FORMAT_UNSUPPORTED',
      `Event ${sequence} has the unknown type "${event_type}"; upgrade infospace-archive.`,
    );
  }
  const event = {
    type: event_type,
    subjectKind: subject_kind,
    subjectId: subject_id,
    payload: decodeCbor(payload),
  } as EventDraft;
  checkPayload({ sequence, ...event });
  return event;
}
