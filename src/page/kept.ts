import type { Annotation } from '../infospace/list.ts';
import { retentionWord } from '../terminal/retention.ts';
import { type Html, html, name } from './html.ts';
import { day, relative } from './times.ts';

/** The expiry and holds of a package, or its disposal. */
export function keptCell({ retention, disposal }: Annotation, retentionClass: string, madeAt: string): Html {
  if (disposal !== null) {
    const { disposedAt, disposedBy, reason } = disposal;
    return html`<span class="badge">disposed</span> ${day(disposedAt)} by ${name(disposedBy)}<p class="quiet">${name(reason)}</p>`;
  }
  if (retention === null) return html`<span class="badge">not in this store</span>`;
  const { expiresAt, holds } = retention;
  const word = retentionWord(retention);
  const kind = word === 'on hold' ? 'held' : word === 'kept' ? 'fine' : 'alarm';
  const expiry =
    expiresAt === null ? html`never expires` : html`${expiresAt > madeAt ? 'until' : 'expired'} ${day(expiresAt)}`;
  const about =
    expiresAt === null ? name(retentionClass) : html`${relative(expiresAt, madeAt)}, ${name(retentionClass)}`;
  return html`<span class="badge ${kind}">${word}</span> ${expiry}<small>${about}</small>${holds.map(
    ({ reason, actor, until }) =>
      html`<p class="hold">${name(reason)} <span class="quiet">by ${name(actor)}${until === null ? null : html` until ${day(until)}`}</span></p>`,
  )}`;
}
