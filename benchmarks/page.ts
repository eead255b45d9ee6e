/**
 * Time and memory of the views of `serve` on a store of many packages, a package of many files and a large file:
 * wall-clock and CPU milliseconds, and the peak RSS of the process. `npm run bench:page -- --packages 10000 --files 200000 --bytes 2000000000`
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { archiveInfospace } from '../src/infospace/archive.ts';
import { openRegistry } from '../src/infospace/infospace-store.ts';

const { values } = parseArgs({
  options: {
    packages: { type: 'string', default: '10000' },
    files: { type: 'string', default: '200000' },
    bytes: { type: 'string', default: '2000000000' },
    folder: { type: 'string', default: tmpdir() },
  },
});
const cli = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const FILES_IN_FOLDER = 1000;
const WRITTEN_BYTES = 4 * 1024 * 1024;

const work = mkdtempSync(join(values.folder, 'infospace-page-'));
const root = join(work, 'guide');
try {
  await make();
  const child = spawn(process.execPath, [cli, 'serve', root, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  const { url } = JSON.parse(line) as { url: string };
  const cookie = (await fetch(url)).headers.get('set-cookie')!.split(';')[0]!;
  process.stdout.write('view                             first ms  again ms  CPU ms      bytes  peak MiB\n');
  const file = 'output/f0/0.txt';
  const views: Record<string, string> = {
    packages: '/',
    'packages, searched': '/?text=state+77&sort=largest',
    'packages, the last': `/?first=${Number(values.packages) - 100}`,
    'package of many files': '/packages/latest',
    'folder of it': '/packages/latest/files?folder=output%2Ff100',
    'file in it': `/packages/latest/file?path=${encodeURIComponent(file)}`,
    'compare two of them': '/compare?before=latest~1&after=latest',
    'large file, its text': '/packages/latest/file?path=output%2Flarge.txt',
    'large file, 1 GB into it': '/packages/latest/file?path=output%2Flarge.txt&at=1000000000&line=7',
    log: '/log',
  };
  for (const [view, path] of Object.entries(views)) await tell(view, new URL(path, url), cookie, child.pid!);
  const range = { range: `bytes=${Number(values.bytes) - 65_536}-` };
  const raw = new URL('/packages/latest/raw?path=output%2Flarge.txt', url);
  await tell('large file, its last 64 KiB', raw, cookie, child.pid!, range);
  await tell('large file, all of it', raw, cookie, child.pid!);
  child.kill('SIGINT');
  await once(child, 'exit');
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function make(): Promise<void> {
  mkdirSync(join(root, 'output'), { recursive: true });
  writeFileSync(join(root, 'infospace.yaml'), 'slug: guide\n');
  const registry = await openRegistry(root, {}, 'write');
  for (let i = 0; i < Number(values.packages); i++) {
    const metadata = { note: `state ${i}` };
    const asked = { producer: 'bench', subject: 'guide', retentionClass: 'release-evidence', metadata };
    await registry.finalizePackage(await registry.createPackage(asked));
  }
  for (let i = 0; i < Number(values.files); i++) {
    const folder = join(root, `output/f${Math.floor(i / FILES_IN_FOLDER)}`);
    if (i % FILES_IN_FOLDER === 0) mkdirSync(folder);
    writeFileSync(join(folder, `${i % FILES_IN_FOLDER}.txt`), `${i}\n`);
  }
  writeText(join(root, 'output/large.txt'), Number(values.bytes));
  await archiveInfospace(root, { registry });
  writeFileSync(join(root, 'output/f0/0.txt'), 'changed\n');
  await archiveInfospace(root, { registry });
  await registry.close();
}

/** Text without repeated parts. */
function writeText(file: string, bytes: number): void {
  writeFileSync(file, '');
  for (let at = 0; at < bytes; at += WRITTEN_BYTES) {
    const line = `${at} is where this line begins, and it says so again and again.\n`;
    appendFileSync(file, Buffer.alloc(Math.min(WRITTEN_BYTES, bytes - at), line));
  }
}

async function tell(view: string, url: URL, cookie: string, pid: number, headers: object = {}): Promise<void> {
  const times: number[] = [];
  let bytes = 0;
  const before = cpuOf(pid);
  for (let round = 0; round < 2; round++) {
    const begun = performance.now();
    const { body } = await fetch(url, { headers: { cookie, ...headers } });
    bytes = 0;
    for await (const piece of body!) bytes += (piece as Uint8Array).byteLength;
    times.push(performance.now() - begun);
  }
  const [, peak] = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const cpu = (cpuOf(pid) - before) / times.length;
  const columns = [
    ...times.map((ms) => ms.toFixed(0).padStart(8)),
    cpu.toFixed(0).padStart(6),
    String(bytes).padStart(11),
    String(Math.round(Number(peak) / 1024)).padStart(8),
  ];
  process.stdout.write(`${view.padEnd(32)} ${columns.join('  ')}\n`);
}

/** CPU milliseconds of a process; Linux counts in hundredths of a second. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}
