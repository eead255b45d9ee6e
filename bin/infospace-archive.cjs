#!/usr/bin/env node
'use strict';

// Written for any Node.js: an old one must get this far to say so, and not as far as the native addons.
var needed = [22, 15];
var have = process.versions.node.split('.').map(Number);
if (have[0] < needed[0] || (have[0] === needed[0] && have[1] < needed[1])) {
  process.stderr.write(`infospace-archive needs Node.js >= ${needed.join('.')}, and this is ${process.version}.\n`);
  process.exit(2);
}
require('node:module').enableCompileCache();
import('../lib/cli/index.js');
