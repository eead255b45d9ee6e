import type { WriteTransaction } from '../database/database.ts';
import { parseContentAddress } from '../identity/digest.ts';
import type { EventDraft } from './model.ts';

/** Brings the `packages` and `holds` tables up to an event: they hold nothing that the log does not tell. */
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
          manifest_digest: parseContentAddress(event.payload.manifest_digest),
          content_digest: parseContentAddress(event.payload.content_digest),
        })
        .execute();
      return;
    case 'v1.retention.extended':
      await tx
        .updateTable('packages')
        .set({ expires_at: event.payload.expires_at })
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
    case 'v1.package.created':
    case 'v1.retention.default_applied':
    case 'v1.pack.sealed':
      // Told for the audit; the package becomes visible, whole, when it is finalized.
      return;
  }
}
