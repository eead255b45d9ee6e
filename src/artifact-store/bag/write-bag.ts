import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import { ArchiveError, systemErrorCode } from '../errors.ts';
import { formatContentAddress, toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { contentDigest, decodeManifest, encodeManifestJson } from '../manifest/codec.ts';
import { type ContentEntry, isContentEntry, type Manifest } from '../manifest/model.ts';
import { BAGIT_TXT, bagPath, MANIFEST_CBOR, MANIFEST_JSON, PAYLOAD_FOLDER } from './layout.ts';
import { encodeHeader, endOfArchive, padding, type TarEntry } from './tar.ts';

const BATCH_BYTES = 1024 * 1024;

/** Writes contents below a folder that has their parent folders. */
type Extract = (entries: readonly ContentEntry[], directory: string) => Promise<void>;

/**
 * Writes a package as one self-contained file. The contents pass through a folder beside it, which is removed.
 *
 * @throws ArchiveError `STORE_UNAVAILABLE` when the file is there or cannot be written, and what `extract` throws.
 */
export async function writeBag(file: string, manifestCbor: Uint8Array, extract: Extract): Promise<void> {
  const manifest = decodeManifest(manifestCbor);
  const contents = manifest.files.filter(isContentEntry);
  const staging = await mkdtemp(join(dirname(file), '.bag-'));
  try {
    for (const folder of new Set(contents.map(({ path }) => dirname(path)))) {
      await mkdir(join(staging, folder), { recursive: true });
    }
    await extract(contents, staging);
    await pipeline(
      Readable.from(inBatches(bagBytes(manifest, manifestCbor, staging)), { objectMode: false }),
      createZstdCompress({ chunkSize: BATCH_BYTES }),
      createWriteStream(file, { flags: 'wx' }),
    );
  } catch (error) {
    const code = systemErrorCode(error);
    if (error instanceof ArchiveError || code === undefined) throw error;
    throw new ArchiveError('STORE_UNAVAILABLE', `The file ${file} cannot be written (${code}); free its place.`, error);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function* bagBytes(manifest: Manifest, cbor: Uint8Array, staging: string): AsyncGenerator<Uint8Array> {
  const mtime = new Date(manifest.package.created_at);
  const top = `${manifest.package.id}/`;
  const header = (path: string, entry: Partial<TarEntry> & Pick<TarEntry, 'type'>) =>
    encodeHeader({ size: 0, executable: false, target: '', ...entry, path: top + path }, mtime);
  for (const [path, text] of tagFiles(manifest, cbor)) {
    const bytes = Buffer.from(text);
    yield Buffer.concat([header(path, { type: 'file', size: bytes.length }), bytes, padding(bytes.length)]);
  }
  const payload = payloadFiles(manifest);
  const folders = foldersOf(manifest);
  for (const entry of manifest.files) {
    const path = PAYLOAD_FOLDER + entry.path;
    if (entry.kind === 'directory') yield header(`${path}/`, { type: 'directory' });
    // A link to nothing would break the bag for every validator; the manifest has it all the same.
    else if (entry.kind === 'symlink') {
      if (payload.has(entry.path) || folders.has(targetOf(entry))) {
        yield header(path, { type: 'symlink', target: entry.target });
      }
    } else {
      yield header(path, { type: 'file', size: entry.size, executable: entry.executable });
      const file = join(staging, entry.path);
      if (entry.size > BATCH_BYTES) yield* createReadStream(file, { highWaterMark: BATCH_BYTES });
      else yield readFileSync(file);
      yield padding(entry.size);
    }
  }
  yield endOfArchive();
}

/** A step of a stream costs more than the headers and small files it would carry one by one. */
async function* inBatches(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    batch.push(piece);
    bytes += piece.byteLength;
    if (bytes < BATCH_BYTES) continue;
    yield Buffer.concat(batch);
    batch = [];
    bytes = 0;
  }
  yield Buffer.concat(batch);
}

/** In the order of the file: what tells most about it comes first. */
function tagFiles(manifest: Manifest, cbor: Uint8Array): [path: string, content: string | Uint8Array][] {
  const payload = payloadFiles(manifest);
  const sums = [...payload].map(([path, { sha256 }]) => `${toHex(sha256)}  ${bagPath(PAYLOAD_FOLDER + path)}\n`);
  const files: [string, string | Uint8Array][] = [
    ['bagit.txt', BAGIT_TXT],
    ['bag-info.txt', bagInfo(manifest, cbor, payload)],
    [MANIFEST_CBOR, cbor],
    [MANIFEST_JSON, `${encodeManifestJson(manifest)}\n`],
    ['manifest-sha256.txt', sums.join('')],
  ];
  const tagSums = files.map(([path, content]) => `${createHash('sha256').update(content).digest('hex')}  ${path}\n`);
  return [...files, ['tagmanifest-sha256.txt', tagSums.join('')]];
}

/** What a validator sees as files: contents, and links by what they lead to. */
function payloadFiles({ files }: Manifest): Map<string, ContentEntry> {
  const byPath = new Map(files.map((entry) => [entry.path, entry]));
  const payload = new Map<string, ContentEntry>();
  for (const { path } of files) {
    const seen = new Set<string>();
    let found = byPath.get(path);
    while (found?.kind === 'symlink' && !seen.has(found.path)) {
      seen.add(found.path);
      found = byPath.get(targetOf(found));
    }
    if (found && isContentEntry(found)) payload.set(path, found);
  }
  return payload;
}

function foldersOf({ files }: Manifest): Set<string> {
  const folders = new Set(files.filter(({ kind }) => kind === 'directory').map(({ path }) => path));
  for (const { path } of files) {
    for (let folder = posix.dirname(path); !folders.has(folder); folder = posix.dirname(folder)) folders.add(folder);
  }
  return folders;
}

function targetOf({ path, target }: { path: string; target: string }): string {
  return posix.join(posix.dirname(path), target).replace(/\/$/, '');
}

function bagInfo(manifest: Manifest, cbor: Uint8Array, payload: Map<string, ContentEntry>): string {
  const { id, producer, subject, created_at, metadata } = manifest.package;
  const octets = [...payload.values()].reduce((sum, { size }) => sum + size, 0);
  const lines: [string, string | undefined][] = [
    ['Bagging-Date', created_at.slice(0, 10)],
    ['External-Identifier', id],
    ['External-Description', metadata['note']],
    ['Payload-Oxum', `${octets}.${payload.size}`],
    ['Bag-Software-Agent', 'infospace-archive'],
    ['Package-Producer', producer],
    ['Package-Subject', subject],
    ['Package-Manifest-Digest', formatContentAddress(blake3.hash(cbor))],
    ['Package-Content-Digest', formatContentAddress(contentDigest(manifest.files))],
    ['Package-Retention-Class', manifest.retention_summary.retention_class],
    ['Package-Expires', manifest.retention_summary.expires_at ?? 'never'],
  ];
  return (
    lines
      .filter(([, value]) => value !== undefined)
      // A value goes on in the next line when that begins with a space.
      .map(([label, value]) => `${label}: ${value!.replace(/\r\n|\r|\n/g, '\n  ')}\n`)
      .join('')
  );
}
