import { type Html, html, name } from './html.ts';

/** File paths are query values: in a URL path they would lose `..` and double slashes. */

export function packageLink(id: string): string {
  return `/packages/${encodeURIComponent(id)}`;
}

export function folderLink(id: string, folder: string): string {
  return folder === '' ? packageLink(id) : withQuery(`${packageLink(id)}/files`, { folder });
}

/** The page of a file or a link. */
export function fileLink(id: string, path: string, more: Record<string, string> = {}): string {
  return withQuery(`${packageLink(id)}/file`, { path, ...more });
}

export function versionsLink(id: string, path: string): string {
  return withQuery(`${packageLink(id)}/versions`, { path });
}

/** The bytes of a file, for the browser to show if it can. */
export function rawLink(id: string, path: string): string {
  return withQuery(`${packageLink(id)}/raw`, { path });
}

export function downloadLink(id: string, path: string): string {
  return withQuery(`${packageLink(id)}/raw`, { path, download: '1' });
}

export function renderedLink(id: string, path: string): string {
  return withQuery(`${packageLink(id)}/rendered`, { path });
}

export function compareLink(before: string, after: string): string {
  return withQuery('/compare', { before, after });
}

export function logLink(packageId: string): string {
  return withQuery('/log', { package: packageId });
}

export function withQuery(path: string, query: Record<string, string>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? path : `${path}?${text}`;
}

/** The same address with other values; undefined removes one. */
export function changedQuery(query: URLSearchParams, changes: Record<string, string | undefined>): string {
  const changed = new URLSearchParams(query);
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) changed.delete(key);
    else changed.set(key, value);
  }
  return `?${changed}`;
}

/** Where a part begins, or the last event to show. */
export function numberIn(query: URLSearchParams, key: string): number | undefined {
  const text = query.get(key) ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Links to the folders above a path. */
export function crumbs(id: string, title: string, path: string): Html {
  const names = path === '' ? [] : path.split('/');
  const links = names.map((part, i) => {
    const folder = names.slice(0, i + 1).join('/');
    return i === names.length - 1
      ? html`<li><span aria-current="page">${name(part)}</span></li>`
      : html`<li><a href="${folderLink(id, folder)}">${name(part)}</a></li>`;
  });
  return html`<nav class="crumbs" aria-label="Place"><ol><li><a href="${packageLink(id)}">${name(title)}</a></li>${links}</ol></nav>`;
}
