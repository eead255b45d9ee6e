import type { InfospaceReport } from '../infospace/report.ts';
import { type Html, html, name } from '../page/html.ts';
import { pagePolicy } from '../page/policy.ts';
import type { RestoreFrom } from '../page/restore.ts';
import { ICON, STYLE } from '../page/style.ts';
import { minute } from '../page/times.ts';
import { printable } from '../terminal/format.ts';
import { embeddedLists, renderComparison } from './comparison.ts';
import { chooseFileLists } from './file-lists.ts';
import { renderPlots } from './plots.ts';
import { renderRetention } from './retention.ts';
import { SCRIPT } from './script.ts';
import { renderSummary } from './summary.ts';
import { renderTimeline } from './timeline.ts';

/** The first bytes of a report, by which it is recognized. */
export const REPORT_START =
  '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="generator" content="infospace-archive report">\n';

const POLICY = pagePolicy({ script: SCRIPT, style: STYLE }, ['img-src data:', "form-action 'none'"]);

const SECTIONS = [
  ['growth', 'Growth'],
  ['packages', 'Packages'],
  ['compare', 'Compare'],
  ['retention', 'Retention'],
] as const;

/**
 * Returns a self-contained page: it loads nothing, and its content security policy allows only its own script.
 * @param from names the infospace in restore commands, for a reader in the folder where the report was made.
 * @experimental
 */
export function renderReport(report: InfospaceReport, from: RestoreFrom): string {
  const title = `${printable(report.title)}: archive report`;
  const lists = chooseFileLists(report.files);
  const compared = report.packages.filter(({ added }) => added !== null).slice(lists.leftOut);
  const body: Record<(typeof SECTIONS)[number][0], Html> = {
    growth: renderPlots(report),
    packages: html`${renderTimeline(report, from, compared)}${embeddedLists(compared, lists)}`,
    compare: renderComparison(compared, lists),
    retention: renderRetention(report),
  };
  const page = html`<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<link rel="icon" href="${ICON}">
<style>`;
  const rest = html`<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
  <p class="kicker">Archive report</p>
  <h1><bdi>${printable(report.title)}</bdi></h1>
  <p class="quiet">${report.title === report.subject ? null : html`Subject ${name(report.subject)}. `}As of ${minute(report.madeAt)}. Relative times count from then.</p>
  <nav aria-label="Sections"><ul>${SECTIONS.map(([id, label]) => html`<li><a href="#${id}">${label}</a></li>`)}</ul></nav>
</header>
<main id="main" tabindex="-1">
  <section aria-label="Summary">${renderSummary(report)}</section>
  ${SECTIONS.map(([id, label]) => html`<section aria-labelledby="${id}"><h2 id="${id}">${label}</h2>${body[id]}</section>`)}
</main>
<footer class="quiet">
  <p>New bytes are in contents that no earlier package here has. Disposed packages are listed, but not counted.</p>
  <p>Run restore commands in the folder where this report was made, with the same store.</p>
</footer>
<p id="said" class="visually-hidden" role="status"></p>
<script>`;
  return `${REPORT_START}${page.text}${STYLE}</style>\n</head>\n${rest.text}${SCRIPT}</script>\n</body>\n</html>\n`;
}
