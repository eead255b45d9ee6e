import type { InfospaceReport, ReportedPackage } from '../infospace/report.ts';
import { type Html, html, name } from '../page/html.ts';
import { keptCell } from '../page/kept.ts';
import { type RestoreFrom, restoreCommand } from '../page/restore.ts';
import { dayAndTime, plainMinute } from '../page/times.ts';
import { formatBytes, formatNumber, printable } from '../terminal/format.ts';

/** The packages, newest first. Roles are explicit because narrow pages show the table as blocks, which removes its implicit roles. */
export function renderTimeline(report: InfospaceReport, from: RestoreFrom, compared: readonly ReportedPackage[]): Html {
  if (report.packages.length === 0) return html`<p>There are no packages yet.</p>`;
  const numbers = new Map(compared.map((found, i) => [found, i]));
  const rows = report.packages.toReversed().map((found) => row(found, report, from, numbers.get(found)));
  const titles = ['Made', 'Package', 'Changes', 'Entries', 'Size', 'Kept'];
  return html`<form class="scripted filters card" id="find" role="search">
    <label>Search <input type="search" id="search" placeholder="note, class, hold, digest"></label>
    <label>Sort <select id="sort"><option value="newest">newest</option><option value="oldest">oldest</option><option value="size">largest</option><option value="entries">most entries</option></select></label>
  </form><p id="found" class="scripted quiet" role="status"></p>
  <table class="timeline card" role="table" aria-labelledby="packages">
    <thead role="rowgroup"><tr role="row">
      ${titles.map((title, i) => html`<th scope="col" role="columnheader"${i === 3 || i === 4 ? html` class="number"` : null}>${title}</th>`)}
    </tr></thead>
    <tbody role="rowgroup">${rows}</tbody>
  </table>`;
}

function row(found: ReportedPackage, report: InfospaceReport, from: RestoreFrom, compared: number | undefined): Html {
  const { created_at, note, subject, added, unreadable, total_bytes, file_count } = found;
  const isKept = found.retention !== null;
  return html`<tr role="row" data-size="${total_bytes ?? 0}" data-entries="${file_count ?? 0}"${isKept ? null : html` class="gone"`}>
    <th scope="row" role="rowheader">${dayAndTime(created_at)}</th>
    <td role="cell" class="package">
      ${note === null ? null : html`<p class="note">${name(note)}</p>`}
      ${subject === report.subject ? null : html`<p class="quiet">subject ${name(subject)}</p>`}
      ${unreadable === null ? null : html`<p class="alarm">Its file list cannot be read: ${name(unreadable)}</p>`}
      ${compared === undefined ? null : html`<details class="scripted listed" data-files="${compared}"><summary>Files<span class="visually-hidden"> of the package of ${plainMinute(created_at)}</span></summary></details>`}
      ${details(found, isKept && unreadable === null ? restoreCommand(found.package_id, from) : undefined)}
    </td>
    <td role="cell" data-label="Changes">${changesCell(found, compared)}</td>
    <td role="cell" data-label="Entries" class="number">${file_count === undefined ? '' : formatNumber(file_count)}</td>
    <td role="cell" data-label="Size" class="number">${total_bytes === undefined ? '' : formatBytes(total_bytes)}${
      added === null ? null : html`<small>${formatBytes(added.newBytes)} new</small>`
    }</td>
    <td role="cell" data-label="Kept" class="kept">${keptCell(found, found.retention_class, report.madeAt)}</td>
  </tr>`;
}

function details(found: ReportedPackage, command: string | undefined): Html {
  const of = `the package of ${plainMinute(found.created_at)}`;
  const fields: [label: string, value: string][] = [
    ['Package id', found.package_id],
    ['Manifest digest', found.manifest_digest],
    ['Content digest', found.content_digest],
    ['Producer', found.producer],
  ];
  const restore = command === undefined ? null : html`<dt>Restore</dt><dd><code class="command">${command}</code></dd>`;
  return html`<div class="more">
    <details><summary>${shortDigest(found)}<span class="visually-hidden"> and how to restore ${of}</span></summary>
      <dl>${fields.filter(([, value]) => value !== undefined).map(([label, value]) => html`<dt>${label}</dt><dd><code>${name(value)}</code></dd>`)}${restore}</dl>
    </details>${
      command === undefined
        ? null
        : html`<button type="button" class="scripted" data-copy="${command}">Copy restore command<span class="visually-hidden"> of ${of}</span></button>`
    }
  </div>`;
}

/** Twelve digits distinguish packages; only all of them prove one. */
function shortDigest({ manifest_digest }: ReportedPackage): Html {
  const [algorithm, hex = ''] = manifest_digest.split(':');
  return html`<code title="${printable(manifest_digest)}">${name(`${algorithm}:${hex.slice(0, 12)}…`)}</code>`;
}

function changesCell({ added }: ReportedPackage, compared: number | undefined): Html {
  if (added === null) return html`<span class="quiet">–</span>`;
  const { changes } = added;
  if (changes === null) return html`<span class="quiet">first file list</span>`;
  const kinds = [
    ['added', '+', changes.added],
    ['changed', '~', changes.changed],
    ['removed', '−', changes.removed],
    ['renamed', '→', changes.renamed],
  ] as const;
  const shown = kinds
    .filter(([, , count]) => count > 0)
    .map(
      ([kind, sign, count]) =>
        html`<span class="${kind}"><span aria-hidden="true">${sign}</span>${formatNumber(count)}<span class="visually-hidden"> ${kind}</span></span> `,
    );
  if (shown.length === 0) return html`<span class="quiet">none</span>`;
  return compared === undefined || compared === 0
    ? html`<span class="changes">${shown}</span>`
    : html`<a class="changes" href="#compare" data-after="${compared}">${shown}</a>`;
}

/** For a select element. */
export function labelOf({ created_at, note }: ReportedPackage): string {
  return note === null ? plainMinute(created_at) : `${plainMinute(created_at)}, ${note}`;
}
