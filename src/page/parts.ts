import { formatNumber } from '../terminal/format.ts';
import { type Html, html, name } from './html.ts';
import { changedQuery, numberIn } from './links.ts';

/** A part of a long list. */
export interface Part {
  first: number;
  count: number;
  total: number;
}

/** Where a part of a list begins, according to the query. */
export function firstOf(query: URLSearchParams): number {
  return numberIn(query, 'first') ?? 0;
}

/** Shows which part it is, with links to the others. */
export function pager({ first, count, total }: Part, query: URLSearchParams): Html | null {
  if (total <= count && first === 0) return null;
  const last = Math.min(first + count, total);
  const link = (label: string, to: number) =>
    html`<a href="${changedQuery(query, { first: to === 0 ? undefined : String(to) })}">${label}</a> `;
  return html`<nav class="pager" aria-label="Parts of the list"><p>${last <= first ? 'None' : `${formatNumber(first + 1)} to ${formatNumber(last)}`} of ${formatNumber(total)}</p>
    <p>${first > 0 ? html`${link('First', 0)}${link('Previous', Math.max(0, first - count))}` : null}${
      last < total ? html`${link('Next', first + count)}${link('Last', Math.floor((total - 1) / count) * count)}` : null
    }</p></nav>`;
}

/** Text with a copy button, which is shown only if scripts run. */
export function copied(label: string, text: string): Html {
  return html`<div class="copied"><div class="copied-head"><h3>${label}</h3><button type="button" class="scripted" data-copy="${text}">Copy<span class="visually-hidden"> ${label}</span></button></div>
    <pre class="command"><code>${text}</code></pre></div>`;
}

/** Labels and values. */
export function facts(values: readonly (readonly [label: string, value: string | Html | undefined])[]): Html {
  return html`<dl class="facts">${values.map(([label, value]) =>
    value === undefined || value === ''
      ? null
      : html`<div><dt>${label}</dt><dd>${typeof value === 'string' ? name(value) : value}</dd></div>`,
  )}</dl>`;
}

export function digest(text: string): Html {
  return html`<code>${name(text)}</code>`;
}

/** Links to the views of one thing. */
export function tabs(label: string, links: readonly (readonly [title: string, href: string, isHere: boolean])[]): Html {
  return html`<nav class="tabs" aria-label="${label}"><ul>${links.map(
    ([title, href, isHere]) =>
      html`<li><a href="${href}"${isHere ? html` aria-current="page"` : null}>${title}</a></li>`,
  )}</ul></nav>`;
}
