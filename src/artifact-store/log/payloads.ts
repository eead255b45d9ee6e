import { malformed, readCount, readList, readMap, readText } from '../encoding/shape.ts';
import { isContentAddress } from '../outside-fields.ts';

/** Throws for a value of another type. */
type Check = (value: unknown, where: string) => unknown;

const time: Check = (value, where) => value === null || readText(value, where);
const address: Check = (value, where) => {
  if (!isContentAddress(readText(value, where))) throw malformed(where, 'expected a digest');
};
const texts: Check = (value, where) => readList(value, where).map((text) => readText(text, where));
const packBytes: Check = (value, where) => {
  for (const item of readList(value, where)) {
    const [key, bytes] = readList(item, where);
    readText(key, where);
    readCount(bytes, where);
  }
};

const ABOUT_PACKAGE: Record<string, Check> = {
  producer: readText,
  subject: readText,
  created_at: readText,
  retention_class: readText,
  expires_at: time,
  manifest_digest: address,
  content_digest: address,
  file_count: readCount,
  total_bytes: readCount,
};
const LABEL: Record<string, Check> = { label: readText, subject: readText };
const PLACE: Record<string, Check> = { storage_key: readText };

/** The fields that determine the state of a store; all others are only for the audit. */
const NEEDED = {
  'v1.package.created': {},
  'v1.retention.default_applied': {},
  'v1.package.finalized': ABOUT_PACKAGE,
  'v1.package.imported': {},
  'v1.package.expired': {},
  'v1.package.disposed': { ...ABOUT_PACKAGE, reason: readText },
  'v1.retention.extended': { expires_at: time },
  'v1.hold.applied': { hold_id: readText, reason: readText, until: time },
  'v1.hold.released': { hold_id: readText },
  'v1.label.set': LABEL,
  'v1.label.removed': LABEL,
  'v1.note.amended': { note: readText },
  'v1.content.damaged': PLACE,
  'v1.content.healed': PLACE,
  'v1.pack.sealed': { stored_bytes: readCount },
  'v1.pack.retired': { moved_to: texts },
  'v1.pack.damaged': {},
  'v1.pack.healed': {},
  'v1.object.removed': {},
  'v1.storage.verified': {},
  'v1.store.migrated': {},
  'v1.store.recipients_changed': { generation: readCount, recipients: texts, added: texts, removed: texts },
} satisfies Record<string, Record<string, Check>>;
/** Absent in events of formats 1 and 2, or for some packages. */
const OPTIONAL: Record<string, Check> = {
  packs: packBytes,
  manifest_key: readText,
  manifest_base: address,
  manifest_stored: address,
};

/** The parts of an event that matter for its payload. */
interface EventPayload {
  sequence: number;
  type: keyof typeof NEEDED;
  subjectId: string;
  payload: unknown;
}

/**
 * Checks the payload of an event, which may have been forged.
 * @throws ArchiveError `INTEGRITY` naming the event.
 */
export function checkPayload({ sequence, type, subjectId, payload }: EventPayload): void {
  const where = `The payload of event ${sequence}`;
  const map: Record<string, unknown> = readMap(payload, where, [], Object.keys(payload ?? {}));
  const optional = type === 'v1.package.finalized' ? OPTIONAL : {};
  const needed: Record<string, Check> = NEEDED[type];
  for (const [field, check] of Object.entries(needed)) check(map[field], `${where}, "${field}",`);
  for (const [field, check] of Object.entries(optional)) {
    if (Object.hasOwn(map, field)) check(map[field], `${where}, "${field}",`);
  }
  if (needed === PLACE) address(subjectId, `The subject of event ${sequence}`);
}
