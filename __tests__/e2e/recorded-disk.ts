import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * A folder as on a disk: what a program sees, and what survives a power cut. By POSIX a file's bytes are durable after
 * an fsync of the file, its name after an fsync of its folder, and nothing else is promised: ext4, XFS and others each keep
 * more, in their own order. Pillai et al., "All File Systems Are Not Created Equal" (OSDI 2014), and Mohan et al.,
 * "Finding Crash-Consistency Bugs with Bounded Black-Box Crash Testing" (OSDI 2018), look for faults this way.
 */
interface File {
  kind: 'file';
  bytes: Buffer;
  durable: Buffer;
  /** Changes that are not yet durable, in order. */
  writes: ((bytes: Buffer) => Buffer)[];
}

interface Folder {
  kind: 'folder';
  entries: Map<string, Node>;
  durable: Map<string, Node>;
  /** Names made, replaced and removed that are not yet durable. */
  changes: Map<string, Node | undefined>;
}

type Node = File | Folder;

/** The non-durable effects that survive a power cut. */
export interface Survivors {
  name(path: string): boolean;
  write(path: string, index: number): boolean;
}

/** Calls that {@link RecordedDisk.apply} understands. */
export const RECORDED: readonly string[] = [
  ...['openat', 'close', 'write', 'writev', 'pwrite64', 'ftruncate', 'fsync', 'fdatasync'],
  ...['mkdir', 'link', 'rename', 'unlink', 'unlinkat', 'rmdir'],
];
/** Options for strace: whole strings, and every byte as two digits. */
export const RECORDING: readonly string[] = ['-xx', '-s', String(2 ** 26)];

export class RecordedDisk {
  readonly #root: string;
  readonly #top: Folder;
  readonly #open = new Map<number, { node: Node; position: number }>();
  /** Unfinished calls, by thread. */
  readonly #begun = new Map<string, string>();

  /** Takes the current folder as durable. */
  constructor(root: string) {
    this.#root = root;
    this.#top = loaded(root);
  }

  /** Applies a line of a trace; returns whether it changed the visible or the surviving state. */
  apply(line: string): boolean {
    const [, thread, message] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (thread === undefined || message === undefined) return false;
    if (message.endsWith(' <unfinished ...>')) {
      this.#begun.set(thread, message.slice(0, -' <unfinished ...>'.length));
      return false;
    }
    const [, rest] = /^<\.\.\. \w+ resumed>(.*)$/.exec(message) ?? [];
    const whole = rest === undefined ? message : (this.#begun.get(thread) ?? '') + rest;
    const [, name, args, result] = /^(\w+)\((.*)\) += (\d+)/.exec(whole) ?? [];
    return name !== undefined && this.#call(name, args!, Number(result));
  }

  #call(name: string, args: string, result: number): boolean {
    const texts = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex]) =>
      Buffer.from(hex!.replaceAll('\\x', ''), 'hex'),
    );
    const numbers = args.split(', ').map(Number);
    switch (name) {
      case 'openat':
        return this.#openFile(texts[0]!.toString(), args, result);
      case 'close':
        this.#open.delete(numbers[0]!);
        return false;
      case 'write':
      case 'writev':
        return this.#write(numbers[0]!, Buffer.concat(texts).subarray(0, result));
      case 'pwrite64':
        return this.#write(numbers[0]!, texts[0]!.subarray(0, result), numbers.at(-1));
      case 'ftruncate':
        return this.#truncate(numbers[0]!, numbers[1]!);
      case 'fsync':
      case 'fdatasync':
        return this.#sync(numbers[0]!);
      case 'mkdir':
        return this.#change(texts[0]!.toString(), emptyFolder());
      case 'link':
        return this.#change(texts[1]!.toString(), this.#find(texts[0]!.toString()));
      case 'rename':
        return this.#rename(texts[0]!.toString(), texts[1]!.toString());
      default:
        return this.#change(texts[0]!.toString(), undefined);
    }
  }

  #openFile(path: string, flags: string, descriptor: number): boolean {
    this.#open.delete(descriptor);
    if (!this.#holds(path)) return false;
    const there = this.#find(path);
    const made = there === undefined && flags.includes('O_CREAT');
    const node = there ?? emptyFile();
    if (made) this.#change(path, node);
    this.#open.set(descriptor, { node, position: 0 });
    const cut = flags.includes('O_TRUNC') && node.kind === 'file' && node.bytes.length > 0;
    return (cut && this.#truncate(descriptor, 0)) || made;
  }

  #write(descriptor: number, piece: Buffer, at?: number): boolean {
    const open = this.#open.get(descriptor);
    if (open?.node.kind !== 'file') return false;
    const offset = at ?? open.position;
    if (at === undefined) open.position += piece.length;
    return changed(open.node, (bytes) => {
      const longer = Buffer.alloc(Math.max(bytes.length, offset + piece.length));
      bytes.copy(longer);
      piece.copy(longer, offset);
      return longer;
    });
  }

  #truncate(descriptor: number, length: number): boolean {
    const node = this.#open.get(descriptor)?.node;
    return node?.kind === 'file' && changed(node, (bytes) => Buffer.concat([bytes, Buffer.alloc(length)], length));
  }

  #sync(descriptor: number): boolean {
    const node = this.#open.get(descriptor)?.node;
    if (node === undefined) return false;
    if (node.kind === 'file') {
      node.durable = node.bytes;
      node.writes = [];
    } else {
      node.durable = new Map(node.entries);
      node.changes.clear();
    }
    return true;
  }

  #rename(from: string, to: string): boolean {
    if (!this.#holds(from)) return false;
    this.#change(to, this.#find(from));
    return this.#change(from, undefined);
  }

  #change(path: string, node: Node | undefined): boolean {
    if (!this.#holds(path)) return false;
    const folder = this.#find(dirname(path)) as Folder;
    const name = path.slice(dirname(path).length + 1);
    if (node) folder.entries.set(name, node);
    else folder.entries.delete(name);
    folder.changes.set(name, node);
    return true;
  }

  #holds(path: string): boolean {
    return path === this.#root || path.startsWith(`${this.#root}/`);
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#top;
    const names = path
      .slice(this.#root.length)
      .split('/')
      .filter((name) => name !== '');
    for (const name of names) node = node?.kind === 'folder' ? node.entries.get(name) : undefined;
    return node;
  }

  /** The state after a power cut: paths to bytes, null for folders. */
  after(survivors: Survivors): Map<string, Buffer | null> {
    const left = new Map<string, Buffer | null>();
    const visit = (folder: Folder, at: string) => {
      const entries = new Map(folder.durable);
      for (const [name, node] of folder.changes) {
        if (!survivors.name(join(at, name))) continue;
        if (node) entries.set(name, node);
        else entries.delete(name);
      }
      for (const [name, node] of entries) {
        const path = join(at, name);
        if (node.kind === 'file') {
          const written = node.writes.filter((_, index) => survivors.write(path, index));
          left.set(
            path,
            written.reduce((bytes, write) => write(bytes), node.durable),
          );
        } else {
          left.set(path, null);
          visit(node, path);
        }
      }
    };
    visit(this.#top, '');
    return left;
  }
}

export function digestOf(left: ReadonlyMap<string, Buffer | null>): string {
  const hash = createHash('sha256');
  for (const path of [...left.keys()].sort()) {
    const bytes = left.get(path);
    hash.update(`${path}\0${bytes?.length}\0`).update(bytes ?? '');
  }
  return hash.digest('hex');
}

export function writeOut(left: ReadonlyMap<string, Buffer | null>, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [path, bytes] of left) {
    if (bytes === null) mkdirSync(join(folder, path), { recursive: true });
    else writeFileSync(join(folder, path), bytes);
  }
}

function changed(file: File, write: (bytes: Buffer) => Buffer): boolean {
  file.bytes = write(file.bytes);
  file.writes.push(write);
  return true;
}

function emptyFile(): File {
  return { kind: 'file', bytes: Buffer.alloc(0), durable: Buffer.alloc(0), writes: [] };
}

function emptyFolder(): Folder {
  return { kind: 'folder', entries: new Map(), durable: new Map(), changes: new Map() };
}

function loaded(path: string): Folder {
  const folder = emptyFolder();
  for (const item of readdirSync(path, { withFileTypes: true })) {
    if (item.isDirectory()) folder.entries.set(item.name, loaded(join(path, item.name)));
    else if (item.isFile()) {
      const bytes = readFileSync(join(path, item.name));
      folder.entries.set(item.name, { kind: 'file', bytes, durable: bytes, writes: [] });
    }
  }
  folder.durable = new Map(folder.entries);
  return folder;
}
