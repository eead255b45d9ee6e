import { warn } from '../terminal/errors.ts';
import { showStoreWarnings } from '../terminal/store-warnings.ts';
import { orFail } from '../terminal/unfinished.ts';
import { runCli } from './program.ts';

/** What is still under way, a request that nobody waits for, may not keep a stopped process. */
const LINGER_MS = 200;

showStoreWarnings(warn);
const exitCode = await orFail(runCli(process.argv.slice(2)), (sentence) =>
  process.stderr.write(`error: ${sentence}\n`),
);
process.exitCode = exitCode;
if (exitCode > 128) setTimeout(() => process.exit(), LINGER_MS).unref();
