/**
 * Archives, archives again and restores with this software and with others in turn, on the same folders, whole processes.
 *
 *     npm run bench -- [--corpora a,d] [--peers restic,borg] [--pairs 5] [--versions 200] [--json FILE] [--folder DIR]
 *
 * Ratios are ours over the peer's, pair by pair: below 1 we are faster. Pages of the corpus are in memory for all.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CORPORA, type Corpus, changeOnePercent, makeCorpus, sizeOf } from './corpora.ts';
import { measure, median, type Run } from './measure.ts';
import { OURS, PEERS, type Place, type Tool } from './tools.ts';

interface Row {
  work: string;
  corpus: string;
  peer: string;
  ours: Run;
  theirs: Run;
  /** Of the seconds, ours over theirs. */
  ratio: { median: number; min: number; max: number };
}

interface Stored {
  corpus: string;
  tool: string;
  bytes: number;
}

const { values: asked } = parseArgs({
  options: {
    corpora: { type: 'string', default: 'a,b,c,d' },
    peers: { type: 'string' },
    pairs: { type: 'string', default: '5' },
    versions: { type: 'string', default: '0' },
    json: { type: 'string' },
    folder: { type: 'string' },
  },
});
const pairs = Number(asked.pairs);
const folder = asked.folder ?? mkdtempSync(join(tmpdir(), 'bench-'));
mkdirSync(folder, { recursive: true });
const rows: Row[] = [];
const stored: Stored[] = [];
let places = 0;

function placeFor(root: string): Place {
  const base = join(folder, `run-${++places}`);
  mkdirSync(base);
  return { root, store: join(base, 'store'), target: join(base, 'target') };
}

function clear({ store }: Place): void {
  rmSync(join(store, '..'), { recursive: true, force: true });
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A store that has the corpus once. */
function filled(tool: Tool, root: string): Place {
  const place = placeFor(root);
  if (tool.init) measure(tool.init(place));
  measure(tool.archive(place));
  return place;
}

type Once = (tool: Tool, root: string) => Run;

const first: Once = (tool, root) => {
  const place = placeFor(root);
  try {
    if (tool.init) measure(tool.init(place));
    return measure(tool.archive(place));
  } finally {
    clear(place);
  }
};

/** Runs both in turn, after a warm-up of each. */
function compare(work: string, corpus: Corpus, peer: Tool, once: (tool: Tool) => Run): void {
  const runs: [ours: Run, theirs: Run][] = [];
  for (let i = -1; i < pairs; i++) {
    const pair: [Run, Run] = [once(OURS), once(peer)];
    if (i >= 0) runs.push(pair);
  }
  const ratios = runs.map(([ours, theirs]) => ours.seconds / theirs.seconds);
  const row: Row = {
    work,
    corpus: corpus.id,
    peer: peer.name,
    ours: medians(runs.map(([ours]) => ours)),
    theirs: medians(runs.map(([, theirs]) => theirs)),
    ratio: { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) },
  };
  rows.push(row);
  say(
    `| ${work} | ${corpus.id} | ${peer.name} | ${seconds(row.ours)} | ${seconds(row.theirs)} | ${row.ratio.median.toFixed(2)} (${row.ratio.min.toFixed(2)} to ${row.ratio.max.toFixed(2)}) | ${row.ours.cpuSeconds.toFixed(2)} / ${row.theirs.cpuSeconds.toFixed(2)} | ${Math.round(row.ours.peakMebibytes)} / ${Math.round(row.theirs.peakMebibytes)} |`,
  );
}

function medians(runs: readonly Run[]): Run {
  return {
    seconds: median(runs.map((run) => run.seconds)),
    cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
    peakMebibytes: Math.max(...runs.map((run) => run.peakMebibytes)),
  };
}

function seconds(run: Run): string {
  return `${run.seconds.toFixed(2)} s`;
}

function measureStored(corpus: string, tool: Tool, place: Place): void {
  const { bytes } = sizeOf(place.store);
  stored.push({ corpus, tool: tool.name, bytes });
}

function benchCorpus(corpus: Corpus, peers: readonly Tool[]): void {
  const root = makeCorpus(corpus, folder);
  const { files, bytes } = sizeOf(root);
  say(`\nCorpus ${corpus.id}: ${corpus.about}; ${files} files, ${(bytes / 1e6).toFixed(1)} MB\n`);
  say('| work | corpus | peer | ours | theirs | ratio | CPU s | peak MiB |\n|---|---|---|---|---|---|---|---|');
  for (const peer of peers) compare('first archive', corpus, peer, (tool) => first(tool, root));
  const ours = filled(OURS, root);
  measureStored(corpus.id, OURS, ours);
  for (const peer of peers) {
    const theirs = filled(peer, root);
    measureStored(corpus.id, peer, theirs);
    const placeOf = (tool: Tool) => (tool === OURS ? ours : theirs);
    if (peer.again) compare('again, unchanged', corpus, peer, (tool) => measure(tool.again!(placeOf(tool))));
    if (peer.restore) {
      compare('restore', corpus, peer, (tool) => {
        const run = measure(tool.restore!(placeOf(tool)));
        rmSync(placeOf(tool).target, { recursive: true });
        return run;
      });
    }
    clear(theirs);
  }
  clear(ours);
}

/** What many versions take, archived one after the other. */
function benchVersions(versions: number, peers: readonly Tool[]): void {
  const root = join(folder, 'versions');
  rmSync(root, { recursive: true, force: true });
  makeCorpus(CORPORA['a']!, root);
  const corpus = join(root, 'corpus-a');
  const kept = [OURS, ...peers.filter(({ again }) => again)].map((tool) => ({ tool, place: filled(tool, corpus) }));
  for (let version = 1; version < versions; version++) {
    changeOnePercent(corpus, version);
    for (const { tool, place } of kept) measure(tool.again!(place));
  }
  for (const { tool, place } of kept) {
    measureStored(`e (${versions} versions of a)`, tool, place);
    clear(place);
  }
}

try {
  const wanted = asked.peers?.split(',');
  const peers = PEERS.filter(({ name }) => wanted?.some((prefix) => name.startsWith(prefix)) ?? true).filter((peer) => {
    const version = peer.version();
    say(version === undefined ? `${peer.name} is not installed; skipped` : `${peer.name}: ${version}`);
    return version !== undefined;
  });
  const machine = `${cpus()[0]?.model}, ${availableParallelism()} CPUs, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node.js ${process.version}`;
  say(`${OURS.name}: ${OURS.version()}\n${machine}, ${pairs} pairs`);
  for (const id of asked.corpora.split(',').filter((name) => name !== '')) benchCorpus(CORPORA[id]!, peers);
  if (Number(asked.versions) > 0) benchVersions(Number(asked.versions), peers);
  say('\n| corpus | tool | stored MB |\n|---|---|---|');
  for (const { corpus, tool, bytes } of stored) say(`| ${corpus} | ${tool} | ${(bytes / 1e6).toFixed(1)} |`);
  if (asked.json) writeFileSync(asked.json, `${JSON.stringify({ machine, pairs, rows, stored }, null, 2)}\n`);
} finally {
  if (asked.folder === undefined) rmSync(folder, { recursive: true });
}
