/**
 * The valid form of each field from outside: in the index of a pull request, a manifest in a bag or a store, an answer of the artifact
 * service, an input. Each is defined once; outputs of the Action are checked against the same definitions.
 */

/** Limit for a producer, a subject, an actor, or a key of metadata or provenance. */
export const MAX_NAME_BYTES = 1024;

export const UUID_CHARACTERS = 36;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** RFC 9562, 5.7. */
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const DIGEST = /^[0-9a-f]{64}$/;
const CONTENT_ADDRESS = /^blake3:[0-9a-f]{64}$/;
/** RFC 3339, 5.6, without leap seconds. */
const TIME = /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
/** The time format of this software, which sorts as text. */
const STORED_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const CLASS_NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** A UUID in lower case. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

/** A UUIDv7 in lower case, as packages and holds have. */
export function isPackageId(value: unknown): value is string {
  return typeof value === 'string' && UUID_V7.test(value);
}

/** BLAKE3-256 or SHA-256 in hexadecimal. */
export function isDigest(value: unknown): value is string {
  return typeof value === 'string' && DIGEST.test(value);
}

export function isContentAddress(value: unknown): value is `blake3:${string}` {
  return typeof value === 'string' && CONTENT_ADDRESS.test(value);
}

/** A time of RFC 3339 on an existing day. */
export function isTime(value: unknown): value is string {
  const [, day] = typeof value === 'string' ? (TIME.exec(value) ?? []) : [];
  return day !== undefined && isDay(day);
}

/** A time in UTC with milliseconds. */
export function isStoredTime(value: unknown): value is string {
  return isTime(value) && STORED_TIME.test(value);
}

export function isDay(text: string): boolean {
  if (!DAY.test(text)) return false;
  const time = new Date(text);
  // JavaScript reads the 30th of February as a day in March.
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text);
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function isClassName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_NAME_BYTES && CLASS_NAME.test(value);
}

/** Text in one line, without invisible characters. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && /^\P{C}+$/u.test(value) && Buffer.byteLength(value) <= MAX_NAME_BYTES;
}
