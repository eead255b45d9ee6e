import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openRegistry } from '../../src/index.ts';
import { type Block, blocksOf, documents } from '../documents/markdown.ts';
import { repository, temporaryFolder, writeTree } from '../infospace/fixtures.ts';
import { builtCommand, environment, execute } from './fixtures.ts';

/**
 * Runs the commands and programs in README.md and docs/. Seen to fail when an option in a document has another name, and when
 * a program does not match the types.
 */

let command: string;

beforeAll(async () => {
  command = await builtCommand();
}, 180_000);

/**
 * A folder with the infospace `guide`, under git and archived once, with the command and the library installed in
 * effect.
 */
async function preparedFolder(): Promise<{ folder: string; env: NodeJS.ProcessEnv }> {
  const folder = join(temporaryFolder(), 'work');
  const guide = join(folder, 'guide');
  mkdirSync(folder);
  cpSync(join(repository, 'examples/soil-atlas'), guide, { recursive: true, verbatimSymlinks: true });
  const bin = writeTree(join(folder, '../bin'), {
    'infospace-archive': { script: `#!/bin/sh\nexec node ${command} "$@"\n` },
  });
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@types'), { recursive: true });
  symlinkSync(dirname(dirname(command)), join(modules, 'infospace-archive'));
  symlinkSync(join(repository, 'node_modules/@types/node'), join(modules, '@types/node'));
  const own = Object.entries(environment).filter(([name]) => !name.startsWith('ARTIFACTSTORE_'));
  const env = {
    ...Object.fromEntries(own),
    PATH: `${bin}:${environment['PATH']}`,
    HOME: join(folder, '..'),
    GIT_AUTHOR_NAME: 'test',
    GIT_AUTHOR_EMAIL: 'test@example.org',
    GIT_COMMITTER_NAME: 'test',
    GIT_COMMITTER_EMAIL: 'test@example.org',
  };
  const commands = [
    'git init --quiet && git add . && git commit --quiet --message guide',
    'infospace-archive archive . --note "first edition" && echo "More." >> reports/latest.md',
  ];
  for (const script of commands) await execute('bash', ['-ec', script], { cwd: guide, env });
  await exportPackage(guide, folder);
  return { folder, env };
}

/** The self-contained file that a workflow keeps as its artifact. */
async function exportPackage(guide: string, folder: string): Promise<void> {
  const registry = await openRegistry(guide, {}, 'read');
  const [made] = await registry.listPackages();
  await registry.exportPackage(made!.id, { file: join(folder, `${made!.id}.bag.tar.zst`) });
  await registry.close();
}

/** Shell blocks as they are and programs as calls, in the order of the document. */
function scriptOf(blocks: readonly Block[], folder: string): string {
  return blocks
    .map(({ language, text }, i) => {
      if (language === 'sh') return `echo "--- block ${i + 1}"\n${text}`;
      writeFileSync(join(folder, `program-${i}.ts`), text);
      return `(cd ${folder} && node program-${i}.ts)`;
    })
    .join('\n');
}

/** Runs it to its end; a failure includes the output before it. */
async function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  try {
    await execute(command, args, { cwd, env });
  } catch (error) {
    throw new Error((error as { stdout: string }).stdout);
  }
}

async function typeCheck(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const compilerOptions = {
    target: 'es2024',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    types: ['node'],
    noEmit: true,
    allowImportingTsExtensions: true,
  };
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  const tsc = join(repository, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, '-p', '.'], folder, env);
}

const runnable = documents()
  .map((file) => ({ file, blocks: blocksOf(file).filter(isRunHere) }))
  .filter(({ blocks }) => blocks.length > 0);

function isRunHere({ language, notRun, needs }: Block): boolean {
  return ['sh', 'ts'].includes(language) && notRun === undefined && needs === undefined;
}

test.each(runnable)(
  'the instructions in $file work',
  async ({ blocks }) => {
    const { folder, env } = await preparedFolder();
    const script = scriptOf(blocks, folder);
    if (blocks.some(({ language }) => language === 'ts')) await typeCheck(folder, env);
    await run('bash', ['-e', '-o', 'pipefail', '-c', `exec 2>&1\n${script}`], folder, env);
  },
  120_000,
);
