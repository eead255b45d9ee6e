import { type CborValue, decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { malformed, readCount, readList, readMap } from '../encoding/shape.ts';
import { compareUtf8 } from '../encoding/utf8.ts';
import { DIGEST_BYTES } from '../identity/digest.ts';
import { AS_BYTES, projectEntry, projectManifest } from './codec.ts';
import { type FileEntry, type Manifest, sameEntry } from './model.ts';

/** A manifest as it is stored. */
export interface Layered {
  digest: Uint8Array;
  /** Digests of those it builds on: one in full, then such as each build on all before. */
  bases: readonly Uint8Array[];
  /** As they were when the manifest was made, and checked: its digest vouches for them. */
  files: readonly FileEntry[];
}

/** A manifest as it is stored on others. */
export interface Delta {
  bases: Uint8Array[];
  /** The manifest but for its files. */
  rest: Record<string, CborValue>;
  /** In the order of the manifest: new entries, and `[first, count]` for entries of the last base. */
  files: unknown[];
}

/** Each is one more object to read, and one more that others depend on. */
export const MAX_BASES = 31;
/** With more of the entries new, little is saved. */
const MAX_NEW_SHARE = 0.5;

/** What a manifest has beside its files. */
export const REST = ['manifest_version', 'package', 'retention_summary', 'provenance'] as const;

/**
 * Tells a manifest by what differs from the one before: two digests a file do not compress, so all of them again take
 * more than the files that have changed between two milestones.
 *
 * @returns undefined where it is better stored in full.
 */
export function encodeDelta(manifest: Manifest, before: Layered): Buffer | undefined {
  if (before.bases.length === MAX_BASES) return undefined;
  const known = before.files;
  const files: CborValue[] = [];
  let run: [first: number, count: number] | undefined;
  let at = 0;
  let reused = 0;
  for (const entry of manifest.files) {
    while (at < known.length && compareUtf8(known[at]!.path, entry.path) < 0) at++;
    if (at === known.length || !sameEntry(known[at]!, entry)) {
      files.push(projectEntry(entry, AS_BYTES));
      run = undefined;
      continue;
    }
    if (run && run[0] + run[1] === at) run[1]++;
    else {
      run = [at, 1];
      files.push(run);
    }
    at++;
    reused++;
  }
  if (manifest.files.length - reused > MAX_NEW_SHARE * manifest.files.length) return undefined;
  const rest = projectManifest({ ...manifest, files: [] }, AS_BYTES);
  return encodeCbor({ ...rest, bases: [...before.bases, before.digest], files });
}

/** @throws ArchiveError `INTEGRITY` for what {@link encodeDelta} does not write. */
export function decodeDelta(bytes: Uint8Array, where: string): Delta {
  const { bases, files, ...rest } = readMap(decodeCbor(bytes), where, [...REST, 'bases', 'files']);
  const digests = readList(bases, `${where}, "bases"`);
  const areDigests = digests.every((digest) => digest instanceof Uint8Array && digest.byteLength === DIGEST_BYTES);
  if (!areDigests || digests.length === 0 || digests.length > MAX_BASES) {
    throw malformed(where, `expected 1 to ${MAX_BASES} digests of bases`);
  }
  return {
    bases: digests as Uint8Array[],
    rest: rest as Record<string, CborValue>,
    files: readList(files, `${where}, "files"`),
  };
}

/**
 * The entries a delta makes of those it builds on; none is taken twice, so that a forged one cannot make many of few.
 *
 * @throws ArchiveError `INTEGRITY`.
 */
export function applyDelta(known: readonly unknown[], { files }: Delta, where: string): unknown[] {
  const entries: unknown[] = [];
  let next = 0;
  for (const item of files) {
    if (!Array.isArray(item)) {
      entries.push(item);
      continue;
    }
    const [first, count] = item.map((value) => readCount(value, `${where}, a range`));
    if (item.length !== 2 || first! < next || first! + count! > known.length) {
      throw malformed(where, 'a range of entries is not in its base, or out of order');
    }
    next = first! + count!;
    for (let i = first!; i < next; i++) entries.push(known[i]);
  }
  return entries;
}
