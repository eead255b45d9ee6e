export const id = 797;
export const ids = [797];
export const modules = {

/***/ 76797:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   verify: () => (/* binding */ verify)
/* harmony export */ });
/* harmony import */ var _artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);
/* harmony import */ var _infospace_find_package_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(22058);
/* harmony import */ var _terminal_format_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(21621);
/* harmony import */ var _outputs_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(85240);
/* harmony import */ var _package_source_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(34129);
/* harmony import */ var _report_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(33458);
/* harmony import */ var _source_inputs_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(91399);
/* harmony import */ var _summary_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(70498);








async function verify({ inputs, env }) {
    const asked = readVerifyInputs(inputs, env);
    const verified = await (0,_package_source_js__WEBPACK_IMPORTED_MODULE_3__/* .fromSource */ .q)(asked.source, env, {
        store: (registry) => verifyInStore(registry, asked),
        bag: async (bag) => {
            await (0,_package_source_js__WEBPACK_IMPORTED_MODULE_3__/* .referenceIn */ .h)(bag, asked.source);
            await bag.verify();
            return [bag.summary];
        },
    });
    const [first] = verified;
    const files = verified.reduce((sum, { fileCount }) => sum + fileCount, 0);
    const bytes = verified.reduce((sum, { totalBytes }) => sum + totalBytes, 0);
    const what = `${(0,_terminal_format_js__WEBPACK_IMPORTED_MODULE_7__/* .formatCount */ .B4)(files, 'entry', 'entries')}, ${(0,_terminal_format_js__WEBPACK_IMPORTED_MODULE_7__/* .formatBytes */ .z3)(bytes)}`;
    (0,_report_js__WEBPACK_IMPORTED_MODULE_4__/* .say */ .cv)(`${(0,_terminal_format_js__WEBPACK_IMPORTED_MODULE_7__/* .formatCount */ .B4)(verified.length, 'package')} verified: ${what}, every byte read and hashed.`);
    (0,_outputs_js__WEBPACK_IMPORTED_MODULE_2__/* .setOutputs */ .n)({
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
function readVerifyInputs(inputs, env) {
    return {
        source: (0,_source_inputs_js__WEBPACK_IMPORTED_MODULE_5__/* .readSourceInputs */ .D)(inputs, env),
        all: inputs.flag('all', false),
        summary: inputs.flag('summary', true),
    };
}
/** @throws ArchiveError `INTEGRITY` naming the first damaged file, at the first package that has one. */
async function verifyInStore(registry, { source, all }) {
    const { reference, root, subject } = source;
    const found = all ? await registry.listPackages() : [await (0,_infospace_find_package_js__WEBPACK_IMPORTED_MODULE_1__/* .findPackage */ .CV)(reference, registry, { root, subject })];
    for await (const { id, damage } of registry.verifyPackages(found.map((one) => one.id))) {
        for (const { error } of damage)
            (0,_report_js__WEBPACK_IMPORTED_MODULE_4__/* .say */ .cv)(`${id}: ${error.message}`);
        const [first] = damage;
        if (first)
            throw new _artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('INTEGRITY', `Package ${id} is damaged. ${first.error.message}`, first.error);
        (0,_report_js__WEBPACK_IMPORTED_MODULE_4__/* .say */ .cv)(`${id}: sound`);
    }
    return found;
}
async function summarize(verified, what) {
    const [only] = verified;
    const rows = verified.length === 1 && only
        ? [
            ['Package', (0,_summary_js__WEBPACK_IMPORTED_MODULE_6__/* .code */ .aY)(only.id)],
            ['Manifest', (0,_summary_js__WEBPACK_IMPORTED_MODULE_6__/* .code */ .aY)(only.manifestDigest)],
            ['Content', (0,_summary_js__WEBPACK_IMPORTED_MODULE_6__/* .code */ .aY)(only.contentDigest)],
        ]
        : [['Packages', String(verified.length)]];
    await (0,_summary_js__WEBPACK_IMPORTED_MODULE_6__/* .writeSummary */ .Sy)(['### Verified', (0,_summary_js__WEBPACK_IMPORTED_MODULE_6__/* .table */ .tp)([...rows, ['Read and hashed', what]])]);
}


/***/ })

};
