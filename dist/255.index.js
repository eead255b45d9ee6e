export const id = 255;
export const ids = [255];
export const modules = {

/***/ 16255:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   LocalStorage: () => (/* binding */ LocalStorage)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(73024);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(51455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(76760);
/* harmony import */ var _encoding_as_buffer_js__WEBPACK_IMPORTED_MODULE_16__ = __webpack_require__(50835);
/* harmony import */ var _encoding_write_all_js__WEBPACK_IMPORTED_MODULE_17__ = __webpack_require__(2699);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(75087);
/* harmony import */ var _files_disk_faults_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(43671);
/* harmony import */ var _files_file_system_time_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(10226);
/* harmony import */ var _files_hard_links_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(40641);
/* harmony import */ var _files_process_mark_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(81497);
/* harmony import */ var _files_whole_file_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(43544);
/* harmony import */ var _backend_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(80404);
/* harmony import */ var _durable_directory_js__WEBPACK_IMPORTED_MODULE_11__ = __webpack_require__(29897);
/* harmony import */ var _keys_js__WEBPACK_IMPORTED_MODULE_12__ = __webpack_require__(3262);
/* harmony import */ var _object_faults_js__WEBPACK_IMPORTED_MODULE_13__ = __webpack_require__(97275);
/* harmony import */ var _storage_clock_js__WEBPACK_IMPORTED_MODULE_14__ = __webpack_require__(24994);
/* harmony import */ var _sync_file_js__WEBPACK_IMPORTED_MODULE_15__ = __webpack_require__(99536);


















/** Unfinished writes lie here, on the same file system as what they become. */
const STAGING = 'tmp';
/** Objects as files below a folder. The folder appears with the first object. */
class LocalStorage {
    backendId = 'local';
    #root;
    /** Folders below the root whose own names are durable. */
    #durable = new Set();
    #clockSkewMs;
    constructor(root) {
        this.#root = (0,node_path__WEBPACK_IMPORTED_MODULE_3__.resolve)(root);
    }
    get clockSkewMs() {
        return this.#clockSkewMs;
    }
    async put(key, pieces, signal) {
        signal?.throwIfAborted();
        const target = this.#path(key);
        const source = guarded(pieces, signal);
        try {
            const existing = await openIfAny(target);
            if (existing) {
                await requireSame(existing, source.pieces, key);
                await this.#syncNames(target);
                return;
            }
            await this.#stage(target, source.pieces, (staged) => {
                signal?.throwIfAborted();
                return (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.rename)(staged, target);
            });
        }
        catch (error) {
            signal?.throwIfAborted();
            if (source.failed(error))
                throw error;
            throw storeError(error, `write "${key}"`, this.#root);
        }
    }
    async create(key, bytes) {
        const target = this.#path(key);
        try {
            await this.#stage(target, [bytes], async (staged) => {
                await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.link)(staged, target);
                await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.unlink)(staged);
            });
            this.#clockSkewMs = (0,_storage_clock_js__WEBPACK_IMPORTED_MODULE_14__/* .skewOf */ .M)((await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.stat)(target)).mtimeMs, Date.now());
            return 'created';
        }
        catch (error) {
            if ((0,_files_hard_links_js__WEBPACK_IMPORTED_MODULE_7__/* .lacksHardLinks */ .l)(error))
                throw createUnsupported(this.#root, error);
            if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .systemErrorCode */ .vq)(error) !== 'EEXIST')
                throw storeError(error, `create "${key}"`, this.#root);
        }
        // NFS may answer so after it has made the link, when an answer was lost.
        const isOurs = (0,_encoding_as_buffer_js__WEBPACK_IMPORTED_MODULE_16__/* .asBuffer */ .b)(await this.get(key)).equals(bytes);
        await this.#sync(target, key);
        return isOurs ? 'created' : 'exists';
    }
    /** Writes a durable file beside the objects, which `publish` then gives the name that is durable in the end. */
    async #stage(target, pieces, publish) {
        const staged = (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(this.#root, STAGING, (0,_files_process_mark_js__WEBPACK_IMPORTED_MODULE_8__/* .newMark */ .e0)());
        await (0,_durable_directory_js__WEBPACK_IMPORTED_MODULE_11__/* .makeDurableDirectory */ .LF)(this.#root);
        for (const path of [staged, target])
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.mkdir)((0,node_path__WEBPACK_IMPORTED_MODULE_3__.dirname)(path), { recursive: true });
        const write = async (file) => {
            for await (const piece of pieces)
                await (0,_encoding_write_all_js__WEBPACK_IMPORTED_MODULE_17__/* .writeAll */ .f)(file, piece);
        };
        await (0,_files_whole_file_js__WEBPACK_IMPORTED_MODULE_9__/* .writeStaged */ .G9)(staged, write, publish);
        await this.#syncNames(target);
    }
    /** Makes an object durable that another writer stored. */
    async #sync(target, key) {
        try {
            await (0,_sync_file_js__WEBPACK_IMPORTED_MODULE_15__/* .syncClosedFile */ ._k)(target);
            await this.#syncNames(target);
        }
        catch (error) {
            throw storeError(error, `sync "${key}"`, this.#root);
        }
    }
    /** Makes an object's name durable, and those of its folders: a writer that was killed may have made them. */
    async #syncNames(target) {
        let folder = (0,node_path__WEBPACK_IMPORTED_MODULE_3__.dirname)(target);
        await (0,_durable_directory_js__WEBPACK_IMPORTED_MODULE_11__/* .syncDirectory */ .zR)(folder);
        for (; folder !== this.#root && !this.#durable.has(folder); folder = (0,node_path__WEBPACK_IMPORTED_MODULE_3__.dirname)(folder)) {
            await (0,_durable_directory_js__WEBPACK_IMPORTED_MODULE_11__/* .syncDirectory */ .zR)((0,node_path__WEBPACK_IMPORTED_MODULE_3__.dirname)(folder));
            this.#durable.add(folder);
        }
    }
    async get(key, range, signal) {
        signal?.throwIfAborted();
        let file;
        try {
            // A FIFO in the place of an object would block.
            file = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.open)(this.#path(key), node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_RDONLY | (node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_NONBLOCK ?? 0));
            const stat = await file.stat();
            if (!stat.isFile())
                throw (0,_object_faults_js__WEBPACK_IMPORTED_MODULE_13__/* .missing */ .LO)(key);
            const { offset, length } = range ?? { offset: 0, length: (0,_object_faults_js__WEBPACK_IMPORTED_MODULE_13__/* .requireSize */ .lY)(key, stat.size) };
            if (offset + length > stat.size)
                throw (0,_object_faults_js__WEBPACK_IMPORTED_MODULE_13__/* .tooShort */ .r3)(key);
            const bytes = Buffer.allocUnsafeSlow(length);
            if ((await readFully(file, bytes, offset)) < offset + length)
                throw (0,_object_faults_js__WEBPACK_IMPORTED_MODULE_13__/* .tooShort */ .r3)(key);
            return bytes;
        }
        catch (error) {
            if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .systemErrorCode */ .vq)(error) === 'ENOENT')
                throw (0,_object_faults_js__WEBPACK_IMPORTED_MODULE_13__/* .missing */ .LO)(key, error);
            throw storeError(error, `read "${key}"`, this.#root);
        }
        finally {
            await file?.close();
        }
    }
    async head(key) {
        try {
            const found = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.stat)(this.#path(key));
            return found.isFile() ? { key, size: found.size, modifiedAt: found.mtime } : undefined;
        }
        catch (error) {
            if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .systemErrorCode */ .vq)(error) === 'ENOENT')
                return undefined;
            throw storeError(error, `look up "${key}"`, this.#root);
        }
    }
    async delete(key) {
        const path = this.#path(key);
        try {
            await unlinkIfAny(path);
            await (0,_durable_directory_js__WEBPACK_IMPORTED_MODULE_11__/* .syncDirectory */ .zR)((0,node_path__WEBPACK_IMPORTED_MODULE_3__.dirname)(path));
        }
        catch (error) {
            // Without its folder there is no object either.
            if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .systemErrorCode */ .vq)(error) !== 'ENOENT')
                throw storeError(error, `delete "${key}"`, this.#root);
        }
    }
    async *list(prefix, after = '') {
        // The folder part of a prefix narrows the walk; the rest of it filters.
        const folder = (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(this.#root, prefix.slice(0, prefix.lastIndexOf('/') + 1));
        try {
            for await (const item of await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.opendir)(folder, { recursive: true })) {
                if (!item.isFile())
                    continue;
                const key = (0,node_path__WEBPACK_IMPORTED_MODULE_3__.relative)(this.#root, (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(item.parentPath, item.name)).split(node_path__WEBPACK_IMPORTED_MODULE_3__.sep).join('/');
                if (!key.startsWith(prefix) || key <= after || key.startsWith(`${STAGING}/`) || !(0,_keys_js__WEBPACK_IMPORTED_MODULE_12__/* .isKey */ .m)(key))
                    continue;
                const found = await this.head(key);
                if (found)
                    yield found;
            }
        }
        catch (error) {
            if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .systemErrorCode */ .vq)(error) !== 'ENOENT')
                throw storeError(error, `list "${prefix}"`, this.#root);
        }
    }
    async removeUnfinished(before) {
        const staging = (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(this.#root, STAGING);
        try {
            const names = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.readdir)(staging);
            if (names.length === 0)
                return;
            // By the clock that dated them.
            const cutoff = before.getTime() - Date.now() + (await (0,_files_file_system_time_js__WEBPACK_IMPORTED_MODULE_6__/* .fileSystemTime */ .R)(staging));
            for (const name of names) {
                const path = (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(staging, name);
                const state = (0,_files_process_mark_js__WEBPACK_IMPORTED_MODULE_8__/* .stateOfMarked */ .DY)(name);
                if (state === 'ended')
                    await unlinkIfAny(path);
                // Whoever runs here writes it still, or has left it to itself.
                else if (state === 'elsewhere')
                    await removeIfOlder(path, cutoff);
            }
        }
        catch (error) {
            if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .systemErrorCode */ .vq)(error) !== 'ENOENT')
                throw storeError(error, 'remove unfinished files', this.#root);
        }
    }
    async health() {
        const probe = `health-${(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomUUID)()}`;
        await this.put(probe, [Buffer.from('ok')]);
        await this.delete(probe);
    }
    #path(key) {
        return (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(this.#root, (0,_keys_js__WEBPACK_IMPORTED_MODULE_12__/* .requireKey */ .X)(key));
    }
}
/** One that is gone was finished meanwhile. */
async function removeIfOlder(path, time) {
    try {
        if ((await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.stat)(path)).mtimeMs < time)
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.unlink)(path);
    }
    catch (error) {
        if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .systemErrorCode */ .vq)(error) !== 'ENOENT')
            throw error;
    }
}
async function unlinkIfAny(path) {
    try {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.unlink)(path);
    }
    catch (error) {
        if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .systemErrorCode */ .vq)(error) !== 'ENOENT')
            throw error;
    }
}
async function openIfAny(path) {
    try {
        return await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.open)(path, _sync_file_js__WEBPACK_IMPORTED_MODULE_15__/* .SYNCABLE */ .uX);
    }
    catch (error) {
        if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .systemErrorCode */ .vq)(error) === 'ENOENT')
            return undefined;
        throw error;
    }
}
/** The pieces, whose errors are told from those of the disk. */
function guarded(pieces, signal) {
    const failures = [];
    async function* guardedPieces() {
        try {
            for await (const piece of pieces) {
                signal?.throwIfAborted();
                yield piece;
            }
        }
        catch (error) {
            failures.push(error);
            throw error;
        }
    }
    return { pieces: guardedPieces(), failed: (error) => failures.includes(error) };
}
/** An object that exists counts as stored when it has these bytes and they are durable. */
async function requireSame(file, pieces, key) {
    try {
        if (!(await file.stat()).isFile())
            throw (0,_object_faults_js__WEBPACK_IMPORTED_MODULE_13__/* .otherBytes */ .IF)(key);
        let compared = 0;
        for await (const piece of pieces) {
            const found = Buffer.allocUnsafe(piece.byteLength);
            const end = await readFully(file, found, compared);
            if (end < compared + piece.byteLength || !found.equals(piece))
                throw (0,_object_faults_js__WEBPACK_IMPORTED_MODULE_13__/* .otherBytes */ .IF)(key);
            compared = end;
        }
        if ((await file.stat()).size !== compared)
            throw (0,_object_faults_js__WEBPACK_IMPORTED_MODULE_13__/* .otherBytes */ .IF)(key);
        await (0,_sync_file_js__WEBPACK_IMPORTED_MODULE_15__/* .syncFile */ .gD)(file);
    }
    finally {
        await file.close();
    }
}
/** Fills the buffer, as far as the file reaches, and returns the position after it. */
async function readFully(file, bytes, position) {
    let filled = 0;
    while (filled < bytes.byteLength) {
        const { bytesRead } = await file.read(bytes, filled, bytes.byteLength - filled, position + filled);
        if (bytesRead === 0)
            break;
        filled += bytesRead;
    }
    return position + filled;
}
function createUnsupported(root, cause) {
    const sentence = `The file system of the store at ${root} has no hard links, so nothing can be created atomically`;
    return new _backend_js__WEBPACK_IMPORTED_MODULE_10__/* .CreateUnsupported */ .W(`${sentence}; choose another folder, or a database.`, cause);
}
function storeError(error, action, root) {
    const code = (0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .systemErrorCode */ .vq)(error);
    if (code === undefined || error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_4__/* .ArchiveError */ .di)
        return error;
    const remedy = (0,_files_disk_faults_js__WEBPACK_IMPORTED_MODULE_5__/* .diskRemedy */ .k)(code, 'run as the owner of the store or choose another one');
    return new _errors_js__WEBPACK_IMPORTED_MODULE_4__/* .ArchiveError */ .di('STORE_UNAVAILABLE', `Could not ${action} in the store at ${root}: ${remedy}.`, error);
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
