import type { InfospaceReport, ReportedPackage } from '../infospace/report.ts';
import { type Html, html, name } from '../page/html.ts';
import { day, plainMinute } from '../page/times.ts';
import { formatBytes } from '../terminal/format.ts';
import { holdState } from '../terminal/hold.ts';

/** The kept packages by class, and all holds, current and past. */
export function renderRetention(report: InfospaceReport): Html {
  return html`<div class="scroll card" tabindex="0" role="region" aria-label="Packages by retention class">${classTable(report)}</div>
    <h3 id="holds">Holds</h3>
    ${
      report.holds.length === 0
        ? html`<p class="quiet">No package was ever on hold.</p>`
        : html`<div class="scroll card" tabindex="0" role="region" aria-labelledby="holds">${holdTable(report)}</div>`
    }`;
}

function classTable({ packages, madeAt }: InfospaceReport): Html {
  const kept = packages.filter(({ retention }) => retention !== null);
  const classes = [...Map.groupBy(kept, (found) => found.retention_class)].sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = classes.map(([title, found]) => {
    const eligible = found.filter(({ retention }) => retention?.eligible).length;
    return html`<tr><th scope="row">${name(title)}</th><td class="number">${found.length}</td>
      <td class="number">${formatBytes(found.reduce((sum, { total_bytes }) => sum + (total_bytes ?? 0), 0))}</td>
      <td>${nextExpiry(found, madeAt)}</td><td class="number">${eligible}</td></tr>`;
  });
  return html`<table><thead><tr><th scope="col">Class</th><th scope="col" class="number">Packages</th><th scope="col" class="number">Size</th><th scope="col">Next expiry</th><th scope="col" class="number">Expired</th></tr></thead>
    <tbody>${rows}</tbody></table>`;
}

function nextExpiry(packages: readonly ReportedPackage[], madeAt: string): Html {
  const next = packages
    .flatMap(({ retention }) => retention?.expiresAt ?? [])
    .filter((time) => time > madeAt)
    .sort()[0];
  return next === undefined ? html`<span class="quiet">none</span>` : day(next);
}

function holdTable({ packages, holds, madeAt }: InfospaceReport): Html {
  const made = new Map(packages.map((found) => [found.package_id, plainMinute(found.created_at)]));
  const rows = holds.toReversed().map((hold) => {
    const state = holdState(hold, madeAt);
    return html`<tr><th scope="row">${name(hold.reason)}</th><td>${made.get(hold.packageId)!}</td>
      <td><span class="badge${state === 'in force' ? html` held` : null}">${state}</span></td>
      <td>${day(hold.appliedAt)} by ${name(hold.actor)}</td>
      <td>${hold.releasedAt !== null ? day(hold.releasedAt) : hold.until !== null ? day(hold.until) : 'its release'}</td></tr>`;
  });
  return html`<table><thead><tr><th scope="col">Reason</th><th scope="col">Package of</th><th scope="col">State</th><th scope="col">Applied</th><th scope="col">Until</th></tr></thead>
    <tbody>${rows}</tbody></table>`;
}
