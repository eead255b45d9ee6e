import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { ErrorCode } from '../../src/index.ts';

export const repository: string = fileURLToPath(new URL('../..', import.meta.url));
export const cliFile: string = join(repository, 'src/cli/main.ts');

const folders: string[] = [];
const mounts: string[] = [];

afterAll(() => {
  for (const mount of mounts) execFileSync('umount', ['-l', mount]);
  for (const folder of folders) {
    // Tests remove permissions, and a failed test does not restore them.
    spawnSync('chmod', ['-R', 'u+rwX', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
});

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'infospace-test-'));
  folders.push(folder);
  return folder;
}

/** Contents by path: text or bytes for files; a path with a trailing slash is an empty folder. */
export type Tree = Record<string, string | Uint8Array | { link: string } | { script: string } | null>;

export function writeTree(root: string, tree: Tree): string {
  mkdirSync(root, { recursive: true });
  for (const [path, content] of Object.entries(tree)) {
    const absolute = join(root, path);
    mkdirSync(content === null ? absolute : dirname(absolute), { recursive: true });
    if (content === null) continue;
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(absolute, content);
    else if ('link' in content) symlinkSync(content.link, absolute);
    else {
      writeFileSync(absolute, content.script);
      chmodSync(absolute, 0o755);
    }
  }
  return root;
}

export const SAMPLE: Tree = {
  'infospace.yaml': 'slug: guide\nname: The Guide\n',
  'artifacts/overview.md': '# Overview\n',
  'artifacts/data/table.csv': 'a,b\n1,2\n',
  'artifacts/latest.md': { link: 'overview.md' },
  'workflows/run.sh': { script: '#!/bin/sh\necho run\n' },
  'output/result.json': '{"ok":true}\n',
  'output/empty.txt': '',
  'reports/pending/': null,
  'exports/grüße.txt': 'hallo\n',
};

/** An infospace in a folder of the given name. */
export function sampleInfospace(extra: Tree = {}, name = 'space'): string {
  return writeTree(join(temporaryFolder(), name), { ...SAMPLE, ...extra });
}

/** Everything below a folder, by the bytes of its path: kind, executable bit and content. */
export function treeOf(root: string, isLeftOut: (path: string) => boolean = () => false): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (folder: Buffer) => {
    for (const name of readdirSync(folder, { encoding: 'buffer' })) {
      const absolute = Buffer.concat([folder, Buffer.from('/'), name]);
      const path = absolute.subarray(Buffer.byteLength(root) + 1).toString('latin1');
      if (isLeftOut(path)) continue;
      const stat = lstatSync(absolute);
      if (stat.isDirectory()) {
        found[`${path}/`] = 'folder';
        visit(absolute);
      } else if (stat.isSymbolicLink()) {
        found[path] = `link to ${readlinkSync(absolute)}`;
      } else {
        const digest = createHash('sha512').update(readFileSync(absolute)).digest('hex');
        found[path] = `${(stat.mode & 0o100) === 0 ? 'file' : 'script'} ${stat.size} ${digest}`;
      }
    }
  };
  visit(Buffer.from(root));
  return found;
}

/** What restoring a package of the whole infospace gives. */
export function contentOf(root: string): Record<string, string> {
  return treeOf(root, (path) => path === 'output/archives');
}

export function filesOf(root: string): Record<string, string> {
  return Object.fromEntries(Object.entries(treeOf(root)).filter(([, what]) => what !== 'folder'));
}

/** Stored contents, leaving out manifests and the registry. */
export function storedContents(root: string, store = 'output/archives/.store'): Record<string, string> {
  return treeOf(join(root, store, 'storage'), (path) => /^(manifests|log|checkpoints|tmp|health)$/.test(path));
}

export function packFiles(root: string, store = 'output/archives/.store'): string[] {
  const storage = join(root, store, 'storage');
  return readdirSync(join(storage, 'packs'), { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name));
}

/** Changes bytes in the first frame of every pack. */
export function damagePacks(root: string): void {
  for (const pack of packFiles(root)) {
    const bytes = readFileSync(pack);
    bytes.fill(0xff, 32, 92);
    writeFileSync(pack, bytes);
  }
}

/** Bytes that do not compress, the same for one seed. */
export function noise(bytes: number, seed = ''): Buffer {
  return createHash('shake256', { outputLength: bytes }).update(seed).digest();
}

export function indexFile(root: string): string {
  return join(root, 'output/archives/index.yaml');
}

export function refusal(code: ErrorCode, ...messages: string[]): object {
  const pattern = messages.map((words) => `(?=[^]*${words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')})`).join('');
  return expect.objectContaining({ name: 'ArchiveError', code, message: expect.stringMatching(`^${pattern}`) });
}

const isRoot: boolean = process.getuid?.() === 0;
const NOBODY = 65_534;

export function giveToOrdinaryUser(...paths: string[]): void {
  if (isRoot) execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, ...paths]);
}

/** Runs Node.js as a user without root's override of permissions. */
function runAsOrdinaryUser(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, args, {
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    cwd: '/',
  });
}

/** Whether such a user can reach this checkout; not below /root. */
export async function ordinaryUserCanRun(): Promise<boolean> {
  const child = runAsOrdinaryUser([cliFile, '--version']);
  return new Promise((resolve) => {
    child.on('error', () => resolve(false));
    child.on('close', (code) => resolve(code === 0));
  });
}

export interface Outcome {
  code?: string;
  message?: string;
  result?: unknown;
}

/** Calls a public function in another process as an ordinary user. */
export async function callAsOrdinaryUser(name: string, ...args: unknown[]): Promise<Outcome> {
  const library = new URL('../../src/index.ts', import.meta.url).href;
  const child = runAsOrdinaryUser([
    '--eval',
    `import(${JSON.stringify(library)})
      .then((all) => all[${JSON.stringify(name)}](...${JSON.stringify(args)}))
      .then((result) => ({ result }), ({ code, message }) => ({ code, message }))
      .then((outcome) => console.log(JSON.stringify(outcome)));`,
  ]);
  const [out, err] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  if (out === '') throw new Error(err);
  return JSON.parse(out) as Outcome;
}

/** A small separate file system; undefined where this user may not mount one. */
export function mountTmpfs(options: string): string | undefined {
  return mount(['-t', 'tmpfs', '-o', options, 'none']);
}

function mount(args: readonly string[]): string | undefined {
  if (!isRoot || process.platform !== 'linux') return undefined;
  const folder = temporaryFolder();
  try {
    execFileSync('mount', [...args, folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  mounts.push(folder);
  return folder;
}

/** A folder in a case-insensitive file system; undefined where none is available. */
export function caseInsensitiveFolder(): string | undefined {
  const image = join(temporaryFolder(), 'image');
  try {
    writeFileSync(image, Buffer.alloc(16 * 1024 * 1024));
    execFileSync('mkfs.vfat', [image], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return mount(['-t', 'vfat', '-o', 'loop,utf8', image]);
}

const SPARSE_BYTES = 40_000_000;

/** A file whose chunks fill more than a pack: the first pack is stored before all of them are read. */
export function writeLarge(root: string): void {
  writeTree(root, { 'output/large': noise(18 * 1024 * 1024) });
}

/** Sparse files: much to read, quick to create, each with different content. Almost nothing is stored for them. */
export function writeSparse(root: string, files: number): void {
  for (let i = 0; i < files; i++) {
    const path = `output/sparse/${i}`;
    writeTree(root, { [path]: '' });
    truncateSync(join(root, path), SPARSE_BYTES + i);
  }
}
