import { ArchiveError } from '../errors.ts';
import { type BagSource, damagedBag } from './bag-source.ts';
import { decodeBagPath } from './layout.ts';

/** Labels and values of a `bag-info.txt` in their order; a label may come several times. */
export type BagInfo = readonly (readonly [label: string, value: string])[];

/** The text of a tag file. @throws ArchiveError `INTEGRITY` when it is not UTF-8. */
export function textOf(source: BagSource, path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw damagedBag(source, `has a "${path}" that is not UTF-8`, error);
  }
}

/** @throws ArchiveError `FORMAT_UNSUPPORTED` unless it is a bag of version 0.93 to 1.0 in UTF-8 (RFC 8493, 2.1.1). */
export function checkDeclaration(source: BagSource, text: string): void {
  const version = /^BagIt-Version: (?:0\.9[3-7]|1\.0)\s*$/m.test(text);
  if (version && /^Tag-File-Character-Encoding: UTF-8\s*$/im.test(text)) return;
  throw new ArchiveError(
    'FORMAT_UNSUPPORTED',
    `The "bagit.txt" of ${source.path} declares neither version 0.93 to 1.0 nor UTF-8; make the bag anew as BagIt 1.0.`,
  );
}

/**
 * Digests in lower-case hexadecimal by path, as a manifest lists them (RFC 8493, 2.1.3).
 *
 * @throws ArchiveError `INTEGRITY` for a line that is none, or a path that comes twice.
 */
export function parseSums(source: BagSource, name: string, text: string): Map<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line === '') continue;
    const [, sum, path] = /^([0-9a-f]+)[ \t]+\*?(.+)$/i.exec(line) ?? [];
    if (sum === undefined || path === undefined)
      throw damagedBag(source, `has a line in "${name}" that is no digest and path`);
    if (sums.has(path)) throw damagedBag(source, `lists ${JSON.stringify(path)} twice in "${name}"`);
    sums.set(path, sum.toLowerCase());
  }
  return sums;
}

/** What a manifest calls a file: encoded as the standard says or, by older software, as it is. */
export function findListed<T>(files: ReadonlyMap<string, T>, listed: string): T | undefined {
  const path = listed.replace(/^\.\//, '');
  return files.get(decodeBagPath(path)) ?? files.get(path);
}

/** Lines that begin with a space go on with the value before (RFC 8493, 2.2.2). */
export function parseBagInfo(text: string): BagInfo {
  const fields: [string, string][] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    const [, label, value] = /^([^\s:][^:]*):[ \t]*(.*)$/.exec(line) ?? [];
    const last = fields.at(-1);
    if (label !== undefined) fields.push([label.trimEnd(), value!]);
    else if (last && /^[ \t]/.test(line)) last[1] += `\n${line.trim()}`;
  }
  return fields;
}

/** The first value of a label, whatever its case. */
export function infoOf(info: BagInfo, label: string): string | undefined {
  return info.find(([name]) => name.toLowerCase() === label.toLowerCase())?.[1];
}
