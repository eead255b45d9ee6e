import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveError } from '../artifact-store/errors.ts';
import type { DecodedEvent, RecordedEvent } from '../artifact-store/recorded-event.ts';
import type { Registry } from '../artifact-store/registry.ts';
import { formatCount, printable, printableJson } from './format.ts';
import { interruptible, printNothing } from './interruption.ts';
import { printJson } from './json.ts';
import { type StoreFlags, withRegistry } from './with-registry.ts';

export interface AuditFlags extends StoreFlags {
  json?: boolean | undefined;
}

export interface LogFlags extends AuditFlags {
  package?: string | undefined;
  since?: Date | undefined;
  /** An event type, or its first words: `v1.hold` matches all types of holds. */
  type?: string | undefined;
}

export interface TailFlags extends AuditFlags {
  /** Keeps printing new events until the process is told to end. */
  follow?: boolean | undefined;
}

export interface VerifyEventsFlags extends AuditFlags {
  /** A former newest event, kept outside the store where nobody could change it. */
  head?: { sequence: number; digest: string } | undefined;
}

const TAIL_EVENTS = 10;
const POLL_MS = 1000;

/**
 * Prints the matching events, oldest first.
 *
 * @throws ArchiveError `INTEGRITY` at the first event whose payload cannot be read.
 */
export async function logAndPrint(flags: LogFlags): Promise<void> {
  const { findPackageOrTombstone } = await import('../infospace/find-package.ts');
  const { since, type, json } = flags;
  await withRegistry(flags, 'read', async (registry) => {
    const among = { root: flags.from, subject: flags.subject };
    const asked =
      flags.package === undefined ? undefined : (await findPackageOrTombstone(flags.package, registry, among)).id;
    const isAsked = (event: RecordedEvent) =>
      (asked === undefined || event.subject_id === asked) &&
      (since === undefined || new Date(event.created_at) >= since) &&
      (type === undefined || `${event.event_type}.`.startsWith(`${type}.`));
    let printed = 0;
    for await (const event of registry.tailEvents()) {
      if (!isAsked(event)) continue;
      await printEvent(event, json);
      printed++;
    }
    if (printed === 0 && !json) process.stdout.write('No such events.\n');
  });
}

/** Prints the newest events and, with `follow`, each new one until SIGINT or SIGTERM. */
export async function tailAndPrint(flags: TailFlags): Promise<void> {
  const tail = (signal: AbortSignal) =>
    withRegistry({ ...flags, signal }, 'read', async (registry) => {
      let last = Math.max(0, (await registry.eventHead()).sequence - TAIL_EVENTS);
      do {
        last = await printAfter(last, registry, flags, signal);
      } while (flags.follow && (await pause(signal)));
    });
  await interruptible(tail, printNothing);
}

/**
 * Checks the whole event log and prints its length.
 *
 * @throws ArchiveError `INTEGRITY` naming the first changed sequence, or a head that is not part of the log.
 */
export async function verifyEventsAndPrint(flags: VerifyEventsFlags): Promise<void> {
  const events = await withRegistry(flags, 'read', async (registry) => {
    const count = await registry.verifyEvents();
    if (flags.head) await requireHead(flags.head, registry);
    return count;
  });
  if (flags.json) printJson({ ok: true, events });
  else process.stdout.write(`The event log is whole: ${formatCount(events, 'event')}.\n`);
}

async function requireHead(
  { sequence, digest }: { sequence: number; digest: string },
  registry: Registry,
): Promise<void> {
  if ((await digestOf(sequence, registry)) === digest) return;
  throw new ArchiveError(
    'INTEGRITY',
    `The event log does not contain the head at sequence ${sequence}, so it was rewritten; compare it with a backup of the registry.`,
  );
}

/** Taken from the following event, which names its predecessor's digest; for the newest event, from the head. */
async function digestOf(sequence: number, registry: Registry): Promise<string | undefined> {
  const { decodeEvent } = await import('../artifact-store/recorded-event.ts');
  for await (const event of registry.tailEvents(sequence)) return decodeEvent(event).previous_digest;
  const head = await registry.eventHead();
  return head.sequence === sequence ? head.digest : undefined;
}

/** Prints the sequence and the digest of the newest event. */
export async function headAndPrint(flags: AuditFlags): Promise<void> {
  const head = await withRegistry(flags, 'read', (registry) => registry.eventHead());
  if (flags.json) printJson(head);
  else process.stdout.write(`${head.sequence} ${head.digest}\n`);
}

/** @returns the sequence of the last event that was printed. */
async function printAfter(
  sequence: number,
  registry: Registry,
  { json }: TailFlags,
  stop: AbortSignal,
): Promise<number> {
  let last = sequence;
  for await (const event of registry.tailEvents(sequence)) {
    if (stop.aborted) break;
    await printEvent(event, json);
    last = event.sequence;
  }
  return last;
}

/** @returns whether to go on. */
async function pause(signal: AbortSignal): Promise<boolean> {
  await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}

/** One line an event, so that a log of any length streams. */
async function printEvent(event: RecordedEvent, json: boolean | undefined): Promise<void> {
  const { decodeEvent } = await import('../artifact-store/recorded-event.ts');
  const decoded = decodeEvent(event);
  process.stdout.write(`${json ? printableJson(decoded) : renderEvent(decoded)}\n`);
}

function renderEvent(event: DecodedEvent): string {
  const { sequence, created_at, event_type, subject_kind, subject_id, actor, payload } = event;
  const fields = Object.entries(payload ?? {}).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const line = [sequence, created_at, event_type, `${subject_kind} ${subject_id}`, `by ${actor}`, fields.join(' ')];
  return printable(line.join('  '));
}
