import type { ReadConnection } from './database/database.ts';

/** Number and size of packages. */
export interface PackageTotals {
  packages: number;
  /** Total size of the packages' files, without deduplication. */
  logicalBytes: number;
}

/**
 * The size of a store, in bytes.
 * @experimental
 */
export interface StoreStats extends PackageTotals {
  /** Distinct contents, before compression. */
  contentBytes: number;
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
