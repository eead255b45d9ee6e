/**
 * Loaded with `--import`: records changes of names and bytes on the disk, and each commit of a registry, in their
 * order. A sync is recorded when it has ended, everything else before it begins.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import SQLite from 'better-sqlite3';
import { type DiskCall, TRACE_FILE } from './disk-call.ts';

const trace = process.env[TRACE_FILE]!;
const note = (call: DiskCall) => fs.appendFileSync(trace, `${JSON.stringify(call)}\n`);
/** The path for which each descriptor was last opened. */
const paths = new Map<number, string>();

// biome-ignore lint/suspicious/noExplicitAny: functions of any kind are wrapped
type AnyFunction = (this: unknown, ...args: any[]) => any;

function wrap(owner: object, name: string, around: (original: AnyFunction) => AnyFunction): void {
  const original = Reflect.get(owner, name) as AnyFunction;
  Reflect.set(owner, name, around(original));
}

function noteFirst(owner: object, name: string, callOf: (...args: string[]) => DiskCall): void {
  wrap(
    owner,
    name,
    (original) =>
      function (...args) {
        note(callOf(...args));
        return original.apply(this, args);
      },
  );
}

function watchFiles(): void {
  let isWatched = false;
  wrap(fs.promises, 'open', (original) => async (path: string, ...rest) => {
    const file = (await original(path, ...rest)) as fs.promises.FileHandle;
    paths.set(file.fd, String(path));
    if (!isWatched) watchHandles(Object.getPrototypeOf(file) as object);
    isWatched = true;
    return file;
  });
  wrap(
    fs,
    'fsync',
    (original) => (fd: number, callback: (error: Error | null) => void) =>
      original(fd, (error: Error | null) => {
        if (error === null) note({ call: 'sync', path: paths.get(fd)! });
        callback(error);
      }),
  );
  noteFirst(fs.promises, 'rename', (from, to) => ({ call: 'publish', from: from!, path: to! }));
  noteFirst(fs.promises, 'link', (from, to) => ({ call: 'publish', from: from!, path: to! }));
  noteFirst(fs.promises, 'unlink', (path) => ({ call: 'unlink', path: path! }));
  wrap(fs.promises, 'mkdir', (original) => async (path: string, ...rest) => {
    const first = (await original(path, ...rest)) as string | undefined;
    for (let made = path; first !== undefined && made.length >= first.length; made = dirname(made)) {
      note({ call: 'mkdir', path: made });
    }
    return first;
  });
}

function watchHandles(prototype: object): void {
  for (const name of ['sync', 'datasync']) {
    wrap(
      prototype,
      name,
      (original) =>
        async function () {
          await original.call(this);
          note({ call: 'sync', path: paths.get((this as fs.promises.FileHandle).fd)! });
        },
    );
  }
  for (const name of ['write', 'writev', 'writeFile', 'appendFile', 'truncate']) {
    wrap(
      prototype,
      name,
      (original) =>
        function (...args) {
          note({ call: 'write', path: paths.get((this as fs.promises.FileHandle).fd)! });
          return original.apply(this, args);
        },
    );
  }
}

function watchCommits(): void {
  wrap(
    SQLite.prototype as object,
    'prepare',
    (original) =>
      function (this: unknown, sql: string) {
        const database = this as SQLite.Database;
        if (sql.trim().toLowerCase() === 'commit') {
          note({ call: 'commit', path: database.name, synchronous: database.pragma('synchronous', { simple: true }) });
        }
        return original.call(this, sql);
      },
  );
}

// Workers only read files of the infospace and compress.
if (isMainThread) {
  watchFiles();
  watchCommits();
  syncBuiltinESMExports();
}
