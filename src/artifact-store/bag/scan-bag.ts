import { createHash, getHashes } from 'node:crypto';
import { ArchiveError } from '../errors.ts';
import { blake3 } from '../identity/hasher.ts';
import type { FileEntry } from '../manifest/model.ts';
import { pathFault, sortedEntries } from '../manifest/paths.ts';
import type { Progress } from '../packs/progress.ts';
import { type BagSource, damagedBag, type SourceMember } from './bag-source.ts';
import { MANIFEST_NAMES, PAYLOAD_FOLDER } from './layout.ts';

/** What manifests of BagIt are made with, as far as this Node.js has it. */
export const ALGORITHMS: readonly string[] = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'].filter((algorithm) =>
  getHashes().includes(algorithm),
);

/** Hexadecimal, by algorithm. */
export type Sums = Readonly<Record<string, string>>;

/** Of files that are kept in memory, to be read as text. */
const MAX_TAG_BYTES = 256 * 1024 * 1024;
const KEPT = /^(?:bagit|bag-info|fetch|(?:tag)?manifest-[a-z0-9]+)\.txt$/;

export interface Tags {
  /** Contents of those that say something. */
  contents: ReadonlyMap<string, Buffer>;
  sums: ReadonlyMap<string, Sums>;
}

/** What lies in the bag beside its payload, which is not read. */
export async function scanTags(source: BagSource, atMost: number, signal: AbortSignal | undefined): Promise<Tags> {
  const contents = new Map<string, Buffer>();
  const sums = new Map<string, Sums>();
  const json = new Set(MANIFEST_NAMES.values());
  let left = MAX_TAG_BYTES;
  for await (const { type, path, size, body } of soundMembers(source, atMost, signal)) {
    if (path.startsWith(PAYLOAD_FOLDER) || type === 'directory') continue;
    if (type === 'symlink') throw damagedBag(source, `has a link outside of its payload, ${JSON.stringify(path)}`);
    const isKept = KEPT.test(path) || json.has(path);
    if (isKept) left -= size;
    if (left < 0) throw damagedBag(source, 'has tag files that are too long');
    const parts: Buffer[] = [];
    sums.set(
      path,
      await sumsOf(body, ALGORITHMS, (piece) => {
        if (isKept) parts.push(Buffer.from(piece));
      }),
    );
    if (isKept) contents.set(path, Buffer.concat(parts));
  }
  return { contents, sums };
}

export interface Payload {
  /** Files, links and empty folders, in the order of a manifest. */
  files: FileEntry[];
  /** Of each file, by its path. */
  sums: ReadonlyMap<string, Sums>;
}

/**
 * Reads and hashes all of the payload.
 *
 * @throws ArchiveError `PATH_INVALID` for names and links that no package may hold.
 */
export async function scanPayload(
  source: BagSource,
  algorithms: ReadonlySet<string>,
  atMost: number,
  onProgress: ((progress: Progress) => void) | undefined,
  signal: AbortSignal | undefined,
): Promise<Payload> {
  const files: FileEntry[] = [];
  const folders: string[] = [];
  const sums = new Map<string, Sums>();
  const progress = { files: 0, bytes: 0 };
  for await (const member of soundMembers(source, atMost, signal)) {
    if (!member.path.startsWith(PAYLOAD_FOLDER)) continue;
    const path = member.path.slice(PAYLOAD_FOLDER.length);
    if (member.type === 'directory') folders.push(path);
    else if (member.type === 'symlink') files.push({ path, kind: 'symlink', target: member.target });
    else {
      const digest = blake3.createHash();
      const found = await sumsOf(member.body, new Set([...algorithms, 'sha256']), (piece) => digest.update(piece));
      const { size, executable } = member;
      const sha256 = Buffer.from(found['sha256']!, 'hex');
      files.push({ path, kind: 'file', size, executable, blake3: digest.digest(), sha256 });
      sums.set(path, found);
      progress.files++;
      progress.bytes += size;
      onProgress?.(progress);
    }
  }
  const above = new Set([...files.map(({ path }) => path), ...folders].flatMap(foldersAbove));
  const empty = folders.filter((path) => path !== '' && !above.has(path));
  return { files: sortedEntries([...files, ...empty.map((path) => ({ path, kind: 'directory' as const }))]), sums };
}

function foldersAbove(path: string): string[] {
  const names = path.split('/');
  return names.slice(1).map((_, i) => names.slice(0, i + 1).join('/'));
}

/** With paths that a package may hold, each once, all in one folder; those of folders without a slash at their end. */
async function* soundMembers(
  source: BagSource,
  atMost: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<SourceMember> {
  const seen = new Set<string>();
  let top: string | undefined;
  for await (const member of source.members(atMost, signal)) {
    const path = member.type === 'directory' ? member.path.replace(/\/+$/, '') : member.path;
    top ??= member.top === '' ? undefined : member.top;
    if (path === '' && member.type === 'directory') continue;
    if (member.top !== (top ?? '')) throw damagedBag(source, 'does not lie in one folder of the archive');
    const fault = pathFault(path.startsWith(PAYLOAD_FOLDER) ? path.slice(PAYLOAD_FOLDER.length) : path);
    if (fault !== undefined) {
      const sentence = `The bag ${source.path} has the path ${JSON.stringify(path)}, which ${fault}; make it anew without.`;
      throw new ArchiveError('PATH_INVALID', sentence);
    }
    if (seen.has(path)) {
      if (member.type === 'directory') continue;
      throw damagedBag(source, `has ${JSON.stringify(path)} twice`);
    }
    seen.add(path);
    yield { ...member, path: path === 'data' && member.type === 'directory' ? PAYLOAD_FOLDER : path };
  }
}

async function sumsOf(
  body: AsyncIterable<Uint8Array>,
  algorithms: Iterable<string>,
  onPiece: (piece: Uint8Array) => void,
): Promise<Sums> {
  const hashes = [...algorithms].map((algorithm) => [algorithm, createHash(algorithm)] as const);
  for await (const piece of body) {
    for (const [, hash] of hashes) hash.update(piece);
    onPiece(piece);
  }
  return Object.fromEntries(hashes.map(([algorithm, hash]) => [algorithm, hash.digest('hex')]));
}
