/**
 * Seconds and memory of everyday commands by the number of packages in the store, each of a small folder.
 * `npm run bench:packages -- --packages 100,1000,10000`
 */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Registry } from '../src/artifact-store/registry.ts';
import { INDEX_FILE } from '../src/infospace/contract.ts';
import { type ArchiveRecord, entryLine, recordOf } from '../src/infospace/index-record.ts';
import { openRegistry } from '../src/infospace/infospace-store.ts';
import { compileExclude, compileInclude } from '../src/infospace/selection.ts';
import { walk } from '../src/infospace/walk.ts';
import { measure, median } from './measure.ts';

const { values } = parseArgs({
  options: {
    packages: { type: 'string', default: '100,1000,10000' },
    rounds: { type: 'string', default: '5' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const sizes = values.packages.split(',').map(Number);
const rounds = Number(values.rounds);

const work = mkdtempSync(join(values.folder, 'infospace-packages-'));
const root = join(work, 'guide');
const cli = `${process.execPath} ${new URL('../src/cli/main.ts', import.meta.url).pathname}`;
const FILES = 5;

process.stdout.write('packages  what                        seconds  CPU s  peak MiB\n');
try {
  mkdirSync(join(root, 'output'), { recursive: true });
  writeFileSync(join(root, 'infospace.yaml'), 'slug: guide\n');
  let made = 0;
  for (const packages of sizes) {
    const registry = await openRegistry(root, {}, 'write');
    const lines: string[] = [];
    for (; made < packages; made++) lines.push(entryLine(await archive(registry, made)));
    await registry.close();
    appendFileSync(join(root, INDEX_FILE), lines.map((line) => `${line}\n`).join(''));
    for (const command of ['list --last 10', 'list', 'show latest', 'ls latest', 'label list']) tell(packages, command);
    tell(packages, 'archive --quiet', () => change(made++));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Like `archiveInfospace`, without the index: writing it each time would be most of the work. */
async function archive(registry: Registry, i: number): Promise<ArchiveRecord> {
  change(i);
  const note = `state ${i}`;
  const asked = { producer: 'bench', subject: 'guide', retentionClass: 'release-evidence', metadata: { note } };
  const id = await registry.createPackage(asked);
  const files = await walk(root, {
    include: compileInclude(['output']),
    exclude: compileExclude(root, []),
    reserved: [],
  });
  await registry.ingestFiles(id, root, files.entries);
  const made = await registry.finalizePackage(id);
  return recordOf(made, ['output'], note, { log: await registry.logHead(), embedded: true });
}

function change(i: number): void {
  for (let file = 0; file < FILES; file++)
    writeFileSync(join(root, 'output', `${file}.txt`), `state ${i} of ${file}\n`);
}

function tell(packages: number, command: string, before: () => void = () => undefined): void {
  const runs = Array.from({ length: rounds }, () => {
    before();
    return measure(`${cli} ${command} --from ${root}`);
  });
  const [seconds, cpu, memory] = (['seconds', 'cpuSeconds', 'peakMebibytes'] as const).map((what) =>
    median(runs.map((run) => run[what])),
  );
  const figures = `${seconds!.toFixed(2).padStart(7)}  ${cpu!.toFixed(2).padStart(5)}  ${memory!.toFixed(0).padStart(8)}`;
  process.stdout.write(`${String(packages).padStart(8)}  ${command.padEnd(26)}  ${figures}\n`);
}
