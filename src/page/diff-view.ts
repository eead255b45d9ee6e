import { basename } from 'node:path/posix';
import { ArchiveError } from '../artifact-store/errors.ts';
import { findEntry } from '../artifact-store/manifest/lookup.ts';
import { type ContentEntry, type FileEntry, isContentEntry } from '../artifact-store/manifest/model.ts';
import { shortId } from '../artifact-store/package-names.ts';
import type { PackageSummary } from '../artifact-store/registry.ts';
import { findPackage } from '../infospace/find-package.ts';
import { type Hunk, lineChanges, MAX_TEXT_BYTES } from '../infospace/line-changes.ts';
import { formatBytes, formatNumber } from '../terminal/format.ts';
import { type Answer, page } from './answer.ts';
import { askedPath, titleOf } from './asked-package.ts';
import { type Html, html, name } from './html.ts';
import { aboutEntry, shownAs } from './kinds.ts';
import { compareLink, fileLink, rawLink } from './links.ts';
import type { Asked } from './source.ts';
import { printableLine } from './text.ts';

/** Limit for lines on a page. */
const MAX_ROWS = 2000;

interface Side {
  about: PackageSummary;
  path: string;
  entry: FileEntry | undefined;
}

/** One file in two packages, side by side. */
export async function diffView(asked: Asked): Promise<Answer> {
  const path = askedPath(asked, 'path');
  const from = asked.query.has('from') ? askedPath(asked, 'from') : path;
  const before = await sideOf(asked, 'before', from);
  const after = await sideOf(asked, 'after', path);
  if (before.entry === undefined && after.entry === undefined)
    throw new ArchiveError(
      'NOT_FOUND',
      `${JSON.stringify(path)} is in neither package; choose a file from the comparison.`,
    );
  return page(
    `Changes of ${path}`,
    html`<nav class="crumbs" aria-label="Place"><ol><li><a href="${compareLink(before.about.id, after.about.id)}">Compare</a></li><li><span aria-current="page">${name(path)}</span></li></ol></nav>
    <h1>${name(basename(path))}</h1>
    ${await renderSides(asked, before, after)}`,
  );
}

async function sideOf(
  { query, registry, manifests, root }: Asked,
  key: 'before' | 'after',
  path: string,
): Promise<Side> {
  const about = await findPackage(query.get(key) ?? '', registry, { root });
  const entry = findEntry((await manifests.of(about.id)).files, path);
  return { about, path, entry: entry === 'folder' ? undefined : entry };
}

async function renderSides(asked: Asked, before: Side, after: Side): Promise<Html> {
  const [old, now] = [contentIn(before), contentIn(after)];
  if (isPicture(before) && isPicture(after))
    return html`<div class="pictures">${[before, after].map(({ about, path }) => html`<figure class="card padded"><img src="${rawLink(about.id, path)}" alt="The picture in ${titleOf(about)}"></figure>`)}</div>`;
  const rows = await rowsOf(asked, old, now);
  const isWords = typeof rows === 'string';
  const shown = isWords ? [] : rows.slice(0, MAX_ROWS);
  return html`<div class="scroll card" tabindex="0" role="region" aria-label="Lines"><table class="diff"><colgroup><col class="number"><col><col class="number"><col></colgroup>
    <thead><tr>${sideHead(before)}${sideHead(after)}</tr></thead><tbody>${shown}</tbody></table></div>
    ${isWords ? html`<p>${rows}</p>` : rows.length > MAX_ROWS ? html`<p>${formatNumber(rows.length - MAX_ROWS)} more lines are left out; <code>infospace-archive diff ${shortId(before.about.id)} ${shortId(after.about.id)} --patch</code> has them all.</p>` : null}`;
}

function contentIn({ entry }: Side): ContentEntry | undefined {
  return entry !== undefined && isContentEntry(entry) ? entry : undefined;
}

function isPicture(side: Side): boolean {
  return contentIn(side) !== undefined && shownAs(side.path) === 'image';
}

function sideHead({ about, path, entry }: Side): Html {
  const where = html`${name(titleOf(about))} <code>${shortId(about.id)}</code>`;
  if (entry === undefined) return html`<th scope="col" colspan="2">${where}<small>not there</small></th>`;
  const target = entry.kind === 'symlink' ? html`<small>to ${name(entry.target)}</small>` : null;
  return html`<th scope="col" colspan="2"><a href="${fileLink(about.id, path)}">${where}</a><small>${aboutEntry(entry)}</small>${target}</th>`;
}

/** The lines that differ, or why there are none. */
async function rowsOf(
  { registry, signal }: Asked,
  old: ContentEntry | undefined,
  now: ContentEntry | undefined,
): Promise<Html[] | string> {
  if (Math.max(old?.size ?? 0, now?.size ?? 0) > MAX_TEXT_BYTES)
    return `The files are larger than ${formatBytes(MAX_TEXT_BYTES)}, so their lines are not compared.`;
  const load = async (entry: ContentEntry | undefined) =>
    entry === undefined ? Buffer.alloc(0) : (await registry.loadFiles([entry], signal))[0]!;
  const hunks = await lineChanges(await load(old), await load(now));
  if (hunks === 'binary') return 'The content is not text, so its lines are not compared.';
  return hunks.length === 0 ? 'The content is the same.' : hunks.flatMap(hunkRows);
}

/** Places removed lines beside the added ones that replace them. */
function hunkRows({ oldStart, newStart, lines }: Hunk, index: number): Html[] {
  const rows: Html[] = index === 0 ? [] : [html`<tr class="gap"><td colspan="4">…</td></tr>`];
  let [oldLine, newLine] = [oldStart, newStart];
  let [gone, come]: [string[], string[]] = [[], []];
  const flush = () => {
    for (let i = 0; i < Math.max(gone.length, come.length); i++) {
      rows.push(html`<tr>${cells(gone[i], 'del', () => oldLine++)}${cells(come[i], 'ins', () => newLine++)}</tr>`);
    }
    [gone, come] = [[], []];
  };
  for (const line of lines) {
    const text = line.slice(1);
    if (line.startsWith('-')) gone.push(text);
    else if (line.startsWith('+')) come.push(text);
    else if (line.startsWith(' ')) {
      flush();
      rows.push(html`<tr>${cells(text, 'same', () => oldLine++)}${cells(text, 'same', () => newLine++)}</tr>`);
    }
  }
  flush();
  return rows;
}

function cells(text: string | undefined, kind: 'del' | 'ins' | 'same', next: () => number): Html {
  if (text === undefined) return html`<td class="number"></td><td></td>`;
  const shown = printableLine(text.replace(/\r$/, ''));
  const line = kind === 'del' ? html`<del>${shown}</del>` : kind === 'ins' ? html`<ins>${shown}</ins>` : shown;
  return html`<td class="number">${next()}</td><td class="${kind}">${line}</td>`;
}
