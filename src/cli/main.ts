import { setFlagsFromString } from 'node:v8';
import { warn } from '../terminal/errors.ts';
import { showStoreWarnings } from '../terminal/store-warnings.ts';
import { orFail } from '../terminal/unfinished.ts';
import { runCli } from './program.ts';

/** What is still under way, a request that nobody waits for, may not keep a stopped process. */
const LINGER_MS = 200;

// The nursery of V8 grows to 3 x 32 MiB under load and does not shrink again, which saves none of the commands any time.
setFlagsFromString('--semi-space-growth-factor=1');
showStoreWarnings(warn);
const exitCode = await orFail(runCli(process.argv.slice(2)), (sentence) =>
  process.stderr.write(`error: ${sentence}\n`),
);
process.exitCode = exitCode;
if (exitCode > 128) setTimeout(() => process.exit(), LINGER_MS).unref();
