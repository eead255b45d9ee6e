import type { InfospaceReport, ReportedPackage } from '../infospace/report.ts';
import { type Html, html } from '../page/html.ts';
import { day, plainMinute } from '../page/times.ts';
import { formatBytes } from '../terminal/format.ts';

/** Widths and heights within a plot; CSS stretches it to the available space. */
const SLOT = 10;
const GAP = 2;
const HEIGHT = 100;
/** Keeps the bars of a few packages narrow. */
const MIN_SLOTS = 12;
/** Lines of the grid above zero. */
const STEPS = 4;

interface Bar {
  found: ReportedPackage;
  total: number;
  fresh: number;
}

/** Two plots, of each package and of the running total, and a table of their values. */
export function renderPlots({ packages }: InfospaceReport): Html {
  if (packages.length === 0) return html`<p>There is nothing to plot yet.</p>`;
  const bars = packages.map((found) => ({ found, total: found.total_bytes ?? 0, fresh: found.added?.newBytes ?? 0 }));
  return html`<div class="figures">${renderSizes(bars)}${renderGrowth(bars)}</div>
    <details><summary>The figures as a table</summary>${renderTable(bars)}</details>`;
}

function renderSizes(bars: readonly Bar[]): Html {
  const largest = bars.reduce((a, b) => (b.total > a.total ? b : a));
  const top = niceTop(largest.total);
  const drawn = bars.map((bar, i) => {
    const isGone = bar.found.added === null;
    const [total, fresh] = [visible(bar.total, top), visible(bar.fresh, top)];
    const rect = (height: number, below: number, kind: string) =>
      html`<rect class="${kind}" x="${i * SLOT + GAP / 2}" width="${SLOT - GAP}" y="${HEIGHT - height - below}" height="${height}"/>`;
    return html`<g><title>${aboutSize(bar)}</title>${
      isGone
        ? rect(total, 0, 'gone')
        : html`${rect(fresh, 0, 'fresh')}${rect(Math.max(0, total - fresh), fresh, 'known')}`
    }</g>`;
  });
  return figure({
    id: 'sizes',
    title: 'Size of each package',
    description: `${bars.length} packages, oldest first. The largest is ${formatBytes(largest.total)}, the newest ${formatBytes(bars.at(-1)!.total)}, of which ${formatBytes(bars.at(-1)!.fresh)} are new.`,
    legend: [
      ['fresh', 'new'],
      ['known', 'in earlier packages already'],
      ...(bars.some(({ found }) => found.added === null) ? [['gone', 'file list unknown'] as const] : []),
    ],
    bars,
    top,
    drawn,
    values: bars.map(aboutSize),
  });
}

function aboutSize({ found, total, fresh }: Bar): string {
  const share = found.added === null ? 'not in the store' : `${formatBytes(fresh)} new`;
  return `${plainMinute(found.created_at)}: ${formatBytes(total)}, ${share}`;
}

function renderGrowth(bars: readonly Bar[]): Html {
  const kept = bars.map(({ found, total, fresh }) => ({ total: found.added ? total : 0, fresh }));
  const totals = sums(kept.map(({ total }) => total));
  const distinct = sums(kept.map(({ fresh }) => fresh));
  const top = niceTop(totals.at(-1)!);
  const steps = (values: readonly number[]) =>
    values.map((value, i) => {
      const y = HEIGHT - scaled(value, top);
      return `${i * SLOT},${y} ${(i + 1) * SLOT},${y}`;
    });
  const line = steps(distinct).join(' ');
  return figure({
    id: 'growth',
    title: 'Growth of the archive',
    description: `All kept packages add up to ${formatBytes(totals.at(-1)!)}, or ${formatBytes(distinct.at(-1)!)} with shared contents counted once.`,
    legend: [
      ['total', 'all packages together'],
      ['distinct', 'shared contents counted once'],
    ],
    bars,
    top,
    drawn: [
      html`<polyline class="total" points="0,${HEIGHT} ${steps(totals).join(' ')}"/>
        <polygon class="area" points="0,${HEIGHT} ${line} ${bars.length * SLOT},${HEIGHT}"/>
        <polyline class="distinct" points="0,${HEIGHT} ${line}"/>`,
    ],
    values: bars.map(
      ({ found }, i) =>
        `Up to ${plainMinute(found.created_at)}: ${formatBytes(totals[i]!)} together, ${formatBytes(distinct[i]!)} counted once`,
    ),
  });
}

interface Figure {
  id: string;
  title: string;
  description: string;
  legend: readonly (readonly [kind: string, label: string])[];
  bars: readonly Bar[];
  /** Bytes at the upper edge. */
  top: number;
  drawn: Html[];
  /** One text per package. */
  values: readonly string[];
}

/** The axis labels are HTML, so that they keep their size when the plot is scaled. */
function figure({ id, title, description, legend, bars, top, drawn, values }: Figure): Html {
  const width = Math.max(bars.length, MIN_SLOTS) * SLOT;
  const ticks = Array.from({ length: STEPS + 1 }, (_, i) => STEPS - i);
  const grid = ticks.map(
    (i) => html`<line x1="0" x2="${width}" y1="${(i * HEIGHT) / STEPS}" y2="${(i * HEIGHT) / STEPS}"/>`,
  );
  const [first, last] = [day(bars[0]!.found.created_at), day(bars.at(-1)!.found.created_at)];
  return html`<figure class="card">
    <figcaption><h3 id="${id}-title">${title}</h3>
      <ul class="legend">${legend.map(([kind, label]) => html`<li><svg class="key" aria-hidden="true" viewBox="0 0 10 10"><rect class="${kind}" width="10" height="10"/></svg>${label}</li>`)}</ul>
    </figcaption>
    <div class="plot">
      <div class="ticks" aria-hidden="true">${ticks.map((i) => html`<span>${formatBytes((top * i) / STEPS).replace('.0 ', ' ')}</span>`)}</div>
      <svg role="img" aria-labelledby="${id}-title ${id}-about" viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none">
        <desc id="${id}-about">${description}</desc><g class="grid">${grid}</g>${drawn}
      </svg>
      <div class="range" aria-hidden="true">${bars.length < MIN_SLOTS ? html`${first} to ${last}` : html`<span>${first}</span><span>${last}</span>`}</div>
      <div class="scripted probe"><input type="range" min="0" max="${bars.length - 1}" value="${bars.length - 1}" aria-label="Package in the plot: ${title}" data-slots="${width / SLOT}" data-values="${JSON.stringify(values)}"><p class="value" aria-hidden="true"></p></div>
    </div>
  </figure>`;
}

function renderTable(bars: readonly Bar[]): Html {
  const [totals, distinct] = [
    sums(bars.map(({ found, total }) => (found.added ? total : 0))),
    sums(bars.map(({ fresh }) => fresh)),
  ];
  return html`<div class="scroll" tabindex="0" role="region" aria-label="The figures as a table"><table>
    <thead><tr><th scope="col">Package of</th><th scope="col" class="number">Size</th><th scope="col" class="number">New</th><th scope="col" class="number">All together</th><th scope="col" class="number">Shared counted once</th></tr></thead>
    <tbody>${bars.map(
      ({ found, total, fresh }, i) =>
        html`<tr><th scope="row">${plainMinute(found.created_at)}</th><td class="number">${formatBytes(total)}</td><td class="number">${found.added ? formatBytes(fresh) : '–'}</td><td class="number">${formatBytes(totals[i]!)}</td><td class="number">${formatBytes(distinct[i]!)}</td></tr>`,
    )}</tbody></table></div>`;
}

function sums(values: readonly number[]): number[] {
  let sum = 0;
  return values.map((value) => {
    sum += value;
    return sum;
  });
}

/** A share of one percent stays two pixels high, however small its package is. */
const MIN_HEIGHT = 1;

function visible(value: number, top: number): number {
  return value === 0 ? 0 : Math.max(MIN_HEIGHT, scaled(value, top));
}

/** Two decimals are enough. */
function scaled(value: number, top: number): number {
  return Math.round((value / top) * HEIGHT * 100) / 100;
}

/** The smallest round number of bytes not below the value, with steps of 1, 2, 2.5 or 5 times a power of ten. */
function niceTop(value: number): number {
  const step = Math.max(value, STEPS) / STEPS;
  const power = 10 ** Math.floor(Math.log10(step));
  return STEPS * power * [1, 2, 2.5, 5, 10].find((factor) => factor * power >= step * (1 - 1e-9))!;
}
