import { NAME_KEYS } from './slug.ts';

/** Keys that describe an infospace to people and other tools; this software ignores them. */
const ABOUT_KEYS = [
  'title',
  'description',
  'version',
  'language',
  'license',
  'authors',
  'maintainers',
  'keywords',
  'homepage',
  'created',
  'updated',
  'workflows',
  'entry',
];

/** Prefix of keys for other tools. */
const OWN_PREFIX = 'x-';

/** All keys of an `infospace.yaml`, also used by its JSON Schema. */
export const INFOSPACE_KEYS: readonly string[] = [...NAME_KEYS, ...ABOUT_KEYS];

/** A warning about unknown keys, which may be mistyped. */
export function unknownKeys(keys: readonly string[], file: string): string[] {
  const unknown = keys.filter((key) => !INFOSPACE_KEYS.includes(key) && !key.startsWith(OWN_PREFIX));
  if (unknown.length === 0) return [];
  const named = unknown.map((key) => JSON.stringify(key)).join(', ');
  return [`${file} has unknown keys: ${named}; correct them, or begin their names with "${OWN_PREFIX}".`];
}
