import { printable } from '../terminal/format.ts';
import { COPY_SCRIPT } from './copy-script.ts';
import { type Html, html, name } from './html.ts';
import { FRAME_STYLE, OWN_STYLE } from './own-style.ts';
import { pagePolicy } from './policy.ts';

const SCRIPT = `'use strict';${COPY_SCRIPT}`;

/** What a page of ours may do. Only our pages may frame it: an error in place of rendered Markdown is a page as well. */
export const PAGE_POLICY: string = pagePolicy({ script: SCRIPT, style: OWN_STYLE }, [
  "img-src 'self' data:",
  "frame-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'self'",
]);

/** What Markdown may do: nothing. */
export const FRAME_POLICY: string = pagePolicy({ style: FRAME_STYLE }, [
  "form-action 'none'",
  "frame-ancestors 'self'",
  'sandbox',
]);

const ICON =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><rect x='2' y='2' width='12' height='12' rx='3' fill='%230a6aa8'/></svg>";

const VIEWS = [
  ['Packages', '/'],
  ['Compare', '/compare'],
  ['Log', '/log'],
] as const;

/** What stands before a view. */
export function pageStart(site: string, title: string, path: string): string {
  const links = VIEWS.map(
    ([label, href]) =>
      html`<li><a href="${href}"${href === path ? html` aria-current="page"` : null}>${label}</a></li>`,
  );
  const start = html`${head(`${title} – ${site}`)}<link rel="icon" href="${ICON}">\n<style>`;
  const rest = html`<body><a class="skip" href="#main">Skip to the content</a>
<header class="site"><p>${name(site)}</p><nav aria-label="Views"><ul>${links}</ul></nav></header>
<main id="main" tabindex="-1">`;
  return `${start.text}${OWN_STYLE}</style></head>\n${rest.text}`;
}

/** What stands behind it. */
export const PAGE_END: string = `</main>
<footer><p>Read-only, on this machine alone; it ends with the command that started it. Times are UTC.</p></footer>
<p id="said" class="visually-hidden" role="status"></p>
<script>${SCRIPT}</script></body></html>
`;

export function framePage(body: Html): string {
  return `${head('Rendered text').text}<style>${FRAME_STYLE}</style></head>\n<body>${body.text}</body></html>\n`;
}

/** Takes the browser from the address with the token to the page, so that the token is in no history. */
export function entrance(): string {
  return html`${head('Opening')}<meta http-equiv="refresh" content="0; url=/"></head><body><p><a href="/">Open the page</a></p></body></html>`
    .text;
}

function head(title: string): Html {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${printable(title)}</title>
`;
}
