import type { ArchiveRecord } from './index-record.ts';

/** Records, of which there may be hundreds of thousands. */
export interface Records {
  /** Of the packages, in the order of the records. */
  readonly ids: readonly string[];
  at(index: number): ArchiveRecord;
}

const PAGE_BYTES = 1024 * 1024;

/** Records as JSON, outside of V8's heap: a small part of what they take as objects. Each is parsed when it is asked for. */
export class RecordTexts implements Records {
  readonly ids: string[] = [];
  /** Whole records each. */
  readonly #pages: Buffer[] = [];
  /** Of each record: its page, and where it ends there. */
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
