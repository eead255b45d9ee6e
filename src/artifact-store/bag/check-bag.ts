import { createHash } from 'node:crypto';
import { failingWithReason } from '../abort.ts';
import { ArchiveError } from '../errors.ts';
import { sameBytes, toHex } from '../identity/digest.ts';
import { type StreamedManifest, streamManifest } from '../manifest/codec.ts';
import { type FileEntry, isContentEntry } from '../manifest/model.ts';
import type { ReadFiles } from '../packs/ordered-reader.ts';
import type { OnProgress } from '../packs/progress.ts';
import { type BagSource, damagedBag } from './bag-source.ts';
import { BAGIT_TXT, FETCH_TXT, MANIFEST_NAMES, PAYLOAD_FOLDER } from './layout.ts';
import { openSource } from './open-source.ts';
import { inPayload, linkedPath, type PayloadTable } from './payload-table.ts';
import { type Bag, findBag } from './read-bag.ts';
import { readPayload } from './read-payload.ts';
import { scanPayload, scanTags, type Tags } from './scan-bag.ts';
import { ALGORITHMS, type SumTable } from './sum-table.ts';
import { jsonPieces } from './tag-files.ts';
import {
  type BagInfo,
  type Declaration,
  findListed,
  infoOf,
  inUtf8,
  parseFields,
  readDeclaration,
  type SumLine,
  sumLines,
  textOf,
} from './tag-text.ts';

/** A bag that was read to its end and found sound. */
export interface CheckedBag {
  source: BagSource;
  info: BagInfo;
  /** In hexadecimal; identifies the whole bag. Undefined for a bag without that tag manifest. */
  tagManifestSha256: string | undefined;
  /** The payload as entries of a package; empty if the bag contains a package, whose manifest lists its files. */
  files: FileEntry[];
  /** Reads files of the payload in the order of the bag, and checks their digests again. */
  readFiles: ReadFiles;
  /** The package in the bag, if this software wrote it. */
  bag: Bag | undefined;
}

/** Limit on unpacked size over stored size for bags of other software: text compresses tenfold, a bomb a thousandfold. */
const MAX_RATIO = 128;
const ALLOWED_BYTES = 64 * 1024 * 1024;

/**
 * Checks a bag as in RFC 8493, 3: declaration, every payload and tag file against every manifest, and the Payload-Oxum.
 * Also checks what this software adds: both forms of the package's manifest, and its files. Trusts nothing in the bag.
 *
 * @throws ArchiveError `NOT_FOUND`; `INTEGRITY` when it is damaged or incomplete; `FORMAT_UNSUPPORTED` for a version or
 * digests that cannot be checked, or files to be fetched; `PATH_INVALID` for names that are not allowed in a package.
 */
export function checkBag(path: string, onProgress?: OnProgress, signal?: AbortSignal): Promise<CheckedBag> {
  return failingWithReason(signal, () => check(path, onProgress, signal));
}

async function check(
  path: string,
  onProgress: OnProgress | undefined,
  signal: AbortSignal | undefined,
): Promise<CheckedBag> {
  const source = await openSource(path, true);
  const atMost = Math.max(ALLOWED_BYTES, source.storedBytes * MAX_RATIO);
  const found = await findBag(source, atMost, signal);
  const unpackedBytes = found?.bag.unpackedBytes ?? atMost;
  const readFiles: ReadFiles = (entries) => readPayload(source, entries, unpackedBytes, signal);
  const about = await checkContents(source, found?.cbor, unpackedBytes, onProgress, signal);
  return { source, ...about, readFiles, bag: found?.bag };
}

async function checkContents(
  source: BagSource,
  manifest: Uint8Array | undefined,
  unpackedBytes: number,
  onProgress: OnProgress | undefined,
  signal: AbortSignal | undefined,
): Promise<Pick<CheckedBag, 'info' | 'tagManifestSha256' | 'files'>> {
  const tags = await scanTags(source, unpackedBytes, signal);
  const bagit = tags.contents.get(BAGIT_TXT);
  if (bagit === undefined) throw damagedBag(source, `is not a bag: it lacks "${BAGIT_TXT}"`);
  const declared = readDeclaration(source, bagit);
  const manifests = manifestsIn(source, tags, declared, 'manifest');
  if (manifests.size === 0) {
    const known = ALGORITHMS.map((algorithm) => `manifest-${algorithm}.txt`).join(', ');
    throw new ArchiveError('FORMAT_UNSUPPORTED', `The bag ${source.path} has none of ${known}; add one.`, undefined, {
      path: source.path,
    });
  }
  checkTags(source, tags, declared);
  const { encoding, infoName } = declared;
  const infoText = tags.contents.get(infoName);
  const info = infoText ? parseFields(source, infoName, textOf(source, infoName, infoText, encoding)) : [];
  const payload = await scanPayload(source, manifests.keys(), unpackedBytes, onProgress, signal);
  const fetched = tags.contents.get(FETCH_TXT);
  if (fetched) checkFetched(source, textOf(source, FETCH_TXT, fetched, encoding), payload);
  if (!manifest) checkPlaces(source, payload);
  checkPayload(source, manifests, declared, payload, tags);
  checkOxum(source, info, payload);
  if (manifest) checkPackage(source, streamManifest(manifest), tags, payload);
  const sealRow = tags.sums.rowOf('tagmanifest-sha256.txt');
  const tagManifestSha256 = sealRow === undefined ? undefined : toHex(tags.sums.digest(sealRow, 'sha256'));
  return { info, tagManifestSha256, files: manifest ? [] : payload.entries() };
}

/** The manifests that can be checked, by algorithm. */
function manifestsIn(
  source: BagSource,
  { contents }: Tags,
  { encoding }: Declaration,
  kind: 'manifest' | 'tagmanifest',
): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const algorithm of ALGORITHMS) {
    const name = `${kind}-${algorithm}.txt`;
    const bytes = contents.get(name);
    if (bytes !== undefined) found.set(algorithm, inUtf8(source, name, bytes, encoding));
  }
  return found;
}

/** Checks the listed tag files; a bag may contain others that no manifest lists (RFC 8493, 2.2.1). */
function checkTags(source: BagSource, tags: Tags, declared: Declaration): void {
  const { sums } = tags;
  const listed = (path: string) => (sums.rowOf(path) === undefined ? undefined : path);
  for (const [algorithm, bytes] of manifestsIn(source, tags, declared, 'tagmanifest')) {
    const name = `tagmanifest-${algorithm}.txt`;
    const lines = sumLines(source, name, bytes);
    checkSums(source, { name, algorithm, declared, lines }, sums, { listed, find: (path) => sums.rowOf(path) });
  }
}

/**
 * Checks that the manifests list exactly the files of the payload: each of them all, or in a draft's bag, all of them
 * together.
 */
function checkPayload(
  source: BagSource,
  manifests: ReadonlyMap<string, Buffer>,
  declared: Declaration,
  payload: PayloadTable,
  tags: Tags,
): void {
  const checks = [...manifests].map(([algorithm, bytes]) => {
    const about = { name: `manifest-${algorithm}.txt`, algorithm, declared };
    const lines = payloadLines(source, about, bytes, tags.sums);
    return { name: about.name, isListed: checkSums(source, { ...about, lines }, payload.sums, payload) };
  });
  for (const path of payload.paths()) {
    const lacking = checks.filter(({ isListed }) => !isListed(path));
    if (lacking.length > (declared.isDraft ? checks.length - 1 : 0)) {
      throw damagedBag(source, `has ${JSON.stringify(path)}, which "${lacking[0]!.name}" lacks`);
    }
  }
}

/** A bag of other software has a payload folder, and no links that no manifest can list. */
function checkPlaces(source: BagSource, payload: PayloadTable): void {
  if (payload.isMissing) throw damagedBag(source, `lacks the folder "${PAYLOAD_FOLDER}"`);
  for (const path of payload.dangling()) {
    throw damagedBag(source, `has a link ${JSON.stringify(path)} that leads to nothing in it`);
  }
}

/** Checks that nothing has to be fetched any more (RFC 8493, 2.2.3). */
function checkFetched(source: BagSource, text: string, payload: PayloadTable): void {
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line.trim() === '') continue;
    const [, address, path] = /^(\S+)[ \t]+(?:\d+|-)[ \t]+(.+)$/s.exec(line.trim()) ?? [];
    if (address === undefined || path === undefined || !URL.canParse(address)) {
      throw damagedBag(source, `has a line in "${FETCH_TXT}" that is not an address, a length and a path`);
    }
    if (findListed((each) => payload.listed(each), path) !== undefined) continue;
    const sentence = `The bag ${source.path} lacks ${JSON.stringify(path)}, which is to be fetched ("${FETCH_TXT}"); complete it first.`;
    throw new ArchiveError('FORMAT_UNSUPPORTED', sentence, undefined, { path });
  }
}

/** The manifest lines about the payload. A draft's manifest may also list tag files, which are checked here. */
function* payloadLines(
  source: BagSource,
  { name, algorithm, declared }: Omit<Sums, 'lines'>,
  bytes: Buffer,
  tags: SumTable,
): Generator<SumLine> {
  for (const line of sumLines(source, name, bytes)) {
    const row = findListed((path) => tags.rowOf(path), line.path);
    if (row === undefined) {
      yield line;
      continue;
    }
    const path = JSON.stringify(line.path);
    if (!declared.isDraft) throw damagedBag(source, `lists ${path} in "${name}", which is for the payload alone`);
    if (toHex(tags.digest(row, algorithm)) !== line.sum) throw sumMismatch(source, path, algorithm);
  }
}

/** The sums in a manifest. */
interface Sums {
  name: string;
  algorithm: string;
  declared: Declaration;
  lines: Iterable<SumLine>;
}

/** The files that a manifest may list. */
interface Listable {
  /** Turns a path in the manifest into one in the bag. */
  listed: (path: string) => string | undefined;
  /** The row of a path in the bag. */
  find: (path: string) => number | undefined;
}

/**
 * Compares the sums in a manifest with the files. A manifest lists each file once; a draft's may repeat the same sum.
 *
 * @returns a function that tells whether the manifest lists a path.
 */
function checkSums(
  source: BagSource,
  { name, algorithm, declared, lines }: Sums,
  sums: SumTable,
  files: Listable,
): (path: string) => boolean {
  const rows = new Uint8Array(sums.size);
  const links = new Set<string>();
  const isListed = (path: string): boolean => {
    const row = sums.rowOf(path);
    return row === undefined ? links.has(path) : rows[row] === 1;
  };
  for (const { sum, path: written } of lines) {
    const path = JSON.stringify(written);
    const found = findListed((each) => files.listed(each), written);
    if (found === undefined) throw damagedBag(source, `lacks ${path}, which a manifest lists`);
    if (isListed(found) && !declared.isDraft) throw damagedBag(source, `lists ${path} twice in "${name}"`);
    if (toHex(sums.digest(files.find(found)!, algorithm)) !== sum) throw sumMismatch(source, path, algorithm);
    const row = sums.rowOf(found);
    if (row === undefined) links.add(found);
    else rows[row] = 1;
  }
  return isListed;
}

function sumMismatch(source: BagSource, path: string, algorithm: string): ArchiveError {
  return damagedBag(source, `has a ${path} that is not what its ${algorithm} manifest says`);
}

function checkOxum(source: BagSource, info: BagInfo, payload: PayloadTable): void {
  const stated = infoOf(info, 'Payload-Oxum');
  if (stated === undefined) return;
  let octets = 0;
  let files = 0;
  for (const path of payload.paths()) {
    octets += payload.sizeOf(payload.find(path)!);
    files++;
  }
  const [, statedOctets, statedFiles] = /^(\d+)\.(\d+)$/.exec(stated.trim()) ?? [];
  if (Number(statedOctets) === octets && Number(statedFiles) === files) return;
  throw damagedBag(
    source,
    `has a payload of ${octets}.${files} octets and files, and its Payload-Oxum says ${JSON.stringify(stated)}`,
  );
}

/** Checks the payload against the package's manifest. In place of a link there may be a copy of its target. */
function checkPackage(source: BagSource, manifest: StreamedManifest, tags: Tags, payload: PayloadTable): void {
  checkJson(source, manifest, tags.sums);
  const targets = new Map<string, string>();
  for (const entry of manifest.files) {
    if (entry.kind === 'symlink') targets.set(PAYLOAD_FOLDER + entry.path, entry.target);
  }
  for (const [path, target] of payload.links) {
    if (targets.get(path) !== target) {
      throw damagedBag(source, `has a link ${JSON.stringify(inPayload(path))} that its package does not have`);
    }
  }
  const wanted = new Uint8Array(payload.sums.size);
  for (const entry of manifest.files) {
    if (!isContentEntry(entry)) continue;
    const { path, size, blake3, sha256 } = entry;
    const row = payload.find(PAYLOAD_FOLDER + path);
    const isSame =
      row !== undefined &&
      payload.sizeOf(row) === size &&
      sameBytes(payload.sums.digest(row, 'blake3'), blake3) &&
      sameBytes(payload.sums.digest(row, 'sha256'), sha256);
    if (!isSame) {
      throw damagedBag(source, `${row === undefined ? 'lacks' : 'has a damaged'} ${JSON.stringify(path)}`);
    }
    wanted[row] = 1;
  }
  for (const path of targets.keys()) {
    const row = payload.find(path);
    const meant = payload.sums.rowOf(linkedPath(path, targets));
    if (meant === undefined || wanted[meant] === 0) continue;
    if (row === undefined || !payload.sums.isSame(row, meant)) {
      const what = row === undefined ? 'lacks' : 'has a damaged';
      throw damagedBag(source, `${what} ${JSON.stringify(inPayload(path))}`);
    }
    wanted[row] = 1;
  }
  for (const path of payload.sums.paths) {
    if (wanted[payload.sums.rowOf(path)!] === 1) continue;
    throw damagedBag(source, `has ${JSON.stringify(inPayload(path))}, which is not in its package`);
  }
}

/** Compares digests, since the view is several times as long as the manifest. */
function checkJson(source: BagSource, manifest: StreamedManifest, sums: SumTable): void {
  const rows = [...MANIFEST_NAMES.values()].flatMap((name) => sums.rowOf(name) ?? []);
  const view = createHash('sha256');
  for (const piece of jsonPieces(manifest)) view.update(piece);
  if (rows.length === 1 && sameBytes(sums.digest(rows[0]!, 'sha256'), view.digest())) return;
  throw damagedBag(source, 'has a manifest in JSON that does not match the one in CBOR');
}
