import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isArchiveError } from '../errors.ts';
import { newMark } from '../files/process-mark.ts';
import { removeAbandoned } from '../files/staged-names.ts';
import { GitBlobs } from './git-blobs.ts';
import { explainGitFailure } from './git-errors.ts';
import { type GitRun, runGit } from './git-program.ts';
import type { GitSettings } from './git-settings.ts';

const READ_TRIES = 4;
const FIRST_PAUSE_MS = 100;

/** Runs git, locally and with the remote, in a scratch repository in the user's cache. */
export class GitRemote {
  readonly blobs: GitBlobs;
  readonly #settings: GitSettings;
  /** A temporary repository for git's objects, used by this process only. */
  readonly #scratch: string;
  #ready: Promise<void> | undefined;

  constructor(settings: GitSettings) {
    this.#settings = settings;
    const name = createHash('sha256').update(settings.url).digest('hex').slice(0, 32);
    const directory = join(settings.cacheDirectory, 'git', name);
    this.blobs = new GitBlobs(join(directory, 'blobs'));
    this.#scratch = join(directory, `scratch-${newMark()}`);
  }

  prepare(): Promise<void> {
    this.#ready ??= this.#makeScratch();
    return this.#ready;
  }

  async #makeScratch(): Promise<void> {
    const parent = join(this.#scratch, '..');
    await mkdir(parent, { recursive: true });
    await removeAbandoned(parent, (name) => (name.startsWith('scratch-') ? name.slice('scratch-'.length) : undefined));
    await this.blobs.trim();
    await runGit(['init', '--quiet', '--bare', '--template=', this.#scratch]);
    const { repository } = this.#settings;
    if (repository === undefined) return;
    // Gives access to the commits that git compares with the remote's, and to objects of the store in a mirror.
    const file = join(this.#scratch, 'objects', 'info', 'alternates');
    await writeFile(file, `${join(repository.commonDir, 'objects')}\n`);
  }

  /** Runs git in the scratch repository. */
  locally(args: readonly string[], run: GitRun = {}): Promise<string> {
    return runGit(args, { ...run, env: { GIT_DIR: this.#scratch } });
  }

  /** Reads from the remote; retries failures that may come from the network. */
  async reading(action: string, args: (remote: string) => string[]): Promise<string> {
    for (let tries = 1, pause = FIRST_PAUSE_MS; ; tries++, pause *= 2) {
      try {
        return await this.once(action, args);
      } catch (error) {
        if (!isArchiveError(error, 'STORE_UNAVAILABLE') || tries === READ_TRIES) throw error;
      }
      await sleep(pause * (0.5 + Math.random()));
    }
  }

  /** Runs git once, with the configuration and credentials of the repository whose remote it is. Does not change it. */
  async once(action: string, args: (remote: string) => string[]): Promise<string> {
    await this.prepare();
    const { remote, url, repository } = this.#settings;
    try {
      return await runGit(args(url), {
        env: {
          GIT_DIR: repository?.gitDir ?? this.#scratch,
          GIT_OBJECT_DIRECTORY: join(this.#scratch, 'objects'),
        },
      });
    } catch (error) {
      throw explainGitFailure(error, action, remote);
    }
  }

  close(): void {
    rmSync(this.#scratch, { recursive: true, force: true });
  }
}
