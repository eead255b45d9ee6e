'use strict';

// Written for any Node.js: act runs the one that comes first on PATH, and an old one must get this far to say so.
const NEEDED = [22, 15];

module.exports = function start(verb) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
    const needed = NEEDED.join('.');
    process.stdout.write(
      `::error::infospace-archive needs Node.js >= ${needed}, and this is ${process.version}; put a newer one first on PATH.\n`,
    );
    process.exitCode = 1;
    return;
  }
  try {
    require('./unpack-binaries.cjs')();
  } catch (error) {
    process.stdout.write(
      `::error::The files of infospace-archive cannot be unpacked in ${__dirname}: ${error.message}; let the runner write there.\n`,
    );
    process.exitCode = 1;
    return;
  }
  import('./index.js').then(({ run }) => run(verb));
};
