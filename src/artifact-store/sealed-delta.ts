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

/** A manifest before it is sealed. */
export interface SealedForm {
  packed: Buffer;
  /** The names of its bases' digests, and their storage keys. */
  bases: readonly Uint8Array[];
  baseKeys: readonly string[];
  /** The names of its entries. */
  runs: NamedRuns;
}

/**
 * The manifest as a delta on that of the subject's newest package, or in full where there is no suitable base. The base is not
 * decrypted, since writers cannot; entries are compared by their names.
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
    // The base cannot be decrypted here, so its stored bytes are compared with their digest in the log.
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
  /** Sequence of the event that made the package visible; only for the newest package. */
  position?: number;
}

/** The bases of the subject's newest manifest, the full one first, then the manifest itself. */
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

/** The names of the entries of the chain's last manifest. @throws ArchiveError `INTEGRITY` when names are missing or damaged. */
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

/** Digest of the sealed manifest in the log; undefined for packages of earlier versions. */
async function storedDigest(db: ReadConnection, { position }: Row): Promise<string | undefined> {
  const query = db
    .selectFrom('events')
    .select('payload')
    .where('sequence', '=', position ?? 0);
  const event: Pick<EventTable, 'payload'> | undefined = await query.executeTakeFirst();
  return event && (decodeCbor(event.payload) as unknown as FinalizedPayload).manifest_stored;
}
