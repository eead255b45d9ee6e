import type { LogParts } from './commit/record.ts';
import { requireKeys } from './commit/store-file.ts';
import type { SessionKey } from './encryption/session-key.ts';
import { type ContentAddress, formatContentAddress } from './identity/digest.ts';
import type { EventDraft, PackageOrigin, PackBytes } from './log/model.ts';
import type { Manifest } from './manifest/model.ts';
import type { Finalized, OpenPackage } from './open-package.ts';
import { type SealedPack, sealedEvent } from './packs/pack-rows.ts';
import { sealAbout } from './sealed-package.ts';
import { SEALED } from './sealed-text.ts';

/** The storage key of the manifest, if it does not follow from the digest, and its bases. */
export interface ManifestPlace {
  key?: string;
  base: Uint8Array | undefined;
  /** In an encrypted store: digest of the sealed manifest. */
  stored: Uint8Array | undefined;
}

/** The description of a package in the log. */
interface PackageFace extends Pick<Manifest['package'], 'producer' | 'subject' | 'metadata'> {
  /** The actor of the first event; never visible. */
  createdBy: string;
  manifestDigest: ContentAddress;
  contentDigest: ContentAddress;
  fileCount: number;
  totalBytes: number;
}

export function plainFace(
  { package: { producer, subject, metadata } }: OpenPackage,
  finalized: Finalized,
): PackageFace {
  const { manifestDigest, contentDigest, fileCount, totalBytes } = finalized;
  return {
    producer,
    createdBy: producer,
    subject,
    metadata,
    manifestDigest: formatContentAddress(manifestDigest),
    contentDigest: formatContentAddress(contentDigest),
    fileCount,
    totalBytes,
  };
}

export function sealedFace(
  { store }: LogParts,
  open: OpenPackage,
  session: SessionKey,
  finalized: Finalized,
): PackageFace {
  const { idKey } = requireKeys(store);
  const { createdBy: _, ...about } = plainFace(open, finalized);
  return {
    ...sealAbout(store, session, open.package.id, about),
    createdBy: SEALED,
    manifestDigest: formatContentAddress(idKey.nameOf('package digest', finalized.manifestDigest)),
    contentDigest: formatContentAddress(idKey.nameOf('package digest', finalized.contentDigest)),
    fileCount: 0,
    totalBytes: 0,
  };
}

/** The bytes a package needs from a pack would reveal the lengths of contents. */
export function withoutBytes([key]: PackBytes[number]): PackBytes[number] {
  return [key, 0];
}

export function eventsOf(
  open: OpenPackage,
  { producer, createdBy, subject, metadata, ...face }: PackageFace,
  added: readonly SealedPack[],
  packs: PackBytes,
  { key, base, stored }: ManifestPlace,
): EventDraft[] {
  const { id, created_at } = open.package;
  const about = { subjectKind: 'package', subjectId: id } as const;
  return [
    { type: 'v1.package.created', ...about, payload: { producer: createdBy, subject, metadata } },
    { type: 'v1.retention.default_applied', ...about, payload: open.retention_summary },
    ...added.map(sealedEvent),
    {
      type: 'v1.package.finalized',
      ...about,
      payload: {
        producer,
        subject,
        created_at,
        ...open.retention_summary,
        manifest_digest: face.manifestDigest,
        content_digest: face.contentDigest,
        file_count: face.fileCount,
        total_bytes: face.totalBytes,
        packs,
        ...(key !== undefined && { manifest_key: key }),
        ...(base !== undefined && { manifest_base: formatContentAddress(base) }),
        ...(stored !== undefined && { manifest_stored: formatContentAddress(stored) }),
      },
    },
    ...(open.origin
      ? [{ type: 'v1.package.imported', ...about, payload: visibleOrigin(open.origin, open.session) } as const]
      : []),
    ...(open.copy?.extendedUntil === undefined ? [] : [extendedElsewhere(id, open.copy.extendedUntil)]),
  ];
}

/** The origin of a package is visible only to those who can read it. */
function visibleOrigin(origin: PackageOrigin, session: SessionKey | undefined): PackageOrigin {
  return session ? { source: origin.source, name: SEALED, tagmanifest_sha256: null } : origin;
}

/** The event of an extension in the store that the package comes from. */
export function extendedElsewhere(packageId: string, expires_at: string | null): EventDraft {
  const payload = { expires_at, reason: 'extended where it was copied from' };
  return { type: 'v1.retention.extended', subjectKind: 'package', subjectId: packageId, payload };
}
