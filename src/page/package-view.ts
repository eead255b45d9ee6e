import { ArchiveError } from '../artifact-store/errors.ts';
import { entriesWithin } from '../artifact-store/manifest/lookup.ts';
import { beforeInSubject, findPackageOrTombstone } from '../infospace/find-package.ts';
import { formatBytes, formatCount, formatNumber } from '../terminal/format.ts';
import { type Answer, page } from './answer.ts';
import { askedPackage, askedPath, titleOf } from './asked-package.ts';
import { type Child, type FolderPart, folderPart } from './folder.ts';
import { type Html, html, name } from './html.ts';
import { keptCell } from './kept.ts';
import { kindOf, sizeOf } from './kinds.ts';
import { compareLink, crumbs, fileLink, folderLink, logLink } from './links.ts';
import { type ShownPackage, shownPackage } from './packages.ts';
import { copied, digest, facts, firstOf, pager } from './parts.ts';
import { restoreCommand, restoreStep } from './restore.ts';
import type { Asked } from './source.ts';
import { minute } from './times.ts';

const COUNT = 500;

/** The metadata of a package, and the contents of its root. */
export async function packageView(asked: Asked): Promise<Answer> {
  const { registry, manifests, root, reference, query } = asked;
  const about = await findPackageOrTombstone(reference, registry, { root });
  const now = new Date().toISOString();
  const found = await shownPackage(about, registry, now);
  const title = titleOf(about);
  if (found.disposal !== null)
    return page(title, html`${crumbs(about.id, title, '')}${heading(found, undefined)}${renderFacts(found, {}, now)}`);
  const { files, package: described, provenance } = await manifests.of(about.id);
  const part = folderPart(files, { folder: '', first: firstOf(query), count: COUNT })!;
  const before = await beforeInSubject(about, registry);
  return page(
    title,
    html`${crumbs(about.id, title, '')}${heading(found, described.metadata['note'])}
    <p class="actions">${before === undefined ? null : html`<a href="${compareLink(before.id, about.id)}">Compare with the previous package</a> `}<a href="${logLink(about.id)}">Events of this package</a></p>
    ${renderFacts(found, provenance, now)}
    <h2 id="files">Files</h2>${renderFolder(about.id, part, query)}
    <h2>Restore</h2>
    ${copied('On a command line', restoreCommand(about.id, asked.from))}
    ${copied('In a workflow', restoreStep(about.manifestDigest))}`,
  );
}

/** The contents of a folder of a package. */
export async function folderView(asked: Asked): Promise<Answer> {
  const about = await askedPackage(asked);
  const folder = askedPath(asked, 'folder');
  const { files } = await asked.manifests.of(about.id);
  const part = folderPart(folder === '' ? files : entriesWithin(files, folder), {
    folder,
    first: firstOf(asked.query),
    count: COUNT,
  });
  if (part === undefined)
    throw new ArchiveError(
      'NOT_FOUND',
      `${JSON.stringify(folder)} is not a folder of the package; choose one from its list.`,
    );
  return page(
    folder === '' ? titleOf(about) : folder,
    html`${crumbs(about.id, titleOf(about), folder)}<h1>${name(folder.split('/').at(-1)!)}</h1>
    <p class="quiet">${formatCount(part.entries, 'entry', 'entries')}, ${formatBytes(part.bytes)}</p>
    ${renderFolder(about.id, part, asked.query)}`,
  );
}

function heading({ about, note, labels }: ShownPackage, firstNote: string | undefined): Html {
  const shown = note ?? firstNote;
  return html`<h1>${shown ? name(shown) : html`${name(about.subject)}`}</h1>
    <p class="quiet">${name(about.subject)}, made ${minute(about.createdAt)}${labels.map((label) => html` <span class="badge">${name(label)}</span>`)}</p>`;
}

function renderFacts(found: ShownPackage, provenance: Readonly<Record<string, string>>, now: string): Html {
  const { about } = found;
  return html`<div class="card padded">${facts([
    ['Kept', keptCell(found, about.retentionClass, now)],
    ['Content', `${formatCount(about.fileCount, 'entry', 'entries')}, ${formatBytes(about.totalBytes)}`],
    ['Producer', about.producer],
    ['Package id', digest(about.id)],
    ['Manifest digest', digest(about.manifestDigest)],
    ['Content digest', digest(about.contentDigest)],
    ...Object.entries(provenance).map(([key, value]) => [key.replaceAll('_', ' '), value] as const),
  ])}</div>`;
}

function renderFolder(id: string, part: FolderPart, query: URLSearchParams): Html {
  if (part.total === 0) return html`<p class="quiet">It is empty.</p>`;
  return html`<div class="scroll card" tabindex="0" role="region" aria-label="Files"><table class="files">
    <thead><tr><th scope="col">Name</th><th scope="col">Kind</th><th scope="col" class="number">Size</th></tr></thead>
    <tbody>${part.children.map((child) => childRow(id, child))}</tbody></table></div>
    ${pager({ first: firstOf(query), count: COUNT, total: part.total }, query)}`;
}

function childRow(id: string, child: Child): Html {
  if ('folder' in child) {
    const { folder, entries, bytes } = child;
    return html`<tr><th scope="row"><a href="${folderLink(id, folder)}">${name(`${child.name}/`)}</a></th><td>${formatNumber(entries)} below</td><td class="number">${formatBytes(bytes)}</td></tr>`;
  }
  const { entry } = child;
  const label = entry.kind === 'directory' ? `${child.name}/` : child.name;
  return html`<tr><th scope="row"><a href="${fileLink(id, entry.path)}">${name(label)}</a></th><td>${kindOf(entry)}</td><td class="number">${sizeOf(entry)}</td></tr>`;
}
