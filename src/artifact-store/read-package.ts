import { randomInt } from 'node:crypto';
import { asBuffer } from './encoding/as-buffer.ts';
import { ArchiveError } from './errors.ts';
import { toHex } from './identity/digest.ts';
import type { EventDraft } from './log/model.ts';
import type { ContentEntry } from './manifest/model.ts';
import {
  type ContentIndex,
  findPack,
  isList,
  locateContents,
  locateLists,
  locateReadable,
  nameIn,
} from './packs/content-index.ts';
import { type ReadReport, readContents, type WantedContent } from './packs/content-reader.ts';
import { ListReader, type PartFinding } from './packs/list-reader.ts';
import { contentEvent, hasDamage } from './packs/pack-rows.ts';
import { type OnProgress, ProgressCounter, totalOf } from './packs/progress.ts';
import type { ReaderParts } from './packs/reader-parts.ts';
import type { NewFile } from './packs/tasks.ts';
import { partsOf } from './parts.ts';

/** Damage to stored bytes. */
export interface Damage {
  /** The affected file, or undefined for the manifest itself. */
  path: string | undefined;
  error: ArchiveError;
}

/** Entries whose contents are looked up and read together: bounds memory. A content that later entries share is read again. */
const ENTRIES_AT_ONCE = 20_000;

/**
 * Writes files below a folder that already contains their parent folders but none of them, and checks each against its digests.
 * @throws ArchiveError `INTEGRITY` at the first damaged one.
 */
export async function writeFiles(
  parts: ReaderParts,
  entries: readonly ContentEntry[],
  directory: string,
  onProgress: OnProgress | undefined,
): Promise<void> {
  const counter = new ProgressCounter(onProgress, totalOf(entries.map(({ size }) => size)));
  for (const part of partsOf(entries, ENTRIES_AT_ONCE)) {
    const wanted = wantedContents(part, ({ path, executable }) => ({ file: `${directory}/${path}`, executable }));
    await readContents(parts, wanted, {
      ...reportTo(counter),
      damaged: (_, error) => {
        throw error;
      },
    });
  }
}

/** The result for a content. */
interface Finding {
  /** The pack that contains it; undefined when none does. */
  packId: number | undefined;
  /** The fault, if any. */
  error?: ArchiveError;
  /** For a content stored as chunks: the chunks that are damaged or marked. */
  parts?: readonly PartFinding[];
}

/** Contents checked so far, by {@link contentKey}, so that shared ones are checked once. */
export type Checked = Map<string, Finding>;

/** Reads every content of the entries from storage and compares both digests. */
export async function checkFiles(
  parts: ReaderParts,
  entries: readonly ContentEntry[],
  checked: Checked,
  counter: ProgressCounter,
): Promise<Damage[]> {
  for (const part of partsOf(entries, ENTRIES_AT_ONCE)) await checkPart(parts, part, checked, counter);
  return entries.flatMap((entry): Damage[] => {
    const error = checked.get(contentKey(entry))?.error;
    return error ? [{ path: entry.path, error }] : [];
  });
}

async function checkPart(
  parts: ReaderParts,
  entries: readonly ContentEntry[],
  checked: Checked,
  counter: ProgressCounter,
): Promise<void> {
  const unchecked = wantedContents(
    entries.filter((entry) => !checked.has(contentKey(entry))),
    () => undefined,
  );
  const located = await locateReadable(
    parts,
    unchecked.map(({ entries: [{ blake3 }] }) => blake3),
  );
  const found = ({ entries: [entry] }: WantedContent, error?: ArchiveError) => {
    checked.set(contentKey(entry), { packId: located.get(toHex(entry.blake3))?.packId, ...(error && { error }) });
  };
  const lists = new ListReader(parts);
  const isDamageKnown = await hasDamage(parts.db);
  for (const entry of entries) if (checked.has(contentKey(entry))) counter.add(entry.path, entry.size);
  const report = reportTo(counter);
  await readContents(parts, unchecked, {
    ...report,
    sound: (content) => {
      found(content);
      report.sound(content);
    },
    damaged: found,
  });
  for (const {
    entries: [entry],
  } of unchecked) {
    const place = located.get(toHex(entry.blake3));
    const finding = checked.get(contentKey(entry));
    if (place === undefined || finding === undefined || !isList(place)) continue;
    // Which chunk is damaged shows only when each is compared with its digest.
    finding.parts = finding.error || isDamageKnown ? await lists.check(place) : [];
  }
}

/**
 * The events to record after a check: contents newly found damaged, and marked ones found intact. A content moved to another pack meanwhile
 * is left to the next check.
 */
export async function findingsOf(
  index: ContentIndex,
  entries: readonly ContentEntry[],
  checked: Checked,
): Promise<EventDraft[]> {
  const events = new Map<string, EventDraft>();
  for (const part of partsOf(entries, ENTRIES_AT_ONCE)) {
    const stored = new Map<string, PartFinding>();
    const listed = new Map<string, PartFinding>();
    const named = new Map<string, PartFinding>();
    for (const entry of part) {
      const { packId, error, parts } = checked.get(contentKey(entry)) ?? {};
      for (const found of parts ?? []) (found.isNamed ? named : stored).set(toHex(found.digest), found);
      if (packId === undefined) continue;
      // If a chunk is damaged, the list is not: it is intact as soon as the chunk is stored again.
      const isSound = error === undefined || parts?.some((found) => !found.isSound) === true;
      (parts ? listed : stored).set(toHex(entry.blake3), { digest: entry.blake3, packId, isSound });
    }
    for (const [among, locate, findings] of [
      [index, locateContents, stored],
      [index, locateLists, listed],
      [{ db: index.db }, locateContents, named],
    ] as const) {
      const digests = [...findings.values()].map(({ digest }) => digest);
      for (const [key, { digest, packId, damaged }] of await locate(among, digests)) {
        const found = findings.get(key);
        if (found?.packId !== packId || found.isSound !== damaged) continue;
        const { key: storageKey } = await findPack(index, packId);
        const name = nameIn(among, digest);
        const type = damaged ? 'v1.content.healed' : 'v1.content.damaged';
        events.set(toHex(name), contentEvent(type, name, storageKey));
      }
    }
  }
  return [...events.values()];
}

/**
 * Chooses a random share of all contents, consistent across packages, and at least one of each package.
 * @throws ArchiveError `USAGE` for an invalid share.
 */
export function chooseContents(share: number): (entries: readonly ContentEntry[]) => ContentEntry[] {
  if (!(share > 0 && share <= 1)) throw new ArchiveError('USAGE', 'A sample is more than 0 % and at most 100 %.');
  const seed = randomInt(2 ** 32);
  // Digests are uniformly distributed; the seed changes the choice on each run.
  const placeOf = ({ blake3 }: ContentEntry) => ((Buffer.from(blake3).readUInt32LE() ^ seed) >>> 0) / 2 ** 32;
  return (entries) => {
    const chosen = entries.filter((entry) => placeOf(entry) < share);
    if (chosen.some(({ size }) => size > 0)) return chosen;
    // An empty file has no stored content.
    const first = entries
      .filter(({ size }) => size > 0)
      .reduce<ContentEntry | undefined>((a, b) => (a && placeOf(a) <= placeOf(b) ? a : b), undefined);
    return first === undefined ? chosen : [...chosen, first];
  };
}

/** Groups entries by content. */
function wantedContents(
  entries: readonly ContentEntry[],
  fileOf: (entry: ContentEntry) => NewFile | undefined,
): WantedContent[] {
  const byKey = new Map<string, { entries: [ContentEntry, ...ContentEntry[]]; writeTo: NewFile[] }>();
  for (const entry of entries) {
    const key = contentKey(entry);
    const file = fileOf(entry);
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, { entries: [entry], writeTo: file ? [file] : [] });
    else {
      same.entries.push(entry);
      if (file) same.writeTo.push(file);
    }
  }
  return [...byKey.values()];
}

/** Everything that a manifest says of a content: a forged one may combine a digest with a different size or SHA-256. */
function contentKey({ blake3, sha256, size }: ContentEntry): string {
  // One character per byte: hexadecimal digits of a million contents would take 60 MB more.
  return `${asBuffer(blake3).toString('latin1')}${asBuffer(sha256).toString('latin1')}${size}`;
}

/** Counts what is read, once for every file with the content. */
function reportTo(counter: ProgressCounter): Pick<ReadReport, 'sound' | 'within'> {
  return {
    sound: ({ entries }) => {
      for (const { path, size } of entries) counter.add(path, size);
    },
    within: ({ entries: [{ path, size }] }, bytes) => counter.within(path, bytes, size),
  };
}
