import type { ReadConnection } from './database/database.ts';
import type { LabelTable, NoteTable } from './database/schema.ts';
import { ArchiveError } from './errors.ts';
import type { EventDraft } from './log/model.ts';
import { isLabel } from './package-names.ts';
import type { PackageSummary } from './package-summary.ts';
import { shownSubject } from './sealed-text.ts';

/** A name that people gave to a package; unique within its subject. */
export interface Label {
  label: string;
  subject: string;
  packageId: string;
  /** Who set it. */
  actor: string;
  /** RFC 3339, UTC. */
  setAt: string;
}

/** A note on a package. */
export interface Note {
  packageId: string;
  note: string;
  /** Who wrote it. */
  actor: string;
  /** RFC 3339, UTC; null for the original note. */
  amendedAt: string | null;
}

/** The label of a subject, with the package that has it now. */
export async function findLabel(db: ReadConnection, subject: string, label: string): Promise<Label | undefined> {
  const row = await db.selectFrom('labels').selectAll().where('id', '=', labelId(subject, label)).executeTakeFirst();
  return row && toLabel(row);
}

/** The labels of one subject or all, sorted by subject and label. */
export async function listLabels(db: ReadConnection, subject?: string): Promise<Label[]> {
  const query = db.selectFrom('labels').selectAll().orderBy('subject').orderBy('label');
  return (await (subject === undefined ? query : query.where('subject', '=', subject)).execute()).map(toLabel);
}

/** A label contains no space. */
export function labelId(subject: string, label: string): string {
  return `${label} ${subject}`;
}

function toLabel({ label, subject, package_id, actor, set_at }: LabelTable): Label {
  return { label, subject, packageId: package_id, actor, setAt: set_at };
}

/**
 * The events of a new label; none when the package has it already.
 * @throws ArchiveError `USAGE` for an invalid label; `STATE_CONFLICT` when another package has it.
 */
export function labelAdded({ id, subject }: PackageSummary, label: string, current: Label | undefined): EventDraft[] {
  checkLabel(label);
  if (current === undefined) return [labelEvent('v1.label.set', id, { label, subject, reason: null })];
  if (current.packageId === id) return [];
  throw new ArchiveError(
    'STATE_CONFLICT',
    `The label "${label}" of "${shownSubject(subject)}" is on package "${current.packageId}"; move it with "label move" and a reason.`,
    undefined,
    { packageId: current.packageId },
  );
}

/**
 * The events of moving a label from one package to another; none when the package has it already.
 * @throws ArchiveError `USAGE` without a reason; `NOT_FOUND` for a label that does not exist.
 */
export function labelMoved(
  { id, subject }: PackageSummary,
  label: string,
  current: Label | undefined,
  reason: string,
): EventDraft[] {
  if (reason.trim() === '') throw new ArchiveError('USAGE', 'A reason is needed for the audit log; give one.');
  if (current === undefined) throw noLabel(subject, label);
  return current.packageId === id ? [] : [labelEvent('v1.label.set', id, { label, subject, reason })];
}

/** @throws ArchiveError `NOT_FOUND` for a label that does not exist. */
export function labelRemoved(
  subject: string,
  label: string,
  current: Label | undefined,
  reason: string | undefined,
): EventDraft[] {
  if (current === undefined) throw noLabel(subject, label);
  return [labelEvent('v1.label.removed', current.packageId, { label, subject, reason: reason ?? null })];
}

function labelEvent(
  type: 'v1.label.set' | 'v1.label.removed',
  subjectId: string,
  payload: { label: string; subject: string; reason: string | null },
): EventDraft {
  return { type, subjectKind: 'package', subjectId, payload };
}

/** @throws ArchiveError `USAGE`. */
function checkLabel(label: string): void {
  if (isLabel(label)) return;
  throw new ArchiveError(
    'USAGE',
    `"${label}" is not a valid label; use up to 100 letters, digits and ._/-, beginning with a letter or digit, that do not look like an id, a digest or "latest".`,
  );
}

function noLabel(subject: string, label: string): ArchiveError {
  return new ArchiveError(
    'NOT_FOUND',
    `There is no label "${label}" of "${shownSubject(subject)}"; "label list" shows the labels.`,
  );
}

/** Notes of one package or all. */
export async function listNotes(db: ReadConnection, packageId?: string): Promise<Note[]> {
  const query = db.selectFrom('notes').selectAll().orderBy('package_id');
  return (await (packageId === undefined ? query : query.where('package_id', '=', packageId)).execute()).map(toNote);
}

function toNote({ package_id, note, actor, amended_at }: NoteTable): Note {
  return { packageId: package_id, note, actor, amendedAt: amended_at };
}

/** The events of an amended note; none when it is the same. */
export function noteAmended(packageId: string, note: string, current: Note | undefined): EventDraft[] {
  if (note === current?.note) return [];
  return [{ type: 'v1.note.amended', subjectKind: 'package', subjectId: packageId, payload: { note } }];
}
