import type { ArchiveRecord } from './index-record.ts';

/** Records, possibly hundreds of thousands. */
export interface Records {
  /** Package ids, in the order of the records. */
  readonly ids: readonly string[];
  at(index: number): ArchiveRecord;
}

const PAGE_BYTES = 1024 * 1024;

/** Records as JSON outside of V8's heap, far smaller than as objects. Each is parsed on access. */
export class RecordTexts implements Records {
  readonly ids: string[] = [];
  /** Each holds whole records. */
  readonly #pages: Buffer[] = [];
  /** Page and end position of each record. */
  readonly #places: { page: number; end: number }[] = [];

  constructor(records: Iterable<ArchiveRecord>) {
    let [page, used] = [Buffer.alloc(0), 0];
    for (const record of records) {
      const text = JSON.stringify(record);
      const bytes = Buffer.byteLength(text);
      if (used + bytes > page.length) {
        page = Buffer.allocUnsafeSlow(Math.max(PAGE_BYTES, bytes));
        this.#pages.push(page);
        used = 0;
      }
      used += page.write(text, used);
      this.ids.push(record.package_id);
      this.#places.push({ page: this.#pages.length - 1, end: used });
    }
  }

  at(index: number): ArchiveRecord {
    const { page, end } = this.#places[index]!;
    const before = this.#places[index - 1];
    return JSON.parse(this.#pages[page]!.toString('utf8', before?.page === page ? before.end : 0, end));
  }

  *[Symbol.iterator](): Iterator<ArchiveRecord> {
    for (const i of this.ids.keys()) yield this.at(i);
  }
}
