import { Command } from 'commander';

/** A command with a text that follows its options in the full help, the manual page and docs/cli.md. */
export class DocumentedCommand extends Command {
  text = '';

  /** Sets paragraphs, then examples below a line "Examples:". Subcommands inherit their parent's text. */
  documented(text: string): this {
    this.text = text.trim();
    return this;
  }
}
