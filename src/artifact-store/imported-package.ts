import { validate as isUuid, version as versionOf } from 'uuid';
import { ArchiveError } from './errors.ts';
import { formatContentAddress } from './identity/digest.ts';
import type { PackageOrigin } from './log/model.ts';
import { manifestDigest } from './manifest/codec.ts';
import type { Manifest } from './manifest/model.ts';
import { checkTexts } from './new-package.ts';
import type { OpenPackage } from './open-package.ts';
import type { PackageReader } from './package-reader.ts';
import type { PackageSummary } from './package-summary.ts';

const PACKAGE_ID_VERSION = 7;
/** As this software writes times: so that they sort as text. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/**
 * A package of another place as it is to be here, checked as far as it can be without reading its files.
 *
 * @throws ArchiveError `NOT_FOUND`; `INTEGRITY` for a manifest that this software would not have made; `USAGE` when it holds
 * the value of a configured secret.
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

/** Whether a manifest names its package and its times as this software does; nothing else may be shown or compared as they are. */
export function isOurs({ package: { id, created_at }, retention_summary: { expires_at } }: Manifest): boolean {
  return (
    isUuid(id) &&
    versionOf(id) === PACKAGE_ID_VERSION &&
    id === id.toLowerCase() &&
    isTime(created_at) &&
    (expires_at === null || isTime(expires_at))
  );
}

function isTime(text: string): boolean {
  return TIME.test(text) && !Number.isNaN(Date.parse(text));
}
