import { createHash } from 'node:crypto';
import { formatContentAddress, sameBytes } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import type { ContentEntry } from '../manifest/model.ts';
import type { FileContent } from '../packs/ordered-reader.ts';
import { type BagSource, damagedBag } from './bag-source.ts';
import { PAYLOAD_FOLDER } from './layout.ts';
import type { TarMember } from './tar-reader.ts';

/**
 * The files of a bag that are wanted, in the bag's order, each compared with its digests as it is read.
 *
 * @throws ArchiveError `INTEGRITY` naming the first that is damaged or missing.
 */
export async function* readPayload(
  source: BagSource,
  entries: readonly ContentEntry[],
  atMost: number,
  signal?: AbortSignal,
): AsyncGenerator<FileContent> {
  const wanted = new Map(entries.map((entry) => [PAYLOAD_FOLDER + entry.path, entry]));
  for await (const member of source.members(atMost, signal)) {
    const entry = member.type === 'file' ? wanted.get(member.path) : undefined;
    if (entry === undefined) continue;
    wanted.delete(member.path);
    yield { entry, pieces: checked(source, member, entry) };
  }
  const [missing] = wanted.values();
  if (missing) throw damagedBag(source, `lacks ${JSON.stringify(missing.path)}`);
}

async function* checked(source: BagSource, { size, body }: TarMember, entry: ContentEntry): AsyncGenerator<Uint8Array> {
  const digest = blake3.createHash();
  const sha256 = createHash('sha256');
  if (size === entry.size) {
    for await (const piece of body) {
      digest.update(piece);
      sha256.update(piece);
      yield piece;
    }
    if (sameBytes(digest.digest(), entry.blake3) && sameBytes(sha256.digest(), entry.sha256)) return;
  }
  const address = formatContentAddress(entry.blake3);
  throw damagedBag(source, `has a damaged ${JSON.stringify(entry.path)} (${address})`);
}
