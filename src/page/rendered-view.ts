import { ArchiveError } from '../artifact-store/errors.ts';
import type { Answer } from './answer.ts';
import { askedPackage } from './asked-package.ts';
import { html } from './html.ts';
import { MAX_MARKDOWN_BYTES, renderMarkdown } from './markdown.ts';
import { requireFile } from './raw-view.ts';
import { readPart } from './read-part.ts';
import type { Asked } from './source.ts';
import { printableLine } from './text.ts';

/** Rendered Markdown for the frame in the file's page. */
export async function renderedView(asked: Asked): Promise<Answer> {
  const entry = await requireFile(asked, (await askedPackage(asked)).id);
  if (entry.size > MAX_MARKDOWN_BYTES)
    throw new ArchiveError('USAGE', `${JSON.stringify(entry.path)} is too long to be rendered; view its text.`);
  const text = (await readPart(asked, entry, 0, entry.size)).toString();
  const rendered = renderMarkdown(text);
  if (rendered) return { kind: 'frame', body: html`<article>${rendered}</article>` };
  const lines = text.split('\n').map(printableLine).join('\n');
  return {
    kind: 'frame',
    body: html`<p class="quiet">This Markdown takes too long to render, so its text is shown.</p><pre>${lines}</pre>`,
  };
}
