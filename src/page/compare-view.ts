import { type FileEntry, isContentEntry } from '../artifact-store/manifest/model.ts';
import { shortId } from '../artifact-store/package-names.ts';
import type { PackageSummary } from '../artifact-store/registry.ts';
import { type Change, pathOf } from '../infospace/compare.ts';
import { compareManifests } from '../infospace/compare-manifests.ts';
import { findPackage } from '../infospace/find-package.ts';
import { statusCounts } from '../terminal/changes.ts';
import { formatCount, printable } from '../terminal/format.ts';
import { type Answer, page } from './answer.ts';
import { titleOf } from './asked-package.ts';
import { type Html, html, name } from './html.ts';
import { aboutEntry } from './kinds.ts';
import { fileLink, packageLink, withQuery } from './links.ts';
import { firstOf, pager } from './parts.ts';
import type { Asked } from './source.ts';
import { plainMinute } from './times.ts';

const COUNT = 200;
/** Number of suggested packages. */
const SUGGESTED = 100;

/** Two packages side by side: added, removed, changed and renamed entries. */
export async function compareView(asked: Asked): Promise<Answer> {
  const { query, registry, manifests, root } = asked;
  const form = await renderForm(asked);
  const [before, after] = ['before', 'after'].map((key) => query.get(key)?.trim() ?? '');
  if (!before || !after) return page('Compare', html`<h1>Compare</h1>${form}`);
  const [old, now] = [await findPackage(before, registry, { root }), await findPackage(after, registry, { root })];
  const { changes, unchanged } = compareManifests(await manifests.of(old.id), await manifests.of(now.id));
  const first = firstOf(query);
  const shown = changes.slice(first, first + COUNT);
  return page(
    'Compare',
    html`<h1>Compare</h1>${form}
    <p role="status" class="counts">${counts(changes, unchanged)}</p>
    ${shown.length === 0 ? null : renderChanges(shown, old, now)}
    ${pager({ first, count: COUNT, total: changes.length }, query)}`,
  );
}

async function renderForm({ query, registry }: Asked): Promise<Html> {
  const packages = (await registry.listPackages()).slice(-SUGGESTED).reverse();
  const options = packages.map(
    ({ id, createdAt, subject }) =>
      html`<option value="${shortId(id)}">${plainMinute(createdAt)}, ${printable(subject)}</option>`,
  );
  const field = (label: string, key: string) =>
    html`<label>${label} <input name="${key}" value="${query.get(key) ?? ''}" list="packages" required placeholder="id, latest~1, a label"></label>`;
  return html`<form class="filters card" action="/compare">${field('From', 'before')}${field('To', 'after')}<datalist id="packages">${options}</datalist><button>Compare</button></form>`;
}

function counts(changes: readonly Change[], unchanged: number): string {
  const same = `${formatCount(unchanged, 'entry is', 'entries are')} the same`;
  return changes.length === 0 ? `No difference: ${same}.` : `${statusCounts(changes)}; ${same}.`;
}

function renderChanges(changes: readonly Change[], old: PackageSummary, now: PackageSummary): Html {
  const head = (found: PackageSummary) =>
    html`<th scope="col"><a href="${packageLink(found.id)}">${name(titleOf(found))}</a> <code>${shortId(found.id)}</code></th>`;
  return html`<div class="scroll card" tabindex="0" role="region" aria-label="Changes"><table class="sides">
    <thead><tr><th scope="col">Change</th>${head(old)}${head(now)}</tr></thead>
    <tbody>${changes.map((change) => changeRow(change, old, now))}</tbody></table></div>`;
}

function changeRow(change: Change, old: PackageSummary, now: PackageSummary): Html {
  const before = 'before' in change ? change.before : undefined;
  const after = 'after' in change ? change.after : undefined;
  const path = pathOf(change);
  const isText = [before, after].some((entry) => entry !== undefined && isContentEntry(entry));
  const more = { before: old.id, after: now.id, path, ...(before && before.path !== path && { from: before.path }) };
  const link = html`<a href="${withQuery('/compare/file', more)}">${change.status}<span class="visually-hidden"> ${printable(path)}</span></a>`;
  return html`<tr><th scope="row">${isText ? link : change.status}</th>${side(before, old)}${side(after, now)}</tr>`;
}

function side(entry: FileEntry | undefined, { id }: PackageSummary): Html {
  if (entry === undefined) return html`<td class="quiet">–</td>`;
  return html`<td><a href="${fileLink(id, entry.path)}">${name(entry.path)}</a><small>${aboutEntry(entry)}</small></td>`;
}
