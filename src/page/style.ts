export const ICON =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><rect x='2' y='2' width='12' height='12' rx='3' fill='%230a6aa8'/></svg>";

/** Text has a contrast of 4.5:1 or more against its background, drawings 3:1 (WCAG 2.2, 1.4.3 and 1.4.11). */
export const STYLE: string = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f8; --card: #ffffff; --text: #1b1f24; --quiet: #59616b; --line: #e1e4e8; --control: #858d97;
  --accent: #0a66a3; --fresh: #0a6aa8; --known: #8496a8; --area: #0a6aa826; --fine: #dff3e4; --fine-text: #155a2b;
  --held: #fdeccb; --held-text: #70450a; --alarm: #fde3e0; --alarm-text: #9b1c12; --badge: #e9ecef;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1216; --card: #171b21; --text: #e7eaee; --quiet: #a1aab5; --line: #2a3038; --control: #6f7985;
    --accent: #74b9f2; --fresh: #58a9ea; --known: #657586; --area: #58a9ea2e; --fine: #143523; --fine-text: #8fdcab;
    --held: #40300f; --held-text: #f3ca7c; --alarm: #471d19; --alarm-text: #ffb0a6; --badge: #2a3038;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
body {
  margin: 0 auto; padding: 2.5rem clamp(1rem, 4vw, 2.5rem) 3rem; max-width: 76rem; background: var(--ground); color: var(--text);
  font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
}
h1, h2, h3, p, dl, dd, ul, figure { margin: 0; }
h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -0.02em; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; letter-spacing: -0.01em; margin: 3rem 0 1rem; scroll-margin-top: 1rem; }
h3 { font-size: 0.9375rem; font-weight: 600; }
section > h3 { margin: 1.75rem 0 0.75rem; }
a { color: var(--accent); text-underline-offset: 0.2em; }
small { display: block; font-size: 0.8125rem; color: var(--quiet); }
code { font: 0.8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
main:focus { outline: none; }
.quiet, footer { color: var(--quiet); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
time { font-variant-numeric: tabular-nums; white-space: nowrap; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
html:not(.js) .scripted { display: none; }
.skip { position: absolute; left: 1rem; top: -4rem; padding: 0.5rem 1rem; background: var(--card); border-radius: 6px; z-index: 1; }
.skip:focus { top: 1rem; }
.kicker { color: var(--quiet); font-size: 0.8125rem; font-weight: 600; letter-spacing: 0.06em; text-transform: uppercase; }
header .quiet { margin-top: 0.25rem; }
nav ul, .legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; }
nav { margin: 1rem 0 1.75rem; }
nav a { display: inline-block; padding: 0.25rem 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 1px; overflow: hidden; background: var(--line); border: 1px solid var(--line); border-radius: 12px; }
.tiles > div { background: var(--card); padding: 1rem; }
.tiles dt { color: var(--quiet); font-size: 0.8125rem; }
.tiles dd { font-size: 1.1875rem; font-weight: 600; line-height: 1.4; letter-spacing: -0.01em; font-variant-numeric: tabular-nums; }
.tiles small { font-weight: 400; letter-spacing: 0; }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem; margin-bottom: 0.75rem; }
.figures figure { padding: 1.25rem; min-width: 0; }
.legend { margin: 0.25rem 0 1rem; font-size: 0.8125rem; color: var(--quiet); gap: 0.125rem 1rem; }
.legend li { display: flex; align-items: center; gap: 0.4rem; }
.key { width: 0.7rem; height: 0.7rem; }
.plot { display: grid; grid-template-columns: auto minmax(0, 1fr); column-gap: 0.6rem; font-size: 0.75rem; color: var(--quiet); }
.plot > svg { width: 100%; height: 12rem; overflow: visible; }
/* Each label is centred on its line. */
.ticks { display: flex; flex-direction: column; justify-content: space-between; margin: -0.5rem 0; line-height: 1rem; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.range { grid-column: 2; display: flex; justify-content: space-between; gap: 0.3em; margin-top: 0.5rem; flex-wrap: wrap; }
.plot .range:not(:has(span)) { justify-content: start; }
.grid line { stroke: var(--line); vector-effect: non-scaling-stroke; }
.fresh, rect.distinct { fill: var(--fresh); }
.known { fill: var(--known); }
rect.gone { fill: none; stroke: var(--known); stroke-dasharray: 3 2; vector-effect: non-scaling-stroke; }
g:hover > rect { filter: brightness(1.15); }
.area { fill: var(--area); }
polyline { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; }
polyline.total { stroke: var(--known); }
polyline.distinct { stroke: var(--fresh); }
rect.total { fill: var(--known); }

table { width: 100%; border-collapse: collapse; }
th { font-weight: 600; text-align: left; }
th.number { text-align: right; }
thead th { color: var(--quiet); font-size: 0.8125rem; font-weight: 500; white-space: nowrap; }
th, td { padding: 0.7rem 1rem; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
tbody tr:last-child > * { border-bottom: 0; }
.scroll { overflow-x: auto; }
.scroll td, .scroll th { overflow-wrap: break-word; }
details > .scroll { max-height: 24rem; overflow-y: auto; margin-top: 0.5rem; }

.timeline { border-collapse: separate; border-spacing: 0; }
.timeline tbody th { width: 7.5rem; }
.timeline th small { font-weight: 400; }
.timeline .note { font-weight: 600; }
.timeline tr.gone { color: var(--quiet); }
.timeline .kept { width: 16rem; }
.hold { margin-top: 0.35rem; padding-left: 0.6rem; border-left: 2px solid var(--held-text); }
p.alarm { color: var(--alarm-text); }
.changes { display: inline-flex; flex-wrap: wrap; gap: 0 0.6rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
.badge { display: inline-block; padding: 0 0.5rem; border-radius: 999px; background: var(--badge); color: var(--text); font-size: 0.8125rem; font-weight: 500; white-space: nowrap; }
.badge.fine { background: var(--fine); color: var(--fine-text); }
.badge.held { background: var(--held); color: var(--held-text); }
.badge.alarm { background: var(--alarm); color: var(--alarm-text); }
.more { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 0.25rem 1rem; margin-top: 0.25rem; }
.more details[open] { flex-basis: 100%; }
.more dl { margin: 0.5rem 0; font-size: 0.8125rem; }
.more dt { color: var(--quiet); }
.more dd { margin-bottom: 0.4rem; }
.command { display: block; padding: 0.5rem 0.75rem; background: var(--ground); border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; user-select: all; }
summary { cursor: pointer; color: var(--quiet); }
summary code { color: inherit; }
section > details > summary { padding: 0.25rem 0; }

button, select { font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--control); border-radius: 6px; padding: 0.3rem 0.75rem; max-width: 100%; min-height: 2rem; }
button { cursor: pointer; }
button:hover { border-color: var(--text); }
.more button { font-size: 0.8125rem; padding: 0.1rem 0.6rem; min-height: 1.75rem; }
button.copied { border-color: var(--fine-text); color: var(--fine-text); }
button.copied::after { content: " ✓" / ""; }
.filters { display: flex; flex-wrap: wrap; gap: 0.75rem 1rem; align-items: end; padding: 1rem 1.25rem; }
.filters label { display: grid; gap: 0.25rem; flex: 1 1 9rem; min-width: 0; color: var(--quiet); font-size: 0.8125rem; }
.filters label:first-child { flex-basis: 15rem; }
input { font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--control); border-radius: 6px; padding: 0.3rem 0.6rem; min-height: 2rem; width: 100%; }
input::placeholder { color: var(--quiet); opacity: 1; }
.filters + #found { margin: 0.75rem 0; min-height: 1.5em; }
[hidden] { display: none !important; }
.listed { margin-top: 0.25rem; }
.listed input { max-width: 24rem; margin-top: 0.5rem; }
.paths { margin: 0.5rem 0; padding: 0; list-style: none; max-height: 24rem; overflow-y: auto; }
.paths small { display: inline; }
.paths ol { margin: 0.25rem 0 0.5rem; padding-left: 2rem; color: var(--quiet); font-size: 0.8125rem; }
button.path { border: 0; background: none; padding: 0.1rem 0; min-height: 1.5rem; text-align: left; overflow-wrap: anywhere; text-decoration: underline dotted; font: 0.8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
.probe { grid-column: 2; }
input[type="range"] { padding: 0; border: 0; accent-color: var(--fresh); width: 100%; min-height: 1.5rem; }
.value { color: var(--text); min-height: 2.25em; }
.compare { padding: 1.25rem; }
.compare form { display: flex; flex-wrap: wrap; gap: 0.75rem 1rem; align-items: end; }
.compare label { display: grid; gap: 0.25rem; flex: 1 1 14rem; min-width: 0; color: var(--quiet); font-size: 0.8125rem; }
.compare select { width: 100%; font-size: 0.9375rem; text-overflow: ellipsis; }
#compared { margin-top: 1rem; font-weight: 600; }
#changes details { margin-top: 1rem; }
#changes summary { color: var(--text); font-weight: 600; }
#changes td, #changes th { padding: 0.35rem 0; }
#changes td + td, #changes th + th { padding-left: 1rem; }
#changes .path { width: 100%; font: 0.8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
#changes .path + .path, #changes tr:has(.path + .path) .path { width: 50%; }
#changes .number { vertical-align: baseline; }
.count { color: var(--quiet); font-weight: 400; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: 0.8125rem; }

@media (max-width: 60rem) {
  .timeline, .timeline tbody, .timeline tr, .timeline th, .timeline td { display: block; width: auto; }
  .timeline thead { position: absolute; clip-path: inset(50%); height: 1px; width: 1px; overflow: hidden; }
  .timeline tbody tr { padding: 0.9rem 1rem; border-bottom: 1px solid var(--line); }
  .timeline tbody tr:last-child { border-bottom: 0; }
  .timeline th, .timeline td, .timeline tbody .kept, .timeline tbody th { padding: 0.1rem 0; border: 0; width: auto; text-align: left; }
  .timeline td[data-label]::before { content: attr(data-label) / ""; display: inline-block; width: 5.5rem; color: var(--quiet); }
  .timeline small { display: inline; margin-left: 0.4rem; }
  .timeline .package { padding-bottom: 0.4rem; }
  .timeline .hold { margin-left: 0; }
}
@media (max-width: 30rem) {
  h1 { font-size: 1.625rem; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .tiles > div { padding: 0.75rem 0.9rem; }
  .scroll th, .scroll td { padding: 0.5rem 0.6rem; }
}
@media print {
  :root { --ground: #fff; --card: #fff; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, .skip, .compare, #compare, button, .filters, .probe { display: none; }
  .card, figure, .timeline tr { break-inside: avoid; }
}
`;
