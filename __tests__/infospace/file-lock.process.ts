/** Increments a number in a file, under a lock and with a wrong clock. With `0` increments it dies while holding the lock. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [folder, skew, additions] = process.argv.slice(2);
const realNow = Date.now;
Date.now = () => realNow() + Number(skew);
const { withFileLock } = await import('../../src/infospace/file-lock.ts');
const counter = join(folder!, 'counter');

const add = async (requireHeld: () => Promise<void>) => {
  const before = Number(readFileSync(counter, 'utf8'));
  if (additions === '0') process.kill(process.pid, 'SIGKILL');
  const staged = `${counter}.${process.pid}`;
  await sleep(Math.random() * 5);
  writeFileSync(staged, `${before + 1}`);
  await requireHeld();
  renameSync(staged, counter);
};
for (let i = 0; i < Math.max(1, Number(additions)); i++) await withFileLock(join(folder!, '.lock'), add);
