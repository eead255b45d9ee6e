import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Outside of the checkout, so that a fresh checkout finds them. */
const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'infospace-archive');
const isWindows = process.platform === 'win32';

/** A program that the project's own checks need and that npm does not have. */
export interface Tool {
  name: string;
  version: string;
  /** Its path once it is installed. */
  file: string;
  /** Its installer. */
  installer: 'go' | 'python3';
  /** A Go package, or a package of PyPI. */
  source: string;
}

/** Runs workflows on this machine. */
export const act: Tool = goTool('act', '0.2.87', 'github.com/nektos/act');
/** Finds mistakes in workflows. */
export const actionlint: Tool = goTool('actionlint', '1.7.12', 'github.com/rhysd/actionlint/cmd/actionlint');
/** Finds weaknesses in workflows. */
export const zizmor: Tool = pythonTool('zizmor', '1.32.0');

function goTool(name: string, version: string, source: string): Tool {
  const file = join(cache, `${name}-${version}`, isWindows ? `${name}.exe` : name);
  return { name, version, file, installer: 'go', source };
}

function pythonTool(name: string, version: string): Tool {
  const file = join(cache, `${name}-${version}`, isWindows ? 'Scripts' : 'bin', isWindows ? `${name}.exe` : name);
  return { name, version, file, installer: 'python3', source: name };
}

export function isInstalled({ file }: Tool): boolean {
  return existsSync(file);
}

/**
 * Installs a tool in its exact version, unless it is installed.
 *
 * @returns false, with a message to the user, where its installer is missing.
 */
export function install({ name, version, file, installer, source }: Tool): boolean {
  if (existsSync(file)) return true;
  if (spawnSync(installer, [installer === 'go' ? 'version' : '--version'], { stdio: 'ignore' }).status !== 0) {
    process.stdout.write(`${name} ${version} needs ${installer} to be installed, which is not here; skipped.\n`);
    return false;
  }
  const folder = join(cache, `${name}-${version}`);
  mkdirSync(folder, { recursive: true });
  const quietly = { stdio: ['ignore', 'ignore', 'inherit'] as ['ignore', 'ignore', 'inherit'] };
  if (installer === 'go') {
    execFileSync('go', ['install', `${source}@v${version}`], { ...quietly, env: { ...process.env, GOBIN: folder } });
    return true;
  }
  try {
    execFileSync('python3', ['-m', 'venv', folder], quietly);
    const pip = join(folder, isWindows ? 'Scripts' : 'bin', 'pip');
    execFileSync(pip, ['install', '--quiet', '--disable-pip-version-check', `${source}==${version}`], quietly);
    return true;
  } catch {
    // Many Python installations lack venv.
    rmSync(folder, { recursive: true, force: true });
    process.stdout.write(`${name} ${version} cannot be installed here; skipped.\n`);
    return false;
  }
}
