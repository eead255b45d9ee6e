import type { WriteTransaction } from './database/database.ts';
import { type ArchiveError, type ErrorFields, LeftStoreError } from './errors.ts';
import { digestsOf, formatContentAddress, toHex } from './identity/digest.ts';
import { DigestSet } from './identity/digest-set.ts';
import type { EventDraft, PackBytes } from './log/model.ts';
import { decodeManifest } from './manifest/codec.ts';
import { type ContentEntry, isContentEntry } from './manifest/model.ts';
import { type ContentIndex, isList, locateContents, locateLists, locateUsable, nameIn } from './packs/content-index.ts';
import type { PackedList } from './packs/format.ts';
import type { Ingested, LeavingContents } from './packs/ingest.ts';
import { addNeed, areUsable, type PackNeeds } from './packs/pack-needs.ts';
import { contentEvent, hasDamage, packKeys, type SealedPack } from './packs/pack-rows.ts';

/** Contents that new packages can no longer use. They are still readable. */
export class ContentsRetired extends Error {
  readonly leaving: LeavingContents;

  constructor(leaving: LeavingContents) {
    super('Contents left the store.');
    this.leaving = leaving;
  }
}

/** What the package needs of existing packs, according to what is usable now. */
export async function needsNow(
  index: ContentIndex,
  manifest: Uint8Array,
  { packs, reused, found }: Ingested,
): Promise<PackNeeds> {
  if (await areUsable(index.db, reused)) return reused;
  const seen = new DigestSet();
  for (const { contents, lists } of packs) for (const { digest } of [...contents, ...lists]) seen.add(digest);
  const entries = decodeManifest(manifest)
    .files.filter(isContentEntry)
    .filter(({ size, blake3 }) => size > 0 && seen.add(blake3));
  // Includes chunks and nodes of lists.
  const others = [...digestsOf(found)].filter((digest) => seen.add(digest));
  const located = await locateUsable(index, [...entries.map(({ blake3 }) => blake3), ...others]);
  const needs: PackNeeds = new Map();
  const leaving = { entries: [] as ContentEntry[], chunks: [] as Uint8Array[], lists: [] as PackedList[] };
  for (const entry of entries) {
    const place = located.get(toHex(entry.blake3));
    if (place?.length !== entry.size || place.damaged) throw fileLeftStore(entry);
    // The needs of chunks are known from the lists that were found.
    if (isList(place) && !seen.has(place.root)) leaving.entries.push(entry);
    else if (place.usable) addNeed(needs, place.packId, isList(place) ? 0 : entry.size);
    else if (isList(place)) leaving.lists.push({ digest: place.digest, size: place.length, root: place.root });
    else leaving.entries.push(entry);
  }
  for (const digest of others) {
    const place = located.get(toHex(digest));
    if (place === undefined || place.damaged) throw contentLeftStore(digest);
    if (place.usable) addNeed(needs, place.packId, isList(place) ? 0 : place.length);
    else leaving.chunks.push(digest);
  }
  if (Object.values(leaving).some(({ length }) => length > 0)) throw new ContentsRetired(leaving);
  return needs;
}

/** The same in an encrypted store, whose writer cannot read contents back to store them again. */
export async function needsSealed(
  index: ContentIndex,
  manifest: Uint8Array,
  { reused, found }: Ingested,
): Promise<PackNeeds> {
  if (await areUsable(index.db, reused)) return reused;
  const digests = [...digestsOf(found)];
  const located = await locateUsable(index, digests);
  const needs: PackNeeds = new Map();
  const lost = new DigestSet();
  for (const digest of digests) {
    const place = located.get(toHex(digest));
    if (place === undefined || place.damaged) lost.add(digest);
    else if (place.usable) addNeed(needs, place.packId, 0);
    else {
      throw new LeftStoreError(
        'STATE_CONFLICT',
        'A garbage collection retired contents that this archive would have reused; archive again.',
      );
    }
  }
  if (lost.size === 0) return needs;
  const entry = decodeManifest(manifest).files.find((file) => isContentEntry(file) && lost.has(file.blake3));
  if (entry) throw fileLeftStore(entry);
  const [digest] = digestsOf(lost.packed);
  throw contentLeftStore(digest!);
}

function fileLeftStore({ path }: Pick<ContentEntry, 'path'>): ArchiveError {
  return leftStore(JSON.stringify(path), { path });
}

/** For a chunk or a node of a list, which has no path. */
function contentLeftStore(digest: Uint8Array): ArchiveError {
  const expected = formatContentAddress(digest);
  return leftStore(expected, { expected });
}

function leftStore(what: string, fields: Pick<ErrorFields, 'path' | 'expected'>): ArchiveError {
  return new LeftStoreError(
    'INTEGRITY',
    `The content of ${what} left the store while it was being archived; archive again.`,
    undefined,
    fields,
  );
}

/** Recorded for the audit: contents that are damaged elsewhere, and intact in these packs. */
export async function healedEvents(index: ContentIndex, packs: readonly SealedPack[]): Promise<EventDraft[]> {
  const healed: EventDraft[] = [];
  if (!(await hasDamage(index.db))) return healed;
  for (const { key, contents, lists } of packs) {
    const found = [
      ...(await locateContents(index, contents.map(digestOf))).values(),
      ...(await locateLists(index, lists.map(digestOf))).values(),
    ];
    for (const { digest, damaged } of found) {
      if (damaged) healed.push(contentEvent('v1.content.healed', nameIn(index, digest), key));
    }
  }
  return healed;
}

function digestOf({ digest }: { digest: Uint8Array }): Uint8Array {
  return digest;
}

export async function packBytes(
  tx: WriteTransaction,
  packs: readonly SealedPack[],
  needs: PackNeeds,
): Promise<PackBytes> {
  // The contents of a pack fill its frames. A list of them would be made for their lengths alone.
  const own = packs.map(({ key, frames }): PackBytes[number] => [
    key,
    frames.reduce((sum, { rawLength }) => sum + rawLength, 0),
  ]);
  const keys = await packKeys(tx, [...needs.keys()]);
  const reused = [...needs].map(([id, bytes]): PackBytes[number] => {
    const key = keys.get(id);
    if (key === undefined) throw leftStore('a file', {});
    return [key, bytes];
  });
  return [...own, ...reused];
}
