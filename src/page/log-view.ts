import { type DecodedEvent, decodeEvent, type EventType } from '../artifact-store/recorded-event.ts';
import type { Registry } from '../artifact-store/registry.ts';
import { findPackageOrTombstone } from '../infospace/find-package.ts';
import { formatNumber } from '../terminal/format.ts';
import { type Answer, page } from './answer.ts';
import { type Html, html, name } from './html.ts';
import { changedQuery, numberIn, packageLink } from './links.ts';
import { digest, facts } from './parts.ts';
import type { Asked } from './source.ts';
import { minute } from './times.ts';

const COUNT = 100;
/** Limit for a value: a list of packs can be long. */
const MAX_VALUE = 5000;
/** Longer values are folded. */
const FOLDED = 160;

/** An event with its own digest, which the next event contains. */
interface ShownEvent {
  event: DecodedEvent;
  digest: string;
}

const WORDS: Readonly<Record<EventType, string>> = {
  'v1.package.created': 'Package created',
  'v1.retention.default_applied': 'Retention decided',
  'v1.package.finalized': 'Package archived',
  'v1.package.imported': 'Package imported',
  'v1.retention.extended': 'Retention extended',
  'v1.hold.applied': 'Hold applied',
  'v1.hold.released': 'Hold released',
  'v1.label.set': 'Label set',
  'v1.label.removed': 'Label removed',
  'v1.note.amended': 'Note amended',
  'v1.package.expired': 'Package expired',
  'v1.package.disposed': 'Package disposed of',
  'v1.storage.verified': 'Package verified',
  'v1.content.damaged': 'Content damaged',
  'v1.content.healed': 'Content repaired',
  'v1.pack.sealed': 'Pack stored',
  'v1.pack.retired': 'Pack retired',
  'v1.pack.damaged': 'Pack damaged',
  'v1.pack.healed': 'Pack repaired',
  'v1.store.migrated': 'Store migrated',
  'v1.store.recipients_changed': 'Recipients changed',
  'v1.object.removed': 'Object removed',
};

/** The event log, newest first, or the events of one package. */
export async function logView({ query, registry, root }: Asked): Promise<Answer> {
  await registry.refresh();
  const reference = query.get('package') || undefined;
  const of = reference === undefined ? undefined : await findPackageOrTombstone(reference, registry, { root });
  const head = await registry.eventHead();
  const last = Math.min(numberIn(query, 'to') ?? head.sequence, head.sequence);
  const first = of === undefined ? Math.max(1, last - COUNT + 1) : 1;
  const isWanted = ({ subject_id }: { subject_id: string }) => of === undefined || subject_id === of.id;
  const events = (await eventsBetween(registry, { first, last, head }, isWanted)).slice(-COUNT).reverse();
  const oldest = events.at(-1)?.event.sequence ?? 1;
  const isMore = of === undefined ? first > 1 : events.length === COUNT;
  return page(
    'Log',
    html`<h1>Log</h1>
    <p class="quiet">${of === undefined ? html`${formatNumber(head.sequence)} events, newest first.` : html`Events of <a href="${packageLink(of.id)}">package ${name(of.id)}</a>, newest first.`} <code>infospace-archive audit verify</code> checks the chain of their digests.</p>
    ${events.length === 0 ? html`<p>There are no events.</p>` : html`<ol class="events">${events.map(renderEvent)}</ol>`}
    <nav class="pager" aria-label="Parts of the log"><p></p><p>${last < head.sequence ? html`<a href="${changedQuery(query, { to: undefined })}">Newest</a> ` : null}${isMore ? html`<a href="${changedQuery(query, { to: String(oldest - 1) })}">Older</a>` : null}</p></nav>`,
  );
}

/** The matching events of a range of the log, oldest first. */
async function eventsBetween(
  registry: Registry,
  { first, last, head }: { first: number; last: number; head: { sequence: number; digest: string } },
  isWanted: (event: { subject_id: string }) => boolean,
): Promise<ShownEvent[]> {
  const found: ShownEvent[] = [];
  let open: DecodedEvent | undefined;
  for await (const event of registry.tailEvents(first - 1)) {
    if (open) found.push({ event: open, digest: decodeEvent(event).previous_digest });
    open = undefined;
    if (event.sequence > last) return found;
    if (isWanted(event)) open = decodeEvent(event);
  }
  // The newest event, whose digest is the head's.
  if (open) found.push({ event: open, digest: head.digest });
  return found;
}

function renderEvent({ event, digest: own }: ShownEvent): Html {
  const { sequence, created_at, event_type, subject_kind, subject_id, actor, payload } = event;
  const fields = Object.entries(payload ?? {}).map(
    ([key, value]) => [key.replaceAll('_', ' '), shownValue(value)] as const,
  );
  const subject =
    subject_kind === 'package' ? html`<a href="${packageLink(subject_id)}">${name(subject_id)}</a>` : name(subject_id);
  return html`<li class="card padded"><h2>${WORDS[event_type as EventType] ?? name(event_type)}</h2>
    <p class="quiet">${minute(created_at)} by ${name(actor)}, event ${formatNumber(sequence)}</p>
    ${facts([[subject_kind, subject], ...fields, ['type', digest(event_type)], ['digest', digest(own)]])}</li>`;
}

function shownValue(value: unknown): string | Html {
  if (value === null) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= FOLDED) return text;
  const shown = text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
  return html`<details><summary>${name(`${shown.slice(0, FOLDED / 2)}…`)}</summary>${name(shown)}</details>`;
}
