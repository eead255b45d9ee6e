import { basename } from 'node:path/posix';
import { type ContentEntry, type FileEntry, isContentEntry } from '../artifact-store/manifest/model.ts';
import type { PackageSummary } from '../artifact-store/registry.ts';
import { formatBytes, formatCount } from '../terminal/format.ts';
import { type Answer, page } from './answer.ts';
import { askedPackage, askedPath, requireEntry, titleOf } from './asked-package.ts';
import { type Html, html, name } from './html.ts';
import { extensionOf, kindOf, shownAs } from './kinds.ts';
import { crumbs, downloadLink, fileLink, rawLink, renderedLink, versionsLink } from './links.ts';
import { MAX_MARKDOWN_BYTES } from './markdown.ts';
import { folderView } from './package-view.ts';
import { digest, facts, tabs } from './parts.ts';
import { readPart } from './read-part.ts';
import type { Asked } from './source.ts';
import { delimiterOf, MAX_ROWS, readDelimited, readJsonLines, type Table } from './tables.ts';
import { isPartOfText } from './text.ts';
import { PART_BYTES, textPart } from './text-part.ts';

/** Bytes read for a table; a thousand rows rarely need more. */
const TABLE_BYTES = 2 * 1024 * 1024;
const MAX_CELL = 300;

/** One entry of a package: its metadata, and its content if a browser can show it. */
export async function fileView(asked: Asked): Promise<Answer> {
  const about = await askedPackage(asked);
  const path = askedPath(asked, 'path');
  const entry = await requireEntry(asked, about.id, path);
  if (entry === 'folder') return folderView({ ...asked, query: new URLSearchParams({ folder: path }) });
  return page(
    path,
    html`${entryHead(about, entry, 'content')}
    ${renderEntryFacts(about, entry)}
    ${isContentEntry(entry) ? await renderContent(asked, about, entry) : null}`,
  );
}

/** The heading above each view of an entry. */
export function entryHead(about: PackageSummary, { path }: FileEntry, here: 'content' | 'versions'): Html {
  return html`${crumbs(about.id, titleOf(about), path)}<h1>${name(basename(path))}</h1>
    ${tabs('Views of the file', [
      ['Content', fileLink(about.id, path), here === 'content'],
      ['Versions', versionsLink(about.id, path), here === 'versions'],
    ])}`;
}

function renderEntryFacts(about: PackageSummary, entry: FileEntry): Html {
  if (entry.kind === 'symlink') return html`<div class="card padded">${facts([['Link to', entry.target]])}</div>`;
  if (entry.kind === 'directory') return html`<p class="quiet">An empty folder.</p>`;
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  const kind = kindOf(entry);
  return html`<div class="card padded">${facts([
    [
      'Size',
      `${formatBytes(entry.size)}${entry.size >= 1000 ? ` (${formatCount(entry.size, 'byte')})` : ''}${kind === '' ? '' : `, ${kind}`}`,
    ],
    ['BLAKE3', digest(hex(entry.blake3))],
    ['SHA-256', digest(hex(entry.sha256))],
  ])}<p class="actions"><a href="${downloadLink(about.id, entry.path)}" download>Download</a></p></div>`;
}

async function renderContent(asked: Asked, about: PackageSummary, entry: ContentEntry): Promise<Html> {
  if (entry.size === 0) return html`<p class="quiet">The file is empty.</p>`;
  const shown = shownAs(entry.path);
  if (shown === 'image')
    return html`<p class="picture card padded"><img src="${rawLink(about.id, entry.path)}" alt="The picture in this file"></p>`;
  if (shown === 'pdf')
    return html`<p><a href="${rawLink(about.id, entry.path)}" target="_blank" rel="noopener">Open the PDF in the browser</a></p>`;
  const isSource = asked.query.get('as') === 'text';
  const isTable = shown === 'table' && !isSource;
  const start = await readPart(asked, entry, 0, isTable ? TABLE_BYTES : PART_BYTES);
  if (!isPartOfText(start.subarray(0, PART_BYTES)))
    return html`<p class="quiet">The content is not text; download it to open it.</p>`;
  const isRich = shown === 'table' || (shown === 'markdown' && entry.size <= MAX_MARKDOWN_BYTES);
  const choices = !isRich
    ? null
    : tabs('Views of the content', [
        [shown === 'table' ? 'Table' : 'Rendered', fileLink(about.id, entry.path), !isSource],
        ['Text', fileLink(about.id, entry.path, { as: 'text' }), isSource],
      ]);
  if (isRich && !isSource && shown === 'markdown')
    return html`${choices}<iframe class="rendered card" sandbox="" src="${renderedLink(about.id, entry.path)}" title="The rendered text of the file"></iframe>`;
  const table = isTable ? readTable(entry, start) : undefined;
  return html`${choices}${table && table.rows.length > 0 ? renderTable(table) : await textPart(asked, entry, start)}`;
}

function readTable(entry: ContentEntry, start: Buffer): Table {
  const text = start.toString().replace(/^\ufeff/, '');
  const isWhole = entry.size <= TABLE_BYTES;
  const extension = extensionOf(entry.path);
  if (extension === '.jsonl' || extension === '.ndjson') return readJsonLines(text, isWhole);
  return readDelimited(text, delimiterOf(text, extension), isWhole);
}

function renderTable({ columns, rows, isCut }: Table): Html {
  const cell = (text: string) => name(text.length > MAX_CELL ? `${text.slice(0, MAX_CELL)}…` : text);
  return html`<p class="quiet">${isCut ? `The first ${formatCount(rows.length, 'row')}, of ${MAX_ROWS} at most.` : `${formatCount(rows.length, 'row')}.`}</p>
    <div class="scroll card data" tabindex="0" role="region" aria-label="Rows"><table>
    <thead><tr><td class="number">#</td>${columns.map((title) => html`<th scope="col">${cell(title)}</th>`)}</tr></thead>
    <tbody>${rows.map((row, i) => html`<tr><th scope="row" class="number">${i + 1}</th>${columns.map((_, at) => html`<td>${cell(row[at] ?? '')}</td>`)}</tr>`)}</tbody>
    </table></div>`;
}
