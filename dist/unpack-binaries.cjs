'use strict';

const { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { brotliDecompressSync } = require('node:zlib');

/**
 * Unpacks the binaries of this machine into `node_modules` beside this file, once for each download of the action. The packed
 * file begins with a line of JSON, the paths and sizes of the files that follow.
 */
module.exports = function unpackBinaries() {
  const packed = join(__dirname, 'binaries', `${process.platform}-${process.arch}.br`);
  const done = packed.replace(/br$/, 'unpacked');
  if (existsSync(done) || !existsSync(packed)) return;
  const bytes = brotliDecompressSync(readFileSync(packed));
  const start = bytes.indexOf('\n') + 1;
  let offset = start;
  for (const file of JSON.parse(bytes.toString('utf8', 0, start))) {
    writeWhole(join(__dirname, 'node_modules', file.path), bytes.subarray(offset, offset + file.bytes));
    offset += file.bytes;
  }
  writeFileSync(done, '');
};

/** Another step may run at the same time, and Windows replaces no binary that is loaded. */
function writeWhole(path, bytes) {
  const temporary = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(temporary, bytes);
  try {
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary);
    if (!existsSync(path)) throw error;
  }
}
