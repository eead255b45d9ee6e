import type { WriteTransaction } from '../database/database.ts';
import { parseContentAddress } from '../identity/digest.ts';
import type { ContentEvent, EventDraft } from './model.ts';

/**
 * Brings the views up to an event: `packages`, `holds`, `tombstones`, `removed_objects` hold nothing that the log does not
 * tell. What is told of contents and packs is in the blob index, which the finalizing transaction keeps; only the marks of
 * damage there come from the log.
 */
export async function applyToViews(
  tx: WriteTransaction,
  event: EventDraft,
  { actor, created_at }: { actor: string; created_at: string },
): Promise<void> {
  switch (event.type) {
    case 'v1.package.finalized':
      await tx
        .insertInto('packages')
        .values({
          ...event.payload,
          id: event.subjectId,
          finalized_at: created_at,
          expired_at: null,
          manifest_digest: parseContentAddress(event.payload.manifest_digest),
          content_digest: parseContentAddress(event.payload.content_digest),
        })
        .execute();
      return;
    case 'v1.retention.extended':
      await tx
        .updateTable('packages')
        .set({ expires_at: event.payload.expires_at, expired_at: null })
        .where('id', '=', event.subjectId)
        .execute();
      return;
    case 'v1.hold.applied':
      await tx
        .insertInto('holds')
        .values({
          id: event.payload.hold_id,
          package_id: event.subjectId,
          reason: event.payload.reason,
          actor,
          applied_at: created_at,
          until: event.payload.until,
          released_at: null,
        })
        .execute();
      return;
    case 'v1.hold.released':
      await tx.updateTable('holds').set({ released_at: created_at }).where('id', '=', event.payload.hold_id).execute();
      return;
    case 'v1.package.expired':
      await tx.updateTable('packages').set({ expired_at: created_at }).where('id', '=', event.subjectId).execute();
      return;
    case 'v1.package.disposed':
      await tx.deleteFrom('packages').where('id', '=', event.subjectId).execute();
      await tx
        .insertInto('tombstones')
        .values({
          ...event.payload,
          id: event.subjectId,
          manifest_digest: parseContentAddress(event.payload.manifest_digest),
          content_digest: parseContentAddress(event.payload.content_digest),
          disposed_at: created_at,
          disposed_by: actor,
        })
        .execute();
      return;
    case 'v1.object.removed':
      await tx.insertInto('removed_objects').values({ storage_key: event.subjectId, removed_at: created_at }).execute();
      return;
    case 'v1.content.damaged':
      await markContent(tx, event, created_at);
      return;
    case 'v1.content.healed':
      await markContent(tx, event, null);
      return;
    case 'v1.storage.verified':
    case 'v1.package.created':
    case 'v1.package.imported':
    case 'v1.retention.default_applied':
    case 'v1.pack.sealed':
      // Told for the audit; the package becomes visible, whole, when it is finalized.
      return;
  }
}

/** A content that has been found elsewhere meanwhile is not the one that the event tells of. */
async function markContent(
  tx: WriteTransaction,
  event: ContentEvent<string>,
  damaged_at: string | null,
): Promise<void> {
  await tx
    .updateTable('contents')
    .set({ damaged_at })
    .where('digest', '=', parseContentAddress(event.subjectId))
    .where('pack_id', 'in', (query) =>
      query.selectFrom('packs').select('packs.id').where('storage_key', '=', event.payload.storage_key),
    )
    .execute();
}
