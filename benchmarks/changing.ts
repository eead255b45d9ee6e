import { execFileSync } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { text } from './corpora.ts';

/** A large file that changes little from one version to the next. Everything follows from the numbers below. */
export interface ChangingFile {
  name: string;
  /** The description of the change. */
  about: string;
  /** Writes the first version into a folder, and its auxiliary files into another one. */
  make(folder: string, beside: string): void;
  /** Changes one version to the next. */
  change(folder: string, beside: string, version: number): void;
}

const ROWS = 100_000;
const ROWS_ADDED = 300;
const VECTOR_BYTES = 1024;
const LINES = 600_000;
const LINES_ADDED = 5_000;
const CSV_ROWS = 1_200_000;
const MEMBERS = 200;
const MEMBER_BYTES = 200_000;

/** Corpus f. */
export const CHANGING_FILES: readonly ChangingFile[] = [
  {
    name: 'embeddings.sqlite',
    about: `0.1 % of ${ROWS} rows updated, ${ROWS_ADDED} inserted`,
    make: (folder) => {
      const database = new Database(join(folder, 'embeddings.sqlite'));
      database.exec('create table documents (id integer primary key, title text, vector blob)');
      const insert = database.prepare('insert into documents (title, vector) values (?, ?)');
      database.transaction(() => {
        for (let i = 0; i < ROWS; i++) insert.run(`document ${i}`, vector(i));
      })();
      database.close();
    },
    change: (folder, _, version) => {
      const database = new Database(join(folder, 'embeddings.sqlite'));
      const update = database.prepare('update documents set vector = ? where id = ?');
      const insert = database.prepare('insert into documents (title, vector) values (?, ?)');
      database.transaction(() => {
        for (let i = 0; i < ROWS / 1000; i++) {
          update.run(vector(version * 1_000_003 + i), 1 + ((version * 7_919 + i * 104_729) % ROWS));
        }
        for (let i = 0; i < ROWS_ADDED; i++) insert.run(`added ${version} ${i}`, vector(version * 2_000_003 + i));
      })();
      database.close();
    },
  },
  {
    name: 'events.jsonl',
    about: `${LINES_ADDED} lines appended`,
    make: (folder) => writeLines(join(folder, 'events.jsonl'), 0, LINES),
    change: (folder, _, version) =>
      writeLines(join(folder, 'events.jsonl'), LINES + version * LINES_ADDED, LINES_ADDED),
  },
  {
    name: 'table.csv',
    about: 'a row inserted near the start',
    make: (folder) => {
      const fd = openSync(join(folder, 'table.csv'), 'w');
      for (let i = 0; i < CSV_ROWS; i++) writeSync(fd, csvRow(i));
      closeSync(fd);
    },
    change: (folder, _, version) => {
      const file = join(folder, 'table.csv');
      const rows = readFileSync(file, 'latin1');
      const at = rows.indexOf('\n', 10_000 * version) + 1;
      writeFileSync(file, `${rows.slice(0, at)}${csvRow(9_000_000 + version)}${rows.slice(at)}`);
    },
  },
  {
    name: 'export.tar',
    about: `one of ${MEMBERS} members replaced`,
    make: (folder, beside) => {
      for (let i = 0; i < MEMBERS; i++) writeFileSync(join(beside, `member-${i}.md`), text(MEMBER_BYTES, i));
      writeFileSync(join(folder, 'export.tar'), tar(beside));
    },
    change: (folder, beside, version) => {
      writeFileSync(join(beside, `member-${(version * 31) % MEMBERS}.md`), text(MEMBER_BYTES, 10_000 + version));
      writeFileSync(join(folder, 'export.tar'), tar(beside));
    },
  },
  {
    name: 'export.tar.zst',
    about: `one of ${MEMBERS} members replaced, compressed`,
    make: (folder, beside) => {
      for (let i = 0; i < MEMBERS; i++) writeFileSync(join(beside, `member-${i}.md`), text(MEMBER_BYTES, i));
      writeFileSync(join(folder, 'export.tar.zst'), zstdCompressSync(tar(beside)));
    },
    change: (folder, beside, version) => {
      writeFileSync(join(beside, `member-${(version * 31) % MEMBERS}.md`), text(MEMBER_BYTES, 10_000 + version));
      writeFileSync(join(folder, 'export.tar.zst'), zstdCompressSync(tar(beside)));
    },
  },
];

/** The first version of a file as a new infospace. */
export function makeChanging(file: ChangingFile, folder: string): { root: string; change(version: number): void } {
  const root = join(folder, `corpus-f-${file.name}`);
  const [output, beside] = [join(root, 'output'), `${root}-members`];
  for (const made of [root, beside]) rmSync(made, { recursive: true, force: true });
  for (const made of [output, beside]) mkdirSync(made, { recursive: true });
  writeFileSync(join(root, 'infospace.yaml'), `slug: corpus-f\n`);
  file.make(output, beside);
  return { root, change: (version) => file.change(output, beside, version) };
}

/** Like embeddings: numbers that hardly compress. */
function vector(seed: number): Buffer {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed);
  const bytes = createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(VECTOR_BYTES));
  // Signs and exponents of numbers between -1 and 1 are similar.
  for (let i = 3; i < bytes.length; i += 4) bytes[i] = 0x3d + (bytes[i]! & 0x81);
  return bytes;
}

function writeLines(file: string, first: number, count: number): void {
  const fd = openSync(file, 'a');
  let lines = '';
  for (let i = first; i < first + count; i++) {
    lines += `${JSON.stringify(event(i))}\n`;
    if (lines.length < 1_000_000 && i + 1 < first + count) continue;
    writeSync(fd, lines);
    lines = '';
  }
  closeSync(fd);
}

function event(i: number): object {
  const mixed = Math.imul(i + 1, 2_654_435_761) >>> 0;
  const name = ['query', 'answer', 'ingest', 'embed', 'publish'][mixed % 5];
  const about = { name, user: `user-${mixed % 4000}`, ms: mixed % 90_000, hash: mixed };
  return { id: i, at: 1_700_000_000_000 + i * 1371, ...about };
}

function csvRow(i: number): string {
  const mixed = Math.imul(i + 7, 2_246_822_519) >>> 0;
  return `${i},${mixed % 100_000},${(mixed / 7919).toFixed(4)},place-${mixed % 977},${mixed.toString(36)}\n`;
}

function tar(folder: string): Buffer {
  const names = Array.from({ length: MEMBERS }, (_, i) => `member-${i}.md`);
  const options = ['-C', folder, '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '-c'];
  return execFileSync('tar', [...options, ...names], { maxBuffer: 2 ** 30 });
}
