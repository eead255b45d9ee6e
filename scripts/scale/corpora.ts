import { createCipheriv } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** The differences between two states of a folder. */
export interface Changes {
  added: number;
  removed: number;
  changed: number;
}

/** A folder to archive, and its change before the second archive. */
export interface Corpus {
  /** Writes into an existing folder. */
  make(output: string, count: number): void;
  change(output: string, count: number): Changes;
}

interface ManyFiles {
  /** The path of the i-th file. */
  pathOf: (i: number) => string;
  contentOf: (i: number) => string;
  /** One file in this many is changed. */
  changedOf: number;
}

/** One file in this many is removed. */
const REMOVED_OF = 1000;
const ADDED = 100;

/** Files of at most a few bytes. */
export function manyFiles({ pathOf, contentOf, changedOf }: ManyFiles): Corpus {
  return {
    make(output, count) {
      const made = new Set<string>();
      for (let i = 0; i < count; i++) {
        const path = pathOf(i);
        const folder = path.slice(0, path.lastIndexOf('/'));
        if (!made.has(folder)) mkdirSync(join(output, folder), { recursive: true });
        made.add(folder);
        writeFileSync(`${output}/${path}`, contentOf(i));
      }
    },
    change(output, count) {
      const changes = { added: ADDED, removed: 0, changed: 0 };
      for (let i = 0; i < count; i++) {
        if (i % REMOVED_OF === 0) {
          rmSync(`${output}/${pathOf(i)}`);
          changes.removed++;
        } else if (i % changedOf === 1) {
          appendFileSync(`${output}/${pathOf(i)}`, '!');
          changes.changed++;
        }
      }
      mkdirSync(join(output, 'added'));
      for (let i = 0; i < ADDED; i++) writeFileSync(join(output, 'added', String(i)), `added ${i}`);
      return changes;
    },
  };
}

/** Each file is one folder deeper than the previous one. */
export function nested(depth: number): ManyFiles['pathOf'] {
  return (i) => `${'d/'.repeat(1 + (i % depth))}${i}`;
}

const BLOCK = Buffer.alloc(8 * 1024 * 1024);

/** One file of this many incompressible bytes. */
export const randomFile: Corpus = {
  make(output, bytes) {
    const stream = createCipheriv('aes-128-ctr', 'a seed of 16 by.', Buffer.alloc(16));
    const file = openSync(join(output, 'random.bin'), 'w');
    for (let written = 0; written < bytes; written += BLOCK.length) {
      writeSync(file, stream.update(BLOCK).subarray(0, Math.min(BLOCK.length, bytes - written)));
    }
    closeSync(file);
  },
  change: (output, bytes) => changeMiddle(join(output, 'random.bin'), bytes),
};

/** One sparse file of this many bytes, nearly all in a hole. */
export const sparseFile: Corpus = {
  make(output, bytes) {
    const file = openSync(join(output, 'sparse.bin'), 'w');
    ftruncateSync(file, bytes);
    for (const share of [0.1, 0.4, 0.9]) writeSync(file, `an island at ${share}`, Math.floor(bytes * share));
    closeSync(file);
  },
  change: (output, bytes) => changeMiddle(join(output, 'sparse.bin'), bytes),
};

function changeMiddle(path: string, bytes: number): Changes {
  const file = openSync(path, 'r+');
  writeSync(file, 'changed', Math.floor(bytes / 2));
  closeSync(file);
  return { added: 0, removed: 0, changed: 1 };
}
