import type { Command } from 'commander';
import { amendNoteAndPrint } from '../terminal/note.ts';
import type { StoreFlags } from '../terminal/with-registry.ts';
import { DocumentedCommand } from './documented-command.ts';
import { actorOption, fromOption, jsonOption, packageArgument, storeRootOption, subjectOption } from './options.ts';

const EXAMPLES = `
The manifest keeps the first note, and the audit log all of them, so do not put
secrets into a note.

Examples:
  $ infospace-archive note latest "release 1.4, as shipped"
  $ infospace-archive note 3f9c1d20 "superseded by v1.5"`;

export function noteCommand(): Command {
  return new DocumentedCommand('note')
    .description('replace the note of a package')
    .addArgument(packageArgument())
    .argument('<text>', 'the new note')
    .addOption(subjectOption())
    .addOption(actorOption())
    .addOption(fromOption())
    .addOption(storeRootOption())
    .addOption(jsonOption())
    .documented(EXAMPLES)
    .action((reference: string, text: string, flags: StoreFlags & { json?: boolean }) =>
      amendNoteAndPrint(reference, text, flags),
    );
}
