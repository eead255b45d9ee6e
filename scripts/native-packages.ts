import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

/** Packages that load a file by its path, and so cannot be bundled. */
export const NATIVE_PACKAGES = ['better-sqlite3', '@napi-rs/blake-hash', 'blake3-wasm'] as const;

/** The files of a package that are needed at run time, besides its binaries. */
const NEEDED: Record<(typeof NATIVE_PACKAGES)[number], readonly string[]> = {
  'better-sqlite3': ['package.json', 'LICENSE', 'lib'],
  '@napi-rs/blake-hash': ['package.json', 'LICENSE', 'index.js'],
  'blake3-wasm': ['package.json', 'LICENSE', 'dist/index.js', 'dist/base', 'dist/node', 'dist/wasm/nodejs'],
};

/**
 * The binaries for each kind of GitHub runner; those for Linux x64 also run Alpine containers. Elsewhere BLAKE3 is
 * WebAssembly, to keep the download of a runner below 8 MB.
 */
const MACHINES: Readonly<Record<string, { sqlite: readonly string[]; blake3?: string }>> = {
  'darwin-arm64': { sqlite: ['darwin-arm64'], blake3: 'darwin-arm64' },
  'darwin-x64': { sqlite: ['darwin-x64'] },
  'linux-arm64': { sqlite: ['linux-arm64'] },
  'linux-x64': { sqlite: ['linux-x64', 'linuxmusl-x64'], blake3: 'linux-x64-gnu' },
  'win32-arm64': { sqlite: ['win32-arm64'] },
  'win32-x64': { sqlite: ['win32-x64'] },
};

interface Lockfile {
  packages: Record<string, { version: string; integrity: string }>;
}

/** Copies the packages without their binaries into a `node_modules` folder. */
export function copyNativePackages(repository: string, target: string): void {
  for (const name of NATIVE_PACKAGES) {
    for (const path of NEEDED[name]) {
      cpSync(join(repository, 'node_modules', name, path), join(target, name, path), {
        recursive: true,
        filter: (source) => !/\.(map|d\.ts)$|\.test\.js$/.test(source),
      });
    }
  }
}

/** Writes the binaries of each kind of machine to a compressed file, which `unpack-binaries.cjs` unpacks at run time. */
export async function packBinaries(repository: string, target: string): Promise<void> {
  mkdirSync(target, { recursive: true });
  const packing = Object.entries(MACHINES).map(async ([machine, { sqlite, blake3 }]) => {
    const binaries = sqlite.map((name) => {
      const path = `better-sqlite3/prebuilds/${name}.node`;
      return { path, bytes: readFileSync(join(repository, 'node_modules', path)) };
    });
    if (blake3 !== undefined) {
      const name = `blake.${blake3}.node`;
      const bytes = fetchFile(repository, `@napi-rs/blake-hash-${blake3}`, name);
      binaries.push({ path: `@napi-rs/blake-hash/${name}`, bytes });
    }
    const index = binaries.map(({ path, bytes }) => ({ path, bytes: bytes.length }));
    const head = Buffer.from(`${JSON.stringify(index)}\n`);
    const all = Buffer.concat([head, ...binaries.map(({ bytes }) => bytes)]);
    writeFileSync(join(target, `${machine}.br`), await compress(all));
  });
  await Promise.all(packing);
}

function compress(bytes: Buffer<ArrayBuffer>): Promise<Buffer> {
  const params: Record<number, number> = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return promisify<Buffer, object, Buffer>(brotliCompress)(bytes, { params });
}

/** npm installs the binary of this machine only; the lockfile has the digests of all of them. */
function fetchFile(repository: string, name: string, file: string): Buffer<ArrayBuffer> {
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
    return readFileSync(join(folder, 'package', file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
