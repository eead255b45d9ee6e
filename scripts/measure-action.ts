/**
 * Prints the size of a runner's download for each `uses:` of the Action, and the time to its first line, compared with other
 * actions in clones: `npm run measure-action -- ../cache ../upload-artifact`. Fails above the limit.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { repository } from './bundle.ts';
import { firstOutputMs } from './first-output.ts';

const MAX_BYTES = 8_000_000;
const RUNS = 9;

interface Measured {
  name: string;
  /** The size in GitHub's form: compressed by gzip, without the files that `.gitattributes` excludes. */
  downloadBytes: number;
  unpackedBytes: number;
  /** The start of its main program, compared with an empty one: in the first step that runs it, and the fastest of later ones. */
  firstStepMs: number;
  laterStepMs: number;
}

const work = mkdtempSync(join(tmpdir(), 'measure-action-'));
try {
  const here = await measure('infospace-archive', archiveOfFiles(repository));
  const others: Measured[] = [];
  for (const path of process.argv.slice(2)) {
    others.push(await measure(basename(path), git(resolve(path), ['archive', 'HEAD'])));
  }
  const row = ({ name, downloadBytes, unpackedBytes, firstStepMs, laterStepMs }: Measured) =>
    `| ${name} | ${mb(downloadBytes)} | ${mb(unpackedBytes)} | ${firstStepMs.toFixed(0)} ms | ${laterStepMs.toFixed(0)} ms |`;
  const head = ['| Action | Download | Unpacked | First line, first step | later |', '|---|--:|--:|--:|--:|'];
  process.stdout.write(`${[...head, ...[here, ...others].map(row)].join('\n')}\n`);
  if (here.downloadBytes > MAX_BYTES) {
    process.stdout.write(`The download is larger than the ${mb(MAX_BYTES)} allowed.\n`);
    process.exitCode = 1;
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

/** The size of the current files, committed or not; the git objects go into a separate folder. */
function archiveOfFiles(folder: string): Buffer {
  const objects = git(folder, ['rev-parse', '--path-format=absolute', '--git-path', 'objects']).toString().trim();
  const own = join(work, 'objects');
  mkdirSync(own);
  const env = {
    GIT_INDEX_FILE: join(work, 'index'),
    GIT_OBJECT_DIRECTORY: own,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: objects,
  };
  git(folder, ['add', '--all'], env);
  return git(folder, ['archive', git(folder, ['write-tree'], env).toString().trim()], env);
}

function git(cwd: string, args: readonly string[], env: Record<string, string> = {}): Buffer {
  return execFileSync('git', [...args], { cwd, env: { ...process.env, ...env }, maxBuffer: 2 ** 30 });
}

async function measure(name: string, tar: Buffer): Promise<Measured> {
  const folder = join(work, name);
  mkdirSync(folder);
  execFileSync('tar', ['-xf', '-', '-C', folder], { input: tar });
  const main = /^ {2}main: *['"]?(.+?)['"]?$/m.exec(readFileSync(join(folder, metadataOf(folder)), 'utf8'))![1]!;
  const env = { GITHUB_WORKSPACE: work, INPUT_ROOT: 'missing', INPUT_PATH: 'missing', INPUT_KEY: 'k' };
  const first = await firstOutputMs([join(folder, main)], env);
  let later = Number.POSITIVE_INFINITY;
  let bare = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    bare = Math.min(bare, await firstOutputMs(['-e', '0'], env));
    later = Math.min(later, await firstOutputMs([join(folder, main)], env));
  }
  return {
    name,
    downloadBytes: gzipSync(tar, { level: 6 }).length,
    unpackedBytes: tar.length,
    firstStepMs: first - bare,
    laterStepMs: later - bare,
  };
}

function metadataOf(folder: string): string {
  const found = readdirSync(folder).find((name) => /^action\.ya?ml$/.test(name));
  if (found === undefined) throw new Error(`${folder} is no action.`);
  return found;
}
