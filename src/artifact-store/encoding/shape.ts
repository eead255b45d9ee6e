import { ArchiveError } from '../errors.ts';
import { isCount } from '../outside-fields.ts';

/** Readers for decoded data of unknown shape. Their errors name the place that could not be read. */

export function malformed(where: string, expected: string): ArchiveError {
  return new ArchiveError('INTEGRITY', `${where} is malformed: ${expected}; it is damaged or was forged.`);
}

/** Reads a map that must have all required keys, and may have the optional ones but no others. */
export function readMap<K extends string>(
  value: unknown,
  where: string,
  required: readonly K[],
  optional: readonly K[] = [],
): Record<K, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw malformed(where, 'expected a map');
  }
  const map = value as Record<string, unknown>;
  for (const key of required) if (!Object.hasOwn(map, key)) throw malformed(where, `"${key}" is missing`);
  for (const key of Object.keys(map)) {
    if (!required.includes(key as K) && !optional.includes(key as K)) throw malformed(where, `unknown key "${key}"`);
  }
  return map as Record<K, unknown>;
}

export function readTextMap(value: unknown, where: string): Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw malformed(where, 'expected a map');
  }
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, readText(text, `${where}.${key}`)]));
}

export function readText(value: unknown, where: string): string {
  if (typeof value !== 'string' || !value.isWellFormed()) throw malformed(where, 'expected text');
  return value;
}

/** Reads a non-negative safe integer. */
export function readCount(value: unknown, where: string): number {
  if (!isCount(value)) throw malformed(where, 'expected a non-negative integer');
  return value;
}

export function readBytes(value: unknown, where: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw malformed(where, 'expected bytes');
  return value;
}

export function readList(value: unknown, where: string): unknown[] {
  if (!Array.isArray(value)) throw malformed(where, 'expected a list');
  return value;
}
