import { formatContentAddress, sameBytes } from '../identity/digest.ts';
import { hasDigests, PairedHash } from '../identity/hasher.ts';
import type { ContentEntry } from '../manifest/model.ts';
import type { FileContent } from '../packs/ordered-reader.ts';
import { type BagSource, damagedBag } from './bag-source.ts';
import { PAYLOAD_FOLDER } from './layout.ts';
import type { TarMember } from './tar-reader.ts';

/**
 * Reads the wanted files of a bag in the bag's order, and checks each against its digests as it is read.
 *
 * @throws ArchiveError `INTEGRITY` naming the first damaged or missing file.
 */
export async function* readPayload(
  source: BagSource,
  entries: readonly ContentEntry[],
  atMost: number,
  signal?: AbortSignal,
): AsyncGenerator<FileContent> {
  const wanted = new Map(entries.map((entry) => [entry.path, entry]));
  for await (const member of source.members('payload', atMost, signal)) {
    if (member.type !== 'file' || !member.path.startsWith(PAYLOAD_FOLDER)) continue;
    const path = member.path.slice(PAYLOAD_FOLDER.length);
    const entry = wanted.get(path);
    if (entry === undefined) continue;
    wanted.delete(path);
    yield { entry, pieces: checked(source, member, entry) };
  }
  const [missing] = wanted.values();
  if (missing) throw damagedBag(source, `lacks ${JSON.stringify(missing.path)}`);
}

async function* checked(source: BagSource, { size, body }: TarMember, entry: ContentEntry): AsyncGenerator<Uint8Array> {
  if (size === entry.size && (yield* sound(body, entry))) return;
  const address = formatContentAddress(entry.blake3);
  throw damagedBag(source, `has a damaged ${JSON.stringify(entry.path)} (${address})`);
}

/** Yields the pieces. @returns whether they match the digests. */
async function* sound(body: AsyncIterable<Uint8Array>, entry: ContentEntry): AsyncGenerator<Uint8Array, boolean> {
  let hash: PairedHash | undefined;
  for await (const piece of body) {
    // Most files come in one piece, and hashing one piece is cheaper.
    if (piece.byteLength === entry.size) {
      if (!hasDigests(piece, entry)) return false;
      yield piece;
      return true;
    }
    hash ??= new PairedHash();
    hash.update(piece);
    yield piece;
  }
  if (hash === undefined) return hasDigests(new Uint8Array(), entry);
  const { blake3, sha256 } = hash.digest();
  return sameBytes(blake3, entry.blake3) && sameBytes(sha256, entry.sha256);
}
