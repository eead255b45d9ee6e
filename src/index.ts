/**
 * infospace-archive: preserves a folder of generated knowledge as an immutable, content-addressed package, and restores
 * it byte for byte.
 *
 * @packageDocumentation
 */

export { type Bag, openBag } from './artifact-store/bag/read-bag.ts';
export type { Environment, LogLevel, StoreConfig } from './artifact-store/config.ts';
export { ArchiveError, type ErrorCode, type ErrorFields } from './artifact-store/errors.ts';
export type { StoreFinding } from './artifact-store/maintenance/check-finding.ts';
export { checkStore } from './artifact-store/maintenance/check-store.ts';
export { type RebuiltStore, rebuildStore } from './artifact-store/maintenance/rebuild-store.ts';
export { type RepairedStore, repairStore } from './artifact-store/maintenance/repair-store.ts';
export type {
  ContentEntry,
  DirectoryEntry,
  FileEntry,
  Manifest,
  PackageDescription,
  RetentionSummary,
  SymlinkEntry,
} from './artifact-store/manifest/model.ts';
export type { NewPackage } from './artifact-store/new-package.ts';
export type { PackageReader } from './artifact-store/package-reader.ts';
export { type DecodedEvent, decodeEvent, type RecordedEvent } from './artifact-store/recorded-event.ts';
export type {
  BagTarget,
  FinalizedPackage,
  GarbageOptions,
  GarbageReport,
  ImportedPackage,
  OnProgress,
  PackageOrigin,
  PackagePreview,
  PackageSummary,
  Progress,
  Registry,
  RequestCounts,
  StorePin,
  StoreStats,
  Tombstone,
  VerifiedPackage,
  VerifyOptions,
} from './artifact-store/registry.ts';
export type { RetentionClass } from './artifact-store/retention/classes.ts';
export type { Hold, RetentionState } from './artifact-store/retention/state.ts';
export type { SourceEntry, SourceFile } from './artifact-store/source.ts';
export type { StoreReader } from './artifact-store/store-reader.ts';
export {
  type ArchiveOptions,
  type ArchivePlan,
  type ArchiveResult,
  archiveInfospace,
  planArchive,
} from './infospace/archive.ts';
export {
  attestationStatement,
  encodeAttestation,
  type SignedBy,
  type TrustOptions,
  type VerifiedAttestation,
  verifyAttestation,
} from './infospace/attestation/attest.ts';
export type { Provenance, Statement } from './infospace/attestation/statement.ts';
export type { Change, Comparison } from './infospace/compare.ts';
export { type CopyOptions, type CopyResult, copyPackage } from './infospace/copy.ts';
export {
  type ArchiveComparison,
  type Compared,
  compareArchives,
  type DiffOptions,
  type FilePatch,
  patchArchives,
} from './infospace/diff.ts';
export { type ExportOptions, exportPackage } from './infospace/export.ts';
export { type FileVersion, fileVersions } from './infospace/file-versions.ts';
export { type FindOptions, type FoundFile, findFiles } from './infospace/find-files.ts';
export { findInfospace } from './infospace/find-infospace.ts';
export { findPackage, type NamedAmong } from './infospace/find-package.ts';
export { type ImportOptions, type ImportResult, importBag } from './infospace/import.ts';
export type { ArchiveRecord } from './infospace/index-record.ts';
export { openRegistry, type StoreLocation, storeOf } from './infospace/infospace-store.ts';
export { type InitOptions, initInfospace, type NewInfospace } from './infospace/init.ts';
export type { Hunk } from './infospace/line-changes.ts';
export {
  type AnnotatedRecord,
  type Annotation,
  type ArchiveChange,
  annotateRetention,
  changesInIndex,
  countedChanges,
  listArchives,
} from './infospace/list.ts';
export { type ListFilesOptions, listFiles } from './infospace/list-files.ts';
export type { LookOptions } from './infospace/looking.ts';
export { type ReadFileOptions, readPackageFile } from './infospace/read-file.ts';
export { type RebuildIndexOptions, type RebuiltIndex, rebuildIndex } from './infospace/rebuild-index.ts';
export { type InfospaceReport, type ReportedPackage, type ReportOptions, reportInfospace } from './infospace/report.ts';
export {
  planRestore,
  type RestoreOptions,
  type RestorePlan,
  type RestoreResult,
  restoreArchive,
} from './infospace/restore.ts';
export type { Overwrite, TargetChanges } from './infospace/restore-plan.ts';
export { renderReport } from './report/page.ts';
