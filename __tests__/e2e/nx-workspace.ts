import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { type Tree, temporaryFolder, writeTree } from '../infospace/fixtures.ts';
import { environment, execute } from './fixtures.ts';

export interface Setup {
  nx: string;
  manager: 'npm' | 'pnpm' | 'yarn';
  type: 'module' | 'commonjs';
  /** Another Node.js than that of the tests. */
  node?: string;
  /** Additional files of the workspace. */
  dependencies?: readonly string[];
  files?: Tree;
}

const TOOLS = { npm: [], pnpm: ['pnpm@10'], yarn: ['@yarnpkg/cli-dist@4'] };
const INSTALL = {
  npm: ['install', '--no-audit', '--no-fund', '-D'],
  pnpm: ['add', '-w', '-D'],
  yarn: ['add', '-D'],
};

export interface NxRun {
  code: number | null;
  /** Both streams, without colours. */
  output: string;
}

/** A real workspace in a temporary folder, under git, without the plugin. */
export class NxWorkspace {
  readonly root: string;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(root: string, env: NodeJS.ProcessEnv) {
    this.root = root;
    this.#env = env;
  }

  static async make({ nx, manager, type, node, dependencies = [], files = {} }: Setup): Promise<NxWorkspace> {
    const root = join(temporaryFolder(), 'workspace');
    mkdirSync(root);
    const isNpm = manager === 'npm';
    writeTree(root, {
      'package.json': JSON.stringify({
        name: 'ws',
        version: '0.0.0',
        private: true,
        type,
        ...(isNpm && { workspaces: ['spaces/*'] }),
      }),
      ...(manager === 'pnpm' && { 'pnpm-workspace.yaml': 'packages:\n  - spaces/*\n' }),
      'nx.json': '{ "neverConnectToCloud": true, "analytics": false }\n',
      '.gitignore': 'node_modules\n.nx\nshared*\n',
      ...files,
    });
    const tools = [...(node ? [`node@${node}`] : []), ...TOOLS[manager]];
    const workspace = new NxWorkspace(root, await environmentWith(tools));
    const install = INSTALL[manager];
    await workspace.must(manager, ...install, `nx@${nx}`, ...dependencies);
    workspace.git('init', '--quiet', '--initial-branch=main');
    return workspace;
  }

  path(...names: string[]): string {
    return join(this.root, ...names);
  }

  write(files: Tree): void {
    writeTree(this.root, files);
  }

  git(...args: string[]): string {
    const identity = ['-c', 'user.name=test', '-c', 'user.email=test@example.org'];
    return execFileSync('git', [...identity, ...args], { cwd: this.root, encoding: 'utf8' });
  }

  commit(): void {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', 'feat: change');
  }

  async run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<NxRun> {
    const child = spawn(command, args, { cwd: this.root, env: { ...this.#env, ...env } });
    const closed = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
    return { code, output: stripVTControlCharacters(out + err) };
  }

  nx(...args: string[]): Promise<NxRun> {
    return this.run(this.path('node_modules/.bin/nx'), args);
  }

  /** Runs a command that must succeed. */
  async must(command: string, ...args: string[]): Promise<string> {
    const { code, output } = await this.run(command, args);
    if (code !== 0) throw new Error(`${command} ${args.join(' ')} exited with ${code}:\n${output}`);
    return output;
  }

  mustNx(...args: string[]): Promise<string> {
    return this.must(this.path('node_modules/.bin/nx'), ...args);
  }
}

/** Without the variables for colours and Nx of the test run. */
async function environmentWith(tools: readonly string[]): Promise<NodeJS.ProcessEnv> {
  const own = Object.entries(environment).filter(([name]) => !/^(NX_|npm_|(NO|FORCE)_COLOR$|CI$|INIT_CWD$)/.test(name));
  const git = {
    GIT_AUTHOR_NAME: 'test',
    GIT_AUTHOR_EMAIL: 'test@example.org',
    GIT_COMMITTER_NAME: 'test',
    GIT_COMMITTER_EMAIL: 'test@example.org',
  };
  const env: NodeJS.ProcessEnv = {
    ...Object.fromEntries(own),
    ...git,
    NX_DAEMON: 'false',
    NX_INTERACTIVE: 'false',
    CI: 'true',
  };
  if (tools.length === 0) return env;
  const folder = writeTree(temporaryFolder(), { 'package.json': '{"private":true,"allowScripts":{"node":true}}' });
  await execute('npm', ['install', '--no-audit', '--no-fund', ...tools], { cwd: folder });
  const places = [join(folder, 'node_modules/node/bin'), join(folder, 'node_modules/.bin'), dirname(process.execPath)];
  return { ...env, PATH: `${places.join(':')}:${process.env['PATH']}` };
}
