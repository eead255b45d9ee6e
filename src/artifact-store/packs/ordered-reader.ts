import { release } from '../encoding/release.ts';
import { isArchiveError } from '../errors.ts';
import { toHex } from '../identity/digest.ts';
import { hasDigests } from '../identity/hasher.ts';
import type { ContentEntry } from '../manifest/model.ts';
import { partsOf } from '../parts.ts';
import { findPack, isList, locateReadable, type PackLocation } from './content-index.ts';
import { damagedContent, streamContent } from './content-stream.ts';
import { framesOf, OBJECT_MIN_BYTES, type PlacedFrame, placeFrames } from './format.ts';
import { FrameCache } from './frame-cache.ts';
import { type List, ListReader } from './list-reader.ts';
import { streamListed } from './listed-content.ts';
import { type OnProgress, ProgressCounter, totalOf } from './progress.ts';
import type { ReaderParts } from './reader-parts.ts';

/** A file and its bytes, which must be read before the next file is requested. */
export interface FileContent {
  entry: ContentEntry;
  /** A piece may be reused once the next one is requested. Throws `INTEGRITY` at the end unless the content matches its entry. */
  pieces: AsyncIterable<Uint8Array>;
}

/** Reads the contents of entries. */
export type ReadFiles = (entries: readonly ContentEntry[]) => AsyncIterable<FileContent>;

/** Entries per lookup; bounds memory. */
const LOOKED_UP = 2000;

interface Place {
  pack: PackLocation;
  frames: readonly PlacedFrame[];
  rawOffset: number;
}

/** What files are read with, one after the other. */
interface Reading {
  parts: ReaderParts;
  cache: FrameCache;
  lists: ListReader;
}

/**
 * The files one by one, in the given order, entirely in memory: frames are decoded a few ahead, and cached since consecutive files mostly
 * share one.
 * @throws ArchiveError `INTEGRITY` at the first missing or damaged content.
 */
export async function* readInOrder(parts: ReaderParts, entries: readonly ContentEntry[]): AsyncGenerator<FileContent> {
  const cache = new FrameCache(parts);
  const reading: Reading = { parts, cache, lists: new ListReader(parts, cache) };
  for (const part of partsOf(entries, LOOKED_UP)) {
    const placed = await placeAll(parts, part);
    let ahead = 0;
    for (const [i, item] of placed.entries()) {
      parts.signal?.throwIfAborted();
      cache.releaseEvicted();
      ahead = Math.max(ahead, i);
      while (ahead < placed.length && cache.pending <= parts.workers.size) prefetch(cache, placed[ahead++]);
      yield { entry: part[i]!, pieces: bytesOf(reading, part[i]!, item) };
    }
  }
}

/** Undefined for an empty content, which is not stored. */
async function placeAll(parts: ReaderParts, entries: readonly ContentEntry[]): Promise<(Place | List | undefined)[]> {
  const stored = entries.filter(({ size }) => size > 0);
  const locations = await locateReadable(
    parts,
    stored.map(({ blake3 }) => blake3),
  );
  const packs = new Map<number, { pack: PackLocation; frames: PlacedFrame[] }>();
  const placed: (Place | List | undefined)[] = [];
  for (const entry of entries) {
    const location = entry.size === 0 ? undefined : locations.get(toHex(entry.blake3));
    if (entry.size > 0 && location?.length !== entry.size) throw damagedContent(entry, 'is missing from');
    if (location === undefined || isList(location)) {
      placed.push(location);
      continue;
    }
    let found = packs.get(location.packId);
    if (found === undefined) {
      const pack = await findPack(parts, location.packId);
      found = { pack, frames: placeFrames(pack.frames, pack.packKey) };
      packs.set(location.packId, found);
    }
    const frames = framesOf(found.frames, location);
    placed.push({ pack: found.pack, frames, rawOffset: location.rawOffset });
  }
  return placed;
}

function prefetch(cache: FrameCache, item: Place | List | undefined): void {
  if (item !== undefined && 'pack' in item && item.frames.length === 1) void cache.get(item.pack.key, item.frames[0]!);
}

async function* bytesOf(
  { parts, cache, lists }: Reading,
  entry: ContentEntry,
  place: Place | List | undefined,
): AsyncGenerator<Uint8Array> {
  if (place === undefined) {
    if (!hasDigests(new Uint8Array(), entry)) throw damagedContent(entry, 'is damaged in');
    return;
  }
  if ('root' in place) {
    yield* released(streamListed(lists, place, entry));
    return;
  }
  const { pack, frames, rawOffset } = place;
  const [frame, ...others] = frames;
  if (frame === undefined || others.length > 0) {
    yield* released(streamContent({ ...parts, key: pack.key, frames, rawOffset }, entry));
    return;
  }
  let raw: Uint8Array | undefined;
  try {
    raw = await cache.get(pack.key, frame);
  } catch (error) {
    throw isArchiveError(error, 'INTEGRITY') ? damagedContent(entry, 'is missing from', error) : error;
  }
  const start = rawOffset - frame.rawOffset;
  const bytes = raw?.subarray(start, start + entry.size);
  if (bytes === undefined || !hasDigests(bytes, entry)) throw damagedContent(entry, 'is damaged in');
  yield bytes;
}

async function* released(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    yield piece;
    release(piece);
  }
}

/** Reports progress as files are read. */
export async function* counted(
  files: AsyncIterable<FileContent>,
  entries: readonly ContentEntry[],
  onProgress: OnProgress | undefined,
): AsyncGenerator<FileContent> {
  const counter = new ProgressCounter(onProgress, totalOf(entries.map(({ size }) => size)));
  for await (const { entry, pieces } of files) yield { entry, pieces: countedPieces(entry, pieces, counter) };
}

async function* countedPieces(
  { path, size }: ContentEntry,
  pieces: AsyncIterable<Uint8Array>,
  counter: ProgressCounter,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.byteLength;
    yield piece;
    if (size >= OBJECT_MIN_BYTES) counter.within(path, bytes, size);
  }
  counter.add(path, size);
}
