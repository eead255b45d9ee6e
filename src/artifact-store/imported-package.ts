import { ArchiveError } from './errors.ts';
import { formatContentAddress } from './identity/digest.ts';
import type { PackageOrigin } from './log/model.ts';
import { manifestDigest } from './manifest/codec.ts';
import type { Manifest } from './manifest/model.ts';
import { checkTexts } from './new-package.ts';
import type { OpenPackage } from './open-package.ts';
import { isClassName, isPackageId, isStoredTime, MAX_NAME_BYTES } from './outside-fields.ts';
import type { PackageReader } from './package-reader.ts';
import type { PackageSummary } from './package-summary.ts';

/**
 * A package of another store prepared for this one, checked as far as possible without reading its files.
 * @throws ArchiveError `NOT_FOUND`; `INTEGRITY` for a manifest that was not made by this software; `USAGE` when it contains the value of a
 * configured secret.
 */
export async function importedPackage(
  reader: PackageReader,
  packageId: string,
  origin: PackageOrigin,
  secrets: readonly string[],
): Promise<{ open: Omit<OpenPackage, 'ingest'>; summary: PackageSummary }> {
  const summary = await reader.getPackage(packageId);
  const manifest = await reader.getManifest(summary.id);
  const { package: about, retention_summary, provenance } = manifest;
  const digest = formatContentAddress(manifestDigest(manifest));
  if (digest !== summary.manifestDigest || about.id !== summary.id || !isOurs(manifest)) {
    throw new ArchiveError(
      'INTEGRITY',
      `The manifest of package ${JSON.stringify(summary.id)} was not made by this software; get the package from another copy.`,
      undefined,
      { packageId: summary.id },
    );
  }
  checkTexts({ ...about, provenance, origin }, secrets);
  const extended = summary.expiresAt !== retention_summary.expires_at;
  return {
    open: {
      package: about,
      retention_summary,
      provenance,
      origin,
      copy: { extendedUntil: extended ? summary.expiresAt : undefined },
    },
    summary,
  };
}

/** Whether a manifest says of its package what this software does; nothing else may be shown or compared as it is. */
export function isOurs({ package: about, retention_summary: { retention_class, expires_at } }: Manifest): boolean {
  return (
    isPackageId(about.id) &&
    isStoredTime(about.created_at) &&
    (expires_at === null || isStoredTime(expires_at)) &&
    isClassName(retention_class) &&
    [about.producer, about.subject].every((text) => Buffer.byteLength(text) <= MAX_NAME_BYTES)
  );
}
