export const id = 446;
export const ids = [446];
export const modules = {

/***/ 96446:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  archive: () => (/* binding */ archive_archive)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./node_modules/@actions/core/lib/core.js + 13 modules
var core = __webpack_require__(77094);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/files/whole-file.js
var whole_file = __webpack_require__(43544);
// EXTERNAL MODULE: ./build/action/infospace/archive.js + 4 modules
var archive = __webpack_require__(53308);
// EXTERNAL MODULE: ./build/action/infospace/compare.js
var compare = __webpack_require__(66369);
// EXTERNAL MODULE: ./build/action/infospace/contract.js
var contract = __webpack_require__(74954);
// EXTERNAL MODULE: ./build/action/infospace/infospace-store.js
var infospace_store = __webpack_require__(91148);
// EXTERNAL MODULE: ./build/action/terminal/format.js
var format = __webpack_require__(21621);
// EXTERNAL MODULE: ./build/action/action/archive-inputs.js + 1 modules
var archive_inputs = __webpack_require__(63175);
// EXTERNAL MODULE: ./build/action/action/summary.js
var summary = __webpack_require__(70498);
;// CONCATENATED MODULE: ./build/action/action/archive-summary.js





/** Longer lists tell no one anything. */
const MAX_LISTED = 10;
/** The job summary: what was archived, where it went, what is new in it, how to get it back. */
async function writeArchiveSummary(archived, context) {
    const { record, changed } = archived;
    const { asked, uploaded, env } = context;
    const root = (0,external_node_path_.relative)((0,archive_inputs/* workspaceOf */.B3)(env), asked.root) || '.';
    await (0,summary/* writeSummary */.Sy)([
        changed ? `### Archived ${(0,summary/* code */.aY)(record.subject)}` : `### Nothing has changed in ${(0,summary/* code */.aY)(record.subject)}`,
        (0,summary/* table */.tp)([
            ['Package', (0,summary/* code */.aY)(record.package_id)],
            ['Folder', (0,summary/* code */.aY)(root)],
            ['Holds', `${(0,format/* formatCount */.B4)(record.file_count, 'entry', 'entries')}, ${(0,format/* formatBytes */.z3)(record.total_bytes)}`],
            ['Stored', storedText(archived)],
            ['Left out', (0,format/* formatLeftOut */.tG)(archived.leftOut)],
            ['Kept', `${(0,summary/* code */.aY)(record.retention_class)}, ${untilText(archived.expiresAt)}`],
            ['Where', whereText(asked, uploaded, env)],
            ['Manifest', (0,summary/* code */.aY)(record.manifest_digest)],
            ['Manifest, SHA-256', (0,summary/* code */.aY)(archived.manifestSha256)],
            ['Content', (0,summary/* code */.aY)(record.content_digest)],
            // Pinned here, out of reach of whoever could change the log.
            ['Audit head', (0,summary/* code */.aY)(`${archived.auditHead.sequence} ${archived.auditHead.digest}`)],
            ['Log head', (0,summary/* code */.aY)(archived.logHead)],
            ...(record.note === null ? [] : [['Note', (0,summary/* code */.aY)(record.note)]]),
        ]),
        changed ? newsText(archived.comparison) : '',
        'Restore it in another job:',
        (0,summary/* codeBlock */.DV)('yaml', restoreSnippet(archived, context)),
    ]);
}
function storedText({ storedBytes, reusedFiles, reusedBytes, record }) {
    const ratio = storedBytes < record.total_bytes ? `, ${Math.round((100 * storedBytes) / record.total_bytes)} % of its size` : '';
    const reused = reusedFiles === 0
        ? ''
        : `; ${(0,format/* formatCount */.B4)(reusedFiles, 'file')} (${(0,format/* formatBytes */.z3)(reusedBytes)}) share a content that is stored`;
    return `${(0,format/* formatBytes */.z3)(storedBytes)} new${ratio}${reused}`;
}
function untilText(expiresAt) {
    return expiresAt === null ? 'never expires' : `until ${expiresAt.slice(0, 10)}`;
}
function whereText({ store: { kind, storeRoot } }, uploaded, env) {
    const places = {
        embedded: 'the embedded store of this job',
        git: 'the git repository of the checkout',
        shared: storeRoot === undefined ? 'the configured store' : `the store in ${(0,summary/* code */.aY)(storeRoot)}`,
    };
    const stored = places[kind];
    if (uploaded === undefined)
        return stored;
    const name = (0,summary/* code */.aY)(uploaded.name);
    const linked = uploaded.url === '' || env['ACT'] ? name : `[${name}](${uploaded.url})`;
    return `${stored}, and the workflow artifact ${linked}`;
}
function newsText(comparison) {
    if (comparison === undefined)
        return 'This is the first package of its subject in the store.';
    const { changes, unchanged } = comparison;
    const { added, changed, removed, renamed } = (0,compare/* countChanges */.xS)(changes);
    const moved = renamed > 0 ? `, ${renamed} renamed` : '';
    const counts = `${added} added, ${changed} changed, ${removed} removed${moved}, ${unchanged} unchanged`;
    const lines = changes.map(newsLine);
    const more = lines.length > MAX_LISTED ? [`and ${lines.length - MAX_LISTED} more`] : [];
    return [`Since the package before: ${counts}.`, (0,summary/* list */.p_)([...lines.slice(0, MAX_LISTED), ...more])].join('\n\n');
}
function newsLine(change) {
    const from = change.status === 'renamed' ? `${(0,summary/* code */.aY)(change.before.path)} to ` : '';
    return `${change.status} ${from}${(0,summary/* code */.aY)((0,compare/* pathOf */.XM)(change))}`;
}
function restoreSnippet({ record }, { asked, uploaded, env }) {
    const root = (0,external_node_path_.relative)((0,archive_inputs/* workspaceOf */.B3)(env), asked.root) || '.';
    const { kind, storeRoot } = asked.store;
    const action = env['GITHUB_ACTION_REPOSITORY'] || 'org/infospace-archive';
    const ref = env['GITHUB_ACTION_REF'] || 'v1';
    const inputs = [
        // It proves what is restored, which an id does not.
        ['package-id', record.manifest_digest],
        ['target', 'restored'],
        kind !== 'shared' && uploaded === undefined && root !== '.' && ['root', (0,summary/* yamlValue */.t$)(root)],
        kind === 'git' && uploaded === undefined && ['store', 'git'],
        storeRoot !== undefined && ['store-root', (0,summary/* yamlValue */.t$)(storeRoot)],
        uploaded !== undefined && ['workflow-artifact-name', (0,summary/* yamlValue */.t$)(uploaded.name)],
        uploaded !== undefined && ['run-id', `'${env['GITHUB_RUN_ID'] ?? ''}'`],
        // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of the workflow
        uploaded !== undefined && ['github-token', '${{ github.token }}'],
    ];
    const lines = inputs.filter((input) => input !== false).map(([name, value]) => `    ${name}: ${value}`);
    return [`- uses: ${action}/restore@${ref}`, '  with:', ...lines].join('\n');
}

// EXTERNAL MODULE: ./build/action/action/git-store.js + 1 modules
var git_store = __webpack_require__(36940);
// EXTERNAL MODULE: ./build/action/action/outputs.js
var outputs = __webpack_require__(85240);
// EXTERNAL MODULE: ./build/action/action/report.js
var report = __webpack_require__(33458);
// EXTERNAL MODULE: ./build/action/artifact-store/bag/layout.js
var layout = __webpack_require__(18389);
// EXTERNAL MODULE: ./build/action/artifact-store/files/temporary-folder.js
var temporary_folder = __webpack_require__(63946);
// EXTERNAL MODULE: ./build/action/action/workflow-artifact.js
var workflow_artifact = __webpack_require__(83628);
;// CONCATENATED MODULE: ./build/action/action/upload-package.js








/**
 * Uploads the package as one self-contained file where it is asked for, or where its store ends with the job.
 *
 * @returns undefined when there is nothing to upload, or when act has no way to.
 * @throws ArchiveError; the package is in the store all the same.
 */
async function uploadPackage(registry, { record }, asked, { env, signal }) {
    const { workflowArtifact: mode, store } = asked;
    if (mode === 'never' || (mode === 'auto' && store.kind !== 'embedded'))
        return undefined;
    const name = asked.workflowArtifactName ?? (0,workflow_artifact/* artifactNameOf */.nn)(record.subject, record.package_id);
    return core/* group */.Os('Upload as a workflow artifact', async () => {
        if (mode === 'auto')
            (0,report/* say */.cv)('The embedded store ends with this job: the package is uploaded.');
        const folder = await (0,temporary_folder/* makeTemporaryFolder */.w)('bag');
        try {
            const path = (0,external_node_path_.join)(folder, `${record.package_id}${layout/* BAG_EXTENSION */.RP}`);
            await registry.exportPackage(record.package_id, { file: path }, undefined, signal);
            const retentionDays = asked.workflowArtifactRetentionDays;
            return await (0,workflow_artifact/* uploadArtifact */.mz)(name, { path, folder }, { retentionDays, env, signal });
        }
        catch (error) {
            if (signal.aborted)
                (0,report/* warn */.R8)(`The package ${record.package_id} was made; it was not uploaded as a workflow artifact.`);
            // A laptop keeps its embedded store; GitHub's runners do not.
            if (!env['ACT'] || mode === 'always' || !(error instanceof errors/* ArchiveError */.di))
                throw error;
            (0,report/* warn */.R8)(`The package is in the embedded store alone. ${(0,report/* sentenceOf */.$N)(error)}`);
            return undefined;
        }
        finally {
            await (0,promises_.rm)(folder, { recursive: true, force: true });
        }
    });
}

;// CONCATENATED MODULE: ./build/action/action/archive.js

















async function archive_archive({ inputs, env, signal }) {
    const given = await (0,archive_inputs/* readArchiveInputs */.yq)(inputs, env);
    if (given.outsideWorkspace)
        (0,report/* warn */.R8)(`The input "root" names ${given.root}, which lies outside of the workspace.`);
    const made = await core/* group */.Os('Archive', () => archiveOrNothing(given, env, signal));
    if (made === undefined)
        return;
    const { asked, result } = made;
    const registry = await (0,infospace_store/* openRegistry */.Me)(asked.root, asked.options, 'read');
    let uploaded;
    try {
        const archived = await describe(registry, asked.root, result);
        (0,outputs/* setOutputs */.n)(outputsOf(archived, asked));
        // What goes wrong from here on leaves the outputs there for later steps.
        uploaded = await uploadPackage(registry, archived, asked, { env, signal });
        if (uploaded)
            (0,outputs/* setOutputs */.n)(artifactOutputs(uploaded));
        if (asked.summary)
            await writeArchiveSummary(archived, { asked, uploaded, env });
    }
    finally {
        await registry.close();
    }
}
/** Undefined when there is nothing to archive and the step need not fail for it. */
async function archiveOrNothing(asked, env, signal) {
    const { root, options, ifNoFilesFound, store } = asked;
    try {
        const made = store.kind === 'git'
            ? await (0,git_store/* archiveInGit */.A)(asked, env, signal)
            : { asked, result: await (0,archive/* archiveInfospace */.P)(root, { ...options, signal }) };
        for (const warning of made.result.warnings)
            (0,report/* warn */.R8)(warning);
        tell(made.result);
        return made;
    }
    catch (error) {
        if (!(0,errors/* isArchiveError */.J)(error, 'NOTHING_TO_ARCHIVE') || ifNoFilesFound === 'error') {
            throw error;
        }
        if (ifNoFilesFound === 'warn')
            (0,report/* warn */.R8)((0,report/* sentenceOf */.$N)(error));
        else
            (0,report/* say */.cv)((0,report/* sentenceOf */.$N)(error));
        (0,outputs/* setOutputs */.n)({ package_id: '', manifest_digest: '', content_digest: '', changed: false });
        return undefined;
    }
}
function tell({ record, changed, storedBytes, reusedFiles, leftOut }) {
    const total = `${(0,format/* formatCount */.B4)(record.file_count, 'entry', 'entries')}, ${(0,format/* formatBytes */.z3)(record.total_bytes)}`;
    (0,report/* say */.cv)(changed ? `Archived ${record.subject}: ${total}` : `Nothing has changed in ${record.subject}: ${total}`);
    (0,report/* say */.cv)(`Package ${record.package_id}`);
    (0,report/* say */.cv)(`Manifest ${record.manifest_digest}`);
    (0,report/* say */.cv)(`Content ${record.content_digest}`);
    (0,report/* say */.cv)(`Stored ${(0,format/* formatBytes */.z3)(storedBytes)} new; ${(0,format/* formatCount */.B4)(reusedFiles, 'file')} share a content that is stored`);
    (0,report/* say */.cv)(`Left out ${(0,format/* formatLeftOut */.tG)(leftOut)}`);
}
async function describe(registry, root, result) {
    const { package_id: id, subject } = result.record;
    const manifest = await registry.getManifestBytes(id, 'cbor');
    const packages = await registry.listPackages({ subject });
    const before = packages[packages.findIndex((found) => found.id === id) - 1];
    const getManifest = registry.manifestReader();
    const log = await registry.logHead();
    return {
        ...result,
        manifestSha256: (0,external_node_crypto_.createHash)('sha256').update(manifest).digest('hex'),
        manifestPath: await keepManifest(root, id, manifest),
        comparison: before && (0,compare/* compareEntries */.wD)((await getManifest(before.id)).files, (await getManifest(id)).files),
        auditHead: await registry.eventHead(),
        logHead: `${log.segment}:${log.digest}`,
    };
}
/** Beside the embedded store, whether that is used or not: no package holds what is there, and git ignores it. */
async function keepManifest(root, id, manifest) {
    const folder = (0,external_node_path_.join)(root, contract/* STORE_FOLDER */.dB, 'manifests');
    const path = (0,external_node_path_.join)(folder, `${id}.cbor`);
    try {
        await (0,promises_.mkdir)(folder, { recursive: true });
        await (0,infospace_store/* ignoreInGit */.es)((0,external_node_path_.join)(root, contract/* STORE_FOLDER */.dB));
        await (0,whole_file/* replaceFile */.fR)(path, manifest);
        return path;
    }
    catch (error) {
        (0,report/* warn */.R8)(`The output "manifest_path" is empty: ${path} cannot be written (${(0,errors/* systemErrorCode */.vq)(error)}).`);
        return '';
    }
}
function outputsOf(archived, { root }) {
    const { record } = archived;
    const outputs = {
        package_id: record.package_id,
        manifest_digest: record.manifest_digest,
        content_digest: record.content_digest,
        manifest_sha256: archived.manifestSha256,
        manifest_path: archived.manifestPath,
        file_count: record.file_count,
        total_bytes: record.total_bytes,
        stored_bytes: archived.storedBytes,
        changed: archived.changed,
        index_path: (0,external_node_path_.join)(root, contract/* INDEX_FILE */.K$),
        log_head: archived.logHead,
    };
    const { excluded, notIncluded, special } = archived.leftOut;
    const result = {
        ...record,
        ...outputs,
        expires_at: archived.expiresAt,
        reused_files: archived.reusedFiles,
        reused_bytes: archived.reusedBytes,
        left_out: { excluded, not_included: notIncluded, special },
        warnings: archived.warnings,
    };
    return { ...outputs, result_json: JSON.stringify(result) };
}
function artifactOutputs({ id, url, name }) {
    return { workflow_artifact_id: id, workflow_artifact_url: url, workflow_artifact_name: name };
}


/***/ }),

/***/ 83628:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   GK: () => (/* binding */ fileWithin),
/* harmony export */   bk: () => (/* binding */ downloadArtifact),
/* harmony export */   mz: () => (/* binding */ uploadArtifact),
/* harmony export */   n1: () => (/* binding */ findArtifacts),
/* harmony export */   nn: () => (/* binding */ artifactNameOf)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(76760);
/* harmony import */ var _artifact_store_abort_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(47180);
/* harmony import */ var _artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(75087);
/* harmony import */ var _artifact_store_files_temporary_folder_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(63946);
/* harmony import */ var _archive_inputs_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(63175);






/** Names that this action gives begin so; what follows is the subject and the package's id. */
const NAME_PREFIX = 'infospace-';
const FORBIDDEN = new RegExp(_archive_inputs_js__WEBPACK_IMPORTED_MODULE_4__/* .FORBIDDEN_IN_ARTIFACT_NAMES */ .Mx, 'g');
/** Bags are compressed already. */
const NO_COMPRESSION = 0;
/** Each package has an artifact of its own, so that no upload meets another one. */
function artifactNameOf(subject, packageId) {
    return `${artifactPrefixOf(subject)}${packageId}`;
}
function artifactPrefixOf(subject) {
    return `${NAME_PREFIX}${subject.replace(FORBIDDEN, '-')}-`;
}
/**
 * Uploads one file as an artifact of this run. One of the same name is replaced if it is from an earlier attempt.
 *
 * @throws ArchiveError `STATE_CONFLICT` when this attempt has one of the name; `STORE_UNAVAILABLE` when there is no
 * artifact service or it refuses.
 */
async function uploadArtifact(name, file, { retentionDays, env, signal }) {
    requireService(env);
    const client = await artifactClient();
    const options = { compressionLevel: NO_COMPRESSION, ...(retentionDays !== undefined && { retentionDays }) };
    // What is not finalized, nobody sees.
    const upload = () => (0,_artifact_store_abort_js__WEBPACK_IMPORTED_MODULE_5__/* .untilAborted */ .Eu)(signal, client.uploadArtifact(name, [file.path], file.folder, options));
    try {
        const { id = 0 } = await throughService(env, () => upload().catch(async (error) => {
            if (wasFinalized(error))
                return (await client.getArtifact(name)).artifact;
            if (!isConflict(error) || Number(env['GITHUB_RUN_ATTEMPT'] ?? 1) < 2)
                throw error;
            await client.deleteArtifact(name);
            return upload();
        }));
        return { name, id, url: urlOf(id, env) };
    }
    catch (error) {
        signal.throwIfAborted();
        if (isConflict(error)) {
            const sentence = `This run has a workflow artifact "${name}" already; give each step its own "workflow-artifact-name".`;
            throw new _artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .ArchiveError */ .di('STATE_CONFLICT', sentence, error);
        }
        throw unavailable(`The workflow artifact "${name}" cannot be uploaded: ${reasonOf(error)}`, error);
    }
}
/** Throws as {@link downloadArtifact} does. @returns those that may hold what is wanted, the likeliest first. */
function findArtifacts(wanted, place, step) {
    return withClient(place, step, async (client, findBy) => {
        const { artifacts } = await (0,_artifact_store_abort_js__WEBPACK_IMPORTED_MODULE_5__/* .untilAborted */ .Eu)(step.signal, client.listArtifacts({ latest: true, ...findBy }));
        const ofRank = (found) => found.slice(wanted.before, wanted.before + 1);
        if (wanted.name !== undefined)
            return ofRank(artifacts.filter(({ name }) => name === wanted.name));
        const newestFirst = artifacts.filter(({ name }) => fits(name, wanted)).toSorted((a, b) => byAge(b, a));
        if (!wanted.isOnePackage)
            return ofRank(newestFirst);
        const others = artifacts.filter((artifact) => !newestFirst.includes(artifact));
        return [...newestFirst, ...others.toSorted((a, b) => a.size - b.size)];
    });
}
/**
 * Downloads an artifact into a new folder, which the caller removes.
 *
 * @throws ArchiveError `STORE_UNAVAILABLE` when the service cannot be reached; `INTEGRITY` when what comes is not what
 * was uploaded.
 */
function downloadArtifact({ id, name, digest }, place, step) {
    return withClient(place, step, async (client, findBy) => {
        const folder = await (0,_artifact_store_files_temporary_folder_js__WEBPACK_IMPORTED_MODULE_3__/* .makeTemporaryFolder */ .w)('artifact');
        try {
            const expected = digest === undefined ? {} : { expectedHash: digest };
            const downloading = client.downloadArtifact(id, { path: folder, ...findBy, ...expected });
            const { digestMismatch } = await (0,_artifact_store_abort_js__WEBPACK_IMPORTED_MODULE_5__/* .untilAborted */ .Eu)(step.signal, downloading);
            if (!digestMismatch)
                return folder;
            throw new _artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .ArchiveError */ .di('INTEGRITY', `The workflow artifact "${name}" is damaged; upload it again.`);
        }
        catch (error) {
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rm)(folder, { recursive: true, force: true });
            throw error;
        }
    });
}
async function withClient(place, { env, signal }, action) {
    if (place === undefined)
        requireService(env);
    const findBy = place ? { findBy: { ...place, workflowRunId: place.runId } } : {};
    try {
        return await throughService(env, async () => action(await artifactClient(), findBy));
    }
    catch (error) {
        signal.throwIfAborted();
        if (error instanceof _artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .ArchiveError */ .di)
            throw error;
        throw unavailable(`The workflow artifact cannot be downloaded: ${reasonOf(error)}`, error);
    }
}
/**
 * The one file of an artifact, however the service packed it.
 *
 * @throws ArchiveError `NOT_FOUND` when there is none, or several.
 */
async function fileWithin(folder, extension) {
    const names = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readdir)(folder, { recursive: true });
    const found = names.filter((name) => name.endsWith(extension));
    if (found.length === 1)
        return (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, found[0]);
    throw new _artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .ArchiveError */ .di('NOT_FOUND', `The workflow artifact holds ${found.length} files *${extension}; name one that this action uploaded.`);
}
function fits(name, wanted) {
    const prefix = wanted.subject === undefined ? NAME_PREFIX : artifactPrefixOf(wanted.subject);
    const id = PACKAGE_ID_AT_END.exec(name)?.[0];
    if (id === undefined || !name.startsWith(prefix))
        return false;
    if (wanted.subject !== undefined && name !== prefix + id)
        return false;
    return wanted.packageId === undefined || wanted.packageId === id;
}
const PACKAGE_ID_AT_END = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Package ids sort by the time they were made. */
function byAge(a, b) {
    const ids = [a.name.slice(-36), b.name.slice(-36)];
    return ids[0] < ids[1] ? -1 : 1;
}
async function artifactClient() {
    // Its unzipper calls Buffer(), which nobody who reads the log can change.
    process.noDeprecation = true;
    const { DefaultArtifactClient } = await __webpack_require__.e(/* import() */ 44).then(__webpack_require__.bind(__webpack_require__, 19044));
    return new DefaultArtifactClient();
}
async function throughService(env, action) {
    const service = env['ACTIONS_RESULTS_URL'];
    if (!env['ACT'] || !service)
        return action();
    const { throughActService } = await __webpack_require__.e(/* import() */ 168).then(__webpack_require__.bind(__webpack_require__, 72168));
    return throughActService(service, action);
}
/** act has no artifact service unless it is asked for. */
function requireService(env) {
    if (env['ACTIONS_RUNTIME_TOKEN'] && env['ACTIONS_RESULTS_URL'])
        return;
    const remedy = env['ACT']
        ? 'run act with --artifact-server-path'
        : 'configure a store with ARTIFACTSTORE_* variables';
    throw unavailable(`This runner has no service for workflow artifacts; ${remedy}`);
}
function urlOf(id, env) {
    const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
    return server && repository && run ? `${server}/${repository}/actions/runs/${run}/artifacts/${id}` : '';
}
/** The answer to the first request was lost, and its repetition met what that one had done. */
function wasFinalized(error) {
    return isConflict(error) && error.message.includes('FinalizeArtifact');
}
function isConflict(error) {
    return error instanceof Error && /\b409\b|conflict|already exists/i.test(error.message);
}
function reasonOf(error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.split('\n', 1)[0].replace(/[.:]$/, '') || 'the service gave no reason';
}
function unavailable(sentence, cause) {
    return new _artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .ArchiveError */ .di('STORE_UNAVAILABLE', `${sentence}.`, cause);
}


/***/ }),

/***/ 18389:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Js: () => (/* binding */ BAG_INFO_TXT),
/* harmony export */   RP: () => (/* binding */ BAG_EXTENSION),
/* harmony export */   Rr: () => (/* binding */ MANIFEST_NAMES),
/* harmony export */   WO: () => (/* binding */ encodeBagPath),
/* harmony export */   ez: () => (/* binding */ PAYLOAD_FOLDER),
/* harmony export */   lR: () => (/* binding */ MANIFEST_JSON),
/* harmony export */   tb: () => (/* binding */ BAGIT_TXT),
/* harmony export */   x6: () => (/* binding */ MANIFEST_CBOR)
/* harmony export */ });
/* unused harmony export decodeBagPath */
/**
 * One package as a BagIt bag (RFC 8493), in a folder or in a tar archive compressed with zstd, so that `tar` and any BagIt
 * validator read it without this software. `docs/format.md` describes it.
 */
/** What a bag in one file is called, after the package's id. */
const BAG_EXTENSION = '.bag.tar.zst';
const BAGIT_TXT = 'bagit.txt';
const BAG_INFO_TXT = 'bag-info.txt';
const PAYLOAD_FOLDER = 'data/';
/** The package's manifest as it is stored; its BLAKE3 is the manifest digest. */
const MANIFEST_CBOR = 'infospace/manifest.cbor';
/** The JSON view, for people. */
const MANIFEST_JSON = 'infospace/manifest.json';
/** Where both were at first. */
const FORMER_CBOR = 'package-manifest.cbor';
const FORMER_JSON = 'package-manifest.json';
/** Where the manifest may be, and the JSON view that goes with it. */
const MANIFEST_NAMES = new Map([
    [MANIFEST_CBOR, MANIFEST_JSON],
    [FORMER_CBOR, FORMER_JSON],
]);
/** A path as the bag's manifests write it (RFC 8493, 2.1.3). */
function encodeBagPath(path) {
    return path.replace(/[%\r\n]/g, encodeURIComponent);
}
function decodeBagPath(path) {
    return path.replace(/%(?:25|0[ad])/gi, decodeURIComponent);
}


/***/ }),

/***/ 63946:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   w: () => (/* binding */ makeTemporaryFolder)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(48161);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(76760);
/* harmony import */ var _process_mark_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(81497);
/* harmony import */ var _staged_names_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(66967);





/**
 * Makes a folder among the temporary ones that nobody else may enter; the caller removes it. Those of the same kind that killed
 * processes left go.
 */
async function makeTemporaryFolder(kind) {
    const prefix = `infospace-${kind}-`;
    await (0,_staged_names_js__WEBPACK_IMPORTED_MODULE_4__/* .removeAbandoned */ .jU)((0,node_os__WEBPACK_IMPORTED_MODULE_1__.tmpdir)(), (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined));
    const folder = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)((0,node_os__WEBPACK_IMPORTED_MODULE_1__.tmpdir)(), prefix + (0,_process_mark_js__WEBPACK_IMPORTED_MODULE_3__/* .newMark */ .e0)());
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.mkdir)(folder, { mode: 0o700 });
    return folder;
}


/***/ }),

/***/ 66369:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   XM: () => (/* binding */ pathOf),
/* harmony export */   wD: () => (/* binding */ compareEntries),
/* harmony export */   xS: () => (/* binding */ countChanges)
/* harmony export */ });
/* unused harmony export sameContent */
/* harmony import */ var node_path_posix__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(53916);
/* harmony import */ var _artifact_store_manifest_model_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(46295);


/** Compares by digests; no content is read. */
function compareEntries(before, after) {
    const old = new Map(before.map((entry) => [entry.path, entry]));
    const added = [];
    const changes = [];
    let unchanged = 0;
    for (const entry of after) {
        const was = old.get(entry.path);
        old.delete(entry.path);
        if (was === undefined)
            added.push(entry);
        else if ((0,_artifact_store_manifest_model_js__WEBPACK_IMPORTED_MODULE_1__/* .sameEntry */ .d)(was, entry))
            unchanged++;
        else
            changes.push({ status: 'changed', before: was, after: entry });
    }
    const all = [...changes, ...withRenames([...old.values()], added)];
    const keys = new Map(all.map((change) => [change, Buffer.from(pathOf(change))]));
    return { changes: all.sort((a, b) => Buffer.compare(keys.get(a), keys.get(b))), unchanged };
}
/** The path of what changed, the new one if it has two. */
function pathOf(change) {
    return change.status === 'removed' ? change.before.path : change.after.path;
}
/** How many changes there are of each kind. */
function countChanges(changes) {
    const counts = { added: 0, removed: 0, changed: 0, renamed: 0 };
    for (const { status } of changes)
        counts[status]++;
    return counts;
}
/** What a moved file keeps besides its content, the most telling first: its name, its executable bit, nothing. */
const KEPT = [
    ({ path }) => (0,node_path_posix__WEBPACK_IMPORTED_MODULE_0__.basename)(path),
    ({ executable }) => String(executable),
    () => '',
];
/** Pairs removed and added files of the same content. */
function withRenames(removed, added) {
    const renamed = new Set();
    const changes = [];
    for (const kept of KEPT) {
        const keyOf = (entry) => contentKey(entry) + kept(entry);
        const sources = Map.groupBy(removed.filter(isNotEmpty).filter((entry) => !renamed.has(entry)), keyOf);
        // Reversed, since taking the first of a long list moves all others.
        for (const same of sources.values())
            same.reverse();
        for (const after of added.filter(isNotEmpty)) {
            const before = renamed.has(after) ? undefined : sources.get(keyOf(after))?.pop();
            if (before === undefined)
                continue;
            renamed.add(before).add(after);
            changes.push({ status: 'renamed', before, after });
        }
    }
    for (const before of removed)
        if (!renamed.has(before))
            changes.push({ status: 'removed', before });
    for (const after of added)
        if (!renamed.has(after))
            changes.push({ status: 'added', after });
    return changes;
}
/** That two files are empty tells nothing of where they came from. */
function isNotEmpty(entry) {
    return (0,_artifact_store_manifest_model_js__WEBPACK_IMPORTED_MODULE_1__/* .isContentEntry */ .q)(entry) && entry.size > 0;
}
function contentKey({ blake3 }) {
    return Buffer.from(blake3.buffer, blake3.byteOffset, blake3.byteLength).toString('latin1');
}
function sameContent(a, b) {
    return Buffer.compare(a.blake3, b.blake3) === 0;
}


/***/ })

};
