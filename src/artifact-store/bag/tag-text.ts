import { isUtf8 } from 'node:buffer';
import { ArchiveError } from '../errors.ts';
import { type BagSource, damagedBag } from './bag-source.ts';
import { BAG_INFO_TXT, BAGIT_TXT, decodeBagPath, PACKAGE_INFO_TXT } from './layout.ts';
import { MAX_INFO_FIELDS, MAX_LINE_BYTES } from './limits.ts';

const LF = 0x0a;
const CR = 0x0d;
const BOM = Buffer.of(0xef, 0xbb, 0xbf);

/** Labels and values of a `bag-info.txt` in order; a label may occur several times. */
export type BagInfo = readonly (readonly [label: string, value: string])[];

/** The content of `bagit.txt`. */
export interface Declaration {
  /** Whether its version is before 1.0 (RFC 8493), which is stricter about manifests. */
  isDraft: boolean;
  /** The encoding of tag files, as the bag names it. */
  encoding: string;
  /** The name of the file that describes the bag. */
  infoName: string;
}

/**
 * Reads `bagit.txt`.
 *
 * @throws ArchiveError `INTEGRITY` for a declaration that the standard forbids (RFC 8493, 2.1.1); `FORMAT_UNSUPPORTED` for
 * a version other than 0.93 to 1.0, or an unknown encoding.
 */
export function readDeclaration(source: BagSource, bytes: Buffer): Declaration {
  if (bytes.subarray(0, BOM.length).equals(BOM)) {
    throw damagedBag(source, 'has a byte order mark in "bagit.txt", which BagIt forbids');
  }
  const text = textOf(source, BAGIT_TXT, bytes, 'UTF-8');
  const fields = parseFields(source, BAGIT_TXT, text);
  const version = infoOf(fields, 'BagIt-Version')?.trimEnd() ?? '';
  const encoding = infoOf(fields, 'Tag-File-Character-Encoding')?.trimEnd();
  // Drafts do not say where spaces may be.
  if (version === '1.0' && !/^BagIt-Version: \S.*^Tag-File-Character-Encoding: \S/ims.test(text)) {
    throw damagedBag(source, 'has a "bagit.txt" that is not in the form of BagIt 1.0: other spaces, or another order');
  }
  if (/^(?:0\.9[3-7]|1\.0)$/.test(version) && encoding !== undefined && isKnown(encoding)) {
    return { isDraft: version !== '1.0', encoding, infoName: version < '0.96' ? PACKAGE_INFO_TXT : BAG_INFO_TXT };
  }
  throw new ArchiveError(
    'FORMAT_UNSUPPORTED',
    `The "bagit.txt" of ${source.path} declares no version from 0.93 to 1.0 or no known encoding; rebuild the bag as BagIt 1.0.`,
    undefined,
    { path: source.path },
  );
}

function isKnown(encoding: string): boolean {
  try {
    return new TextDecoder(encoding).encoding !== '';
  } catch {
    return false;
  }
}

/** The text of a tag file. @throws ArchiveError `INTEGRITY` when it is not valid in the encoding. */
export function textOf(source: BagSource, path: string, bytes: Uint8Array, encoding: string): string {
  try {
    return new TextDecoder(isBigEndian(encoding, bytes) ? 'utf-16be' : encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw damagedBag(source, `has a "${path}" that is not ${encoding}`, error);
  }
}

/** Detects the byte order of UTF-16, which TextDecoder does not do (RFC 2781, 3.2). */
function isBigEndian(encoding: string, bytes: Uint8Array): boolean {
  return /^utf-?16$/i.test(encoding) && bytes[0] === 0xfe && bytes[1] === 0xff;
}

/** A manifest in UTF-8. Most bags already use it, so their bytes are returned unchanged. */
export function inUtf8(source: BagSource, name: string, bytes: Buffer, encoding: string): Buffer {
  return /^utf-?8$/i.test(encoding) ? bytes : Buffer.from(textOf(source, name, bytes, encoding));
}

/** A line of a manifest (RFC 8493, 2.1.3). */
export interface SumLine {
  /** In lower-case hexadecimal. */
  sum: string;
  /** As written in the manifest. */
  path: string;
}

/**
 * The lines of a manifest one by one, since all lines as strings would take several times the memory of the bytes.
 *
 * @throws ArchiveError `INTEGRITY` when the manifest is not UTF-8 or a line is not a digest and a path.
 */
export function* sumLines(source: BagSource, name: string, bytes: Buffer): Generator<SumLine> {
  if (!isUtf8(bytes)) throw damagedBag(source, `has a "${name}" that is not UTF-8`);
  for (let at = bytes.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0; at < bytes.length; ) {
    const end = endOfLine(bytes, at);
    if (end - at > MAX_LINE_BYTES)
      throw damagedBag(source, `has a line in "${name}" of more than ${MAX_LINE_BYTES} bytes`);
    const line = bytes.toString('utf8', at, end);
    at = end + 1;
    // Older software writes comments.
    if (/^[ \t]*(?:#|$)/.test(line)) continue;
    // With the flag s, since a name may contain other line ends of JavaScript.
    const [, sum, path] = /^[ \t]*([0-9a-f]+)[ \t]+\*?(.+)$/is.exec(line) ?? [];
    if (sum === undefined || path === undefined)
      throw damagedBag(source, `has a line in "${name}" that is not a digest and a path`);
    yield { sum: sum.toLowerCase(), path };
  }
}

function endOfLine(bytes: Buffer, start: number): number {
  let end = start;
  while (end < bytes.length && bytes[end] !== LF && bytes[end] !== CR) end++;
  return end;
}

/**
 * Finds a file by its path in a manifest: encoded as in the standard or, by older software, not encoded, or with spaces at
 * the end of the line. Removes `.` and empty names from the path, and leaves `..`, which no file has.
 *
 * @param find looks up a decoded path.
 */
export function findListed<T>(find: (path: string) => T | undefined, listed: string): T | undefined {
  const path = listed.replace(/(?<=^|\/)\.\/|(?<=\/)\/+/g, '');
  return find(decodeBagPath(path)) ?? find(path) ?? find(path.trimEnd());
}

/** Parses a file of labels and values. Lines that begin with a space continue the value before (RFC 8493, 2.2.2). */
export function parseFields(source: BagSource, name: string, text: string): BagInfo {
  const fields: [string, string][] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    const last = fields.at(-1);
    if (last && /^[ \t]/.test(line)) {
      last[1] += `\n${line.trim()}`;
      continue;
    }
    if (line.trim() === '') continue;
    const [, label, value] = /^([^:]+):[ \t]*(.*)$/s.exec(line) ?? [];
    if (label === undefined) throw damagedBag(source, `has a line in "${name}" without a label and a colon`);
    if (fields.length === MAX_INFO_FIELDS) {
      throw damagedBag(source, `has a "${name}" of more than ${MAX_INFO_FIELDS} fields`);
    }
    fields.push([label.trim(), value!]);
  }
  return fields;
}

/** The first value of a label, ignoring case. */
export function infoOf(info: BagInfo, label: string): string | undefined {
  return info.find(([name]) => name.toLowerCase() === label.toLowerCase())?.[1];
}
