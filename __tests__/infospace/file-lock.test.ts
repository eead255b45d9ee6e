/**
 * Seen to fail with a lock's age by the clock of this machine, without the lock around the removal of an abandoned lock, without
 * checking the lock before a change, and without refreshing it.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { withFileLock } from '../../src/infospace/file-lock.ts';
import { mountTmpfs, temporaryFolder } from './fixtures.ts';

const child = fileURLToPath(new URL('file-lock.process.ts', import.meta.url));
const marks = new URL('../../src/artifact-store/files/process-mark.ts', import.meta.url).href;

test('processes with different clocks, some of which die with the lock, lose nothing', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'counter'), '0');
  const run = async (skew: number, additions: number) => {
    const process_ = spawn(process.execPath, [child, folder, `${skew}`, `${additions}`], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return (await once(process_, 'close')) as [code: number | null, signal: string | null];
  };
  const workers = [0, 60_000, -60_000, 3_600_000].map((skew) => run(skew, 25));
  const dying = [0, 60_000].map((skew) => run(skew, 0));
  expect(await Promise.all(dying)).toEqual(dying.map(() => [null, 'SIGKILL']));
  expect(await Promise.all(workers)).toEqual(workers.map(() => [0, null]));
  expect(readFileSync(join(folder, 'counter'), 'utf8')).toBe('100');
  // The last one may have died with the lock.
  await withFileLock(join(folder, '.lock'), async () => undefined);
  expect(readdirSync(folder)).toEqual(['counter']);
});

test('many waiters take over the lock of a dead process one at a time', async () => {
  const script = `import { newMark } from ${JSON.stringify(marks)}; process.stdout.write(newMark())`;
  const ended = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  const path = join(temporaryFolder(), '.lock');
  for (let round = 0; round < 8; round++) {
    writeFileSync(path, ended);
    let holders = 0;
    let most = 0;
    const action = async () => {
      most = Math.max(most, ++holders);
      for (let i = 0; i < round; i++) await turn();
      holders--;
    };
    await Promise.all(Array.from({ length: 8 }, () => withFileLock(path, action)));
    expect({ round, most, holders }).toEqual({ round, most: 1, holders: 0 });
  }
});

test('a slow holder keeps its lock, whatever its first time was', async () => {
  const path = join(temporaryFolder(), '.lock');
  let holders = 0;
  let most = 0;
  const hold = async (ms: number) => {
    most = Math.max(most, ++holders);
    if (ms > 0) utimesSync(path, 1, 1);
    await sleep(ms);
    holders--;
  };
  await Promise.all([withFileLock(path, () => hold(2500)), withFileLock(path, () => hold(0))]);
  expect(most).toBe(1);
});

test('a failure to write the lock leaves nothing', async () => {
  const disk = mountTmpfs('size=4k');
  if (disk === undefined) {
    process.stderr.write('skipped: no small file system can be mounted here\n');
    return;
  }
  writeFileSync(join(disk, 'full'), Buffer.alloc(4096));
  const locked = withFileLock(join(disk, '.lock'), async () => undefined);
  await expect(locked).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(readdirSync(disk)).toEqual(['full']);
});

test('a holder that lost its lock before any change starts over, and leaves the lock of the other', async () => {
  const path = join(temporaryFolder(), '.lock');
  const changes: number[] = [];
  let attempt = 0;
  await withFileLock(path, async (requireHeld) => {
    if (++attempt === 1) {
      unlinkSync(path);
      writeFileSync(path, 'of somebody else');
      setTimeout(() => unlinkSync(path), 50);
    }
    await requireHeld();
    changes.push(attempt);
  });
  expect(changes).toEqual([2]);
});
