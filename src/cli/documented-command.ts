import { Command } from 'commander';

/** A command with the text that follows its options in the whole help, the manual page and docs/cli.md. */
export class DocumentedCommand extends Command {
  text = '';

  /** Takes paragraphs, then examples below a line "Examples:". The commands of a group have those of the group. */
  documented(text: string): this {
    this.text = text.trim();
    return this;
  }
}
