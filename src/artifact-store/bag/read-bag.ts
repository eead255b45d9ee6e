import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Abortable, failingWithReason } from '../abort.ts';
import { MAX_RAW_BYTES } from '../encoding/document.ts';
import { writeAll } from '../encoding/write-all.ts';
import { ArchiveError } from '../errors.ts';
import { formatContentAddress } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { isOurs } from '../imported-package.ts';
import { contentDigest, decodeManifest } from '../manifest/codec.ts';
import { MAX_MANIFEST_BYTES } from '../manifest/limits.ts';
import { type ContentEntry, isContentEntry, type Manifest } from '../manifest/model.ts';
import { isNamedBy } from '../package-names.ts';
import type { PackageReader } from '../package-reader.ts';
import type { PackageSummary } from '../package-summary.ts';
import { counted, type FileContent } from '../packs/ordered-reader.ts';
import type { OnProgress } from '../packs/progress.ts';
import { modeOf } from '../packs/tasks.ts';
import { type BagSource, damagedBag } from './bag-source.ts';
import { MANIFEST_NAMES } from './layout.ts';
import { openSource } from './open-source.ts';
import { readPayload } from './read-payload.ts';
import { BLOCK_BYTES } from './tar.ts';

/** Files up to this size are written in one piece. */
const SMALL_BYTES = 1024 * 1024;

/** Most bytes of tag files for each byte of the manifest; JSON takes six bytes for a control character. */
const MAX_TAG_RATIO = 16;
/** Most UTF-8 bytes of one UTF-16 unit. */
const MAX_UTF8_BYTES = 3;
/** A decompressor may output this much more than was requested. */
const SLACK_BYTES = 1024 * 1024;

/**
 * Opens a bag that this software wrote, by its manifest: a folder, or a tar archive.
 *
 * @experimental
 * @throws ArchiveError `NOT_FOUND` when it does not exist; `INTEGRITY` when it contains no sound package.
 */
export async function openBag(path: string, { signal }: Abortable = {}): Promise<Bag> {
  return failingWithReason(signal, async () => {
    const source = await openSource(path);
    const found = await findBag(source, maxManifestBytes(source), signal);
    if (found) return found.bag;
    throw damagedBag(source, 'has no package manifest');
  });
}

/** A package in a bag, and the bytes of its manifest. */
export interface FoundBag {
  bag: Bag;
  cbor: Uint8Array;
}

/** Undefined for a bag of other software. Unpacks at most `atMost` bytes to look for the manifest. */
export async function findBag(source: BagSource, atMost: number, signal?: AbortSignal): Promise<FoundBag | undefined> {
  for await (const { type, path, size, body } of source.members('tags', atMost, signal)) {
    if (type !== 'file' || !MANIFEST_NAMES.has(path)) continue;
    if (size > maxManifestBytes(source)) throw damagedBag(source, 'has a manifest that is too long');
    const cbor = Buffer.allocUnsafeSlow(size);
    let filled = 0;
    for await (const piece of body) {
      cbor.set(piece, filled);
      filled += piece.byteLength;
    }
    return { bag: new Bag(source, cbor), cbor };
  }
  return undefined;
}

/** Accepts a manifest above the usual limit only from a bag that is large itself. */
function maxManifestBytes({ storedBytes }: BagSource): number {
  return Math.min(MAX_MANIFEST_BYTES, Math.max(MAX_RAW_BYTES, storedBytes * 128));
}

/**
 * A package in a bag. Every byte is checked against the manifest as it is read.
 *
 * @experimental
 */
export class Bag implements PackageReader {
  /** The bag's file or folder. */
  readonly localPaths: readonly string[];
  /** The package as its manifest describes it. */
  readonly summary: PackageSummary;
  /** Most bytes that the file may unpack to, given what its manifest lists. */
  readonly unpackedBytes: number;
  readonly #source: BagSource;
  /** Kept encoded: decoded, it takes several times as much memory. */
  readonly #cbor: Uint8Array;
  #manifest: Manifest | undefined;

  /** @throws ArchiveError `INTEGRITY` when the manifest is not sound. */
  constructor(source: BagSource, cbor: Uint8Array) {
    this.localPaths = [source.path];
    this.#source = source;
    this.#cbor = cbor;
    const manifest = decodeManifest(cbor);
    if (!isOurs(manifest)) throw damagedBag(source, 'has a manifest that this software did not make');
    this.summary = summaryOf(manifest, blake3.hash(cbor));
    this.unpackedBytes = SLACK_BYTES + MAX_TAG_RATIO * cbor.byteLength + payloadBytes(manifest);
  }

  /** @throws ArchiveError `NOT_FOUND` when the name is of another package. */
  async getPackage(name: string): Promise<PackageSummary> {
    if (isNamedBy(name, this.summary)) return this.summary;
    throw new ArchiveError(
      'NOT_FOUND',
      `The bag ${this.#source.path} contains the package "${this.summary.id}", not "${name}"; name that package or another bag.`,
      undefined,
      { path: this.#source.path, packageId: name, expected: name, actual: this.summary.id },
    );
  }

  /** The package, if it has that subject. */
  async latestPackage(subject: string, before = 0): Promise<PackageSummary | undefined> {
    return subject === this.summary.subject && before === 0 ? this.summary : undefined;
  }

  /** The package, if it has that subject and was created by that time. */
  async latestPackageBy(subject: string, time: Date): Promise<PackageSummary | undefined> {
    return this.summary.createdAt <= time.toISOString() ? this.latestPackage(subject) : undefined;
  }

  /** Its manifest. */
  async getManifest(): Promise<Manifest> {
    this.#manifest ??= decodeManifest(this.#cbor);
    return this.#manifest;
  }

  /** Contents in the order of the bag; read each to its end before the next. */
  readFiles(entries: readonly ContentEntry[], signal?: AbortSignal): AsyncIterable<FileContent> {
    return readPayload(this.#source, entries, this.unpackedBytes, signal);
  }

  /**
   * Writes files of the package below a folder. Their parent folders must exist, the files must not.
   *
   * @throws ArchiveError `INTEGRITY` for the first damaged or missing file.
   */
  async extractFiles(
    entries: readonly ContentEntry[],
    directory: string,
    onProgress?: OnProgress,
    signal?: AbortSignal,
  ): Promise<void> {
    await failingWithReason(signal, async () => {
      for await (const { entry, pieces } of counted(this.readFiles(entries, signal), entries, onProgress)) {
        await writeNew(join(directory, entry.path), entry, pieces);
      }
    });
  }

  /**
   * Reads and hashes every byte of the package's files.
   *
   * @throws ArchiveError `INTEGRITY` naming the first file that is damaged or missing.
   */
  async verify(onProgress?: OnProgress, signal?: AbortSignal): Promise<void> {
    const contents = (await this.getManifest()).files.filter(isContentEntry);
    await failingWithReason(signal, async () => {
      for await (const { pieces } of counted(this.readFiles(contents, signal), contents, onProgress))
        for await (const _ of pieces);
    });
  }
}

/** Most bytes of contents and headers: every entry has a header, and so has each folder above it. */
function payloadBytes({ files }: Manifest): number {
  return files.reduce((sum, entry) => {
    const text = entry.path.length + (entry.kind === 'symlink' ? entry.target.length : 0);
    const headers = entry.path.split('/').length * (4 * BLOCK_BYTES + MAX_UTF8_BYTES * text);
    return sum + headers + (isContentEntry(entry) ? entry.size + BLOCK_BYTES : 0);
  }, 0);
}

async function writeNew(
  path: string,
  { size, executable }: ContentEntry,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  const mode = modeOf(executable);
  if (size <= SMALL_BYTES) {
    const pieces: Uint8Array[] = [];
    for await (const piece of content) pieces.push(piece);
    writeFileSync(path, Buffer.concat(pieces), { flag: 'wx', mode });
    return;
  }
  const file = await open(path, 'wx', mode);
  try {
    for await (const piece of content) await writeAll(file, piece);
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
