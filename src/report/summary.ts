import type { InfospaceReport } from '../infospace/report.ts';
import { type Html, html } from '../page/html.ts';
import { day, relative } from '../page/times.ts';
import { formatBytes, formatCount } from '../terminal/format.ts';
import { holdState } from '../terminal/hold.ts';

/** The most important figures. */
export function renderSummary({ packages, holds, madeAt }: InfospaceReport): Html {
  const kept = packages.filter(({ retention }) => retention !== null);
  const disposed = packages.filter(({ disposal }) => disposal !== null).length;
  const total = packages.reduce((sum, { added, total_bytes }) => sum + (added === null ? 0 : (total_bytes ?? 0)), 0);
  const distinct = packages.reduce((sum, { added }) => sum + (added?.newBytes ?? 0), 0);
  const eligible = kept.filter(({ retention }) => retention?.eligible).length;
  const inForce = holds.filter((hold) => holdState(hold, madeAt) === 'in force');
  const held = new Set(inForce.map(({ packageId }) => packageId)).size;
  const expiries = kept.flatMap(({ retention }) => retention?.expiresAt ?? []).filter((time) => time > madeAt);
  const next = expiries.sort()[0];
  const newest = packages.at(-1);
  return html`<dl class="tiles">
    ${tile('Packages kept', html`${kept.length}`, disposed > 0 ? `${disposed} disposed of` : '')}
    ${tile('Newest', newest ? day(newest.created_at) : html`none`, newest ? relative(newest.created_at, madeAt) : '')}
    ${tile('Archived in total', html`${formatBytes(total)}`, `${formatBytes(distinct)} without repetitions`)}
    ${tile('Deduplication', distinct > 0 ? html`${(total / distinct).toFixed(1)} ×` : html`none`, 'before compression')}
    ${tile('On hold', html`${held}`, formatCount(inForce.length, 'hold in force', 'holds in force'))}
    ${tile(
      'Next expiry',
      next === undefined ? html`none` : day(next),
      eligible > 0 ? `${eligible} expired already` : next === undefined ? '' : relative(next, madeAt),
    )}
  </dl>`;
}

function tile(label: string, value: Html, about: string): Html {
  return html`<div><dt>${label}</dt><dd>${value}${about === '' ? null : html`<small>${about}</small>`}</dd></div>`;
}
