import { ArchiveError } from '../errors.ts';

/** No name starts with a dot, which rules out `..`; no key starts with a slash or a drive letter. */
const KEY = /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/;

export function isKey(text: string): boolean {
  return KEY.test(text);
}

/**
 * Checks a key. Keys also come from events in storage, which others may forge: such a key must not lead out of the store.
 *
 * @throws ArchiveError `INTEGRITY` for an invalid key.
 */
export function requireKey(key: string): string {
  if (isKey(key)) return key;
  throw new ArchiveError(
    'INTEGRITY',
    `${JSON.stringify(key)} is not the key of a stored object; the event or index naming it was forged or damaged.`,
    undefined,
    { key },
  );
}
