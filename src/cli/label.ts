import { Command } from 'commander';
import {
  addLabelAndPrint,
  type LabelFlags,
  listLabelsAndPrint,
  moveLabelAndPrint,
  removeLabelAndPrint,
} from '../terminal/label.ts';
import { DocumentedCommand } from './documented-command.ts';
import {
  actorOption,
  fromOption,
  jsonOption,
  packageArgument,
  reasonOption,
  storeRootOption,
  subjectOption,
} from './options.ts';

const EXAMPLES = `
A label names one package of its subject, in every command that takes a package.
It does not keep the package from expiring: use a hold for that. It belongs to
the store, and is not copied or exported with the package.

Examples:
  $ infospace-archive label add v1.4 latest
  $ infospace-archive restore v1.4 --target ../restored
  $ infospace-archive label move production v1.5 --reason "rolled out"
  $ infospace-archive label remove production`;

export function labelCommand(): Command {
  const add = new Command('add')
    .description('give a package a new label')
    .argument('<label>', 'up to 100 letters, digits and ._/-')
    .addArgument(packageArgument())
    .addOption(actorOption())
    .action((label: string, reference: string, flags: LabelFlags) => addLabelAndPrint(label, reference, flags));
  const move = new Command('move')
    .description('give a label to another package')
    .argument('<label>', 'an existing label')
    .addArgument(packageArgument())
    .addOption(reasonOption())
    .addOption(actorOption())
    .action((label: string, reference: string, flags: LabelFlags & { reason: string }) =>
      moveLabelAndPrint(label, reference, flags),
    );
  const remove = new Command('remove')
    .description('take a label off its package')
    .argument('<label>', 'an existing label')
    .option('--reason <text>', 'why, for the audit log')
    .addOption(actorOption())
    .action((label: string, flags: LabelFlags & { reason?: string }) => removeLabelAndPrint(label, flags));
  const list = new Command('list')
    .description('list the labels of the subject')
    .option('--all-subjects', 'those of the whole store')
    .action((flags: LabelFlags & { allSubjects?: boolean }) => listLabelsAndPrint(flags));
  const label = new DocumentedCommand('label').description('name packages').documented(EXAMPLES);
  for (const command of [add, move, remove, list]) {
    command.addOption(subjectOption()).addOption(fromOption()).addOption(storeRootOption()).addOption(jsonOption());
    label.addCommand(command);
  }
  return label;
}
