import { printable } from '../terminal/format.ts';
import { COPY_SCRIPT } from './copy-script.ts';
import { type Html, html, name } from './html.ts';
import { FRAME_STYLE, OWN_STYLE } from './own-style.ts';
import { pagePolicy } from './policy.ts';
import { ICON } from './style.ts';

const SCRIPT = `'use strict';${COPY_SCRIPT}`;

/** The policy of our pages. They may frame each other: an error in place of rendered Markdown is such a page. */
export const PAGE_POLICY: string = pagePolicy({ script: SCRIPT, style: OWN_STYLE }, [
  "img-src 'self' data:",
  "frame-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'self'",
]);

/** The policy of rendered Markdown, which may do nothing. */
export const FRAME_POLICY: string = pagePolicy({ style: FRAME_STYLE }, [
  "form-action 'none'",
  "frame-ancestors 'self'",
  'sandbox',
]);

const VIEWS = [
  ['Packages', '/'],
  ['Compare', '/compare'],
  ['Log', '/log'],
] as const;

/** The page up to its view. */
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

/** The rest of the page. */
export const PAGE_END: string = `</main>
<footer><p>Read-only and on this machine only, until the command that started it ends. Times are UTC.</p></footer>
<p id="said" class="visually-hidden" role="status"></p>
<script>${SCRIPT}</script></body></html>
`;

export function framePage(body: Html): string {
  return `${head('Rendered text').text}<style>${FRAME_STYLE}</style></head>\n<body>${body.text}</body></html>\n`;
}

/** Redirects from the address with the token to the page, which keeps the token out of the browser history. */
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
