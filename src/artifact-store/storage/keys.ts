import { ArchiveError } from '../errors.ts';

/** Names without a dot at their start, so neither `..` nor what leads to the root of a disk. */
const KEY = /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/;

export function isKey(text: string): boolean {
  return KEY.test(text);
}

/**
 * Keys are read from storage too, which others may write to: one of a forged event must not lead out of it.
 *
 * @throws ArchiveError `INTEGRITY` for what no store makes up.
 */
export function requireKey(key: string): string {
  if (isKey(key)) return key;
  throw new ArchiveError(
    'INTEGRITY',
    `${JSON.stringify(key)} is not the key of a stored object; what names it was forged or damaged.`,
    undefined,
    { key },
  );
}
