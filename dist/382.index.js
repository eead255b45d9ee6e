export const id = 382;
export const ids = [382];
export const modules = {

/***/ 32382:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  verify: () => (/* binding */ verify)
});

// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/infospace/find-package.js + 1 modules
var find_package = __webpack_require__(81442);
// EXTERNAL MODULE: ./build/action/infospace/infospace-store.js
var infospace_store = __webpack_require__(91148);
;// CONCATENATED MODULE: ./build/action/infospace/verify.js


/**
 * Verifies again packages that a reader found damaged, whole, and marks what is damaged in the store: the next archive of sound
 * files then stores it anew, and heals every package that has it.
 *
 * @returns what was found of each; with `unrecorded` when the store cannot be written.
 */
async function markDamaged(root, location, damaged) {
    if (damaged.length === 0)
        return [];
    const { signal } = location;
    let registry;
    try {
        registry = await (0,infospace_store/* openRegistry */.Me)(root, location, 'change');
    }
    catch (error) {
        if (!(error instanceof errors/* ArchiveError */.di))
            throw error;
        return damaged.map((result) => ({ ...result, unrecorded: error }));
    }
    try {
        const found = [];
        const ids = damaged.map(({ id }) => id);
        for await (const result of registry.verifyPackages(ids, undefined, { record: true, signal }))
            found.push(result);
        return found;
    }
    finally {
        await registry.close();
    }
}

// EXTERNAL MODULE: ./build/action/terminal/format.js
var format = __webpack_require__(21621);
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
;// CONCATENATED MODULE: ./build/action/action/verify.js









async function verify({ inputs, env, signal }) {
    const asked = await readVerifyInputs(inputs, env);
    const verified = await (0,package_source/* fromSource */.q)(asked.source, { env, signal }, {
        store: (registry, store) => verifyInStore(registry, asked, { ...store, signal }),
        bag: async (bag) => {
            await (0,package_source/* referenceIn */.h)(bag, asked.source);
            await bag.verify(undefined, signal);
            return [bag.summary];
        },
    });
    const [first] = verified;
    const files = verified.reduce((sum, { fileCount }) => sum + fileCount, 0);
    const bytes = verified.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
    const what = `${(0,format/* formatCount */.B4)(files, 'entry', 'entries')}, ${(0,format/* formatBytes */.z3)(bytes)}`;
    (0,report/* say */.cv)(`${(0,format/* formatCount */.B4)(verified.length, 'package')} verified: ${what}, every byte read and hashed.`);
    (0,outputs/* setOutputs */.n)({
        package_id: verified.length === 1 ? first?.id : '',
        manifest_digest: verified.length === 1 ? first?.manifestDigest : '',
        content_digest: verified.length === 1 ? first?.contentDigest : '',
        package_count: verified.length,
        file_count: files,
        total_bytes: bytes,
    });
    if (asked.summary)
        await summarize(verified, what);
}
async function readVerifyInputs(inputs, env) {
    return {
        source: await (0,source_inputs/* readSourceInputs */.D)(inputs, env),
        all: inputs.flag('all', false),
        summary: inputs.flag('summary', true),
    };
}
/**
 * Marks what is damaged, so that the next archive of sound files heals it.
 *
 * @throws ArchiveError `INTEGRITY` naming the first damaged file, at the first package that has one.
 */
async function verifyInStore(registry, { source, all }, place) {
    const { reference, root, subject } = source;
    const found = all ? await registry.listPackages() : [await (0,find_package/* findPackage */.CV)(reference, registry, { root, subject })];
    const ids = found.map(({ id }) => id);
    for await (const result of registry.verifyPackages(ids, undefined, { signal: place.signal })) {
        const { id, damage } = result;
        for (const { error } of damage)
            (0,report/* say */.cv)(`${id}: ${error.message}`);
        const [first] = damage;
        if (first)
            await markDamaged(root, place, [result]);
        if (first)
            throw new errors/* ArchiveError */.di('INTEGRITY', `Package ${id} is damaged. ${first.error.message}`, first.error);
        (0,report/* say */.cv)(`${id}: sound`);
    }
    return found;
}
async function summarize(verified, what) {
    const [only] = verified;
    const rows = verified.length === 1 && only
        ? [
            ['Package', (0,summary/* code */.aY)(only.id)],
            ['Manifest', (0,summary/* code */.aY)(only.manifestDigest)],
            ['Content', (0,summary/* code */.aY)(only.contentDigest)],
        ]
        : [['Packages', String(verified.length)]];
    await (0,summary/* writeSummary */.Sy)(['### Verified', (0,summary/* table */.tp)([...rows, ['Read and hashed', what]])]);
}


/***/ })

};
