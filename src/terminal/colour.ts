import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours a text on a terminal, unless NO_COLOR or --no-color is set. */
export function coloured(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return stream.isTTY ? styleText(style, text, { stream }) : text;
}
