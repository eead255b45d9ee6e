import type { WriteTransaction } from '../database/database.ts';
import { decodeCbor } from '../encoding/cbor.ts';
import { labelId } from '../labels.ts';
import type { LabelPayload } from '../log/model.ts';
import { readEvents } from './events.ts';

/** The tables of labels and notes. */

export async function addLabel(
  tx: WriteTransaction,
  package_id: string,
  { label, subject }: LabelPayload,
  set: { actor: string; set_at: string },
): Promise<void> {
  await tx
    .insertInto('labels')
    .values({ id: labelId(subject, label), subject, label, package_id, ...set })
    .execute();
}

export async function removeLabel(tx: WriteTransaction, { label, subject }: LabelPayload): Promise<void> {
  await tx.deleteFrom('labels').where('id', '=', labelId(subject, label)).execute();
}

/** Undefined leaves the note unchanged. */
export async function setNote(
  tx: WriteTransaction,
  package_id: string,
  note: string | undefined,
  by: { actor: string; amended_at: string | null },
): Promise<void> {
  if (note === undefined) return;
  await tx.deleteFrom('notes').where('package_id', '=', package_id).execute();
  await tx
    .insertInto('notes')
    .values({ package_id, note, ...by })
    .execute();
}

/** The note in a package's event. Not checked otherwise, since the manifest contains it. */
export function noteIn(payload: unknown): string | undefined {
  const note = (payload as { metadata?: { note?: unknown } } | null)?.metadata?.note;
  return typeof note === 'string' ? note : undefined;
}

/** Fills a new table of notes from the events applied so far. */
export async function noteAll(tx: WriteTransaction): Promise<void> {
  for await (const { event_type, subject_id, actor, payload } of readEvents(tx, 0)) {
    if (event_type !== 'v1.package.created') continue;
    await setNote(tx, subject_id, noteIn(decodeCbor(payload)), { actor, amended_at: null });
  }
}
