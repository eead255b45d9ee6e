import { closeSync, type Dirent, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

const CHUNK_BYTES = 8 * 1024 * 1024;

/**
 * Compares a restored folder with the archived one, byte by byte.
 *
 * @param extra number of additional files in the target.
 * @throws Error naming the first difference.
 */
export function requireSameTree(source: string, target: string, extra: number): void {
  const found = countExtra(source, target, '');
  if (found !== extra) throw new Error(`${target} has ${found} files that the source has not; expected ${extra}`);
}

/** @returns the files that only the target has. */
function countExtra(source: string, target: string, below: string): number {
  const there = new Map(listed(target, below));
  let extra = 0;
  for (const [name, item] of listed(source, below)) {
    const path = join(below, name);
    // The store and the index are in no package.
    if (path === 'output/archives') continue;
    if (!there.delete(name)) throw new Error(`${join(target, path)} is missing`);
    if (item.isDirectory()) extra += countExtra(source, target, path);
    else if (!sameFile(join(source, path), join(target, path))) {
      throw new Error(`${join(target, path)} is not what was archived`);
    }
  }
  return extra + there.size;
}

function listed(root: string, below: string): [name: string, item: Dirent][] {
  return readdirSync(join(root, below), { withFileTypes: true }).map((item) => [item.name, item]);
}

function sameFile(a: string, b: string): boolean {
  const { size } = statSync(a);
  if (statSync(b).size !== size) return false;
  if (size === 0) return true;
  if (size <= CHUNK_BYTES) return readFileSync(a).equals(readFileSync(b));
  const [left, right] = [openSync(a, 'r'), openSync(b, 'r')];
  const [ofLeft, ofRight] = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)];
  try {
    for (let at = 0; at < size; at += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, size - at);
      readSync(left, ofLeft, 0, length, at);
      readSync(right, ofRight, 0, length, at);
      if (ofLeft.compare(ofRight, 0, length, 0, length) !== 0) return false;
    }
    return true;
  } finally {
    closeSync(left);
    closeSync(right);
  }
}
