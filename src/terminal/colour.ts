import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** In colour where a terminal shows it, and NO_COLOR or --no-color does not forbid it. */
export function coloured(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return stream.isTTY ? styleText(style, text, { stream }) : text;
}
