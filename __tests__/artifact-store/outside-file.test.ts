import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEnvironment } from '../../src/artifact-store/config.ts';
import { readOutsideFile, readOutsideText } from '../../src/artifact-store/outside-file.ts';
import { loadRetentionClasses } from '../../src/artifact-store/retention/classes.ts';
import { LocalStorage } from '../../src/artifact-store/storage/local.ts';
import { archiveInfospace, type ErrorCode, listArchives } from '../../src/index.ts';
import { refusal, sampleInfospace, temporaryFolder } from '../infospace/fixtures.ts';

/** Seen to hang on FIFOs, to take 5 GB of memory, and to end the process, before one function read all these files. */

const thrown = (code: ErrorCode, ...message: string[]) => refusal(code, ...message) as Error;
const onUnix = process.platform === 'win32' ? test.skip : test;

function place(): string {
  return join(temporaryFolder(), 'file');
}

function fifo(path = place()): string {
  execFileSync('mkfifo', [path]);
  return path;
}

/** A sparse file, which takes no disk space. */
function sparse(path = place(), bytes = 5e9): string {
  writeFileSync(path, '');
  truncateSync(path, bytes);
  return path;
}

test('a file is read completely, up to the limit', () => {
  const path = place();
  expect(readOutsideFile(path, 10)).toBeUndefined();
  writeFileSync(path, '');
  expect(readOutsideFile(path, 0)).toEqual(Buffer.alloc(0));
  writeFileSync(path, 'ten bytes!');
  expect(readOutsideText(path, 10)).toBe('ten bytes!');
  expect(() => readOutsideFile(path, 9)).toThrow(thrown('FILE_UNREADABLE', path, 'more than the allowed 9 bytes'));
});

test('a file with the reported size 0 is read to its end', () => {
  if (process.platform !== 'linux') return;
  expect(readOutsideText('/proc/self/status', 100_000)).toContain('VmHWM');
  expect(() => readOutsideFile('/proc/self/status', 100)).toThrow(
    thrown('FILE_UNREADABLE', 'more than the allowed 100 bytes'),
  );
});

onUnix.each<[what: string, make: () => string, message: string]>([
  ['a FIFO', fifo, 'not a regular file'],
  ['a folder', () => temporaryFolder(), 'not a regular file'],
  ['a device', () => '/dev/zero', 'not a regular file'],
  ['5 GB', sparse, 'more than the allowed 1000 bytes'],
])('%s is refused by name', (_, make, message) => {
  const path = make();
  expect(() => readOutsideFile(path, 1000)).toThrow(thrown('FILE_UNREADABLE', path, message));
});

onUnix.each<[what: string, make: (path: string) => string]>([
  ['FIFOs', fifo],
  ['files of 5 GB', sparse],
])('%s in the place of configuration files are refused', async (_, make) => {
  const root = sampleInfospace();
  mkdirSync(join(root, 'output/archives'));
  const index = make(join(root, 'output/archives/index.yaml'));
  await expect(listArchives(root)).rejects.toEqual(refusal('CONFIG_INVALID', index));
  await expect(archiveInfospace(root)).rejects.toEqual(refusal('CONFIG_INVALID', index));
  const ignored = sampleInfospace();
  const ignoreFile = make(join(ignored, '.infospaceignore'));
  await expect(archiveInfospace(ignored)).rejects.toEqual(refusal('FILE_UNREADABLE', ignoreFile));
  expect(() => loadRetentionClasses(make(place()))).toThrow(thrown('CONFIG_INVALID', 'retention file'));
  expect(() =>
    readEnvironment({
      ARTIFACTSTORE_DATABASE_URL: 'sqlite:////tmp/x',
      ARTIFACTSTORE_STORAGE_BACKEND: 'local',
      ARTIFACTSTORE_STORAGE_LOCAL_ROOT_FILE: make(place()),
    }),
  ).toThrow(thrown('CONFIG_INVALID', 'cannot be read'));
});

onUnix.each<[what: string, make: (path: string) => string]>([
  ['a FIFO', fifo],
  ['a file of 5 GB', sparse],
])('%s in the place of a stored object is damage', async (_, make) => {
  const root = temporaryFolder();
  mkdirSync(join(root, 'manifests'));
  make(join(root, 'manifests/x'));
  await expect(new LocalStorage(root).get('manifests/x')).rejects.toEqual(refusal('INTEGRITY', 'manifests/x'));
});

test('aliases in the index are refused, even small ones', async () => {
  const root = sampleInfospace();
  mkdirSync(join(root, 'output/archives'));
  const laughs = Array.from({ length: 30 }, (_, i) => `- &a${i} {x: [${`*a${i - 1}, `.repeat(9)}]}`).join('\n');
  writeFileSync(join(root, 'output/archives/index.yaml'), laughs.replaceAll('*a-1, ', 'x, '));
  await expect(archiveInfospace(root)).rejects.toEqual(refusal('CONFIG_INVALID', 'alias'));
});
