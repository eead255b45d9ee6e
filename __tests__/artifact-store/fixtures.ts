import { createCipheriv } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SourceEntry } from '../../src/artifact-store/source.ts';
import { sourceFile } from '../../src/artifact-store/source.ts';

/** Makes temporary folders that are removed after each test. */
export function useTempDirs(): () => Promise<string> {
  const made: string[] = [];
  afterEach(async () => {
    for (const directory of made.splice(0)) await rm(directory, { recursive: true, force: true });
  });
  return async () => {
    const directory = await mkdtemp(join(tmpdir(), 'artifact-store-'));
    made.push(directory);
    return directory;
  };
}

/** Contents by path; `{ link }` makes a symbolic link, `null` an empty folder. */
export type Tree = Record<string, string | Uint8Array | { link: string } | null>;

/** With synchronous calls, which take a tenth of the time: trees have hundreds of files. */
export async function writeTree(root: string, tree: Tree): Promise<void> {
  for (const [path, content] of Object.entries(tree)) {
    const file = join(root, path);
    mkdirSync(content === null ? file : dirname(file), { recursive: true });
    if (content === null) continue;
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(file, content);
    else symlinkSync(content.link, file);
  }
}

/** The entries below a folder, as input of a package. */
export async function listTree(root: string, below = ''): Promise<SourceEntry[]> {
  const entries: SourceEntry[] = [];
  for (const name of await readdir(join(root, below))) {
    const path = below === '' ? name : `${below}/${name}`;
    const stat = lstatSync(join(root, path), { bigint: true });
    if (stat.isSymbolicLink()) entries.push({ path, kind: 'symlink', target: await readlink(join(root, path)) });
    else if (stat.isFile()) entries.push(sourceFile(path, stat));
    else {
      const children = await listTree(root, path);
      entries.push(...(children.length > 0 ? children : [{ path, kind: 'directory' } as const]));
    }
  }
  return entries;
}

export async function readTree(root: string): Promise<Record<string, Buffer>> {
  const files: Record<string, Buffer> = {};
  for (const entry of await listTree(root)) {
    if (entry.kind === 'file') files[entry.path] = readFileSync(join(root, entry.path));
  }
  return files;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Incompressible bytes, the same for the same seed. */
export function noise(length: number, seed: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16)).update(Buffer.alloc(length));
}
