import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { GitStorage } from '../../../src/artifact-store/storage/git.ts';
import { passwordsIn, withoutPasswords } from '../../../src/artifact-store/storage/git-settings.ts';
import { openGit } from '../../../src/artifact-store/storage/open-git.ts';
import { collect, useTempDirs } from '../../artifact-store/fixtures.ts';
import { filesOf, git, originAndClone, storeRefs, withGit } from '../../artifact-store/git-fixtures.ts';

const makeTempDir = useTempDirs();
const KEY = 'packs/ab/abc';
const TEXT = Buffer.from('first\r\nsecond\n');

/** Runs an action with environment variables of this process. */
async function withEnv<T>(env: Record<string, string>, action: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    return await action();
  } finally {
    process.env = before;
  }
}

function script(path: string, ...lines: string[]): void {
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
}

withGit('a store in the remote of a clone', () => {
  let folder: string;
  let origin: string;
  let clone: string;
  const opened: GitStorage[] = [];

  beforeEach(async () => {
    folder = await makeTempDir();
    ({ origin, clone } = originAndClone(folder));
  });
  afterEach(() => {
    for (const storage of opened.splice(0)) storage.close();
  });

  /** With its own cache, like another machine. */
  async function open(options: { remote?: string; prefix?: string; cache?: string; maxBlobBytes?: number } = {}) {
    const { remote = 'origin', prefix = '', cache = randomBytes(8).toString('hex'), ...rest } = options;
    const cacheDirectory = join(folder, cache);
    const storage = await openGit({ remote, prefix, directory: clone, cacheDirectory, ...rest });
    opened.push(storage);
    return storage;
  }

  test('changes nothing in the clone, whatever its configuration tracks and prunes', async () => {
    git(clone, 'tag', 'mine');
    git(clone, 'config', 'fetch.prune', 'true');
    git(clone, 'config', 'fetch.pruneTags', 'true');
    git(clone, 'config', '--add', 'remote.origin.fetch', '+refs/artifactstore/*:refs/artifactstore/*');
    const before = filesOf(join(clone, '.git'));
    const storage = await open();
    await storage.put(KEY, [TEXT]);
    await storage.create('log/1', Buffer.from('segment'));
    expect(TEXT.equals(await (await open()).get(KEY))).toBe(true);
    await storage.delete(KEY);
    expect(filesOf(join(clone, '.git'))).toEqual(before);
  });

  /** A git that reports another version, and has only the features of that one. */
  function gitOfVersion(version: string): Record<string, string> {
    const bin = join(folder, `git-${version}`);
    mkdirSync(bin);
    script(
      join(bin, 'git'),
      `case "$*" in *--version) echo "git version ${version}"; exit;; *--no-write-fetch-head*) exit 129;; esac`,
      `exec "${git(folder, '--exec-path')}/git" "$@"`,
    );
    return { PATH: `${bin}${delimiter}${process.env['PATH']}` };
  }

  test('is read with git 2.25, which changes nothing in the clone either, and an older git is refused', async () => {
    const before = filesOf(join(clone, '.git'));
    await (await open()).put(KEY, [TEXT]);
    await withEnv(gitOfVersion('2.25.1'), async () => {
      expect(TEXT.equals(await (await open()).get(KEY))).toBe(true);
    });
    expect(filesOf(join(clone, '.git'))).toEqual(before);
    const refused = expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/needs git 2\.25 or newer, and this is 2\.24; install/),
    });
    await withEnv(gitOfVersion('2.24.9'), () => expect(open()).rejects.toEqual(refused));
  });

  test('changes nothing in a shallow, partial or mirrored clone either', async () => {
    const url = `file://${origin}`;
    git(origin, 'config', 'uploadpack.allowFilter', 'true');
    for (const kind of ['--depth=1', '--filter=blob:none', '--mirror']) {
      clone = join(folder, `clone${kind}`);
      git(folder, 'clone', '--quiet', kind, url, clone);
      const before = filesOf(clone);
      const storage = await open();
      await storage.put(`${KEY}${kind.length}`, [TEXT]);
      expect(TEXT.equals(await (await open()).get(`${KEY}${kind.length}`))).toBe(true);
      expect(filesOf(clone)).toEqual(before);
    }
  });

  test('is not part of any clone, and git takes nothing in it for garbage', async () => {
    const storage = await open();
    await storage.put(KEY, [TEXT]);
    await storage.create('log/1', Buffer.from('segment'));
    git(folder, 'clone', '--quiet', `file://${origin}`, 'other');
    expect(git(join(folder, 'other'), 'count-objects', '-v')).toContain('in-pack: 3\n');
    expect(storeRefs(join(folder, 'other'))).toEqual([]);
    git(origin, 'gc', '--quiet', '--prune=now');
    expect(git(origin, 'fsck', '--full', '--strict')).toBe('');
    const cold = await open();
    expect(TEXT.equals(await cold.get(KEY))).toBe(true);
    expect((await cold.get('log/1')).toString()).toBe('segment');
  });

  test.each<[what: string, settings: Record<string, string>]>([
    ['converts line ends', { 'core.autocrlf': 'true', 'core.eol': 'crlf' }],
    ['signs', { 'commit.gpgSign': 'true', 'push.gpgSign': 'true', 'gpg.program': 'false' }],
    ['runs hooks that fail', { 'core.hooksPath': 'hooks' }],
    ['pushes tags and submodules', { 'push.followTags': 'true', 'push.recurseSubmodules': 'only' }],
  ])('keeps every byte when git is configured so that it %s', async (_, settings) => {
    mkdirSync(join(clone, 'hooks'));
    for (const hook of ['pre-push', 'reference-transaction', 'post-checkout']) {
      script(join(clone, 'hooks', hook), 'exit 1');
    }
    for (const [name, value] of Object.entries(settings)) git(clone, 'config', name, value);
    await (await open()).put(KEY, [TEXT]);
    expect(TEXT.equals(await (await open()).get(KEY))).toBe(true);
    expect(git(origin, 'cat-file', 'blob', storeRefs(origin)[0]!)).toBe(TEXT.toString().trimEnd());
  });

  test('is found from a folder that does not exist yet, and by a relative path', async () => {
    git(clone, 'config', 'remote.origin.url', '../origin.git');
    const directory = join(clone, 'space', 'output');
    const storage = await openGit({ remote: 'origin', prefix: '', directory, cacheDirectory: join(folder, 'cache') });
    opened.push(storage);
    await storage.put(KEY, [TEXT]);
    expect(storeRefs(origin)).toHaveLength(1);
  });

  test('is found, whatever repository is set in the environment', async () => {
    const other = join(folder, 'other');
    git(folder, 'init', '--quiet', other);
    const before = filesOf(other);
    const env = { GIT_DIR: join(other, '.git'), GIT_WORK_TREE: other, GIT_INDEX_FILE: join(other, 'index') };
    await withEnv(env, async () => (await open()).put(KEY, [TEXT]));
    expect(storeRefs(origin)).toHaveLength(1);
    expect(filesOf(other)).toEqual(before);
  });

  test('trusts the refs instead of the answer to a push: an object that arrived was stored, once', async () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    const real = git(folder, '--exec-path');
    script(
      join(bin, 'git'),
      `"${real}/git" "$@"; code=$?`,
      `for word in "$@"; do if [ "$word" = push ]; then echo "$word" >> "${folder}/pushes"; exit 1; fi; done`,
      'exit $code',
    );
    const storage = await open();
    await withEnv({ PATH: `${bin}${delimiter}${process.env['PATH']}` }, async () => {
      await storage.put(KEY, [TEXT]);
      expect(await storage.create('log/1', Buffer.from('mine'))).toBe('created');
      expect(await storage.create('log/1', Buffer.from('other'))).toBe('exists');
      await storage.put('packs/ab/gone', [TEXT]);
      await storage.delete('packs/ab/gone');
    });
    expect(statSync(join(folder, 'pushes')).size).toBe('push\n'.length * 5);
    expect(storeRefs(origin)).toHaveLength(2);
  });

  test('of two writers, each learns the result for its own object', async () => {
    const writers = [await open(), await open()];
    const results = await Promise.all(writers.map((writer, i) => writer.create('log/1', Buffer.from(`of ${i}`))));
    expect(results.toSorted()).toEqual(['created', 'exists']);
    await Promise.all(writers.map((writer) => writer.put(KEY, [TEXT])));
    const keys = (await collect((await open()).list(''))).map(({ key }) => key);
    expect(keys.toSorted()).toEqual(['log/1', KEY]);
    await (await open()).delete(KEY);
    expect(storeRefs(origin)).toEqual(['refs/artifactstore/log/1']);
  });

  test('reads objects that another machine removed and stored again since they were listed, and the others', async () => {
    const [writer, reader] = [await open(), await open()];
    for (const key of [KEY, 'packs/ab/other']) await writer.put(key, [TEXT]);
    await collect(reader.list(''));
    await writer.delete(KEY);
    await writer.put(KEY, [Buffer.from('damaged')]);
    const read = await Promise.all([KEY, 'packs/ab/other'].map((key) => reader.get(key)));
    expect(read.map(String)).toEqual(['damaged', TEXT.toString()]);
  });

  test('reads damaged objects of the cache from the remote again', async () => {
    await (await open({ cache: 'mine' })).put(KEY, [TEXT]);
    const blobs = join(folder, 'mine', 'git');
    const [rotten] = (readdirSync(blobs, { recursive: true }) as string[]).filter((name) =>
      /blobs.[0-9a-f]{40}$/.test(name),
    );
    writeFileSync(join(blobs, rotten!), Buffer.alloc(TEXT.byteLength));
    expect(TEXT.equals(await (await open({ cache: 'mine' })).get(KEY))).toBe(true);
  });

  test('reports the objects that the repository lost, whatever is cached, and reads the others', async () => {
    const storage = await open({ cache: 'mine' });
    const keys = ['packs/ab/1', 'packs/ab/2', 'packs/ab/3'];
    for (const key of keys) await storage.put(key, [Buffer.from(key.repeat(100))]);
    const lost = git(origin, 'for-each-ref', '--format=%(objectname)', 'refs/artifactstore/packs/ab/2');
    for (const name of readdirSync(join(origin, 'objects/pack')).filter((file) => file.endsWith('.idx'))) {
      const index = join(origin, 'objects/pack', name);
      if (git(origin, 'verify-pack', '-v', index).includes(lost)) rmSync(index.replace('.idx', '.pack'));
    }
    const warm = await open({ cache: 'mine' });
    expect((await warm.get(keys[1]!)).toString()).toBe(keys[1]!.repeat(100));
    warm.bypassCache();
    for (const reader of [warm, await open()]) {
      const results = await Promise.allSettled(keys.map((key) => reader.get(key)));
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(results[1]).toMatchObject({ reason: { code: 'INTEGRITY', message: expect.stringContaining('lost') } });
    }
  });

  test('refuses an object above the size limit of hosts by its name', async () => {
    const storage = await open({ maxBlobBytes: 10 });
    await storage.put('packs/ab/small', [Buffer.alloc(10)]);
    const refused = expect.objectContaining({
      code: 'USAGE',
      message: expect.stringMatching(new RegExp(`${KEY}.* 10 bytes, .*; .*bucket`)),
    });
    await expect(storage.put(KEY, [Buffer.alloc(6), Buffer.alloc(5)])).rejects.toEqual(refused);
    expect(storeRefs(origin)).toHaveLength(1);
  });

  test('shares a repository with stores of other prefixes', async () => {
    const [one, two] = [await open({ prefix: 'one' }), await open({ prefix: 'two' })];
    await one.create('log/1', Buffer.from('of one'));
    expect(await two.create('log/1', Buffer.from('of two'))).toBe('created');
    expect((await (await open({ prefix: 'one' })).get('log/1')).toString()).toBe('of one');
    expect((await collect(two.list(''))).map(({ key }) => key)).toEqual(['log/1']);
    await two.delete('log/1');
    expect(storeRefs(origin)).toEqual(['refs/artifactstore/one/log/1']);
  });

  test.each<[what: string, prepare: () => string, message: RegExp]>([
    ['that is not there', () => join(folder, 'none.git'), /no such repository.*ARTIFACTSTORE_GIT_REMOTE/],
    [
      'whose rules refuse it',
      () => {
        script(join(origin, 'hooks/pre-receive'), 'echo "GH013: no" >&2', 'exit 1');
        return 'origin';
      },
      /a rule of the host refuses it.*Git said: .*pre-receive hook declined/,
    ],
    ['that is no remote of the clone', () => 'upstream', /with the remote "upstream"/],
    [
      'that is pushed to another place than it is read from',
      () => {
        git(clone, 'config', 'remote.origin.pushurl', join(folder, 'fork.git'));
        return 'origin';
      },
      /"origin" is read from one repository and pushed to another; .*ARTIFACTSTORE_GIT_REMOTE/,
    ],
  ])('reports at once the fault of a repository %s', async (_, prepare, message) => {
    const remote = prepare();
    const refused = expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) });
    await expect((async () => (await open({ remote })).create('log/1', TEXT))()).rejects.toEqual(refused);
    expect(storeRefs(origin)).toEqual([]);
  });

  test('names a repository without the credentials in its URL', async () => {
    const url = 'http://ada:s3cr3t-p@ss@127.0.0.1:1/store.git';
    git(clone, 'config', 'remote.origin.url', url);
    for (const remote of ['origin', url]) {
      const error = (await (await open({ remote })).health().catch((thrown: unknown) => thrown)) as Error;
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
        expect(`${cause.stack}`).not.toMatch(/s3cr3t|p@ss/);
      }
    }
  });
});

test.each([
  ['https://ada:secret@host/a.git', 'https://host/a.git', ['ada', 'secret']],
  ['https://x-access-token:ghs_token@host/a', 'https://host/a', ['ghs_token']],
  ['https://ghp_token@host/a', 'https://host/a', ['ghp_token']],
  ['https://ada:p%40ss@host/a', 'https://host/a', ['ada', 'p%40ss', 'p@ss']],
  ['ssh://deploy@host/a.git', 'ssh://host/a.git', []],
  ['git@host:org/a.git', 'git@host:org/a.git', []],
  ['/srv/a.git', '/srv/a.git', []],
])('shows the remote %s as %s', (remote, shown, secrets) => {
  expect(withoutPasswords(remote)).toBe(shown);
  expect([...new Set(passwordsIn(remote))]).toEqual(secrets);
});
