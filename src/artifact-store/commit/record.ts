import { setTimeout as sleep } from 'node:timers/promises';
import { againWhenAborted } from '../database/aborted.ts';
import type { RegistryDatabase, WriteTransaction } from '../database/database.ts';
import type { EventTable } from '../database/schema.ts';
import { type CborValue, encodeCbor } from '../encoding/cbor.ts';
import { ArchiveError } from '../errors.ts';
import { formatContentAddress } from '../identity/digest.ts';
import { blake3 } from '../identity/hasher.ts';
import { eventDigest } from '../log/event-digest.ts';
import type { EventDraft } from '../log/model.ts';
import { encodeSegment, segmentDigest, segmentKey } from '../log/segment.ts';
import type { PackTrailer } from '../packs/format.ts';
import type { SealedPack } from '../packs/pack-rows.ts';
import type { StorageBackend } from '../storage/backend.ts';
import { applyEvents } from './apply.ts';
import { copySegments } from './copy-segments.ts';
import { follow, followTo } from './follow.ts';
import { type LogHead, lockHead, readHead, setHead } from './head.ts';
import { requireKeys, type StoreFile } from './store-file.ts';

export interface LogParts {
  database: RegistryDatabase;
  storage: StorageBackend;
  store: StoreFile;
  /** Recorded as the author of the events. */
  actor: string;
  /** The time by this machine's clock. */
  now: () => Date;
  /** The time by the storage's clock; by default the storage is asked. */
  storageNow?: (() => Date) | undefined;
}

/** Decides on events by the current state of the log. It runs again when another writer was first. */
export type Decide = (tx: WriteTransaction) => Promise<readonly EventDraft[]>;

export interface CommitOptions {
  /** The packs that the events seal. */
  packs?: readonly SealedPack[];
  /** After this call, an error no longer means that the change was not made. */
  beforeCommit?: () => void;
}

/** The longest pause between attempts when many writers commit at once. */
const MAX_PAUSE_MS = 300;
const FIRST_PAUSE_MS = 10;

/** Another writer created the segment. */
class Overtaken extends Error {}

/**
 * Changes the store: decides on events by the newest state, and creates the next segment of the log with them. That is the commit; the
 * cache follows. A writer that was not first follows the log and decides again.
 * @throws what `decide` throws. If storage fails during the commit, the change may or may not have been made; whoever opens the store next
 * sees which.
 */
export async function record(
  parts: LogParts,
  decide: Decide,
  { packs = [], beforeCommit }: CommitOptions = {},
): Promise<void> {
  const tables = new Map(
    packs.map(({ key, table, frames, contents, lists }): [string, PackTrailer] => [
      key,
      table ?? { frames, contents, lists },
    ]),
  );
  let refusal: unknown;
  const decideOrRefuse: Decide = (tx) =>
    decide(tx).catch((error: unknown) => {
      refusal = error;
      throw error;
    });
  // Not during the commit, while others wait for the log.
  await parts.storage.flush?.();
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
    try {
      const result = await againWhenAborted(() => tryToRecord(parts, decideOrRefuse, tables, beforeCommit));
      if (result === 'recorded') return;
      if (result === 'nothing') {
        // In an outdated state there may only seem to be nothing to change.
        if (await wasBehind(parts)) continue;
        return;
      }
    } catch (error) {
      // In an outdated state a refusal may be wrong, too.
      if (error !== refusal || !(error instanceof ArchiveError) || !(await wasBehind(parts))) throw error;
      continue;
    }
    await sleep(pause * Math.random());
    // Follows to the newest segment at once: a writer that read one segment at a time would never catch up with the others.
    await follow(parts);
  }
}

/** Follows the log. @returns whether it had continued. */
async function wasBehind(parts: LogParts): Promise<boolean> {
  const before = await readHead(parts.database.db);
  await follow(parts);
  return (await readHead(parts.database.db)).segment > before.segment;
}

async function tryToRecord(
  { database: { db }, storage, store, actor, now }: LogParts,
  decide: Decide,
  packs: ReadonlyMap<string, PackTrailer>,
  beforeCommit: (() => void) | undefined,
): Promise<'recorded' | 'overtaken' | 'nothing'> {
  // Without the key, an encrypted store cannot be changed.
  const idKey = store.encryption && requireKeys(store).idKey;
  const macOf = idKey && ((body: Uint8Array) => idKey.segmentMac(body));
  let segment = 0;
  let isEmpty = false;
  let stored: Buffer | undefined;
  try {
    await db.transaction().execute(async (tx) => {
      const head = await lockHead(tx);
      const decided = await decide(tx);
      isEmpty = decided.length === 0;
      if (isEmpty) return;
      const drafts = [...migrationOf(head, store), ...decided];
      const rows = toRows(head, drafts, actor, now().toISOString());
      await applyEvents(tx, rows, packs);
      segment = head.segment + 1;
      const { storeId } = store;
      const decoded = { segment, storeId, previous: head.segmentDigest, events: rows, packs };
      const encoded = encodeSegment(decoded, macOf);
      // Objects stored by `decide`.
      await storage.flush?.();
      beforeCommit?.();
      if ((await createSegment(storage, store, segmentKey(segment), encoded)) === 'exists') throw new Overtaken();
      stored = encoded;
      const last = rows.at(-1)!;
      await setHead(tx, {
        sequence: last.sequence,
        digest: eventDigest(last),
        segment,
        segmentDigest: segmentDigest(encoded),
      });
    });
  } catch (error) {
    if (error instanceof Overtaken) return 'overtaken';
    if (stored === undefined) throw error;
    // The cache failed, not the commit.
    await followTo({ database: { db }, storage, store }, segment);
  }
  if (stored) await copySegments(storage, segment, stored);
  return isEmpty ? 'nothing' : 'recorded';
}

/** Where the lock of the database serializes writers, an existing segment was created before a crash. */
export async function createSegment(
  storage: StorageBackend,
  { commit }: StoreFile,
  key: string,
  stored: Uint8Array,
): Promise<'created' | 'exists'> {
  if (commit === 'storage') return storage.create(key, stored);
  if ((await storage.head(key)) !== undefined) return 'exists';
  await storage.put(key, [stored]);
  return 'created';
}

/** The first segment of a store of format 1 or 2 records the end of its old log. */
function migrationOf({ segment, sequence }: LogHead, { storeId, legacy }: StoreFile): EventDraft[] {
  if (segment > 0 || legacy === undefined || sequence !== legacy.sequence) return [];
  const digest = formatContentAddress(legacy.digest);
  const payload = { format: 2, sequence, digest };
  return [{ type: 'v1.store.migrated', subjectKind: 'store', subjectId: storeId, payload }];
}

function toRows(head: LogHead, drafts: readonly EventDraft[], actor: string, created_at: string): EventTable[] {
  let { sequence, digest } = head;
  return drafts.map((draft) => {
    const payload = encodeCbor(draft.payload as unknown as CborValue);
    const row: EventTable = {
      sequence: ++sequence,
      created_at,
      event_type: draft.type,
      subject_kind: draft.subjectKind,
      subject_id: draft.subjectId,
      actor,
      payload,
      payload_digest: blake3.hash(payload),
      previous_digest: digest,
    };
    digest = eventDigest(row);
    return row;
  });
}
