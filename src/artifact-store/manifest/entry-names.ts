import { decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import { malformed, readBytes, readCount, readList } from '../encoding/shape.ts';
import { ENTRY_NAME_BYTES } from '../encryption/id-key.ts';
import { MAX_NEW_SHARE, type Range } from './delta.ts';
import { type EncodedManifest, entryAt } from './encoded.ts';

/**
 * A writer of an encrypted store cannot read the previous manifest. To find the changed entries, it compares the entries' names.
 * Each manifest has a list of names that writers can open.
 */

/** In the order of the manifest: the concatenated names of new entries, and ranges of names from the last base. */
export type NamedRuns = (Uint8Array | Range)[];

/** The concatenated names of all entries. */
export function nameEntries(manifest: EncodedManifest, nameOf: (entry: Uint8Array) => Uint8Array): Buffer {
  const count = manifest.bounds.length - 1;
  const names = Buffer.allocUnsafe(count * ENTRY_NAME_BYTES);
  for (let i = 0; i < count; i++) names.set(nameOf(entryAt(manifest, i)), i * ENTRY_NAME_BYTES);
  return names;
}

/** The names as runs on those of the previous manifest; undefined when too many are new. */
export function runsOn(before: Buffer, names: Buffer): NamedRuns | undefined {
  const count = names.byteLength / ENTRY_NAME_BYTES;
  const table = new NameTable(before);
  const runs: NamedRuns = [];
  let range: Range | undefined;
  let firstNew: number | undefined;
  let added = 0;
  let next = 0;
  for (let i = 0; i < count; i++) {
    const at = table.find(names, i, next);
    if (at === undefined) {
      firstNew ??= i;
      range = undefined;
      added++;
      continue;
    }
    if (firstNew !== undefined) runs.push(namesIn(names, firstNew, i));
    firstNew = undefined;
    if (range && range[0] + range[1] === at) range[1]++;
    else {
      range = [at, 1];
      runs.push(range);
    }
    next = at + 1;
  }
  if (firstNew !== undefined) runs.push(namesIn(names, firstNew, count));
  return added > MAX_NEW_SHARE * count ? undefined : runs;
}

function namesIn(names: Buffer, first: number, end: number): Buffer {
  return names.subarray(first * ENTRY_NAME_BYTES, end * ENTRY_NAME_BYTES);
}

/** Converts runs of names to runs of entries: new entries take the place of their names. */
export function entriesOf(manifest: EncodedManifest, runs: NamedRuns): (Uint8Array | Range)[] {
  let at = 0;
  return runs.flatMap((run): (Uint8Array | Range)[] => {
    const first = at;
    at += Array.isArray(run) ? run[1] : run.byteLength / ENTRY_NAME_BYTES;
    if (Array.isArray(run)) return [run];
    return Array.from({ length: at - first }, (_, i) => entryAt(manifest, first + i));
  });
}

/** @throws ArchiveError `INTEGRITY` for a run outside of the previous names. */
export function applyRuns(before: Buffer, runs: NamedRuns, where: string): Buffer {
  let next = 0;
  return Buffer.concat(
    runs.map((run) => {
      if (!Array.isArray(run)) return run;
      const [first, count] = run;
      const end = first + count;
      if (first < next || end * ENTRY_NAME_BYTES > before.byteLength)
        throw malformed(where, 'a run is not in its base');
      next = end;
      return namesIn(before, first, end);
    }),
  );
}

export function encodeRuns(runs: NamedRuns): Buffer {
  return encodeCbor(runs.map((run) => (Array.isArray(run) ? run : Buffer.from(run))));
}

/** @throws ArchiveError `INTEGRITY`. */
export function decodeRuns(bytes: Uint8Array, where: string): NamedRuns {
  return readList(decodeCbor(bytes), where).map((item) => {
    if (Array.isArray(item)) {
      const [first, count] = readList(item, where);
      return [readCount(first, where), readCount(count, where)];
    }
    const names = readBytes(item, where);
    if (names.byteLength % ENTRY_NAME_BYTES !== 0) throw malformed(where, 'a name has another length');
    return names;
  });
}

/** A hash table with open addressing that finds a name's number among millions. */
class NameTable {
  readonly #names: Buffer;
  /** Number of a name plus one; 0 for a free slot. */
  readonly #slots: Uint32Array;

  constructor(names: Buffer) {
    this.#names = names;
    const count = names.byteLength / ENTRY_NAME_BYTES;
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * count + 1)));
    for (let i = 0; i < count; i++) {
      let slot = this.#slotOf(names, i);
      while (this.#slots[slot] !== 0) slot = this.#after(slot);
      this.#slots[slot] = i + 1;
    }
  }

  /** Finds the number of the `index`th of `names` in this table, if it is at least `from`: both lists are sorted alike. */
  find(names: Buffer, index: number, from: number): number | undefined {
    for (let slot = this.#slotOf(names, index); this.#slots[slot] !== 0; slot = this.#after(slot)) {
      const at = this.#slots[slot]! - 1;
      if (at >= from && isSame(names, index, this.#names, at)) return at;
    }
    return undefined;
  }

  #slotOf(names: Buffer, index: number): number {
    return names.readUInt32LE(index * ENTRY_NAME_BYTES) & (this.#slots.length - 1);
  }

  #after(slot: number): number {
    return (slot + 1) & (this.#slots.length - 1);
  }
}

function isSame(a: Buffer, i: number, b: Buffer, j: number): boolean {
  const [first, second] = [i * ENTRY_NAME_BYTES, j * ENTRY_NAME_BYTES];
  return a.compare(b, second, second + ENTRY_NAME_BYTES, first, first + ENTRY_NAME_BYTES) === 0;
}
