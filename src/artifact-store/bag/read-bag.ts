import { createHash } from 'node:crypto';
import { createReadStream, writeFileSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createZstdDecompress } from 'node:zlib';
import { maxUnpackedBytes } from '../encoding/unpack.ts';
import { ArchiveError, systemErrorCode } from '../errors.ts';
import { formatContentAddress, sameBytes } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { contentDigest, decodeManifest } from '../manifest/codec.ts';
import { type ContentEntry, isContentEntry, type Manifest } from '../manifest/model.ts';
import type { PackageReader } from '../package-reader.ts';
import type { Progress } from '../packs/ingest.ts';
import { modeOf } from '../packs/tasks.ts';
import type { PackageSummary } from '../registry.ts';
import { MANIFEST_CBOR, PAYLOAD_FOLDER } from './layout.ts';
import { BLOCK_BYTES } from './tar.ts';
import { readTar, type TarMember } from './tar-reader.ts';

/** Of the file and of what is in it, at a time. */
const CHUNK_BYTES = 1024 * 1024;

/** What the tags of an honest file take at most, for each byte of the manifest; a control character has six in JSON. */
const MAX_TAG_RATIO = 16;
/** Of one UTF-16 unit. */
const MAX_UTF8_BYTES = 3;

/**
 * Opens a self-contained file by its manifest.
 *
 * @throws ArchiveError `NOT_FOUND` without the file; `INTEGRITY` when it holds no sound package.
 */
export async function openBag(file: string): Promise<Bag> {
  const atMost = maxUnpackedBytes(await sizeOf(file));
  for await (const member of members(file, atMost)) {
    if (nameIn(member) !== MANIFEST_CBOR) continue;
    const parts: Uint8Array[] = [];
    for await (const piece of member.body) parts.push(piece);
    const cbor = Buffer.concat(parts);
    return new Bag(file, decodeManifest(cbor), cbor);
  }
  throw damaged(file, 'has no package manifest');
}

/** One package in a file. Every byte is compared with the manifest as it is read. */
export class Bag implements PackageReader {
  readonly localPaths: readonly string[];
  readonly summary: PackageSummary;
  readonly #file: string;
  readonly #manifest: Manifest;
  /** What the file unpacks to at most when it holds no more than the manifest says. */
  readonly #unpackedBytes: number;

  constructor(file: string, manifest: Manifest, cbor: Uint8Array) {
    this.localPaths = [file];
    this.#file = file;
    this.#manifest = manifest;
    this.summary = summaryOf(manifest, blake3.hash(cbor));
    this.#unpackedBytes = CHUNK_BYTES + MAX_TAG_RATIO * cbor.byteLength + payloadBytes(manifest);
  }

  async getPackage(idOrDigest: string): Promise<PackageSummary> {
    const { id, manifestDigest } = this.summary;
    if (idOrDigest.toLowerCase() === id || idOrDigest === manifestDigest) return this.summary;
    throw new ArchiveError(
      'NOT_FOUND',
      `The file ${this.#file} holds the package "${id}" and not "${idOrDigest}"; name that one or another file.`,
    );
  }

  async latestPackage(subject: string, before = 0): Promise<PackageSummary | undefined> {
    return subject === this.summary.subject && before === 0 ? this.summary : undefined;
  }

  async getManifest(): Promise<Manifest> {
    return this.#manifest;
  }

  extractFiles(
    entries: readonly ContentEntry[],
    directory: string,
    onProgress?: (progress: Progress) => void,
  ): Promise<void> {
    return this.#read(entries, directory, onProgress);
  }

  /**
   * Reads and hashes every byte.
   *
   * @throws ArchiveError `INTEGRITY` naming the first file that is damaged or missing.
   */
  verify(onProgress?: (progress: Progress) => void): Promise<void> {
    return this.#read(this.#manifest.files.filter(isContentEntry), undefined, onProgress);
  }

  async #read(
    entries: readonly ContentEntry[],
    directory: string | undefined,
    onProgress: ((progress: Progress) => void) | undefined,
  ): Promise<void> {
    const wanted = new Map(entries.map((entry) => [PAYLOAD_FOLDER + entry.path, entry]));
    const progress = { files: 0, bytes: 0 };
    for await (const member of members(this.#file, this.#unpackedBytes)) {
      const entry = member.type === 'file' ? wanted.get(nameIn(member)) : undefined;
      if (entry === undefined) continue;
      wanted.delete(nameIn(member));
      const body = this.#checked(member, entry);
      if (directory === undefined) for await (const _ of body);
      else await writeChecked(join(directory, entry.path), entry, body);
      progress.files++;
      progress.bytes += entry.size;
      onProgress?.(progress);
    }
    const [missing] = wanted.values();
    if (missing) throw damaged(this.#file, `lacks ${JSON.stringify(missing.path)}`);
  }

  async *#checked({ size, body }: TarMember, entry: ContentEntry): AsyncGenerator<Uint8Array> {
    const digest = blake3.createHash();
    const sha256 = createHash('sha256');
    if (size === entry.size) {
      for await (const piece of body) {
        digest.update(piece);
        sha256.update(piece);
        yield piece;
      }
      if (sameBytes(digest.digest(), entry.blake3) && sameBytes(sha256.digest(), entry.sha256)) return;
    }
    throw damaged(this.#file, `has a damaged ${JSON.stringify(entry.path)} (${formatContentAddress(entry.blake3)})`);
  }
}

function members(file: string, atMost: number): AsyncGenerator<TarMember> {
  return readTar(decompressed(file, atMost));
}

/** @throws ArchiveError `INTEGRITY` when it is more than so many bytes: a bomb is found out before it has run its course. */
async function* decompressed(file: string, atMost: number): AsyncGenerator<Uint8Array> {
  const compressed = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const bytes = createZstdDecompress({ chunkSize: CHUNK_BYTES });
  compressed.on('error', (error) => bytes.destroy(error));
  try {
    let left = atMost;
    for await (const piece of compressed.pipe(bytes) as AsyncIterable<Uint8Array>) {
      left -= piece.byteLength;
      if (left < 0) throw damaged(file, 'unpacks to more than its manifest tells of');
      yield piece;
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (code?.startsWith('ZSTD_') || code === 'Z_BUF_ERROR') {
      throw damaged(file, 'is cut short, damaged or not compressed with zstd', error);
    }
    throw error;
  } finally {
    compressed.destroy();
    bytes.destroy();
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    throw new ArchiveError('NOT_FOUND', `There is no file ${file} that can be read; check the path.`, error);
  }
}

/** Of contents, and of headers: every entry has one, and every folder on the way to it. */
function payloadBytes({ files }: Manifest): number {
  return files.reduce((sum, entry) => {
    const text = entry.path.length + (entry.kind === 'symlink' ? entry.target.length : 0);
    const headers = entry.path.split('/').length * (4 * BLOCK_BYTES + MAX_UTF8_BYTES * text);
    return sum + headers + (isContentEntry(entry) ? entry.size + BLOCK_BYTES : 0);
  }, 0);
}

/** Without the folder that all is in. */
function nameIn({ path }: TarMember): string {
  return path.slice(path.indexOf('/') + 1);
}

async function writeChecked(
  path: string,
  { size, executable }: ContentEntry,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  const mode = modeOf(executable);
  if (size <= CHUNK_BYTES) {
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    writeFileSync(path, Buffer.concat(pieces), { flag: 'wx', mode });
    return;
  }
  const file = await open(path, 'wx', mode);
  try {
    for await (const piece of body) await file.writeFile(piece);
  } finally {
    await file.close();
  }
}

function summaryOf(manifest: Manifest, manifestDigest: Buffer): PackageSummary {
  const { id, producer, subject, created_at: createdAt } = manifest.package;
  return {
    id,
    producer,
    subject,
    createdAt,
    retentionClass: manifest.retention_summary.retention_class,
    expiresAt: manifest.retention_summary.expires_at,
    manifestDigest: formatContentAddress(manifestDigest),
    contentDigest: formatContentAddress(contentDigest(manifest.files)),
    fileCount: manifest.files.length,
    totalBytes: manifest.files.filter(isContentEntry).reduce((sum, { size }) => sum + size, 0),
  };
}

function damaged(file: string, what: string, cause?: unknown): ArchiveError {
  return new ArchiveError('INTEGRITY', `The file ${file} ${what}; get it again from where it was kept.`, cause);
}
