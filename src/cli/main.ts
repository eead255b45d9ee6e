import { setFlagsFromString } from 'node:v8';
import { warn } from '../terminal/errors.ts';
import { showStoreWarnings } from '../terminal/store-warnings.ts';
import { orFail } from '../terminal/unfinished.ts';
import { runCli } from './program.ts';

/** After this, requests that nobody awaits any more may not keep a stopped process alive. */
const LINGER_MS = 200;

// V8's nursery would grow to 3 x 32 MiB under load and never shrink, without making any command faster.
setFlagsFromString('--semi-space-growth-factor=1');
showStoreWarnings(warn);
const exitCode = await orFail(runCli(process.argv.slice(2)), (sentence) =>
  process.stderr.write(`error: ${sentence}\n`),
);
process.exitCode = exitCode;
if (exitCode > 128) setTimeout(() => process.exit(), LINGER_MS).unref();
