import { isUuid } from './outside-fields.ts';
import type { PackageSummary } from './package-summary.ts';

/** What a name may match: an id or a digest. */
export interface NamedParts {
  /** The first characters of an id, or all of it. */
  idPrefix: string | undefined;
  /** The last eight characters of an id, or more. */
  idSuffix: string | undefined;
  /** The first hexadecimal digits of a digest, or all of it. */
  digestPrefix: string | undefined;
}

const ID_FORM = 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx';
/** Number of id characters in lists, from its end. The first characters only encode the time, and are equal within a minute. */
export const SHORT_ID_CHARACTERS = 8;
const MIN_PREFIX_CHARACTERS = 4;
const MIN_DIGEST_CHARACTERS = 8;

/** What a text may match; undefined when it has neither form. */
export function namedParts(text: string): NamedParts | undefined {
  const lower = text.toLowerCase();
  const isPrefix = lower.length >= MIN_PREFIX_CHARACTERS && fits(lower, ID_FORM.slice(0, lower.length));
  const isSuffix = lower.length >= SHORT_ID_CHARACTERS && fits(lower, ID_FORM.slice(-lower.length));
  const [, scheme, digits] = /^(blake3:)?([0-9a-f]{1,64})$/.exec(lower) ?? [];
  const isDigest = digits !== undefined && (scheme !== undefined || digits.length >= MIN_DIGEST_CHARACTERS);
  if (!isPrefix && !isSuffix && !isDigest) return undefined;
  return {
    idPrefix: isPrefix ? lower : undefined,
    idSuffix: isSuffix ? lower : undefined,
    digestPrefix: isDigest && digits.length >= MIN_DIGEST_CHARACTERS ? digits : undefined,
  };
}

function fits(text: string, form: string): boolean {
  return text.length === form.length && [...text].every((char, i) => (form[i] === '-' ? char === '-' : isHex(char)));
}

function isHex(char: string): boolean {
  return /^[0-9a-f]$/.test(char);
}

export function isWholeId(text: string): boolean {
  return isUuid(text.toLowerCase());
}

/** Eight characters, which nearly always identify a package. */
export function shortId(id: string): string {
  return id.slice(-SHORT_ID_CHARACTERS);
}

/** Whether a text names this package, when there is only one to choose from. */
export function isNamedBy(text: string, { id, manifestDigest, contentDigest }: PackageSummary): boolean {
  const parts = namedParts(text);
  if (parts === undefined) return false;
  const { idPrefix, idSuffix, digestPrefix } = parts;
  return (
    (idPrefix !== undefined && id.startsWith(idPrefix)) ||
    (idSuffix !== undefined && id.endsWith(idSuffix)) ||
    (digestPrefix !== undefined &&
      [manifestDigest, contentDigest].some((digest) => digest.startsWith(`blake3:${digestPrefix}`)))
  );
}

const LABEL = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/;

/** Whether a text is a valid label: one in the form of an id, a digest or `latest` could not be found. */
export function isLabel(text: string): boolean {
  return LABEL.test(text) && namedParts(text) === undefined && !/^latest$/i.test(text);
}
