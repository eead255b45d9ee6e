import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { archiveCommand } from './archive.ts';
import { exitCodeOf, reportError } from './errors.ts';
import { listCommand } from './list.ts';
import { restoreCommand } from './restore.ts';
import { showCommand } from './show.ts';
import { verifyCommand } from './verify.ts';

const EPILOG = `
The store is embedded in the infospace (output/archives/.store) unless --store-root or the ARTIFACTSTORE_*
variables name another one.

Exit codes:
  0  done                          3  refused: the target is not empty or cannot be used
  1  failed                        4  stored bytes are damaged
  2  wrong usage or configuration  5  not found: package, folder or store

Examples:
  $ infospace-archive archive . --note "release 1.4"
  $ infospace-archive list .
  $ infospace-archive restore latest --target ../restored`;

/**
 * Runs the command line.
 *
 * @returns the exit code.
 */
export async function runCli(args: readonly string[]): Promise<number> {
  // A reader that goes away, as `| head` does, is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
  const program = new Command('infospace-archive')
    .description('Preserve a folder of generated knowledge as an immutable package, and restore it byte for byte.')
    .version(version)
    .addHelpText('after', EPILOG);
  for (const command of [archiveCommand(), listCommand(), restoreCommand(), verifyCommand(), showCommand()]) {
    program.addCommand(command);
  }
  for (const command of [program, ...program.commands]) command.exitOverride().showSuggestionAfterError();
  try {
    await program.parseAsync(args, { from: 'user' });
    return process.exitCode === undefined ? 0 : Number(process.exitCode);
  } catch (error) {
    // Commander has said what is wrong, or printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    reportError(error);
    return exitCodeOf(error);
  }
}
