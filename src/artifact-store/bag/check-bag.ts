import { failingWithReason } from '../abort.ts';
import { ArchiveError } from '../errors.ts';
import { sameBytes } from '../identity/digest.ts';
import type { FileEntry, Manifest } from '../manifest/model.ts';
import type { ReadFiles } from '../packs/ordered-reader.ts';
import type { Progress } from '../packs/progress.ts';
import { type BagSource, damagedBag, openSource } from './bag-source.ts';
import { BAG_INFO_TXT, BAGIT_TXT, decodeBagPath, MANIFEST_NAMES, PAYLOAD_FOLDER } from './layout.ts';
import { oxumOf, payloadFiles } from './payload.ts';
import { type Bag, findBag } from './read-bag.ts';
import { readPayload } from './read-payload.ts';
import { ALGORITHMS, type Payload, type Sums, scanPayload, scanTags, type Tags } from './scan-bag.ts';
import { jsonView } from './tag-files.ts';
import { type BagInfo, checkDeclaration, findListed, infoOf, parseBagInfo, parseSums, textOf } from './tag-text.ts';

/** A bag that was read from end to end and is whole. */
export interface CheckedBag {
  source: BagSource;
  info: BagInfo;
  /** Names all of the bag, in hexadecimal; undefined for a bag without such a tag manifest. */
  tagManifestSha256: string | undefined;
  /** What its payload is as a package. */
  files: FileEntry[];
  /** Reads files of the payload, in the order of the bag, and compares each once more. */
  readFiles: ReadFiles;
  /** The package in it, when this software wrote it. */
  bag: Bag | undefined;
}

/** How many times its stored size a bag of others may unpack to: text compresses to a tenth, a bomb to a thousandth. */
const MAX_RATIO = 128;
const ALLOWED_BYTES = 64 * 1024 * 1024;

/**
 * Checks a bag as RFC 8493 says, 3: declaration, every payload and tag file against every manifest, the Payload-Oxum; and
 * what this software adds to it: both forms of the package's manifest, and its files. Nothing is taken for granted of who
 * made it.
 *
 * @throws ArchiveError `NOT_FOUND`; `INTEGRITY` when it is not whole; `FORMAT_UNSUPPORTED` for a version or digests that
 * cannot be checked, or files to be fetched; `PATH_INVALID` for names that no package may hold.
 */
export function checkBag(
  path: string,
  onProgress?: (progress: Progress) => void,
  signal?: AbortSignal,
): Promise<CheckedBag> {
  return failingWithReason(signal, () => check(path, onProgress, signal));
}

async function check(
  path: string,
  onProgress: ((progress: Progress) => void) | undefined,
  signal: AbortSignal | undefined,
): Promise<CheckedBag> {
  const source = await openSource(path);
  const atMost = Math.max(ALLOWED_BYTES, source.storedBytes * MAX_RATIO);
  const bag = await findBag(source, atMost, signal);
  const unpackedBytes = bag?.unpackedBytes ?? atMost;
  const tags = await scanTags(source, unpackedBytes, signal);
  requireTag(source, tags, BAGIT_TXT, (text) => checkDeclaration(source, text));
  if (tags.contents.has('fetch.txt')) {
    const sentence = `The bag ${source.path} has files that are to be fetched ("fetch.txt"); complete it first.`;
    throw new ArchiveError('FORMAT_UNSUPPORTED', sentence);
  }
  const manifests = sumsIn(source, tags, /^manifest-([a-z0-9]+)\.txt$/);
  if (manifests.size === 0) {
    const known = ALGORITHMS.map((algorithm) => `manifest-${algorithm}.txt`).join(', ');
    throw new ArchiveError('FORMAT_UNSUPPORTED', `The bag ${source.path} has none of ${known}; add one.`);
  }
  checkTags(source, tags);
  const payload = await scanPayload(source, new Set(manifests.keys()), unpackedBytes, onProgress, signal);
  checkPayload(source, manifests, payload);
  const infoText = tags.contents.get(BAG_INFO_TXT);
  const info = infoText ? parseBagInfo(textOf(source, BAG_INFO_TXT, infoText)) : [];
  checkOxum(source, info, payload);
  if (bag) checkPackage(source, await bag.getManifest(), tags, payload);
  const tagManifestSha256 = tags.sums.get('tagmanifest-sha256.txt')?.['sha256'];
  const readFiles: ReadFiles = (entries) => readPayload(source, entries, unpackedBytes, signal);
  return { source, info, tagManifestSha256, files: payload.files, readFiles, bag };
}

function requireTag(source: BagSource, { contents }: Tags, path: string, check: (text: string) => void): void {
  const bytes = contents.get(path);
  if (bytes === undefined) throw damagedBag(source, `is no bag: it lacks "${path}"`);
  check(textOf(source, path, bytes));
}

/** Manifests by their algorithm, those that can be checked. */
function sumsIn(source: BagSource, { contents }: Tags, name: RegExp): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  for (const [path, bytes] of contents) {
    const algorithm = name.exec(path)?.[1];
    if (algorithm === undefined || !ALGORITHMS.includes(algorithm)) continue;
    found.set(algorithm, parseSums(source, path, textOf(source, path, bytes)));
  }
  return found;
}

/** Tag files that no manifest names may be there (RFC 8493, 2.2.1). */
function checkTags(source: BagSource, tags: Tags): void {
  for (const [algorithm, listed] of sumsIn(source, tags, /^tagmanifest-([a-z0-9]+)\.txt$/)) {
    for (const [path, sum] of listed) requireSum(source, path, findListed(tags.sums, path), algorithm, sum);
  }
}

/** Each manifest lists every file, and no other ones. */
function checkPayload(
  source: BagSource,
  manifests: ReadonlyMap<string, ReadonlyMap<string, string>>,
  { files, sums }: Payload,
): void {
  const payload = payloadFiles(files);
  const byPath = new Map([...payload].map(([path, { path: content }]) => [PAYLOAD_FOLDER + path, sums.get(content)!]));
  for (const [algorithm, listed] of manifests) {
    for (const [path, sum] of listed) requireSum(source, path, findListed(byPath, path), algorithm, sum);
    const names = new Set([...listed.keys()].flatMap((path) => [path, decodeBagPath(path)]));
    const unlisted = [...byPath.keys()].find((path) => !names.has(path) && !names.has(`./${path}`));
    if (unlisted) throw damagedBag(source, `has ${JSON.stringify(unlisted)}, which "manifest-${algorithm}.txt" lacks`);
  }
}

function requireSum(source: BagSource, path: string, sums: Sums | undefined, algorithm: string, sum: string): void {
  if (sums === undefined) throw damagedBag(source, `lacks ${JSON.stringify(path)}, which a manifest lists`);
  if (sums[algorithm] !== sum) {
    throw damagedBag(source, `has a ${JSON.stringify(path)} that is not what its ${algorithm} manifest says`);
  }
}

function checkOxum(source: BagSource, info: BagInfo, { files }: Payload): void {
  const told = infoOf(info, 'Payload-Oxum');
  const found = oxumOf(payloadFiles(files));
  if (told === undefined || told.trim() === found) return;
  throw damagedBag(
    source,
    `has a payload of ${found} octets and files, and its Payload-Oxum says ${JSON.stringify(told)}`,
  );
}

/** That all in the bag is what the package's manifest says. A copy of what a link leads to may stand in its place. */
function checkPackage(source: BagSource, manifest: Manifest, tags: Tags, { files }: Payload): void {
  const views = [...MANIFEST_NAMES.values()].flatMap((name) => tags.contents.get(name) ?? []);
  if (views.length !== 1 || views[0]!.toString() !== jsonView(manifest)) {
    throw damagedBag(source, 'has a manifest in JSON that is not the one in CBOR');
  }
  const targets = new Map(
    manifest.files.flatMap((entry) => (entry.kind === 'symlink' ? [[entry.path, entry.target]] : [])),
  );
  for (const entry of files) {
    if (entry.kind === 'symlink' && targets.get(entry.path) !== entry.target) {
      throw damagedBag(source, `has a link ${JSON.stringify(entry.path)} that its package has not`);
    }
  }
  const found = payloadFiles(files);
  const wanted = payloadFiles(manifest.files);
  for (const [path, { blake3, sha256, size }] of wanted) {
    const there = found.get(path);
    if (there?.size === size && sameBytes(there.blake3, blake3) && sameBytes(there.sha256, sha256)) continue;
    throw damagedBag(source, `${there ? 'has a damaged' : 'lacks'} ${JSON.stringify(path)}`);
  }
  const stray = [...found.keys()].find((path) => !wanted.has(path));
  if (stray !== undefined) throw damagedBag(source, `has ${JSON.stringify(stray)}, which is not in its package`);
}
