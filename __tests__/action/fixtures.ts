import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import * as core from '@actions/core';
import { run, type Verb } from '../../src/action/main.ts';
import { asInProcess, type Run } from '../cli/fixtures.ts';
import { repository, temporaryFolder } from '../infospace/fixtures.ts';

export type { Verb };

export interface StepRun {
  code: number | null;
  /** The output of the step, as the runner sees it. */
  log: string;
  /** Messages of the annotations, by kind. */
  errors: string[];
  warnings: string[];
  outputs: Record<string, string>;
  summary: string;
}

export interface StepOptions {
  inputs?: Record<string, string>;
  env?: Record<string, string>;
  /** A JavaScript file to run instead of the sources. */
  main?: string;
  /** Cancels the step like the runner does, as soon as this is true. */
  cancelWhen?: () => boolean;
}

/** Settings of the test machine must not reach the step. */
const FOREIGN = /^(ARTIFACTSTORE_|AWS_|GITHUB_|RUNNER_|ACTIONS_|INPUT_|ACT$)/;

const MAIN = new URL('../../src/action/main.ts', import.meta.url).href;

/**
 * Runs a step like the runner does: inputs in the environment, outputs and summary in files, annotations on standard output. It
 * runs in this process, one at a time, since starting one costs more than most steps. Own processes are for steps that are
 * cancelled, for a given file, and for artifact services, whose client remembers the environment.
 */
export async function runStep(verb: Verb, workspace: string, options: StepOptions = {}): Promise<StepRun> {
  const files = temporaryFolder();
  const [output, summary] = [join(files, 'output'), join(files, 'summary')];
  for (const file of [output, summary]) writeFileSync(file, '');
  const inputs = Object.entries(options.inputs ?? {}).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name))),
    GITHUB_WORKSPACE: workspace,
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: summary,
    GITHUB_REPOSITORY: 'octo/guide',
    GITHUB_RUN_ID: '7',
    GITHUB_ACTOR: 'octocat',
    ...Object.fromEntries(inputs),
    ...options.env,
  };
  // It remembers the file of the previous step.
  Reflect.deleteProperty(core.summary, '_filePath');
  const isHere = options.main === undefined && options.cancelWhen === undefined && !env['ACTIONS_RESULTS_URL'];
  const {
    code,
    stdout: log,
    stderr,
  } = isHere ? await asInProcess(() => run(verb), env, workspace) : await inProcess(verb, workspace, env, options);
  // The client of GitHub's API logs its requests there.
  expect(stderr.replace(/^GET \/repos\/.*\n/gm, '')).toBe('');
  return {
    code,
    log,
    errors: annotations(log, 'error'),
    warnings: annotations(log, 'warning'),
    outputs: readOutputs(readFileSync(output, 'utf8')),
    summary: readFileSync(summary, 'utf8'),
  };
}

async function inProcess(
  verb: Verb,
  cwd: string,
  env: Record<string, string | undefined>,
  { main, cancelWhen }: StepOptions,
): Promise<Run> {
  const args =
    main === undefined ? ['--eval', `import(${JSON.stringify(MAIN)}).then(({ run }) => run('${verb}'))`] : [main];
  const child = spawn(process.execPath, args, { cwd, env });
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  if (cancelWhen) {
    while (child.exitCode === null && !cancelWhen()) await sleep(1);
    child.kill('SIGINT');
  }
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr };
}

function annotations(log: string, kind: string): string[] {
  const found = log.matchAll(new RegExp(`^::${kind}(?: [^:]*)?::(.*)$`, 'gm'));
  return [...found].map(([, message]) => message!.replaceAll('%0A', '\n').replaceAll('%25', '%'));
}

/** The runner's own format: `name<<delimiter`, the value, the delimiter. */
function readOutputs(file: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const match of file.matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n?\2$/gm)) outputs[match[1]!] = match[3]!;
  return outputs;
}

/** The metadata for users. */
export function actionFile(folder = '.'): string {
  return readFileSync(join(repository, folder, 'action.yml'), 'utf8');
}
