/** Installs act where possible; the tests that need it are skipped without it. */
import { act, install } from './tools.ts';

if (install(act)) process.stdout.write(`act ${act.version} is ${act.file}\n`);
