export const id = 455;
export const ids = [455];
export const modules = {

/***/ 25455:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  list: () => (/* binding */ list)
});

// EXTERNAL MODULE: ./build/action/infospace/infospace-file.js + 1 modules
var infospace_file = __webpack_require__(80647);
// EXTERNAL MODULE: ./build/action/infospace/infospace-store.js + 11 modules
var infospace_store = __webpack_require__(71499);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/infospace/index-file.js + 1 modules
var index_file = __webpack_require__(77637);
;// CONCATENATED MODULE: ./build/action/infospace/list.js



/**
 * The archives of an infospace, oldest first, as its index records them.
 *
 * @throws ArchiveError `NOT_FOUND` without the folder; `CONFIG_INVALID` when the index is broken.
 */
async function listArchives(root) {
    return (0,index_file/* readIndex */.vY)((await (0,infospace_file/* openInfospace */.t)(root)).root);
}
/**
 * Adds expiry, holds, eligibility and disposal to records.
 *
 * @throws ArchiveError `STORE_UNAVAILABLE` when the registry cannot be reached.
 */
async function annotateRetention(records, registry) {
    const tombstones = new Map((await registry.listTombstones()).map((tombstone) => [tombstone.id, tombstone]));
    const annotated = [];
    for (const record of records) {
        const tombstone = tombstones.get(record.package_id);
        annotated.push(tombstone
            ? { ...record, retention: null, disposal: disposalOf(tombstone) }
            : { ...record, retention: await retentionOf(record.package_id, registry), disposal: null });
    }
    return annotated;
}
function disposalOf({ disposedAt, disposedBy, reason }) {
    return { disposedAt, disposedBy, reason };
}
async function retentionOf(packageId, registry) {
    try {
        const { expiresAt, expiredAt, holds, eligible } = await registry.getRetentionState(packageId);
        return { expiresAt, expiredAt, holds, eligible };
    }
    catch (error) {
        if (isArchiveError(error, 'NOT_FOUND'))
            return null;
        throw error;
    }
}

// EXTERNAL MODULE: ./build/action/terminal/format.js
var format = __webpack_require__(21621);
// EXTERNAL MODULE: ./build/action/action/archive-inputs.js + 1 modules
var archive_inputs = __webpack_require__(63175);
// EXTERNAL MODULE: ./build/action/action/outputs.js
var outputs = __webpack_require__(85240);
// EXTERNAL MODULE: ./build/action/action/report.js
var report = __webpack_require__(33458);
// EXTERNAL MODULE: ./build/action/action/source-inputs.js
var source_inputs = __webpack_require__(91399);
// EXTERNAL MODULE: ./build/action/action/summary.js
var summary = __webpack_require__(70498);
;// CONCATENATED MODULE: ./build/action/action/list.js









/** Summaries have a limit, and readers too. */
const MAX_LISTED = 50;
async function list({ inputs, env }) {
    const asked = await readListInputs(inputs, env);
    const archives = asked.embedded ? await fromIndex(asked) : await fromStore(asked, env);
    const newest = archives.at(-1);
    for (const archive of archives)
        (0,report/* say */.cv)(lineOf(archive));
    if (archives.length === 0)
        (0,report/* say */.cv)('No archives yet.');
    (0,outputs/* setOutputs */.n)({
        archives: JSON.stringify(archives),
        count: archives.length,
        package_id: newest?.package_id,
        manifest_digest: newest?.manifest_digest,
        content_digest: newest?.content_digest,
    });
    if (asked.summary)
        await summarize(archives);
}
async function readListInputs(inputs, env) {
    const { root } = await (0,archive_inputs/* readRoot */.XD)(inputs, env);
    const { subject, storeRoot, embedded } = (0,source_inputs/* readSourceInputs */.D)(inputs, env);
    return { root, subject, storeRoot, embedded, summary: inputs.flag('summary', true) };
}
/** As the infospace itself records them. */
async function fromIndex({ root, subject }) {
    const records = await listArchives(root);
    return records.filter((record) => subject === undefined || record.subject === subject);
}
/** A checkout seldom has the index of the run before; a store knows all packages of the subject. */
async function fromStore({ root, subject, storeRoot }, env) {
    const registry = await (0,infospace_store/* openRegistry */.Me)(root, { storeRoot, env }, 'read');
    try {
        const packages = await registry.listPackages({ subject: subject ?? (await (0,infospace_file/* openInfospace */.t)(root)).slug });
        const listed = [];
        for (const found of packages)
            listed.push(await describe(found, registry));
        return listed;
    }
    finally {
        await registry.close();
    }
}
async function describe(found, registry) {
    const { expiresAt, holds, eligible } = await registry.getRetentionState(found.id);
    return {
        package_id: found.id,
        manifest_digest: found.manifestDigest,
        content_digest: found.contentDigest,
        subject: found.subject,
        created_at: found.createdAt,
        retention_class: found.retentionClass,
        file_count: found.fileCount,
        total_bytes: found.totalBytes,
        expires_at: expiresAt,
        on_hold: holds.length > 0,
        eligible,
    };
}
function lineOf({ created_at, package_id, file_count, total_bytes, retention_class }) {
    const size = `${(0,format/* formatCount */.B4)(file_count, 'entry', 'entries')}, ${(0,format/* formatBytes */.z3)(total_bytes)}`;
    return `${created_at.slice(0, 16).replace('T', ' ')}  ${package_id}  ${size}, ${retention_class}`;
}
async function summarize(archives) {
    const earlier = archives.length - MAX_LISTED;
    const rows = archives
        .slice(-MAX_LISTED)
        .map(({ created_at, package_id, file_count, total_bytes, retention_class, expires_at }) => `| ${created_at.slice(0, 16).replace('T', ' ')} | ${(0,summary/* code */.aY)(package_id)} | ${file_count} | ${(0,format/* formatBytes */.z3)(total_bytes)} | ${(0,summary/* code */.aY)(retention_class)} | ${expires_at === null ? 'never' : (expires_at?.slice(0, 10) ?? '')} |`);
    const table = ['| Made | Package | Entries | Size | Class | Expires |', '|---|---|--:|--:|---|---|', ...rows].join('\n');
    await (0,summary/* writeSummary */.Sy)([
        `### ${(0,format/* formatCount */.B4)(archives.length, 'archive')}`,
        archives.length === 0 ? '' : table,
        earlier > 0 ? `and ${earlier} earlier` : '',
    ]);
}


/***/ }),

/***/ 91399:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   D: () => (/* binding */ readSourceInputs)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var _artifact_store_config_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(28802);
/* harmony import */ var _archive_inputs_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(63175);
/* harmony import */ var _inputs_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(84165);




const REFERENCE = /^(latest|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|blake3:[0-9a-f]{64})$/i;
/** @throws ArchiveError naming the input or variable that cannot be used. */
function readSourceInputs(inputs, env) {
    const workspace = (0,_archive_inputs_js__WEBPACK_IMPORTED_MODULE_2__/* .workspaceOf */ .B3)(env);
    const storeRoot = inputs.text('store-root');
    const reference = inputs.text('package-id') ?? 'latest';
    if (!REFERENCE.test(reference)) {
        throw (0,_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .invalidInput */ .aY)('package-id', `is "${reference}"; use a package id, a manifest digest (blake3:…) or latest`);
    }
    const name = (0,_archive_inputs_js__WEBPACK_IMPORTED_MODULE_2__/* .readArtifactName */ .Ep)(inputs);
    const wanted = [name, inputs.text('run-id'), inputs.text('repository')].some((value) => value !== undefined);
    return {
        reference: reference.toLowerCase(),
        subject: inputs.text('subject'),
        root: (0,node_path__WEBPACK_IMPORTED_MODULE_0__.resolve)(workspace, inputs.text('root') ?? '.'),
        storeRoot: storeRoot === undefined ? undefined : (0,node_path__WEBPACK_IMPORTED_MODULE_0__.resolve)(workspace, storeRoot),
        embedded: (0,_artifact_store_config_js__WEBPACK_IMPORTED_MODULE_1__/* .readEnvironment */ .Q)(env).store === undefined && storeRoot === undefined,
        artifact: { wanted, name, place: readPlace(inputs, env) },
    };
}
/** Undefined for artifacts of this run, which need no token. */
function readPlace(inputs, env) {
    const runId = inputs.count('run-id', { min: 1, max: Number.MAX_SAFE_INTEGER });
    const repository = inputs.text('repository') ?? env['GITHUB_REPOSITORY'] ?? '';
    const elsewhere = repository !== (env['GITHUB_REPOSITORY'] ?? '');
    if (runId === undefined) {
        if (!elsewhere)
            return undefined;
        throw (0,_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .invalidInput */ .aY)('run-id', 'is not given, but "repository" is; name the run whose artifact is wanted');
    }
    if (!elsewhere && String(runId) === env['GITHUB_RUN_ID'])
        return undefined;
    const [repositoryOwner, repositoryName, ...rest] = repository.split('/');
    if (!repositoryOwner || !repositoryName || rest.length > 0) {
        throw (0,_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .invalidInput */ .aY)('repository', `is "${repository}"; use owner/name`);
    }
    const token = inputs.required('github-token', 'a token with "actions: read" to see the artifacts of another run');
    return { runId, repositoryOwner, repositoryName, token };
}


/***/ })

};
