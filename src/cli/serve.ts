import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { reportError } from '../terminal/errors.ts';
import { interruptible, printNothing } from '../terminal/interruption.ts';
import { withRegistry } from '../terminal/with-registry.ts';
import { DocumentedCommand } from './documented-command.ts';
import { fromOption, jsonOption, storeRootOption } from './options.ts';

interface Flags {
  from: string;
  storeRoot?: string;
  json?: boolean;
}

const EXAMPLES = `
The page shows packages, their files and versions, what differs between two
packages, and the event log. It changes nothing, listens on this machine alone,
at a random port, and answers only those who have the printed address. It ends
with Ctrl-C.

Examples:
  $ infospace-archive serve
  $ infospace-archive serve guide
  $ infospace-archive serve --store-root /srv/archive`;

export function serveCommand(): Command {
  return new DocumentedCommand('serve')
    .description('show archived files in a browser, without restoring them')
    .argument('[root]', 'folder of the infospace (default: the one here)')
    .addOption(fromOption())
    .addOption(storeRootOption())
    .addOption(jsonOption())
    .documented(EXAMPLES)
    .action((_root: string | undefined, flags: Flags) => interruptible((signal) => run(flags, signal), printNothing));
}

async function run({ from, storeRoot, json }: Flags, signal: AbortSignal): Promise<void> {
  const { openInfospace } = await import('../infospace/infospace-file.ts');
  const { servePage } = await import('../page/server.ts');
  const root = resolve(from);
  await withRegistry({ from, storeRoot, signal }, 'read', async (registry) => {
    const { title } = await openInfospace(root);
    const served = await servePage({ registry, root, title, from: { root: from, storeRoot } }, reportError);
    process.stdout.write(
      json ? `${JSON.stringify({ url: served.url })}\n` : `The page is at ${served.url}\nIt ends with Ctrl-C.\n`,
    );
    if (!signal.aborted) await once(signal, 'abort');
    await served.close();
  });
}
