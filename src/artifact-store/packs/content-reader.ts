import { open } from 'node:fs/promises';
import { release } from '../encoding/release.ts';
import { type ArchiveError, isArchiveError } from '../errors.ts';
import { SparseFile } from '../files/sparse-file.ts';
import { DIGEST_BYTES, toHex } from '../identity/digest.ts';
import { hasDigests } from '../identity/hasher.ts';
import type { ContentEntry } from '../manifest/model.ts';
import { partsOf } from '../parts.ts';
import type { ByteRange } from '../storage/backend.ts';
import {
  type ContentLocation,
  findPack,
  isList,
  type ListLocation,
  locateReadable,
  type PackLocation,
} from './content-index.ts';
import { type ContentSource, damagedContent, decodedPieces, streamContent } from './content-stream.ts';
import { framesOf, type PlacedFrame, placeFrames } from './format.ts';
import { type List, ListReader } from './list-reader.ts';
import { streamListed, streamListedRange } from './listed-content.ts';
import type { ReaderParts } from './reader-parts.ts';
import { modeOf, type NewFile } from './tasks.ts';

/** One content and every entry of the package that has it. */
export interface WantedContent {
  entries: readonly [ContentEntry, ...ContentEntry[]];
  writeTo: readonly NewFile[];
}

export interface ReadReport {
  /** Called for a content that was read and is intact. */
  sound(content: WantedContent): void;
  /** Called with the progress within a large content. */
  within(content: WantedContent, bytes: number): void;
  /** Called for a missing or damaged content, which the error names. Throw to stop. */
  damaged(content: WantedContent, error: ArchiveError): void;
}

/** Adjacent frames are fetched together up to this size, which bounds memory and keeps requests few… */
const MAX_FETCH_BYTES = 4 * 1024 * 1024;
/** …where they count. */
const MAX_LOCAL_FETCH_BYTES = 1024 * 1024;
/** Contents in chunks that are read concurrently: each hashes on this thread and waits for others. */
const LISTS_AT_ONCE = 3;
/** Empty files written by one task. */
const FILES_PER_TASK = 1024;
/** Files with the same large content written at a time; systems limit open files. */
const MAX_OPEN_OUTPUTS = 32;

interface Located {
  content: WantedContent;
  location: ContentLocation;
}

/** One content's bytes, piece by piece; see {@link streamContent}. */
export async function* readContent(parts: ReaderParts, entry: ContentEntry): AsyncIterable<Uint8Array> {
  if (entry.size === 0) return;
  const place = await placeOf(parts, entry);
  if (isList(place)) yield* streamListed(new ListReader(parts), place, entry);
  else yield* streamContent(await sourceOf(parts, place, { offset: 0, length: entry.size }), entry);
}

/** A range of one content's bytes, piece by piece; see {@link decodedPieces}. Of a content in chunks, only the chunks of the range are read. */
export async function* readContentRange(
  parts: ReaderParts,
  entry: ContentEntry,
  range: ByteRange,
): AsyncIterable<Uint8Array> {
  if (range.length === 0) return;
  const place = await placeOf(parts, entry);
  if (isList(place)) yield* streamListedRange(new ListReader(parts), place, entry, range);
  else yield* decodedPieces(await sourceOf(parts, place, range), entry, range.length);
}

async function placeOf(parts: ReaderParts, entry: ContentEntry): Promise<ContentLocation | ListLocation> {
  const place = (await locateReadable(parts, [entry.blake3])).get(toHex(entry.blake3));
  if (place?.length !== entry.size) throw damagedContent(entry, 'is missing from');
  return place;
}

async function sourceOf(
  parts: ReaderParts,
  location: ContentLocation,
  { offset, length }: ByteRange,
): Promise<ContentSource> {
  const pack = await findPack(parts, location.packId);
  const rawOffset = location.rawOffset + offset;
  const frames = framesOf(placeFrames(pack.frames, pack.packKey), { rawOffset, length });
  return { ...parts, key: pack.key, frames, rawOffset };
}

/** Reads contents out of the store, checks them against their digests and writes them to files. */
export async function readContents(
  parts: ReaderParts,
  wanted: readonly WantedContent[],
  report: ReadReport,
): Promise<void> {
  const locations = await locateReadable(
    parts,
    wanted.map(({ entries }) => entries[0].blake3),
  );
  const byPack = new Map<number, Located[]>();
  const listed: { content: WantedContent; list: List }[] = [];
  for (const content of wanted) {
    const [entry] = content.entries;
    if (entry.size === 0) {
      await readEmpty(parts, content, report);
      continue;
    }
    const location = locations.get(toHex(entry.blake3));
    if (location === undefined || location.length !== entry.size) {
      report.damaged(content, damagedContent(entry, 'is missing from'));
    } else if (isList(location)) {
      listed.push({ content, list: location });
    } else {
      const group = byPack.get(location.packId);
      if (group) group.push({ content, location });
      else byPack.set(location.packId, [{ content, location }]);
    }
  }
  const running = new BoundedTasks(parts.workers.size * 2);
  try {
    for (const [packId, located] of byPack) {
      if (running.hasFailed) break;
      const pack = await findPack(parts, packId);
      located.sort((a, b) => a.location.rawOffset - b.location.rawOffset);
      await readPack(parts, pack, located, report, running);
    }
  } finally {
    await running.finished();
  }
  await readListed(parts, listed, report);
}

/** Contents stored as chunks, a few at a time: shared frames are decoded once. */
async function readListed(
  parts: ReaderParts,
  listed: readonly { content: WantedContent; list: List }[],
  report: ReadReport,
): Promise<void> {
  const reader = new ListReader(parts);
  const running = new BoundedTasks(LISTS_AT_ONCE);
  try {
    for (const { content, list } of listed) {
      if (running.hasFailed) break;
      await running.add(() => readSpanning(() => streamListed(reader, list, content.entries[0]), content, report));
    }
  } finally {
    await running.finished();
  }
}

/** An empty content is not stored: only its digests are checked. */
async function readEmpty({ workers, signal }: ReaderParts, content: WantedContent, report: ReadReport): Promise<void> {
  const [entry] = content.entries;
  const nothing = new Uint8Array();
  if (!hasDigests(nothing, entry)) {
    report.damaged(content, damagedContent(entry, 'is damaged in'));
    return;
  }
  const digests = digestsOf([entry]);
  for (const writeTo of partsOf(content.writeTo, FILES_PER_TASK)) {
    const contents = [{ offset: 0, length: 0, writeTo }];
    await workers.run('extract', { codec: 'raw', rawLength: 0, stored: nothing, contents, digests }, signal);
  }
  report.sound(content);
}

async function readPack(
  parts: ReaderParts,
  pack: PackLocation,
  located: readonly Located[],
  report: ReadReport,
  running: BoundedTasks,
): Promise<void> {
  const frames = placeFrames(pack.frames, pack.packKey);
  const small = new Map<PlacedFrame, Located[]>();
  let at = 0;
  for (const item of located) {
    const { rawOffset, length } = item.location;
    while (at + 1 < frames.length && frames[at + 1]!.rawOffset <= rawOffset) at++;
    const frame = frames[at];
    if (frame === undefined || (length > 0 && rawOffset + length > frame.rawOffset + frame.rawLength)) {
      const source: ContentSource = { ...parts, key: pack.key, frames: framesOf(frames, item.location), rawOffset };
      const stream = () => streamContent(source, item.content.entries[0]);
      await running.add(() => readSpanning(stream, item.content, report));
    } else {
      const group = small.get(frame);
      if (group) group.push(item);
      else small.set(frame, [item]);
    }
  }
  const maxBytes = parts.storage.requests ? MAX_FETCH_BYTES : MAX_LOCAL_FETCH_BYTES;
  for (const run of adjacentRuns([...small.keys()], maxBytes)) {
    await running.add(() => readRun(parts, pack, run, small, report));
  }
}

/** One fetch, then each of its frames on a worker. */
async function readRun(
  { storage, workers, signal }: ReaderParts,
  pack: PackLocation,
  run: readonly PlacedFrame[],
  wanted: ReadonlyMap<PlacedFrame, Located[]>,
  report: ReadReport,
): Promise<void> {
  const start = run[0]!.storedOffset;
  const end = run.at(-1)!.storedOffset + run.at(-1)!.storedLength;
  let bytes: Uint8Array;
  try {
    bytes = await storage.get(pack.key, { offset: start, length: end - start }, signal);
  } catch (error) {
    if (!isArchiveError(error, 'INTEGRITY')) throw error;
    for (const frame of run) {
      for (const { content } of wanted.get(frame)!)
        report.damaged(content, damagedContent(content.entries[0], 'is missing from', error));
    }
    return;
  }
  const extracting = Promise.allSettled(
    run.map(async (frame) => {
      const items = wanted.get(frame)!;
      const from = frame.storedOffset - start;
      const extraction = {
        codec: frame.codec,
        rawLength: frame.rawLength,
        sealing: frame.sealing,
        stored: Uint8Array.prototype.slice.call(bytes, from, from + frame.storedLength),
        contents: items.map(({ content, location }) => ({
          offset: location.rawOffset - frame.rawOffset,
          length: location.length,
          writeTo: content.writeTo,
        })),
        digests: digestsOf(items.map(({ content }) => content.entries[0])),
      };
      const sound = await workers.run('extract', extraction, signal);
      items.forEach(({ content }, i) => {
        if (sound[i]) report.sound(content);
        else report.damaged(content, damagedContent(content.entries[0], 'is damaged in'));
      });
    }),
  );
  // Each worker has its own part.
  release(bytes);
  // All are awaited even if one fails: nothing may be written any more when the rest is undone.
  for (const result of await extracting) if (result.status === 'rejected') throw result.reason;
}

/** A content in more than one frame, piece by piece. */
async function readSpanning(
  stream: () => AsyncIterable<Uint8Array>,
  content: WantedContent,
  report: ReadReport,
): Promise<void> {
  const [first = [], ...others] = partsOf(content.writeTo, MAX_OPEN_OUTPUTS);
  try {
    await writeSpanning(stream(), first, (bytes) => report.within(content, bytes));
    for (const files of others) await writeSpanning(stream(), files);
  } catch (error) {
    if (!isArchiveError(error, 'INTEGRITY')) throw error;
    report.damaged(content, error);
    return;
  }
  report.sound(content);
}

/** Reads it to its end, even if no file needs it. */
async function writeSpanning(
  pieces: AsyncIterable<Uint8Array>,
  files: readonly NewFile[],
  tell: (bytes: number) => void = () => {},
): Promise<void> {
  let bytes = 0;
  const outputs: SparseFile[] = [];
  try {
    for (const { file, executable } of files) outputs.push(new SparseFile(await open(file, 'wx', modeOf(executable))));
    for await (const piece of pieces) {
      for (const output of outputs) await output.write(piece);
      bytes += piece.byteLength;
      tell(bytes);
      release(piece);
    }
  } finally {
    await Promise.all(outputs.map((output) => output.close()));
  }
}

function* adjacentRuns(frames: readonly PlacedFrame[], maxBytes: number): Iterable<PlacedFrame[]> {
  let run: PlacedFrame[] = [];
  let bytes = 0;
  for (const frame of frames) {
    const last = run.at(-1);
    const adjacent = last !== undefined && last.storedOffset + last.storedLength === frame.storedOffset;
    if (last !== undefined && (!adjacent || bytes + frame.storedLength > maxBytes)) {
      yield run;
      run = [];
      bytes = 0;
    }
    run.push(frame);
    bytes += frame.storedLength;
  }
  if (run.length > 0) yield run;
}

function digestsOf(entries: readonly ContentEntry[]): Uint8Array {
  const digests = Buffer.allocUnsafeSlow(entries.length * 2 * DIGEST_BYTES);
  entries.forEach((entry, i) => {
    digests.set(entry.blake3, i * 2 * DIGEST_BYTES);
    digests.set(entry.sha256, (i * 2 + 1) * DIGEST_BYTES);
  });
  return digests;
}

/** Limits the number of concurrent tasks; the first failure stops new ones. */
class BoundedTasks {
  readonly #limit: number;
  readonly #running = new Set<Promise<void>>();
  #failed = false;
  #failure: unknown;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get hasFailed(): boolean {
    return this.#failed;
  }

  async add(task: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#limit) await Promise.race(this.#running);
    if (this.#failed) return;
    const running = task()
      .catch((error) => {
        if (!this.#failed) this.#failure = error;
        this.#failed = true;
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async finished(): Promise<void> {
    await Promise.all(this.#running);
    if (this.#failed) throw this.#failure;
  }
}
