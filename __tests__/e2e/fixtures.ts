import { type ExecFileOptions, execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { repository, temporaryFolder } from '../infospace/fixtures.ts';

/** PATH with the folder of this Node.js first, so that scripts that run `node` get it. */
export const environment: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
  NODE_OPTIONS: '',
};

/** The files of the project as in a clone, and its installed dependencies. */
export function copyOfProject(): string {
  const copy = join(temporaryFolder(), 'project');
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '-z'];
  for (const path of execFileSync('git', list, { cwd: repository, encoding: 'utf8' }).split('\0')) {
    if (path === '' || path.startsWith('__tests__/') || !existsSync(join(repository, path))) continue;
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(repository, path), join(copy, path), { verbatimSymlinks: true });
  }
  symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** The package that `npm publish` would send: the file, and the paths in it. */
export async function packProject(): Promise<{ tarball: string; packed: string[] }> {
  const folder = temporaryFolder();
  const output = await execute('npm', ['pack', '--json', '--pack-destination', folder], { cwd: copyOfProject() });
  const parsed = JSON.parse(output.slice(output.search(/^[[{]/m))) as unknown;
  const [made] = Object.values(parsed as Record<string, { filename: string; files: { path: string }[] }>);
  return { tarball: join(folder, made!.filename), packed: made!.files.map(({ path }) => path) };
}

/** The command built for users, without installing it. */
export async function builtCommand(): Promise<string> {
  const copy = copyOfProject();
  await execute('npm', ['run', 'build'], { cwd: copy });
  return join(copy, 'bin/infospace-archive.cjs');
}

export async function execute(
  command: string,
  args: readonly string[],
  options: ExecFileOptions = {},
): Promise<string> {
  const limits = { maxBuffer: 64 * 1024 * 1024, env: environment };
  const { stdout } = await promisify(execFile)(command, args, { ...limits, ...options, encoding: 'utf8' });
  return stdout as string;
}
