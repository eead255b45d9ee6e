/** Installs act where that can be; the tests that need it skip themselves without. */
import { act, install } from './tools.ts';

if (install(act)) process.stdout.write(`act ${act.version} is ${act.file}\n`);
