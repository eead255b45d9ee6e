import { sameBytes } from '../identity/digest.ts';

/** The manifest: the complete description of a package, in the names it is stored under. See docs/format.md. */
export interface Manifest {
  manifest_version: 1;
  package: PackageDescription;
  /** Sorted by the UTF-8 bytes of their paths, without duplicates. */
  files: FileEntry[];
  retention_summary: RetentionSummary;
  /** Where the package was made (`repository`, `commit`, `run_id`, …), as far as known; never a secret. */
  provenance: Record<string, string>;
}

/** Which package it is. */
export interface PackageDescription {
  /** A UUID of version 7 (RFC 9562), so that ids sort by creation time. */
  id: string;
  /** What made the content. */
  producer: string;
  /** What the content belongs to; `latest` is the newest package of a subject. */
  subject: string;
  /** RFC 3339, UTC, milliseconds. */
  created_at: string;
  /** Metadata from its producer; `note` of an archive. Never a secret. */
  metadata: Record<string, string>;
}

/** Retention as decided at creation; later changes are in the registry. */
export interface RetentionSummary {
  retention_class: string;
  /** RFC 3339, or null for never. */
  expires_at: string | null;
}

/** A file. */
export interface ContentEntry {
  path: string;
  kind: 'file';
  /** Size in bytes. */
  size: number;
  /** Whether the owner may execute it; other permissions are not stored. */
  executable: boolean;
  /** The key of the content in the store, 32 bytes. */
  blake3: Uint8Array;
  /** SHA-256 of the same bytes, for other software, 32 bytes. */
  sha256: Uint8Array;
}

/** A symbolic link; archived as a link, never followed. */
export interface SymlinkEntry {
  path: string;
  kind: 'symlink';
  /** As stored in the link; never leads out of the package. */
  target: string;
}

/** An empty directory; others follow from the paths of files. */
export interface DirectoryEntry {
  path: string;
  kind: 'directory';
}

/** One entry of a package. */
export type FileEntry = ContentEntry | SymlinkEntry | DirectoryEntry;

export function isContentEntry(entry: FileEntry): entry is ContentEntry {
  return entry.kind === 'file';
}

/** Whether two entries are equal, including their paths. */
export function sameEntry(a: FileEntry, b: FileEntry): boolean {
  if (a.path !== b.path || a.kind !== b.kind) return false;
  if (a.kind === 'symlink') return a.target === (b as SymlinkEntry).target;
  if (!isContentEntry(a) || !isContentEntry(b)) return true;
  return (
    a.size === b.size && a.executable === b.executable && sameBytes(a.blake3, b.blake3) && sameBytes(a.sha256, b.sha256)
  );
}
