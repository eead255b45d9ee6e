import type { ReadConnection } from './database/database.ts';
import { compareUtf8 } from './encoding/utf8.ts';
import type { PackageSummary } from './package-summary.ts';
import { SEALED } from './sealed-text.ts';

/** Number and size of packages. */
export interface PackageTotals {
  packages: number;
  /** Total size of the packages' files, without deduplication; null in an encrypted store without an identity. */
  logicalBytes: number | null;
}

/**
 * The size of a store, in bytes.
 * @experimental
 */
export interface StoreStats extends PackageTotals {
  /** Distinct contents, before compression; null in an encrypted store. */
  contentBytes: number | null;
  /** Stored size of packs and objects; manifests and the event log are not counted. */
  storedBytes: number;
  bySubjectAndClass: (PackageTotals & { subject: string; retentionClass: string })[];
}

export async function storeStats(db: ReadConnection): Promise<StoreStats> {
  const groups = await db
    .selectFrom('packages')
    .select(['subject', 'retention_class'])
    .select(({ fn }) => [fn.countAll<number>().as('packages'), fn.sum<number>('total_bytes').as('bytes')])
    .groupBy(['subject', 'retention_class'])
    .orderBy('subject')
    .orderBy('retention_class')
    .execute();
  const contents = await db
    .selectFrom('contents')
    .select(({ fn }) => fn.sum<number | null>('length').as('bytes'))
    .executeTakeFirstOrThrow();
  const packs = await db
    .selectFrom('packs')
    .select(({ fn }) => fn.sum<number | null>('stored_bytes').as('bytes'))
    .executeTakeFirstOrThrow();
  // A sum of 64-bit integers comes back as text from PostgreSQL.
  const bySubjectAndClass = groups.map(({ subject, retention_class, packages, bytes }) => ({
    subject,
    retentionClass: retention_class,
    packages: Number(packages),
    logicalBytes: Number(bytes),
  }));
  return {
    packages: bySubjectAndClass.reduce((sum, group) => sum + group.packages, 0),
    logicalBytes: bySubjectAndClass.reduce((sum, group) => sum + group.logicalBytes, 0),
    contentBytes: Number(contents.bytes),
    storedBytes: Number(packs.bytes),
    bySubjectAndClass,
  };
}

/**
 * The size of an encrypted store, whose database has sealed sizes as 0.
 *
 * @param packages what was opened of its packages; undefined without an identity.
 */
export function encryptedStats(stats: StoreStats, packages: readonly PackageSummary[] | undefined): StoreStats {
  if (packages === undefined) {
    const bySubjectAndClass = stats.bySubjectAndClass.map((group) => ({
      ...group,
      subject: SEALED,
      logicalBytes: null,
    }));
    return { ...stats, logicalBytes: null, contentBytes: null, bySubjectAndClass };
  }
  const groups = Map.groupBy(packages, ({ subject, retentionClass }) => JSON.stringify([subject, retentionClass]));
  const bySubjectAndClass = [...groups.values()].map((group) => ({
    subject: group[0]!.subject,
    retentionClass: group[0]!.retentionClass,
    packages: group.length,
    logicalBytes: totalBytesOf(group),
  }));
  bySubjectAndClass.sort(
    (a, b) => compareUtf8(a.subject, b.subject) || compareUtf8(a.retentionClass, b.retentionClass),
  );
  return { ...stats, logicalBytes: totalBytesOf(packages), contentBytes: null, bySubjectAndClass };
}

function totalBytesOf(packages: readonly PackageSummary[]): number {
  return packages.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
}
