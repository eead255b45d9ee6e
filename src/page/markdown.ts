import { runInNewContext } from 'node:vm';
import { Marked, type Tokens } from 'marked';
import { Html, html } from './html.ts';
import { printableLine } from './text.ts';

/** Larger than a book. */
export const MAX_MARKDOWN_BYTES: number = 512 * 1024;
/** Some texts take time that grows with the square of their length. */
const MAX_MS = 1000;

/** YAML metadata, which Markdown would read as a heading. */
const FRONT_MATTER = /^---\n(.*?)\n---(?:\n|$)/s;

const marked = new Marked({
  gfm: true,
  renderer: {
    // Links in the text would lead out of the archive.
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

/** Markdown as HTML without links, images and raw HTML; undefined when it cannot be parsed in time. */
export function renderMarkdown(text: string): Html | undefined {
  const source = text.replaceAll('\r\n', '\n').split('\n').map(printableLine).join('\n');
  const [head, facts = ''] = FRONT_MATTER.exec(source) ?? [''];
  try {
    const render = () => marked.parse(source.slice(head.length), { async: false });
    const rest = new Html(String(runInNewContext('render()', { render }, { timeout: MAX_MS })));
    return head === '' ? rest : html`<pre>${facts}</pre>${rest}`;
  } catch (error) {
    const isTooMuch = (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    if (isTooMuch || error instanceof RangeError) return undefined;
    throw error;
  }
}
