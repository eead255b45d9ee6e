import { Argument, type Command } from 'commander';
import { printJson } from '../terminal/json.ts';
import { completionScript, SHELLS, type Shell } from './completion-scripts.ts';
import { describeCommand } from './described.ts';
import { DocumentedCommand } from './documented-command.ts';
import { jsonOption } from './options.ts';

const EXAMPLES = `
The script knows all commands and options. Put it where the shell reads it when
it starts: for bash in ~/.bashrc, for zsh in a file _infospace-archive in a
folder of $fpath, for fish in ~/.config/fish/completions/infospace-archive.fish.

Examples:
  $ source <(infospace-archive completion bash)
  $ infospace-archive completion zsh > ~/.zfunc/_infospace-archive
  $ infospace-archive completion fish | source`;

export function completionCommand(): Command {
  return new DocumentedCommand('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addOption(jsonOption())
    .documented(EXAMPLES)
    .action((shell: Shell, { json }: { json?: boolean }, command: Command) => {
      const script = completionScript(shell, describeCommand(command.parent!));
      if (json) printJson({ shell, script });
      else process.stdout.write(script);
    });
}
