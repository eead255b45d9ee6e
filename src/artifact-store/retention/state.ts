import type { ReadConnection } from '../database/database.ts';
import type { HoldTable, PackageTable } from '../database/schema.ts';
import { ArchiveError } from '../errors.ts';
import { formatContentAddress } from '../identity/digest.ts';
import type { EventDraft } from '../log/model.ts';

/** A hold keeps a package regardless of its expiry. */
export interface Hold {
  id: string;
  packageId: string;
  reason: string;
  /** Who applied it. */
  actor: string;
  /** RFC 3339, like all times here. */
  appliedAt: string;
  /** When it lapses by itself, or null. */
  until: string | null;
  /** When it was released, or null. */
  releasedAt: string | null;
}

/** The expiry of a package, and its holds. */
export interface RetentionState {
  packageId: string;
  retentionClass: string;
  /** RFC 3339, or null for never. */
  expiresAt: string | null;
  /** When a sweep found it expired, or null. */
  expiredAt: string | null;
  /** Holds in force. */
  holds: Hold[];
  /** Whether the package may be disposed of: expired, and no hold in force. */
  eligible: boolean;
}

/** @throws ArchiveError `NOT_FOUND`. */
export async function retentionState(db: ReadConnection, packageId: string, now: Date): Promise<RetentionState> {
  const found = await db
    .selectFrom('packages')
    .select(['retention_class', 'expires_at', 'expired_at'])
    .where('id', '=', packageId)
    .executeTakeFirst();
  if (!found)
    throw new ArchiveError(
      'NOT_FOUND',
      `There is no package "${packageId}" in the store; "list" shows the packages.`,
      undefined,
      { packageId },
    );
  const rows = await db
    .selectFrom('holds')
    .selectAll()
    .where('package_id', '=', packageId)
    .where('released_at', 'is', null)
    .orderBy('applied_at')
    .execute();
  const holds = rows.filter((hold) => hold.until === null || new Date(hold.until) > now).map(toHold);
  return {
    packageId,
    retentionClass: found.retention_class,
    expiresAt: found.expires_at,
    expiredAt: found.expired_at,
    holds,
    eligible: holds.length === 0 && found.expires_at !== null && new Date(found.expires_at) <= now,
  };
}

/** Packages that may be disposed of: expired, and no hold in force. Oldest expiry first. */
export function eligiblePackages(db: ReadConnection, now: Date): Promise<PackageTable[]> {
  const time = now.toISOString();
  return db
    .selectFrom('packages')
    .selectAll()
    .where('expires_at', '<=', time)
    .where((package_) =>
      package_.not(
        package_.exists(
          package_
            .selectFrom('holds')
            .select('holds.id')
            .whereRef('holds.package_id', '=', 'packages.id')
            .where('holds.released_at', 'is', null)
            .where((hold) => hold.or([hold('holds.until', 'is', null), hold('holds.until', '>', time)])),
        ),
      ),
    )
    .orderBy('expires_at')
    .orderBy('id')
    .execute();
}

/** Packages of each subject to keep, even if expired. */
export interface KeepRules {
  /** How many of the newest packages to keep; none by default. */
  keepLast?: number | undefined;
  /** Disposes of the last package of a subject too; otherwise the newest package of each subject stays, even if expired. */
  includeLast?: boolean | undefined;
}

/** Expired packages: `leaving` will be disposed of, `spared` stays because of the rules. Both sorted by expiry. */
export interface Disposable {
  leaving: PackageTable[];
  spared: PackageTable[];
}

/** @throws ArchiveError `USAGE` for an invalid number of packages. */
export async function disposablePackages(
  db: ReadConnection,
  now: Date,
  { keepLast = 0, includeLast = false }: KeepRules,
): Promise<Disposable> {
  if (!Number.isSafeInteger(keepLast) || keepLast < 0) {
    throw new ArchiveError('USAGE', `"${keepLast}" is not a number of packages to keep; give a whole number.`);
  }
  const eligible = await eligiblePackages(db, now);
  const counts = new Map<string, number>();
  for (const { subject } of eligible) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  const kept = new Set<string>();
  for (const [subject, count] of counts) {
    const isAll = !includeLast && count === (await countPackages(db, subject));
    for (const id of await newestIds(db, subject, Math.max(keepLast, isAll ? 1 : 0))) kept.add(id);
  }
  return {
    leaving: eligible.filter(({ id }) => !kept.has(id)),
    spared: eligible.filter(({ id }) => kept.has(id)),
  };
}

async function countPackages(db: ReadConnection, subject: string): Promise<number> {
  const count = db
    .selectFrom('packages')
    .select(({ fn }) => fn.countAll<number>().as('packages'))
    .where('subject', '=', subject);
  // A count comes back as text from PostgreSQL.
  return Number((await count.executeTakeFirstOrThrow()).packages);
}

async function newestIds(db: ReadConnection, subject: string, count: number): Promise<string[]> {
  if (count === 0) return [];
  const rows = await db
    .selectFrom('packages')
    .select('id')
    .where('subject', '=', subject)
    .orderBy('position', 'desc')
    .limit(count)
    .execute();
  return rows.map(({ id }) => id);
}

/**
 * The event that ends the retention of a package early.
 * @throws ArchiveError `USAGE` without a reason; `STATE_CONFLICT` during a hold.
 */
export function purged(row: PackageTable, { holds }: RetentionState, reason: string): EventDraft {
  const [hold] = holds;
  if (hold === undefined) return disposed(row, requireReason(reason));
  throw new ArchiveError(
    'STATE_CONFLICT',
    `Package "${row.id}" is on hold "${hold.id}" by ${hold.actor}: ${hold.reason}; release the hold first.`,
    undefined,
    { packageId: row.id },
  );
}

/** The event that marks a package as eligible for disposal. */
export function expired({ id, expires_at }: PackageTable): EventDraft {
  return { type: 'v1.package.expired', subjectKind: 'package', subjectId: id, payload: { expires_at: expires_at! } };
}

/** The event that disposes of a package; only its tombstone remains. */
export function disposed(row: PackageTable, reason: string): EventDraft {
  const { id, manifest_digest, content_digest } = row;
  return {
    type: 'v1.package.disposed',
    subjectKind: 'package',
    subjectId: id,
    payload: {
      producer: row.producer,
      subject: row.subject,
      created_at: row.created_at,
      retention_class: row.retention_class,
      expires_at: row.expires_at,
      manifest_digest: formatContentAddress(manifest_digest),
      content_digest: formatContentAddress(content_digest),
      file_count: row.file_count,
      total_bytes: row.total_bytes,
      reason,
    },
  };
}

/** All holds, current and past, oldest first. */
export async function listHolds(db: ReadConnection, packageId?: string): Promise<Hold[]> {
  const query = db.selectFrom('holds').selectAll().orderBy('applied_at').orderBy('id');
  return (await (packageId === undefined ? query : query.where('package_id', '=', packageId)).execute()).map(toHold);
}

function toHold(row: HoldTable): Hold {
  return {
    id: row.id,
    packageId: row.package_id,
    reason: row.reason,
    actor: row.actor,
    appliedAt: row.applied_at,
    until: row.until,
    releasedAt: row.released_at,
  };
}

/**
 * The event of a later expiry, null for never.
 * @throws ArchiveError `USAGE` without a reason; `STATE_CONFLICT` for an earlier one.
 */
export function extension(state: RetentionState, expiresAt: Date | null, reason: string): EventDraft {
  const until = expiresAt === null ? null : isoTime(expiresAt, 'expiry');
  if (state.expiresAt === null || (until !== null && until <= state.expiresAt)) {
    const current = state.expiresAt ?? 'never';
    throw new ArchiveError(
      'STATE_CONFLICT',
      `Package "${state.packageId}" expires ${current}; retention can only be extended, so give a later time.`,
      undefined,
      { packageId: state.packageId, actual: current },
    );
  }
  return {
    type: 'v1.retention.extended',
    subjectKind: 'package',
    subjectId: state.packageId,
    payload: { expires_at: until, reason: requireReason(reason) },
  };
}

/** @throws ArchiveError `NOT_FOUND`. */
export async function findHold(db: ReadConnection, holdId: string): Promise<Hold> {
  const row = await db.selectFrom('holds').selectAll().where('id', '=', holdId).executeTakeFirst();
  if (!row) throw new ArchiveError('NOT_FOUND', `There is no hold "${holdId}"; "hold list" shows the holds.`);
  return toHold(row);
}

/** The event of a new hold. */
export function holdApplied(
  { id, packageId, reason, until }: { id: string; packageId: string; reason: string; until: Date | null },
  now: Date,
): EventDraft {
  if (until !== null && !(until > now)) {
    throw new ArchiveError('USAGE', 'The hold would end in the past; give a later time or none.');
  }
  return {
    type: 'v1.hold.applied',
    subjectKind: 'package',
    subjectId: packageId,
    payload: { hold_id: id, reason: requireReason(reason), until: until && isoTime(until, 'end') },
  };
}

/** @throws ArchiveError `STATE_CONFLICT` when it was released before. */
export function holdReleased(hold: Hold, reason: string): EventDraft {
  if (hold.releasedAt !== null) {
    throw new ArchiveError(
      'STATE_CONFLICT',
      `Hold "${hold.id}" was already released at ${hold.releasedAt}; "hold list" shows the holds in force.`,
      undefined,
      { packageId: hold.packageId },
    );
  }
  return {
    type: 'v1.hold.released',
    subjectKind: 'package',
    subjectId: hold.packageId,
    payload: { hold_id: hold.id, reason: requireReason(reason) },
  };
}

function requireReason(reason: string): string {
  if (reason.trim() === '') throw new ArchiveError('USAGE', 'A reason is needed for the audit log; give one.');
  return reason;
}

const END_OF_TIME = new Date('+010000-01-01T00:00:00Z');

function isoTime(time: Date, what: string): string {
  // RFC 3339 ends with the year 9999, and times are compared as text.
  if (!(time < END_OF_TIME)) throw new ArchiveError('USAGE', `The ${what} is not a valid time; use RFC 3339.`);
  return time.toISOString();
}
