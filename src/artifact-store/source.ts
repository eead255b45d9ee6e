import type { BigIntStats } from 'node:fs';
import type { DirectoryEntry, SymlinkEntry } from './manifest/model.ts';

/** What tells one state of a file from another. */
export interface FileStamp {
  /** Bytes. */
  size: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
  inode: bigint;
}

/**
 * A file to take into a package, as it was when it was listed.
 *
 * @experimental
 */
export interface SourceFile {
  /** Below the base folder, with `/`, as the manifest will name it. */
  path: string;
  kind: 'file';
  executable: boolean;
  stamp: FileStamp;
  /** Where it is read, below the base folder too; at its path by default. */
  from?: string | undefined;
}

/**
 * An entry to take into a package.
 *
 * @experimental
 */
export type SourceEntry = SourceFile | SymlinkEntry | DirectoryEntry;

export function sourceFile(path: string, stat: BigIntStats, from?: string): SourceFile {
  const file = { path, kind: 'file', executable: (stat.mode & 0o100n) !== 0n, stamp: stampOf(stat) } as const;
  return from === undefined ? file : { ...file, from };
}

export function stampOf(stat: BigIntStats): FileStamp {
  // Times after 2262-04-11 take more than 64 bits; what they wrap to tells one state from another as well.
  const [mtimeNs, ctimeNs] = [BigInt.asIntN(64, stat.mtimeNs), BigInt.asIntN(64, stat.ctimeNs)];
  return { size: Number(stat.size), mtimeNs, ctimeNs, inode: stat.ino };
}

export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.inode === b.inode;
}

/** Four numbers a stamp: size, both times, inode. */
export function packStamps(stamps: readonly FileStamp[]): BigInt64Array {
  const packed = new BigInt64Array(4 * stamps.length);
  for (const [i, { size, mtimeNs, ctimeNs, inode }] of stamps.entries()) {
    // An inode of 64 bits keeps them all, as a negative number.
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
