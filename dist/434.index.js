export const id = 434;
export const ids = [434];
export const modules = {

/***/ 37220:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   U: () => (/* binding */ storageClock)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);
/* harmony import */ var _storage_storage_clock_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(24994);


/** A clock that is so far off is wrong. */
const MAX_SKEW_MS = 24 * 60 * 60 * 1000;
/**
 * What goes is decided by the storage's clock, whatever this machine's says.
 *
 * @throws ArchiveError `STATE_CONFLICT` when they are more than a day apart.
 */
async function storageClock({ storage, now, storageNow }) {
    const time = storageNow?.().getTime() ?? Date.now() + (await (0,_storage_storage_clock_js__WEBPACK_IMPORTED_MODULE_1__/* .clockSkew */ .n)(storage));
    const skew = time - now().getTime();
    if (Math.abs(skew) > MAX_SKEW_MS) {
        const hours = Math.round(Math.abs(skew) / 3_600_000);
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('STATE_CONFLICT', `The clock of this machine is ${hours} hours ${skew > 0 ? 'behind' : 'ahead of'} that of the storage, so nothing is removed; set the one that is wrong.`);
    }
    return () => new Date(now().getTime() + skew);
}


/***/ }),

/***/ 58434:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  collectGarbage: () => (/* binding */ collectGarbage)
});

// EXTERNAL MODULE: ./build/action/artifact-store/abort.js
var abort = __webpack_require__(47180);
// EXTERNAL MODULE: ./build/action/artifact-store/commit/record.js
var record = __webpack_require__(31441);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/retention/state.js
var state = __webpack_require__(9442);
// EXTERNAL MODULE: ./build/action/artifact-store/commit/checkpoints.js
var checkpoints = __webpack_require__(9101);
// EXTERNAL MODULE: ./build/action/artifact-store/log/checkpoint.js
var checkpoint = __webpack_require__(48189);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/content-index.js + 1 modules
var content_index = __webpack_require__(83238);
;// CONCATENATED MODULE: ./build/action/artifact-store/garbage/delete-objects.js

/** A store far away answers each slowly; a git host takes them at once. */
const DELETES_AT_ONCE = 100;
/** Deletes objects that the log tells to be removed. */
async function deleteObjects({ storage, signal }, keys) {
    for (const part of (0,content_index/* partsOf */.CI)(keys, DELETES_AT_ONCE)) {
        signal?.throwIfAborted();
        const results = await Promise.allSettled(part.map((key) => storage.delete(key)));
        const failed = results.find((result) => result.status === 'rejected');
        if (failed)
            throw failed.reason;
    }
}

;// CONCATENATED MODULE: ./build/action/artifact-store/garbage/sweep.js



/**
 * Removes the packs that have been retired for longer than the grace period. First the log tells so, then their bytes go:
 * a crash between leaves objects that are known to be removed.
 */
async function sweepPacks(parts, cutoff, dryRun) {
    const { database, signal } = parts;
    const removable = await retiredUntil(database.db, cutoff);
    if (dryRun)
        return totalOf(removable);
    const removed = [];
    for (const part of (0,content_index/* partsOf */.CI)(removable)) {
        let still = [];
        await (0,record/* record */.g)(parts, async (tx) => {
            signal?.throwIfAborted();
            // Another garbage collection may have come first.
            const ids = new Set((await retiredUntil(tx, cutoff)).map(({ id }) => id));
            still = part.filter(({ id }) => ids.has(id));
            return still.map(({ key, storedBytes }) => removal(key, storedBytes, 'unreferenced'));
        });
        await deleteObjects(parts, still.map(({ key }) => key));
        for (const pack of still)
            removed.push(pack);
    }
    return totalOf(removed);
}
async function retiredUntil(db, cutoff) {
    const rows = await db
        .selectFrom('packs')
        .select(['id', 'storage_key', 'stored_bytes'])
        .where('retired_at', '<=', cutoff.toISOString())
        .orderBy('id')
        .execute();
    return rows.map(({ id, storage_key, stored_bytes }) => ({ id, key: storage_key, storedBytes: stored_bytes }));
}
function removal(key, storedBytes, reason) {
    return {
        type: 'v1.object.removed',
        subjectKind: 'object',
        subjectId: key,
        payload: { stored_bytes: storedBytes, reason },
    };
}
function totalOf(packs) {
    return { objects: packs.length, bytes: packs.reduce((sum, { storedBytes }) => sum + storedBytes, 0) };
}

;// CONCATENATED MODULE: ./build/action/artifact-store/garbage/checkpoints.js




/** Removes checkpoints whose segments are all in a later one. Nothing names them, so the log need not tell it. */
async function removeCheckpoints(parts, cutoff, dryRun) {
    const found = await (0,checkpoints/* listCheckpoints */.Ep)(parts.storage);
    const old = found.filter((each) => each.storedAt <= cutoff && found.some((other) => covers(other, each)));
    if (!dryRun)
        await deleteObjects(parts, old.map(checkpoint/* checkpointKey */.s4));
    return totalOf(old.map(({ bytes }) => ({ storedBytes: bytes })));
}
function covers(larger, { first, last }) {
    const isSame = larger.first === first && larger.last === last;
    return !isSame && larger.first <= first && larger.last >= last;
}

// EXTERNAL MODULE: ./build/action/artifact-store/garbage/clock.js
var clock = __webpack_require__(37220);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest-set.js
var digest_set = __webpack_require__(68396);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/model.js
var model = __webpack_require__(46295);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/stored.js + 2 modules
var stored = __webpack_require__(59941);
;// CONCATENATED MODULE: ./build/action/artifact-store/garbage/needs.js






/** Manifests read at a time: a store far away answers each of them slowly… */
const READS_AT_ONCE = 8;
/** …and the entries in them, unless one has more: bounds memory. */
const ENTRIES_AT_ONCE = 200_000;
/**
 * Learns from their manifests what packages of formats 1 and 2 need, of which the log does not tell it.
 *
 * @param leaving packages that are taken for gone.
 * @throws ArchiveError `INTEGRITY` for a manifest that is damaged: what it needs is not known, so nothing may go.
 */
async function learnNeeds(parts, leaving) {
    const { db } = parts.database;
    const columns = ['id', 'manifest_digest', 'manifest_key', 'file_count'];
    const unknown = await db.selectFrom('packages').select(columns).where('needs_known', '=', 0).execute();
    const source = (0,stored/* remembering */.Mw)(parts.storage);
    for (const row of unknown.filter(({ id }) => !leaving.has(id))) {
        const learned = await (0,abort/* untilAborted */.Eu)(parts.signal, readNeeds(db, source, row));
        if (learned)
            await db.transaction().execute((tx) => setNeeds(tx, row.id, learned));
    }
}
/**
 * Whether it is known of every package. One that was to leave and was held just then is not learned of, nor is any when the
 * registry was made anew meanwhile: no pack may be retired then.
 */
async function areNeedsKnown(db) {
    const unknown = db.selectFrom('packages').select('id').where('needs_known', '=', 0).limit(1);
    return (await unknown.executeTakeFirst()) === undefined;
}
async function readNeeds(db, source, row) {
    try {
        const { manifest, bases } = await (0,stored/* fetchManifest */.Cj)(source, row.manifest_digest, row.manifest_key);
        const contents = manifest.files.filter(model/* isContentEntry */.q).filter(({ size }) => size > 0);
        const located = await (0,content_index/* locateContents */.c1)(db, contents.map(({ blake3 }) => blake3));
        const packs = new Map();
        for (const { packId, length } of located.values())
            (0,content_index/* addNeed */.a8)(packs, packId, length);
        return { base: bases.at(-1), packs };
    }
    catch (error) {
        // Another garbage collection may have disposed of it meanwhile.
        if (await isThere(db, row.id))
            throw error;
        return undefined;
    }
}
async function isThere(db, id) {
    return (await db.selectFrom('packages').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
}
async function setNeeds(tx, id, { base, packs }) {
    const { numUpdatedRows } = await tx
        .updateTable('packages')
        .set({ needs_known: 1, manifest_base: base ?? null })
        .where('id', '=', id)
        .executeTakeFirst();
    if (numUpdatedRows === 0n)
        return;
    for (const part of (0,content_index/* partsOf */.CI)([...packs])) {
        const rows = part.map(([pack_id, bytes]) => ({ package_id: id, pack_id, bytes }));
        await tx
            .insertInto('package_packs')
            .values(rows)
            .onConflict((conflict) => conflict.columns(['package_id', 'pack_id']).doNothing())
            .execute();
    }
}
/** The contents that packages need, as their manifests tell. */
async function neededContents({ database: { db }, storage, signal }, packages) {
    const digests = new digest_set/* DigestSet */.D();
    const unknown = new Set();
    const source = (0,stored/* remembering */.Mw)(storage);
    const rows = [];
    for (const part of (0,content_index/* partsOf */.CI)(packages)) {
        const columns = ['id', 'manifest_digest', 'manifest_key', 'file_count'];
        for (const row of await db.selectFrom('packages').select(columns).where('id', 'in', part).execute())
            rows.push(row);
    }
    const read = async ({ id, manifest_digest, manifest_key }) => {
        try {
            const { manifest } = await (0,stored/* fetchManifest */.Cj)(source, manifest_digest, manifest_key);
            for (const entry of manifest.files)
                if ((0,model/* isContentEntry */.q)(entry))
                    digests.add(entry.blake3);
        }
        catch (error) {
            if (!(0,errors/* isArchiveError */.J)(error, 'INTEGRITY'))
                throw error;
            unknown.add(id);
        }
    };
    for (const batch of batchesOf(rows))
        await (0,abort/* untilAborted */.Eu)(signal, Promise.all(batch.map(read)));
    return { digests, unknown };
}
function* batchesOf(packages) {
    let batch = [];
    let entries = 0;
    for (const found of packages) {
        if (batch.length === READS_AT_ONCE || (batch.length > 0 && entries + found.file_count > ENTRIES_AT_ONCE)) {
            yield batch;
            batch = [];
            entries = 0;
        }
        batch.push(found);
        entries += found.file_count;
    }
    if (batch.length > 0)
        yield batch;
}

// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest.js
var identity_digest = __webpack_require__(81713);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/pack-writer.js
var pack_writer = __webpack_require__(23736);
;// CONCATENATED MODULE: ./build/action/artifact-store/garbage/orphans.js









/** Where objects lie that packages are made of. */
const PREFIXES = [pack_writer/* PACKS */.pI, pack_writer/* OBJECTS */.fQ, stored/* MANIFESTS */.V4];
/**
 * Removes objects that nothing names and that are older than the grace period: what writers that were killed left, and the
 * manifests of packages disposed of on which no other one builds. An archive that is still under way and names one of them
 * later is refused then.
 *
 * @param leaving packages that are taken for gone, and their manifests with them.
 */
async function removeOrphans(parts, cutoff, dryRun, leaving) {
    const { database, storage, signal } = parts;
    const orphans = [];
    const known = await namedKeys(database.db, storage, cutoff, leaving);
    for (const prefix of PREFIXES) {
        for await (const object of (0,abort/* itemsUntilAborted */.wf)(signal, storage.list(prefix))) {
            if (object.modifiedAt <= cutoff && !known.has((0,stored/* withoutCopySuffix */.p1)(object.key)))
                orphans.push(object);
        }
    }
    if (!dryRun)
        for (const part of (0,content_index/* partsOf */.CI)(orphans))
            await remove(parts, part, cutoff);
    return { objects: orphans.length, bytes: orphans.reduce((sum, { size }) => sum + size, 0) };
}
async function remove(parts, objects, cutoff) {
    let orphans = [];
    await (0,record/* record */.g)(parts, async (tx) => {
        parts.signal?.throwIfAborted();
        const known = await namedKeys(tx, parts.storage, cutoff, new Set());
        orphans = objects.filter(({ key }) => !known.has((0,stored/* withoutCopySuffix */.p1)(key)));
        const removed = await removedKeys(tx, orphans.map(({ key }) => key));
        const disposed = await disposedKeys(tx);
        // One that was removed before is here again only because its removal was cut off.
        const named = orphans.filter(({ key }) => !removed.has(key));
        return named.map(({ key, size }) => removal(key, size, disposed.has((0,stored/* withoutCopySuffix */.p1)(key)) ? 'disposed' : 'orphan'));
    });
    await deleteObjects(parts, orphans.map(({ key }) => key));
}
async function namedKeys(db, storage, cutoff, leaving) {
    const packs = await db.selectFrom('packs').select('storage_key').execute();
    const manifests = await namedManifests(db, storage, cutoff, leaving);
    return new Set([...packs.map(({ storage_key }) => storage_key), ...manifests]);
}
/** The manifest of a package stays for the grace period after it was disposed of, and what others build on with them. */
async function namedManifests(db, storage, cutoff, leaving) {
    const columns = ['id', 'manifest_digest', 'manifest_key', 'manifest_base', 'needs_known'];
    const packages = await db.selectFrom('packages').select(columns).execute();
    const tombstones = await db
        .selectFrom('tombstones')
        .select([...columns, 'disposed_at'])
        .execute();
    const byDigest = new Map([...packages, ...tombstones].map((row) => [(0,identity_digest/* toHex */.nj)(row.manifest_digest), row]));
    const since = cutoff.toISOString();
    const named = new Set();
    const staying = packages.filter(({ id }) => !leaving.has(id));
    for (const row of [...staying, ...tombstones.filter(({ disposed_at }) => disposed_at > since)]) {
        named.add(row.manifest_key);
        for (let at = row; at !== undefined;) {
            if (at.needs_known === 0) {
                for (const base of await basesOf(storage, at))
                    named.add((0,stored/* manifestKey */.Rn)(base));
                break;
            }
            if (at.manifest_base === null)
                break;
            const key = (0,stored/* manifestKey */.Rn)(at.manifest_base);
            // With it, what it builds on.
            if (named.has(key) && byDigest.get((0,identity_digest/* toHex */.nj)(at.manifest_base))?.needs_known !== 0)
                break;
            named.add(key);
            at = byDigest.get((0,identity_digest/* toHex */.nj)(at.manifest_base));
        }
    }
    return named;
}
/**
 * Of a package of format 1 or 2, of which the log does not tell it. A manifest that is gone builds on nothing, nor does a
 * damaged one of a package that was disposed of.
 */
async function basesOf(storage, row) {
    if ((await storage.head(row.manifest_key)) === undefined)
        return [];
    try {
        return (await (0,stored/* fetchLayered */.Zg)(storage, row.manifest_digest, row.manifest_key)).bases;
    }
    catch (error) {
        if (row.disposed_at !== undefined && (0,errors/* isArchiveError */.J)(error, 'INTEGRITY'))
            return [];
        throw error;
    }
}
/** Keys of the manifests of packages that were disposed of. */
async function disposedKeys(db) {
    const rows = await db.selectFrom('tombstones').select('manifest_key').execute();
    return new Set(rows.map(({ manifest_key }) => manifest_key));
}
async function removedKeys(db, keys) {
    if (keys.length === 0)
        return new Set();
    const rows = await db.selectFrom('removed_objects').select('storage_key').where('storage_key', 'in', keys).execute();
    return new Set(rows.map(({ storage_key }) => storage_key));
}

;// CONCATENATED MODULE: ./build/action/artifact-store/garbage/retire.js



/** Retired in one segment. */
const BATCH_PACKS = 1000;
const NOBODY = new Set();
/**
 * Retires the packs that no package needs: nothing may come to use what is in them, and after the grace period they go.
 *
 * @param leaving packages that are taken for gone.
 */
async function retirePacks(parts, leaving, dryRun) {
    if (dryRun)
        return totalOf(await unneededPacks(parts.database.db, leaving));
    const retired = [];
    for (let size = BATCH_PACKS; size === BATCH_PACKS;) {
        let batch = [];
        await (0,record/* record */.g)(parts, async (tx) => {
            parts.signal?.throwIfAborted();
            batch = (await areNeedsKnown(tx)) ? (await unneededPacks(tx, NOBODY)).slice(0, BATCH_PACKS) : [];
            return batch.map(({ key }) => retiredEvent(key, []));
        });
        size = batch.length;
        for (const pack of batch)
            retired.push(pack);
    }
    return totalOf(retired);
}
/** The event of a pack that new packages may not use any more. */
function retiredEvent(key, movedTo) {
    return { type: 'v1.pack.retired', subjectKind: 'pack', subjectId: key, payload: { moved_to: [...movedTo] } };
}
async function unneededPacks(db, leaving) {
    const needs = await db.selectFrom('package_packs').select(['package_id', 'pack_id']).execute();
    const needed = new Set(needs.filter(({ package_id }) => !leaving.has(package_id)).map(({ pack_id }) => pack_id));
    const columns = ['id', 'storage_key', 'stored_bytes'];
    const packs = await db.selectFrom('packs').select(columns).where('retired_at', 'is', null).orderBy('id').execute();
    return packs
        .filter(({ id }) => !needed.has(id))
        .map(({ storage_key, stored_bytes }) => ({ key: storage_key, storedBytes: stored_bytes }));
}

// EXTERNAL MODULE: ./build/action/artifact-store/encoding/cbor.js
var cbor = __webpack_require__(84660);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/hasher.js
var hasher = __webpack_require__(25014);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/content-sink.js
var content_sink = __webpack_require__(98040);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/format.js
var format = __webpack_require__(75328);
;// CONCATENATED MODULE: ./build/action/artifact-store/garbage/rewrite.js











/** A pack of which less is needed is rewritten: half of what is stored would be waste. */
const MIN_KEPT_SHARE = 0.5;
/** Packs rewritten into new ones at a time, by the raw bytes that move: bounds memory and the length of a transaction. */
const BATCH_BYTES = 64 * 1024 * 1024;
/** And by their number, since a statement takes so many variables. */
const rewrite_BATCH_PACKS = 500;
/**
 * Copies what is needed of packs that are mostly waste into new ones, and retires the old ones: somebody may be reading
 * them for the grace period.
 */
async function rewritePacks(parts, leaving, dryRun) {
    const sparse = await sparsePacks(parts, leaving);
    if (dryRun)
        return totalOf(sparse);
    const rewritten = [];
    for (const batch of rewrite_batchesOf(sparse))
        for (const pack of await rewrite(parts, batch))
            rewritten.push(pack);
    return totalOf(rewritten);
}
/**
 * The log tells what each package needs of a pack. Where one alone needs half of it, it is not sparse; of the others, the
 * manifests tell what is needed together. A pack with damage is left as it is, and one that a package with a damaged manifest
 * needs.
 */
async function sparsePacks(parts, leaving) {
    const { db } = parts.database;
    const users = await usersOfSuspects(db, leaving);
    if (users.size === 0)
        return [];
    const needed = await neededContents(parts, [...new Set([...users.values()].flatMap((packages) => [...packages]))]);
    const sparse = [];
    for (const [id, packages] of users) {
        if ([...packages].some((user) => needed.unknown.has(user)))
            continue;
        const pack = await db.selectFrom('packs').selectAll().where('id', '=', id).executeTakeFirst();
        if (pack === undefined)
            continue;
        const kept = (await contentsOf(db, id)).filter(({ digest }) => needed.digests.has(digest));
        const keptBytes = kept.reduce((sum, { length }) => sum + length, 0);
        if (keptBytes >= MIN_KEPT_SHARE * pack.raw_bytes)
            continue;
        const { storage_key: key, stored_bytes: storedBytes, frames } = pack;
        sparse.push({ id, key, storedBytes, frames, packages, kept, keptBytes });
    }
    return sparse;
}
/** Packs of which no package alone is known to need enough, and who needs them. */
async function usersOfSuspects(db, leaving) {
    const damaged = db.selectFrom('contents').select('pack_id').where('damaged_at', 'is not', null);
    const rows = await db
        .selectFrom('package_packs')
        .innerJoin('packs', 'packs.id', 'package_packs.pack_id')
        .select(['packs.id', 'packs.raw_bytes', 'package_packs.package_id', 'package_packs.bytes'])
        .where('packs.retired_at', 'is', null)
        .where('packs.damaged_at', 'is', null)
        .where('packs.id', 'not in', damaged)
        .execute();
    const staying = rows.filter(({ package_id }) => !leaving.has(package_id));
    const wellUsed = new Set(staying.filter(({ bytes, raw_bytes }) => bytes >= MIN_KEPT_SHARE * raw_bytes).map(({ id }) => id));
    const users = new Map();
    for (const { id, package_id } of staying) {
        if (wellUsed.has(id))
            continue;
        const packages = users.get(id) ?? new Set();
        users.set(id, packages.add(package_id));
    }
    return users;
}
function contentsOf(db, packId) {
    const columns = ['digest', 'raw_offset', 'length'];
    return db.selectFrom('contents').select(columns).where('pack_id', '=', packId).orderBy('raw_offset').execute();
}
function* rewrite_batchesOf(packs) {
    let batch = [];
    let bytes = 0;
    for (const pack of packs) {
        batch.push(pack);
        bytes += pack.keptBytes;
        if (bytes < BATCH_BYTES && batch.length < rewrite_BATCH_PACKS)
            continue;
        yield batch;
        batch = [];
        bytes = 0;
    }
    if (batch.length > 0)
        yield batch;
}
/** @returns those that were retired. */
async function rewrite(parts, packs) {
    let retired = [];
    let mayBeNamed = false;
    const sink = new content_sink/* ContentSink */.n(parts.storage, parts.workers, parts.signal);
    try {
        const copied = [];
        for (const pack of packs)
            if (await copyKept(parts, pack, sink))
                copied.push(pack);
        const sealed = await sink.finish();
        const keys = sealed.map(({ key }) => key);
        await (0,record/* record */.g)(parts, async (tx) => {
            parts.signal?.throwIfAborted();
            retired = [];
            if (!(await areNeedsKnown(tx)))
                return [];
            for (const pack of copied)
                if (await isAsBefore(tx, pack))
                    retired.push(pack);
            if (retired.length === 0)
                return [];
            return [...sealed.map(content_index/* sealedEvent */.bi), ...retired.map(({ key }) => retiredEvent(key, keys))];
        }, {
            packs: sealed,
            beforeCommit: () => {
                mayBeNamed = true;
            },
        });
    }
    catch (error) {
        if (!mayBeNamed)
            await sink.abort();
        throw error;
    }
    if (retired.length === 0)
        await sink.abort();
    return retired;
}
/** Whether nobody else has retired the pack, or come to need more of it than was copied. */
async function isAsBefore(tx, { id, packages }) {
    const pack = await tx.selectFrom('packs').select('retired_at').where('id', '=', id).executeTakeFirst();
    if (pack === undefined || pack.retired_at !== null)
        return false;
    const users = await tx.selectFrom('package_packs').select('package_id').where('pack_id', '=', id).execute();
    return users.every(({ package_id }) => packages.has(package_id));
}
/** @returns false when something is damaged, and the pack has to stay. */
async function copyKept(parts, { key, frames, kept }, sink) {
    let next = 0;
    for (const frame of (0,format/* placeFrames */.GF)((0,format/* decodeFrames */.vx)((0,cbor/* decodeCbor */.P)(frames), `The registry's entry for pack "${key}"`))) {
        const first = next;
        while (next < kept.length && kept[next].raw_offset < frame.rawOffset + frame.rawLength)
            next++;
        const within = kept.slice(first, next);
        if (within.length === 0)
            continue;
        const raw = await readFrame(parts, key, frame);
        if (raw === undefined)
            return false;
        for (const { digest, raw_offset, length } of within) {
            const content = raw.subarray(raw_offset - frame.rawOffset, raw_offset - frame.rawOffset + length);
            if (!(0,identity_digest/* sameBytes */.er)(hasher/* blake3 */.LG.hash(content), digest))
                return false;
            await sink.addSmall(digest, content);
        }
    }
    return true;
}
/** Undefined when it is damaged, or when another garbage collection has removed the pack. */
async function readFrame({ storage, workers, signal }, key, { codec, rawLength, storedOffset, storedLength }) {
    try {
        const stored = await storage.get(key, { offset: storedOffset, length: storedLength }, signal);
        return await workers.run('decompress', { codec, rawLength, stored }, signal);
    }
    catch (error) {
        if (!(0,errors/* isArchiveError */.J)(error, 'INTEGRITY'))
            throw error;
        return undefined;
    }
}

;// CONCATENATED MODULE: ./build/action/artifact-store/garbage/collect.js











/** Disposed of in one transaction. */
const BATCH_PACKAGES = 100;
/**
 * Disposes of the packages that may go and reclaims the bytes that nothing needs, in two phases: a pack that is not needed is
 * retired, and removed when it has been retired for the grace period. Runs beside archives, restores and itself. What was
 * disposed of or removed when it is aborted stays so.
 *
 * @throws ArchiveError `USAGE` for a grace period that is no time; `STATE_CONFLICT` when this machine's clock is wrong;
 * `INTEGRITY`, before anything is changed, when it cannot be told what a package needs.
 */
async function collectGarbage(of, { graceMs, dryRun = false, signal, ...rules }) {
    if (!(graceMs >= 0))
        throw new errors/* ArchiveError */.di('USAGE', `"${graceMs}" is no grace period; give milliseconds, or 0.`);
    const parts = { ...of, signal };
    return (0,abort/* failingWithReason */.ZF)(signal, () => collect(parts, graceMs, dryRun, rules));
}
async function collect(given, graceMs, dryRun, rules) {
    const parts = { ...given, now: dryRun ? given.now : await (0,clock/* storageClock */.U)(given) };
    const { db } = parts.database;
    const expected = await (0,state/* disposablePackages */.Wt)(db, parts.now(), rules);
    const expectedIds = expected.leaving.map(({ id }) => id);
    await learnNeeds(parts, new Set(expectedIds));
    const gone = dryRun ? expectedIds : await dispose(parts, rules);
    const leaving = new Set(gone);
    const retired = await retirePacks(parts, leaving, dryRun);
    const rewritten = await rewritePacks(parts, leaving, dryRun);
    const cutoff = new Date(Math.max(0, parts.now().getTime() - graceMs));
    const swept = await sweepPacks(parts, cutoff, dryRun);
    // Without a grace period, what is retired goes at once, and with a package its manifest.
    const isAtOnce = dryRun && graceMs === 0;
    const removed = isAtOnce ? [swept, retired, rewritten].reduce(sumOf) : swept;
    const unnamed = await removeOrphans(parts, cutoff, dryRun, isAtOnce ? leaving : new Set());
    const orphans = sumOf(unnamed, await removeCheckpoints(parts, cutoff, dryRun));
    const warnings = [
        dryRun ? undefined : await parts.storage.removeUnfinished?.(cutoff),
        !dryRun && removed.objects + orphans.objects > 0 ? parts.storage.freedLater : undefined,
    ].filter((warning) => warning !== undefined);
    const keepsVersions = (await parts.storage.keepsVersions?.()) === true;
    return {
        disposed: gone,
        spared: expected.spared.map(({ id }) => id),
        retired,
        rewritten,
        removed,
        orphans,
        ...(keepsVersions && { keepsVersions }),
        ...(warnings.length > 0 && { warnings }),
    };
}
function sumOf(a, b) {
    return { objects: a.objects + b.objects, bytes: a.bytes + b.bytes };
}
async function dispose(parts, rules) {
    const gone = [];
    for (let size = BATCH_PACKAGES; size === BATCH_PACKAGES;) {
        let batch = [];
        await (0,record/* record */.g)(parts, async (tx) => {
            parts.signal?.throwIfAborted();
            batch = (await (0,state/* disposablePackages */.Wt)(tx, parts.now(), rules)).leaving.slice(0, BATCH_PACKAGES);
            return batch.flatMap((row) => [
                ...(row.expired_at === null ? [(0,state/* expired */._7)(row)] : []),
                (0,state/* disposed */.uf)(row, `expired at ${row.expires_at} as ${row.retention_class}`),
            ]);
        });
        size = batch.length;
        for (const { id } of batch)
            gone.push(id);
    }
    return gone;
}


/***/ }),

/***/ 24994:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   M: () => (/* binding */ skewOf),
/* harmony export */   n: () => (/* binding */ clockSkew)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);

/** Times are whole seconds at many servers, and cut off. */
const TICK_MS = 1000;
/** What a time that storage told, just before `now`, says of its clock: by how many milliseconds it is ahead of this machine's. */
function skewOf(told, now) {
    if (told > now)
        return told - now;
    return told + 2 * TICK_MS < now ? told + TICK_MS - now : 0;
}
/** By how many milliseconds the storage's clock is ahead of this machine's; by that clock, objects are dated. */
async function clockSkew(storage) {
    if (storage.clockSkewMs !== undefined)
        return storage.clockSkewMs;
    // Without a folder, which would stay behind.
    const key = `health-${(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomUUID)()}`;
    try {
        await storage.put(key, [Buffer.from('clock')]);
        const found = await storage.head(key);
        return found === undefined ? 0 : skewOf(found.modifiedAt.getTime(), Date.now());
    }
    finally {
        await storage.delete(key);
    }
}


/***/ })

};
