import type { BigIntStats } from 'node:fs';
import type { Digests } from './identity/digest.ts';
import type { ContentEntry, DirectoryEntry, SymlinkEntry } from './manifest/model.ts';

/** Distinguishes the states of a file. */
export interface FileStamp {
  /** Bytes. */
  size: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
  inode: bigint;
}

/**
 * A file to archive, as it was when it was listed.
 * @experimental
 */
export interface SourceFile {
  /** Relative to the base folder, with `/`, as in the manifest. */
  path: string;
  kind: 'file';
  executable: boolean;
  stamp: FileStamp;
  /** Where to read it, also relative to the base folder; its path by default. */
  from?: string | undefined;
}

/**
 * An entry to archive.
 * @experimental
 */
export type SourceEntry = SourceFile | SymlinkEntry | DirectoryEntry;

export function sourceFile(path: string, stat: BigIntStats, from?: string): SourceFile {
  const file = { path, kind: 'file', executable: (stat.mode & 0o100n) !== 0n, stamp: stampOf(stat) } as const;
  return from === undefined ? file : { ...file, from };
}

/** The entry of a file with these digests. */
export function entryOf({ path, kind, executable, stamp }: SourceFile, { blake3, sha256 }: Digests): ContentEntry {
  return { path, kind, size: stamp.size, executable, blake3, sha256 };
}

export function stampOf(stat: BigIntStats): FileStamp {
  // Times after 2262-04-11 exceed 64 bits; their wrapped values still distinguish states.
  const [mtimeNs, ctimeNs] = [BigInt.asIntN(64, stat.mtimeNs), BigInt.asIntN(64, stat.ctimeNs)];
  return { size: Number(stat.size), mtimeNs, ctimeNs, inode: stat.ino };
}

export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.inode === b.inode;
}

/** Four numbers per stamp: size, both times, inode. */
export function packStamps(stamps: readonly FileStamp[]): BigInt64Array {
  const packed = new BigInt64Array(4 * stamps.length);
  for (const [i, { size, mtimeNs, ctimeNs, inode }] of stamps.entries()) {
    // An inode of 64 bits fits, as a negative number.
    packed.set([BigInt(size), mtimeNs, ctimeNs, BigInt.asIntN(64, inode)], 4 * i);
  }
  return packed;
}

export function unpackStamps(packed: BigInt64Array): FileStamp[] {
  return Array.from({ length: packed.length / 4 }, (_, i) => ({
    size: Number(packed[4 * i]),
    mtimeNs: packed[4 * i + 1]!,
    ctimeNs: packed[4 * i + 2]!,
    inode: BigInt.asUintN(64, packed[4 * i + 3]!),
  }));
}
