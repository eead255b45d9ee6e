export const id = 255;
export const ids = [255];
export const modules = {

/***/ 3262:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   X: () => (/* binding */ requireKey),
/* harmony export */   m: () => (/* binding */ isKey)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);

/** Names without a dot at their start, so neither `..` nor what leads to the root of a disk. */
const KEY = /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/;
function isKey(text) {
    return KEY.test(text);
}
/**
 * Keys are read from storage too, which others may write to: one of a forged event must not lead out of it.
 *
 * @throws ArchiveError `INTEGRITY` for what no store makes up.
 */
function requireKey(key) {
    if (isKey(key))
        return key;
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('INTEGRITY', `The key ${JSON.stringify(key)} is none of a stored object; it was forged.`);
}


/***/ }),

/***/ 16255:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   LocalStorage: () => (/* binding */ LocalStorage)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(51455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(76760);
/* harmony import */ var _encoding_write_all_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(2699);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(75087);
/* harmony import */ var _durable_directory_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(29897);
/* harmony import */ var _keys_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(3262);







/** Unfinished writes lie here, on the same file system as what they become. */
const STAGING = 'tmp';
/** Objects as files below a folder. The folder appears with the first object. */
class LocalStorage {
    backendId = 'local';
    #root;
    constructor(root) {
        this.#root = root;
    }
    async put(key, pieces) {
        const target = this.#path(key);
        if (await this.head(key))
            return 0;
        const staged = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(this.#root, STAGING, (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomUUID)());
        let sourceError;
        async function* source() {
            try {
                yield* pieces;
            }
            catch (error) {
                sourceError = error;
                throw error;
            }
        }
        try {
            await (0,_durable_directory_js__WEBPACK_IMPORTED_MODULE_4__/* .makeDurableDirectory */ .L)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.dirname)(staged));
            await (0,_durable_directory_js__WEBPACK_IMPORTED_MODULE_4__/* .makeDurableDirectory */ .L)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.dirname)(target));
            const written = await writeDurably(staged, source());
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.rename)(staged, target);
            await (0,_durable_directory_js__WEBPACK_IMPORTED_MODULE_4__/* .syncDirectory */ .z)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.dirname)(target));
            return written;
        }
        catch (error) {
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.unlink)(staged).catch(() => undefined);
            if (error === sourceError)
                throw error;
            throw storeError(error, `write "${key}"`, this.#root);
        }
    }
    async get(key, range) {
        let file;
        try {
            file = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.open)(this.#path(key), 'r');
            const { offset, length } = range ?? { offset: 0, length: (await file.stat()).size };
            const bytes = Buffer.allocUnsafeSlow(length);
            let filled = 0;
            while (filled < length) {
                const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
                if (bytesRead === 0) {
                    throw new _errors_js__WEBPACK_IMPORTED_MODULE_3__/* .ArchiveError */ .di('INTEGRITY', `The stored object "${key}" is too short; it is damaged.`);
                }
                filled += bytesRead;
            }
            return bytes;
        }
        catch (error) {
            if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .systemErrorCode */ .vq)(error) === 'ENOENT') {
                throw new _errors_js__WEBPACK_IMPORTED_MODULE_3__/* .ArchiveError */ .di('INTEGRITY', `The stored object "${key}" is missing; the store is damaged.`, error);
            }
            throw storeError(error, `read "${key}"`, this.#root);
        }
        finally {
            await file?.close();
        }
    }
    async head(key) {
        try {
            const found = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.stat)(this.#path(key));
            return found.isFile() ? { key, size: found.size, modifiedAt: found.mtime } : undefined;
        }
        catch (error) {
            if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .systemErrorCode */ .vq)(error) === 'ENOENT')
                return undefined;
            throw storeError(error, `look up "${key}"`, this.#root);
        }
    }
    async delete(key) {
        try {
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.unlink)(this.#path(key));
        }
        catch (error) {
            if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .systemErrorCode */ .vq)(error) !== 'ENOENT')
                throw storeError(error, `delete "${key}"`, this.#root);
        }
    }
    async *list(prefix) {
        // The folder part of a prefix narrows the walk; the rest of it filters.
        const folder = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(this.#root, prefix.slice(0, prefix.lastIndexOf('/') + 1));
        try {
            for await (const item of await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.opendir)(folder, { recursive: true })) {
                if (!item.isFile())
                    continue;
                const key = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.relative)(this.#root, (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(item.parentPath, item.name)).split(node_path__WEBPACK_IMPORTED_MODULE_2__.sep).join('/');
                if (!key.startsWith(prefix) || key.startsWith(`${STAGING}/`) || !(0,_keys_js__WEBPACK_IMPORTED_MODULE_5__/* .isKey */ .m)(key))
                    continue;
                const found = await this.head(key);
                if (found)
                    yield found;
            }
        }
        catch (error) {
            if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .systemErrorCode */ .vq)(error) !== 'ENOENT')
                throw storeError(error, `list "${prefix}"`, this.#root);
        }
    }
    async removeUnfinished(before) {
        const staging = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(this.#root, STAGING);
        try {
            for (const name of await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.readdir)(staging))
                await removeIfOlder((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(staging, name), before);
        }
        catch (error) {
            if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .systemErrorCode */ .vq)(error) !== 'ENOENT')
                throw storeError(error, 'remove unfinished files', this.#root);
        }
    }
    async health() {
        const probe = `health/${(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomUUID)()}`;
        await this.put(probe, [Buffer.from('ok')]);
        await this.delete(probe);
    }
    #path(key) {
        return (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(this.#root, (0,_keys_js__WEBPACK_IMPORTED_MODULE_5__/* .requireKey */ .X)(key));
    }
}
/** One that is gone was finished meanwhile. */
async function removeIfOlder(path, time) {
    try {
        if ((await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.stat)(path)).mtime < time)
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.unlink)(path);
    }
    catch (error) {
        if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .systemErrorCode */ .vq)(error) !== 'ENOENT')
            throw error;
    }
}
async function writeDurably(path, pieces) {
    const file = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.open)(path, 'wx', 0o666);
    let written = 0;
    try {
        for await (const piece of pieces) {
            await (0,_encoding_write_all_js__WEBPACK_IMPORTED_MODULE_6__/* .writeAll */ .f)(file, piece);
            written += piece.byteLength;
        }
        await file.sync();
    }
    finally {
        await file.close();
    }
    return written;
}
const REMEDIES = {
    ENOSPC: 'the disk is full; free some space',
    EDQUOT: 'the disk quota is used up; free some space',
    EFBIG: 'the file size limit is reached; raise it',
    EROFS: 'the file system is read-only; choose a store that can be written',
    EACCES: 'permission is denied; run as the owner of the store or choose another one',
    EPERM: 'permission is denied; run as the owner of the store or choose another one',
    EMFILE: 'too many files are open; raise the limit (ulimit -n)',
    ENFILE: 'too many files are open on this machine; close some',
    ENOTDIR: 'a file stands where a folder should be; choose another store',
};
function storeError(error, action, root) {
    const code = (0,_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .systemErrorCode */ .vq)(error);
    if (code === undefined || error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_3__/* .ArchiveError */ .di)
        return error;
    const remedy = REMEDIES[code] ?? `the system says ${code}; check the disk`;
    return new _errors_js__WEBPACK_IMPORTED_MODULE_3__/* .ArchiveError */ .di('STORE_UNAVAILABLE', `Could not ${action} in the store at ${root}: ${remedy}.`, error);
}


/***/ })

};
