import { runInNewContext } from 'node:vm';
import { Marked, type Tokens } from 'marked';
import { Html, html } from './html.ts';
import { printableLine } from './text.ts';

/** A whole book is smaller. */
export const MAX_MARKDOWN_BYTES: number = 512 * 1024;
/** Some texts take a time that grows with the square of their length; nobody waits longer for a better view of a text. */
const MAX_MS = 1000;

const marked = new Marked({
  gfm: true,
  renderer: {
    // The page goes nowhere by itself, and a link in the text would lead out of the archive.
    link({ href, tokens }: Tokens.Link) {
      const shown = this.parser.parseInline(tokens);
      const address = html`${href}`.text;
      return shown === address ? shown : `${shown} <span class="address">(${address})</span>`;
    },
    image({ href, text }: Tokens.Image) {
      return html`<span class="address">[image: ${text} (${href})]</span>`.text;
    },
    html({ text }: Tokens.HTML | Tokens.Tag) {
      return html`${text}`.text;
    },
  },
});

/** Markdown as HTML without links, images and HTML of its own; undefined for what cannot be read as such in time. */
export function renderMarkdown(text: string): Html | undefined {
  const source = text.replaceAll('\r\n', '\n').split('\n').map(printableLine).join('\n');
  try {
    const render = () => marked.parse(source, { async: false });
    return new Html(String(runInNewContext('render()', { render }, { timeout: MAX_MS })));
  } catch (error) {
    const isTooMuch = (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    if (isTooMuch || error instanceof RangeError) return undefined;
    throw error;
  }
}
