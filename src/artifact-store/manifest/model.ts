import { sameBytes } from '../identity/digest.ts';

/**
 * The manifest: all there is to know about one package, in the names it is stored under. docs/format.md describes it.
 */
export interface Manifest {
  manifest_version: 1;
  package: PackageDescription;
  /** Ascending by the UTF-8 bytes of their paths, without duplicates. */
  files: FileEntry[];
  retention_summary: RetentionSummary;
  /** Where the package was made (`repository`, `commit`, `run_id`, …), as far as it is known; never a secret. */
  provenance: Record<string, string>;
}

/** Which package it is. */
export interface PackageDescription {
  /** A UUID of version 7 (RFC 9562), so that ids sort by the time they were made. */
  id: string;
  /** What made the content. */
  producer: string;
  /** What the content is of; `latest` is the newest package of a subject. */
  subject: string;
  /** RFC 3339, UTC, milliseconds. */
  created_at: string;
  /** What its maker says of it; `note` of an archive. Never a secret. */
  metadata: Record<string, string>;
}

/** Retention as it was decided when the package was made; the registry knows what became of it. */
export interface RetentionSummary {
  retention_class: string;
  /** RFC 3339, or null for never. */
  expires_at: string | null;
}

/** A file. */
export interface ContentEntry {
  path: string;
  kind: 'file';
  /** Bytes. */
  size: number;
  /** Whether the owner may execute it; no other permission is kept. */
  executable: boolean;
  /** The key of the content in the store, 32 bytes. */
  blake3: Uint8Array;
  /** The same bytes for the world that speaks SHA-256, 32 bytes. */
  sha256: Uint8Array;
}

/** A symbolic link; archived as what it is, never followed. */
export interface SymlinkEntry {
  path: string;
  kind: 'symlink';
  /** As the link stores it; never leads out of the package. */
  target: string;
}

/** An empty directory; others are implied by the files they hold. */
export interface DirectoryEntry {
  path: string;
  kind: 'directory';
}

/** One entry of a package. */
export type FileEntry = ContentEntry | SymlinkEntry | DirectoryEntry;

export function isContentEntry(entry: FileEntry): entry is ContentEntry {
  return entry.kind === 'file';
}

/** Whether two entries are the same, path and all. */
export function sameEntry(a: FileEntry, b: FileEntry): boolean {
  if (a.path !== b.path || a.kind !== b.kind) return false;
  if (a.kind === 'symlink') return a.target === (b as SymlinkEntry).target;
  if (!isContentEntry(a) || !isContentEntry(b)) return true;
  return (
    a.size === b.size && a.executable === b.executable && sameBytes(a.blake3, b.blake3) && sameBytes(a.sha256, b.sha256)
  );
}
