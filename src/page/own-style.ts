import { STYLE } from './style.ts';

/** The style of the local page: the report's, and additions for its views. */
export const OWN_STYLE: string = `${STYLE}
.site { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; align-items: baseline; border-bottom: 1px solid var(--line); margin-bottom: 1.5rem; padding-bottom: 0.75rem; }
.site p { font-weight: 600; overflow-wrap: anywhere; }
.site nav { margin: 0; }
nav a[aria-current] { color: var(--text); font-weight: 600; text-decoration: none; }
main > *, .events.events, .lines.lines { margin-top: 0.9rem; }
main > h1 { margin-top: 0; }
main > h2 { margin: 2.25rem 0 0; }
.padded { padding: 1rem 1.25rem; }
.crumbs, .tabs, .pager { margin: 0 0 0.9rem; }
.crumbs ol { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; align-items: baseline; overflow-wrap: anywhere; }
.crumbs li { min-width: 0; }
.crumbs li + li::before { content: "/" / ""; margin: 0 0.5rem; color: var(--quiet); }
.tabs { margin-top: 0.6rem; }
.pager { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; justify-content: space-between; }
.pager a, .actions a { display: inline-block; padding: 0.25rem 0; margin-right: 0.75rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 0.6rem 1.5rem; }
.facts dt { color: var(--quiet); font-size: 0.8125rem; }
.facts dd { overflow-wrap: anywhere; }
.facts small { display: inline; margin-left: 0.4rem; }
.files tbody th, .sides th, .data th, .data td { font-weight: 400; }
.files th, .files td, .sides th, .sides td { padding: 0.4rem 1rem; }
.files tbody th { width: 100%; overflow-wrap: anywhere; }
.files td { white-space: nowrap; }
.sides th a, .sides td a { overflow-wrap: anywhere; }
.data th, .data td { padding: 0.3rem 0.75rem; border-bottom: 1px solid var(--line); max-width: 24rem; }
.data { max-height: 80vh; overflow: auto; }
.copied-head { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; margin-bottom: 0.35rem; }
pre { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
.rendered { display: block; width: 100%; height: 75vh; }
.picture img, .pictures img { max-width: 100%; height: auto; display: block; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 1rem; }
/* A list has a margin of its own. */
.lines { margin: 0; padding: 0.75rem 1rem 0.75rem 5.5rem; font: 0.8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
.lines li { white-space: pre-wrap; overflow-wrap: anywhere; min-height: 1.5em; tab-size: 4; }
.lines li::marker { color: var(--quiet); font-variant-numeric: tabular-nums; }
.diff { table-layout: fixed; font: 0.8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
.diff col.number { width: 3.75rem; }
.diff th, .diff td { padding: 0.1rem 0.5rem; border: 0; }
.diff th { white-space: normal; overflow-wrap: anywhere; padding: 0.6rem 0.75rem; border-bottom: 1px solid var(--line); font-family: system-ui, sans-serif; }
.diff td { white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }
.diff td.number { color: var(--quiet); white-space: nowrap; user-select: none; }
.diff ins, .diff del { text-decoration: none; }
.diff .ins { background: var(--fine); color: var(--fine-text); }
.diff .del { background: var(--alarm); color: var(--alarm-text); }
.gap td { text-align: center; color: var(--quiet); }
.counts { font-weight: 600; }
.events { list-style: none; padding: 0; display: grid; gap: 0.75rem; }
.events h2 { margin: 0; font-size: 1rem; }
.events .facts { margin-top: 0.5rem; }
.alarm { color: var(--alarm-text); }
@media (max-width: 30rem) {
  .lines { padding-left: 3.5rem; }
  .diff col.number { width: 2.5rem; }
  .diff th, .diff td, .diff td.number { padding: 0.1rem 0.25rem; }
  .files th, .files td, .sides th, .sides td { padding: 0.4rem 0.6rem; }
}
@media print { .filters, .tabs, .pager { display: none; } }
`;

/** The style of rendered Markdown in its frame. */
export const FRAME_STYLE: string = `
:root { color-scheme: light dark; --ground: #ffffff; --text: #1b1f24; --quiet: #59616b; --line: #d5d9de; --code: #f1f3f5; }
@media (prefers-color-scheme: dark) { :root { --ground: #171b21; --text: #e7eaee; --quiet: #a1aab5; --line: #39414b; --code: #232931; } }
body { margin: 0; padding: 1rem 1.5rem 2rem; background: var(--ground); color: var(--text); font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
article { max-width: 46rem; }
h1, h2, h3, h4 { line-height: 1.25; margin: 1.5em 0 0.5em; }
article > :first-child { margin-top: 0; }
code, pre { font: 0.875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { background: var(--code); border-radius: 4px; padding: 0.1em 0.3em; }
pre { background: var(--code); border-radius: 8px; padding: 0.75rem 1rem; white-space: pre-wrap; }
pre code { padding: 0; background: none; }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: 0.35rem 0.7rem; text-align: left; }
blockquote { margin: 1em 0; padding-left: 1rem; border-left: 3px solid var(--line); color: var(--quiet); }
.address, .quiet { color: var(--quiet); }
hr { border: 0; border-top: 1px solid var(--line); }
`;
