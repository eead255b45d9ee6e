import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasGo } from '../services/s3.ts';
import type { Bench, Environment } from './bench.ts';
import { manyFiles } from './corpora.ts';
import { type LifeCyclePlace, lifeCycle } from './life-cycle.ts';
import { type Isolation, type Use, withLostAnswers, withPostgres } from './servers.ts';

const FILES = 2000;
const MAX_MEBIBYTES = 400;
const corpus = manyFiles({ pathOf: (i) => `all/${i}`, contentOf: String, changedOf: 2 });
const count = { count: FILES, least: FILES, maxMebibytes: MAX_MEBIBYTES } as const;

/** The maximum length. */
const NOTE_BYTES = 1024 * 1024;
/** Longer than any wait for another process. */
const SKEW_MS = 60_000;
const RACING = 8;
const ROUNDS = 3;

/** Environments with unusual systems and servers. */
export const PLACES: readonly Environment[] = [
  {
    ...count,
    name: 'bytes of a note',
    count: NOTE_BYTES,
    least: NOTE_BYTES,
    run: (bench, bytes) => {
      const archive = fileURLToPath(new URL('archive-with-note.ts', import.meta.url));
      return lifeCycle(bench, FILES, corpus, { env: { SCALE_NOTE_BYTES: String(bytes) }, archive });
    },
  },
  {
    ...count,
    name: 'fsync refused',
    missing: () => lacking('strace', ['-f', '-o', '/dev/null', 'true'], 'strace, or the right to trace'),
    // SQLite needs it, so the registry is elsewhere.
    run: (bench, files) =>
      inPostgres('read committed', bench, (env) => lifeCycle(bench, files, corpus, { wrapper: REFUSING, env })),
  },
  {
    ...count,
    name: 'clock a minute ahead',
    run: (bench, files) => archiveAtOnce(bench, files, { clockMs: SKEW_MS }),
  },
  {
    ...count,
    name: 'clock a minute behind',
    run: (bench, files) => archiveAtOnce(bench, files, { clockMs: -SKEW_MS }),
  },
  {
    ...count,
    name: 'case-insensitive folder',
    missing: () =>
      (process.getuid?.() === 0 ? lacking('mkfs.vfat', ['--help'], 'mkfs.vfat') : 'only root may mount') ??
      lacking('losetup', ['--find'], 'loop device') ??
      lacking('sh', ['-c', 'modprobe vfat 2>/dev/null; grep -qw vfat /proc/filesystems'], 'vfat in the kernel'),
    run: onVfat,
  },
  {
    ...count,
    name: 'repeatable read',
    run: (bench, files) => inPostgres('repeatable read', bench, (env) => archiveAtOnce(bench, files, { env })),
  },
  {
    ...count,
    name: 'serializable',
    run: (bench, files) => inPostgres('serializable', bench, (env) => archiveAtOnce(bench, files, { env })),
  },
  {
    ...count,
    name: 'lost PUT answers',
    missing: () => (hasGo() ? undefined : 'the S3 server is a Go program, and there is no Go here'),
    run: (bench, files) => withLostAnswers((env) => lifeCycle(bench, files, corpus, { env })),
  },
];

/** Like a file system without fsync. */
const REFUSING = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync', '-e', 'inject=fsync:error=EINVAL'];

function lacking(program: string, args: readonly string[], what: string): string | undefined {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0 ? undefined : `there is no ${what} here`;
}

function inPostgres(isolation: Isolation, bench: Bench, use: Use): Promise<void> {
  return withPostgres(isolation, async (env) => {
    await bench.step('store init', ['store', 'init', '--from', bench.folder], { env });
    await use(env);
  });
}

/** The life of a package, then several simultaneous archives of one infospace, which the index must all contain. */
async function archiveAtOnce(bench: Bench, files: number, place: LifeCyclePlace): Promise<void> {
  const root = await lifeCycle(bench, files, corpus, place);
  const before = await countRecords(bench, root);
  const archives = Array.from({ length: RACING }, () => ['archive', root, '--quiet']);
  const command = `${RACING} archives`;
  for (let round = 0; round < ROUNDS; round++) await bench.race(command, archives, place);
  const added = (await countRecords(bench, root)) - before;
  if (added !== RACING * ROUNDS) throw new Error(`${command}: of ${RACING * ROUNDS} the index records ${added}`);
}

async function countRecords(bench: Bench, root: string): Promise<number> {
  return JSON.parse(readFileSync(await bench.step('list again', ['list', root, '--json']), 'utf8')).length;
}

const IMAGE_BYTES = 64 * 1024 * 1024;

async function onVfat(bench: Bench, files: number): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'infospace-scale-vfat-'));
  const [image, folder] = [join(work, 'image'), join(work, 'mounted')];
  writeFileSync(image, Buffer.alloc(IMAGE_BYTES));
  mkdirSync(folder);
  try {
    must('mkfs.vfat', [image]);
    must('mount', ['-t', 'vfat', '-o', 'loop,utf8', image, folder]);
    try {
      await lifeCycle(bench, files, corpus, { folder });
    } finally {
      must('umount', [folder]);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function must(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}
