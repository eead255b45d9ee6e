import type { EventDraft } from '../../../src/artifact-store/log/model.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS: number = 24 * HOUR_MS;
export const CLASS_DAYS = { transient: 7, 'raw-evidence': 90, 'permanent-record': null };
export type Class = keyof typeof CLASS_DAYS;

export interface Package {
  contents: readonly number[];
  expiresAt: number | null;
  /** Whether its expiry was recorded. */
  swept: boolean;
}

interface Hold {
  packageId: string;
  until: number | null;
  released: boolean;
}

export interface OpenPackage extends Package {
  id: string;
  client: number;
  openedAt: number;
  /** Whether a collection may have removed its objects. */
  overtaken: boolean;
}

/** The expected state: the log, read by the simplest means. */
export class Model {
  now: number;
  #steps = 0;
  /** The steps at which clients read the log to its end, and the step of the last collection. */
  readonly #readAt = new Map<number, number>();
  #collectedAt = 0;
  /** In the order of the log. */
  readonly packages = new Map<string, Package>();
  readonly disposed = new Set<string>();
  readonly holds = new Map<string, Hold>();
  readonly labels = new Map<string, string>();
  readonly notes = new Map<string, string>();
  open: OpenPackage[] = [];
  /** Packages that were begun. */
  readonly #begun = new Map<string, readonly number[]>();
  /** Counts the checks, each of which examines one package closely. */
  looks = 0;

  constructor(now: number) {
    this.now = now;
  }

  begin(open: OpenPackage): void {
    this.open.push(open);
    this.#begun.set(open.id, open.contents);
  }

  /** Applies events. */
  apply({ type, subjectId: id, payload }: EventDraft): void {
    switch (type) {
      case 'v1.package.finalized':
        this.packages.set(id, { contents: this.#begun.get(id)!, expiresAt: timeOf(payload.expires_at), swept: false });
        break;
      case 'v1.retention.extended':
        this.packages.set(id, { ...this.packages.get(id)!, expiresAt: timeOf(payload.expires_at), swept: false });
        break;
      case 'v1.package.expired':
        this.packages.get(id)!.swept = true;
        break;
      case 'v1.package.disposed':
        this.packages.delete(id);
        this.disposed.add(id);
        break;
      case 'v1.label.set':
        this.labels.set(payload.label, id);
        break;
      case 'v1.label.removed':
        this.labels.delete(payload.label);
        break;
      case 'v1.note.amended':
        this.notes.set(id, payload.note);
        break;
      case 'v1.hold.applied':
        this.holds.set(payload.hold_id, { packageId: id, until: timeOf(payload.until), released: false });
        break;
      case 'v1.hold.released':
        this.holds.get(payload.hold_id)!.released = true;
    }
  }

  holdsInForce(packageId: string, now: number = this.now): string[] {
    return [...this.holds]
      .filter(([, hold]) => hold.packageId === packageId && !hold.released)
      .filter(([, { until }]) => until === null || until > now)
      .map(([id]) => id);
  }

  isEligible(packageId: string, now: number = this.now): boolean {
    const { expiresAt } = this.packages.get(packageId)!;
    return expiresAt !== null && expiresAt <= now && this.holdsInForce(packageId, now).length === 0;
  }

  /** The packages that a collection disposes of: without `includeLast`, the newest package of a subject stays. */
  leaving(includeLast: boolean): string[] {
    const eligible = this.eligible();
    const newest = [...this.packages.keys()].at(-1);
    return includeLast || eligible.length < this.packages.size ? eligible : eligible.filter((id) => id !== newest);
  }

  /** By the clock of one machine. */
  eligible(now: number = this.now): string[] {
    return [...this.packages.keys()].filter((id) => this.isEligible(id, now));
  }

  beginStep(): void {
    this.#steps++;
  }

  hasReadOn(client: number): void {
    this.#readAt.set(client, this.#steps);
  }

  /** Whether a client may still consider contents usable that a collection has removed. */
  isBehind(client: number): boolean {
    return (this.#readAt.get(client) ?? 0) < this.#collectedAt;
  }

  /** Notes the start of a collection. */
  overtake(graceMs: number): void {
    this.#collectedAt = this.#steps;
    for (const open of this.open) if (open.openedAt <= this.now - graceMs) open.overtaken = true;
  }
}

/** Those events about packages and holds, as text; undefined for others. */
export function factOf({ type, subjectId, payload }: EventDraft): string | undefined {
  switch (type) {
    case 'v1.package.finalized':
      return fact.finalized(subjectId, timeOf(payload.expires_at));
    case 'v1.retention.extended':
      return fact.extended(subjectId, timeOf(payload.expires_at));
    case 'v1.package.expired':
      return fact.expired(subjectId);
    case 'v1.package.disposed':
      return fact.disposed(subjectId);
    case 'v1.hold.applied':
      return fact.held(subjectId, timeOf(payload.until));
    case 'v1.hold.released':
      return fact.released(payload.hold_id);
    case 'v1.label.set':
      return fact.labelled(subjectId, payload.label);
    case 'v1.label.removed':
      return fact.unlabelled(payload.label);
    case 'v1.note.amended':
      return fact.noted(subjectId, payload.note);
    default:
      return undefined;
  }
}

export const fact = {
  finalized: (id: string, expiresAt: number | null): string => `package ${id} until ${expiresAt}`,
  extended: (id: string, expiresAt: number | null): string => `extended ${id} until ${expiresAt}`,
  expired: (id: string): string => `expired ${id}`,
  disposed: (id: string): string => `disposed ${id}`,
  held: (id: string, until: number | null): string => `held ${id} until ${until}`,
  released: (holdId: string): string => `released ${holdId}`,
  labelled: (id: string, label: string): string => `label ${label} is ${id}`,
  unlabelled: (label: string): string => `label ${label} is none`,
  noted: (id: string, note: string): string => `note of ${id} is ${note}`,
};

function timeOf(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}

export function textOf(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
