import type { ReadConnection } from './database/database.ts';
import type { LabelTable } from './database/schema.ts';

/** A name that people gave to a package; each is of one package of its subject. */
export interface Label {
  label: string;
  subject: string;
  packageId: string;
  /** Who set it. */
  actor: string;
  /** RFC 3339, UTC. */
  setAt: string;
}

/** The label of a subject, wherever its package is now. */
export async function findLabel(db: ReadConnection, subject: string, label: string): Promise<Label | undefined> {
  const row = await db.selectFrom('labels').selectAll().where('id', '=', labelId(subject, label)).executeTakeFirst();
  return row && toLabel(row);
}

/** A label has no space. */
function labelId(subject: string, label: string): string {
  return `${label} ${subject}`;
}

function toLabel({ label, subject, package_id, actor, set_at }: LabelTable): Label {
  return { label, subject, packageId: package_id, actor, setAt: set_at };
}
