export const id = 153;
export const ids = [153];
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

/***/ 21153:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   purge: () => (/* binding */ purge)
/* harmony export */ });
/* harmony import */ var _commit_record_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(31441);
/* harmony import */ var _retention_state_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9442);
/* harmony import */ var _clock_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(37220);



/**
 * Disposes of one package before its expiry. Its bytes are left to the collection of garbage.
 *
 * @throws ArchiveError `NOT_FOUND`; `STATE_CONFLICT` when a hold keeps it, or this machine's clock is wrong.
 */
async function purge(parts, packageId, reason) {
    const now = await (0,_clock_js__WEBPACK_IMPORTED_MODULE_2__/* .storageClock */ .U)(parts);
    await (0,_commit_record_js__WEBPACK_IMPORTED_MODULE_0__/* .record */ .g)(parts, async (tx) => {
        const state = await (0,_retention_state_js__WEBPACK_IMPORTED_MODULE_1__/* .retentionState */ .Wj)(tx, packageId, now());
        const row = await tx.selectFrom('packages').selectAll().where('id', '=', packageId).executeTakeFirstOrThrow();
        return [(0,_retention_state_js__WEBPACK_IMPORTED_MODULE_1__/* .purged */ .Ar)(row, state, reason)];
    });
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
