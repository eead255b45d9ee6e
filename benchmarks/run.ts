/**
 * Archives, archives again and restores with this software and with others in turn, on the same folders, in whole processes.
 *
 *     npm run bench -- [--corpora a,d] [--works archive,again,restore] [--peers restic,borg] [--pairs 5] [--versions 200]
 *         [--s3 [--latency 0,50]] [--encrypted] [--scale 10000,100000,1000000] [--json FILE] [--folder DIR]
 *
 * With `--encrypted` ours is an encrypted store, compared with a plain one. Ratios are ours over the peer's, pair by pair: below
 * 1 we are faster. Pages of the corpus are in memory for all.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { CHANGING_FILES, makeChanging } from './changing.ts';
import { CORPORA, type Corpus, changeOnePercent, makeCorpus, sizeOf, writeTexts } from './corpora.ts';
import { type Comparison, cellsOf, compareRuns, measure, medians, type Run } from './measure.ts';
import type { S3Bench } from './s3.ts';
import { encrypted, OURS, PEERS, type Place, type Tool } from './tools.ts';

interface Row extends Comparison {
  work: string;
  corpus: string;
  peer: string;
}

interface Stored {
  corpus: string;
  tool: string;
  bytes: number;
}

const { values: asked } = parseArgs({
  options: {
    corpora: { type: 'string', default: 'a,b,c,d' },
    works: { type: 'string', default: 'archive,again,restore' },
    peers: { type: 'string' },
    pairs: { type: 'string', default: '5' },
    versions: { type: 'string', default: '0' },
    s3: { type: 'boolean', default: false },
    latency: { type: 'string', default: '0' },
    encrypted: { type: 'boolean', default: false },
    scale: { type: 'string', default: '' },
    json: { type: 'string' },
    folder: { type: 'string' },
  },
});
const pairs = Number(asked.pairs);
const tools = asked.encrypted ? encrypted() : { ours: OURS, peers: PEERS };
const works = new Set(asked.works.split(','));
const folder = asked.folder ?? mkdtempSync(join(tmpdir(), 'bench-'));
mkdirSync(folder, { recursive: true });
const rows: Row[] = [];
const stored: Stored[] = [];
/** Archives of successive versions. */
const grown: ({ version: number; tool: string } & Run)[] = [];
const scaled: ({ files: number } & Run)[] = [];
/** Bytes of the first version in the store, and the bytes that each later one adds. */
const changed: { file: string; tool: string; first: number; added: number }[] = [];
const CHANGED_VERSIONS = 9;

/** The first and the last of many versions show whether their number matters. */
const AVERAGED_VERSIONS = 10;

/** Set while stores are made in its bucket. */
let s3: S3Bench | undefined;

function placeFor(root: string): Place {
  const base = mkdtempSync(join(folder, 'run-'));
  const store = s3 ? join(s3.bucket, basename(base)) : join(base, 'store');
  return { root, store, target: join(base, 'target') };
}

function clear({ store, target }: Place): void {
  discard(store);
  discard(dirname(target));
}

/** Measures a command and counts its requests. */
function timed(command: string): Run {
  s3?.countRequests();
  const run = measure(command);
  return s3 ? { ...run, requests: s3.countRequests() } : run;
}

/** Folders to remove once a corpus is done. */
const discarded: string[] = [];
/** With more files in it, a folder is not removed between two runs. */
const MANY_FILES = 1000;

/**
 * Removes a folder, or renames it if it has many files: ext4 does not use the inode of a removed file for a minute, and looks at
 * each of them whenever a file is created. After removals of 10,000 files, `cp -r` of as many took 1.3 to 2.3 CPU seconds instead of 0.2.
 */
function discard(path: string): void {
  if (sizeOf(path).files < MANY_FILES) {
    rmSync(path, { recursive: true, force: true });
    return;
  }
  const later = join(folder, `discarded-${discarded.length}`);
  renameSync(path, later);
  discarded.push(later);
}

/** How long ext4 does not use an inode again, once the removal is on the disk. */
const INODE_REUSE_MS = 61_000;

function removeDiscarded(): void {
  if (discarded.length === 0) return;
  for (const path of discarded.splice(0)) rmSync(path, { recursive: true });
  spawnSync('sync');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, INODE_REUSE_MS);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A store with one archive of the corpus. */
function filled(tool: Tool, root: string): Place {
  const place = placeFor(root);
  if (tool.init) measure(tool.init(place));
  if (tool.archive) measure(tool.archive(place));
  return place;
}

type Once = (tool: Tool) => Run;

/**
 * Reads every file, so that the next tool finds them in the page cache: borg and rclone evict the files they have read. With
 * `cat`, which needs no memory for it: a virtual machine may return freed memory, and be slow to get it again.
 */
function warm(root: string): void {
  spawnSync('find', [root, '-type', 'f', '-exec', 'cat', '{}', '+'], { stdio: 'ignore' });
}

/** An archive into an empty store. */
function first(root: string): Once {
  return (tool) => {
    const place = placeFor(root);
    try {
      if (tool.init) measure(tool.init(place));
      warm(root);
      return timed(tool.archive!(place));
    } finally {
      clear(place);
    }
  };
}

/** Runs the tools in turn, ours first, after a warm-up of each, and compares ours with each other one, round by round. */
function compare(work: string, corpus: string, [ours, ...peers]: readonly [Tool, ...Tool[]], once: Once): void {
  const rounds: Run[][] = [];
  for (let i = -1; i < pairs; i++) {
    const round = [ours, ...peers].map(once);
    if (i >= 0) rounds.push(round);
  }
  const runsOf = (tool: number) => rounds.map((round) => round[tool]!);
  for (const [i, { name }] of peers.entries()) {
    const compared = compareRuns(runsOf(0), runsOf(i + 1));
    rows.push({ work, corpus, peer: name, ...compared });
    say(`| ${[work, corpus, name, ...cellsOf(compared)].join(' | ')} |`);
  }
}

function seconds(run: Run): string {
  return `${run.seconds.toFixed(2)} s`;
}

const HEAD = '| work | corpus | peer | ours | theirs | ratio | CPU s | peak MiB |';

/** @param place is added to the corpus in the table. */
function benchCorpus(corpus: Corpus, [ours, ...peers]: readonly [Tool, ...Tool[]], place = ''): void {
  const root = makeCorpus(corpus, folder);
  const id = `${corpus.id}${place}`;
  const { files, bytes } = sizeOf(root);
  const head = s3 ? `${HEAD} requests |` : HEAD;
  say(`\nCorpus ${id}: ${corpus.about}; ${files} files, ${(bytes / 1e6).toFixed(1)} MB\n`);
  say(`${head}\n${head.replaceAll(/[^|]+/g, '---')}`);
  const able = (command: 'archive' | 'again' | 'restore') => [ours, ...peers.filter((peer) => peer[command])] as const;
  if (works.has('archive')) compare('first archive', id, able('archive'), first(root));
  const places = new Map([ours, ...peers].map((tool) => [tool, filled(tool, root)]));
  for (const [tool, { store }] of places)
    if (tool.archive) stored.push({ corpus: id, tool: tool.name, bytes: sizeOf(store).bytes });
  if (works.has('again'))
    compare('again, unchanged', id, able('again'), (tool) => timed(tool.again!(places.get(tool)!)));
  const restore: Once = (tool) => {
    const run = timed(tool.restore!(places.get(tool)!));
    discard(places.get(tool)!.target);
    return run;
  };
  if (works.has('restore')) compare('restore', id, able('restore'), restore);
  for (const each of places.values()) clear(each);
  removeDiscarded();
}

/** Corpus a in a bucket on loopback, with each latency. */
async function benchS3(): Promise<void> {
  s3 = await (await import('./s3.ts')).startS3Bench(folder);
  try {
    for (const latency of asked.latency.split(',').map(Number)) {
      const server = await s3.startTools(latency);
      try {
        const [ours, ...peers] = server.tools;
        benchCorpus(CORPORA['a']!, [ours, ...installed(peers)], `, S3 at ${latency} ms`);
      } finally {
        await server.stop();
      }
    }
  } finally {
    await s3.stop();
    s3 = undefined;
  }
}

/** The growth of time and memory with the number of files: the exponents of the line through the logarithms. */
function benchScale(counts: readonly number[]): void {
  say('\n| files | first archive | CPU s | peak MiB |\n|---|---|---|---|');
  const runs = counts.map((count) => {
    const corpus = { id: `scale-${count}`, about: '', make: (output: string) => writeTexts(output, count, 500) };
    const run = first(makeCorpus(corpus, folder))(OURS);
    scaled.push({ files: count, ...run });
    say(`| ${count} | ${seconds(run)} | ${run.cpuSeconds.toFixed(2)} | ${Math.round(run.peakMebibytes)} |`);
    return run;
  });
  const exponent = (of: (run: Run) => number) => {
    const [low, high] = [runs[0]!, runs.at(-1)!].map((run) => Math.log(of(run)));
    return ((high! - low!) / Math.log(counts.at(-1)! / counts[0]!)).toFixed(2);
  };
  say(`\nExponents: time ${exponent((run) => run.seconds)}, memory ${exponent((run) => run.peakMebibytes)}`);
}

/** The bytes that each of ten versions with few changes adds to the store. */
function benchChanging(peers: readonly Tool[]): void {
  const able = [tools.ours, ...peers.filter(({ archive, again }) => archive && again)];
  say(`\nCorpus f: MB that a version adds, of the first and the ${CHANGED_VERSIONS} after it\n`);
  say(`| file | change | ${able.map(({ name }) => `${name}, first | ${name}, later`).join(' | ')} |`);
  say(`|---|---|${'---|'.repeat(2 * able.length)}`);
  for (const file of CHANGING_FILES) {
    const { root, change } = makeChanging(file, folder);
    const places = able.map((tool) => filled(tool, root));
    const first = places.map(({ store }) => sizeOf(store).bytes);
    for (let version = 1; version <= CHANGED_VERSIONS; version++) {
      change(version);
      for (const [i, tool] of able.entries()) measure(tool.again!(places[i]!));
    }
    const figures = able.map(({ name }, i) => {
      const added = (sizeOf(places[i]!.store).bytes - first[i]!) / CHANGED_VERSIONS;
      changed.push({ file: file.name, tool: name, first: first[i]!, added });
      return `${(first[i]! / 1e6).toFixed(1)} | ${(added / 1e6).toFixed(3)}`;
    });
    say(`| ${file.name} | ${file.about} | ${figures.join(' | ')} |`);
    for (const place of places) clear(place);
  }
}

/** The costs of many versions, archived one after the other. */
function benchVersions(versions: number, peers: readonly Tool[]): void {
  const root = join(folder, 'versions');
  rmSync(root, { recursive: true, force: true });
  makeCorpus(CORPORA['a']!, root);
  const corpus = join(root, 'corpus-a');
  const kept = [tools.ours, ...peers.filter(({ archive, again }) => archive && again)].map((tool) => ({
    tool,
    place: filled(tool, corpus),
  }));
  for (let version = 1; version < versions; version++) {
    changeOnePercent(corpus, version);
    for (const { tool, place } of kept) grown.push({ version, tool: tool.name, ...measure(tool.again!(place)) });
  }
  say('\n| tool | versions | again, 1 % changed | CPU s | peak MiB |\n|---|---|---|---|---|');
  for (const { tool, place } of kept) {
    const runs = grown.filter((run) => run.tool === tool.name);
    for (const part of [runs.slice(0, AVERAGED_VERSIONS), runs.slice(-AVERAGED_VERSIONS)]) {
      const { seconds: time, cpuSeconds, peakMebibytes } = medians(part);
      const range = `${part[0]!.version} to ${part.at(-1)!.version}`;
      say(
        `| ${tool.name} | ${range} | ${time.toFixed(2)} s | ${cpuSeconds.toFixed(2)} | ${Math.round(peakMebibytes)} |`,
      );
    }
    stored.push({ corpus: `e (${versions} versions of a)`, tool: tool.name, bytes: sizeOf(place.store).bytes });
    clear(place);
  }
}

/** The wanted ones among the installed. */
function installed(all: readonly Tool[]): Tool[] {
  const wanted = asked.peers?.split(',');
  return all
    .filter(({ name }) => wanted?.some((prefix) => name.startsWith(prefix)) ?? true)
    .filter((peer) => {
      const version = peer.version();
      say(version === undefined ? `${peer.name} is not installed; skipped` : `${peer.name}: ${version}`);
      return version !== undefined;
    });
}

try {
  const peers = installed(tools.peers);
  const machine = `${cpus()[0]?.model}, ${availableParallelism()} CPUs, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node.js ${process.version}`;
  say(
    `${tools.ours.name}: ${tools.ours.version()}\n${machine}, ${pairs} pairs, ${new Date().toISOString().slice(0, 10)}`,
  );
  for (const id of asked.corpora.split(',').filter((name) => name !== '')) {
    if (id === 'f') benchChanging(peers);
    else benchCorpus(CORPORA[id]!, [tools.ours, ...peers]);
  }
  if (Number(asked.versions) > 0) benchVersions(Number(asked.versions), peers);
  if (asked.s3) await benchS3();
  if (asked.scale !== '') benchScale(asked.scale.split(',').map(Number));
  say('\n| corpus | tool | stored MB |\n|---|---|---|');
  for (const { corpus, tool, bytes } of stored) say(`| ${corpus} | ${tool} | ${(bytes / 1e6).toFixed(1)} |`);
  const found = { machine, pairs, rows, grown, scaled, changed, stored };
  if (asked.json) writeFileSync(asked.json, `${JSON.stringify(found, null, 2)}\n`);
} finally {
  if (asked.folder === undefined) rmSync(folder, { recursive: true });
}
