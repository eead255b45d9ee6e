import { shortId } from '../artifact-store/package-names.ts';
import { formatBytes, formatCount, formatNumber, printable } from '../terminal/format.ts';
import { type Answer, page } from './answer.ts';
import { type Html, html, name } from './html.ts';
import { keptCell } from './kept.ts';
import { packageLink } from './links.ts';
import { chosen, listShown, PACKAGE_SORTS, PACKAGE_STATES, type PackageFilter, type ShownPackage } from './packages.ts';
import { firstOf, pager } from './parts.ts';
import type { Asked } from './source.ts';
import { dayAndTime } from './times.ts';

const COUNT = 100;
/** Others can be found by text. */
const MAX_CHOICES = 200;

/** All packages of the store, with search, filters and sorting. */
export async function packagesView(asked: Asked): Promise<Answer> {
  const { registry, query } = asked;
  await registry.refresh();
  const now = new Date().toISOString();
  const all = await listShown(registry, now);
  const filter = filterIn(query);
  const found = chosen(all, filter);
  const first = firstOf(query);
  const rows = found.slice(first, first + COUNT).map((item) => row(item, now));
  const isAll = found.length === all.length;
  return page(
    'Packages',
    html`<h1>Packages</h1>
    ${renderForm(all, filter)}
    <p role="status" class="quiet">${isAll ? formatCount(all.length, 'package') : `${formatNumber(found.length)} of ${formatCount(all.length, 'package')}`}</p>
    ${rows.length === 0 ? html`<p>${all.length === 0 ? 'There are no packages yet.' : 'No package matches.'}</p>` : renderTable(rows)}
    ${pager({ first, count: COUNT, total: found.length }, query)}`,
  );
}

function filterIn(query: URLSearchParams): PackageFilter {
  const text = (key: string) => query.get(key) || undefined;
  return {
    text: text('text'),
    subject: text('subject'),
    retentionClass: text('class'),
    state: PACKAGE_STATES.find((state) => state === query.get('state')),
    sort: PACKAGE_SORTS.find((sort) => sort === query.get('sort')),
  };
}

function renderForm(
  all: readonly ShownPackage[],
  { text = '', subject, retentionClass, state, sort }: PackageFilter,
): Html {
  return html`<form class="filters card" role="search" action="/">
    <label>Search <input type="search" name="text" value="${text}" placeholder="note, label, subject, id, digest"></label>
    ${choice('Subject', 'subject', valuesOf(all.map(({ about }) => about.subject)), subject)}
    ${choice('Class', 'class', valuesOf(all.map(({ about }) => about.retentionClass)), retentionClass)}
    ${choice('State', 'state', PACKAGE_STATES, state)}
    ${choice('Sort', 'sort', PACKAGE_SORTS, sort ?? 'newest')}
    <button>Show</button>
  </form>`;
}

function choice(label: string, key: string, values: readonly string[], chosenValue: string | undefined): Html {
  const options = values.map(
    (value) =>
      html`<option value="${value}"${value === chosenValue ? html` selected` : null}>${printable(value)}</option>`,
  );
  return html`<label>${label} <select name="${key}">${key === 'sort' ? null : html`<option value="">all</option>`}${options}</select></label>`;
}

function valuesOf(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort().slice(0, MAX_CHOICES);
}

/** Roles are explicit because narrow pages show the table as blocks, which removes its implicit roles. */
function renderTable(rows: readonly Html[]): Html {
  const titles = ['Made', 'Package', 'Entries', 'Size', 'Kept'];
  return html`<table class="timeline card" role="table" aria-label="Packages">
    <thead role="rowgroup"><tr role="row">${titles.map(
      (title, i) =>
        html`<th scope="col" role="columnheader"${i === 2 || i === 3 ? html` class="number"` : null}>${title}</th>`,
    )}</tr></thead><tbody role="rowgroup">${rows}</tbody></table>`;
}

function row(item: ShownPackage, now: string): Html {
  const { about, note, labels, disposal } = item;
  return html`<tr role="row"${disposal === null ? null : html` class="gone"`}>
    <th scope="row" role="rowheader">${dayAndTime(about.createdAt)}</th>
    <td role="cell" class="package"><p class="note"><a href="${packageLink(about.id)}">${note ? name(note) : 'Package'} <code>${shortId(about.id)}</code></a></p>
      <p class="quiet">${name(about.subject)}${labels.map((label) => html` <span class="badge">${name(label)}</span>`)}</p></td>
    <td role="cell" data-label="Entries" class="number">${formatNumber(about.fileCount)}</td>
    <td role="cell" data-label="Size" class="number">${formatBytes(about.totalBytes)}</td>
    <td role="cell" data-label="Kept" class="kept">${keptCell(item, about.retentionClass, now)}</td>
  </tr>`;
}
