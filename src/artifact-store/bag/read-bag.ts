import { createHash } from 'node:crypto';
import { createReadStream, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { createZstdDecompress } from 'node:zlib';
import { ArchiveError, systemErrorCode } from '../errors.ts';
import { formatContentAddress, sameBytes } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { contentDigest, decodeManifest } from '../manifest/codec.ts';
import { type ContentEntry, isContentEntry, type Manifest } from '../manifest/model.ts';
import type { PackageReader } from '../package-reader.ts';
import type { Progress } from '../packs/ingest.ts';
import type { PackageSummary } from '../registry.ts';
import { MANIFEST_CBOR, PAYLOAD_FOLDER } from './layout.ts';
import { readTar, type TarMember } from './tar-reader.ts';

/** Of the file and of what is in it, at a time. */
const CHUNK_BYTES = 1024 * 1024;

/** As much as a process can hold; bounds what a forged file can unpack to. */
const MAX_MANIFEST_BYTES = 2 ** 31 - 1;

/**
 * Opens a self-contained file by its manifest.
 *
 * @throws ArchiveError `NOT_FOUND` without the file; `INTEGRITY` when it holds no sound package.
 */
export async function openBag(file: string): Promise<Bag> {
  for await (const member of members(file)) {
    if (nameIn(member) !== MANIFEST_CBOR) continue;
    if (member.size > MAX_MANIFEST_BYTES) break;
    const parts: Uint8Array[] = [];
    for await (const piece of member.body) parts.push(piece);
    const cbor = Buffer.concat(parts);
    return new Bag(file, decodeManifest(cbor), blake3.hash(cbor));
  }
  throw damaged(file, 'has no package manifest');
}

/** One package in a file. Every byte is compared with the manifest as it is read. */
export class Bag implements PackageReader {
  readonly localPaths: readonly string[];
  readonly summary: PackageSummary;
  readonly #file: string;
  readonly #manifest: Manifest;

  constructor(file: string, manifest: Manifest, manifestDigest: Buffer) {
    this.localPaths = [file];
    this.#file = file;
    this.#manifest = manifest;
    this.summary = summaryOf(manifest, manifestDigest);
  }

  async getPackage(idOrDigest: string): Promise<PackageSummary> {
    const { id, manifestDigest } = this.summary;
    if (idOrDigest.toLowerCase() === id || idOrDigest === manifestDigest) return this.summary;
    throw new ArchiveError(
      'NOT_FOUND',
      `The file ${this.#file} holds the package "${id}" and not "${idOrDigest}"; name that one or another file.`,
    );
  }

  async latestPackage(subject: string): Promise<PackageSummary | undefined> {
    return subject === this.summary.subject ? this.summary : undefined;
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
    for await (const member of members(this.#file)) {
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

function members(file: string): AsyncGenerator<TarMember> {
  return readTar(decompressed(file));
}

async function* decompressed(file: string): AsyncGenerator<Uint8Array> {
  const compressed = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const bytes = createZstdDecompress({ chunkSize: CHUNK_BYTES });
  compressed.on('error', (error) => bytes.destroy(error));
  try {
    yield* compressed.pipe(bytes);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') throw new ArchiveError('NOT_FOUND', `There is no file ${file}; check the path.`, error);
    if (code?.startsWith('ZSTD_') || code === 'Z_BUF_ERROR') {
      throw damaged(file, 'is cut short, damaged or not compressed with zstd', error);
    }
    throw error;
  } finally {
    compressed.destroy();
    bytes.destroy();
  }
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
  const mode = executable ? 0o777 : 0o666;
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
