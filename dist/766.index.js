export const id = 766;
export const ids = [766];
export const modules = {

/***/ 51766:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  restore: () => (/* binding */ restore)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: ./build/action/artifact-store/abort.js
var abort = __webpack_require__(47180);
// EXTERNAL MODULE: ./build/action/artifact-store/files/disk-faults.js
var disk_faults = __webpack_require__(43671);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/model.js
var model = __webpack_require__(46295);
// EXTERNAL MODULE: ./build/action/infospace/find-package.js + 1 modules
var find_package = __webpack_require__(81442);
// EXTERNAL MODULE: ./build/action/infospace/infospace-store.js
var infospace_store = __webpack_require__(91148);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/release.js
var release = __webpack_require__(3315);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest.js
var digest = __webpack_require__(81713);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/format.js
var format = __webpack_require__(75328);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/progress.js
var progress = __webpack_require__(42296);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/source-reads.js
var source_reads = __webpack_require__(37206);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/stat-cache.js
var stat_cache = __webpack_require__(5350);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/worker-pool.js
var worker_pool = __webpack_require__(60356);
;// CONCATENATED MODULE: ./build/action/artifact-store/hash-files.js







/**
 * The entries that a package of these files would have. Reads and stores nothing else.
 *
 * @param base the folder that the paths of the entries are relative to.
 * @returns them in no order.
 * @throws ArchiveError `FILE_CHANGED` or `FILE_UNREADABLE` naming the file.
 */
async function hashFiles(base, entries, { statCacheDirectory, onProgress, signal } = {}) {
    const statCache = statCacheDirectory === undefined ? undefined : await stat_cache/* StatCache */.X.open(statCacheDirectory, base);
    const hashed = [];
    const sizes = entries.flatMap((entry) => (entry.kind === 'file' ? [entry.stamp.size] : []));
    const counter = new progress/* ProgressCounter */.C(onProgress, (0,progress/* totalOf */.e)(sizes));
    const take = (file, digests) => {
        hashed.push(entryOf(file, digests));
        counter.add(file.path, file.stamp.size);
    };
    const unread = [];
    for (const entry of entries) {
        if (entry.kind !== 'file') {
            hashed.push(entry);
            continue;
        }
        const digests = statCache?.lookup(entry.path, entry.stamp);
        if (digests)
            take(entry, digests);
        else
            unread.push(entry);
    }
    const workers = new worker_pool/* WorkerPool */.T();
    try {
        for await (const [file, digests] of read({ workers, base, signal }, unread))
            take(file, digests);
    }
    finally {
        await workers.close();
    }
    return hashed;
}
function entryOf({ path, kind, executable, stamp }, { blake3, sha256 }) {
    return { path, kind, size: stamp.size, executable, blake3, sha256 };
}
async function* read(parts, files) {
    const ahead = [];
    const batches = [];
    const take = async () => withRetries(parts, batches.shift(), await ahead.shift());
    for (const batch of (0,source_reads/* batchesOf */.cS)(files)) {
        const hashing = hashBatch(parts, batch);
        hashing.catch(() => undefined);
        ahead.push(hashing);
        batches.push(batch);
        if (ahead.length > parts.workers.size * source_reads/* PENDING_READS_PER_WORKER */.hu)
            yield* await take();
    }
    while (ahead.length > 0)
        yield* await take();
}
async function withRetries(parts, batch, results) {
    const hashed = [];
    for (const [i, result] of results.entries()) {
        const file = batch[i];
        const again = async (now) => (await hashBatch(parts, [now]))[0];
        hashed.push((0,source_reads/* isFault */.Zh)(result) ? await (0,source_reads/* retryRead */.Ng)(parts.base, file, result, again, parts.signal) : [file, result]);
    }
    return hashed;
}
/** The digests of each, or why it has none. */
async function hashBatch({ workers, base, signal }, batch) {
    if ((0,source_reads/* isLarge */.sV)(batch[0])) {
        const item = (0,source_reads/* toRead */.YP)(base, batch[0]);
        return [await workers.run('hashFile', { item, chunkBytes: format/* OBJECT_FRAME_RAW_BYTES */.lQ }, signal)];
    }
    const { faults, bytes, digests } = await workers.run('readFiles', (0,source_reads/* filesToRead */.lG)(base, batch), signal);
    (0,release/* release */._)(bytes);
    const failed = new Map(faults);
    return batch.map((_, i) => failed.get(i) ?? (0,digest/* digestsAt */.Dq)(digests, 2 * i * digest/* DIGEST_BYTES */.x4));
}

// EXTERNAL MODULE: ./build/action/artifact-store/source.js
var source = __webpack_require__(85649);
// EXTERNAL MODULE: ./build/action/infospace/contract.js
var contract = __webpack_require__(74954);
// EXTERNAL MODULE: ./build/action/infospace/selection.js + 3 modules
var infospace_selection = __webpack_require__(89375);
// EXTERNAL MODULE: ./build/action/infospace/walk.js + 1 modules
var walk = __webpack_require__(49799);
;// CONCATENATED MODULE: ./build/action/infospace/folder-listing.js






/**
 * What a folder has that a package could: of an infospace what an archive would take, of any other folder everything.
 *
 * @param storePaths files and folders of the store, which are never part of it.
 */
async function listFolder(root, { include, exclude, signal }, storePaths) {
    const selection = {
        // What is not there now may be in the package.
        include: (0,infospace_selection/* compileInclude */.GF)(include ?? (isInfospace(root) ? undefined : ['.'])).map(optional),
        exclude: (0,infospace_selection/* compileExclude */.MR)(root, exclude ?? []),
        reserved: storePaths.filter((path) => (0,external_node_fs_.existsSync)(path)).map((path) => (0,external_node_fs_.realpathSync)(path)),
    };
    try {
        return (await (0,walk/* walk */.G)(root, { ...selection, signal })).entries;
    }
    catch (error) {
        // That too is something to compare with.
        if ((0,errors/* isArchiveError */.J)(error, 'NOTHING_TO_ARCHIVE'))
            return [];
        throw error;
    }
}
function isInfospace(folder) {
    return [contract/* INFOSPACE_FILE */.cj, contract/* ARCHIVES_FOLDER */.VV].some((path) => (0,external_node_fs_.existsSync)((0,external_node_path_.join)(folder, path)));
}
function optional(pattern) {
    return { ...pattern, optional: true };
}

;// CONCATENATED MODULE: ./build/action/infospace/staging-prefix.js
/** Begins the names of folders in which restores write before they move what they wrote. */
const STAGING_PREFIX = '.infospace-restore-';

;// CONCATENATED MODULE: ./build/action/infospace/restore-plan.js










/** Compares a folder with entries that are to be restored into it. */
async function compareTarget(target, entries, options) {
    const changes = { made: [], replaced: [], unchanged: [], removed: [], left: [] };
    const present = new Present(target);
    /** Files that may be equal, which only reading them tells. */
    const likely = [];
    for (const entry of entries) {
        const { path } = entry;
        const there = present.entryAt(path);
        if (there === undefined)
            changes.made.push(path);
        else if (options.overwrite === 'never')
            changes.left.push(path);
        else if (options.overwrite === 'always')
            changes.replaced.push(path);
        else if ((0,model/* isContentEntry */.q)(entry) && isLikely(entry, there))
            likely.push({ entry, there });
        else if (!(0,model/* isContentEntry */.q)(entry) && there !== 'other' && there.kind !== 'file' && (0,model/* sameEntry */.d)(entry, there))
            changes.unchanged.push(path);
        else
            changes.replaced.push(path);
    }
    const equal = await equalFiles(target, likely, options);
    for (const { entry } of likely)
        (equal.has(entry.path) ? changes.unchanged : changes.replaced).push(entry.path);
    if (options.removes || options.listsLeft) {
        const known = new Set(entries.map(({ path }) => path));
        // Where archives are made, only what they take is compared with them.
        const include = (0,external_node_fs_.existsSync)((0,external_node_path_.join)(target, contract/* INDEX_FILE */.K$)) ? undefined : ['.'];
        for (const entry of await listFolder(target, { include, signal: options.signal }, options.storePaths)) {
            if (known.has(entry.path))
                continue;
            const isRemoved = options.removes && options.filter?.wants(entry) !== false && !isKeptAnyway(entry.path);
            (isRemoved ? changes.removed : changes.left).push(entry.path);
        }
    }
    return changes;
}
/** What git keeps belongs to no package, and what other restores are writing or have set aside is not this one's. */
function isKeptAnyway(path) {
    return path.split('/').includes('.git') || path.startsWith(STAGING_PREFIX);
}
/** What lies in a folder, without following links. */
class Present {
    #root;
    /** By path, whether a folder itself is there. */
    #folders = new Map();
    constructor(root) {
        this.#root = root;
    }
    /** `other` for what no package can hold, and folders that are not empty count as empty ones. */
    entryAt(path) {
        const slash = path.lastIndexOf('/');
        if (slash > 0 && !this.#isFolder(path.slice(0, slash)))
            return undefined;
        const absolute = (0,external_node_path_.join)(this.#root, path);
        const stat = (0,external_node_fs_.lstatSync)(absolute, { bigint: true, throwIfNoEntry: false });
        if (stat === undefined)
            return undefined;
        if (stat.isSymbolicLink())
            return { path, kind: 'symlink', target: (0,external_node_fs_.readlinkSync)(absolute) };
        if (stat.isDirectory())
            return { path, kind: 'directory' };
        return stat.isFile() ? (0,source/* sourceFile */.sm)(path, stat) : 'other';
    }
    #isFolder(path) {
        let is = this.#folders.get(path);
        if (is === undefined) {
            const slash = path.lastIndexOf('/');
            is =
                (slash < 0 || this.#isFolder(path.slice(0, slash))) &&
                    (0,external_node_fs_.lstatSync)((0,external_node_path_.join)(this.#root, path), { throwIfNoEntry: false })?.isDirectory() === true;
            this.#folders.set(path, is);
        }
        return is;
    }
}
function isLikely(entry, there) {
    return (typeof there === 'object' &&
        there.kind === 'file' &&
        there.stamp.size === entry.size &&
        there.executable === entry.executable);
}
async function equalFiles(target, likely, { signal }) {
    if (likely.length === 0)
        return new Set();
    const wanted = new Map(likely.map(({ entry }) => [entry.path, entry]));
    try {
        const files = likely.map(({ there }) => there);
        const hashed = await (0,abort/* untilAborted */.Eu)(signal, hashFiles(target, files, { signal }));
        return new Set(hashed.filter((file) => (0,model/* sameEntry */.d)(file, wanted.get(file.path))).map(({ path }) => path));
    }
    catch (error) {
        // What cannot be read is replaced.
        if ((0,errors/* isArchiveError */.J)(error, 'FILE_UNREADABLE') || (0,errors/* isArchiveError */.J)(error, 'FILE_CHANGED'))
            return new Set();
        throw error;
    }
}

// EXTERNAL MODULE: ./build/action/artifact-store/files/process-mark.js
var process_mark = __webpack_require__(81497);
// EXTERNAL MODULE: ./build/action/artifact-store/files/staged-names.js
var staged_names = __webpack_require__(66967);
;// CONCATENATED MODULE: ./build/action/infospace/held-folder.js



/** Linux resolves what lies below a descriptor's entry there from the folder itself, wherever that is by then. */
const DESCRIPTORS = '/proc/self/fd';
const canHold = process.platform === 'linux' && (0,external_node_fs_.existsSync)(DESCRIPTORS);
/**
 * A folder that stays the one it was when it was opened: whoever renames it meanwhile, or puts a link in the place of a
 * folder above it, does not lead astray what is written by its `path`. On systems without a way to say so, `path` is that of
 * the folder, and a link is noticed when it is there before.
 */
class HeldFolder {
    /** For names below it, while it is held. */
    path;
    #handle;
    constructor(path, handle) {
        this.path = handle ? `${DESCRIPTORS}/${handle.fd}` : path;
        this.#handle = handle;
    }
    /** The folder that a path leads to, through links or not. */
    static async at(path) {
        if (!canHold)
            return new HeldFolder(path);
        return new HeldFolder(path, await (0,promises_.open)(path, external_node_fs_.constants.O_RDONLY | external_node_fs_.constants.O_DIRECTORY));
    }
    /** @throws a system error with the code `ENOTDIR` when it is a link or no folder. */
    static async itself(path) {
        if (canHold) {
            const flags = external_node_fs_.constants.O_RDONLY | external_node_fs_.constants.O_DIRECTORY | external_node_fs_.constants.O_NOFOLLOW;
            return new HeldFolder(path, await (0,promises_.open)(path, flags));
        }
        if ((await (0,promises_.lstat)(path)).isDirectory())
            return new HeldFolder(path);
        throw Object.assign(new Error(`not a folder: ${path}`), { code: 'ENOTDIR' });
    }
    /** A folder further down, by no link. */
    async below(names) {
        const [first, ...others] = names;
        if (first === undefined)
            return HeldFolder.at(this.path);
        const next = await HeldFolder.itself((0,external_node_path_.join)(this.path, first));
        if (others.length === 0)
            return next;
        try {
            return await next.below(others);
        }
        finally {
            await next.release();
        }
    }
    async release() {
        await this.#handle?.close();
    }
}

// EXTERNAL MODULE: external "node:timers/promises"
var external_node_timers_promises_ = __webpack_require__(58500);
;// CONCATENATED MODULE: ./build/action/infospace/move-into.js





/** Tried again for a while where files are still open. */
const REMOVAL = { maxRetries: 5 };
/** Renames between two looks at what else the process is to do: signals, progress. Each alone takes some microseconds. */
const RENAMES_AT_ONCE = 256;
/**
 * Moves what is in one folder into another that may hold things. Folders that both have are merged, files give way and
 * are kept in `aside` until the end; when a move fails or the signal is aborted, all are taken back. A folder of the target
 * that becomes a link meanwhile is not followed.
 *
 * @param removed paths of the target that go, and with them the folders above that would be empty, but for those in `kept`.
 *
 * @throws ArchiveError `TARGET_REFUSED`, before anything moved, where a folder and something else have one name; the reason
 * of the signal.
 */
async function moveInto(source, target, aside, { signal, removed = [], kept } = {}) {
    const isFolder = (path) => (0,external_node_fs_.lstatSync)((0,external_node_path_.join)(target.folder.path, path)).isDirectory();
    const moves = removed.filter((path) => !isFolder(path)).map(removal);
    const breathe = breathing(signal);
    const breatheOn = breathing(undefined);
    await planMoves(source, target, [], moves, breathe);
    const places = new Places(target.folder);
    await (0,promises_.mkdir)(aside, { recursive: true });
    const keptAs = (i) => (0,external_node_path_.join)(aside, String(i));
    let replaced = 0;
    let moved = 0;
    try {
        for (const [i, { from, folder, name, replaces }] of moves.entries()) {
            await breathe();
            const to = (0,external_node_path_.join)(await places.pathOf(folder), name);
            if (replaces)
                (0,external_node_fs_.renameSync)(to, keptAs(i));
            replaced++;
            if (from !== undefined)
                (0,external_node_fs_.renameSync)(from, to);
            moved++;
        }
    }
    catch (error) {
        while (replaced > 0) {
            await breatheOn();
            const { from, folder, name, replaces } = moves[--replaced];
            const to = (0,external_node_path_.join)(await places.pathOf(folder), name);
            if (replaced < moved && from !== undefined)
                (0,external_node_fs_.renameSync)(to, from);
            if (replaces)
                (0,external_node_fs_.renameSync)(keptAs(replaced), to);
        }
        throw error;
    }
    finally {
        await places.release();
    }
    for (const [i, { replaces }] of moves.entries()) {
        await breatheOn();
        if (replaces)
            (0,external_node_fs_.rmSync)(keptAs(i), REMOVAL);
    }
    await removeEmptied(target.folder, removed, kept);
}
function removal(path) {
    const names = path.split('/');
    return { from: undefined, folder: names.slice(0, -1), name: names.at(-1), replaces: true };
}
/** Removes folders that lost their last file, innermost first. All is done by now, so that one which stays does no harm. */
async function removeEmptied(target, removed, kept = new Set()) {
    // Those of the files; others among them are empty folders themselves, unless something has come into one.
    const folders = new Set(removed);
    for (const path of removed) {
        for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
            folders.add(path.slice(0, end));
    }
    const places = new Places(target);
    try {
        for (const folder of [...folders].sort().reverse()) {
            if (kept.has(folder))
                continue;
            const names = folder.split('/');
            try {
                (0,external_node_fs_.rmdirSync)((0,external_node_path_.join)(await places.pathOf(names.slice(0, -1)), names.at(-1)));
            }
            catch (error) {
                // Not empty, or never a folder.
                if ((0,errors/* systemErrorCode */.vq)(error) === undefined)
                    throw error;
            }
        }
    }
    finally {
        await places.release();
    }
}
/** Lets others have a turn now and then, and throws when the signal was aborted meanwhile. */
function breathing(signal) {
    let calls = 0;
    return async () => {
        if (++calls % RENAMES_AT_ONCE !== 0)
            return;
        await (0,external_node_timers_promises_.setImmediate)();
        signal?.throwIfAborted();
    };
}
/** Folders below one, of which the last one asked for is held with those above it: the next one mostly lies beside or in it. */
class Places {
    #top;
    #last = [];
    #held = [];
    constructor(top) {
        this.#top = top;
    }
    async pathOf(names) {
        if (names !== this.#last) {
            let common = 0;
            while (common < this.#held.length && this.#last[common] === names[common])
                common++;
            await this.#releaseBelow(common);
            this.#last = names;
            for (const name of names.slice(common))
                this.#held.push(await this.#lowest.below([name]));
        }
        return this.#lowest.path;
    }
    async release() {
        await this.#releaseBelow(0);
    }
    get #lowest() {
        return this.#held.at(-1) ?? this.#top;
    }
    async #releaseBelow(depth) {
        for (const folder of this.#held.splice(depth).reverse())
            await folder.release();
    }
}
/** Adds to `moves`. What lies in one folder follows each other, since to come back to a folder takes time. */
async function planMoves(source, { folder, shown }, names, moves, breathe) {
    const shared = [];
    for (const item of await (0,promises_.readdir)(source, { withFileTypes: true })) {
        await breathe();
        const { name } = item;
        const from = (0,external_node_path_.join)(source, name);
        const there = (0,external_node_fs_.lstatSync)((0,external_node_path_.join)(folder.path, name), { throwIfNoEntry: false });
        if (there === undefined)
            moves.push({ from, folder: names, name, replaces: false });
        else if (item.isDirectory() && there.isDirectory())
            shared.push(name);
        else if (item.isDirectory() || there.isDirectory())
            throw conflict(item, (0,external_node_path_.join)(shown, name), there);
        else
            moves.push({ from, folder: names, name, replaces: true });
    }
    for (const name of shared) {
        const below = await folder.below([name]);
        try {
            const target = { folder: below, shown: (0,external_node_path_.join)(shown, name) };
            await planMoves((0,external_node_path_.join)(source, name), target, [...names, name], moves, breathe);
        }
        finally {
            await below.release();
        }
    }
}
function conflict(item, to, there) {
    const found = there.isDirectory() ? 'a folder' : there.isSymbolicLink() ? 'a link' : 'a file';
    const expected = item.isDirectory() ? 'a folder' : 'a file';
    return new errors/* ArchiveError */.di('TARGET_REFUSED', `${to} is ${found} where the package has ${expected}; move it away first.`);
}

;// CONCATENATED MODULE: ./build/action/infospace/target-names.js



/** What Windows keeps out of names, and out of what links lead to; on other systems such names are ordinary. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are among what it forbids
const WINDOWS_FORBIDDEN = /[<>:"|?*\\\u0000-\u001f]/;
/** What Windows drops from names. */
const WINDOWS_DROPPED = /[. ](\/|$)/;
/** @throws ArchiveError `TARGET_REFUSED` naming a path that this system cannot hold. */
function requireUsableNames(entries) {
    if (process.platform !== 'win32')
        return;
    const entry = entries.find((candidate) => WINDOWS_FORBIDDEN.test(candidate.kind === 'symlink' ? candidate.path + candidate.target : candidate.path) ||
        WINDOWS_DROPPED.test(candidate.path));
    if (entry === undefined)
        return;
    throw new errors/* ArchiveError */.di('TARGET_REFUSED', `Windows cannot hold the name or link ${JSON.stringify(entry.path)}; restore on another system or leave it out with --include.`);
}
/**
 * Finds out whether the target keeps apart names that differ only in case or in Unicode normalization, by making such
 * files in a folder there. Packages without such names need no try.
 *
 * @throws ArchiveError `TARGET_REFUSED` naming two that it takes for one.
 */
async function requireDistinctNames(entries, probe) {
    for (const [first, ...others] of similarPaths(entries)) {
        await (0,promises_.mkdir)(probe);
        await (0,promises_.writeFile)((0,external_node_path_.join)(probe, nameOf(first)), '', { flag: 'wx' });
        for (const other of others) {
            try {
                await (0,promises_.writeFile)((0,external_node_path_.join)(probe, nameOf(other)), '', { flag: 'wx' });
            }
            catch (error) {
                if ((0,errors/* systemErrorCode */.vq)(error) !== 'EEXIST')
                    throw error;
                throw new errors/* ArchiveError */.di('TARGET_REFUSED', `The target cannot keep ${JSON.stringify(first)} and ${JSON.stringify(other)} apart; restore to a file system that is case-sensitive and keeps names as they are.`);
            }
        }
        await (0,promises_.rm)(probe, { recursive: true });
    }
}
/** Groups of paths in one folder, folders among them, that some file system takes for one. */
function similarPaths(entries) {
    const groups = new Map();
    for (const { path } of entries) {
        for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
            const part = path.slice(0, end);
            const name = nameOf(part);
            const folded = part.slice(0, -name.length) + fold(name);
            const group = groups.get(folded);
            if (group?.has(part))
                break;
            if (group)
                group.add(part);
            else
                groups.set(folded, new Set([part]));
        }
    }
    return [...groups.values()].filter(({ size }) => size > 1).map((group) => [...group]);
}
function fold(name) {
    return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}
function nameOf(path) {
    return path.slice(path.lastIndexOf('/') + 1);
}

;// CONCATENATED MODULE: ./build/action/infospace/restore-staging.js










/** The umask takes its part. */
const FOLDER_MODE = 0o755;
/** Writes what is to be made or replaced beside its place, and moves it there when all of it is sound. */
async function stageAndMove(registry, entries, changes, target, state, options) {
    const { onProgress, signal } = options;
    const removals = {
        removed: changes.removed,
        kept: new Set(entries.filter(({ kind }) => kind === 'directory').map(({ path }) => path)),
    };
    onProgress?.({ files: 0, bytes: 0 });
    // Inside a target that is there, which may be a mount or the working folder of a shell; else beside it.
    const parent = state === 'present' ? target : (0,external_node_path_.dirname)(target);
    const madeParent = await (0,promises_.mkdir)(parent, { recursive: true, mode: FOLDER_MODE });
    if (state === 'absent')
        await removeLeftovers(parent);
    const name = STAGING_PREFIX + (0,process_mark/* newMark */.e0)();
    try {
        const folder = await (state === 'present' ? HeldFolder.itself(parent) : HeldFolder.at(parent));
        try {
            await inStaging((0,external_node_path_.join)(folder.path, name), async (staging) => {
                const files = (0,external_node_path_.join)(staging, 'files');
                await requireDistinctNames(entries, (0,external_node_path_.join)(staging, 'probe'));
                await writeEntries(registry, written(entries, changes), files, options);
                signal?.throwIfAborted();
                if (state === 'absent')
                    await (0,promises_.rename)(files, (0,external_node_path_.join)(folder.path, (0,external_node_path_.basename)(target)));
                else
                    await moveInto(files, { folder, shown: target }, (0,external_node_path_.join)(staging, 'replaced'), { signal, ...removals });
            });
        }
        finally {
            await folder.release();
        }
    }
    catch (error) {
        for (const made of madeParent ? foldersUpTo(madeParent, parent) : [])
            await (0,promises_.rmdir)(made).catch(() => undefined);
        throw error;
    }
}
/** A folder that nobody else may enter, for as long as the action takes. */
async function inStaging(path, action) {
    await (0,promises_.mkdir)(path, { mode: 0o700 });
    try {
        const staging = await HeldFolder.itself(path);
        try {
            await action(staging.path);
        }
        finally {
            await clearStaging(staging);
        }
    }
    finally {
        await (0,promises_.rmdir)(path).catch(() => undefined);
    }
}
/** Tried again for a while where files are still open, or too many. */
const restore_staging_REMOVAL = { recursive: true, force: true, maxRetries: 5 };
/** Of what was replaced nothing goes but an empty folder: files that could not be put back stay. */
async function clearStaging(staging) {
    try {
        for (const name of ['files', 'probe'])
            await (0,promises_.rm)((0,external_node_path_.join)(staging.path, name), restore_staging_REMOVAL);
        await (0,promises_.rmdir)((0,external_node_path_.join)(staging.path, 'replaced')).catch(() => undefined);
    }
    finally {
        await staging.release();
    }
}
/** What killed restores left in a folder. */
async function removeLeftovers(folder) {
    const markOf = (name) => (name.startsWith(STAGING_PREFIX) ? name.slice(STAGING_PREFIX.length) : undefined);
    for (const path of await (0,staged_names/* abandonedIn */.IR)(folder, markOf)) {
        try {
            await clearStaging(await HeldFolder.itself(path));
            await (0,promises_.rmdir)(path);
        }
        catch (error) {
            // Another restore was faster, or it holds files that were replaced.
            if ((0,errors/* systemErrorCode */.vq)(error) === undefined)
                throw error;
        }
    }
}
/** The folder and those above it up to one that mkdir names, innermost first. */
function foldersUpTo(top, folder) {
    // As mkdir writes it on Windows.
    return (0,external_node_path_.toNamespacedPath)(folder) === top ? [folder] : [folder, ...foldersUpTo(top, (0,external_node_path_.dirname)(folder))];
}
async function writeEntries(registry, entries, directory, { onProgress, signal }) {
    const folders = new Set(entries.map(({ path, kind }) => (kind === 'directory' ? path : parentOf(path))));
    for (const folder of ['', ...folders]) {
        signal?.throwIfAborted();
        await (0,promises_.mkdir)((0,external_node_path_.join)(directory, folder), { recursive: true, mode: FOLDER_MODE });
    }
    await registry.extractFiles(entries.filter(model/* isContentEntry */.q), directory, onProgress, signal);
    for (const { path, target } of entries.filter(isSymlink)) {
        signal?.throwIfAborted();
        await (0,promises_.symlink)(target, (0,external_node_path_.join)(directory, path));
    }
}
function isSymlink(entry) {
    return entry.kind === 'symlink';
}
function parentOf(path) {
    return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
/** Entries that are not there yet. */
function written(entries, { unchanged, left }) {
    const stays = new Set([...unchanged, ...left]);
    return stays.size === 0 ? entries : entries.filter(({ path }) => !stays.has(path));
}

;// CONCATENATED MODULE: ./build/action/infospace/restore.js













/**
 * Restores a package, by any of its names, byte for byte. Every file is checked as it is
 * written, in a folder beside its place, and moved there when all are whole: a restore that fails or is aborted leaves the
 * target as it was.
 *
 * @throws ArchiveError `TARGET_REFUSED`, `NOT_FOUND`, `INTEGRITY`, `USAGE`, `STORE_UNAVAILABLE`.
 */
async function restoreArchive(reference, options) {
    return withReader(options, (registry) => restoreFrom(registry, reference, options));
}
/**
 * Tells what {@link restoreArchive} would do with `force`, and changes nothing. Lists what would stay too.
 *
 * @throws ArchiveError `TARGET_REFUSED`, `NOT_FOUND`, `INTEGRITY`, `USAGE`, `STORE_UNAVAILABLE`.
 */
async function planRestore(reference, options) {
    return withReader(options, async (registry) => {
        await refuseStore(resolve(options.target), registry.localPaths);
        const asked = await ask(registry, reference, options);
        return asTargetError(asked.target, async () => plan(asked, await stateOf(asked.target), registry, options, true));
    });
}
async function withReader(options, action) {
    if (options.registry)
        return action(options.registry);
    const registry = await (0,infospace_store/* openRegistry */.Me)((0,external_node_path_.resolve)(options.from ?? '.'), options, 'read');
    try {
        return await action(registry);
    }
    finally {
        await registry.close();
    }
}
async function restoreFrom(registry, reference, options) {
    const target = (0,external_node_path_.resolve)(options.target);
    await refuseStore(target, registry.localPaths);
    const takesOver = options.force === true || (options.overwrite === 'never' && !options.delete);
    const state = await asTargetError(target, () => targetState(target, takesOver));
    const asked = await ask(registry, reference, options);
    return (0,abort/* failingWithReason */.ZF)(options.signal, async () => {
        const planned = await plan(asked, state, registry, options, false);
        options.onPlan?.(planned);
        await asTargetError(target, () => stageAndMove(registry, asked.entries, planned.changes, target, state, options));
        const stays = new Set(planned.changes.left);
        const restored = asked.entries.filter(({ path }) => !stays.has(path));
        return {
            package: asked.package,
            target,
            fileCount: restored.length,
            totalBytes: bytesOf(restored),
            changes: planned.changes,
            requests: registry.requests && { ...registry.requests },
        };
    });
}
async function ask(registry, reference, options) {
    const { include = [], signal } = options;
    const filter = include.length > 0 ? (0,infospace_selection/* pathFilter */.Y1)(include) : undefined;
    const place = { root: options.from ?? '.', subject: options.subject };
    const found = await (0,abort/* untilAborted */.Eu)(signal, (0,find_package/* findPackage */.CV)(reference, registry, place));
    const { files } = await (0,abort/* untilAborted */.Eu)(signal, registry.getManifest(found.id));
    const entries = filter ? restore_select(files, filter) : files;
    requireUsableNames(entries);
    return { package: found, target: (0,external_node_path_.resolve)(options.target), entries, filter };
}
async function plan({ package: found, target, entries, filter }, state, registry, options, listsLeft) {
    const changes = state === 'absent'
        ? { made: entries.map(({ path }) => path), replaced: [], unchanged: [], removed: [], left: [] }
        : await compareTarget(target, entries, {
            overwrite: options.overwrite ?? 'if-changed',
            removes: options.delete ?? false,
            listsLeft,
            filter,
            storePaths: registry.localPaths,
            signal: options.signal,
        });
    return { package: found, target, totalBytes: bytesOf(written(entries, changes)), changes };
}
function bytesOf(entries) {
    return entries.filter(model/* isContentEntry */.q).reduce((sum, { size }) => sum + size, 0);
}
async function stateOf(target) {
    try {
        if ((await (0,promises_.lstat)(target)).isDirectory())
            return 'present';
        throw new errors/* ArchiveError */.di('TARGET_REFUSED', `The target ${target} is not a folder; name another one.`);
    }
    catch (error) {
        if ((0,errors/* systemErrorCode */.vq)(error) === 'ENOENT')
            return 'absent';
        throw error;
    }
}
/** @param takesOver whether it may have something in it. */
async function targetState(target, takesOver) {
    const state = await stateOf(target);
    if (state === 'absent')
        return state;
    await removeLeftovers(target);
    const there = takesOver ? [] : await (0,promises_.readdir)(target);
    if (there.length === 0)
        return state;
    const left = there.find((name) => name.startsWith(STAGING_PREFIX));
    const why = left === undefined ? 'is not empty' : `has ${left} of a restore that was cut off or is under way`;
    throw new errors/* ArchiveError */.di('TARGET_REFUSED', `The target ${target} ${why}; name another one or add --force (--dry-run tells what that would change).`);
}
/** @throws ArchiveError `TARGET_REFUSED` for a place inside of a store. */
async function refuseStore(target, storePaths) {
    const place = await withoutLinks(target);
    for (const path of storePaths) {
        const way = (0,external_node_path_.relative)(await withoutLinks(path), place);
        if (way === '..' || way.startsWith(`..${external_node_path_.sep}`) || (0,external_node_path_.isAbsolute)(way))
            continue;
        throw new errors/* ArchiveError */.di('TARGET_REFUSED', `The target ${target} lies inside the store at ${path}; name another one.`);
    }
}
/** The path with the links in it resolved, as far as it is there. */
async function withoutLinks(path) {
    try {
        return await (0,promises_.realpath)(path);
    }
    catch {
        return (0,external_node_path_.dirname)(path) === path ? path : (0,external_node_path_.join)(await withoutLinks((0,external_node_path_.dirname)(path)), (0,external_node_path_.basename)(path));
    }
}
function restore_select(files, filter) {
    const selected = files.filter((entry) => filter.wants(entry));
    const [missed] = filter.unmatched();
    if (missed === undefined)
        return selected;
    throw new errors/* ArchiveError */.di('NOT_FOUND', `Nothing in the package matches the include pattern "${missed}"; correct or drop it.`);
}
async function asTargetError(target, action) {
    try {
        return await action();
    }
    catch (error) {
        const code = (0,errors/* systemErrorCode */.vq)(error);
        if (code === undefined || error instanceof errors/* ArchiveError */.di)
            throw error;
        const remedy = (0,disk_faults/* diskRemedy */.k)(code, 'name another target');
        throw new errors/* ArchiveError */.di('TARGET_REFUSED', `Could not restore into ${target}: ${remedy}.`, error);
    }
}

// EXTERNAL MODULE: ./build/action/terminal/format.js
var terminal_format = __webpack_require__(21621);
// EXTERNAL MODULE: ./build/action/action/archive-inputs.js + 1 modules
var archive_inputs = __webpack_require__(63175);
// EXTERNAL MODULE: ./build/action/action/inputs.js
var action_inputs = __webpack_require__(84165);
// EXTERNAL MODULE: ./build/action/action/outputs.js
var outputs = __webpack_require__(85240);
// EXTERNAL MODULE: ./build/action/action/package-source.js + 9 modules
var package_source = __webpack_require__(17121);
// EXTERNAL MODULE: ./build/action/action/report.js
var report = __webpack_require__(33458);
// EXTERNAL MODULE: ./build/action/action/source-inputs.js
var source_inputs = __webpack_require__(91399);
// EXTERNAL MODULE: ./build/action/action/summary.js
var summary = __webpack_require__(70498);
;// CONCATENATED MODULE: ./build/action/action/restore.js












async function restore({ inputs, env, signal }) {
    const asked = await readRestoreInputs(inputs, env);
    const result = await restoreOrNothing(asked, { env, signal });
    if (result === undefined)
        return;
    const { package: found, target, fileCount, totalBytes } = result;
    const what = `${(0,terminal_format/* formatCount */.B4)(fileCount, 'entry', 'entries')}, ${(0,terminal_format/* formatBytes */.z3)(totalBytes)}`;
    (0,report/* say */.cv)(`Restored ${found.subject} (${found.id}) to ${target}: ${what}, all checked.`);
    (0,outputs/* setOutputs */.n)({
        package_id: found.id,
        manifest_digest: found.manifestDigest,
        content_digest: found.contentDigest,
        target,
        file_count: fileCount,
        total_bytes: totalBytes,
    });
    if (!asked.summary)
        return;
    await (0,summary/* writeSummary */.Sy)([
        `### Restored ${(0,summary/* code */.aY)(found.subject)}`,
        (0,summary/* table */.tp)([
            ['Package', (0,summary/* code */.aY)(found.id)],
            ['Made', (0,summary/* code */.aY)(found.createdAt)],
            ['Target', (0,summary/* code */.aY)((0,external_node_path_.relative)((0,archive_inputs/* workspaceOf */.B3)(env), target) || '.')],
            ['Restored', `${what}, all checked`],
            ['Manifest', (0,summary/* code */.aY)(found.manifestDigest)],
            ['Content', (0,summary/* code */.aY)(found.contentDigest)],
        ]),
    ]);
}
async function readRestoreInputs(inputs, env) {
    const include = inputs.lines('include');
    await (0,action_inputs/* about */.Cv)('include', () => (0,infospace_selection/* compileInclude */.GF)(include));
    return {
        source: await (0,source_inputs/* readSourceInputs */.D)(inputs, env),
        target: (0,external_node_path_.resolve)((0,archive_inputs/* workspaceOf */.B3)(env), inputs.required('target', 'the folder to restore into')),
        include,
        force: inputs.flag('force', false),
        ifNotFound: inputs.choice('if-not-found', ['error', 'warn', 'ignore'], 'error'),
        summary: inputs.flag('summary', true),
    };
}
/** Undefined when there is no such package and the step need not fail for it. */
async function restoreOrNothing(asked, { env, signal }) {
    const { source, target, include, force, ifNotFound } = asked;
    const { root: from, subject } = source;
    const options = { target, include, force, from, subject, signal };
    try {
        return await (0,package_source/* fromSource */.q)(source, { env, signal }, {
            store: (registry) => restoreArchive(source.reference, { ...options, registry }),
            bag: async (bag) => restoreArchive(await (0,package_source/* referenceIn */.h)(bag, source), { ...options, registry: bag }),
        });
    }
    catch (error) {
        if (!(0,errors/* isArchiveError */.J)(error, 'NOT_FOUND') || ifNotFound === 'error')
            throw error;
        if (ifNotFound === 'warn')
            (0,report/* warn */.R8)((0,report/* sentenceOf */.$N)(error));
        else
            (0,report/* say */.cv)((0,report/* sentenceOf */.$N)(error));
        (0,outputs/* setOutputs */.n)({ package_id: '', manifest_digest: '', content_digest: '', target: '', file_count: 0 });
        return undefined;
    }
}


/***/ })

};
