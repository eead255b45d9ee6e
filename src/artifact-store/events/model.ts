/** What happened, before it has a place in the log. Payloads hold text, integers and null; digests as text. */
export type EventDraft =
  | PackageEvent<'v1.package.created', { producer: string; subject: string; metadata: Record<string, string> }>
  | PackageEvent<'v1.retention.default_applied', { retention_class: string; expires_at: string | null }>
  | PackageEvent<'v1.package.finalized', FinalizedPayload>
  | PackageEvent<'v1.retention.extended', { expires_at: string | null; reason: string }>
  | PackageEvent<'v1.hold.applied', { hold_id: string; reason: string; until: string | null }>
  | PackageEvent<'v1.hold.released', { hold_id: string; reason: string }>
  | {
      type: 'v1.pack.sealed';
      subjectKind: 'pack';
      subjectId: string;
      payload: { stored_bytes: number; raw_bytes: number };
    };

interface PackageEvent<T extends string, P> {
  type: T;
  subjectKind: 'package';
  /** The package's id. */
  subjectId: string;
  payload: P;
}

/** All that the view of a package needs, so that one event makes it visible. */
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
}
