import type { WriteTransaction } from '../database/database.ts';
import type { EventTable } from '../database/schema.ts';
import { ArchiveError } from '../errors.ts';
import { parseContentAddress } from '../identity/digest.ts';
import type { ContentEvent, EventDraft, FinalizedPayload } from '../log/model.ts';
import { manifestKey } from '../manifest/stored.ts';
import type { PackTrailer } from '../packs/format.ts';
import { addPack, packIds, shareDamaged, shareNeeds } from '../packs/pack-rows.ts';
import { partsOf } from '../parts.ts';
import { addLabel, noteIn, removeLabel, setNote } from './names-view.ts';

/**
 * Applies an event to the tables, which contain nothing that is not in the log.
 * @param packs contents of the sealed packs; a pack missing here could not be read.
 */
export async function applyToViews(
  tx: WriteTransaction,
  event: EventDraft,
  { sequence, actor, created_at }: Pick<EventTable, 'sequence' | 'actor' | 'created_at'>,
  packs: ReadonlyMap<string, PackTrailer>,
): Promise<void> {
  switch (event.type) {
    case 'v1.pack.sealed': {
      const trailer = packs.get(event.subjectId);
      if (trailer) await addPack(tx, { key: event.subjectId, storedBytes: event.payload.stored_bytes, ...trailer });
      return;
    }
    case 'v1.pack.retired':
      await retirePack(tx, event.subjectId, event.payload.moved_to, created_at);
      return;
    case 'v1.pack.damaged':
      await markPack(tx, event.subjectId, created_at);
      return;
    case 'v1.pack.healed':
      await markPack(tx, event.subjectId, null);
      return;
    case 'v1.package.finalized':
      await addPackage(tx, event.subjectId, event.payload, { sequence, created_at });
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
    case 'v1.label.set':
      await removeLabel(tx, event.payload);
      await addLabel(tx, event.subjectId, event.payload, { actor, set_at: created_at });
      return;
    case 'v1.label.removed':
      await removeLabel(tx, event.payload);
      return;
    case 'v1.package.created':
      await setNote(tx, event.subjectId, noteIn(event.payload), { actor, amended_at: null });
      return;
    case 'v1.note.amended':
      await setNote(tx, event.subjectId, event.payload.note, { actor, amended_at: created_at });
      return;
    case 'v1.package.expired':
      await tx.updateTable('packages').set({ expired_at: created_at }).where('id', '=', event.subjectId).execute();
      return;
    case 'v1.package.disposed':
      await disposePackage(tx, event, { actor, created_at });
      return;
    case 'v1.object.removed':
      await removeObject(tx, event.subjectId, created_at);
      return;
    case 'v1.content.damaged':
      await markContent(tx, event, created_at);
      return;
    case 'v1.content.healed':
      await markContent(tx, event, null);
      return;
    case 'v1.storage.verified':
    case 'v1.package.imported':
    case 'v1.retention.default_applied':
    case 'v1.store.migrated':
    case 'v1.store.recipients_changed':
      // Only for the audit log.
      return;
    default:
      event satisfies never;
  }
}

async function addPackage(
  tx: WriteTransaction,
  id: string,
  {
    packs,
    manifest_key,
    manifest_base,
    manifest_stored: _,
    manifest_digest,
    content_digest,
    ...about
  }: FinalizedPayload,
  { sequence, created_at: finalized_at }: { sequence: number; created_at: string },
): Promise<void> {
  const digest = parseContentAddress(manifest_digest);
  await tx
    .insertInto('packages')
    .values({
      ...about,
      id,
      finalized_at,
      position: sequence,
      expired_at: null,
      manifest_digest: digest,
      manifest_key: manifest_key ?? manifestKey(digest),
      manifest_base: manifest_base === undefined ? null : parseContentAddress(manifest_base),
      content_digest: parseContentAddress(content_digest),
      needs_known: packs === undefined ? 0 : 1,
    })
    .execute();
  if (packs === undefined || packs.length === 0) return;
  const ids = await packIds(
    tx,
    packs.map(([key]) => key),
  );
  const rows = packs.map(([key, bytes]) => ({ package_id: id, pack_id: ids.get(key), bytes }));
  const known = rows.filter((row): row is typeof row & { pack_id: number } => row.pack_id !== undefined);
  for (const part of partsOf(known)) await tx.insertInto('package_packs').values(part).execute();
}

async function disposePackage(
  tx: WriteTransaction,
  { subjectId: id, payload }: Extract<EventDraft, { type: 'v1.package.disposed' }>,
  { actor, created_at }: { actor: string; created_at: string },
): Promise<void> {
  const needs = await tx
    .selectFrom('packages')
    .select(['manifest_key', 'manifest_base', 'needs_known'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (needs === undefined) {
    throw new ArchiveError(
      'INTEGRITY',
      `The log disposes of package "${id}", which it does not contain; the event was forged, or written by a faulty version.`,
      undefined,
      { packageId: id },
    );
  }
  await tx.deleteFrom('packages').where('id', '=', id).execute();
  await tx.deleteFrom('package_packs').where('package_id', '=', id).execute();
  await tx
    .insertInto('tombstones')
    .values({
      ...payload,
      id,
      manifest_digest: parseContentAddress(payload.manifest_digest),
      ...needs,
      content_digest: parseContentAddress(payload.content_digest),
      disposed_at: created_at,
      disposed_by: actor,
    })
    .execute();
}

/** Packages that needed the pack now need the packs to which its contents were copied. */
async function retirePack(
  tx: WriteTransaction,
  key: string,
  movedTo: readonly string[],
  retired_at: string,
): Promise<void> {
  const ids = await packIds(tx, [key, ...movedTo]);
  const id = ids.get(key);
  if (id === undefined) return;
  ids.delete(key);
  await tx.updateTable('packs').set({ retired_at }).where('id', '=', id).execute();
  await shareNeeds(tx, [id], [...ids.values()]);
  await tx.deleteFrom('package_packs').where('pack_id', '=', id).execute();
}

async function removeObject(tx: WriteTransaction, storage_key: string, removed_at: string): Promise<void> {
  await tx
    .insertInto('removed_objects')
    .values({ storage_key, removed_at })
    .onConflict((conflict) => conflict.column('storage_key').doNothing())
    .execute();
  const id = (await packIds(tx, [storage_key])).get(storage_key);
  if (id === undefined) return;
  for (const table of ['contents', 'lists', 'package_packs'] as const) {
    await tx.deleteFrom(table).where('pack_id', '=', id).execute();
  }
  await tx.deleteFrom('packs').where('id', '=', id).execute();
}

async function markPack(tx: WriteTransaction, storage_key: string, damaged_at: string | null): Promise<void> {
  const id = (await packIds(tx, [storage_key])).get(storage_key);
  if (id === undefined) return;
  await tx.updateTable('packs').set({ damaged_at }).where('id', '=', id).execute();
  if (damaged_at !== null) await shareDamaged(tx, id);
}

async function markContent(
  tx: WriteTransaction,
  { subjectId, payload: { storage_key } }: ContentEvent<string>,
  damaged_at: string | null,
): Promise<void> {
  const id = (await packIds(tx, [storage_key])).get(storage_key);
  if (id === undefined) return;
  const digest = parseContentAddress(subjectId);
  await tx.updateTable('contents').set({ damaged_at }).where('digest', '=', digest).where('pack_id', '=', id).execute();
  await tx.updateTable('lists').set({ damaged_at }).where('digest', '=', digest).where('pack_id', '=', id).execute();
  if (damaged_at !== null) await shareDamaged(tx, id);
}
