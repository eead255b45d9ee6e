import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DEPENDENCIES = fileURLToPath(new URL('../node_modules', import.meta.url));

/** A folder to archive: a description, and a function that writes it below an infospace. */
export interface Corpus {
  id: string;
  about: string;
  make(output: string): void;
}

/** The same numbers on every machine. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = Math.imul(seed + 1, 2_654_435_761); ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 4;
  }
}

/** A Markov chain of the second order: the words that follow each pair of words in real text. */
interface Chain {
  words: readonly string[];
  followers: ReadonlyMap<string, readonly string[]>;
}

let chain: Chain | undefined;

/** Made of all Markdown in the dependencies, about 6 MB: it depends on the lockfile. */
function learned(): Chain {
  if (chain) return chain;
  const entries = readdirSync(DEPENDENCIES, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.md'));
  const texts = files.map(({ parentPath, name }) => join(parentPath, name)).toSorted();
  const words = texts.flatMap((file) => readFileSync(file, 'utf8').match(/\S+\s*/g) ?? []);
  const followers = new Map<string, string[]>();
  for (let i = 2; i < words.length; i++) {
    const before = words[i - 2]! + words[i - 1]!;
    const known = followers.get(before);
    if (known) known.push(words[i]!);
    else followers.set(before, [words[i]!]);
  }
  chain = { words, followers };
  return chain;
}

/** Meaningless Markdown that compresses and repeats itself like text of people and language models. */
export function text(bytes: number, seed: number): string {
  const { words, followers } = learned();
  const numbersOf = numbers(seed);
  const pick = (from: readonly string[]) => from[numbersOf.next().value % from.length]!;
  const start = numbersOf.next().value % (words.length - 1);
  const parts = words.slice(start, start + 2);
  for (let length = parts.join('').length; length < bytes; ) {
    const part = pick(followers.get(parts.at(-2)! + parts.at(-1)!) ?? words);
    parts.push(part);
    length += part.length;
  }
  return parts.join('');
}

export function writeTexts(output: string, count: number, bytes: number): void {
  for (let i = 0; i < count; i++) {
    const folder = join(output, `part-${String(i % 100).padStart(2, '0')}`);
    if (i < 100) mkdirSync(folder, { recursive: true });
    // Sizes vary around the mean like those of real files.
    writeFileSync(join(folder, `article-${i}.md`), text(bytes / 2 + ((i * 7919) % bytes), i));
  }
}

/** Bytes that do not compress. */
function writeRandom(file: string, mebibytes: number, seed: number): void {
  const block = Buffer.alloc(1 << 20);
  for (let i = 0; i < mebibytes; i++) {
    for (let at = 0; at < block.length; at += 64) {
      createHash('sha512').update(`${seed} ${i} ${at}`).digest().copy(block, at);
    }
    writeFileSync(file, block, { flag: 'a' });
  }
}

/** The sources of the Go toolchain if installed, else the dependencies of this project. */
function sourceTree(): string {
  try {
    return join(execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim(), 'src');
  } catch {
    return DEPENDENCIES;
  }
}

export const CORPORA: Record<string, Corpus> = Object.fromEntries(
  [
    {
      id: 'a',
      about: '10,000 text files of about 8 KB',
      make: (output: string) => writeTexts(output, 10_000, 8_000),
    },
    {
      id: 'b',
      about: '100,000 text files of about 2 KB',
      make: (output: string) => writeTexts(output, 100_000, 2_000),
    },
    {
      id: 'c',
      about: '2 files of 1 GiB that do not compress',
      make: (output: string) => {
        for (const i of [1, 2]) writeRandom(join(output, `${i}.bin`), 1024, i);
      },
    },
    {
      id: 'd',
      about: 'a source tree',
      make: (output: string) => cpSync(sourceTree(), output, { recursive: true, verbatimSymlinks: true }),
    },
  ].map((corpus) => [corpus.id, corpus]),
);

/** Makes the corpus below a folder once; later calls reuse it. */
export function makeCorpus({ id, make }: Corpus, folder: string): string {
  const root = join(folder, `corpus-${id}`);
  const done = join(root, 'infospace.yaml');
  const output = join(root, 'output');
  // Archives of an earlier run, whose records would be read with every archive.
  rmSync(join(output, 'archives'), { recursive: true, force: true });
  if (existsSync(done)) return root;
  // Files of an interrupted run.
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  make(output);
  writeFileSync(done, `slug: corpus-${id}\n`);
  return root;
}

/** Changes one in a hundred files of corpus a, different ones each time. */
export function changeOnePercent(root: string, version: number): void {
  for (let i = version % 100; i < 10_000; i += 100) {
    const file = join(root, 'output', `part-${String(i % 100).padStart(2, '0')}`, `article-${i}.md`);
    writeFileSync(file, text(statSync(file).size, 1_000_000 + version * 10_000 + i));
  }
}

/** Number and size of the files below a folder. */
export function sizeOf(folder: string): { files: number; bytes: number } {
  if (!existsSync(folder)) return { files: 0, bytes: 0 };
  if (statSync(folder).isFile()) return { files: 1, bytes: statSync(folder).size };
  let [files, bytes] = [0, 0];
  for (const file of filesBelow(folder)) {
    files++;
    bytes += statSync(file).size;
  }
  return { files, bytes };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}
