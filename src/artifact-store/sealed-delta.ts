import type { LogParts } from './commit/record.ts';
import type { ReadConnection } from './database/database.ts';
import type { EventTable } from './database/schema.ts';
import { decodeCbor } from './encoding/cbor.ts';
import type { IdKey } from './encryption/id-key.ts';
import { openNames } from './encryption/names-box.ts';
import { subjectToken } from './encryption/store-keys.ts';
import { isArchiveError } from './errors.ts';
import { formatContentAddress } from './identity/digest.ts';
import { blake3 } from './identity/hasher.ts';
import type { FinalizedPayload } from './log/model.ts';
import { MAX_BASES } from './manifest/delta.ts';
import type { EncodedManifest } from './manifest/encoded.ts';
import { applyRuns, decodeRuns, entriesOf, type NamedRuns, nameEntries, runsOn } from './manifest/entry-names.ts';
import { copyKey, namesKey, packManifest, packSealedDelta } from './manifest/stored.ts';
import { areRemoved } from './packs/pack-rows.ts';
import { rowOf, type SealedManifestRow } from './sealed-manifests.ts';
import { putBeforeCommit } from './storage/backend.ts';

/** A manifest as it is to be sealed. */
export interface SealedForm {
  packed: Buffer;
  /** What stands for the digests of those it builds on, and where these lie. */
  bases: readonly Uint8Array[];
  baseKeys: readonly string[];
  /** What its entries are called. */
  runs: NamedRuns;
}

/**
 * The manifest on that of the newest package of the subject, as far as it is the same; in full where there is none, or it cannot be
 * built upon. Neither is read, since nobody who writes can.
 */
export async function sealedForm(
  parts: LogParts,
  idKey: IdKey,
  subject: string,
  manifest: EncodedManifest,
): Promise<SealedForm> {
  const names = nameEntries(manifest, (entry) => idKey.entryName(entry));
  return (
    (await formOnNewest(parts, idKey, subject, manifest, names)) ?? {
      packed: packManifest(manifest.cbor),
      bases: [],
      baseKeys: [],
      runs: [names],
    }
  );
}

async function formOnNewest(
  parts: LogParts,
  idKey: IdKey,
  subject: string,
  manifest: EncodedManifest,
  names: Buffer,
): Promise<SealedForm | undefined> {
  const { database, storage } = parts;
  const chain = await newestChain(database.db, subjectToken(idKey, subject));
  const newest = chain.at(-1);
  if (newest === undefined || chain.length > MAX_BASES) return undefined;
  const baseKeys = chain.map(({ manifest_key }) => manifest_key);
  if (await areRemoved(database.db, baseKeys)) return undefined;
  try {
    const before = await namesOf(parts, idKey, chain);
    const runs = runsOn(before, names);
    if (runs === undefined || !applyRuns(before, runs, 'The names').equals(names)) return undefined;
    const bases = chain.map(({ manifest_digest }) => manifest_digest);
    const packed = packSealedDelta(manifest, bases, entriesOf(manifest, runs));
    const base = await storage.get(newest.manifest_key);
    // Only its bytes can be looked at: whether they are those that were stored, the log tells.
    if (packed === undefined || (await storedDigest(database.db, newest)) !== formatContentAddress(blake3.hash(base))) {
      return undefined;
    }
    await putBeforeCommit(storage, copyKey(newest.manifest_key), [base]);
    return { packed, bases, baseKeys, runs };
  } catch (error) {
    if (isArchiveError(error, 'INTEGRITY')) return undefined;
    throw error;
  }
}

interface Row extends SealedManifestRow {
  /** Sequence of the event that made the package visible; of the newest one. */
  position?: number;
}

/** The newest package of a subject, behind those whose manifests its own builds on: the first one is in full. */
async function newestChain(db: ReadConnection, subject: string): Promise<Row[]> {
  const columns = ['manifest_digest', 'manifest_key', 'manifest_base'] as const;
  const newest = db
    .selectFrom('packages')
    .select([...columns, 'position'])
    .where('subject', '=', subject);
  let at: Row | undefined = await newest.orderBy('position', 'desc').limit(1).executeTakeFirst();
  const chain: Row[] = [];
  while (at !== undefined && chain.length <= MAX_BASES) {
    chain.unshift(at);
    if (at.manifest_base === null) return chain;
    at = await rowOf(db, at.manifest_base);
  }
  return [];
}

/** @throws ArchiveError `INTEGRITY` where one is missing or damaged. */
async function namesOf({ storage }: LogParts, idKey: IdKey, chain: readonly Row[]): Promise<Buffer> {
  const read = async ({ manifest_digest, manifest_key }: Row) => {
    const where = `What the entries of "${manifest_key}" are called`;
    const box = await storage.get(namesKey(manifest_key));
    return decodeRuns(openNames(idKey, manifest_digest, box, where), where);
  };
  let names: Buffer = Buffer.alloc(0);
  for (const runs of await Promise.all(chain.map(read))) names = applyRuns(names, runs, 'The names');
  return names;
}

/** Digest of the sealed manifest, as the log has it; undefined where an earlier version made the package. */
async function storedDigest(db: ReadConnection, { position }: Row): Promise<string | undefined> {
  const query = db
    .selectFrom('events')
    .select('payload')
    .where('sequence', '=', position ?? 0);
  const event: Pick<EventTable, 'payload'> | undefined = await query.executeTakeFirst();
  return event && (decodeCbor(event.payload) as unknown as FinalizedPayload).manifest_stored;
}
