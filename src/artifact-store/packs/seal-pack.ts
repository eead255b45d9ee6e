import { decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { malformed, readBytes, readCount, readList, readMap } from '../encoding/shape.ts';
import type { IdKey } from '../encryption/id-key.ts';
import type { PackKey } from '../encryption/pack-key.ts';
import type { SessionKey } from '../encryption/session-key.ts';
import { ArchiveError } from '../errors.ts';
import { DIGEST_BYTES } from '../identity/digest.ts';
import { decodeFrames, encodeFrames, type Frame, namedTrailer, type PackTrailer } from './format.ts';
import { digestOfNames, type SealedTable } from './sealed-table.ts';

/** The keys with which a writer seals packs. */
export interface PackSealing {
  idKey: IdKey;
  session: SessionKey;
}

/** The plain text of a sealed table. */
export interface OpenTable {
  frames: Frame[];
  /** Length of each content, in the order of their names. */
  lengths: number[];
  /** For each content in chunks: its length, and the digest of its root node. */
  lists: { size: number; root: Uint8Array }[];
}

/**
 * What the log and the pack tell of a pack with these frames and contents.
 *
 * @param stored digest of the bytes before the trailer.
 */
export function sealTrailer(
  { frames, contents, lists }: PackTrailer,
  key: PackKey,
  idKey: IdKey,
  stored: Uint8Array,
): PackTrailer {
  const nameOf = ({ digest }: { digest: Uint8Array }) => idKey.nameOf('content id', digest);
  const names = { contents: contents.map(nameOf), lists: lists.map(nameOf) };
  const digest = digestOfNames(names);
  const plain = encodeCbor({
    frames: encodeFrames(frames),
    lengths: contents.map(({ length }) => length),
    lists: lists.map(({ size, root }) => [size, root]),
  });
  const { session, nonce } = key;
  return namedTrailer(names, { session: session.id, nonce, names: digest, box: key.sealTable(digest, plain), stored });
}

/** @throws ArchiveError `INTEGRITY` when it was sealed for another pack, with other names, or is damaged. */
export function openTable({ names, box }: SealedTable, key: PackKey, where: string): OpenTable {
  const plain = key.openTable(names, box);
  if (plain === undefined) {
    throw new ArchiveError(
      'INTEGRITY',
      `The table of ${where} cannot be decrypted; it is damaged or forged, or belongs to another pack.`,
    );
  }
  const map = readMap(decodeCbor(plain), where, ['frames', 'lengths', 'lists']);
  return {
    frames: decodeFrames(map.frames, where),
    lengths: readList(map.lengths, where).map((length) => readCount(length, where)),
    lists: readList(map.lists, where).map((item) => {
      const [size, root] = readList(item, where);
      const digest = readBytes(root, where);
      if (digest.byteLength !== DIGEST_BYTES) throw malformed(where, 'a digest has another length');
      return { size: readCount(size, where), root: digest };
    }),
  };
}
