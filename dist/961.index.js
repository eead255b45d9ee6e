export const id = 961;
export const ids = [961];
export const modules = {

/***/ 47961:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  collectGarbage: () => (/* binding */ collectGarbage)
});

// EXTERNAL MODULE: ./build/action/artifact-store/abort.js
var abort = __webpack_require__(47180);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/events/log.js + 1 modules
var log = __webpack_require__(80160);
// EXTERNAL MODULE: ./build/action/artifact-store/retention/state.js
var state = __webpack_require__(9442);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest-set.js
var digest_set = __webpack_require__(68396);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/model.js
var model = __webpack_require__(46295);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/stored.js + 2 modules
var stored = __webpack_require__(59941);
;// CONCATENATED MODULE: ./build/action/artifact-store/garbage/live-contents.js



/** Manifests read at a time: a store far away answers each of them slowly… */
const READS_AT_ONCE = 8;
/** …and the entries in them, unless one has more: bounds memory. */
const ENTRIES_AT_ONCE = 200_000;
/** What packages need, as their manifests tell: contents, and the manifests that those build on. */
class LiveContents {
    #source;
    #packages = new Set();
    #digests = new digest_set/* DigestSet */.D();
    #bases = new Set();
    constructor(storage) {
        this.#source = (0,stored/* remembering */.Mw)(storage);
    }
    /** Keys of manifests that others build on. */
    get bases() {
        return this.#bases;
    }
    /**
     * Reads the manifests of those packages that have not been read, but for some that are taken for gone.
     *
     * @throws ArchiveError `INTEGRITY` for one that is damaged: what it needs is not known, so nothing may go.
     */
    async add(db, leaving = new Set()) {
        const packages = db.selectFrom('packages').select(['id', 'manifest_digest', 'file_count']);
        const unread = (await packages.execute()).filter(({ id }) => !this.#packages.has(id) && !leaving.has(id));
        for (const batch of batchesOf(unread)) {
            const reading = batch.map(async ({ id, manifest_digest }) => {
                try {
                    await this.#read(manifest_digest);
                }
                catch (error) {
                    // Another garbage collection may have disposed of it meanwhile.
                    if (await packages.where('id', '=', id).executeTakeFirst())
                        throw error;
                }
                this.#packages.add(id);
            });
            await Promise.all(reading);
        }
    }
    async #read(digest) {
        const { manifest, bases } = await (0,stored/* fetchManifest */.Cj)(this.#source, digest);
        for (const base of bases)
            this.#bases.add((0,stored/* manifestKey */.Rn)(base));
        for (const entry of manifest.files)
            if ((0,model/* isContentEntry */.q)(entry))
                this.#digests.add(entry.blake3);
    }
    has(digest) {
        return this.#digests.has(digest);
    }
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

// EXTERNAL MODULE: ./build/action/artifact-store/packs/content-index.js + 1 modules
var content_index = __webpack_require__(83238);
;// CONCATENATED MODULE: ./build/action/artifact-store/garbage/mark.js



/** Rows read at a time. */
const PAGE_ROWS = 5000;
/**
 * Marks the contents that no package needs, first phase of their removal. A package that is made meanwhile is either seen
 * here, or it takes the marks of what it needs away again.
 *
 * @param live what was needed a moment ago.
 */
async function markDoomed({ database, now, signal }, live, dryRun) {
    const unneeded = [];
    for await (const content of (0,abort/* itemsUntilAborted */.wf)(signal, unmarked(database.db)))
        if (!live.has(content.digest))
            unneeded.push(content);
    const total = (doomed) => ({
        contents: doomed.length,
        bytes: doomed.reduce((sum, { length }) => sum + length, 0),
    });
    if (dryRun || unneeded.length === 0)
        return total(unneeded);
    return (0,log/* whileLocked */.ai)(database, async (tx) => {
        signal?.throwIfAborted();
        await live.add(tx);
        const doomed = unneeded.filter(({ digest }) => !live.has(digest));
        await (0,content_index/* setDoomed */.D_)(tx, doomed.map(({ digest }) => digest), now().toISOString());
        return total(doomed);
    });
}
async function* unmarked(db) {
    for (let last;;) {
        const query = db.selectFrom('contents').select(['digest', 'length']).orderBy('digest').limit(PAGE_ROWS);
        const page = await (last === undefined ? query : query.where('digest', '>', last))
            .where('doomed_at', 'is', null)
            .execute();
        yield* page;
        if (page.length < PAGE_ROWS)
            return;
        last = page.at(-1).digest;
    }
}

// EXTERNAL MODULE: ./build/action/artifact-store/packs/pack-writer.js
var pack_writer = __webpack_require__(23736);
// EXTERNAL MODULE: ./node_modules/kysely/dist/raw-builder/sql.js + 1 modules
var sql = __webpack_require__(20189);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/cbor.js
var cbor = __webpack_require__(84660);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/format.js
var format = __webpack_require__(75328);
;// CONCATENATED MODULE: ./build/action/artifact-store/garbage/packs.js



const packs_PAGE_ROWS = 500;
/** Every pack, or those with the ids. Contents doomed after `cutoff` count as kept. */
async function* packUse(db, cutoff, ids) {
    const stays = (0,sql/* sql */.l) `contents.doomed_at is null or contents.doomed_at > ${cutoff}`;
    for (let last = 0;;) {
        const query = db
            .selectFrom('packs')
            .leftJoin('contents', 'contents.pack_id', 'packs.id')
            .select(['packs.id', 'packs.storage_key', 'packs.stored_bytes', 'packs.frames', 'packs.doomed_at'])
            .select(({ fn }) => [
            fn.count('contents.digest').as('contents'),
            fn.sum((0,sql/* sql */.l) `case when contents.digest is not null and (${stays}) then 1 else 0 end`).as('kept'),
            fn.sum((0,sql/* sql */.l) `case when ${stays} then coalesce(contents.length, 0) else 0 end`).as('keptBytes'),
        ])
            .groupBy(['packs.id', 'packs.storage_key', 'packs.stored_bytes', 'packs.frames', 'packs.doomed_at'])
            .where('packs.id', '>', last)
            .orderBy('packs.id')
            .limit(packs_PAGE_ROWS);
        const page = await (ids === undefined ? query : query.where('packs.id', 'in', ids)).execute();
        for (const row of page) {
            yield {
                id: row.id,
                key: row.storage_key,
                storedBytes: row.stored_bytes,
                frames: (0,format/* decodeFrames */.vx)((0,cbor/* decodeCbor */.P)(row.frames), `The registry's entry for pack "${row.storage_key}"`),
                doomedAt: row.doomed_at,
                // Counts of 64-bit integers come back as text from PostgreSQL.
                contents: Number(row.contents),
                kept: Number(row.kept),
                keptBytes: Number(row.keptBytes),
            };
        }
        if (page.length < packs_PAGE_ROWS)
            return;
        last = page.at(-1).id;
    }
}
/** Whether a pack can go: nothing found in it stays, and nobody can be reading it since its contents were moved. */
function isRemovable({ contents, kept, doomedAt }, cutoff) {
    return contents > 0 ? kept === 0 : doomedAt !== null && doomedAt <= cutoff;
}
/** Begins the grace period of packs in which no content is found. */
async function doomEmptyPacks(tx, ids, now) {
    if (ids.length === 0)
        return;
    await tx
        .updateTable('packs')
        .set({ doomed_at: now })
        .where('id', 'in', ids)
        .where('doomed_at', 'is', null)
        .where(({ not, exists, selectFrom }) => not(exists(selectFrom('contents').select('digest').whereRef('contents.pack_id', '=', 'packs.id'))))
        .execute();
}

;// CONCATENATED MODULE: ./build/action/artifact-store/garbage/sweep.js




/**
 * Removes the packs of which nothing is needed for longer than the grace period, second phase. First the registry forgets
 * them, then their bytes go: a crash between leaves objects that are known to be removed.
 */
async function sweepPacks(parts, cutoff, dryRun) {
    const { database, storage, now } = parts;
    const removable = [];
    const empty = [];
    for await (const pack of (0,abort/* itemsUntilAborted */.wf)(parts.signal, packUse(database.db, cutoff))) {
        if (isRemovable(pack, cutoff))
            removable.push(pack);
        else if (pack.contents === 0 && pack.doomedAt === null)
            empty.push(pack.id);
    }
    if (dryRun)
        return totalOf(removable);
    if (empty.length > 0)
        await (0,log/* whileLocked */.ai)(database, (tx) => doomEmptyPacks(tx, empty, now().toISOString()));
    const removed = [];
    for (const part of (0,content_index/* partsOf */.CI)(removable)) {
        let still = [];
        await (0,log/* record */.g1)(parts, async (tx) => {
            parts.signal?.throwIfAborted();
            // What a package took back into use meanwhile stays.
            still = [];
            const ids = part.map(({ id }) => id);
            for await (const pack of packUse(tx, cutoff, ids))
                if (isRemovable(pack, cutoff))
                    still.push(pack);
            for (const { id } of still) {
                await tx.deleteFrom('contents').where('pack_id', '=', id).execute();
                await tx.deleteFrom('packs').where('id', '=', id).execute();
            }
            return still.map(({ key, storedBytes, contents }) => removal(key, storedBytes, contents > 0 ? 'unreferenced' : 'rewritten'));
        });
        for (const pack of still) {
            parts.signal?.throwIfAborted();
            await storage.delete(pack.key);
            removed.push(pack);
        }
    }
    return totalOf(removed);
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

;// CONCATENATED MODULE: ./build/action/artifact-store/garbage/orphans.js






/** Where objects lie that packages are made of. */
const PREFIXES = [pack_writer/* PACKS */.pI, pack_writer/* OBJECTS */.fQ, stored/* MANIFESTS */.V4];
/**
 * Removes objects that nothing names and that are older than the grace period: what writers that were killed left, and the
 * manifests of packages disposed of on which no other one builds. An archive that is still under way and names one of them
 * later is refused then.
 *
 * @param live what was needed a moment ago.
 */
async function removeOrphans(parts, live, cutoff, dryRun) {
    const { database, storage } = parts;
    const orphans = [];
    const known = await namedKeys(database.db, live, cutoff);
    for (const prefix of PREFIXES) {
        for await (const object of (0,abort/* itemsUntilAborted */.wf)(parts.signal, storage.list(prefix))) {
            if (object.modifiedAt <= cutoff && !known.has(object.key))
                orphans.push(object);
        }
    }
    if (!dryRun)
        for (const part of (0,content_index/* partsOf */.CI)(orphans))
            await remove(parts, live, part, cutoff);
    return { objects: orphans.length, bytes: orphans.reduce((sum, { size }) => sum + size, 0) };
}
async function remove(parts, live, objects, cutoff) {
    let orphans = [];
    await (0,log/* record */.g1)(parts, async (tx) => {
        parts.signal?.throwIfAborted();
        await live.add(tx);
        const known = await namedKeys(tx, live, cutoff);
        orphans = objects.filter(({ key }) => !known.has(key));
        const removed = await removedKeys(tx, orphans.map(({ key }) => key));
        const disposed = await disposedKeys(tx);
        // One that was removed before is here again only because its removal was cut off.
        const named = orphans.filter(({ key }) => !removed.has(key));
        return named.map(({ key, size }) => removal(key, size, disposed.has(key) ? 'disposed' : 'orphan'));
    });
    const manifests = orphans.filter(({ key }) => key.startsWith(stored/* MANIFESTS */.V4));
    for (const { key } of orphans) {
        parts.signal?.throwIfAborted();
        if (!key.startsWith(stored/* MANIFESTS */.V4))
            await parts.storage.delete(key);
    }
    if (manifests.length > 0)
        await (0,log/* whileLocked */.ai)(parts.database, (tx) => removeManifests(parts, tx, live, manifests, cutoff));
}
/** A package that is brought from elsewhere may come to have a manifest that was removed: while it does, the log is locked. */
async function removeManifests({ storage }, tx, live, manifests, cutoff) {
    await live.add(tx);
    const known = await namedKeys(tx, live, cutoff);
    await Promise.all(manifests.filter(({ key }) => !known.has(key)).map(({ key }) => storage.delete(key)));
}
/** The manifest of a package stays for the grace period after it was disposed of. */
async function namedKeys(db, live, cutoff) {
    const packs = await db.selectFrom('packs').select('storage_key').execute();
    const packages = await db.selectFrom('packages').select('manifest_digest').execute();
    return new Set([
        ...packs.map(({ storage_key }) => storage_key),
        ...packages.map(({ manifest_digest }) => (0,stored/* manifestKey */.Rn)(manifest_digest)),
        ...live.bases,
        ...(await disposedKeys(db, cutoff)),
    ]);
}
/** Keys of the manifests of packages that were disposed of, after that time. */
async function disposedKeys(db, after = new Date(0)) {
    const tombstones = db.selectFrom('tombstones').select('manifest_digest');
    const rows = await tombstones.where('disposed_at', '>', after.toISOString()).execute();
    return new Set(rows.map(({ manifest_digest }) => (0,stored/* manifestKey */.Rn)(manifest_digest)));
}
async function removedKeys(db, keys) {
    if (keys.length === 0)
        return new Set();
    const rows = await db.selectFrom('removed_objects').select('storage_key').where('storage_key', 'in', keys).execute();
    return new Set(rows.map(({ storage_key }) => storage_key));
}

// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest.js
var identity_digest = __webpack_require__(81713);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/hasher.js
var hasher = __webpack_require__(25014);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/content-sink.js
var content_sink = __webpack_require__(98040);
;// CONCATENATED MODULE: ./build/action/artifact-store/garbage/rewrite.js









/** A pack of which less is needed is rewritten: half of what is stored would be waste. */
const MIN_KEPT_SHARE = 0.5;
/** Packs rewritten into new ones at a time, by the raw bytes that move: bounds memory and the length of a transaction. */
const BATCH_BYTES = 64 * 1024 * 1024;
/** And by their number, since a statement takes so many variables. */
const BATCH_PACKS = 500;
/**
 * Copies what is needed of packs that are mostly waste into new ones. The old ones stay for the grace period: somebody may
 * be reading them.
 */
async function rewritePacks(parts, cutoff, dryRun) {
    const sparse = [];
    for await (const pack of packUse(parts.database.db, cutoff))
        if (isSparse(pack))
            sparse.push(pack);
    if (dryRun)
        return totalOf(sparse);
    const rewritten = [];
    for (const batch of rewrite_batchesOf(sparse)) {
        for (const pack of await rewrite(parts, batch, cutoff))
            rewritten.push(pack);
    }
    return totalOf(rewritten);
}
function isSparse({ frames, kept, keptBytes }) {
    const rawBytes = frames.reduce((sum, { rawLength }) => sum + rawLength, 0);
    return kept > 0 && keptBytes < MIN_KEPT_SHARE * rawBytes;
}
function* rewrite_batchesOf(packs) {
    let batch = [];
    let bytes = 0;
    for (const pack of packs) {
        batch.push(pack);
        bytes += pack.keptBytes;
        if (bytes < BATCH_BYTES && batch.length < BATCH_PACKS)
            continue;
        yield batch;
        batch = [];
        bytes = 0;
    }
    if (batch.length > 0)
        yield batch;
}
/** @returns those of which nothing is found any more. */
async function rewrite(parts, packs, cutoff) {
    let emptied = [];
    const sink = new content_sink/* ContentSink */.n(parts.storage, parts.workers, parts.signal);
    try {
        for (const pack of packs)
            await copyKept(parts, pack, cutoff, sink);
        const sealed = await sink.finish();
        await (0,log/* record */.g1)(parts, async (tx) => {
            parts.signal?.throwIfAborted();
            for (const pack of sealed)
                await (0,content_index/* movePack */.H9)(tx, pack, packs.map(({ id }) => id));
            emptied = await forgetWaste(tx, packs, cutoff, parts.now().toISOString());
            return sealed.map(content_index/* sealedEvent */.bi);
        });
    }
    catch (error) {
        // The new packs may be the ones that are named.
        if (!(error instanceof log/* LostCommit */.gW))
            await sink.abort();
        throw error;
    }
    return emptied;
}
/** A content that is damaged is left where it is, and with it the pack. */
async function copyKept(parts, { id, key, frames }, cutoff, sink) {
    const rows = await parts.database.db
        .selectFrom('contents')
        .select(['digest', 'raw_offset', 'length'])
        .where('pack_id', '=', id)
        .where('damaged_at', 'is', null)
        .where((content) => content.or([content('doomed_at', 'is', null), content('doomed_at', '>', cutoff)]))
        .orderBy('raw_offset')
        .execute();
    let next = 0;
    for (const frame of (0,format/* placeFrames */.GF)(frames)) {
        const first = next;
        while (next < rows.length && rows[next].raw_offset < frame.rawOffset + frame.rawLength)
            next++;
        const within = rows.slice(first, next);
        if (within.length === 0)
            continue;
        const raw = await readFrame(parts, key, frame);
        if (raw === undefined)
            continue;
        for (const { digest, raw_offset, length } of within) {
            const content = raw.subarray(raw_offset - frame.rawOffset, raw_offset - frame.rawOffset + length);
            if ((0,identity_digest/* sameBytes */.er)(hasher/* blake3 */.LG.hash(content), digest))
                await sink.addSmall(digest, content);
        }
    }
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
/** What is not needed of the old packs is found no more; one in which nothing is found begins its grace period. */
async function forgetWaste(tx, packs, cutoff, now) {
    const emptied = [];
    const ids = packs.map(({ id }) => id);
    for await (const pack of packUse(tx, cutoff, ids)) {
        if (pack.kept > 0)
            continue;
        await tx.deleteFrom('contents').where('pack_id', '=', pack.id).execute();
        emptied.push(pack);
    }
    await doomEmptyPacks(tx, emptied.map(({ id }) => id), now);
    return emptied;
}

;// CONCATENATED MODULE: ./build/action/artifact-store/garbage/collect.js









/** Disposed of in one transaction. */
const BATCH_PACKAGES = 100;
/**
 * Disposes of the packages that may go and reclaims the bytes that nothing needs, in two phases: what is not needed is
 * marked, and removed when it has been marked for the grace period. Runs beside archives, restores and itself. What was
 * disposed of or removed when it is aborted stays so.
 *
 * @throws ArchiveError `USAGE` for a grace period that is no time; `INTEGRITY`, before anything is changed, when it cannot be
 * told what a package needs.
 */
async function collectGarbage(of, { graceMs, dryRun = false, signal }) {
    if (!(graceMs >= 0))
        throw new errors/* ArchiveError */.di('USAGE', `"${graceMs}" is no grace period; give milliseconds, or 0.`);
    const parts = { ...of, signal };
    return (0,abort/* failingWithReason */.ZF)(signal, () => collect(parts, graceMs, dryRun));
}
async function collect(parts, graceMs, dryRun) {
    const eligible = (await (0,state/* eligiblePackages */.bh)(parts.database.db, parts.now())).map(({ id }) => id);
    const live = new LiveContents(parts.storage);
    await (0,abort/* untilAborted */.Eu)(parts.signal, live.add(parts.database.db, new Set(eligible)));
    const gone = dryRun ? eligible : await dispose(parts);
    const doomed = await markDoomed(parts, live, dryRun);
    const cutoff = new Date(Math.max(0, parts.now().getTime() - graceMs));
    const rewritten = await rewritePacks(parts, cutoff.toISOString(), dryRun);
    const removed = await sweepPacks(parts, cutoff.toISOString(), dryRun);
    const orphans = await removeOrphans(parts, live, cutoff, dryRun);
    const warning = dryRun ? undefined : await parts.storage.removeUnfinished?.(cutoff);
    const keepsVersions = (await parts.storage.keepsVersions?.()) === true;
    return {
        disposed: gone,
        doomed,
        rewritten,
        removed,
        orphans,
        ...(keepsVersions && { keepsVersions }),
        ...(warning !== undefined && { warnings: [warning] }),
    };
}
async function dispose(parts) {
    const gone = [];
    for (let size = BATCH_PACKAGES; size === BATCH_PACKAGES;) {
        let batch = [];
        await (0,log/* record */.g1)(parts, async (tx) => {
            parts.signal?.throwIfAborted();
            batch = (await (0,state/* eligiblePackages */.bh)(tx, parts.now())).slice(0, BATCH_PACKAGES);
            return batch.flatMap((row) => (0,state/* disposed */.uf)(row, `expired at ${row.expires_at} as ${row.retention_class}`));
        });
        size = batch.length;
        for (const { id } of batch)
            gone.push(id);
    }
    return gone;
}


/***/ })

};
