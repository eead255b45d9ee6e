import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Packages that load a file by a path of their own, and so cannot be bundled. */
export const NATIVE_PACKAGES = ['better-sqlite3', '@napi-rs/blake-hash', 'blake3-wasm'] as const;

/** What of a package is needed when it runs. */
const NEEDED: Record<(typeof NATIVE_PACKAGES)[number], readonly string[]> = {
  'better-sqlite3': ['package.json', 'LICENSE', 'lib', 'prebuilds'],
  '@napi-rs/blake-hash': ['package.json', 'LICENSE', 'index.js'],
  'blake3-wasm': ['package.json', 'LICENSE', 'dist/index.js', 'dist/base', 'dist/node', 'dist/wasm/nodejs'],
};

/** The machines that GitHub's runners are, and those of containers on them. */
const PLATFORMS = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'linux-x64-gnu',
  'linux-x64-musl',
  'win32-arm64-msvc',
  'win32-x64-msvc',
];

interface Lockfile {
  packages: Record<string, { version: string; integrity: string }>;
}

/** Lays the packages and their binaries for all platforms into a `node_modules` folder. */
export function copyNativePackages(repository: string, target: string): void {
  for (const name of NATIVE_PACKAGES) {
    for (const path of NEEDED[name]) {
      cpSync(join(repository, 'node_modules', name, path), join(target, name, path), {
        recursive: true,
        filter: (source) => !/\.(map|d\.ts)$|\.test\.js$/.test(source),
      });
    }
  }
  for (const platform of PLATFORMS) fetchPackage(repository, `@napi-rs/blake-hash-${platform}`, target);
}

/** npm installs the binary of this machine only; the lockfile has the digests of all. */
function fetchPackage(repository: string, name: string, target: string): void {
  const lockfile = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as Lockfile;
  const locked = lockfile.packages[`node_modules/${name}`];
  if (locked === undefined) throw new Error(`package-lock.json has no ${name}; install with a newer npm.`);
  const folder = mkdtempSync(join(tmpdir(), 'native-package-'));
  try {
    const packed = ['pack', '--prefer-offline', '--silent', `${name}@${locked.version}`];
    execFileSync('npm', packed, { cwd: folder, shell: process.platform === 'win32' });
    const [tarball] = readdirSync(folder);
    const bytes = readFileSync(join(folder, tarball!));
    const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
    if (integrity !== locked.integrity) throw new Error(`${name} is not what package-lock.json has: ${integrity}.`);
    execFileSync('tar', ['-xzf', tarball!], { cwd: folder });
    const place = join(target, name);
    mkdirSync(place, { recursive: true });
    for (const file of readdirSync(join(folder, 'package'))) {
      if (file === 'package.json' || file.endsWith('.node')) cpSync(join(folder, 'package', file), join(place, file));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
