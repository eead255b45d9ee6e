import { runInNewContext } from 'node:vm';
import { Marked, type Tokens } from 'marked';
import { Html, html } from './html.ts';
import { printableLine } from './text.ts';

/** A whole book is smaller. */
export const MAX_MARKDOWN_BYTES: number = 512 * 1024;
/** Some texts take a time that grows with the square of their length; nobody waits longer for a better view of a text. */
const MAX_MS = 1000;

/** Facts about a text in YAML, which would else be a heading. */
const FRONT_MATTER = /^---\n(.*?)\n---(?:\n|$)/s;

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
