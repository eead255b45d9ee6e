import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import type { Mutation } from './mutation.ts';

/** A test that hangs has also found the fault. */
const TIMEOUT_MS = 300_000;

/** A copy of the versioned and new files of the repository, in which faults are made. */
export class Copy implements Disposable {
  readonly root: string = mkdtempSync(join(tmpdir(), 'mutate-'));

  constructor(repository: string) {
    const listing = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
    const files = execFileSync('git', listing, { cwd: repository, encoding: 'utf8' }).split('\0');
    for (const file of files.filter((name) => name !== '' && !name.startsWith('dist/'))) {
      mkdirSync(dirname(join(this.root, file)), { recursive: true });
      cpSync(join(repository, file), join(this.root, file), { verbatimSymlinks: true });
    }
    symlinkSync(join(repository, 'node_modules'), join(this.root, 'node_modules'));
  }

  /** Whether some test fails with the mutation. */
  async isNoticed({ file, change, tests }: Mutation): Promise<boolean> {
    const path = join(this.root, file);
    const text = readFileSync(path, 'utf8');
    try {
      writeFileSync(path, change(text));
      for (const pattern of tests) if ((await this.failureOf([pattern])) !== undefined) return true;
      return false;
    } finally {
      writeFileSync(path, text);
    }
  }

  /** The failures in Jest's output; undefined when all tests pass. */
  async failureOf(patterns: readonly string[]): Promise<string | undefined> {
    const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--bail', '--silent', ...patterns];
    const child = spawn(process.execPath, jest, {
      cwd: this.root,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: TIMEOUT_MS,
    });
    const closed = new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    const [said, code] = await Promise.all([textOf(child.stderr), closed]);
    return code === 0 ? undefined : said;
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
