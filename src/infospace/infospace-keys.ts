import { INFOSPACE_FILE } from './contract.ts';
import { NAME_KEYS } from './slug.ts';

/** Keys that tell people and other tools what an infospace is; nothing here depends on them. */
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

/** Begins the names of keys that somebody else has a use for. */
const OWN_PREFIX = 'x-';

/** All keys of an `infospace.yaml`, as its JSON Schema has them too. */
export const INFOSPACE_KEYS: readonly string[] = [...NAME_KEYS, ...ABOUT_KEYS];

/** A warning, where keys are not known: they may be mistyped. */
export function unknownKeys(keys: readonly string[], file: string): string[] {
  const unknown = keys.filter((key) => !INFOSPACE_KEYS.includes(key) && !key.startsWith(OWN_PREFIX));
  if (unknown.length === 0) return [];
  const named = unknown.map((key) => JSON.stringify(key)).join(', ');
  return [
    `${file} has keys that no ${INFOSPACE_FILE} has: ${named}; correct them, or begin their names with "${OWN_PREFIX}".`,
  ];
}
