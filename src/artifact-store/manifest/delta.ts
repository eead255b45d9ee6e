import { encodeCbor } from '../encoding/cbor.ts';
import { CborReader, LIST } from '../encoding/cbor-reader.ts';
import { listHead } from '../encoding/cbor-writer.ts';
import { malformed } from '../encoding/shape.ts';
import { compareUtf8 } from '../encoding/utf8.ts';
import { DIGEST_BYTES } from '../identity/digest.ts';
import { BEFORE_FILES } from './codec.ts';
import { type EncodedManifest, entryAt, isSameAt, locateEntries, pathAt } from './encoded.ts';

/** A stored manifest. */
export interface Layered {
  digest: Uint8Array;
  /** Digests of its bases: one in full, then deltas that each build on all previous ones. */
  bases: readonly Uint8Array[];
  /** Canonical, in full. */
  cbor: Buffer;
}

/** Consecutive entries in some encoded manifest. */
interface Run extends EncodedManifest {
  /** Index of its first entry there. */
  first: number;
  count: number;
}

/** A manifest stored as a delta. */
export interface Delta {
  bases: Uint8Array[];
  /** In manifest order: new entries, and ranges of the last base between them. */
  files: (Run | Range)[];
  /** The bytes after the entries. */
  rest: Buffer;
}

/** Entries of the last base. */
export type Range = [first: number, count: number];

/** Each base is one more object to read and to depend on. */
export const MAX_BASES = 31;
/** Above this share of new entries a manifest is stored in full. */
export const MAX_NEW_SHARE = 0.5;

/** The bytes before the list of bases: `bases` sorts before the keys of a manifest. */
const BEFORE_BASES = Buffer.concat([Buffer.of(0xa6), encodeCbor('bases')]);
const FILES = encodeCbor('files');

/**
 * Encodes a manifest as its difference from the previous one: the two digests per file do not compress, so repeating all of them would take
 * more than the files that change between two milestones.
 * @returns undefined where storing it in full is better.
 */
export function encodeDelta(manifest: EncodedManifest, before: Layered & EncodedManifest): Buffer | undefined {
  if (before.bases.length === MAX_BASES) return undefined;
  const files = changedEntries(manifest, before);
  return files && writeDelta(manifest, [...before.bases, before.digest], files);
}

/**
 * Locates the entries of the manifest before another one, which has mostly the same.
 * @throws ArchiveError `INTEGRITY` when it is invalid.
 */
export function locateBefore({ cbor, bounds }: EncodedManifest, before: Buffer): EncodedManifest {
  const entriesEnd = bounds[bounds.length - 1]!;
  const areSame = cbor.subarray(0, entriesEnd).equals(before.subarray(0, entriesEnd));
  return areSame ? { cbor: before, bounds } : locateEntries(before, 'The manifest before');
}

/** @param files encoded entries of the manifest, and which ones of the last base come between them. */
export function writeDelta(
  { cbor, bounds }: EncodedManifest,
  bases: readonly Uint8Array[],
  files: readonly (Uint8Array | Range)[],
): Buffer {
  return Buffer.concat([
    BEFORE_BASES,
    encodeCbor([...bases]),
    FILES,
    listHead(files.length),
    ...files.map((item) => (Array.isArray(item) ? encodeCbor(item) : item)),
    cbor.subarray(bounds[bounds.length - 1]),
  ]);
}

/** New entries, and the ranges of previous ones between them; undefined for too many new ones. */
function changedEntries(manifest: EncodedManifest, before: EncodedManifest): (Uint8Array | Range)[] | undefined {
  const count = manifest.bounds.length - 1;
  if (manifest.bounds === before.bounds && count > 0) return [[0, count]];
  const files: (Uint8Array | Range)[] = [];
  let range: Range | undefined;
  let added = 0;
  let at = 0;
  for (let i = 0; i < count; i++) {
    // Most entries are unchanged, and their paths need not be compared.
    if (!isSameAt(manifest, i, before, at)) at = skipBelow(pathAt(manifest, i), before, at);
    if (!isSameAt(manifest, i, before, at)) {
      files.push(entryAt(manifest, i));
      range = undefined;
      added++;
      continue;
    }
    if (range && range[0] + range[1] === at) range[1]++;
    else {
      range = [at, 1];
      files.push(range);
    }
    at++;
  }
  return added > MAX_NEW_SHARE * count ? undefined : files;
}

/** The first entry from `at` on whose path does not sort before this one. */
function skipBelow(path: string, manifest: EncodedManifest, at: number): number {
  const end = manifest.bounds.length - 1;
  while (at < end && compareUtf8(pathAt(manifest, at), path) < 0) at++;
  return at;
}

/** Whether a stored manifest builds on others. */
export function isDelta(stored: Buffer): boolean {
  return stored.subarray(0, BEFORE_BASES.byteLength).equals(BEFORE_BASES);
}

/** @throws ArchiveError `INTEGRITY` for what {@link encodeDelta} does not write. */
export function decodeDelta(cbor: Buffer, where: string): Delta {
  const reader = new CborReader(cbor);
  if (!reader.takes(BEFORE_BASES)) throw malformed(where, 'expected "bases" and five other keys');
  const bases = readBases(reader, where);
  if (!reader.takes(FILES)) throw malformed(where, 'expected "files" behind "bases"');
  const files: Delta['files'] = [];
  let added: (Run & { bounds: number[] }) | undefined;
  for (let left = reader.list(); left > 0; left--) {
    if (reader.major === LIST) {
      files.push(readRange(reader, where));
      added = undefined;
      continue;
    }
    if (added === undefined) {
      added = { cbor, bounds: [reader.at], first: 0, count: 0 };
      files.push(added);
    }
    reader.skip();
    added.bounds.push(reader.at);
    added.count++;
  }
  return { bases, files, rest: cbor.subarray(reader.at) };
}

function readBases(reader: CborReader, where: string): Uint8Array[] {
  const count = reader.list();
  const bases: Uint8Array[] = [];
  while (bases.length < Math.min(count, MAX_BASES)) bases.push(reader.bytes());
  if (bases.length === count && count > 0 && bases.every(({ byteLength }) => byteLength === DIGEST_BYTES)) return bases;
  throw malformed(where, `expected 1 to ${MAX_BASES} digests of bases`);
}

function readRange(reader: CborReader, where: string): Range {
  if (reader.list() !== 2) throw malformed(where, 'expected two numbers');
  return [reader.count(), reader.count()];
}

/**
 * The manifest that results from one in full and the deltas on it, each on all previous ones; the caller must check its digest. No entry is
 * used twice, so a forged delta cannot expand.
 * @throws ArchiveError `INTEGRITY`.
 */
export function applyDeltas(full: EncodedManifest, deltas: readonly Delta[], where: string): Buffer {
  const { cbor, bounds } = full;
  let runs: Run[] = [{ cbor, bounds, first: 0, count: bounds.length - 1 }];
  for (const { files } of deltas) runs = applyDelta(runs, files, where);
  return Buffer.concat([
    BEFORE_FILES,
    listHead(runs.reduce((sum, { count }) => sum + count, 0)),
    ...runs.map(({ cbor, bounds, first, count }) => cbor.subarray(bounds[first], bounds[first + count])),
    deltas.at(-1)!.rest,
  ]);
}

function applyDelta(known: readonly Run[], files: Delta['files'], where: string): Run[] {
  const runs: Run[] = [];
  let next = 0;
  /** The known run containing the current position, and the index of its first entry. */
  let at = 0;
  let start = 0;
  for (const item of files) {
    if (!Array.isArray(item)) {
      runs.push(item);
      continue;
    }
    let [first, left] = item;
    if (first < next) throw malformed(where, 'a range of entries is out of order');
    next = first + left;
    while (left > 0) {
      const run = known[at];
      if (run === undefined) throw malformed(where, 'a range of entries is not in its base');
      const skipped = first - start;
      if (skipped >= run.count) {
        start += run.count;
        at++;
        continue;
      }
      const count = Math.min(left, run.count - skipped);
      runs.push({ ...run, first: run.first + skipped, count });
      first += count;
      left -= count;
    }
  }
  return runs;
}
