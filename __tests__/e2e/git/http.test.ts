import type { Server } from 'node:http';
import { join } from 'node:path';
import { openGit } from '../../../src/artifact-store/storage/open-git.ts';
import { useTempDirs } from '../../artifact-store/fixtures.ts';
import { filesOf, git, originAndClone, storeRefs, withGit } from '../../artifact-store/git-fixtures.ts';
import { serveGit } from '../../artifact-store/git-http-server.ts';

const makeTempDir = useTempDirs();
const TOKENS = { writer: 'ghs_writers-token', reader: 'ghs_readers-token' };

withGit('a store behind HTTP and tokens', () => {
  let folder: string;
  let clone: string;
  let origin: string;
  let server: Server;

  beforeEach(async () => {
    folder = await makeTempDir();
    ({ clone, origin } = originAndClone(folder));
    const served = await serveGit(folder, TOKENS);
    server = served.server;
    git(clone, 'config', 'remote.origin.url', `${served.url}/origin.git`);
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** With a token in the form of actions/checkout. */
  function giveToken(token: string): void {
    const header = `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
    git(clone, 'config', 'http.extraheader', header);
  }

  const open = (cache: string) =>
    openGit({ remote: 'origin', prefix: '', directory: clone, cacheDirectory: join(folder, cache) });

  test('is written with the token of the checkout, and read with a read-only token', async () => {
    giveToken(TOKENS.writer);
    const before = filesOf(join(clone, '.git'));
    const bytes = Buffer.alloc(3_000_000, 'abcdefg');
    const writer = await open('writer');
    await Promise.all(['packs/ab/1', 'packs/ab/2'].map((key) => writer.put(key, [bytes, Buffer.from(key)])));
    expect(await writer.create('log/1', Buffer.from('mine'))).toBe('created');
    expect(await writer.create('log/1', Buffer.from('other'))).toBe('exists');
    expect(writer.requests).toMatchObject({ list: 2, put: 3 });
    writer.close();
    expect(filesOf(join(clone, '.git'))).toEqual(before);
    giveToken(TOKENS.reader);
    const reader = await open('reader');
    expect(bytes.equals(await reader.get('packs/ab/2', { offset: 0, length: bytes.byteLength }))).toBe(true);
    expect((await reader.get('log/1')).toString()).toBe('mine');
    reader.close();
  });

  test.each<[what: string, token: string | undefined, message: RegExp]>([
    ['may not write', TOKENS.reader, /it may not be written; .*"permissions: contents: write".*403/],
    ['is wrong', 'ghs_wrong-token', /it refuses the credentials; /],
    ['is not there', undefined, /it refuses the credentials; /],
  ])('reports at once a token that %s, and does not show it', async (_, token, message) => {
    if (token !== undefined) giveToken(token);
    const storage = await open('cache');
    const error = (await storage.create('log/1', Buffer.from('mine')).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) });
    expect(`${error.stack} ${(error.cause as Error | undefined)?.stack}`).not.toContain('ghs_');
    expect(storage.requests.put).toBe(1);
    storage.close();
    expect(storeRefs(origin)).toEqual([]);
  });
});
