import { ArchiveError } from '../errors.ts';
import { requireManifestRoom } from '../manifest/limits.ts';
import { pathFault } from '../manifest/paths.ts';
import type { OnProgress } from '../packs/progress.ts';
import { type BagPart, type BagSource, damagedBag, type SourceMember } from './bag-source.ts';
import { PAYLOAD_FOLDER } from './layout.ts';
import { MAX_INFO_BYTES, MAX_MEMBERS, MAX_SUMS_BYTES, MAX_TAG_FILES, MAX_TARGET_BYTES } from './limits.ts';
import { PayloadTable } from './payload-table.ts';
import { ALGORITHMS, SumTable, USUAL_ALGORITHMS } from './sum-table.ts';

/** Tag files that are read as text. */
const INFO = /^(?:bagit|bag-info|package-info)\.txt$/;
const SUMS = /^(?:fetch|(?:tag)?manifest-[a-z0-9_]+)\.txt$/;

export interface Tags {
  /** Contents of `bagit.txt`, `bag-info.txt`, `fetch.txt` and the manifests. */
  contents: ReadonlyMap<string, Buffer>;
  sums: SumTable;
}

/** Reads and hashes the tag files, not the payload. */
export async function scanTags(source: BagSource, atMost: number, signal: AbortSignal | undefined): Promise<Tags> {
  const tags = await scanTagsBy(USUAL_ALGORITHMS, source, atMost, signal);
  // Manifests come last, and large tag files should not be hashed by algorithms that hardly any bag uses.
  const others = ALGORITHMS.filter((algorithm) => {
    const names = [`manifest-${algorithm}.txt`, `tagmanifest-${algorithm}.txt`];
    return !USUAL_ALGORITHMS.includes(algorithm) && names.some((name) => tags.contents.has(name));
  });
  return others.length === 0 ? tags : scanTagsBy([...USUAL_ALGORITHMS, ...others], source, atMost, signal);
}

async function scanTagsBy(
  algorithms: readonly string[],
  source: BagSource,
  atMost: number,
  signal: AbortSignal | undefined,
): Promise<Tags> {
  const contents = new Map<string, Buffer>();
  const sums = new SumTable(algorithms);
  const left = { info: MAX_INFO_BYTES, sums: MAX_SUMS_BYTES };
  for await (const member of soundMembers(source, 'tags', atMost, signal)) {
    const { type, path, size } = member;
    if (path.startsWith(PAYLOAD_FOLDER) || type === 'directory') continue;
    if (type === 'symlink') throw damagedBag(source, `has a link outside of its payload, ${JSON.stringify(path)}`);
    if (sums.rowOf(path) !== undefined) throw damagedBag(source, `has ${JSON.stringify(path)} twice`);
    if (sums.size === MAX_TAG_FILES)
      throw damagedBag(source, `has more than ${MAX_TAG_FILES} files beside its payload`);
    if (INFO.test(path)) left.info -= size;
    else if (SUMS.test(path)) left.sums -= size;
    else {
      await sums.add(member);
      continue;
    }
    if (left.info < 0) throw damagedBag(source, `has a "${path}" that is too long: ${MAX_INFO_BYTES} bytes are read`);
    if (left.sums < 0) throw damagedBag(source, `has manifests that are too long: ${MAX_SUMS_BYTES} bytes are read`);
    const content = Buffer.allocUnsafeSlow(size);
    let filled = 0;
    await sums.add(member, (piece) => {
      content.set(piece, filled);
      filled += piece.byteLength;
    });
    contents.set(path, content);
  }
  return { contents, sums };
}

/**
 * Reads and hashes the whole payload.
 *
 * @throws ArchiveError `PATH_INVALID` for names that are not allowed in a package.
 */
export async function scanPayload(
  source: BagSource,
  algorithms: Iterable<string>,
  atMost: number,
  onProgress: OnProgress | undefined,
  signal: AbortSignal | undefined,
): Promise<PayloadTable> {
  const payload = new PayloadTable(algorithms);
  const progress = { files: 0, bytes: 0 };
  let members = 0;
  let nameBytes = 0;
  for await (const member of soundMembers(source, 'payload', atMost, signal)) {
    if (!member.path.startsWith(PAYLOAD_FOLDER)) continue;
    const { type, size, target } = member;
    const path = unshared(member.path);
    if (payload.has(path)) {
      if (type === 'directory') continue;
      throw damagedBag(source, `has ${JSON.stringify(path)} twice`);
    }
    nameBytes += Buffer.byteLength(path) + Buffer.byteLength(target);
    requireManifestRoom(++members, nameBytes);
    if (type === 'directory') {
      payload.addFolder(path);
    } else if (type === 'symlink') {
      if (Buffer.byteLength(target) > MAX_TARGET_BYTES) {
        throw damagedBag(source, `has a link ${JSON.stringify(path)} to more than ${MAX_TARGET_BYTES} bytes`);
      }
      payload.addLink(path, unshared(target));
    } else {
      await payload.sums.add({ ...member, path });
      payload.addFile(member);
      progress.files++;
      progress.bytes += size;
      onProgress?.(progress);
    }
  }
  // Refuses names that are not allowed in a package before reading on.
  payload.named();
  return payload;
}

/** Copies a text: V8 keeps the whole text in memory for a slice of it. */
function unshared(text: string): string {
  return Buffer.from(text).toString();
}

/** The members, checked to have allowed paths and one top folder. Strips the slash at the end of folders' paths. */
async function* soundMembers(
  source: BagSource,
  part: BagPart,
  atMost: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<SourceMember> {
  let top: string | undefined;
  let count = 0;
  for await (const member of source.members(part, atMost, signal)) {
    if (++count > MAX_MEMBERS) throw damagedBag(source, `holds more than ${MAX_MEMBERS} files, folders and links`);
    const path = member.type === 'directory' ? member.path.replace(/\/+$/, '') : member.path;
    top ??= member.top === '' ? undefined : member.top;
    if (path === '' && member.type === 'directory') continue;
    if (member.top !== (top ?? '')) throw damagedBag(source, 'does not lie in one folder of the archive');
    const fault = pathFault(path.startsWith(PAYLOAD_FOLDER) ? path.slice(PAYLOAD_FOLDER.length) : path);
    if (fault !== undefined) {
      const sentence = `The bag ${source.path} has the path ${JSON.stringify(path)}, which ${fault}; rebuild it without.`;
      throw new ArchiveError('PATH_INVALID', sentence);
    }
    yield { ...member, path: path === 'data' && member.type === 'directory' ? PAYLOAD_FOLDER : path };
  }
}
