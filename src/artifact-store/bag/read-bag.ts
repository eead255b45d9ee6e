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

/** What is written in one piece. */
const SMALL_BYTES = 1024 * 1024;

/** What the tags of an honest file take at most, for each byte of the manifest; a control character has six in JSON. */
const MAX_TAG_RATIO = 16;
/** Of one UTF-16 unit. */
const MAX_UTF8_BYTES = 3;
/** What a decompressor gives beyond what was asked for. */
const SLACK_BYTES = 1024 * 1024;

/**
 * Opens a bag that this software wrote, by its manifest: a folder, or a tar archive.
 *
 * @experimental
 * @throws ArchiveError `NOT_FOUND` when it is not there; `INTEGRITY` when it holds no sound package.
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

/** Undefined for a bag that other software wrote; it is looked for in so many bytes. */
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

/** A manifest longer than any document may be is taken only from a bag that is large itself. */
function maxManifestBytes({ storedBytes }: BagSource): number {
  return Math.min(MAX_MANIFEST_BYTES, Math.max(MAX_RAW_BYTES, storedBytes * 128));
}

/**
 * One package in a bag. Every byte is compared with the manifest as it is read.
 *
 * @experimental
 */
export class Bag implements PackageReader {
  /** The file itself. */
  readonly localPaths: readonly string[];
  /** The package, as its manifest tells of it. */
  readonly summary: PackageSummary;
  /** What the file unpacks to at most when it holds no more than the manifest says. */
  readonly unpackedBytes: number;
  readonly #source: BagSource;
  /** Decoded, it takes several times as much memory. */
  readonly #cbor: Uint8Array;
  #manifest: Manifest | undefined;

  /** @throws ArchiveError `INTEGRITY` for no sound manifest. */
  constructor(source: BagSource, cbor: Uint8Array) {
    this.localPaths = [source.path];
    this.#source = source;
    this.#cbor = cbor;
    const manifest = decodeManifest(cbor);
    if (!isOurs(manifest)) throw damagedBag(source, 'has a manifest that this software did not make');
    this.summary = summaryOf(manifest, blake3.hash(cbor));
    this.unpackedBytes = SLACK_BYTES + MAX_TAG_RATIO * cbor.byteLength + payloadBytes(manifest);
  }

  /** @throws ArchiveError `NOT_FOUND` for a name that is not of the package in it. */
  async getPackage(name: string): Promise<PackageSummary> {
    if (isNamedBy(name, this.summary)) return this.summary;
    throw new ArchiveError(
      'NOT_FOUND',
      `The bag ${this.#source.path} holds the package "${this.summary.id}" and not "${name}"; name that one or another bag.`,
      undefined,
      { path: this.#source.path, packageId: name, expected: name, actual: this.summary.id },
    );
  }

  /** The package, if it is of that subject. */
  async latestPackage(subject: string, before = 0): Promise<PackageSummary | undefined> {
    return subject === this.summary.subject && before === 0 ? this.summary : undefined;
  }

  /** The package, if it is of that subject and was made by then. */
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
   * Writes files of it below a folder that has their parent folders and none of them.
   *
   * @throws ArchiveError `INTEGRITY` at the first that is not what its manifest says, or is missing.
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

/** Of contents, and of headers: every entry has one, and every folder on the way to it. */
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
