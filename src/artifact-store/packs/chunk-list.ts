import { decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { encodeMagic, MAGIC_BYTES, readMagic } from '../encoding/magic.ts';
import { malformed, readBytes, readCount, readList, readMap } from '../encoding/shape.ts';
import { DIGEST_BYTES } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { listContents, OBJECT_MIN_BYTES, type PackedContent } from './format.ts';

/**
 * The chunk list of a content is a tree: a node of level 0 lists chunks, one of a higher level lists nodes of the level below. Nodes are
 * contents of packs, and end depending on what they list, so that most are equal in successive versions of a file. See docs/format.md.
 */
const VERSION = 1;

/** A node ends after an item whose digest begins with this many zero bits: after about 128 items… */
const END_BITS = 7;
/** …but not with fewer items than this, unless it is the last one… */
const MIN_ITEMS = 16;
/** …and always with this many. */
const MAX_ITEMS = 512;

/** Limits of a reader, so that a forged list is refused in little time and memory: levels above the chunks… */
const MAX_LEVEL = 6;
/** …items of a node, and its bytes… */
const MAX_READ_ITEMS = 4096;
export const MAX_NODE_BYTES: number = 256 * 1024;
/** …the content as a whole… */
const MAX_LISTED_BYTES = 2 ** 40;
/** …and the length of each chunk but the last one. */
const MIN_CHUNK_BYTES = 4096;

export interface ListNode {
  /** 0 for one that lists chunks. */
  level: number;
  /** Chunks, or nodes with the number of bytes below each. */
  items: PackedContent[];
}

/** A node as it is stored. */
export interface EncodedNode {
  digest: Uint8Array;
  bytes: Uint8Array;
}

/** The nodes of the list, children before parents; the last one is the root. */
export function listNodes(chunks: Iterable<PackedContent>): EncodedNode[] {
  const nodes: EncodedNode[] = [];
  let items = chunks;
  for (let level = 0; ; level++) {
    const above: PackedContent[] = [];
    for (const part of partsOfLevel(items)) {
      const bytes = encodeNode({ level, items: part });
      const digest = blake3.hash(bytes);
      nodes.push({ digest, bytes });
      above.push({ digest, length: totalOf(part) });
    }
    if (above.length === 1) return nodes;
    items = above;
  }
}

function* partsOfLevel(items: Iterable<PackedContent>): Iterable<PackedContent[]> {
  let part: PackedContent[] = [];
  for (const item of items) {
    part.push(item);
    const isEnd = part.length >= MIN_ITEMS && item.digest[0]! >> (8 - END_BITS) === 0;
    if (!isEnd && part.length < MAX_ITEMS) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

function encodeNode({ level, items }: ListNode): Buffer {
  const table = {
    level,
    digests: Buffer.concat(items.map(({ digest }) => digest)),
    lengths: items.map(({ length }) => length),
  };
  return Buffer.concat([encodeMagic('ASLS', VERSION), encodeCbor(table)]);
}

/** What is known of a node before it is read. */
export interface ExpectedNode {
  /** Undefined for a root. */
  level: number | undefined;
  /** Bytes listed below it. */
  length: number;
  /** Whether the end of the content is listed below it. */
  isLast: boolean;
}

/** @throws ArchiveError `INTEGRITY` or `FORMAT_UNSUPPORTED` for anything but the expected node. */
export function decodeNode(bytes: Uint8Array, { level, length, isLast }: ExpectedNode, where: string): ListNode {
  readMagic(bytes, 'ASLS', VERSION, where);
  const map = readMap(decodeCbor(bytes.subarray(MAGIC_BYTES)), where, ['level', 'digests', 'lengths']);
  const own = readCount(map.level, where);
  if (own > MAX_LEVEL || (level !== undefined && own !== level)) throw malformed(where, 'it has another level');
  const digests = readBytes(map.digests, where);
  const lengths = readList(map.lengths, where).map((item) => readCount(item, where));
  if (lengths.length === 0 || lengths.length > MAX_READ_ITEMS) throw malformed(where, 'it has too few or many items');
  if (digests.byteLength !== lengths.length * DIGEST_BYTES) throw malformed(where, 'digests and lengths disagree');
  const items = listContents(digests, lengths);
  if (length > MAX_LISTED_BYTES || totalOf(items) !== length) throw malformed(where, 'it lists another length');
  for (const [i, item] of items.entries()) {
    const isEnd = isLast && i === items.length - 1;
    const isChunk = own === 0 && (item.length >= MIN_CHUNK_BYTES || isEnd) && item.length < OBJECT_MIN_BYTES;
    if (item.length === 0 || (own === 0 && !isChunk)) throw malformed(where, 'an item has an impossible length');
  }
  return { level: own, items };
}

function totalOf(items: readonly PackedContent[]): number {
  return items.reduce((sum, { length }) => sum + length, 0);
}
