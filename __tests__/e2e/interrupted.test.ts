/** Broken versions of the code that this was seen to find: signals end the process at once; signals are recorded and ignored. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { archiveInfospace } from '../../src/index.ts';
import {
  cliFile,
  filesOf,
  sampleInfospace,
  temporaryFolder,
  treeOf,
  writeLarge,
  writeSparse,
  writeTree,
} from '../infospace/fixtures.ts';

/** Runs a command and sends it the signal as soon as it works. */
async function interrupted(args: readonly string[], signal: NodeJS.Signals, hasBegun: (pid: number) => boolean) {
  const child = spawn(process.execPath, [cliFile, ...args]);
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
  while (child.exitCode === null && !hasBegun(child.pid!)) await sleep(1);
  child.kill(signal);
  const [[code], stdout, stderr] = await ended;
  return { code, stdout, stderr };
}

const TEBIBYTE = 2 ** 40;

/** Other systems do not show which files a process reads. */
const testOnLinux = process.platform === 'linux' ? test : test.skip;

function openFilesOf(pid: number): string[] {
  const descriptors = `/proc/${pid}/fd`;
  return readdirSync(descriptors).flatMap((name) => {
    try {
      return [readlinkSync(join(descriptors, name))];
    } catch {
      return [];
    }
  });
}

/** The exit of a process killed by the signal, as a shell reports it. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  const stopped = {
    code: EXIT_CODES[signal],
    stdout: '',
    stderr: `Stopping: undoing what was begun.\nerror: Stopped by ${signal}; run it again.\n`,
  };

  test('stops an archive, which leaves everything unchanged', async () => {
    const root = sampleInfospace();
    await archiveInfospace(root);
    const before = filesOf(join(root, 'output/archives'));
    writeLarge(root);
    writeSparse(root, 40);
    const objects = join(root, 'output/archives/.store/storage/objects');
    expect(await interrupted(['archive', root], signal, () => existsSync(objects))).toEqual(stopped);
    expect(filesOf(join(root, 'output/archives'))).toEqual(before);
  });

  testOnLinux('stops an archive at the beginning of an endless file', async () => {
    const root = sampleInfospace();
    await archiveInfospace(root);
    const before = treeOf(join(root, 'output/archives'));
    writeTree(root, { 'output/large': '' });
    truncateSync(join(root, 'output/large'), TEBIBYTE);
    const isRead = (pid: number) => openFilesOf(pid).includes(join(root, 'output/large'));
    expect(await interrupted(['archive', root], signal, isRead)).toEqual(stopped);
    expect(treeOf(join(root, 'output/archives'))).toEqual(before);
  });

  test('stops a restore, which leaves no target and nothing beside it', async () => {
    const root = sampleInfospace();
    writeSparse(root, 6);
    await archiveInfospace(root);
    const folder = temporaryFolder();
    const target = join(folder, 'restored');
    const args = ['restore', 'latest', '--from', root, '--target', target];
    const hasBegun = () => readdirSync(folder).some((name) => existsSync(join(folder, name, 'files/output/sparse/0')));
    expect(await interrupted(args, signal, hasBegun)).toEqual(stopped);
    expect(treeOf(folder)).toEqual({});
  });
});
