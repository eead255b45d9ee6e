import type { CborValue } from '../encoding/cbor.ts';
import { readMap, readText, readTextMap } from '../encoding/shape.ts';
import { ArchiveError } from '../errors.ts';
import type { Manifest } from './model.ts';

/** The fields of a manifest except its entries. */
export type About = Omit<Manifest, 'files'>;

/** With the format's own keys and nothing else. */
export function projectAbout(about: About): Record<string, CborValue> {
  return {
    manifest_version: about.manifest_version,
    package: { ...about.package },
    retention_summary: { ...about.retention_summary },
    provenance: about.provenance,
  };
}

/** @throws ArchiveError `INTEGRITY`; `FORMAT_UNSUPPORTED` for a newer version. */
export function readAbout(value: unknown): About {
  const root = readMap(value, 'The manifest', ['manifest_version', 'package', 'retention_summary', 'provenance']);
  if (root.manifest_version !== 1) {
    throw new ArchiveError(
      'FORMAT_UNSUPPORTED',
      `The manifest has version ${String(root.manifest_version)}, but this software reads version 1; upgrade infospace-archive.`,
      undefined,
      { expected: '1', actual: String(root.manifest_version) },
    );
  }
  const about = readMap(root.package, 'The manifest\'s "package"', [
    'id',
    'producer',
    'subject',
    'created_at',
    'metadata',
  ]);
  const retention = readMap(root.retention_summary, 'The manifest\'s "retention_summary"', [
    'retention_class',
    'expires_at',
  ]);
  return {
    manifest_version: 1,
    package: {
      id: readText(about.id, 'package.id'),
      producer: readText(about.producer, 'package.producer'),
      subject: readText(about.subject, 'package.subject'),
      created_at: readText(about.created_at, 'package.created_at'),
      metadata: readTextMap(about.metadata, 'package.metadata'),
    },
    retention_summary: {
      retention_class: readText(retention.retention_class, 'retention_summary.retention_class'),
      expires_at: retention.expires_at === null ? null : readText(retention.expires_at, 'retention_summary.expires_at'),
    },
    provenance: readTextMap(root.provenance, 'provenance'),
  };
}
