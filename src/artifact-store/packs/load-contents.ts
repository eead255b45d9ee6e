import { hash } from 'node:crypto';
import { isArchiveError } from '../errors.ts';
import { sameBytes, toHex } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import type { ContentEntry } from '../manifest/model.ts';
import { type ContentLocation, findPack, locateContents, type PackLocation } from './content-index.ts';
import { framesOf, type ReaderParts } from './content-reader.ts';
import { damagedContent } from './content-stream.ts';
import { type PlacedFrame, placeFrames } from './format.ts';

/** A content being put together. */
interface Loading {
  entry: ContentEntry;
  location: ContentLocation;
  bytes: Buffer;
}

/**
 * The contents of entries, in their order, each checked against both digests. Frames that several share are decoded
 * once.
 *
 * @throws ArchiveError `INTEGRITY` at the first that is damaged or missing.
 */
export async function loadContents(parts: ReaderParts, entries: readonly ContentEntry[]): Promise<Buffer[]> {
  const stored = entries.filter(({ size }) => size > 0);
  const locations = await locateContents(
    parts.db,
    stored.map((entry) => entry.blake3),
  );
  const loading = new Map<string, Loading>();
  for (const entry of stored) {
    const key = toHex(entry.blake3);
    const location = locations.get(key);
    if (location?.length !== entry.size) throw damagedContent(entry, 'is missing from');
    if (!loading.has(key)) loading.set(key, { entry, location, bytes: Buffer.allocUnsafe(entry.size) });
  }
  for (const [packId, contents] of Map.groupBy(loading.values(), ({ location }) => location.packId)) {
    await loadFrom(parts, await findPack(parts.db, packId), contents);
  }
  return entries.map((entry) => {
    const bytes = loading.get(toHex(entry.blake3))?.bytes ?? Buffer.alloc(0);
    const isSound =
      sameBytes(blake3.hash(bytes), entry.blake3) && sameBytes(hash('sha256', bytes, 'buffer'), entry.sha256);
    if (!isSound) throw damagedContent(entry, 'is damaged in');
    return bytes;
  });
}

async function loadFrom(parts: ReaderParts, pack: PackLocation, contents: readonly Loading[]): Promise<void> {
  const frames = placeFrames(pack.frames);
  const wanted = new Map<PlacedFrame, Loading[]>();
  for (const content of contents) {
    for (const frame of framesOf(frames, content.location)) {
      const others = wanted.get(frame);
      if (others) others.push(content);
      else wanted.set(frame, [content]);
    }
  }
  const ahead: [Loading[], PlacedFrame, Promise<Uint8Array>][] = [];
  try {
    for (const [frame, inFrame] of wanted) {
      const decoding = decode(parts, pack.key, frame, inFrame[0]!.entry);
      decoding.catch(() => undefined);
      ahead.push([inFrame, frame, decoding]);
      if (ahead.length > parts.workers.size) copyPieces(...(await first(ahead)));
    }
    while (ahead.length > 0) copyPieces(...(await first(ahead)));
  } finally {
    await Promise.allSettled(ahead.map(([, , decoding]) => decoding));
  }
}

async function first(
  ahead: [Loading[], PlacedFrame, Promise<Uint8Array>][],
): Promise<[contents: Loading[], frame: PlacedFrame, raw: Uint8Array]> {
  const [contents, frame, decoding] = ahead.shift()!;
  return [contents, frame, await decoding];
}

/** What of each content lies in the frame. */
function copyPieces(contents: readonly Loading[], frame: PlacedFrame, raw: Uint8Array): void {
  for (const { location, bytes } of contents) {
    const offset = location.rawOffset - frame.rawOffset;
    bytes.set(raw.subarray(Math.max(0, offset), offset + location.length), Math.max(0, -offset));
  }
}

async function decode(
  { storage, workers }: ReaderParts,
  key: string,
  { codec, rawLength, storedOffset, storedLength }: PlacedFrame,
  entry: ContentEntry,
): Promise<Uint8Array> {
  let stored: Uint8Array;
  try {
    stored = await storage.get(key, { offset: storedOffset, length: storedLength });
  } catch (error) {
    throw isArchiveError(error, 'INTEGRITY') ? damagedContent(entry, 'is missing from', error) : error;
  }
  const raw = await workers.run('decompress', { codec, rawLength, stored });
  if (raw === undefined) throw damagedContent(entry, 'is damaged in');
  return raw;
}
