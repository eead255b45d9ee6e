/**
 * Steps that archive a folder, compared with one of actions/upload-artifact that uploads it: `npm run bench:action -- ../upload-artifact
 * --rounds 5`, with a clone of that action. All run as a runner starts them, with an artifact service on loopback.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { sizeOf, writeTexts } from './corpora.ts';
import { cellsOf, compareRuns, measure, type Run } from './measure.ts';
import { startServer } from './server-process.ts';

/** What a runner reads of an `action.yml`. */
interface Metadata {
  inputs: Record<string, { default?: string }>;
  runs: { main: string };
}

interface Step {
  name: string;
  action: string;
  inputs: Record<string, string>;
  isFirst?: boolean;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' } },
});
const [clone] = positionals;
if (clone === undefined) throw new Error('Name the folder of a clone of actions/upload-artifact.');
const rounds = Number(values.rounds);

const repository = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'infospace-action-'));
const action = join(work, 'action');
const space = join(work, 'space');
/** Names of artifacts are unique in a run. */
let names = 0;
const service = await startServer(new URL('./artifact-service.process.ts', import.meta.url));

const UPLOAD: Step = { name: 'upload-artifact', action: resolve(clone), inputs: { path: 'space' } };
const OURS: readonly Step[] = [
  { name: 'archive', action, inputs: { root: 'space', 'workflow-artifact': 'never' } },
  { name: 'archive and upload', action, inputs: { root: 'space' } },
  { name: 'archive and upload, first step of a job', action, inputs: { root: 'space' }, isFirst: true },
];

try {
  for (const part of ['action.yml', 'dist']) cpSync(join(repository, part), join(action, part), { recursive: true });
  for (const name of ['output', 'summary']) writeFileSync(join(work, name), '');
  compare('the sample', () =>
    cpSync(join(repository, 'examples/soil-atlas'), space, { recursive: true, verbatimSymlinks: true }),
  );
  compare('1,000 texts of about 8 KB', () => {
    mkdirSync(space);
    writeTexts(join(space, 'output'), 1000, 8000);
    writeFileSync(join(space, 'infospace.yaml'), 'slug: texts\n');
  });
} finally {
  await service.stop();
  rmSync(work, { recursive: true });
}

/** Runs the steps in turn, after a warm-up of each. */
function compare(what: string, makeSpace: () => void): void {
  rmSync(space, { recursive: true, force: true });
  makeSpace();
  const { files, bytes } = sizeOf(space);
  const uploads: Run[] = [];
  const archives = OURS.map((): Run[] => []);
  for (let round = -1; round < rounds; round++) {
    const [upload, ...ours] = [UPLOAD, ...OURS].map(run);
    if (round < 0) continue;
    uploads.push(upload!);
    for (const [i, each] of ours.entries()) archives[i]!.push(each);
  }
  say(`\n${what}: ${files} files, ${(bytes / 1e6).toFixed(2)} MB\n`);
  say('| step | ours | upload-artifact | ratio | CPU s | peak MiB |\n|---|---|---|---|---|---|');
  for (const [i, { name }] of OURS.entries())
    say(`| ${name} | ${cellsOf(compareRuns(archives[i]!, uploads)).join(' | ')} |`);
}

function run(step: Step): Run {
  // The embedded store of a job is new.
  rmSync(join(space, 'output/archives'), { recursive: true, force: true });
  // The first step unpacks the binaries of this machine.
  if (step.isFirst) rmSync(join(action, `dist/binaries/${process.platform}-${process.arch}.unpacked`), { force: true });
  return measure(commandOf(step));
}

/** The main program of an action with its inputs, their defaults, and the variables of a runner. */
function commandOf({ action, inputs }: Step): string {
  const metadata = parse(readFileSync(join(action, 'action.yml'), 'utf8')) as Metadata;
  const defaults = Object.entries(metadata.inputs).map(([name, input]) => [name, input.default ?? '']);
  const given = { ...Object.fromEntries(defaults), name: `artifact-${names++}`, ...inputs } as Record<string, string>;
  const variables = {
    PATH: process.env['PATH'],
    HOME: work,
    GITHUB_WORKSPACE: work,
    GITHUB_OUTPUT: join(work, 'output'),
    GITHUB_STEP_SUMMARY: join(work, 'summary'),
    GITHUB_REPOSITORY: 'example/guide',
    GITHUB_RUN_ID: '7',
    GITHUB_ACTOR: 'writer',
    ...(JSON.parse(service.line) as Record<string, string>),
    ...Object.fromEntries(Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
  };
  const assignments = Object.entries(variables).map(([name, value]) => `'${name}=${value}'`);
  return `cd ${work} && env -i ${assignments.join(' ')} ${process.execPath} ${join(action, metadata.runs.main)}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
