import type { Command } from 'commander';
import { type ExportFlags, exportAndPrint } from '../terminal/export.ts';
import { interruptible } from '../terminal/interruption.ts';
import { DocumentedCommand } from './documented-command.ts';
import { fromOption, jsonOption, packageArgument, quietOption, storeRootOption, subjectOption } from './options.ts';

const EXAMPLES = `
The bag is BagIt 1.0 (RFC 8493): any BagIt software can validate it, and
"import" takes it into a store. A folder must be new or empty. "-" writes the
.tar.zst file to the standard output.

Examples:
  $ infospace-archive export latest --to ../guide-bag
  $ infospace-archive export latest --from guide --to guide.tar.zst
  $ infospace-archive export latest --to - | ssh backup "cat > guide.tar.zst"`;

export function exportCommand(): Command {
  return new DocumentedCommand('export')
    .description('write a package as a BagIt bag')
    .addArgument(packageArgument())
    .requiredOption('--to <place>', 'a folder, or a file that ends with .tar.zst; "-" for the standard output')
    .addOption(fromOption())
    .addOption(subjectOption())
    .addOption(storeRootOption())
    .addOption(jsonOption())
    .addOption(quietOption())
    .documented(EXAMPLES)
    .action((reference: string, flags: ExportFlags) =>
      interruptible((signal) => exportAndPrint(reference, { ...flags, signal })),
    );
}
