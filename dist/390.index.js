export const id = 390;
export const ids = [390];
export const modules = {

/***/ 63175:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  Mx: () => (/* binding */ FORBIDDEN_IN_ARTIFACT_NAMES),
  yq: () => (/* binding */ readArchiveInputs),
  Ep: () => (/* binding */ readArtifactName),
  XD: () => (/* binding */ readRoot),
  B3: () => (/* binding */ workspaceOf)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./build/action/artifact-store/config.js
var config = __webpack_require__(28802);
// EXTERNAL MODULE: ./build/action/artifact-store/retention/classes.js
var classes = __webpack_require__(90927);
// EXTERNAL MODULE: ./build/action/infospace/infospace-file.js + 2 modules
var infospace_file = __webpack_require__(28138);
// EXTERNAL MODULE: ./build/action/infospace/selection.js + 3 modules
var selection = __webpack_require__(89375);
// EXTERNAL MODULE: ./build/action/action/inputs.js
var action_inputs = __webpack_require__(84165);
;// CONCATENATED MODULE: ./build/action/action/provenance.js
/** Manifest key by variable of the runner (https://docs.github.com/actions/reference/variables-reference). */
const VARIABLES = {
    repository: 'GITHUB_REPOSITORY',
    commit: 'GITHUB_SHA',
    ref: 'GITHUB_REF',
    workflow: 'GITHUB_WORKFLOW',
    job: 'GITHUB_JOB',
    event: 'GITHUB_EVENT_NAME',
    run_id: 'GITHUB_RUN_ID',
    run_attempt: 'GITHUB_RUN_ATTEMPT',
    actor: 'GITHUB_ACTOR',
    server_url: 'GITHUB_SERVER_URL',
    runner_os: 'RUNNER_OS',
    runner_arch: 'RUNNER_ARCH',
};
/** Where a package is made, as far as the runner tells. */
function provenanceOf(env) {
    const provenance = {};
    for (const [key, variable] of Object.entries(VARIABLES)) {
        const value = env[variable];
        if (value)
            provenance[key] = value;
    }
    return provenance;
}

// EXTERNAL MODULE: ./build/action/action/store-input.js
var store_input = __webpack_require__(89934);
;// CONCATENATED MODULE: ./build/action/action/archive-inputs.js








/** GitHub's own limit for private repositories; for public ones it is 90. */
const MAX_RETENTION_DAYS = 400;
/** @throws ArchiveError naming the input or variable that cannot be used. */
async function readArchiveInputs(inputs, env) {
    const store = await (0,store_input/* readStoreInput */.o)(inputs, env, workspaceOf(env));
    const { retentionClasses } = (0,config/* readEnvironment */.Qo)(store.env);
    const retentionClass = inputs.text('retention-class');
    const include = inputs.lines('include');
    const { root, outsideWorkspace } = await readRoot(inputs, env);
    if (retentionClass !== undefined) {
        await (0,action_inputs/* about */.Cv)('retention-class', () => (0,classes/* findRetentionClass */.U$)(retentionClasses, retentionClass));
    }
    const exclude = inputs.lines('exclude');
    await (0,action_inputs/* about */.Cv)('include', () => (0,selection/* compileInclude */.GF)(include));
    await (0,action_inputs/* about */.Cv)('exclude', () => (0,selection/* requireExclude */.Gh)(exclude ?? []));
    return {
        root,
        outsideWorkspace,
        options: {
            retentionClass,
            include,
            exclude,
            note: inputs.text('note'),
            producer: inputs.text('producer'),
            subject: inputs.text('subject'),
            storeRoot: store.storeRoot,
            // What lasts of a job is its artifact: the embedded store is a new one each time.
            newStore: store.kind === 'embedded' || inputs.flag('new-store', false),
            skipUnchanged: inputs.flag('skip-unchanged', false),
            links: inputs.choice('links', ['keep', 'refuse', 'follow-inside'], 'keep'),
            refuseSecrets: inputs.flag('refuse-secrets', false),
            provenance: provenanceOf(env),
            env: store.env,
        },
        ifNoFilesFound: inputs.choice('if-no-files-found', ['error', 'warn', 'ignore'], 'error'),
        workflowArtifact: inputs.choice('workflow-artifact', ['auto', 'always', 'never'], 'auto'),
        workflowArtifactName: readArtifactName(inputs),
        workflowArtifactRetentionDays: inputs.count('workflow-artifact-retention-days', {
            min: 1,
            max: MAX_RETENTION_DAYS,
        }),
        store,
        summary: inputs.flag('summary', true),
    };
}
/** Paths of inputs are relative to the checkout. */
function workspaceOf(env) {
    return env['GITHUB_WORKSPACE'] || process.cwd();
}
/** @throws ArchiveError naming the input when there is no such folder or its `infospace.yaml` cannot be read. */
async function readRoot(inputs, env) {
    const workspace = workspaceOf(env);
    const root = (0,external_node_path_.resolve)(workspace, inputs.text('root') ?? '.');
    await (0,action_inputs/* about */.Cv)('root', () => (0,infospace_file/* openInfospace */.t)(root));
    const way = (0,external_node_path_.relative)(workspace, root);
    return { root, outsideWorkspace: way.startsWith('..') || (0,external_node_path_.isAbsolute)(way) };
}
/** @throws ArchiveError `USAGE` for what no workflow artifact can be called. */
function readArtifactName(inputs) {
    const name = inputs.text('workflow-artifact-name');
    if (name !== undefined && FORBIDDEN_IN_ARTIFACT_NAMES.test(name)) {
        throw (0,action_inputs/* invalidInput */.aY)('workflow-artifact-name', `is "${name}"; leave out " : < > | * ? / \\ and line breaks`);
    }
    return name;
}
const FORBIDDEN_IN_ARTIFACT_NAMES = /[":<>|*?/\\\r\n]/;


/***/ }),

/***/ 36940:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  A: () => (/* binding */ archiveInGit),
  X: () => (/* binding */ findGitStore)
});

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: ./build/action/artifact-store/config.js
var config = __webpack_require__(28802);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./node_modules/uuid/dist-node/v7.js + 2 modules
var v7 = __webpack_require__(63935);
// EXTERNAL MODULE: ./build/action/artifact-store/arbiter.js + 1 modules
var arbiter = __webpack_require__(73152);
// EXTERNAL MODULE: ./build/action/artifact-store/commit/legacy-log.js + 2 modules
var legacy_log = __webpack_require__(53368);
// EXTERNAL MODULE: ./build/action/artifact-store/commit/open-log.js
var open_log = __webpack_require__(96527);
// EXTERNAL MODULE: ./build/action/artifact-store/commit/store-file.js
var store_file = __webpack_require__(42746);
// EXTERNAL MODULE: ./build/action/artifact-store/open-store.js + 13 modules
var open_store = __webpack_require__(62132);
;// CONCATENATED MODULE: ./build/action/artifact-store/init-store.js






/**
 * Makes a shared store, or migrates one of an older format. Safe to repeat, and for several processes at once.
 *
 * @throws ArchiveError `CONFIG_INVALID` when nothing would keep its writers apart; `STORE_UNAVAILABLE` or
 * `FORMAT_UNSUPPORTED`.
 */
async function initStore(config) {
    const storage = await (0,open_store/* openStorage */.Gz)(config);
    try {
        const store = (await (0,store_file/* readStoreFile */.Oq)(storage)) ?? (await beginStore(config, storage));
        const database = await (0,open_store/* openDatabase */.qI)(config, 'write', store?.storeId);
        try {
            const source = { storage, database, now: new Date() };
            if (store === undefined)
                await (0,open_log/* makeStore */.yO)(source, await (0,arbiter/* arbiterOf */.$)(config, storage));
            else
                await (0,open_log/* followInto */.uN)(source, store);
        }
        finally {
            await database.db.destroy();
        }
    }
    finally {
        storage.close?.();
    }
}
/** A user's cache is named by the id of the store, which must be there before. */
async function beginStore(config, storage) {
    if (config.database.kind !== 'cache')
        return undefined;
    if (await (0,legacy_log/* hasLegacyLog */.cO)(storage))
        throw (0,open_log/* lostRegistry */.Su)();
    const commit = await (0,arbiter/* arbiterOf */.$)(config, storage);
    return (0,store_file/* createStoreFile */.Ks)(storage, { storeId: (0,v7/* default */.A)(), commit });
}

// EXTERNAL MODULE: ./build/action/infospace/archive.js + 4 modules
var archive = __webpack_require__(53308);
// EXTERNAL MODULE: ./build/action/infospace/infospace-store.js
var infospace_store = __webpack_require__(91148);
// EXTERNAL MODULE: ./build/action/action/report.js
var report = __webpack_require__(33458);
// EXTERNAL MODULE: ./build/action/action/store-input.js
var store_input = __webpack_require__(89934);
;// CONCATENATED MODULE: ./build/action/action/git-store.js








/** Of a checkout that has no remote, no store there, or no network. */
const NO_STORE = ['NOT_FOUND', 'CONFIG_INVALID', 'STORE_UNAVAILABLE'];
/**
 * The store in the repository of the checkout, which the caller closes.
 *
 * @returns undefined when there is none, or it cannot be reached: nobody asked for it.
 */
async function findGitStore(root, { env }, signal) {
    (0,store_input/* trustCheckout */.V)();
    try {
        const registry = await (0,infospace_store/* openRegistry */.Me)(root, { env: (0,infospace_store/* withGitStore */.UR)(env), signal }, 'read');
        (0,report/* say */.cv)('Reading from the store in the git repository of the checkout.');
        return registry;
    }
    catch (error) {
        if (NO_STORE.some((code) => (0,errors/* isArchiveError */.J)(error, code)))
            return undefined;
        throw error;
    }
}
/**
 * Archives into the git repository of the checkout, where the first archive makes the store. The token of a pull request from
 * a fork may not write there; its package then goes into the embedded store, which is uploaded.
 *
 * @returns also what the rest of the step uses.
 */
async function archiveInGit(asked, env, signal) {
    try {
        return { asked, result: await archiveOrInit(asked, signal) };
    }
    catch (error) {
        const isRefused = (0,errors/* isArchiveError */.J)(error, 'CONFIG_INVALID') || (0,errors/* isArchiveError */.J)(error, 'STORE_UNAVAILABLE');
        if (!isRefused || !hasReadOnlyToken(env))
            throw error;
        (0,report/* warn */.R8)(`The token of this pull request may not write to the repository, so the package becomes a workflow artifact. ${(0,report/* sentenceOf */.$N)(error)}`);
        const store = { kind: 'embedded', isDefault: false, storeRoot: undefined, env: (0,config/* withoutStore */.C8)(env) };
        const instead = { ...asked, store, options: { ...asked.options, env: store.env, newStore: true } };
        return { asked: instead, result: await (0,archive/* archiveInfospace */.P)(asked.root, { ...instead.options, signal }) };
    }
}
async function archiveOrInit({ root, options }, signal) {
    try {
        return await (0,archive/* archiveInfospace */.P)(root, { ...options, signal });
    }
    catch (error) {
        if (!(0,errors/* isArchiveError */.J)(error, 'NOT_FOUND'))
            throw error;
        await initStore((0,infospace_store/* storeOf */.xX)(root, options));
        (0,report/* say */.cv)('Made a store in the git repository of the checkout.');
        return (0,archive/* archiveInfospace */.P)(root, { ...options, signal });
    }
}
/** Of a pull request from a fork, or of Dependabot. */
function hasReadOnlyToken(env) {
    if (env['GITHUB_EVENT_NAME'] !== 'pull_request')
        return false;
    return env['GITHUB_ACTOR'] === 'dependabot[bot]' || headRepositoryOf(env) !== env['GITHUB_REPOSITORY'];
}
/** Undefined when the fork was deleted. */
function headRepositoryOf({ GITHUB_EVENT_PATH: path = '' }) {
    try {
        const event = JSON.parse((0,external_node_fs_.readFileSync)(path, 'utf8'));
        return event.pull_request?.head?.repo?.full_name;
    }
    catch (error) {
        throw new errors/* ArchiveError */.di('CONFIG_INVALID', 'The variable GITHUB_EVENT_PATH names no event of this run.', error);
    }
}


/***/ }),

/***/ 85240:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   n: () => (/* binding */ setOutputs)
/* harmony export */ });
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77094);
/* harmony import */ var _masking_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8014);


/** Sets each output under its name and its kebab-case alias. What is not known is set empty. */
function setOutputs(values) {
    for (const [name, value] of Object.entries(values)) {
        const text = (0,_masking_js__WEBPACK_IMPORTED_MODULE_1__/* .redact */ .E)(String(value ?? ''));
        _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .setOutput */ .uH(name, text);
        const alias = name.replaceAll('_', '-');
        if (alias !== name)
            _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .setOutput */ .uH(alias, text);
    }
}


/***/ }),

/***/ 89934:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   V: () => (/* binding */ trustCheckout),
/* harmony export */   o: () => (/* binding */ readStoreInput)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var _artifact_store_config_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(28802);
/* harmony import */ var _infospace_infospace_store_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(91148);
/* harmony import */ var _inputs_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(84165);




/** @throws ArchiveError naming the input or variable that cannot be used. */
async function readStoreInput(inputs, env, workspace) {
    const asked = inputs.choice('store', ['auto', 'embedded', 'environment', 'git'], 'auto');
    const storeRoot = inputs.text('store-root');
    if (storeRoot !== undefined && asked !== 'auto') {
        throw (0,_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .invalidInput */ .aY)('store', `is "${asked}", but "store-root" names a folder; give one of them`);
    }
    const isConfigured = (0,_artifact_store_config_js__WEBPACK_IMPORTED_MODULE_1__/* .readEnvironment */ .Qo)(asked === 'git' ? (0,_artifact_store_config_js__WEBPACK_IMPORTED_MODULE_1__/* .withoutStore */ .C8)(env) : env).store !== undefined;
    const given = { isDefault: false, storeRoot: undefined, env };
    if (storeRoot !== undefined)
        return { ...given, kind: 'shared', storeRoot: (0,node_path__WEBPACK_IMPORTED_MODULE_0__.resolve)(workspace, storeRoot) };
    if (asked === 'git') {
        trustCheckout();
        return { ...given, kind: 'git', env: await (0,_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .about */ .Cv)('store', () => (0,_infospace_infospace_store_js__WEBPACK_IMPORTED_MODULE_2__/* .withGitStore */ .UR)(env)) };
    }
    if (asked === 'embedded')
        return { ...given, kind: 'embedded', env: (0,_artifact_store_config_js__WEBPACK_IMPORTED_MODULE_1__/* .withoutStore */ .C8)(env) };
    if (isConfigured)
        return { ...given, kind: 'shared' };
    if (asked === 'auto')
        return { ...given, kind: 'embedded', isDefault: true };
    throw (0,_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .invalidInput */ .aY)('store', 'is "environment", but no ARTIFACTSTORE_* variable names a store; set them');
}
/**
 * In a container, the checkout belongs to another user than the step, and git would not use it. It is the repository that the
 * workflow itself checked out.
 */
function trustCheckout() {
    const { env } = process;
    const count = Number(env['GIT_CONFIG_COUNT'] ?? 0);
    env[`GIT_CONFIG_KEY_${count}`] = 'safe.directory';
    env[`GIT_CONFIG_VALUE_${count}`] = '*';
    env['GIT_CONFIG_COUNT'] = String(count + 1);
}


/***/ }),

/***/ 70498:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   DV: () => (/* binding */ codeBlock),
/* harmony export */   Sy: () => (/* binding */ writeSummary),
/* harmony export */   aY: () => (/* binding */ code),
/* harmony export */   p_: () => (/* binding */ list),
/* harmony export */   t$: () => (/* binding */ yamlValue),
/* harmony export */   tp: () => (/* binding */ table)
/* harmony export */ });
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77094);
/* harmony import */ var _terminal_format_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(21621);
/* harmony import */ var _masking_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8014);
/* harmony import */ var _report_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(33458);




/** Markdown for the job summary. Text of other people goes through {@link code}, which it cannot leave. */
function code(text) {
    const shown = (0,_terminal_format_js__WEBPACK_IMPORTED_MODULE_3__/* .printable */ .g$)(text);
    const longest = (0,_terminal_format_js__WEBPACK_IMPORTED_MODULE_3__/* .largest */ .nQ)([...shown.matchAll(/`+/g)].map(([run]) => run.length));
    const fence = '`'.repeat(longest + 1);
    const space = /^[` ]|[` ]$/.test(shown) ? ' ' : '';
    return `${fence}${space}${shown}${space}${fence}`;
}
function codeBlock(language, text) {
    return `\`\`\`${language}\n${text}\n\`\`\``;
}
function table(rows) {
    const lines = rows.map(([label, value]) => `| ${label} | ${value.replaceAll('|', '\\|')} |`);
    return ['| | |', '|---|---|', ...lines].join('\n');
}
function list(items) {
    return items.map((item) => `- ${item}`).join('\n');
}
/** A summary that cannot be written is a warning: what it tells of is done. */
async function writeSummary(blocks) {
    // act without a summary file, and runners of old, have no such variable.
    if (!process.env['GITHUB_STEP_SUMMARY'])
        return;
    try {
        const text = blocks.filter((block) => block !== '').join('\n\n');
        await _actions_core__WEBPACK_IMPORTED_MODULE_0__/* .summary */ .z.addRaw((0,_masking_js__WEBPACK_IMPORTED_MODULE_1__/* .redact */ .E)(text), true).addEOL().write();
    }
    catch (error) {
        (0,_report_js__WEBPACK_IMPORTED_MODULE_2__/* .warn */ .R8)(`The job summary could not be written: ${(0,_report_js__WEBPACK_IMPORTED_MODULE_2__/* .sentenceOf */ .$N)(error)}`);
    }
}
/** A value of YAML in a workflow, which evaluates `${{ }}` wherever it stands. */
function yamlValue(text) {
    if (/^[\w./-]+$/.test(text) && !/^[\d.]+$/.test(text))
        return text;
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of the workflow
    return JSON.stringify((0,_terminal_format_js__WEBPACK_IMPORTED_MODULE_3__/* .printable */ .g$)(text)).replaceAll('${{', "${{ '${{' }}");
}


/***/ }),

/***/ 47180:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Eu: () => (/* binding */ untilAborted),
/* harmony export */   ZF: () => (/* binding */ failingWithReason),
/* harmony export */   wf: () => (/* binding */ itemsUntilAborted)
/* harmony export */ });
/**
 * Work that reports its own failures. Once the signal is aborted, its reason is what the caller sees, and not what the
 * interrupted work made of it.
 */
async function failingWithReason(signal, work) {
    signal?.throwIfAborted();
    try {
        return await work();
    }
    catch (error) {
        signal?.throwIfAborted();
        throw error;
    }
}
/**
 * Work that cannot be stopped itself. It is no longer waited for once the signal is aborted, and its outcome is ignored then.
 *
 * @param isCommitted from when on the outcome is waited for all the same.
 */
async function untilAborted(signal, work, isCommitted = () => false) {
    if (signal === undefined)
        return work;
    work.catch(() => undefined);
    const { promise: aborted, reject } = Promise.withResolvers();
    const stopWaiting = () => {
        if (!isCommitted())
            reject(signal.reason);
    };
    if (signal.aborted)
        stopWaiting();
    signal.addEventListener('abort', stopWaiting, { once: true });
    try {
        return await Promise.race([work, aborted]);
    }
    finally {
        signal.removeEventListener('abort', stopWaiting);
    }
}
/** Items that nothing need be taken back of, up to the moment at which the signal is aborted. */
async function* itemsUntilAborted(signal, items) {
    const iterator = items[Symbol.asyncIterator]();
    try {
        for (;;) {
            const { done, value } = await untilAborted(signal, iterator.next());
            if (done)
                return;
            yield value;
        }
    }
    finally {
        // One that is still busy with the next item ends when it has it.
        iterator.return?.().catch(() => undefined);
    }
}


/***/ }),

/***/ 73152:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  $: () => (/* binding */ arbiterOf)
});

// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/as-buffer.js
var as_buffer = __webpack_require__(50835);
// EXTERNAL MODULE: ./build/action/artifact-store/storage/backend.js
var backend = __webpack_require__(80404);
;// CONCATENATED MODULE: ./build/action/artifact-store/maintenance/check-create.js




/** One writer after the other proves nothing: servers that look first and then write let several of these win. */
const WRITERS = 16;
const ROUNDS = 5;
/**
 * Lets writers race to create one object. Where not exactly one wins, only a database can keep writers apart.
 *
 * @param arbiter who keeps them apart in this store.
 */
async function checkCreate(storage, arbiter) {
    let isAtomic = false;
    const finding = await attempt('conditional writes', async () => {
        const winners = await winnersOf(storage);
        isAtomic = winners === 1;
        if (isAtomic)
            return `one of ${WRITERS} concurrent writers creates an object, in ${ROUNDS} rounds`;
        const result = winners === undefined
            ? 'not supported'
            : `${winners} of ${WRITERS} concurrent writers were told that they created one object`;
        return `${result}; ${arbiter === 'database' ? DATABASE_DECIDES : NOTHING_DECIDES}`;
    });
    if (finding.status !== 'ok' || isAtomic)
        return finding;
    return { ...finding, status: arbiter === 'database' ? 'warning' : 'failed' };
}
const DATABASE_DECIDES = 'only the database that all of them use keeps the writers of this store apart';
const NOTHING_DECIDES = 'nothing keeps the writers of this store apart, and packages can be lost: stop them, and copy the store to a storage that creates objects atomically, or to one with a database';
/**
 * How many of several concurrent writers were told that they created one object, in the round with the most; undefined where
 * nothing can be created atomically.
 */
async function winnersOf(storage) {
    try {
        return await mostWinners(storage);
    }
    catch (error) {
        if (error instanceof backend/* CreateUnsupported */.W)
            return undefined;
        throw error;
    }
}
/** The number of winners of the round with the most; a winner whose bytes were replaced counts too. */
async function mostWinners(storage) {
    let most = 0;
    for (let round = 0; round < ROUNDS; round++) {
        const key = `health-${(0,external_node_crypto_.randomUUID)()}`;
        try {
            most = Math.max(most, await race(storage, key));
        }
        finally {
            await storage.delete(key);
        }
    }
    return most;
}
async function race(storage, key) {
    const writers = Array.from({ length: WRITERS }, () => (0,external_node_crypto_.randomBytes)(16));
    const results = await Promise.allSettled(writers.map((bytes) => storage.create(key, bytes)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed)
        throw failed.reason;
    const winners = writers.filter((_, i) => results[i].value === 'created');
    const stored = (0,as_buffer/* asBuffer */.b)(await storage.get(key));
    if (winners.some((bytes) => stored.equals(bytes)))
        return winners.length;
    throw new Error('The server keeps another object than the one whose writer was told so; it cannot be used.');
}

;// CONCATENATED MODULE: ./build/action/artifact-store/arbiter.js


/**
 * Who keeps the writers of a new store apart, as a race of some of them shows.
 *
 * @throws ArchiveError `CONFIG_INVALID` when storage does not, and there is no database that all of them use.
 */
async function arbiterOf({ database }, storage) {
    const winners = await winnersOf(storage);
    if (winners === 1)
        return 'storage';
    if (database.kind !== 'cache')
        return 'database';
    const what = winners === undefined ? 'has no conditional writes' : `lets ${winners} of several writers create one object`;
    throw new errors/* ArchiveError */.di('CONFIG_INVALID', `The storage ${what}, so nothing would keep the writers of this store apart; use another one, or name a database in ARTIFACTSTORE_DATABASE_URL.`);
}


/***/ }),

/***/ 3008:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  q: () => (/* binding */ applyEvents)
});

// EXTERNAL MODULE: ./build/action/artifact-store/log/model.js + 1 modules
var model = __webpack_require__(72639);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/content-index.js + 1 modules
var content_index = __webpack_require__(83238);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest.js
var identity_digest = __webpack_require__(81713);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/stored.js + 2 modules
var stored = __webpack_require__(59941);
// EXTERNAL MODULE: ./build/action/artifact-store/commit/names-view.js
var names_view = __webpack_require__(2298);
;// CONCATENATED MODULE: ./build/action/artifact-store/commit/views.js





/**
 * Brings the tables up to an event: they hold nothing that the log does not tell.
 *
 * @param packs what the packs hold that are sealed. One that is not there could not be read.
 */
async function applyToViews(tx, event, { sequence, actor, created_at }, packs) {
    switch (event.type) {
        case 'v1.pack.sealed': {
            const trailer = packs.get(event.subjectId);
            if (trailer)
                await (0,content_index/* addPack */.py)(tx, { key: event.subjectId, storedBytes: event.payload.stored_bytes, ...trailer });
            return;
        }
        case 'v1.pack.retired':
            await retirePack(tx, event.subjectId, event.payload.moved_to, created_at);
            return;
        case 'v1.pack.damaged':
            await markPack(tx, event.subjectId, created_at);
            return;
        case 'v1.pack.healed':
            await markPack(tx, event.subjectId, null);
            return;
        case 'v1.package.finalized':
            await addPackage(tx, event.subjectId, event.payload, { sequence, created_at });
            return;
        case 'v1.retention.extended':
            await tx
                .updateTable('packages')
                .set({ expires_at: event.payload.expires_at, expired_at: null })
                .where('id', '=', event.subjectId)
                .execute();
            return;
        case 'v1.hold.applied':
            await tx
                .insertInto('holds')
                .values({
                id: event.payload.hold_id,
                package_id: event.subjectId,
                reason: event.payload.reason,
                actor,
                applied_at: created_at,
                until: event.payload.until,
                released_at: null,
            })
                .execute();
            return;
        case 'v1.hold.released':
            await tx.updateTable('holds').set({ released_at: created_at }).where('id', '=', event.payload.hold_id).execute();
            return;
        case 'v1.label.set':
            await (0,names_view/* removeLabel */.tA)(tx, event.payload);
            await (0,names_view/* addLabel */.Y_)(tx, event.subjectId, event.payload, { actor, set_at: created_at });
            return;
        case 'v1.label.removed':
            await (0,names_view/* removeLabel */.tA)(tx, event.payload);
            return;
        case 'v1.package.created':
            await (0,names_view/* setNote */.bS)(tx, event.subjectId, (0,names_view/* noteIn */.Cr)(event.payload), { actor, amended_at: null });
            return;
        case 'v1.note.amended':
            await (0,names_view/* setNote */.bS)(tx, event.subjectId, event.payload.note, { actor, amended_at: created_at });
            return;
        case 'v1.package.expired':
            await tx.updateTable('packages').set({ expired_at: created_at }).where('id', '=', event.subjectId).execute();
            return;
        case 'v1.package.disposed':
            await disposePackage(tx, event, { actor, created_at });
            return;
        case 'v1.object.removed':
            await removeObject(tx, event.subjectId, created_at);
            return;
        case 'v1.content.damaged':
            await markContent(tx, event, created_at);
            return;
        case 'v1.content.healed':
            await markContent(tx, event, null);
            return;
        case 'v1.storage.verified':
        case 'v1.package.imported':
        case 'v1.retention.default_applied':
        case 'v1.store.migrated':
            // Told for the audit.
            return;
    }
}
async function addPackage(tx, id, { packs, manifest_key, manifest_base, manifest_digest, content_digest, ...about }, { sequence, created_at: finalized_at }) {
    const digest = (0,identity_digest/* parseContentAddress */.hv)(manifest_digest);
    await tx
        .insertInto('packages')
        .values({
        ...about,
        id,
        finalized_at,
        position: sequence,
        expired_at: null,
        manifest_digest: digest,
        manifest_key: manifest_key ?? (0,stored/* manifestKey */.Rn)(digest),
        manifest_base: manifest_base === undefined ? null : (0,identity_digest/* parseContentAddress */.hv)(manifest_base),
        content_digest: (0,identity_digest/* parseContentAddress */.hv)(content_digest),
        needs_known: packs === undefined ? 0 : 1,
    })
        .execute();
    if (packs === undefined || packs.length === 0)
        return;
    const ids = await (0,content_index/* packIds */.KV)(tx, packs.map(([key]) => key));
    const rows = packs.map(([key, bytes]) => ({ package_id: id, pack_id: ids.get(key), bytes }));
    const known = rows.filter((row) => row.pack_id !== undefined);
    for (const part of (0,content_index/* partsOf */.CI)(known))
        await tx.insertInto('package_packs').values(part).execute();
}
async function disposePackage(tx, { subjectId: id, payload }, { actor, created_at }) {
    const needs = await tx
        .selectFrom('packages')
        .select(['manifest_key', 'manifest_base', 'needs_known'])
        .where('id', '=', id)
        .executeTakeFirst();
    if (needs === undefined) {
        throw new errors/* ArchiveError */.di('INTEGRITY', `The log disposes of package "${id}", which it has not; it was forged, or written by a version with a fault.`);
    }
    await tx.deleteFrom('packages').where('id', '=', id).execute();
    await tx.deleteFrom('package_packs').where('package_id', '=', id).execute();
    await tx
        .insertInto('tombstones')
        .values({
        ...payload,
        id,
        manifest_digest: (0,identity_digest/* parseContentAddress */.hv)(payload.manifest_digest),
        ...needs,
        content_digest: (0,identity_digest/* parseContentAddress */.hv)(payload.content_digest),
        disposed_at: created_at,
        disposed_by: actor,
    })
        .execute();
}
/** Whoever needed it needs from then on the packs that what is needed was copied to. */
async function retirePack(tx, key, movedTo, retired_at) {
    const ids = await (0,content_index/* packIds */.KV)(tx, [key, ...movedTo]);
    const id = ids.get(key);
    if (id === undefined)
        return;
    ids.delete(key);
    await tx.updateTable('packs').set({ retired_at }).where('id', '=', id).execute();
    await (0,content_index/* shareNeeds */.l6)(tx, [id], [...ids.values()]);
    await tx.deleteFrom('package_packs').where('pack_id', '=', id).execute();
}
async function removeObject(tx, storage_key, removed_at) {
    await tx
        .insertInto('removed_objects')
        .values({ storage_key, removed_at })
        .onConflict((conflict) => conflict.column('storage_key').doNothing())
        .execute();
    const id = (await (0,content_index/* packIds */.KV)(tx, [storage_key])).get(storage_key);
    if (id === undefined)
        return;
    for (const table of ['contents', 'package_packs']) {
        await tx.deleteFrom(table).where('pack_id', '=', id).execute();
    }
    await tx.deleteFrom('packs').where('id', '=', id).execute();
}
async function markPack(tx, storage_key, damaged_at) {
    const id = (await (0,content_index/* packIds */.KV)(tx, [storage_key])).get(storage_key);
    if (id === undefined)
        return;
    await tx.updateTable('packs').set({ damaged_at }).where('id', '=', id).execute();
    if (damaged_at !== null)
        await (0,content_index/* shareDamaged */.hv)(tx, id);
}
async function markContent(tx, { subjectId, payload: { storage_key } }, damaged_at) {
    const id = (await (0,content_index/* packIds */.KV)(tx, [storage_key])).get(storage_key);
    if (id === undefined)
        return;
    await tx
        .updateTable('contents')
        .set({ damaged_at })
        .where('digest', '=', (0,identity_digest/* parseContentAddress */.hv)(subjectId))
        .where('pack_id', '=', id)
        .execute();
    if (damaged_at !== null)
        await (0,content_index/* shareDamaged */.hv)(tx, id);
}

;// CONCATENATED MODULE: ./build/action/artifact-store/commit/apply.js



/** Brings the cache up to events of the log, whoever made them. */
async function applyEvents(tx, events, packs) {
    for (const part of (0,content_index/* partsOf */.CI)(events))
        await tx.insertInto('events').values(part).execute();
    for (const row of events)
        await applyToViews(tx, (0,model/* readEvent */.j)(row), row, packs);
}


/***/ }),

/***/ 9101:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ep: () => (/* binding */ listCheckpoints),
/* harmony export */   HQ: () => (/* binding */ readCheckpoint),
/* harmony export */   Jd: () => (/* binding */ firstToGather),
/* harmony export */   M3: () => (/* binding */ CheckpointWriter),
/* harmony export */   iZ: () => (/* binding */ objectsOf)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);
/* harmony import */ var _log_checkpoint_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(48189);


/** A larger one is neither made nor made part of another: bounds memory. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Whoever reads the log from so many objects makes a checkpoint of the newer ones. */
const MAX_OBJECTS = 6;
/** An older checkpoint becomes part of a newer one that is not much smaller: so each segment is copied a few times only. */
const GROWTH = 3;
async function listCheckpoints(storage) {
    const found = [];
    for await (const { key, size, modifiedAt } of storage.list(_log_checkpoint_js__WEBPACK_IMPORTED_MODULE_1__/* .CHECKPOINTS */ .YV)) {
        const range = (0,_log_checkpoint_js__WEBPACK_IMPORTED_MODULE_1__/* .rangeOfKey */ .kw)(key);
        if (range)
            found.push({ ...range, bytes: size, storedAt: modifiedAt });
    }
    return found;
}
/** The segments in a range from as few objects as there are: checkpoints, and single ones where none has them. */
function objectsOf(checkpoints, { first, last }) {
    const objects = [];
    for (let next = first; next <= last;) {
        const best = checkpoints
            .filter((checkpoint) => checkpoint.first <= next && checkpoint.last <= last && checkpoint.last > next)
            .reduce((a, b) => (a && a.last >= b.last ? a : b), undefined);
        objects.push(best ?? next);
        next = (best?.last ?? next) + 1;
    }
    return objects;
}
/** The segments of a checkpoint; undefined when it cannot be read, since the log has them too. */
async function readCheckpoint(storage, checkpoint) {
    try {
        return (0,_log_checkpoint_js__WEBPACK_IMPORTED_MODULE_1__/* .decodeCheckpoint */ .hy)(checkpoint, await storage.get((0,_log_checkpoint_js__WEBPACK_IMPORTED_MODULE_1__/* .checkpointKey */ .s4)(checkpoint)));
    }
    catch (error) {
        if (error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di && error.code !== 'STORE_UNAVAILABLE')
            return undefined;
        throw error;
    }
}
/** From which segment on those who read these objects make checkpoints; undefined when they were few. */
function firstToGather(objects) {
    if (objects.length <= MAX_OBJECTS)
        return undefined;
    let later = 0;
    let first;
    for (const object of [...objects].reverse()) {
        const count = typeof object === 'number' ? 1 : object.last - object.first + 1;
        const isLarge = typeof object !== 'number' && object.bytes > MAX_BYTES / 2;
        if (isLarge || count > GROWTH * Math.max(1, later))
            break;
        later += count;
        first = typeof object === 'number' ? object : object.first;
    }
    return first;
}
/** Gathers segments as they are read, and stores them as checkpoints. */
class CheckpointWriter {
    #storage;
    #next;
    #gathered = [];
    #bytes = 0;
    constructor(storage, first) {
        this.#storage = storage;
        this.#next = first;
    }
    /** Takes the next segment; those before the first one are passed over. */
    async add(number, stored) {
        if (number !== this.#next + this.#gathered.length)
            return;
        this.#gathered.push(stored);
        this.#bytes += stored.byteLength;
        if (this.#bytes >= MAX_BYTES)
            await this.finish();
    }
    /** Stores what was gathered. The log does without: one who may not write reads it as it is. */
    async finish() {
        const range = { first: this.#next, last: this.#next + this.#gathered.length - 1 };
        const segments = this.#gathered;
        this.#next = range.last + 1;
        this.#gathered = [];
        this.#bytes = 0;
        if (segments.length > 1) {
            await this.#storage.put((0,_log_checkpoint_js__WEBPACK_IMPORTED_MODULE_1__/* .checkpointKey */ .s4)(range), (0,_log_checkpoint_js__WEBPACK_IMPORTED_MODULE_1__/* .encodeCheckpoint */ .Xn)(segments)).catch(() => undefined);
        }
    }
}


/***/ }),

/***/ 62637:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   l: () => (/* binding */ verifyEvents),
/* harmony export */   w: () => (/* binding */ readEvents)
/* harmony export */ });
/* harmony import */ var _database_database_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(83569);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(75087);
/* harmony import */ var _identity_digest_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(81713);
/* harmony import */ var _identity_hasher_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(25014);
/* harmony import */ var _log_event_digest_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(18592);
/* harmony import */ var _head_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(94926);






/** Rows read at a time, so that a long log needs little memory. */
const PAGE_ROWS = 1000;
/** The events after the given sequence, oldest first. */
async function* readEvents(db, after) {
    for (let last = after;;) {
        const page = await db
            .selectFrom('events')
            .selectAll()
            .where('sequence', '>', last)
            .orderBy('sequence')
            .limit(PAGE_ROWS)
            .execute();
        yield* page;
        if (page.length < PAGE_ROWS)
            return;
        last = page.at(-1).sequence;
    }
}
/**
 * Walks the chain from its first event to its head. Events that come meanwhile are left for the next time.
 *
 * @returns the number of events.
 * @throws ArchiveError `INTEGRITY` naming the first sequence that does not fit.
 */
async function verifyEvents(db) {
    const head = await (0,_head_js__WEBPACK_IMPORTED_MODULE_5__/* .readHead */ .zy)(db);
    let sequence = 0;
    let digest = _database_database_js__WEBPACK_IMPORTED_MODULE_0__/* .GENESIS_DIGEST */ .EK;
    // Two events that do not link: the later one is the changed one, unless its own digest is what the chain goes on with.
    let unlinked = false;
    for await (const row of readEvents(db, 0)) {
        if (row.sequence > head.sequence)
            break;
        const linked = (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .sameBytes */ .er)(row.previous_digest, digest);
        if (unlinked)
            throw brokenAt(linked ? sequence - 1 : sequence);
        sequence++;
        const sound = row.sequence === sequence && (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .sameBytes */ .er)(row.payload_digest, _identity_hasher_js__WEBPACK_IMPORTED_MODULE_3__/* .blake3 */ .LG.hash(row.payload));
        if (!sound)
            throw brokenAt(sequence);
        unlinked = !linked;
        digest = (0,_log_event_digest_js__WEBPACK_IMPORTED_MODULE_4__/* .eventDigest */ .J)(row);
    }
    if (sequence < head.sequence)
        throw brokenAt(sequence + 1);
    const linked = (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .sameBytes */ .er)(digest, head.digest);
    if (unlinked)
        throw brokenAt(linked ? sequence - 1 : sequence);
    if (!linked)
        throw brokenAt(sequence);
    await refuseEventsPastHead(db);
    return sequence;
}
/** In one statement, so that an event that comes meanwhile is seen with its head or not at all. */
async function refuseEventsPastHead(db) {
    const past = await db
        .selectFrom('events')
        .select('sequence')
        .where('sequence', '>', (query) => query.selectFrom('event_head').select('event_head.sequence'))
        .orderBy('sequence')
        .limit(1)
        .executeTakeFirst();
    if (past)
        throw brokenAt(past.sequence);
}
function brokenAt(sequence) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .ArchiveError */ .di('INTEGRITY', `The event log was changed at sequence ${sequence}; make the registry anew with "infospace-archive store rebuild".`);
}


/***/ }),

/***/ 30397:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   d: () => (/* binding */ followTo),
/* harmony export */   e: () => (/* binding */ follow)
/* harmony export */ });
/* harmony import */ var _database_aborted_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(59897);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(75087);
/* harmony import */ var _identity_digest_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(81713);
/* harmony import */ var _log_event_digest_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(18592);
/* harmony import */ var _apply_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(3008);
/* harmony import */ var _checkpoints_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(9101);
/* harmony import */ var _head_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(94926);
/* harmony import */ var _legacy_log_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(53368);
/* harmony import */ var _segments_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(82154);









/** Segments that are applied in one transaction: bounds memory, and how long others wait. */
const BATCH_SEGMENTS = 64;
/** Brings the cache up to the newest segment in storage. @throws ArchiveError `INTEGRITY` as {@link readSegments}. */
async function follow(parts, { mayWrite = false, isOnlyProof = false } = {}) {
    const { database, storage } = parts;
    await beginWithLegacy(parts);
    const head = await (0,_head_js__WEBPACK_IMPORTED_MODULE_8__/* .readHead */ .zy)(database.db);
    const { segment } = head;
    // Reading costs nothing where requests do not.
    const isRemote = storage.requests !== undefined;
    const checkpoints = isRemote && segment === 0 ? await (0,_checkpoints_js__WEBPACK_IMPORTED_MODULE_5__/* .listCheckpoints */ .Ep)(storage) : [];
    const known = checkpoints.reduce((last, checkpoint) => Math.max(last, checkpoint.last), segment);
    const through = await (0,_segments_js__WEBPACK_IMPORTED_MODULE_7__/* .newestSegment */ .Mb)(storage, known);
    // A newer segment would tell: it names the one before.
    if ((mayWrite || isOnlyProof) && through === segment)
        await (0,_segments_js__WEBPACK_IMPORTED_MODULE_7__/* .requireFollowed */ .CQ)(storage, head);
    const objects = (0,_checkpoints_js__WEBPACK_IMPORTED_MODULE_5__/* .objectsOf */ .iZ)(checkpoints, { first: segment + 1, last: through });
    const first = isRemote && mayWrite ? (0,_checkpoints_js__WEBPACK_IMPORTED_MODULE_5__/* .firstToGather */ .Jd)(objects) : undefined;
    const writer = first === undefined ? undefined : new _checkpoints_js__WEBPACK_IMPORTED_MODULE_5__/* .CheckpointWriter */ .M3(storage, first);
    await apply(parts, through, objects, writer);
    await writer?.finish();
    // Another process was first.
    await followTo(parts, through);
}
/** Brings the cache up to a segment, which is there. */
async function followTo(parts, through) {
    await beginWithLegacy(parts);
    for (;;) {
        const { segment } = await (0,_head_js__WEBPACK_IMPORTED_MODULE_8__/* .readHead */ .zy)(parts.database.db);
        if (segment >= through)
            return;
        await apply(parts, through, (0,_checkpoints_js__WEBPACK_IMPORTED_MODULE_5__/* .objectsOf */ .iZ)([], { first: segment + 1, last: through }));
    }
}
/** Until it is done, or another process applies the same. */
async function apply({ database, storage, store }, through, objects, writer) {
    let batch = [];
    let at = await (0,_head_js__WEBPACK_IMPORTED_MODULE_8__/* .readHead */ .zy)(database.db);
    for await (const segment of (0,_segments_js__WEBPACK_IMPORTED_MODULE_7__/* .readSegments */ .lZ)(storage, store.storeId, at, through, objects)) {
        await writer?.add(segment.segment, segment.stored);
        batch.push(segment);
        if (batch.length < BATCH_SEGMENTS && segment.segment < through)
            continue;
        at = await applyBatch(database, at, batch);
        if (at === undefined)
            return;
        batch = [];
    }
}
/** @returns the head then; undefined when another process was first. */
function applyBatch({ db }, from, batch) {
    return (0,_database_aborted_js__WEBPACK_IMPORTED_MODULE_0__/* .againWhenAborted */ .F)(() => db.transaction().execute(async (tx) => {
        let head = await (0,_head_js__WEBPACK_IMPORTED_MODULE_8__/* .lockHead */ .uW)(tx);
        if (head.segment !== from.segment)
            return undefined;
        for (const segment of batch)
            head = await applySegment(tx, head, segment);
        await (0,_head_js__WEBPACK_IMPORTED_MODULE_8__/* .setHead */ .l)(tx, head);
        return head;
    }));
}
async function applySegment(tx, head, found) {
    const { segment, events, packs, segmentDigest } = found;
    const [first, last] = [events[0], events.at(-1)];
    if (first.sequence !== head.sequence + 1 || !(0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .sameBytes */ .er)(first.previous_digest, head.digest)) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .ArchiveError */ .di('INTEGRITY', `Segment ${segment} begins with event ${first.sequence}, which does not follow event ${head.sequence} of the registry; make the registry anew with "infospace-archive store rebuild".`);
    }
    await (0,_apply_js__WEBPACK_IMPORTED_MODULE_4__/* .applyEvents */ .q)(tx, events, packs);
    return { sequence: last.sequence, digest: (0,_log_event_digest_js__WEBPACK_IMPORTED_MODULE_3__/* .eventDigest */ .J)(last), segment, segmentDigest };
}
/** An empty cache of a store that was migrated begins with the log of its older format. */
async function beginWithLegacy({ database: { db }, storage, store }) {
    const { legacy } = store;
    if (legacy === undefined || (await (0,_head_js__WEBPACK_IMPORTED_MODULE_8__/* .readHead */ .zy)(db)).sequence > 0)
        return;
    await db.transaction().execute(async (tx) => {
        const head = await (0,_head_js__WEBPACK_IMPORTED_MODULE_8__/* .lockHead */ .uW)(tx);
        if (head.sequence === 0)
            await (0,_legacy_log_js__WEBPACK_IMPORTED_MODULE_6__/* .applyLegacyLog */ .qN)(tx, storage, legacy);
    });
}


/***/ }),

/***/ 94926:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   l: () => (/* binding */ setHead),
/* harmony export */   uW: () => (/* binding */ lockHead),
/* harmony export */   zy: () => (/* binding */ readHead)
/* harmony export */ });
async function readHead(db) {
    return toHead(await db.selectFrom('event_head').selectAll().executeTakeFirstOrThrow());
}
/**
 * Must be a transaction's first statement: SQLite then takes the write lock at once and waits for it, rather than
 * failing when a read turns into a write.
 */
async function lockHead(tx) {
    const locked = tx
        .updateTable('event_head')
        .set((row) => ({ sequence: row.ref('sequence') }))
        .returningAll();
    return toHead(await locked.executeTakeFirstOrThrow());
}
async function setHead(tx, head) {
    const { sequence, digest, segment, segmentDigest: segment_digest } = head;
    await tx.updateTable('event_head').set({ sequence, digest, segment, segment_digest }).execute();
}
function toHead({ sequence, digest, segment, segment_digest }) {
    return { sequence, digest, segment, segmentDigest: segment_digest };
}


/***/ }),

/***/ 53368:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  qN: () => (/* binding */ applyLegacyLog),
  cO: () => (/* binding */ hasLegacyLog),
  $1: () => (/* binding */ legacyGoesOn)
});

// EXTERNAL MODULE: ./build/action/artifact-store/database/database.js
var database = __webpack_require__(83569);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest.js
var digest = __webpack_require__(81713);
// EXTERNAL MODULE: ./build/action/artifact-store/log/event-digest.js
var event_digest = __webpack_require__(18592);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/cbor.js
var cbor = __webpack_require__(84660);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/document.js
var encoding_document = __webpack_require__(58117);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/shape.js
var shape = __webpack_require__(72167);
// EXTERNAL MODULE: ./build/action/artifact-store/log/event-list.js
var event_list = __webpack_require__(37656);
;// CONCATENATED MODULE: ./build/action/artifact-store/log/legacy-segment.js






/** Until format 2 the log was the registry's, and this a mirror of it: where its segments lie. */
const LEGACY_LOG = 'events/';
const SEQUENCE_DIGITS = 16;
/** Of the first event. */
function sequenceDigits(sequence) {
    return String(sequence).padStart(SEQUENCE_DIGITS, '0');
}
/** The sequence of a segment's first event; undefined for a key that is no segment's. */
function firstSequenceOf(key) {
    const [, digits] = /^events\/(\d{16})-[0-9a-f]{64}$/.exec(key) ?? [];
    return digits === undefined ? undefined : Number(digits);
}
/**
 * The events of a segment, which are what its key says and a chain in themselves.
 *
 * @throws ArchiveError `INTEGRITY` or `FORMAT_UNSUPPORTED`, naming the segment.
 */
function decodeLegacySegment(key, stored) {
    const where = `The segment "${key}"`;
    const events = (0,event_list/* decodeEvents */.Y)((0,cbor/* decodeCbor */.P)((0,encoding_document/* openDocument */.EJ)('ASEV', stored, where)), where);
    const [first, last] = [events[0], events.at(-1)];
    if (`${LEGACY_LOG}${sequenceDigits(first.sequence)}-${(0,digest/* toHex */.nj)((0,event_digest/* eventDigest */.J)(last))}` !== key) {
        throw (0,shape/* malformed */.Qm)(where, 'it has other events');
    }
    return events;
}

// EXTERNAL MODULE: ./build/action/artifact-store/log/model.js + 1 modules
var model = __webpack_require__(72639);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/content-index.js + 1 modules
var content_index = __webpack_require__(83238);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/format.js
var format = __webpack_require__(75328);
;// CONCATENATED MODULE: ./build/action/artifact-store/packs/stored-trailer.js

/** Reads what a pack in storage says that it holds. @throws ArchiveError `INTEGRITY`. */
function readStoredTrailer(storage, key, storedBytes) {
    return (0,format/* readTrailer */.ot)(key, storedBytes, (offset, length) => storage.get(key, { offset, length }));
}

// EXTERNAL MODULE: ./build/action/artifact-store/commit/apply.js + 1 modules
var apply = __webpack_require__(3008);
// EXTERNAL MODULE: ./build/action/artifact-store/commit/head.js
var head = __webpack_require__(94926);
;// CONCATENATED MODULE: ./build/action/artifact-store/commit/legacy-log.js










/** Objects on their way at once. */
const READ_AHEAD = 16;
/** Whether there is a log of format 1 or 2. */
async function hasLegacyLog(storage) {
    for await (const _ of storage.list(LEGACY_LOG))
        return true;
    return false;
}
/**
 * Applies the log of format 1 or 2 to an empty cache. What its packs hold is read from their trailers.
 *
 * @param end what it ends with; without it, the longest way that the log goes on.
 * @returns its end.
 * @throws ArchiveError `INTEGRITY` when storage does not have all of it.
 */
async function applyLegacyLog(tx, storage, end) {
    const { segments, sequence, digest } = await findBranch(await listSegments(storage), end);
    for (const part of (0,content_index/* partsOf */.CI)(segments, READ_AHEAD)) {
        const packs = await trailersOf(storage, part.flat());
        for (const events of part)
            await (0,apply/* applyEvents */.q)(tx, events, packs);
    }
    await (0,head/* setHead */.l)(tx, { ...(await (0,head/* readHead */.zy)(tx)), sequence, digest });
    return { sequence, digest };
}
/** Whether the log of format 1 or 2 goes on after an end. */
async function legacyGoesOn(storage, end) {
    const segments = await listSegments(storage);
    return (await goOn(await findBranch(segments, end), segments)).length > 0;
}
async function findBranch(segments, end) {
    const start = { segments: [], sequence: 0, digest: database/* GENESIS_DIGEST */.EK, storedAt: new Date(0) };
    let longest = [start];
    for (let branches = longest; branches.length > 0;) {
        const found = branches.find((branch) => end?.sequence === branch.sequence && (0,digest/* sameBytes */.er)(end.digest, branch.digest));
        if (found)
            return found;
        longest = branches;
        branches = (await Promise.all(branches.map((branch) => goOn(branch, segments)))).flat();
    }
    const newest = longest.sort((a, b) => b.storedAt.getTime() - a.storedAt.getTime())[0];
    if (end === undefined && !hasLater(segments, newest.sequence))
        return newest;
    const expected = end === undefined ? 'although it goes on' : `but the registry ends with event ${end.sequence}`;
    throw new errors/* ArchiveError */.di('INTEGRITY', `The event log in storage breaks off after event ${newest.sequence}, ${expected}; restore the objects below "${LEGACY_LOG}" from the bucket's versions or a backup.`);
}
/** All segments by the sequence that they begin with, read ahead in that order. */
async function listSegments(storage) {
    const objects = [];
    for await (const object of storage.list(LEGACY_LOG))
        objects.push(object);
    objects.sort((a, b) => (a.key < b.key ? -1 : 1));
    const reading = [];
    const read = (i) => {
        const object = objects[i];
        reading[i] ??= readSegment(storage, object.key);
        reading[i].catch(() => undefined);
        return reading[i];
    };
    const listed = objects.map((object, i) => ({
        firstSequence: firstSequenceOf(object.key) ?? 0,
        storedAt: object.modifiedAt,
        events: () => {
            for (let ahead = i; ahead < Math.min(objects.length, i + READ_AHEAD); ahead++)
                read(ahead);
            return read(i);
        },
    }));
    return Map.groupBy(listed, ({ firstSequence }) => firstSequence);
}
async function readSegment(storage, key) {
    try {
        return decodeLegacySegment(key, await storage.get(key));
    }
    catch (error) {
        if ((0,errors/* isArchiveError */.J)(error, 'INTEGRITY'))
            return undefined;
        throw error;
    }
}
async function goOn(branch, bySequence) {
    const longer = [];
    for (const { storedAt, events } of bySequence.get(branch.sequence + 1) ?? []) {
        const found = await events();
        if (found === undefined || !(0,digest/* sameBytes */.er)(found[0].previous_digest, branch.digest))
            continue;
        const last = found.at(-1);
        const segments = [...branch.segments, found];
        longer.push({ segments, sequence: last.sequence, digest: (0,event_digest/* eventDigest */.J)(last), storedAt });
    }
    return longer;
}
function hasLater(bySequence, sequence) {
    for (const first of bySequence.keys())
        if (first > sequence)
            return true;
    return false;
}
/** A pack that cannot be read may have been removed later. */
async function trailersOf(storage, rows) {
    const sealed = rows.map(model/* readEvent */.j).filter((event) => event.type === 'v1.pack.sealed');
    const trailers = new Map();
    const read = async ({ subjectId: key, payload }) => {
        try {
            trailers.set(key, await readStoredTrailer(storage, key, payload.stored_bytes));
        }
        catch (error) {
            if (!(0,errors/* isArchiveError */.J)(error, 'INTEGRITY'))
                throw error;
        }
    };
    for (let i = 0; i < sealed.length; i += READ_AHEAD)
        await Promise.all(sealed.slice(i, i + READ_AHEAD).map(read));
    return trailers;
}


/***/ }),

/***/ 2298:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Cr: () => (/* binding */ noteIn),
/* harmony export */   OI: () => (/* binding */ noteAll),
/* harmony export */   Y_: () => (/* binding */ addLabel),
/* harmony export */   bS: () => (/* binding */ setNote),
/* harmony export */   tA: () => (/* binding */ removeLabel)
/* harmony export */ });
/* harmony import */ var _encoding_cbor_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(84660);
/* harmony import */ var _labels_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(16519);
/* harmony import */ var _events_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(62637);



/** The tables of labels and notes. */
async function addLabel(tx, package_id, { label, subject }, set) {
    await tx
        .insertInto('labels')
        .values({ id: (0,_labels_js__WEBPACK_IMPORTED_MODULE_1__/* .labelId */ .oN)(subject, label), subject, label, package_id, ...set })
        .execute();
}
async function removeLabel(tx, { label, subject }) {
    await tx.deleteFrom('labels').where('id', '=', (0,_labels_js__WEBPACK_IMPORTED_MODULE_1__/* .labelId */ .oN)(subject, label)).execute();
}
/** Undefined leaves it as it is. */
async function setNote(tx, package_id, note, by) {
    if (note === undefined)
        return;
    await tx.deleteFrom('notes').where('package_id', '=', package_id).execute();
    await tx
        .insertInto('notes')
        .values({ package_id, note, ...by })
        .execute();
}
/** The note that a package was made with, as its event tells; that is not checked otherwise, since it is in the manifest. */
function noteIn(payload) {
    const note = payload?.metadata?.note;
    return typeof note === 'string' ? note : undefined;
}
/** Fills the table of notes from the events that were applied before there was one. */
async function noteAll(tx) {
    for await (const { event_type, subject_id, actor, payload } of (0,_events_js__WEBPACK_IMPORTED_MODULE_2__/* .readEvents */ .w)(tx, 0)) {
        if (event_type !== 'v1.package.created')
            continue;
        await setNote(tx, subject_id, noteIn((0,_encoding_cbor_js__WEBPACK_IMPORTED_MODULE_0__/* .decodeCbor */ .P)(payload)), { actor, amended_at: null });
    }
}


/***/ }),

/***/ 96527:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Od: () => (/* binding */ readLegacy),
/* harmony export */   Su: () => (/* binding */ lostRegistry),
/* harmony export */   uN: () => (/* binding */ followInto),
/* harmony export */   yO: () => (/* binding */ makeStore)
/* harmony export */ });
/* unused harmony export cacheAnew */
/* harmony import */ var uuid__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(63935);
/* harmony import */ var _database_database_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(83569);
/* harmony import */ var _database_migrations_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(77765);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(75087);
/* harmony import */ var _follow_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(30397);
/* harmony import */ var _head_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(94926);
/* harmony import */ var _legacy_log_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(53368);
/* harmony import */ var _names_view_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(2298);
/* harmony import */ var _store_file_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(42746);









/** Makes the tables anew for a store, and brings them up to its log. */
async function cacheAnew({ storage, database, now, mayWrite }, store) {
    await database.db.transaction().execute(async (tx) => {
        await database.lockForMigration(tx);
        // Another process may have come first.
        const info = await (0,_database_database_js__WEBPACK_IMPORTED_MODULE_0__/* .readCacheInfo */ .rn)(database, tx);
        if (info?.format === _database_migrations_js__WEBPACK_IMPORTED_MODULE_1__/* .FORMAT_VERSION */ .Hp && info.storeId === store.storeId)
            return;
        await (0,_database_database_js__WEBPACK_IMPORTED_MODULE_0__/* .makeTables */ .cy)(database, tx, { storeId: store.storeId, now });
    });
    await (0,_follow_js__WEBPACK_IMPORTED_MODULE_3__/* .follow */ .e)({ storage, database, store }, { mayWrite });
}
/**
 * Brings a database up to the log of a store.
 *
 * @throws ArchiveError `CONFIG_INVALID` when it is the database of another store.
 */
async function followInto(source, store) {
    const info = await (0,_database_database_js__WEBPACK_IMPORTED_MODULE_0__/* .readCacheInfo */ .rn)(source.database);
    if (info !== undefined && info.storeId !== store.storeId)
        throw otherStore(info.storeId, store.storeId);
    if (info?.format !== _database_migrations_js__WEBPACK_IMPORTED_MODULE_1__/* .FORMAT_VERSION */ .Hp)
        return cacheAnew(source, store);
    if (!info.isCurrent)
        await addMissingTables(source.database);
    await (0,_follow_js__WEBPACK_IMPORTED_MODULE_3__/* .follow */ .e)({ ...source, store }, source);
}
/**
 * Says in storage what a store is that storage knows nothing of yet: a new one, or one of format 1 or 2 that is migrated.
 * A kill at any time is harmless.
 *
 * @throws ArchiveError `STATE_CONFLICT` when storage and database do not belong together.
 */
async function makeStore(source, commit) {
    const { storage, database } = source;
    const info = await (0,_database_database_js__WEBPACK_IMPORTED_MODULE_0__/* .readCacheInfo */ .rn)(database);
    if (info === undefined) {
        if (await (0,_legacy_log_js__WEBPACK_IMPORTED_MODULE_4__/* .hasLegacyLog */ .cO)(storage))
            throw lostRegistry();
        const store = await createOnce(source, { storeId: (0,uuid__WEBPACK_IMPORTED_MODULE_7__/* ["default"] */ .A)(), commit });
        await cacheAnew(source, store);
        return store;
    }
    if (info.format === _database_migrations_js__WEBPACK_IMPORTED_MODULE_1__/* .FORMAT_VERSION */ .Hp && !info.isCurrent)
        await addMissingTables(database);
    const legacy = info.format < _database_migrations_js__WEBPACK_IMPORTED_MODULE_1__/* .FORMAT_VERSION */ .Hp ? await migrate(source, info) : await endOfEmpty(database.db, info);
    const store = await createOnce(source, { storeId: info.storeId, commit, legacy });
    if (store.storeId !== info.storeId)
        throw otherStore(info.storeId, store.storeId);
    return store;
}
/** A cache that an older version of the software made: the rest is filled from the events in it. */
async function addMissingTables(database) {
    await database.db.transaction().execute(async (tx) => {
        await database.lockForMigration(tx);
        // Another process may have come first.
        if ((await (0,_database_database_js__WEBPACK_IMPORTED_MODULE_0__/* .readCacheInfo */ .rn)(database, tx))?.isCurrent !== false)
            return;
        await (0,_database_database_js__WEBPACK_IMPORTED_MODULE_0__/* .addTables */ .dW)(database, tx);
        await (0,_names_view_js__WEBPACK_IMPORTED_MODULE_5__/* .noteAll */ .OI)(tx);
    });
}
/** Where the storage does not keep apart those who make one store at once, the lock of their database does. */
function createOnce({ storage, database }, file) {
    if (file.commit === 'storage')
        return (0,_store_file_js__WEBPACK_IMPORTED_MODULE_6__/* .createStoreFile */ .Ks)(storage, file);
    return database.db.transaction().execute(async (tx) => {
        await database.lockForMigration(tx);
        return (0,_store_file_js__WEBPACK_IMPORTED_MODULE_6__/* .createStoreFile */ .Ks)(storage, file);
    });
}
/**
 * The log of format 1 or 2 to its end, in tables of this format in memory.
 *
 * @param database its registry, which is left as it is.
 */
async function readLegacy({ storage, database, now }, info, memory) {
    const legacy = await legacyEnd(database.db);
    await memory.db.transaction().execute(async (tx) => {
        await (0,_database_database_js__WEBPACK_IMPORTED_MODULE_0__/* .makeTables */ .cy)(memory, tx, { storeId: info.storeId, now });
        await (0,_legacy_log_js__WEBPACK_IMPORTED_MODULE_4__/* .applyLegacyLog */ .qN)(tx, storage, legacy);
    });
    return { storeId: info.storeId, commit: 'storage', legacy };
}
async function migrate({ storage, database, now }, { storeId }) {
    return database.db.transaction().execute(async (tx) => {
        await database.lockForMigration(tx);
        const legacy = await legacyEnd(tx);
        // Another process may have come first.
        if ((await (0,_database_database_js__WEBPACK_IMPORTED_MODULE_0__/* .readCacheInfo */ .rn)(database, tx))?.format === _database_migrations_js__WEBPACK_IMPORTED_MODULE_1__/* .FORMAT_VERSION */ .Hp)
            return legacyOf(legacy);
        if (await (0,_legacy_log_js__WEBPACK_IMPORTED_MODULE_4__/* .legacyGoesOn */ .$1)(storage, legacy)) {
            throw new _errors_js__WEBPACK_IMPORTED_MODULE_2__/* .ArchiveError */ .di('STATE_CONFLICT', `The registry ends with event ${legacy.sequence}, and the log in storage goes on: the registry is an older copy, or a change was cut off; make it anew with "infospace-archive store rebuild".`);
        }
        await (0,_database_database_js__WEBPACK_IMPORTED_MODULE_0__/* .makeTables */ .cy)(database, tx, { storeId, now });
        await (0,_legacy_log_js__WEBPACK_IMPORTED_MODULE_4__/* .applyLegacyLog */ .qN)(tx, storage, legacy);
        return legacyOf(legacy);
    });
}
/**
 * Tables of this format, of a store that nothing was recorded in yet: a new one, or one whose migration was cut off.
 *
 * @throws ArchiveError `STATE_CONFLICT` when something was recorded, in a storage that is not this one.
 */
async function endOfEmpty(db, { storeId }) {
    const { segment, sequence, digest } = await (0,_head_js__WEBPACK_IMPORTED_MODULE_8__/* .readHead */ .zy)(db);
    if (segment === 0)
        return legacyOf({ sequence, digest });
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_2__/* .ArchiveError */ .di('STATE_CONFLICT', `The registry is of store ${storeId} and has followed its log to segment ${segment}, but the storage has no "store.json": it is another one, or was emptied; name the storage of that store.`);
}
function legacyOf(end) {
    return end.sequence === 0 ? undefined : end;
}
/** The tables of formats 1 and 2 have the same columns here. */
async function legacyEnd(db) {
    return db.selectFrom('event_head').select(['sequence', 'digest']).executeTakeFirstOrThrow();
}
function lostRegistry() {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_2__/* .ArchiveError */ .di('STATE_CONFLICT', 'The storage holds the packages of a store of format 1 or 2 whose registry is not this one; name its registry, or make it anew with "infospace-archive store rebuild".');
}
function otherStore(registry, storage) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_2__/* .ArchiveError */ .di('CONFIG_INVALID', `The registry is of store ${registry}, but the storage is of store ${storage}; name a registry and a storage that belong together.`);
}


/***/ }),

/***/ 31441:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   g: () => (/* binding */ record)
/* harmony export */ });
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(58500);
/* harmony import */ var _database_aborted_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(59897);
/* harmony import */ var _encoding_cbor_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(84660);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(75087);
/* harmony import */ var _identity_digest_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(81713);
/* harmony import */ var _identity_hasher_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(25014);
/* harmony import */ var _log_event_digest_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(18592);
/* harmony import */ var _log_segment_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(8350);
/* harmony import */ var _apply_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(3008);
/* harmony import */ var _follow_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(30397);
/* harmony import */ var _head_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(94926);











/** The longest pause before the next try, where many writers commit at once. */
const MAX_PAUSE_MS = 300;
const FIRST_PAUSE_MS = 10;
/** Another writer made the segment. */
class Overtaken extends Error {
}
/**
 * Changes the store: decides on events by the newest state, and creates the next segment of the log with them. That is the
 * commit; the cache follows. A writer that was not first follows the log and decides again.
 *
 * @throws what `decide` throws. When storage fails in the midst, the change may have been made; whoever opens the store next
 * sees whether it was.
 */
async function record(parts, decide, { packs = [], beforeCommit } = {}) {
    const tables = new Map(packs.map(({ key, frames, contents }) => [key, { frames, contents }]));
    let refusal;
    const decideOrRefuse = (tx) => decide(tx).catch((error) => {
        refusal = error;
        throw error;
    });
    for (let pause = FIRST_PAUSE_MS;; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
        try {
            const result = await (0,_database_aborted_js__WEBPACK_IMPORTED_MODULE_1__/* .againWhenAborted */ .F)(() => tryToRecord(parts, decideOrRefuse, tables, beforeCommit));
            if (result === 'recorded')
                return;
        }
        catch (error) {
            // What is refused by a state that is not the newest one may be right.
            if (error !== refusal || !(error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_3__/* .ArchiveError */ .di) || !(await wasBehind(parts)))
                throw error;
            continue;
        }
        await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(pause * Math.random());
        // To the newest segment: who reads on by one at a time is overtaken for ever by those who are at the end.
        await (0,_follow_js__WEBPACK_IMPORTED_MODULE_9__/* .follow */ .e)(parts);
    }
}
/** Follows the log. @returns whether it had gone on. */
async function wasBehind(parts) {
    const before = await (0,_head_js__WEBPACK_IMPORTED_MODULE_10__/* .readHead */ .zy)(parts.database.db);
    await (0,_follow_js__WEBPACK_IMPORTED_MODULE_9__/* .follow */ .e)(parts);
    return (await (0,_head_js__WEBPACK_IMPORTED_MODULE_10__/* .readHead */ .zy)(parts.database.db)).segment > before.segment;
}
async function tryToRecord({ database: { db }, storage, store, actor, now }, decide, packs, beforeCommit) {
    let segment = 0;
    let isCommitted = false;
    try {
        await db.transaction().execute(async (tx) => {
            const head = await (0,_head_js__WEBPACK_IMPORTED_MODULE_10__/* .lockHead */ .uW)(tx);
            const decided = await decide(tx);
            if (decided.length === 0)
                return;
            const drafts = [...migrationOf(head, store), ...decided];
            const rows = toRows(head, drafts, actor, now().toISOString());
            await (0,_apply_js__WEBPACK_IMPORTED_MODULE_8__/* .applyEvents */ .q)(tx, rows, packs);
            segment = head.segment + 1;
            const { storeId } = store;
            const stored = (0,_log_segment_js__WEBPACK_IMPORTED_MODULE_7__/* .encodeSegment */ .ug)({ segment, storeId, previous: head.segmentDigest, events: rows, packs });
            beforeCommit?.();
            if ((await create(storage, store, (0,_log_segment_js__WEBPACK_IMPORTED_MODULE_7__/* .segmentKey */ .zT)(segment), stored)) === 'exists')
                throw new Overtaken();
            isCommitted = true;
            const last = rows.at(-1);
            await (0,_head_js__WEBPACK_IMPORTED_MODULE_10__/* .setHead */ .l)(tx, {
                sequence: last.sequence,
                digest: (0,_log_event_digest_js__WEBPACK_IMPORTED_MODULE_6__/* .eventDigest */ .J)(last),
                segment,
                segmentDigest: (0,_log_segment_js__WEBPACK_IMPORTED_MODULE_7__/* .segmentDigest */ .o2)(stored),
            });
        });
    }
    catch (error) {
        if (error instanceof Overtaken)
            return 'overtaken';
        if (!isCommitted)
            throw error;
        // The cache failed, not the commit.
        await (0,_follow_js__WEBPACK_IMPORTED_MODULE_9__/* .followTo */ .d)({ database: { db }, storage, store }, segment);
    }
    return 'recorded';
}
/** Where the lock of the database keeps writers apart, a segment that exists is one that was made before a crash. */
async function create(storage, { commit }, key, stored) {
    if (commit === 'storage')
        return storage.create(key, stored);
    if ((await storage.head(key)) !== undefined)
        return 'exists';
    await storage.put(key, [stored]);
    return 'created';
}
/** The first segment of a store of format 1 or 2 tells what it goes on from. */
function migrationOf({ segment, sequence }, { storeId, legacy }) {
    if (segment > 0 || legacy === undefined || sequence !== legacy.sequence)
        return [];
    const digest = (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_4__/* .formatContentAddress */ .NU)(legacy.digest);
    const payload = { format: 2, sequence, digest };
    return [{ type: 'v1.store.migrated', subjectKind: 'store', subjectId: storeId, payload }];
}
function toRows(head, drafts, actor, created_at) {
    let { sequence, digest } = head;
    return drafts.map((draft) => {
        const payload = (0,_encoding_cbor_js__WEBPACK_IMPORTED_MODULE_2__/* .encodeCbor */ .H)(draft.payload);
        const row = {
            sequence: ++sequence,
            created_at,
            event_type: draft.type,
            subject_kind: draft.subjectKind,
            subject_id: draft.subjectId,
            actor,
            payload,
            payload_digest: _identity_hasher_js__WEBPACK_IMPORTED_MODULE_5__/* .blake3 */ .LG.hash(payload),
            previous_digest: digest,
        };
        digest = (0,_log_event_digest_js__WEBPACK_IMPORTED_MODULE_6__/* .eventDigest */ .J)(row);
        return row;
    });
}


/***/ }),

/***/ 82154:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   CQ: () => (/* binding */ requireFollowed),
/* harmony export */   Mb: () => (/* binding */ newestSegment),
/* harmony export */   lZ: () => (/* binding */ readSegments)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);
/* harmony import */ var _identity_digest_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(81713);
/* harmony import */ var _log_segment_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8350);
/* harmony import */ var _storage_read_sound_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(94596);
/* harmony import */ var _checkpoints_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(9101);





/** Segments on their way at once: most are small, and a server far away answers slowly. */
const READ_AHEAD = 32;
/**
 * The number of the newest segment in storage.
 *
 * @throws ArchiveError `INTEGRITY` when segments are missing, or the one that was followed last is not there.
 */
async function newestSegment(storage, followed) {
    const numbers = await segmentsFrom(storage, followed);
    let next = Math.max(1, followed);
    for (const number of numbers) {
        if (number > next)
            break;
        next++;
    }
    const newest = numbers.at(-1) ?? 0;
    if (newest >= next)
        throw missingSegment(next, newest);
    if (next === followed && followed > 0)
        throw cutLog(followed, (await segmentsFrom(storage, 1)).at(-1) ?? 0);
    return next - 1;
}
/** @throws ArchiveError `INTEGRITY` when the segment that was followed last is another one in storage. */
async function requireFollowed(storage, { segment, segmentDigest: followed }) {
    if (segment === 0)
        return;
    await (0,_storage_read_sound_js__WEBPACK_IMPORTED_MODULE_3__/* .readSound */ .M)(() => storage.get((0,_log_segment_js__WEBPACK_IMPORTED_MODULE_2__/* .segmentKey */ .zT)(segment)), (stored) => requireDigest(segment, (0,_log_segment_js__WEBPACK_IMPORTED_MODULE_2__/* .segmentDigest */ .o2)(stored), followed));
}
function requireDigest(segment, found, followed) {
    if ((0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_1__/* .sameBytes */ .er)(found, followed))
        return;
    const [there, expected] = [found, followed].map(_identity_digest_js__WEBPACK_IMPORTED_MODULE_1__/* .formatContentAddress */ .NU);
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('INTEGRITY', `Segment ${segment} of the log in storage is ${there}, but the registry has followed ${expected}: the log was set back or changed, or the registry followed another one; ${RESTORE}, or accept what is there with "infospace-archive store rebuild".`, undefined, { key: (0,_log_segment_js__WEBPACK_IMPORTED_MODULE_2__/* .segmentKey */ .zT)(segment), expected, actual: there });
}
/** The numbers that storage has from one on, in order. */
async function segmentsFrom(storage, first) {
    const numbers = [];
    for await (const { key } of storage.list(_log_segment_js__WEBPACK_IMPORTED_MODULE_2__/* .LOG */ .$9, first > 1 ? (0,_log_segment_js__WEBPACK_IMPORTED_MODULE_2__/* .segmentKey */ .zT)(first - 1) : undefined)) {
        const number = (0,_log_segment_js__WEBPACK_IMPORTED_MODULE_2__/* .segmentOfKey */ .cu)(key);
        if (number !== undefined && number >= first)
            numbers.push(number);
    }
    return numbers.sort((a, b) => a - b);
}
/**
 * The segments after a position, up to a number.
 *
 * @param objects what to read them from, in order; each from an object of its own by default.
 * @throws ArchiveError `INTEGRITY` for one that is missing, damaged, of another store or not what follows.
 */
async function* readSegments(storage, storeId, { segment: after, segmentDigest: digest }, through, objects = (0,_checkpoints_js__WEBPACK_IMPORTED_MODULE_4__/* .objectsOf */ .iZ)([], { first: after + 1, last: through })) {
    let previous = digest;
    let last = after;
    for await (const { number, stored } of readStored(storage, objects)) {
        // Checkpoints of readers that were at it together overlap.
        if (number <= last)
            continue;
        const found = await openAsRead(storage, number, stored, storeId, previous);
        previous = found.segmentDigest;
        last = number;
        yield found;
    }
}
/** A checkpoint may be wrong, and so may an answer be that was damaged on its way: the log is asked again. */
async function openAsRead(storage, number, stored, storeId, previous) {
    try {
        return open(number, stored, storeId, previous);
    }
    catch (error) {
        if (!(0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .isArchiveError */ .J)(error, 'INTEGRITY'))
            throw error;
        return (0,_storage_read_sound_js__WEBPACK_IMPORTED_MODULE_3__/* .readSound */ .M)(() => storage.get((0,_log_segment_js__WEBPACK_IMPORTED_MODULE_2__/* .segmentKey */ .zT)(number)), (again) => open(number, again, storeId, previous));
    }
}
function open(number, stored, storeId, previous) {
    const segment = (0,_log_segment_js__WEBPACK_IMPORTED_MODULE_2__/* .decodeSegment */ .UR)(number, stored);
    if (segment.storeId !== storeId)
        throw otherStore(number, segment.storeId, storeId);
    if (!(0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_1__/* .sameBytes */ .er)(segment.previous, previous))
        throw otherLog(number);
    return { ...segment, stored, segmentDigest: (0,_log_segment_js__WEBPACK_IMPORTED_MODULE_2__/* .segmentDigest */ .o2)(stored) };
}
/** Reads objects ahead of the one whose segments are taken. */
async function* readStored(storage, objects) {
    const reading = [];
    let underWay = 0;
    let next = 0;
    while (next < objects.length || reading.length > 0) {
        while (next < objects.length && underWay < READ_AHEAD) {
            const object = objects[next++];
            const segments = readObject(storage, object);
            segments.catch(() => undefined);
            // Checkpoints are large: two of them, or so many segments.
            const weight = typeof object === 'number' ? 1 : READ_AHEAD / 2;
            underWay += weight;
            reading.push({ weight, segments });
        }
        const { weight, segments } = reading.shift();
        yield* await segments;
        underWay -= weight;
    }
}
async function readObject(storage, object) {
    if (typeof object === 'number') {
        return [{ number: object, stored: await storage.get((0,_log_segment_js__WEBPACK_IMPORTED_MODULE_2__/* .segmentKey */ .zT)(object)) }];
    }
    const { first, last } = object;
    const copies = await (0,_checkpoints_js__WEBPACK_IMPORTED_MODULE_4__/* .readCheckpoint */ .HQ)(storage, object);
    if (copies)
        return copies.map((stored, i) => ({ number: first + i, stored }));
    const singles = [];
    for (let number = first; number <= last; number++) {
        for (const single of await readObject(storage, number))
            singles.push(single);
    }
    return singles;
}
const RESTORE = `restore the objects below "${_log_segment_js__WEBPACK_IMPORTED_MODULE_2__/* .LOG */ .$9}" from the bucket's versions or a backup`;
function missingSegment(segment, newest) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('INTEGRITY', `The log in storage has no segment ${segment}, although it goes on to ${newest}; ${RESTORE}.`);
}
function cutLog(followed, newest) {
    const end = newest === 0 ? 'is empty' : `ends with segment ${newest}`;
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('INTEGRITY', `The registry has followed the log to segment ${followed}, but the log in storage ${end}: it was cut, or is that of another storage; ${RESTORE}, or accept what is left with "infospace-archive store rebuild".`);
}
function otherStore(segment, found, expected) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('INTEGRITY', `Segment ${segment} is of store ${found}, but the storage is of store ${expected}; ${RESTORE}.`);
}
function otherLog(segment) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('INTEGRITY', `Segment ${segment} of the log in storage does not follow the one before it: the log was changed, or the registry followed another one; ${RESTORE}, or accept what is there with "infospace-archive store rebuild".`);
}


/***/ }),

/***/ 42746:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ks: () => (/* binding */ createStoreFile),
/* harmony export */   Oq: () => (/* binding */ readStoreFile),
/* harmony export */   uD: () => (/* binding */ encodeStoreFile),
/* harmony export */   y7: () => (/* binding */ decodeStoreFile)
/* harmony export */ });
/* harmony import */ var uuid__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(28520);
/* harmony import */ var _encoding_as_buffer_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(50835);
/* harmony import */ var _encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(72167);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(75087);
/* harmony import */ var _identity_digest_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(81713);
/* harmony import */ var _storage_get_if_any_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(83233);
/* harmony import */ var _storage_read_sound_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(94596);







/** Says what the store is. It is there before anything else, and never changes. */
const STORE_FILE = 'store.json';
/** The newest format that this software reads and writes. */
const STORE_FORMAT = 3;
/**
 * What the store is; undefined when there is none, or one of format 1 or 2.
 *
 * @throws ArchiveError `FORMAT_UNSUPPORTED` for a newer format; `INTEGRITY` when the file is damaged.
 */
async function readStoreFile(storage) {
    return (0,_storage_read_sound_js__WEBPACK_IMPORTED_MODULE_4__/* .readSound */ .M)(() => (0,_storage_get_if_any_js__WEBPACK_IMPORTED_MODULE_3__/* .getIfAny */ .E)(storage, STORE_FILE), (bytes) => bytes && decodeStoreFile(bytes));
}
/**
 * Says what a new store is, unless somebody else just did.
 *
 * @returns what the store is.
 */
async function createStoreFile(storage, file) {
    const bytes = encodeStoreFile(file);
    if (file.commit === 'storage') {
        if ((await storage.create(STORE_FILE, bytes)) === 'created')
            return file;
    }
    else if ((await storage.head(STORE_FILE)) === undefined) {
        await storage.put(STORE_FILE, [bytes]);
        return file;
    }
    return (0,_storage_read_sound_js__WEBPACK_IMPORTED_MODULE_4__/* .readSound */ .M)(() => storage.get(STORE_FILE), decodeStoreFile);
}
function encodeStoreFile({ storeId, commit, legacy }) {
    const text = JSON.stringify({
        store_id: storeId,
        format: STORE_FORMAT,
        commit,
        ...(legacy && { legacy: { sequence: legacy.sequence, digest: (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .formatContentAddress */ .NU)(legacy.digest) } }),
    }, undefined, 2);
    return Buffer.from(`${text}\n`);
}
/** @throws ArchiveError `FORMAT_UNSUPPORTED` for a newer format; `INTEGRITY` when it is damaged. */
function decodeStoreFile(bytes) {
    const where = `The object "${STORE_FILE}"`;
    const value = parse(bytes, where);
    const format = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readCount */ ._0)(value?.format, where);
    if (format > STORE_FORMAT) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .ArchiveError */ .di('FORMAT_UNSUPPORTED', `The store has format ${format}, newer than this software reads (${STORE_FORMAT}); upgrade infospace-archive.`);
    }
    const map = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readMap */ .l8)(value, where, ['store_id', 'format', 'commit'], ['legacy']);
    const commit = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readText */ .yR)(map.commit, where);
    if (commit !== 'storage' && commit !== 'database')
        throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .malformed */ .Qm)(where, 'nobody keeps its writers apart');
    return { storeId: readStoreId(map.store_id, where), commit, ...readLegacy(map.legacy, where) };
}
function parse(bytes, where) {
    try {
        return JSON.parse((0,_encoding_as_buffer_js__WEBPACK_IMPORTED_MODULE_5__/* .asBuffer */ .b)(bytes).toString());
    }
    catch {
        throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .malformed */ .Qm)(where, 'expected JSON');
    }
}
/** It names a file of this machine, and others may have written it. */
function readStoreId(value, where) {
    const storeId = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readText */ .yR)(value, where);
    if (!(0,uuid__WEBPACK_IMPORTED_MODULE_6__/* ["default"] */ .A)(storeId))
        throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .malformed */ .Qm)(where, 'the id of the store is no UUID');
    return storeId;
}
function readLegacy(value, where) {
    if (value === undefined)
        return {};
    const map = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readMap */ .l8)(value, where, ['sequence', 'digest']);
    const digest = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readText */ .yR)(map.digest, where);
    if (!(0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .isContentAddress */ .wm)(digest))
        throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .malformed */ .Qm)(where, 'expected a digest');
    return { legacy: { sequence: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readCount */ ._0)(map.sequence, where), digest: (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .parseContentAddress */ .hv)(digest) } };
}


/***/ }),

/***/ 28802:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   C8: () => (/* binding */ withoutStore),
/* harmony export */   Fk: () => (/* binding */ describeStore),
/* harmony export */   Qo: () => (/* binding */ readEnvironment),
/* harmony export */   op: () => (/* binding */ embeddedStore)
/* harmony export */ });
/* unused harmony exports describeStorage, gitVariables */
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(48161);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(76760);
/* harmony import */ var _database_postgres_settings_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(98648);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(75087);
/* harmony import */ var _retention_classes_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(90927);
/* harmony import */ var _secrets_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(79463);
/* harmony import */ var _storage_git_settings_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(48172);
/* harmony import */ var _storage_keys_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(3262);








const LOG_LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR'];
const PREFIX = 'ARTIFACTSTORE_';
const STORE_SETTINGS = [
    'DATABASE_URL',
    'STORAGE_BACKEND',
    'STORAGE_LOCAL_ROOT',
    'S3_ENDPOINT_URL',
    'S3_REGION',
    'S3_BUCKET',
    'S3_KEY_PREFIX',
    'S3_ACCESS_KEY_ID',
    'S3_SECRET_ACCESS_KEY',
    'S3_SESSION_TOKEN',
    'S3_FORCE_PATH_STYLE',
    'S3_STORAGE_CLASS',
    'S3_SSE',
    'GIT_REMOTE',
    'GIT_PREFIX',
];
const SETTINGS = [...STORE_SETTINGS, 'RETENTION_CONFIG_PATH', 'LOG_LEVEL'];
/** Shorter values turn up by chance and would refuse honest notes. */
const MIN_SECRET_LENGTH = 6;
/** An embedded store: SQLite and local files below one folder. */
function embeddedStore(directory, { retentionClasses }) {
    return {
        database: { kind: 'sqlite', path: (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(directory, 'registry.sqlite3') },
        storage: { kind: 'local', root: (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(directory, 'storage') },
        localPaths: [directory],
        statCacheDirectory: (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(directory, 'stat-cache'),
        retentionClasses,
        secrets: [],
    };
}
/** Names a store to people, without anything secret. */
function describeStore({ database, storage }) {
    if (database.kind === 'cache')
        return describeStorage(storage);
    return `${describeDatabase(database)}, ${describeStorage(storage)}`;
}
/** The storage alone names a store whose log is cached for the user. */
function describeDatabase(database) {
    if (database.kind === 'sqlite')
        return `sqlite:///${database.path}`;
    return `postgresql://${(0,_database_postgres_settings_js__WEBPACK_IMPORTED_MODULE_2__/* .describeServer */ .X)(database.server)}`;
}
/** Names a storage to people, without anything secret. */
function describeStorage(storage) {
    if (storage.kind === 'local')
        return storage.root;
    if (storage.kind === 's3')
        return `s3://${storage.bucket}/${storage.keyPrefix}`;
    return `git ${(0,_storage_git_settings_js__WEBPACK_IMPORTED_MODULE_6__/* .withoutPasswords */ .h)(storage.remote)}${storage.prefix === '' ? '' : ` (${storage.prefix})`}`;
}
/** The variables of a store in git, as people may see them, but for what is so by default. */
function gitVariables({ storage }) {
    if (storage.kind !== 'git')
        return [];
    return [
        `${PREFIX}STORAGE_BACKEND=git`,
        ...(storage.remote === DEFAULT_REMOTE ? [] : [`${PREFIX}GIT_REMOTE=${withoutPasswords(storage.remote)}`]),
        ...(storage.prefix === '' ? [] : [`${PREFIX}GIT_PREFIX=${storage.prefix}`]),
    ];
}
/**
 * Reads the `ARTIFACTSTORE_*` variables. Each may instead be given as `<name>_FILE`, the path of a file that holds the
 * value.
 *
 * @param directory lies in the repository whose remote may be named.
 * @throws ArchiveError `CONFIG_INVALID` naming the variable: an unknown one, a value it cannot have, or one that needs
 * another one to be set.
 */
function readEnvironment(env, directory = process.cwd()) {
    const settings = readSettings(env);
    const logLevel = oneOf('LOG_LEVEL', settings.LOG_LEVEL?.toUpperCase() ?? 'WARNING', LOG_LEVELS);
    const retentionClasses = (0,_retention_classes_js__WEBPACK_IMPORTED_MODULE_4__/* .loadRetentionClasses */ .dl)(settings.RETENTION_CONFIG_PATH);
    const named = STORE_SETTINGS.find((name) => settings[name] !== undefined);
    if (named === undefined)
        return { store: undefined, retentionClasses, logLevel };
    const cache = userCache(env);
    const storage = readStorage(settings, named, { directory, cacheDirectory: cache.directory });
    const database = settings.DATABASE_URL === undefined ? cache : readDatabase(settings.DATABASE_URL, env);
    return {
        store: {
            database,
            storage,
            localPaths: [
                ...(database.kind === 'sqlite' ? [database.path, `${database.path}-journal`] : []),
                ...(storage.kind === 'local' ? [storage.root] : []),
            ],
            statCacheDirectory: undefined,
            retentionClasses,
            secrets: (0,_secrets_js__WEBPACK_IMPORTED_MODULE_5__/* .secretValues */ .V)(env).filter((secret) => secret.length >= MIN_SECRET_LENGTH),
        },
        retentionClasses,
        logLevel,
    };
}
/** The variables without those that say where a store is. */
function withoutStore(env) {
    const dropped = new Set(STORE_SETTINGS.flatMap((name) => [PREFIX + name, `${PREFIX}${name}_FILE`]));
    return Object.fromEntries(Object.entries(env).filter(([name]) => !dropped.has(name)));
}
function readSettings(env) {
    const settings = {};
    for (const [variable, value] of Object.entries(env)) {
        // An empty variable is how workflows pass a secret that is not set.
        if (!variable.startsWith(PREFIX) || value === undefined || value === '')
            continue;
        const fromFile = variable.endsWith('_FILE');
        const name = variable.slice(PREFIX.length, fromFile ? -'_FILE'.length : undefined);
        if (!isSetting(name)) {
            throw invalid(variable, `is not known; the known ones are ${SETTINGS.map((known) => PREFIX + known).join(', ')}`);
        }
        if (settings[name] !== undefined)
            throw invalid(PREFIX + name, `is given twice, with and without _FILE; keep one`);
        settings[name] = fromFile ? secretIn(variable, value) : value;
    }
    return settings;
}
function isSetting(name) {
    return SETTINGS.includes(name);
}
function secretIn(variable, path) {
    let value;
    try {
        value = (0,_secrets_js__WEBPACK_IMPORTED_MODULE_5__/* .readSecretFile */ .f)(path);
    }
    catch (error) {
        throw invalid(variable, `names a file that cannot be read: ${path}`, error);
    }
    if (value === undefined)
        throw invalid(variable, `names a file that cannot be read, since it is not there: ${path}`);
    if (value === '')
        throw invalid(variable, `names an empty file: ${path}`);
    return value;
}
/** SQLAlchemy's spellings too: an existing deployment keeps its variable. */
const DATABASE_URL = /^(?<scheme>sqlite|postgres(?:ql)?)(?:\+(?:aiosqlite|asyncpg|pysqlite|psycopg2?))?:\/\/(?<rest>.*)$/;
function readDatabase(url, env) {
    const { scheme, rest } = DATABASE_URL.exec(url)?.groups ?? {};
    if (scheme === undefined || rest === undefined) {
        throw invalid(`${PREFIX}DATABASE_URL`, 'is no database URL; use sqlite:///path or postgresql://user@host/database');
    }
    if (scheme === 'sqlite') {
        // As SQLAlchemy has it: three slashes before a relative path, four before an absolute one.
        if (!rest.startsWith('/') || rest === '/' || rest === '/:memory:') {
            throw invalid(`${PREFIX}DATABASE_URL`, 'names no database file; use sqlite:///relative/path or sqlite:////absolute/path');
        }
        return { kind: 'sqlite', path: (0,node_path__WEBPACK_IMPORTED_MODULE_1__.resolve)(rest.slice(1)) };
    }
    return { kind: 'postgresql', server: (0,_database_postgres_settings_js__WEBPACK_IMPORTED_MODULE_2__/* .readPostgresUrl */ .J)(rest, env) };
}
/** The folder for caches of the user's programs, as each system has it. */
function userCache(env) {
    const home = (0,node_os__WEBPACK_IMPORTED_MODULE_0__.homedir)();
    const folders = {
        darwin: (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(home, 'Library', 'Caches'),
        win32: env['LOCALAPPDATA'] || (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(home, 'AppData', 'Local'),
    };
    const folder = folders[process.platform] ?? (env['XDG_CACHE_HOME'] || (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(home, '.cache'));
    return { kind: 'cache', directory: (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, 'infospace-archive') };
}
/** The variables of each kind of storage. */
const GROUPS = { local: 'STORAGE_LOCAL_', s3: 'S3_', git: 'GIT_' };
function readStorage(settings, named, places) {
    const backend = oneOf('STORAGE_BACKEND', required(settings, 'STORAGE_BACKEND', named), ['local', 's3', 'git']);
    const others = Object.values(GROUPS).filter((group) => group !== GROUPS[backend]);
    const other = SETTINGS.find((name) => settings[name] && others.some((group) => name.startsWith(group)));
    if (other)
        throw invalid(PREFIX + other, `does not go with ${PREFIX}STORAGE_BACKEND=${backend}; unset one of them`);
    if (backend === 'git')
        return { kind: 'git', ...readGit(settings), ...places };
    if (backend === 'local')
        return { kind: 'local', root: (0,node_path__WEBPACK_IMPORTED_MODULE_1__.resolve)(required(settings, 'STORAGE_LOCAL_ROOT', 'STORAGE_BACKEND')) };
    return readS3(settings);
}
/** Of what is a key, what git-check-ref-format(1) refuses. */
const NO_REF = /\.\.|\.(\/|$)|\.lock(\/|$)/;
const FOLDERS_OF_A_STORE = /^(checkpoints|events|log|manifests|objects|packs|store\.json)(\/|$)/;
const DEFAULT_REMOTE = 'origin';
function readGit({ GIT_REMOTE = DEFAULT_REMOTE, GIT_PREFIX = '' }) {
    if (GIT_REMOTE.startsWith('-'))
        throw invalid(`${PREFIX}GIT_REMOTE`, 'is no remote; use a URL, a path or a name');
    if (GIT_PREFIX !== '' && (!(0,_storage_keys_js__WEBPACK_IMPORTED_MODULE_7__/* .isKey */ .m)(GIT_PREFIX) || NO_REF.test(GIT_PREFIX))) {
        throw invalid(`${PREFIX}GIT_PREFIX`, 'is no part of a ref; use small letters, digits and slashes');
    }
    if (FOLDERS_OF_A_STORE.test(GIT_PREFIX)) {
        throw invalid(`${PREFIX}GIT_PREFIX`, `is "${GIT_PREFIX}", which a store without a prefix uses itself; use another`);
    }
    return { remote: GIT_REMOTE, prefix: GIT_PREFIX };
}
function readS3(settings) {
    const endpointUrl = settings.S3_ENDPOINT_URL;
    if (endpointUrl !== undefined && !/^https?:\/\//.test(endpointUrl)) {
        throw invalid(`${PREFIX}S3_ENDPOINT_URL`, 'is no URL; use https://host or http://host:port');
    }
    const keyPrefix = settings.S3_KEY_PREFIX ?? '';
    if ((0,node_path__WEBPACK_IMPORTED_MODULE_1__.isAbsolute)(keyPrefix))
        throw invalid(`${PREFIX}S3_KEY_PREFIX`, 'starts with a slash; leave it out');
    return {
        kind: 's3',
        bucket: required(settings, 'S3_BUCKET', 'STORAGE_BACKEND'),
        keyPrefix,
        endpointUrl,
        region: settings.S3_REGION,
        credentials: readCredentials(settings),
        forcePathStyle: oneOf('S3_FORCE_PATH_STYLE', settings.S3_FORCE_PATH_STYLE ?? 'false', ['true', 'false']) === 'true',
        storageClass: settings.S3_STORAGE_CLASS,
        serverSideEncryption: settings.S3_SSE,
    };
}
function readCredentials(settings) {
    const named = ['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY', 'S3_SESSION_TOKEN'].find((name) => settings[name]);
    if (named === undefined)
        return undefined;
    return {
        accessKeyId: required(settings, 'S3_ACCESS_KEY_ID', named),
        secretAccessKey: required(settings, 'S3_SECRET_ACCESS_KEY', named),
        sessionToken: settings.S3_SESSION_TOKEN,
    };
}
function required(settings, name, because) {
    const value = settings[name];
    if (value === undefined)
        throw invalid(PREFIX + name, `is not set, but ${PREFIX}${because} is; set both or neither`);
    return value;
}
function oneOf(name, value, allowed) {
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined)
        throw invalid(PREFIX + name, `is "${value}"; use ${allowed.join(' or ')}`);
    return found;
}
function invalid(variable, what, cause) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_3__/* .ArchiveError */ .di('CONFIG_INVALID', `The variable ${variable} ${what}.`, cause);
}


/***/ }),

/***/ 59897:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   F: () => (/* binding */ againWhenAborted),
/* harmony export */   Y: () => (/* binding */ TransactionAborted)
/* harmony export */ });
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(58500);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(75087);


const MAX_ATTEMPTS = 5;
const PAUSE_MS = 50;
/** The database has rolled a transaction back because of a concurrent one (a deadlock, say); it may run again. */
class TransactionAborted extends _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .ArchiveError */ .di {
    constructor(message, cause) {
        super('STORE_UNAVAILABLE', message, cause);
    }
}
/** Runs an action again when its transaction was rolled back. Its effects outside of the transaction must be idempotent. */
async function againWhenAborted(action) {
    for (let attempt = 1;; attempt++) {
        try {
            return await action();
        }
        catch (error) {
            if (!(error instanceof TransactionAborted) || attempt === MAX_ATTEMPTS)
                throw error;
        }
        await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(PAUSE_MS * attempt * (0.5 + Math.random()));
    }
}


/***/ }),

/***/ 56960:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K: () => (/* binding */ DatabaseFault)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);

/** A database file cannot be used. */
class DatabaseFault extends _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di {
    /** What it holds is no database any more, rather than that it cannot be reached. */
    isDamaged;
    constructor(message, isDamaged, cause) {
        super('STORE_UNAVAILABLE', message, cause);
        this.isDamaged = isDamaged;
    }
}


/***/ }),

/***/ 83569:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   CU: () => (/* binding */ NO_SEGMENT),
/* harmony export */   EK: () => (/* binding */ GENESIS_DIGEST),
/* harmony export */   cy: () => (/* binding */ makeTables),
/* harmony export */   dW: () => (/* binding */ addTables),
/* harmony export */   rn: () => (/* binding */ readCacheInfo)
/* harmony export */ });
/* harmony import */ var kysely_migration__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(42080);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);
/* harmony import */ var _migrations_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(77765);



/** No event precedes the first one. */
const GENESIS_DIGEST = Buffer.alloc(32);
/** Nor any segment. */
const NO_SEGMENT = {
    segment: 0,
    segmentDigest: Buffer.alloc(32),
};
/** Of whichever version. */
const OLDEST_TABLE = 'store_info';
/** Kysely's own. */
const MIGRATION_TABLES = ['kysely_migration', 'kysely_migration_lock'];
/**
 * What the tables say that they are of; undefined without tables.
 *
 * @throws ArchiveError `FORMAT_UNSUPPORTED` when they are of a newer version.
 */
async function readCacheInfo(database, db = database.db) {
    if (!(await database.hasTable(db, OLDEST_TABLE)))
        return undefined;
    const info = await db.selectFrom('store_info').select(['store_id', 'format_version']).executeTakeFirst();
    if (info === undefined)
        return undefined;
    if (info.format_version > _migrations_js__WEBPACK_IMPORTED_MODULE_1__/* .FORMAT_VERSION */ .Hp) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('FORMAT_UNSUPPORTED', `The store's registry has format version ${info.format_version}, newer than this software reads (${_migrations_js__WEBPACK_IMPORTED_MODULE_1__/* .FORMAT_VERSION */ .Hp}); upgrade infospace-archive.`);
    }
    const isCurrent = info.format_version === _migrations_js__WEBPACK_IMPORTED_MODULE_1__/* .FORMAT_VERSION */ .Hp && (await database.hasTable(db, _migrations_js__WEBPACK_IMPORTED_MODULE_1__/* .NEWEST_TABLE */ .aW));
    return { storeId: info.store_id, format: info.format_version, isCurrent };
}
/** Makes empty tables for a store's log, in the place of those of an older version; see `lockForMigration`. */
async function makeTables(database, tx, { storeId, now }) {
    const schema = await database.schemaForTables?.(tx);
    const { schema: tables } = schema === undefined ? tx : tx.withSchema(schema);
    const isOurs = await database.hasTable(tx, OLDEST_TABLE);
    if (isOurs)
        for (const table of [..._migrations_js__WEBPACK_IMPORTED_MODULE_1__/* .TABLES */ .CG, ...MIGRATION_TABLES])
            await tables.dropTable(table).ifExists().execute();
    await migrate(database, tx, schema);
    const info = { store_id: storeId, format_version: _migrations_js__WEBPACK_IMPORTED_MODULE_1__/* .FORMAT_VERSION */ .Hp, created_at: now.toISOString() };
    await tx.insertInto('store_info').values(info).execute();
    const { segment, segmentDigest: segment_digest } = NO_SEGMENT;
    const head = { id: 1, sequence: 0, digest: GENESIS_DIGEST, segment, segment_digest };
    await tx.insertInto('event_head').values(head).execute();
}
/** Adds the tables that an older version of the software did not make, empty; what is in the others stays. */
async function addTables(database, tx) {
    await migrate(database, tx, await database.schemaForTables?.(tx));
}
/** @param schema since another one may have tables of the same names. */
async function migrate(database, tx, schema) {
    const place = schema === undefined ? {} : { migrationTableSchema: schema };
    const provider = { getMigrations: async () => (0,_migrations_js__WEBPACK_IMPORTED_MODULE_1__/* .migrations */ .wR)(database.columnTypes) };
    const { error } = await new kysely_migration__WEBPACK_IMPORTED_MODULE_2__/* .Migrator */ .aR({ db: tx, provider, ...place }).migrateToLatest();
    if (error !== undefined)
        throw error;
}


/***/ }),

/***/ 77765:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   CG: () => (/* binding */ TABLES),
/* harmony export */   Hp: () => (/* binding */ FORMAT_VERSION),
/* harmony export */   aW: () => (/* binding */ NEWEST_TABLE),
/* harmony export */   wR: () => (/* binding */ migrations),
/* harmony export */   zy: () => (/* binding */ SHORT_ID)
/* harmony export */ });
/* harmony import */ var kysely__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(20189);

/** The newest `store_info.format_version` this software writes and reads. */
const FORMAT_VERSION = 3;
/** All tables, those of formats 1 and 2 too. */
const TABLES = [
    'store_info',
    'event_head',
    'events',
    'packages',
    'holds',
    'tombstones',
    'removed_objects',
    'packs',
    'contents',
    'package_packs',
    'labels',
    'notes',
];
/** Made by the newest migration: tables without it are brought up to date. */
const NEWEST_TABLE = 'notes';
/** Migrations by name, applied in the order of their names. One that was released is never changed. */
function migrations(types) {
    return {
        // Databases of formats 1 and 2 had 0001_initial and 0002_lifecycle; their tables are dropped.
        '0003_cache': { up: (db) => createTables(db, types) },
        '0004_names': { up: (db) => createNames(db) },
    };
}
async function createTables({ schema }, { bytes, autoIncrement }) {
    /** Of the few rows that have a mark. */
    const indexWhere = (name, table, column, mark) => schema.createIndex(name).on(table).column(column).where(kysely__WEBPACK_IMPORTED_MODULE_0__/* .sql */ .l.ref(mark), 'is not', null).execute();
    await schema
        .createTable('store_info')
        .addColumn('store_id', 'text', (column) => column.notNull())
        .addColumn('format_version', 'integer', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .execute();
    await schema
        .createTable('event_head')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('sequence', 'bigint', (column) => column.notNull())
        .addColumn('digest', bytes, (column) => column.notNull())
        .addColumn('segment', 'bigint', (column) => column.notNull())
        .addColumn('segment_digest', bytes, (column) => column.notNull())
        .execute();
    await schema
        .createTable('events')
        .addColumn('sequence', 'bigint', (column) => column.primaryKey())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .addColumn('event_type', 'text', (column) => column.notNull())
        .addColumn('subject_kind', 'text', (column) => column.notNull())
        .addColumn('subject_id', 'text', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('payload', bytes, (column) => column.notNull())
        .addColumn('payload_digest', bytes, (column) => column.notNull())
        .addColumn('previous_digest', bytes, (column) => column.notNull())
        .execute();
    await schema
        .createTable('packages')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('producer', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .addColumn('finalized_at', 'text', (column) => column.notNull())
        .addColumn('position', 'bigint', (column) => column.notNull())
        .addColumn('retention_class', 'text', (column) => column.notNull())
        .addColumn('expires_at', 'text')
        .addColumn('expired_at', 'text')
        .addColumn('manifest_digest', bytes, (column) => column.notNull().unique())
        .addColumn('manifest_key', 'text', (column) => column.notNull())
        .addColumn('manifest_base', bytes)
        .addColumn('content_digest', bytes, (column) => column.notNull())
        .addColumn('file_count', 'bigint', (column) => column.notNull())
        .addColumn('total_bytes', 'bigint', (column) => column.notNull())
        .addColumn('needs_known', 'integer', (column) => column.notNull())
        .execute();
    await schema.createIndex('packages_by_subject').on('packages').columns(['subject', 'position']).execute();
    await schema
        .createTable('holds')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('package_id', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('applied_at', 'text', (column) => column.notNull())
        .addColumn('until', 'text')
        .addColumn('released_at', 'text')
        .execute();
    await schema.createIndex('holds_by_package').on('holds').column('package_id').execute();
    await schema
        .createTable('tombstones')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('producer', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('created_at', 'text', (column) => column.notNull())
        .addColumn('retention_class', 'text', (column) => column.notNull())
        .addColumn('expires_at', 'text')
        .addColumn('manifest_digest', bytes, (column) => column.notNull().unique())
        .addColumn('manifest_key', 'text', (column) => column.notNull())
        .addColumn('manifest_base', bytes)
        .addColumn('content_digest', bytes, (column) => column.notNull())
        .addColumn('file_count', 'bigint', (column) => column.notNull())
        .addColumn('total_bytes', 'bigint', (column) => column.notNull())
        .addColumn('needs_known', 'integer', (column) => column.notNull())
        .addColumn('disposed_at', 'text', (column) => column.notNull())
        .addColumn('disposed_by', 'text', (column) => column.notNull())
        .addColumn('reason', 'text', (column) => column.notNull())
        .execute();
    await schema
        .createTable('removed_objects')
        .addColumn('storage_key', 'text', (column) => column.primaryKey())
        .addColumn('removed_at', 'text', (column) => column.notNull())
        .execute();
    await schema
        .createTable('packs')
        .addColumn('id', autoIncrement, (column) => autoIncrement === 'integer' ? column.primaryKey().autoIncrement() : column.primaryKey())
        .addColumn('storage_key', 'text', (column) => column.notNull().unique())
        .addColumn('stored_bytes', 'bigint', (column) => column.notNull())
        .addColumn('raw_bytes', 'bigint', (column) => column.notNull())
        .addColumn('frames', bytes, (column) => column.notNull())
        .addColumn('retired_at', 'text')
        .addColumn('damaged_at', 'text')
        .execute();
    await schema
        .createTable('contents')
        .addColumn('digest', bytes, (column) => column.notNull())
        .addColumn('pack_id', 'integer', (column) => column.notNull())
        .addColumn('raw_offset', 'bigint', (column) => column.notNull())
        .addColumn('length', 'bigint', (column) => column.notNull())
        .addColumn('damaged_at', 'text')
        .addPrimaryKeyConstraint('contents_key', ['digest', 'pack_id'])
        .execute();
    await schema.createIndex('contents_by_pack').on('contents').column('pack_id').execute();
    await indexWhere('contents_damaged', 'contents', 'pack_id', 'damaged_at');
    await indexWhere('packs_damaged', 'packs', 'id', 'damaged_at');
    await indexWhere('packs_retired', 'packs', 'id', 'retired_at');
    await schema
        .createTable('package_packs')
        .addColumn('package_id', 'text', (column) => column.notNull())
        .addColumn('pack_id', 'integer', (column) => column.notNull())
        .addColumn('bytes', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('package_packs_key', ['package_id', 'pack_id'])
        .execute();
    await schema.createIndex('package_packs_by_pack').on('package_packs').column('pack_id').execute();
}
/** What people call packages, and how they are found by a part of their names. */
async function createNames({ schema }) {
    await schema
        .createTable('labels')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('label', 'text', (column) => column.notNull())
        .addColumn('package_id', 'text', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('set_at', 'text', (column) => column.notNull())
        .execute();
    await schema.createIndex('labels_by_package').on('labels').column('package_id').execute();
    await schema
        .createTable('notes')
        .addColumn('package_id', 'text', (column) => column.primaryKey())
        .addColumn('note', 'text', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('amended_at', 'text')
        .execute();
    for (const table of ['packages', 'tombstones']) {
        await schema.createIndex(`${table}_by_content`).on(table).column('content_digest').execute();
        await schema.createIndex(`${table}_by_short_id`).on(table).expression(SHORT_ID).execute();
    }
}
/** The last eight characters of an id, which are random. An index is used only where a query has the same text. */
const SHORT_ID = (0,kysely__WEBPACK_IMPORTED_MODULE_0__/* .sql */ .l) `substr(id, 29)`;


/***/ }),

/***/ 43104:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   RV: () => (/* binding */ settingsIn),
/* harmony export */   Tt: () => (/* binding */ readOptions),
/* harmony export */   c: () => (/* binding */ refuseSchema)
/* harmony export */ });
/* harmony import */ var _postgres_url_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8743);

/** One setting of libpq's `options`: `-c name=value`, `-cname=value` or `--name=value`. */
const SETTING = /^(?:-c\s*|--)(?<name>[A-Za-z_][\w.-]*)=(?<value>.*)$/s;
const SCHEMA_NAME = /^[a-z_][a-z0-9_]{0,62}$/;
/**
 * Takes the schema out of the options. Poolers drop a session's search path, so queries name the schema instead.
 *
 * @throws ArchiveError `CONFIG_INVALID` when two schemas are named, or one that cannot be told.
 */
function readOptions(options, schema) {
    if (options === undefined || options.value.trim() === '')
        return { schema, options: undefined };
    if (options.value.includes('\0'))
        throw (0,_postgres_url_js__WEBPACK_IMPORTED_MODULE_0__/* .invalidParameter */ .VL)(options.origin, 'holds a zero byte; leave it out');
    const kept = [];
    let found = schema;
    for (const argument of argumentsOf(options.value)) {
        const { name, value } = SETTING.exec(argument)?.groups ?? {};
        if (name?.toLowerCase() !== 'search_path') {
            kept.push(argument);
            continue;
        }
        const first = value
            .split(',')[0]
            .trim()
            .replace(/^"(.*)"$/, '$1');
        if (schema !== undefined && schema.value !== first) {
            throw (0,_postgres_url_js__WEBPACK_IMPORTED_MODULE_0__/* .invalidParameter */ .VL)(options.origin, `names another schema than schema=${schema.value}; keep one of them`);
        }
        found = { value: first, origin: `The search_path in "options" (${options.origin})` };
    }
    return { schema: found, options: kept.length === 0 ? undefined : kept.map(escaped).join(' ') };
}
/** The names of the settings in the options. */
function settingsIn(options) {
    return argumentsOf(options ?? '').flatMap((argument) => SETTING.exec(argument)?.groups?.['name']?.toLowerCase() ?? []);
}
function refuseSchema({ value, origin }) {
    if (SCHEMA_NAME.test(value))
        return;
    throw (0,_postgres_url_js__WEBPACK_IMPORTED_MODULE_0__/* .invalidParameter */ .VL)(origin, `names the schema "${value}", which is no plain name; use at most 63 lower-case letters, digits and underscores, as in schema=archive`);
}
/** Splits at white space that no backslash precedes, as PostgreSQL does; `-c` stays with its setting. */
function argumentsOf(options) {
    const words = [...options.matchAll(/(?:\\.|[^\s\\])+/gs)].map(([word]) => word.replaceAll(/\\(.)/gs, '$1'));
    const found = [];
    for (const word of words) {
        if (found.at(-1) === '-c')
            found.splice(-1, 1, `-c ${word}`);
        else
            found.push(word);
    }
    return found;
}
function escaped(argument) {
    const setting = argument.replace(/^-c /, '');
    const text = setting.replaceAll(/[\s\\]/g, '\\$&');
    return setting === argument ? text : `-c ${text}`;
}


/***/ }),

/***/ 98648:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  X: () => (/* binding */ describeServer),
  J: () => (/* binding */ readPostgresUrl)
});

// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(48161);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./build/action/artifact-store/database/postgres-options.js
var postgres_options = __webpack_require__(43104);
// EXTERNAL MODULE: ./build/action/artifact-store/database/postgres-url.js
var postgres_url = __webpack_require__(8743);
;// CONCATENATED MODULE: ./build/action/artifact-store/database/postgres-tls-settings.js

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
/** In asyncpg and JDBC `ssl=true` verifies the server, so it must here. */
const SSL_MODE_SYNONYMS = { true: 'verify-full', false: 'disable' };
/** @throws ArchiveError `CONFIG_INVALID` naming a parameter, alone or for what it needs. */
function readTls(parameters) {
    const root = parameters.get('sslrootcert');
    const mode = parameters.get('sslmode');
    const synonym = mode?.origin.includes('"ssl"') ? SSL_MODE_SYNONYMS[mode.value.toLowerCase()] : undefined;
    const tls = {
        mode: synonym ?? (0,postgres_url/* oneOf */.yL)(mode, SSL_MODES) ?? (root?.value === 'system' ? 'verify-full' : 'prefer'),
        rootCertificate: root,
        certificate: parameters.get('sslcert'),
        key: parameters.get('sslkey'),
        revoked: parameters.get('sslcrl'),
        keyPassword: parameters.get('sslpassword')?.value,
        minVersion: (0,postgres_url/* oneOf */.yL)(parameters.get('ssl_min_protocol_version'), TLS_VERSIONS),
        maxVersion: (0,postgres_url/* oneOf */.yL)(parameters.get('ssl_max_protocol_version'), TLS_VERSIONS),
        direct: (0,postgres_url/* oneOf */.yL)(parameters.get('sslnegotiation'), ['postgres', 'direct']) === 'direct',
    };
    refuseWeak(tls, parameters);
    return tls;
}
function refuseWeak(tls, parameters) {
    const { mode, rootCertificate, certificate, key, direct } = tls;
    if (rootCertificate?.value === 'system' && mode !== 'verify-full' && mode !== 'disable') {
        throw (0,postgres_url/* invalidParameter */.VL)(rootCertificate.origin, `is "system", which anybody's certificate may pass with sslmode=${mode}; use sslmode=verify-full`);
    }
    if (mode === 'verify-ca' && rootCertificate === undefined) {
        const { origin } = parameters.get('sslmode');
        throw (0,postgres_url/* invalidParameter */.VL)(origin, 'is "verify-ca", which needs sslrootcert, the certificate of your authority; name its file or use verify-full');
    }
    if ((certificate === undefined) !== (key === undefined)) {
        throw (0,postgres_url/* invalidParameter */.VL)((certificate ?? key).origin, `needs ${certificate ? 'sslkey' : 'sslcert'} too; give both or neither`);
    }
    if (direct && ['disable', 'allow', 'prefer'].includes(mode)) {
        throw (0,postgres_url/* invalidParameter */.VL)(parameters.get('sslnegotiation').origin, `is "direct", which sslmode=${mode} may not use; use sslmode=require or stronger`);
    }
}

;// CONCATENATED MODULE: ./build/action/artifact-store/database/postgres-settings.js





const SESSION_KINDS = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'];
const CHANNEL_BINDINGS = ['disable', 'prefer', 'require'];
const DEFAULT_PORT = 5432;
const MAX_PORT = 65_535;
const MAX_TIMEOUT_S = 3600;
/** An empty host is the server of this machine. */
const DEFAULT_HOST = 'localhost';
/** libpq's variables; each applies when the URL lacks the parameter. */
const VARIABLES = {
    PGHOST: 'host',
    PGPORT: 'port',
    PGDATABASE: 'dbname',
    PGUSER: 'user',
    PGPASSWORD: 'password',
    PGPASSFILE: 'passfile',
    PGAPPNAME: 'application_name',
    PGOPTIONS: 'options',
    PGCONNECT_TIMEOUT: 'connect_timeout',
    PGTARGETSESSIONATTRS: 'target_session_attrs',
    PGCHANNELBINDING: 'channel_binding',
    PGSSLMODE: 'sslmode',
    PGSSLNEGOTIATION: 'sslnegotiation',
    PGSSLROOTCERT: 'sslrootcert',
    PGSSLCERT: 'sslcert',
    PGSSLKEY: 'sslkey',
    PGSSLCRL: 'sslcrl',
    PGSSLMINPROTOCOLVERSION: 'ssl_min_protocol_version',
    PGSSLMAXPROTOCOLVERSION: 'ssl_max_protocol_version',
};
/** Parameters of other clients without a meaning here: no statement is prepared, and libpq's semantics always apply. */
const WITHOUT_EFFECT = ['prepared_statement_cache_size', 'statement_cache_size', 'uselibpqcompat'];
/** Parameters whose only supported values are the listed ones. */
const FIXED = {
    client_encoding: ['utf8', 'utf-8', 'unicode', 'auto'],
    gssencmode: ['disable', 'prefer'],
    sslcompression: ['0'],
    sslsni: ['1'],
};
const KNOWN = [
    ...new Set(Object.values(VARIABLES)),
    'fallback_application_name',
    'schema',
    'sslpassword',
    ...Object.keys(FIXED),
    ...WITHOUT_EFFECT,
];
/**
 * Reads a connection URL, and libpq's variables for what it leaves out.
 *
 * @param url without its scheme and `://`.
 * @throws ArchiveError `CONFIG_INVALID` naming the parameter or variable, without any password.
 */
function readPostgresUrl(url, env) {
    const parameters = withVariables((0,postgres_url/* parseConnectionUrl */.zP)(url), env);
    for (const [name, parameter] of parameters)
        refuseUnknown(name, parameter);
    const text = (name) => parameters.get(name)?.value;
    const { schema, options } = (0,postgres_options/* readOptions */.Tt)(parameters.get('options'), parameters.get('schema'));
    const user = text('user') ?? systemUser();
    const database = text('dbname') ?? user;
    for (const [name, value] of [
        ['user', user],
        ['dbname', database],
    ]) {
        if (value.includes('\0'))
            throw (0,postgres_url/* invalidParameter */.VL)(`A name in ${postgres_url/* URL_VARIABLE */.tF} ("${name}")`, 'holds a zero byte; leave it out');
    }
    if (schema !== undefined)
        (0,postgres_options/* refuseSchema */.c)(schema);
    return {
        hosts: readHosts(parameters),
        user,
        database,
        password: text('password') || undefined,
        passwordFile: text('passfile') ?? defaultPasswordFile(env),
        schema: schema?.value,
        tls: readTls(parameters),
        channelBinding: (0,postgres_url/* oneOf */.yL)(parameters.get('channel_binding'), CHANNEL_BINDINGS) ?? 'prefer',
        sessionKind: (0,postgres_url/* oneOf */.yL)(parameters.get('target_session_attrs'), SESSION_KINDS) ?? 'any',
        connectTimeoutMs: readTimeout(parameters.get('connect_timeout')),
        applicationName: text('application_name') ?? text('fallback_application_name') ?? 'infospace-archive',
        options,
    };
}
/** Names servers and database to people. */
function describeServer({ hosts, database }) {
    const names = hosts.map(({ host, port }) => {
        const name = host.includes(':') ? `[${host}]` : host;
        return port === DEFAULT_PORT ? name : `${name}:${port}`;
    });
    return `${names.join(',')}/${database}`;
}
function withVariables(parameters, env) {
    for (const [variable, name] of Object.entries(VARIABLES)) {
        const value = env[variable];
        if (value && !parameters.has(name))
            parameters.set(name, { value, origin: `The variable ${variable}` });
    }
    return parameters;
}
function refuseUnknown(name, { value, origin }) {
    if (!KNOWN.includes(name)) {
        throw (0,postgres_url/* invalidParameter */.VL)(origin, `is not supported; remove it (known are ${[...KNOWN].sort().join(', ')})`);
    }
    const allowed = FIXED[name];
    if (allowed !== undefined && !allowed.includes(value.toLowerCase())) {
        throw (0,postgres_url/* invalidParameter */.VL)(origin, `is "${value}", and only ${allowed[0]} is supported; remove it`);
    }
}
function readHosts(parameters) {
    const hosts = parameters.get('host');
    const ports = parameters.get('port');
    const portOf = (text, origin) => {
        const port = text === '' ? DEFAULT_PORT : Number(text);
        if (/^\d*$/.test(text) && port >= 1 && port <= MAX_PORT)
            return port;
        throw (0,postgres_url/* invalidParameter */.VL)(origin, `is no number from 1 to ${MAX_PORT}`);
    };
    const names = (hosts?.value ?? '').split(',');
    const given = (ports?.value ?? '').split(',');
    if (given.length > 1 && given.length !== names.length) {
        throw (0,postgres_url/* invalidParameter */.VL)(ports.origin, `names ${given.length} ports for ${names.length} hosts; name one, or one for each`);
    }
    return names.map((name, i) => {
        const port = given[i] ?? given[0];
        // SQLAlchemy's way to give each host of a cluster its port.
        const own = /^(?<host>[^/:]+|\[[^\]]*\]):(?<port>\d+)$/.exec(name)?.groups;
        if (own !== undefined)
            return { host: withoutBrackets(own['host']), port: portOf(own['port'], hosts.origin) };
        if (name.startsWith('@'))
            throw (0,postgres_url/* invalidParameter */.VL)(hosts.origin, 'names an abstract socket, which is not supported');
        return { host: withoutBrackets(name) || DEFAULT_HOST, port: portOf(port, ports?.origin ?? '') };
    });
}
function withoutBrackets(host) {
    return host.replace(/^\[(.*)\]$/, '$1');
}
/** In libpq 0 waits forever; here it means the default. */
function readTimeout(parameter) {
    if (parameter === undefined)
        return undefined;
    const seconds = Number(parameter.value);
    if (!/^\d+$/.test(parameter.value) || seconds > MAX_TIMEOUT_S) {
        throw (0,postgres_url/* invalidParameter */.VL)(parameter.origin, `is "${parameter.value}"; use seconds, from 1 to ${MAX_TIMEOUT_S}`);
    }
    return seconds === 0 ? undefined : seconds * 1000;
}
function systemUser() {
    try {
        return (0,external_node_os_.userInfo)().username;
    }
    catch {
        throw (0,postgres_url/* invalidParameter */.VL)(`The variable ${postgres_url/* URL_VARIABLE */.tF}`, 'names no user, and this process has none; use postgresql://user@host/database');
    }
}
function defaultPasswordFile(env) {
    const appData = env['APPDATA'];
    return process.platform === 'win32' && appData
        ? (0,external_node_path_.join)(appData, 'postgresql', 'pgpass.conf')
        : (0,external_node_path_.join)((0,external_node_os_.homedir)(), '.pgpass');
}


/***/ }),

/***/ 8743:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   VL: () => (/* binding */ invalidParameter),
/* harmony export */   tF: () => (/* binding */ URL_VARIABLE),
/* harmony export */   yL: () => (/* binding */ oneOf),
/* harmony export */   zP: () => (/* binding */ parseConnectionUrl)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);

const URL_VARIABLE = 'ARTIFACTSTORE_DATABASE_URL';
/**
 * libpq's grammar of connection URIs, after the scheme. Only the password may hold an unencoded `@`: a password with an
 * unencoded `/`, `?` or `#` would otherwise be taken for a host, a database or a parameter, and repeated in errors.
 */
const CONNECTION_URL = /^(?:(?<user>[^:/?#@]*)(?::(?<password>[^/?#]*))?@)?(?<hosts>[^/?#@]*)(?:\/(?<database>[^?#@]*))?(?:\?(?<query>[^#@]*))?$/;
/** One host and its port; IPv6 addresses are in brackets. */
const HOST = /^(?<host>\[[^\]]*\]|[^:]*)(?::(?<port>[^:]*))?$/;
/** asyncpg and JDBC call it `ssl`. */
const SYNONYMS = { ssl: 'sslmode' };
/** SQLAlchemy repeats `host` for each host of a cluster. */
const REPEATABLE = 'host';
/**
 * Splits a connection URL into parameters.
 *
 * @param url without its scheme and `://`.
 * @throws ArchiveError `CONFIG_INVALID`, which repeats nothing that may be a part of the password.
 */
function parseConnectionUrl(url) {
    const parts = CONNECTION_URL.exec(url)?.groups;
    if (parts === undefined)
        throw notParsed();
    const parameters = new Map();
    const set = (name, value) => parameters.set(name, { value, origin: originOf(name) });
    const authority = parts['hosts'].split(',').map(splitHost);
    if (authority.some(({ host }) => host !== ''))
        set('host', authority.map(({ host }) => host).join(','));
    if (authority.some(({ port }) => port !== ''))
        set('port', authority.map(({ port }) => port).join(','));
    for (const name of ['user', 'password'])
        if (parts[name])
            set(name, decoded(parts[name]));
    if (parts['database'])
        set('dbname', decoded(parts['database']));
    const query = queryOf(parts['query']);
    for (const [alias, name] of Object.entries(SYNONYMS)) {
        if (query.has(alias) && query.has(name)) {
            throw invalidParameter(originOf(alias), `is another name of "${name}"; keep one of them`);
        }
    }
    for (const [name, values] of query) {
        if (values.length > 1 && name !== REPEATABLE)
            throw invalidParameter(originOf(name), 'is given twice; keep one');
        parameters.set(SYNONYMS[name] ?? name, { value: values.join(','), origin: originOf(name) });
    }
    return parameters;
}
function queryOf(query = '') {
    const found = new Map();
    for (const pair of query.split('&').filter((text) => text !== '')) {
        const end = pair.indexOf('=');
        if (end <= 0)
            throw notParsed();
        const name = decoded(pair.slice(0, end));
        found.set(name, [...(found.get(name) ?? []), decoded(pair.slice(end + 1))]);
    }
    return found;
}
function splitHost(text) {
    const { host, port = '' } = HOST.exec(text)?.groups ?? {};
    if (host === undefined)
        throw notParsed();
    return { host: decoded(host), port: decoded(port) };
}
function decoded(text) {
    try {
        return decodeURIComponent(text);
    }
    catch {
        throw notParsed();
    }
}
function originOf(name) {
    return `The parameter "${name}" of ${URL_VARIABLE}`;
}
function notParsed() {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('CONFIG_INVALID', `The variable ${URL_VARIABLE} cannot be parsed; use postgresql://user:password@host:port/database?name=value, an IPv6 address in brackets, and percent-encode special characters in names and the password ("@" as %40, "/" as %2F, "#" as %23, "?" as %3F, "%" as %25).`);
}
/** @param what the end of the sentence, without a full stop. */
function invalidParameter(origin, what, cause) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('CONFIG_INVALID', `${origin} ${what}.`, cause);
}
/** @throws ArchiveError `CONFIG_INVALID` naming what is allowed. */
function oneOf(parameter, allowed) {
    if (parameter === undefined)
        return undefined;
    const found = allowed.find((candidate) => candidate.toLowerCase() === parameter.value.toLowerCase());
    if (found === undefined)
        throw invalidParameter(parameter.origin, `is "${parameter.value}"; use ${allowed.join(', ')}`);
    return found;
}


/***/ }),

/***/ 50835:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   b: () => (/* binding */ asBuffer)
/* harmony export */ });
/** The same memory, with the methods of a Buffer. */
function asBuffer({ buffer, byteOffset, byteLength }) {
    return Buffer.from(buffer, byteOffset, byteLength);
}


/***/ }),

/***/ 18242:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   E9: () => (/* binding */ BYTES),
/* harmony export */   RB: () => (/* binding */ SIMPLE),
/* harmony export */   W8: () => (/* binding */ FALSE),
/* harmony export */   a$: () => (/* binding */ TEXT),
/* harmony export */   ke: () => (/* binding */ UNSIGNED),
/* harmony export */   lC: () => (/* binding */ MAP),
/* harmony export */   m7: () => (/* binding */ NEGATIVE),
/* harmony export */   rT: () => (/* binding */ TRUE),
/* harmony export */   rl: () => (/* binding */ LIST),
/* harmony export */   yB: () => (/* binding */ CborReader)
/* harmony export */ });
/* harmony import */ var node_buffer__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4573);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(75087);
/* harmony import */ var _as_buffer_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(50835);



/** Major types, RFC 8949 §3.1: the upper three bits of an item's first byte. */
const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const LIST = 4;
const MAP = 5;
const SIMPLE = 7;
/** Simple values, §3.3. */
const FALSE = 20;
const TRUE = 21;
const NULL = 22;
/** No stored format nests nearly as deep; bounds recursion. */
const MAX_DEPTH = 32;
/** What one decoded value may consist of: a forged list of empty lists would take 60 times its bytes in memory. */
const MAX_ITEMS = 2 ** 23;
const BOM = Buffer.of(0xef, 0xbb, 0xbf);
/**
 * Walks CBOR item by item without decoding what is passed. Nothing is allocated for more items than there are bytes, and
 * time is linear in them.
 */
class CborReader {
    #bytes;
    #at = 0;
    #checked = 0;
    constructor(bytes) {
        this.#bytes = (0,_as_buffer_js__WEBPACK_IMPORTED_MODULE_2__/* .asBuffer */ .b)(bytes);
    }
    /** All that it walks. */
    get source() {
        return this.#bytes;
    }
    /** Where the next item begins. */
    get at() {
        return this.#at;
    }
    /** The next item's major type. */
    get major() {
        if (this.#at >= this.#bytes.length)
            throw refused('ends too early');
        return this.#bytes[this.#at] >> 5;
    }
    /** Reads the head of a list. @returns how many items follow. */
    list() {
        return this.#head(LIST);
    }
    /** Reads the head of a map. @returns how many keys follow, each before its value. */
    map() {
        return this.#head(MAP);
    }
    /** Reads an unsigned integer. */
    count() {
        return this.#head(UNSIGNED);
    }
    /** Reads a negative integer. */
    negative() {
        const value = -1 - this.#head(NEGATIVE);
        if (Number.isSafeInteger(value))
            return value;
        throw refused('holds an integer out of range or too long');
    }
    /** Reads a byte string, which is not copied. */
    bytes() {
        return this.take(this.#head(BYTES));
    }
    text() {
        return this.utf8().toString();
    }
    /** Reads a text as its bytes, which are not copied. */
    utf8() {
        const bytes = this.take(this.#head(TEXT));
        if (!(0,node_buffer__WEBPACK_IMPORTED_MODULE_0__.isUtf8)(bytes))
            throw refused('holds text that is not UTF-8');
        return bytes;
    }
    /** Reads true, false or null. */
    simple() {
        const info = this.#bytes[this.pass(1)] & 0x1f;
        if (info === FALSE || info === TRUE)
            return info === TRUE;
        if (info === NULL)
            return null;
        throw refused('holds a float or an unknown simple value');
    }
    /** Passes the next item, of which no more is looked at than where it ends. */
    skip() {
        for (let pending = 1; pending > 0; pending--) {
            const initial = this.#bytes[this.pass(1)];
            const argument = this.#argument(initial & 0x1f);
            const major = initial >> 5;
            if (major === BYTES || major === TEXT)
                this.pass(argument);
            else if (major === LIST)
                pending += argument;
            else if (major === MAP)
                pending += 2 * argument;
        }
    }
    /** Passes these bytes if they come next. */
    takes(expected) {
        for (let i = 0; i < expected.length; i++)
            if (this.#bytes[this.#at + i] !== expected[i])
                return false;
        this.#at += expected.length;
        return true;
    }
    /** The next bytes, whatever they are; not copied. */
    take(length) {
        return this.#bytes.subarray(this.pass(length), this.#at);
    }
    /** Passes so many bytes, whatever they are. @returns where they begin. */
    pass(length) {
        const start = this.#at;
        if (start + length > this.#bytes.length)
            throw refused('ends too early');
        this.#at = start + length;
        return start;
    }
    /** @throws ArchiveError `INTEGRITY` when anything follows. */
    end() {
        if (this.#at < this.#bytes.length)
            throw refused('goes on after its end');
    }
    /**
     * Passes the next item if it is in canonical form (RFC 8949 §4.2.1) and made of {@link CborValue}s alone: no tags, floats or
     * indefinite lengths, and map keys are distinct texts.
     *
     * @returns whether cbor-x decodes it to what it says: it renames the key `__proto__`, and drops a byte order mark at the
     * start of a long text.
     * @throws ArchiveError `INTEGRITY` for anything else.
     */
    check(depth = 0) {
        if (depth > MAX_DEPTH)
            throw refused('is nested too deep');
        if (++this.#checked > MAX_ITEMS)
            throw refused('holds too many items');
        const { major } = this;
        if (major === TEXT)
            return !this.utf8().subarray(0, BOM.length).equals(BOM);
        if (major === LIST)
            return this.#checkItems(this.list(), depth + 1);
        if (major === MAP)
            return this.#checkMap(this.map(), depth + 1);
        if (major === UNSIGNED)
            this.count();
        else if (major === NEGATIVE)
            this.negative();
        else if (major === BYTES)
            this.bytes();
        else if (major === SIMPLE)
            this.simple();
        else
            throw refused('holds a tag');
        return true;
    }
    #checkItems(count, depth) {
        let isPlain = true;
        for (let i = 0; i < count; i++)
            isPlain = this.check(depth) && isPlain;
        return isPlain;
    }
    #checkMap(count, depth) {
        let isPlain = true;
        let before;
        for (let i = 0; i < count; i++) {
            const start = this.#at;
            if (this.major !== TEXT)
                throw refused('has a key that is no text');
            isPlain = this.check(depth) && isPlain;
            const key = this.#bytes.subarray(start, this.#at);
            if (before && before.compare(key) >= 0)
                throw refused('has keys that are out of order or twice there');
            isPlain &&= !key.equals(PROTO);
            before = key;
            isPlain = this.check(depth) && isPlain;
        }
        return isPlain;
    }
    #head(expected) {
        if (this.major !== expected)
            throw refused('holds something else than it should');
        return this.#argument(this.#bytes[this.#at++] & 0x1f);
    }
    /** The number in a head (RFC 8949 §3), in as few bytes as it needs. */
    #argument(info) {
        if (info < 24)
            return info;
        if (info > 27)
            throw refused('has no definite length');
        const length = 2 ** (info - 24);
        const at = this.pass(length);
        const value = length === 8 ? Number(this.#bytes.readBigUInt64BE(at)) : this.#bytes.readUIntBE(at, length);
        const least = length === 1 ? 24 : 2 ** (length * 4);
        if (value < least || !Number.isSafeInteger(value))
            throw refused('holds an integer out of range or too long');
        return value;
    }
}
/** The key `__proto__` as it is encoded. */
const PROTO = Buffer.from('\x69__proto__', 'latin1');
function refused(what) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .ArchiveError */ .di('INTEGRITY', `The stored CBOR ${what}; it is damaged or was forged.`);
}


/***/ }),

/***/ 63874:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   L: () => (/* binding */ listHead),
/* harmony export */   _: () => (/* binding */ CborWriter)
/* harmony export */ });
/* harmony import */ var _cbor_reader_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(18242);

const MAX_HEAD_BYTES = 9;
/** Writes CBOR item by item, in canonical form, for what is too long to be made of objects first. */
class CborWriter {
    #buffer = Buffer.from(new ArrayBuffer(1024));
    #end = 0;
    /** Bytes written so far. */
    get length() {
        return this.#end;
    }
    /** All that was written; invalid once more is. */
    bytes() {
        return this.#buffer.subarray(0, this.#end);
    }
    /** Takes back all but the first bytes; what {@link bytes} gave before stays valid until more is written. */
    cut(length) {
        this.#end = length;
    }
    /** Frees the room for more, which is set aside again when more is written. */
    trim() {
        this.#buffer = Buffer.from(this.#buffer.buffer.transfer(this.#end));
    }
    /** Appends bytes that are items already, or parts of one. */
    append(bytes) {
        this.#reserve(bytes.byteLength);
        this.#buffer.set(bytes, this.#end);
        this.#end += bytes.byteLength;
    }
    /** @throws TypeError for what is no UTF-8. */
    text(value) {
        if (!value.isWellFormed())
            throw new TypeError('a lone surrogate is not UTF-8 text');
        const length = Buffer.byteLength(value);
        this.#head(_cbor_reader_js__WEBPACK_IMPORTED_MODULE_0__/* .TEXT */ .a$, length);
        this.#reserve(length);
        this.#end += this.#buffer.write(value, this.#end);
    }
    count(value) {
        this.#head(_cbor_reader_js__WEBPACK_IMPORTED_MODULE_0__/* .UNSIGNED */ .ke, value);
    }
    boolean(value) {
        this.#head(_cbor_reader_js__WEBPACK_IMPORTED_MODULE_0__/* .SIMPLE */ .RB, value ? _cbor_reader_js__WEBPACK_IMPORTED_MODULE_0__/* .TRUE */ .rT : _cbor_reader_js__WEBPACK_IMPORTED_MODULE_0__/* .FALSE */ .W8);
    }
    /** The head of a list of so many items, which are to follow. */
    list(length) {
        this.#head(_cbor_reader_js__WEBPACK_IMPORTED_MODULE_0__/* .LIST */ .rl, length);
    }
    /** The major type with its argument in as few bytes as hold it. */
    #head(major, argument) {
        const type = major << 5;
        this.#reserve(MAX_HEAD_BYTES);
        const buffer = this.#buffer;
        if (argument < 24) {
            buffer[this.#end++] = type | argument;
        }
        else if (argument <= 0xff) {
            buffer[this.#end++] = type | 24;
            buffer[this.#end++] = argument;
        }
        else if (argument <= 0xffff) {
            buffer[this.#end++] = type | 25;
            this.#end = buffer.writeUInt16BE(argument, this.#end);
        }
        else if (argument <= 0xffff_ffff) {
            buffer[this.#end++] = type | 26;
            this.#end = buffer.writeUInt32BE(argument, this.#end);
        }
        else {
            buffer[this.#end++] = type | 27;
            this.#end = buffer.writeBigUInt64BE(BigInt(argument), this.#end);
        }
    }
    #reserve(bytes) {
        const needed = this.#end + bytes;
        if (needed <= this.#buffer.byteLength)
            return;
        const length = Math.max(needed, Math.ceil(1.5 * this.#buffer.byteLength));
        // Frees the smaller one at once.
        this.#buffer = Buffer.from(this.#buffer.buffer.transfer(length));
    }
}
/** The head of a list of so many items, which are to follow. */
function listHead(length) {
    const writer = new CborWriter();
    writer.list(length);
    return writer.bytes();
}


/***/ }),

/***/ 84660:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   H: () => (/* binding */ encodeCbor),
/* harmony export */   P: () => (/* binding */ decodeCbor)
/* harmony export */ });
/* harmony import */ var cbor_x_index_no_eval__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(10626);
/* harmony import */ var _cbor_reader_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(18242);


/** None of the library's extensions: plain maps, byte strings without a tag, 64-bit integers as numbers. */
const OPTIONS = {
    useRecords: false,
    mapsAsObjects: true,
    useTag259ForMaps: false,
    tagUint8Array: false,
    variableMapSize: true,
    int64AsNumber: true,
};
const cborX = new cbor_x_index_no_eval__WEBPACK_IMPORTED_MODULE_0__.Encoder(OPTIONS);
/**
 * Encodes with the core deterministic rules of RFC 8949 §4.2.1: definite lengths, shortest integers, map keys in
 * bytewise order of their encodings.
 *
 * @throws TypeError for a number that is no safe integer and for text that is no UTF-8.
 */
function encodeCbor(value) {
    const encoded = cborX.encode(canonical(value));
    // Several share the memory that cbor-x sets aside at a time; what is kept must not keep others.
    return Buffer.from(encoded);
}
/**
 * Decodes one canonical item. cbor-x sees nothing but what has passed the check, so that none of its extensions (tags that
 * call constructors or name a value again and again) can be reached.
 *
 * @throws ArchiveError `INTEGRITY` when the bytes are anything but the canonical encoding of a {@link CborValue}.
 */
function decodeCbor(bytes) {
    const reader = new _cbor_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .CborReader */ .yB(bytes);
    const isPlain = reader.check();
    reader.end();
    // cbor-x is four times as fast for events and trailers.
    return isPlain ? cborX.decode(bytes) : decodeItem(new _cbor_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .CborReader */ .yB(bytes));
}
/** The value in a form that cbor-x encodes canonically: sorted maps, and integers past 32 bits as such. */
function canonical(value) {
    if (value === null || typeof value === 'boolean')
        return value;
    if (typeof value === 'string')
        return wellFormed(value);
    if (typeof value === 'number')
        return integer(value);
    if (value instanceof Uint8Array)
        return value;
    if (Array.isArray(value))
        return value.map(canonical);
    const keys = Object.keys(value).map((key) => ({ key: wellFormed(key), utf8: Buffer.from(key) }));
    keys.sort((a, b) => a.utf8.byteLength - b.utf8.byteLength || a.utf8.compare(b.utf8));
    return new Map(keys.map(({ key }) => [key, canonical(value[key])]));
}
function wellFormed(text) {
    if (text.isWellFormed())
        return text;
    throw new TypeError('a lone surrogate is not UTF-8 text');
}
/** Numbers past 32 bits would be encoded as floats. */
function integer(value) {
    if (!Number.isSafeInteger(value))
        throw new TypeError(`${value} is not an integer`);
    return value >= 2 ** 32 || value < -(2 ** 32) ? BigInt(value) : value;
}
/** Decodes the next item of what has been checked. */
function decodeItem(reader) {
    const { major } = reader;
    if (major === _cbor_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .TEXT */ .a$)
        return reader.text();
    if (major === _cbor_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .BYTES */ .E9)
        return reader.bytes();
    if (major === _cbor_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .NEGATIVE */ .m7)
        return reader.negative();
    if (major === _cbor_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .SIMPLE */ .RB)
        return reader.simple();
    if (major === _cbor_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .LIST */ .rl)
        return Array.from({ length: reader.list() }, () => decodeItem(reader));
    if (major !== _cbor_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .MAP */ .lC)
        return reader.count();
    return Object.fromEntries(Array.from({ length: reader.map() }, () => [reader.text(), decodeItem(reader)]));
}


/***/ }),

/***/ 99094:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   m: () => (/* binding */ inChunks)
/* harmony export */ });
/**
 * The same bytes in chunks of one size, the last one shorter; none for no bytes. Each is in memory of its own, whatever
 * becomes of the pieces.
 */
async function* inChunks(pieces, chunkBytes) {
    let chunk = Buffer.allocUnsafeSlow(chunkBytes);
    let filled = 0;
    for await (const piece of pieces) {
        for (let at = 0; at < piece.byteLength;) {
            const part = piece.subarray(at, at + chunkBytes - filled);
            chunk.set(part, filled);
            filled += part.byteLength;
            at += part.byteLength;
            if (filled < chunkBytes)
                continue;
            yield chunk;
            chunk = Buffer.allocUnsafeSlow(chunkBytes);
            filled = 0;
        }
    }
    if (filled > 0)
        yield Uint8Array.prototype.slice.call(chunk, 0, filled);
}


/***/ }),

/***/ 58117:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   DR: () => (/* binding */ MAX_STORED_BYTES),
/* harmony export */   EJ: () => (/* binding */ openDocument),
/* harmony export */   Gs: () => (/* binding */ streamDocument),
/* harmony export */   No: () => (/* binding */ packDocument),
/* harmony export */   i6: () => (/* binding */ rawLengthOf),
/* harmony export */   q: () => (/* binding */ MAX_RAW_BYTES)
/* harmony export */ });
/* harmony import */ var node_zlib__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(38522);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(75087);
/* harmony import */ var _as_buffer_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(50835);
/* harmony import */ var _magic_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(34885);
/* harmony import */ var _release_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(3315);





/** The version that is written, and the first one that names its raw length; those before it are one zstd frame alone. */
const VERSIONS = {
    ASMF: { written: 3, sized: 3 },
    ASLG: { written: 1, sized: 1 },
    ASEV: { written: 2, sized: 2 },
    ASTR: { written: 1, sized: 1 },
};
const LENGTH_BYTES = 4;
const HEADER_BYTES = _magic_js__WEBPACK_IMPORTED_MODULE_2__/* .MAGIC_BYTES */ .kP + LENGTH_BYTES;
/**
 * What a document may unpack to on the word of its header alone, so that a forged one cannot fill the memory: a million
 * entries with long paths, or the events of a very large change.
 */
const MAX_RAW_BYTES = 256 * 1024 * 1024;
/** Of such a document as it is stored: headers, and what zstd adds to bytes that do not compress. */
const MAX_STORED_BYTES = MAX_RAW_BYTES + 2 * 1024 * 1024;
/** Before raw lengths were named: what any document might unpack to, and how many times its stored size a larger one. */
const UNNAMED_BYTES = 8 * 1024 * 1024;
const UNNAMED_RATIO = 128;
/**
 * A document as it is stored. It is returned only when it opens again to the same bytes, and those can be read.
 *
 * @param read what reads the raw bytes when the document is opened; it throws when it cannot. They are gone afterwards.
 */
function packDocument(name, raw, read) {
    const header = Buffer.alloc(HEADER_BYTES, (0,_magic_js__WEBPACK_IMPORTED_MODULE_2__/* .encodeMagic */ .wW)(name, VERSIONS[name].written));
    header.writeUInt32LE(raw.byteLength, _magic_js__WEBPACK_IMPORTED_MODULE_2__/* .MAGIC_BYTES */ .kP);
    const frame = (0,node_zlib__WEBPACK_IMPORTED_MODULE_0__.zstdCompressSync)(raw, {
        pledgedSrcSize: raw.byteLength,
        // Room for all of it: pieces would be copied once more. What is not written to takes no memory.
        chunkSize: 1024 + raw.byteLength,
        params: {
            [node_zlib__WEBPACK_IMPORTED_MODULE_0__.constants.ZSTD_c_compressionLevel]: 3,
            // Digests cover what several documents make together; the checksum tells which of them is damaged.
            [node_zlib__WEBPACK_IMPORTED_MODULE_0__.constants.ZSTD_c_checksumFlag]: 1,
        },
    });
    const stored = Buffer.concat([header, frame]);
    (0,_release_js__WEBPACK_IMPORTED_MODULE_3__/* .release */ ._)(frame);
    try {
        const opened = unpack(stored.subarray(HEADER_BYTES), raw.byteLength);
        if (!opened.equals(raw))
            throw new Error('it opens to other bytes');
        read(opened);
        (0,_release_js__WEBPACK_IMPORTED_MODULE_3__/* .release */ ._)(opened);
    }
    catch (error) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .ArchiveError */ .di('INTEGRITY', `A ${_magic_js__WEBPACK_IMPORTED_MODULE_2__/* .FORMAT_TITLES */ .K0[name]} could not be read back before it was stored, so nothing was; report this as a bug.`, error);
    }
    return stored;
}
/**
 * The raw bytes of a stored document.
 *
 * @param where names it in errors.
 * @throws ArchiveError `INTEGRITY` when it is damaged or unpacks to more than `maxBytes`; `FORMAT_UNSUPPORTED`.
 */
function openDocument(name, stored, where, maxBytes = MAX_RAW_BYTES) {
    const { frame, rawLength } = locateFrame(name, stored, where);
    if (rawLength !== undefined && rawLength > maxBytes)
        throw tooLong(where, rawLength, maxBytes);
    try {
        return unpack(frame, rawLength);
    }
    catch (error) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .ArchiveError */ .di('INTEGRITY', `${where} cannot be unpacked; it is damaged, restore it from a backup.`, error);
    }
}
/** The raw length that a stored document names; undefined for versions that named none. @throws as {@link openDocument}. */
function rawLengthOf(name, stored, where) {
    return locateFrame(name, stored, where).rawLength;
}
/** The raw bytes piece by piece, whatever they are, for a document too long to be unpacked before something vouches for it. */
async function* streamDocument(name, stored, where) {
    const unpacking = (0,node_zlib__WEBPACK_IMPORTED_MODULE_0__.createZstdDecompress)();
    unpacking.end(locateFrame(name, stored, where).frame);
    try {
        yield* unpacking;
    }
    catch (error) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .ArchiveError */ .di('INTEGRITY', `${where} cannot be unpacked; it is damaged, restore it from a backup.`, error);
    }
}
function locateFrame(name, stored, where) {
    const { written, sized } = VERSIONS[name];
    const view = (0,_as_buffer_js__WEBPACK_IMPORTED_MODULE_4__/* .asBuffer */ .b)(stored);
    if ((0,_magic_js__WEBPACK_IMPORTED_MODULE_2__/* .readMagic */ .SC)(view, name, written, where) < sized) {
        return { frame: view.subarray(_magic_js__WEBPACK_IMPORTED_MODULE_2__/* .MAGIC_BYTES */ .kP), rawLength: undefined };
    }
    if (view.byteLength < HEADER_BYTES)
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .ArchiveError */ .di('INTEGRITY', `${where} is too short; it is damaged.`);
    return { frame: view.subarray(HEADER_BYTES), rawLength: view.readUInt32LE(_magic_js__WEBPACK_IMPORTED_MODULE_2__/* .MAGIC_BYTES */ .kP) };
}
/** Unpacks one zstd frame, to exactly so many bytes if they are named. */
function unpack(frame, rawLength) {
    if (rawLength === undefined)
        return (0,node_zlib__WEBPACK_IMPORTED_MODULE_0__.zstdDecompressSync)(frame, { maxOutputLength: maxUnnamed(frame) });
    if (frameContentSize(frame) !== rawLength)
        throw new Error('the frame has another length than the document');
    if ((frame[DESCRIPTOR] & DESCRIPTOR_FLAGS) !== CHECKSUM_FLAG)
        throw new Error('the frame has no checksum');
    const raw = (0,node_zlib__WEBPACK_IMPORTED_MODULE_0__.zstdDecompressSync)(frame, {
        maxOutputLength: Math.max(1, rawLength),
        chunkSize: Math.max(64, rawLength),
    });
    if (raw.byteLength !== rawLength)
        throw new Error(`${raw.byteLength} bytes instead of ${rawLength}`);
    return raw;
}
/** What a frame may unpack to whose document does not name it. Some were written that are above the ratio. */
function maxUnnamed(frame) {
    const told = Math.min(frameContentSize(frame) ?? 0, MAX_RAW_BYTES);
    return Math.min(2 ** 31 - 1, Math.max(UNNAMED_BYTES, frame.byteLength * UNNAMED_RATIO, told));
}
/** Of a zstd frame header: the byte that describes it, and the bits that tell of a checksum and a dictionary. */
const DESCRIPTOR = 4;
const DESCRIPTOR_FLAGS = 0x1f;
const CHECKSUM_FLAG = 0x04;
/** Magic, descriptor, size, one block, and the checksum. */
const MIN_FRAME_BYTES = 13;
/** What a zstd frame says that it unpacks to (RFC 8878 §3.1.1.1), if it does. */
function frameContentSize(frame) {
    if (frame.byteLength < MIN_FRAME_BYTES)
        return undefined;
    const descriptor = frame[DESCRIPTOR];
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const at = 5 + (isSingleSegment ? 0 : 1) + [0, 1, 2, 4][descriptor & 3];
    switch (descriptor >> 6) {
        case 0:
            return isSingleSegment ? frame[at] : undefined;
        case 1:
            return frame.readUInt16LE(at) + 256;
        case 2:
            return frame.readUInt32LE(at);
        default:
            return undefined;
    }
}
function tooLong(where, length, most) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .ArchiveError */ .di('INTEGRITY', `${where} claims ${length} bytes, more than the ${most} that one may have; it was forged.`);
}


/***/ }),

/***/ 34885:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K0: () => (/* binding */ FORMAT_TITLES),
/* harmony export */   SC: () => (/* binding */ readMagic),
/* harmony export */   kP: () => (/* binding */ MAGIC_BYTES),
/* harmony export */   wW: () => (/* binding */ encodeMagic)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);
/* harmony import */ var _as_buffer_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(50835);


/**
 * Everything stored begins with eight bytes: four ASCII letters that name the format, its version and its flags
 * (both uint16, little endian). No flag is defined yet; one that is set belongs to a newer version.
 */
const MAGIC_BYTES = 8;
const FORMAT_TITLES = {
    ASPK: 'pack',
    ASTR: 'trailer of a pack',
    ASMF: 'manifest',
    ASLG: 'segment of the log',
    ASCP: 'checkpoint of the log',
    ASEV: 'segment of the event log',
    ASSC: 'stat cache',
};
function encodeMagic(name, version) {
    const bytes = Buffer.alloc(MAGIC_BYTES);
    bytes.write(name, 'ascii');
    bytes.writeUInt16LE(version, 4);
    return bytes;
}
/**
 * Reads the version of a stored thing.
 *
 * @throws ArchiveError `INTEGRITY` when it is no such thing; `FORMAT_UNSUPPORTED` when it is newer than `newest`.
 */
function readMagic(bytes, name, newest, where) {
    const view = (0,_as_buffer_js__WEBPACK_IMPORTED_MODULE_1__/* .asBuffer */ .b)(bytes);
    if (view.length < MAGIC_BYTES || view.toString('latin1', 0, 4) !== name) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('INTEGRITY', `${where} is not a ${FORMAT_TITLES[name]}; it is damaged or was replaced.`);
    }
    const version = view.readUInt16LE(4);
    if (version > newest || view.readUInt16LE(6) !== 0) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('FORMAT_UNSUPPORTED', `${where} is a ${FORMAT_TITLES[name]} of format version ${version}, newer than this software reads (${newest}); upgrade infospace-archive.`);
    }
    if (version === 0)
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('INTEGRITY', `${where} claims format version 0; it is damaged.`);
    return version;
}


/***/ }),

/***/ 3315:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   _: () => (/* binding */ release),
/* harmony export */   k: () => (/* binding */ releaseBuffer)
/* harmony export */ });
/** Smaller ones are not worth it. */
const MIN_RELEASED_BYTES = 64 * 1024;
/**
 * Frees a buffer that no one will use again. The garbage collector lets tens of megabytes of dead buffers pile up in
 * each thread before it runs, since they lie outside of its heap.
 */
function release({ buffer, byteLength }) {
    releaseBuffer(buffer, byteLength);
}
/** The same for a buffer that was allocated with so many bytes, however few of them a view shows; smaller ones share one. */
function releaseBuffer(buffer, allocated) {
    if (allocated < MIN_RELEASED_BYTES || !(buffer instanceof ArrayBuffer))
        return;
    buffer.transfer(0);
}


/***/ }),

/***/ 72167:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ko: () => (/* binding */ readTextMap),
/* harmony export */   LD: () => (/* binding */ readList),
/* harmony export */   Qm: () => (/* binding */ malformed),
/* harmony export */   _0: () => (/* binding */ readCount),
/* harmony export */   io: () => (/* binding */ readBytes),
/* harmony export */   l8: () => (/* binding */ readMap),
/* harmony export */   yR: () => (/* binding */ readText)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);

/** Readers for decoded data of unknown shape. Each names the place it could not read. */
function malformed(where, expected) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('INTEGRITY', `${where} is malformed: ${expected}; it is damaged or was forged.`);
}
/** A map with all of the required keys and none beyond the optional ones. */
function readMap(value, where, required, optional = []) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
        throw malformed(where, 'expected a map');
    }
    const map = value;
    for (const key of required)
        if (!Object.hasOwn(map, key))
            throw malformed(where, `"${key}" is missing`);
    for (const key of Object.keys(map)) {
        if (!required.includes(key) && !optional.includes(key))
            throw malformed(where, `unknown key "${key}"`);
    }
    return map;
}
function readTextMap(value, where) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
        throw malformed(where, 'expected a map');
    }
    return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, readText(text, `${where}.${key}`)]));
}
function readText(value, where) {
    if (typeof value !== 'string' || !value.isWellFormed())
        throw malformed(where, 'expected text');
    return value;
}
/** A non-negative integer that a number holds exactly. */
function readCount(value, where) {
    if (!Number.isSafeInteger(value) || value < 0)
        throw malformed(where, 'expected a non-negative integer');
    return value;
}
function readBytes(value, where) {
    if (!(value instanceof Uint8Array))
        throw malformed(where, 'expected bytes');
    return value;
}
function readList(value, where) {
    if (!Array.isArray(value))
        throw malformed(where, 'expected a list');
    return value;
}


/***/ }),

/***/ 28807:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   S: () => (/* binding */ searchUtf8),
/* harmony export */   z: () => (/* binding */ compareUtf8)
/* harmony export */ });
/**
 * Orders texts by their UTF-8 bytes. JavaScript compares UTF-16 code units, which differs where surrogates meet
 * U+E000 to U+FFFF; moving the surrogates past them restores the order of code points, and so of UTF-8.
 */
function compareUtf8(a, b) {
    const length = Math.min(a.length, b.length);
    for (let i = 0; i < length; i++) {
        const x = a.charCodeAt(i);
        const y = b.charCodeAt(i);
        if (x !== y)
            return codePointRank(x) - codePointRank(y);
    }
    return a.length - b.length;
}
/** Which of so many texts, in that order, this one is; undefined when it is none of them. */
function searchUtf8(count, textAt, text) {
    let from = 0;
    let to = count;
    while (from < to) {
        const middle = (from + to) >>> 1;
        const order = compareUtf8(textAt(middle), text);
        if (order === 0)
            return middle;
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return undefined;
}
function codePointRank(unit) {
    if (unit >= 0xe000)
        return unit - 0x800;
    return unit >= 0xd800 ? unit + 0x2000 : unit;
}


/***/ }),

/***/ 2699:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   f: () => (/* binding */ writeAll)
/* harmony export */ });
/** Writes all of these bytes, in as few calls as the system takes; `writeFile` would cut them into 512 KiB: at a position, or behind what was written. */
async function writeAll(file, bytes, position) {
    for (let written = 0; written < bytes.byteLength;) {
        const at = position === undefined ? null : position + written;
        written += (await file.write(bytes, written, bytes.byteLength - written, at)).bytesWritten;
    }
}


/***/ }),

/***/ 85357:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   g: () => (/* binding */ letOthersRun)
/* harmony export */ });
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(58500);

/** What waits for longer: signals, timers, and the other work of the process. */
const MAX_TURN_MS = 50;
let turnedAt = performance.now();
/** Lets the event loop turn where it has not for long; for loops whose steps never wait for anything. */
async function letOthersRun() {
    if (performance.now() - turnedAt < MAX_TURN_MS)
        return;
    await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setImmediate)();
    turnedAt = performance.now();
}


/***/ }),

/***/ 43671:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   k: () => (/* binding */ diskRemedy),
/* harmony export */   m: () => (/* binding */ unwritable)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);

/** What is to be done on this machine, wherever something is written. */
const OF_THE_MACHINE = {
    ENOSPC: 'the disk is full; free some space',
    EDQUOT: 'the disk quota is used up; free some space',
    EFBIG: 'the file size limit is reached; raise it',
    EIO: 'the disk fails; check it',
    EMFILE: 'too many files are open; raise the limit (ulimit -n)',
    ENFILE: 'too many files are open on this machine; close some',
};
/** What another place would help with. */
const OF_THE_PLACE = {
    EACCES: 'permission is denied',
    EPERM: 'permission is denied',
    EROFS: 'the file system is read-only',
    ENOTDIR: 'a file stands where a folder should be',
};
/** @param elsewhere what to do where the place is at fault. */
function diskRemedy(code, elsewhere) {
    return OF_THE_MACHINE[code] ?? `${OF_THE_PLACE[code] ?? `the system says ${code}`}; ${elsewhere}`;
}
/**
 * @param elsewhere what to do where the place is at fault.
 * @returns an ArchiveError that explains a system error; another error as it is.
 */
function unwritable(what, error, elsewhere, code = 'TARGET_REFUSED') {
    const found = (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .systemErrorCode */ .vq)(error);
    if (found === undefined || error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di)
        return error;
    const remedy = OF_THE_MACHINE[found];
    const rest = remedy === undefined ? `; ${elsewhere}` : `: ${remedy}`;
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di(code, `${what} cannot be written (${found})${rest}.`, error);
}


/***/ }),

/***/ 10226:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   R: () => (/* binding */ fileSystemTime)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(76760);
/* harmony import */ var _process_mark_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(81497);



/**
 * What the clock says by which a file system dates its files: on a file server it is not the one of this machine.
 *
 * @returns milliseconds, to compare with the `mtimeMs` of other files there, and with nothing else.
 */
async function fileSystemTime(folder, prefix = '.') {
    const path = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, `${prefix}time.infospace-${(0,_process_mark_js__WEBPACK_IMPORTED_MODULE_2__/* .newMark */ .e0)()}`);
    const file = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.open)(path, 'wx');
    try {
        // A client of NFS may date an empty file itself.
        await file.write('\n');
        return (await file.stat()).mtimeMs;
    }
    finally {
        await file.close();
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.unlink)(path);
    }
}


/***/ }),

/***/ 40641:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   l: () => (/* binding */ lacksHardLinks)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);

/** How file systems without hard links refuse one; the last is what Node.js makes of the answer of Windows. */
const REFUSALS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR'];
/** Whether a link was refused because there are none on the file system. */
function lacksHardLinks(error) {
    const code = (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .systemErrorCode */ .vq)(error);
    return code !== undefined && REFUSALS.includes(code);
}


/***/ }),

/***/ 81497:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   DY: () => (/* binding */ stateOfMarked),
/* harmony export */   e0: () => (/* binding */ newMark),
/* harmony export */   qi: () => (/* binding */ isMark)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(73024);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(48161);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(75087);




/**
 * A mark is part of the name or content of something that belongs to a process while it runs: where the process runs, its
 * id, when it started, and random digits. Whoever finds it can tell that its process has ended, without comparing clocks.
 */
const MARK = /^([0-9a-f]{12})-(\d+)-(\d+)-[0-9a-f]{12}$/;
/** @returns a new mark of this process, different from all others. */
function newMark() {
    return `${PLACE}-${process.pid}-${STARTED}-${(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(6).toString('hex')}`;
}
function isMark(text) {
    return MARK.test(text);
}
function stateOfMarked(mark) {
    const [, place, id, started] = MARK.exec(mark) ?? [];
    if (place !== PLACE)
        return 'elsewhere';
    try {
        process.kill(Number(id), 0);
    }
    catch (error) {
        // EPERM says that it is somebody else's.
        if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .systemErrorCode */ .vq)(error) === 'ESRCH')
            return 'ended';
    }
    const found = statOf(Number(id));
    return found !== undefined && (found.isDead || found.started !== started) ? 'ended' : 'running';
}
/** Processes of one place have ids that differ. On Linux it is one boot of a machine and one namespace of ids in it. */
const PLACE = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)('sha256').update(placeOfIds()).digest('hex').slice(0, 12);
const STARTED = statOf(process.pid)?.started ?? '0';
function placeOfIds() {
    try {
        return (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.readFileSync)('/proc/sys/kernel/random/boot_id', 'latin1') + (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.readlinkSync)('/proc/self/ns/pid');
    }
    catch (error) {
        if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .systemErrorCode */ .vq)(error) === undefined)
            throw error;
        return (0,node_os__WEBPACK_IMPORTED_MODULE_2__.hostname)();
    }
}
/** What proc_pid_stat(5) tells; undefined on other systems, and where other users' processes are hidden. */
function statOf(id) {
    let text;
    try {
        text = (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.readFileSync)(`/proc/${id}/stat`, 'latin1');
    }
    catch (error) {
        if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .systemErrorCode */ .vq)(error) === undefined)
            throw error;
        return undefined;
    }
    // The name of the program, in parentheses, may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { started: fields[19], isDead: fields[0] === 'Z' || fields[0] === 'X' };
}


/***/ }),

/***/ 66967:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   DA: () => (/* binding */ removeLeftovers),
/* harmony export */   Hx: () => (/* binding */ stagedBeside),
/* harmony export */   IR: () => (/* binding */ abandonedIn),
/* harmony export */   jU: () => (/* binding */ removeAbandoned)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(76760);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(75087);
/* harmony import */ var _file_system_time_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(10226);
/* harmony import */ var _process_mark_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(81497);





/** What is written beside its place has such a name until it is whole, and keeps it when its process is killed. */
const STAGED_NAME = /^\..+\.infospace-([0-9a-f-]+)$/;
/** Names of most file systems have at most 255 bytes; the mark takes its part. */
const MAX_STEM_BYTES = 150;
/** Nothing of this software writes for so long. Only what no process of this machine wrote is judged by its age. */
const ABANDONED_MS = 7 * 86_400_000;
/** @returns where to write what becomes the file or folder at `path`. */
function stagedBeside(path) {
    const stem = Buffer.from((0,node_path__WEBPACK_IMPORTED_MODULE_1__.basename)(path)).subarray(0, MAX_STEM_BYTES).toString().replaceAll('\uFFFD', '');
    return (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(path), `.${stem}.infospace-${(0,_process_mark_js__WEBPACK_IMPORTED_MODULE_4__/* .newMark */ .e0)()}`);
}
/** Removes what killed processes left in a folder, below names that {@link stagedBeside} makes. */
async function removeLeftovers(folder) {
    await removeAbandoned(folder, (name) => STAGED_NAME.exec(name)?.[1]);
}
/** Removes what {@link abandonedIn} finds. */
async function removeAbandoned(folder, markOf) {
    for (const path of await abandonedIn(folder, markOf)) {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rm)(path, { recursive: true, force: true }).catch(ignoreRefusal);
    }
}
/**
 * @param markOf the mark in a name; undefined for names of others.
 * @returns the paths of those whose process has ended.
 */
async function abandonedIn(folder, markOf) {
    const abandoned = [];
    let now;
    for (const name of await namesIn(folder)) {
        const mark = markOf(name);
        if (mark === undefined || !(0,_process_mark_js__WEBPACK_IMPORTED_MODULE_4__/* .isMark */ .qi)(mark))
            continue;
        const state = (0,_process_mark_js__WEBPACK_IMPORTED_MODULE_4__/* .stateOfMarked */ .DY)(mark);
        if (state === 'running')
            continue;
        const path = (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, name);
        const found = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.lstat)(path).catch(ignoreRefusal);
        // Anybody may give such a name to what is somebody's.
        if (found === undefined || found.uid !== (process.getuid?.() ?? found.uid))
            continue;
        if (state === 'elsewhere')
            now ??= await (0,_file_system_time_js__WEBPACK_IMPORTED_MODULE_3__/* .fileSystemTime */ .R)(folder).catch(ignoreRefusal);
        if (state === 'ended' || (now !== undefined && now - found.mtimeMs > ABANDONED_MS))
            abandoned.push(path);
    }
    return abandoned;
}
async function namesIn(folder) {
    return (await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readdir)(folder).catch(ignoreRefusal)) ?? [];
}
/** A leftover that this user may not see or remove is no reason to fail; what is to be written there tells what is wrong. */
function ignoreRefusal(error) {
    if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .systemErrorCode */ .vq)(error) === undefined)
        throw error;
}


/***/ }),

/***/ 43544:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   G9: () => (/* binding */ writeStaged),
/* harmony export */   fR: () => (/* binding */ replaceFile),
/* harmony export */   x3: () => (/* binding */ createFile)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(76760);
/* harmony import */ var _encoding_write_all_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(2699);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(75087);
/* harmony import */ var _storage_durable_directory_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(29897);
/* harmony import */ var _storage_sync_file_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(99536);
/* harmony import */ var _hard_links_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(40641);
/* harmony import */ var _staged_names_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(66967);








/**
 * Writes a new file that is durable, and gives it to `publish`, which moves it to its place. A failure leaves nothing.
 *
 * @param staged a name that nobody else uses, on the file system of the place.
 */
async function writeStaged(staged, write, publish) {
    try {
        const file = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.open)(staged, 'wx');
        try {
            await write(file);
            await (0,_storage_sync_file_js__WEBPACK_IMPORTED_MODULE_4__/* .syncFile */ .gD)(file);
        }
        finally {
            await file.close();
        }
        await publish(staged);
    }
    catch (error) {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.unlink)(staged).catch(() => undefined);
        throw error;
    }
}
/**
 * Makes a file that has its name only when it is whole and durable. What killed processes left beside it goes.
 *
 * @throws a system error; `EEXIST` when something is there.
 */
async function createFile(path, content) {
    await writeBeside(path, content, async (staged) => {
        try {
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.link)(staged, path);
        }
        catch (error) {
            if (!(0,_hard_links_js__WEBPACK_IMPORTED_MODULE_5__/* .lacksHardLinks */ .l)(error))
                throw error;
            await requireAbsent(path);
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rename)(staged, path);
            return;
        }
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.unlink)(staged);
    });
}
/**
 * Makes a file, or replaces one: its readers find the old content or the new one, both whole. A link stays, and what it leads to
 * is replaced. What killed processes left beside it goes.
 *
 * @param beforeRename the last chance to throw.
 * @throws a system error.
 */
async function replaceFile(path, content, beforeRename = async () => undefined) {
    const place = await placeOf(path);
    await writeBeside(place, content, async (staged) => {
        await beforeRename();
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rename)(staged, place);
    });
}
async function writeBeside(path, content, publish) {
    const write = typeof content === 'function' ? content : (file) => (0,_encoding_write_all_js__WEBPACK_IMPORTED_MODULE_7__/* .writeAll */ .f)(file, Buffer.from(content));
    await (0,_staged_names_js__WEBPACK_IMPORTED_MODULE_6__/* .removeLeftovers */ .DA)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(path));
    await writeStaged((0,_staged_names_js__WEBPACK_IMPORTED_MODULE_6__/* .stagedBeside */ .Hx)(path), write, publish);
    await (0,_storage_durable_directory_js__WEBPACK_IMPORTED_MODULE_3__/* .syncDirectory */ .zR)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.dirname)(path));
}
async function placeOf(path) {
    try {
        const place = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.realpath)(path);
        const found = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.lstat)(place);
        // A rename would put a file in the place of a device.
        if (!found.isFile())
            throw systemError(found.isDirectory() ? 'EISDIR' : 'EINVAL', `${path} is no file`);
        return place;
    }
    catch (error) {
        if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .systemErrorCode */ .vq)(error) === 'ENOENT')
            return path;
        throw error;
    }
}
async function requireAbsent(path) {
    try {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.lstat)(path);
    }
    catch (error) {
        if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .systemErrorCode */ .vq)(error) === 'ENOENT')
            return;
        throw error;
    }
    throw systemError('EEXIST', `${path} exists`);
}
function systemError(code, message) {
    return Object.assign(new Error(`${code}: ${message}`), { code });
}


/***/ }),

/***/ 68396:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   D: () => (/* binding */ DigestSet)
/* harmony export */ });
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(81713);

const FIRST_SLOTS = 256;
/** Above this share of used slots, probes get long. */
const MAX_LOAD = 0.6;
/**
 * A set of digests. Millions of strings would take four times the memory: here each digest is its 32 bytes in one array,
 * and its number in a table of open addressing.
 */
class DigestSet {
    #digests = new Uint8Array(FIRST_SLOTS * _digest_js__WEBPACK_IMPORTED_MODULE_0__/* .DIGEST_BYTES */ .x4);
    /** Number of a digest plus one; 0 for a free slot. */
    #slots = new Uint32Array(FIRST_SLOTS);
    #size = 0;
    get size() {
        return this.#size;
    }
    /** All of them end to end, in the order in which they came; gone when more come. */
    get packed() {
        return this.#digests.subarray(0, this.#size * _digest_js__WEBPACK_IMPORTED_MODULE_0__/* .DIGEST_BYTES */ .x4);
    }
    has(digest) {
        return this.#slots[this.#slotOf(digest)] !== 0;
    }
    /** Returns whether it was not there. */
    add(digest) {
        const slot = this.#slotOf(digest);
        if (this.#slots[slot] !== 0)
            return false;
        if ((this.#size + 1) * _digest_js__WEBPACK_IMPORTED_MODULE_0__/* .DIGEST_BYTES */ .x4 > this.#digests.byteLength) {
            const larger = new Uint8Array(2 * this.#digests.byteLength);
            larger.set(this.#digests);
            this.#digests = larger;
        }
        this.#digests.set(digest, this.#size * _digest_js__WEBPACK_IMPORTED_MODULE_0__/* .DIGEST_BYTES */ .x4);
        this.#slots[slot] = ++this.#size;
        if (this.#size > MAX_LOAD * this.#slots.length)
            this.#spread();
        return true;
    }
    #at(index) {
        return this.#digests.subarray(index * _digest_js__WEBPACK_IMPORTED_MODULE_0__/* .DIGEST_BYTES */ .x4, (index + 1) * _digest_js__WEBPACK_IMPORTED_MODULE_0__/* .DIGEST_BYTES */ .x4);
    }
    /** Where the digest is, or belongs. */
    #slotOf(digest) {
        const mask = this.#slots.length - 1;
        // A digest's bits are as good as random.
        let slot = (digest[0] | (digest[1] << 8) | (digest[2] << 16) | (digest[3] << 24)) & mask;
        for (;;) {
            const number = this.#slots[slot];
            if (number === 0 || this.#isAt(number - 1, digest))
                return slot;
            slot = (slot + 1) & mask;
        }
    }
    #isAt(index, digest) {
        const start = index * _digest_js__WEBPACK_IMPORTED_MODULE_0__/* .DIGEST_BYTES */ .x4;
        for (let i = 0; i < _digest_js__WEBPACK_IMPORTED_MODULE_0__/* .DIGEST_BYTES */ .x4; i++)
            if (this.#digests[start + i] !== digest[i])
                return false;
        return true;
    }
    #spread() {
        this.#slots = new Uint32Array(2 * this.#slots.length);
        for (let i = 0; i < this.#size; i++)
            this.#slots[this.#slotOf(this.#at(i))] = i + 1;
    }
}


/***/ }),

/***/ 81713:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Dq: () => (/* binding */ digestsAt),
/* harmony export */   NU: () => (/* binding */ formatContentAddress),
/* harmony export */   er: () => (/* binding */ sameBytes),
/* harmony export */   hv: () => (/* binding */ parseContentAddress),
/* harmony export */   nj: () => (/* binding */ toHex),
/* harmony export */   wm: () => (/* binding */ isContentAddress),
/* harmony export */   x4: () => (/* binding */ DIGEST_BYTES)
/* harmony export */ });
/* harmony import */ var _encoding_as_buffer_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(50835);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);


/** BLAKE3-256 and SHA-256 alike. */
const DIGEST_BYTES = 32;
/** The two that lie one behind the other from there on. */
function digestsAt(bytes, offset) {
    const middle = offset + DIGEST_BYTES;
    return { blake3: bytes.subarray(offset, middle), sha256: bytes.subarray(middle, middle + DIGEST_BYTES) };
}
const CONTENT_ADDRESS = /^blake3:[0-9a-f]{64}$/;
function formatContentAddress(blake3) {
    return `blake3:${toHex(blake3)}`;
}
function isContentAddress(text) {
    return CONTENT_ADDRESS.test(text);
}
/** @throws ArchiveError `USAGE` when the text is not a content address. */
function parseContentAddress(text) {
    if (!isContentAddress(text)) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('USAGE', `"${text}" is not a digest; give "blake3:" followed by 64 hexadecimal digits.`);
    }
    return Buffer.from(text.slice('blake3:'.length), 'hex');
}
function toHex(bytes) {
    return (0,_encoding_as_buffer_js__WEBPACK_IMPORTED_MODULE_1__/* .asBuffer */ .b)(bytes).toString('hex');
}
function sameBytes(a, b) {
    return a.byteLength === b.byteLength && Buffer.compare(a, b) === 0;
}


/***/ }),

/***/ 25014:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   LG: () => (/* binding */ blake3),
/* harmony export */   Ou: () => (/* binding */ hasDigests),
/* harmony export */   sc: () => (/* binding */ sha256)
/* harmony export */ });
/* unused harmony exports nativeBlake3, wasmBlake3 */
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_module__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(98995);
/* harmony import */ var _encoding_as_buffer_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(50835);
/* harmony import */ var _digest_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(81713);




const require = (0,node_module__WEBPACK_IMPORTED_MODULE_1__.createRequire)(import.meta.url);
/** The addon, about ten times faster than WebAssembly. Throws where no prebuilt binary fits the machine. */
function nativeBlake3() {
    // It asks for a report of the whole process to find out which C library there is; names of hosts take the longest in it.
    Object.assign(process.report, { excludeNetwork: true });
    const addon = require('@napi-rs/blake-hash');
    return {
        // A buffer of the addon's own takes longer to make and to collect than the digest of a small file.
        hash: (bytes) => Buffer.from(addon.blake3UrlSafeBase64((0,_encoding_as_buffer_js__WEBPACK_IMPORTED_MODULE_3__/* .asBuffer */ .b)(bytes)), 'base64url'),
        createHash: () => {
            const hasher = new addon.Blake3Hasher();
            return { update: (bytes) => void hasher.update((0,_encoding_as_buffer_js__WEBPACK_IMPORTED_MODULE_3__/* .asBuffer */ .b)(bytes)), digest: () => hasher.digestBuffer() };
        },
    };
}
function wasmBlake3() {
    const wasm = require('blake3-wasm');
    return {
        hash: (bytes) => Buffer.from(wasm.hash(bytes)),
        createHash: () => {
            const hasher = wasm.createHash();
            return { update: (bytes) => void hasher.update(bytes), digest: () => Buffer.from(hasher.digest()) };
        },
    };
}
function fastestBlake3() {
    try {
        return nativeBlake3();
    }
    catch {
        return wasmBlake3();
    }
}
/** The fastest implementation this machine can load. */
const blake3 = fastestBlake3();
/** SHA-256 (FIPS 180-4). */
function sha256(bytes) {
    return Buffer.from((0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.hash)('sha256', bytes, 'binary'), 'latin1');
}
/** Whether a content, in one piece, is what both digests say. */
function hasDigests(bytes, digests) {
    return (0,_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .sameBytes */ .er)(blake3.hash(bytes), digests.blake3) && (0,_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .sameBytes */ .er)(sha256(bytes), digests.sha256);
}


/***/ }),

/***/ 66085:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   L: () => (/* binding */ importedPackage),
/* harmony export */   M: () => (/* binding */ isOurs)
/* harmony export */ });
/* harmony import */ var uuid__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(28520);
/* harmony import */ var uuid__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(39652);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);
/* harmony import */ var _identity_digest_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(81713);
/* harmony import */ var _manifest_codec_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(52744);
/* harmony import */ var _new_package_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(54277);





const PACKAGE_ID_VERSION = 7;
/** As this software writes times: so that they sort as text. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
/**
 * A package of another place as it is to be here, checked as far as it can be without reading its files.
 *
 * @throws ArchiveError `NOT_FOUND`; `INTEGRITY` for a manifest that this software would not have made; `USAGE` when it holds
 * the value of a configured secret.
 */
async function importedPackage(reader, packageId, origin, secrets) {
    const summary = await reader.getPackage(packageId);
    const manifest = await reader.getManifest(summary.id);
    const { package: about, retention_summary, provenance } = manifest;
    const digest = (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_1__/* .formatContentAddress */ .NU)((0,_manifest_codec_js__WEBPACK_IMPORTED_MODULE_2__/* .manifestDigest */ .It)(manifest));
    if (digest !== summary.manifestDigest || about.id !== summary.id || !isOurs(manifest)) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('INTEGRITY', `The manifest of package ${JSON.stringify(summary.id)} is none that this software made; get it from another copy.`);
    }
    (0,_new_package_js__WEBPACK_IMPORTED_MODULE_3__/* .checkTexts */ .Ri)({ ...about, provenance, origin }, secrets);
    const extended = summary.expiresAt !== retention_summary.expires_at;
    return {
        open: {
            package: about,
            retention_summary,
            provenance,
            origin,
            copy: { extendedUntil: extended ? summary.expiresAt : undefined },
        },
        summary,
    };
}
/** Whether a manifest names its package and its times as this software does; nothing else may be shown or compared as they are. */
function isOurs({ package: { id, created_at }, retention_summary: { expires_at } }) {
    return ((0,uuid__WEBPACK_IMPORTED_MODULE_4__/* ["default"] */ .A)(id) &&
        (0,uuid__WEBPACK_IMPORTED_MODULE_5__/* ["default"] */ .A)(id) === PACKAGE_ID_VERSION &&
        id === id.toLowerCase() &&
        isTime(created_at) &&
        (expires_at === null || isTime(expires_at)));
}
function isTime(text) {
    return TIME.test(text) && !Number.isNaN(Date.parse(text));
}


/***/ }),

/***/ 16519:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $P: () => (/* binding */ noteAmended),
/* harmony export */   $_: () => (/* binding */ labelRemoved),
/* harmony export */   E7: () => (/* binding */ findLabel),
/* harmony export */   ME: () => (/* binding */ listLabels),
/* harmony export */   ZU: () => (/* binding */ labelAdded),
/* harmony export */   mn: () => (/* binding */ listNotes),
/* harmony export */   oN: () => (/* binding */ labelId),
/* harmony export */   yq: () => (/* binding */ labelMoved)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);
/* harmony import */ var _package_names_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(24907);


/** The label of a subject, wherever its package is now. */
async function findLabel(db, subject, label) {
    const row = await db.selectFrom('labels').selectAll().where('id', '=', labelId(subject, label)).executeTakeFirst();
    return row && toLabel(row);
}
/** Of one subject or all, by subject and label. */
async function listLabels(db, subject) {
    const query = db.selectFrom('labels').selectAll().orderBy('subject').orderBy('label');
    return (await (subject === undefined ? query : query.where('subject', '=', subject)).execute()).map(toLabel);
}
/** A label has no space. */
function labelId(subject, label) {
    return `${label} ${subject}`;
}
function toLabel({ label, subject, package_id, actor, set_at }) {
    return { label, subject, packageId: package_id, actor, setAt: set_at };
}
/**
 * The events of a new label; none when the package has it.
 *
 * @throws ArchiveError `USAGE` for text that no label can be; `STATE_CONFLICT` when another package has it.
 */
function labelAdded({ id, subject }, label, standing) {
    checkLabel(label);
    if (standing === undefined)
        return [labelEvent('v1.label.set', id, { label, subject, reason: null })];
    if (standing.packageId === id)
        return [];
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('STATE_CONFLICT', `The label "${label}" of "${subject}" is on package "${standing.packageId}"; move it with "label move" and a reason.`);
}
/**
 * The events of a label that goes from one package to another; none when the package has it.
 *
 * @throws ArchiveError `USAGE` without a reason; `NOT_FOUND` for a label that is not there.
 */
function labelMoved({ id, subject }, label, standing, reason) {
    if (reason.trim() === '')
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('USAGE', 'A reason is needed; the audit log keeps it.');
    if (standing === undefined)
        throw noLabel(subject, label);
    return standing.packageId === id ? [] : [labelEvent('v1.label.set', id, { label, subject, reason })];
}
/** @throws ArchiveError `NOT_FOUND` for a label that is not there. */
function labelRemoved(subject, label, standing, reason) {
    if (standing === undefined)
        throw noLabel(subject, label);
    return [labelEvent('v1.label.removed', standing.packageId, { label, subject, reason: reason ?? null })];
}
function labelEvent(type, subjectId, payload) {
    return { type, subjectKind: 'package', subjectId, payload };
}
/** @throws ArchiveError `USAGE`. */
function checkLabel(label) {
    if ((0,_package_names_js__WEBPACK_IMPORTED_MODULE_1__/* .isLabel */ .J2)(label))
        return;
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('USAGE', `"${label}" cannot be a label; use up to 100 letters, digits and ._/-, beginning with a letter or digit, that look like no id, digest or "latest".`);
}
function noLabel(subject, label) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('NOT_FOUND', `There is no label "${label}" of "${subject}"; list the labels there are.`);
}
/** Of one package or all. */
async function listNotes(db, packageId) {
    const query = db.selectFrom('notes').selectAll().orderBy('package_id');
    return (await (packageId === undefined ? query : query.where('package_id', '=', packageId)).execute()).map(toNote);
}
function toNote({ package_id, note, actor, amended_at }) {
    return { packageId: package_id, note, actor, amendedAt: amended_at };
}
/** The events of another note; none when it is the same. */
function noteAmended(packageId, note, standing) {
    if (note === standing?.note)
        return [];
    return [{ type: 'v1.note.amended', subjectKind: 'package', subjectId: packageId, payload: { note } }];
}


/***/ }),

/***/ 48189:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Xn: () => (/* binding */ encodeCheckpoint),
/* harmony export */   YV: () => (/* binding */ CHECKPOINTS),
/* harmony export */   hy: () => (/* binding */ decodeCheckpoint),
/* harmony export */   kw: () => (/* binding */ rangeOfKey),
/* harmony export */   s4: () => (/* binding */ checkpointKey)
/* harmony export */ });
/* harmony import */ var _encoding_magic_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(34885);
/* harmony import */ var _encoding_shape_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(72167);
/* harmony import */ var _segment_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8350);



/** Where checkpoints lie: segments of the log once more, many in one object, for who reads the log from its beginning. */
const CHECKPOINTS = 'checkpoints/';
const VERSION = 1;
const LENGTH_BYTES = 4;
/** Whoever makes a checkpoint of the same segments makes the same bytes. */
function checkpointKey({ first, last }) {
    return `${CHECKPOINTS}${(0,_segment_js__WEBPACK_IMPORTED_MODULE_2__/* .segmentDigits */ .iu)(first)}-${(0,_segment_js__WEBPACK_IMPORTED_MODULE_2__/* .segmentDigits */ .iu)(last)}`;
}
/** Undefined for a key that is no checkpoint's. */
function rangeOfKey(key) {
    const [, first, last] = /^checkpoints\/(\d{16})-(\d{16})$/.exec(key) ?? [];
    const range = { first: Number(first), last: Number(last) };
    return range.first >= 1 && range.first <= range.last ? range : undefined;
}
/** Segments as they are stored, end to end, each after its length (uint32, little endian). */
function encodeCheckpoint(segments) {
    return [
        (0,_encoding_magic_js__WEBPACK_IMPORTED_MODULE_0__/* .encodeMagic */ .wW)('ASCP', VERSION),
        ...segments.flatMap((segment) => {
            const length = Buffer.alloc(LENGTH_BYTES);
            length.writeUInt32LE(segment.byteLength);
            return [length, segment];
        }),
    ];
}
/**
 * The segments of a checkpoint as they are stored. Only the log itself tells whether they are sound: each names the one before.
 *
 * @throws ArchiveError `INTEGRITY` when it holds another number of them; `FORMAT_UNSUPPORTED`.
 */
function decodeCheckpoint({ first, last }, stored) {
    const where = `The checkpoint "${checkpointKey({ first, last })}"`;
    (0,_encoding_magic_js__WEBPACK_IMPORTED_MODULE_0__/* .readMagic */ .SC)(stored, 'ASCP', VERSION, where);
    const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
    const segments = [];
    for (let at = _encoding_magic_js__WEBPACK_IMPORTED_MODULE_0__/* .MAGIC_BYTES */ .kP; at < stored.byteLength;) {
        if (at + LENGTH_BYTES > stored.byteLength)
            throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_1__/* .malformed */ .Qm)(where, 'it is cut off');
        const length = view.getUint32(at, true);
        at += LENGTH_BYTES;
        if (length > stored.byteLength - at)
            throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_1__/* .malformed */ .Qm)(where, 'it is cut off');
        segments.push(stored.subarray(at, at + length));
        at += length;
    }
    if (segments.length !== last - first + 1)
        throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_1__/* .malformed */ .Qm)(where, 'it holds another number of segments');
    return segments;
}


/***/ }),

/***/ 18592:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   J: () => (/* binding */ eventDigest)
/* harmony export */ });
/* harmony import */ var _encoding_cbor_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(84660);
/* harmony import */ var _identity_hasher_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(25014);


/** Each event hashes the one before: the order of the list is the order of its columns in docs/format.md. */
function eventDigest(row) {
    return _identity_hasher_js__WEBPACK_IMPORTED_MODULE_1__/* .blake3 */ .LG.hash((0,_encoding_cbor_js__WEBPACK_IMPORTED_MODULE_0__/* .encodeCbor */ .H)([
        row.sequence,
        row.created_at,
        row.event_type,
        row.subject_kind,
        row.subject_id,
        row.actor,
        row.payload_digest,
        row.previous_digest,
    ]));
}


/***/ }),

/***/ 37656:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   O: () => (/* binding */ encodeEvents),
/* harmony export */   Y: () => (/* binding */ decodeEvents)
/* harmony export */ });
/* harmony import */ var _encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(72167);
/* harmony import */ var _identity_digest_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(81713);
/* harmony import */ var _identity_hasher_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(25014);
/* harmony import */ var _event_digest_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(18592);




/** Events as a segment holds them. */
function encodeEvents(events) {
    return events.map((event) => [
        event.sequence,
        event.created_at,
        event.event_type,
        event.subject_kind,
        event.subject_id,
        event.actor,
        event.payload,
        event.previous_digest,
    ]);
}
/**
 * One event at least, each of which follows the one before.
 *
 * @throws ArchiveError `INTEGRITY`.
 */
function decodeEvents(value, where) {
    const events = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readList */ .LD)(value, where).map((item) => decodeEvent(item, where));
    if (events.length === 0)
        throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .malformed */ .Qm)(where, 'it has no event');
    events.slice(1).forEach((event, i) => {
        const before = events[i];
        if (event.sequence !== before.sequence + 1 || !(0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_1__/* .sameBytes */ .er)(event.previous_digest, (0,_event_digest_js__WEBPACK_IMPORTED_MODULE_3__/* .eventDigest */ .J)(before))) {
            throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .malformed */ .Qm)(where, 'its events do not follow each other');
        }
    });
    return events;
}
function decodeEvent(value, where) {
    const [sequence, created_at, event_type, subject_kind, subject_id, actor, payload, previous_digest, ...rest] = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readList */ .LD)(value, where);
    if (rest.length > 0)
        throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .malformed */ .Qm)(where, 'an event has too many fields');
    const bytes = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readBytes */ .io)(payload, where);
    return {
        sequence: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readCount */ ._0)(sequence, where),
        created_at: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readText */ .yR)(created_at, where),
        event_type: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readText */ .yR)(event_type, where),
        subject_kind: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readText */ .yR)(subject_kind, where),
        subject_id: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readText */ .yR)(subject_id, where),
        actor: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readText */ .yR)(actor, where),
        payload: bytes,
        payload_digest: _identity_hasher_js__WEBPACK_IMPORTED_MODULE_2__/* .blake3 */ .LG.hash(bytes),
        previous_digest: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readBytes */ .io)(previous_digest, where),
    };
}


/***/ }),

/***/ 72639:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  j: () => (/* binding */ readEvent)
});

// EXTERNAL MODULE: ./build/action/artifact-store/encoding/cbor.js
var cbor = __webpack_require__(84660);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/shape.js
var shape = __webpack_require__(72167);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest.js
var digest = __webpack_require__(81713);
;// CONCATENATED MODULE: ./build/action/artifact-store/log/payloads.js


const time = (value, where) => value === null || (0,shape/* readText */.yR)(value, where);
const address = (value, where) => {
    if (!(0,digest/* isContentAddress */.wm)((0,shape/* readText */.yR)(value, where)))
        throw (0,shape/* malformed */.Qm)(where, 'expected a digest');
};
const keys = (value, where) => (0,shape/* readList */.LD)(value, where).map((key) => (0,shape/* readText */.yR)(key, where));
const packBytes = (value, where) => {
    for (const item of (0,shape/* readList */.LD)(value, where)) {
        const [key, bytes] = (0,shape/* readList */.LD)(item, where);
        (0,shape/* readText */.yR)(key, where);
        (0,shape/* readCount */._0)(bytes, where);
    }
};
const ABOUT_PACKAGE = {
    producer: shape/* readText */.yR,
    subject: shape/* readText */.yR,
    created_at: shape/* readText */.yR,
    retention_class: shape/* readText */.yR,
    expires_at: time,
    manifest_digest: address,
    content_digest: address,
    file_count: shape/* readCount */._0,
    total_bytes: shape/* readCount */._0,
};
const LABEL = { label: shape/* readText */.yR, subject: shape/* readText */.yR };
const PLACE = { storage_key: shape/* readText */.yR };
/** What the state of a store is made of; the rest of a payload is for the audit alone. */
const NEEDED = {
    'v1.package.finalized': ABOUT_PACKAGE,
    'v1.package.disposed': { ...ABOUT_PACKAGE, reason: shape/* readText */.yR },
    'v1.retention.extended': { expires_at: time },
    'v1.hold.applied': { hold_id: shape/* readText */.yR, reason: shape/* readText */.yR, until: time },
    'v1.hold.released': { hold_id: shape/* readText */.yR },
    'v1.label.set': LABEL,
    'v1.label.removed': LABEL,
    'v1.note.amended': { note: shape/* readText */.yR },
    'v1.content.damaged': PLACE,
    'v1.content.healed': PLACE,
    'v1.pack.sealed': { stored_bytes: shape/* readCount */._0 },
    'v1.pack.retired': { moved_to: keys },
};
/** Not in events of formats 1 and 2, or not of every package. */
const OPTIONAL = { packs: packBytes, manifest_key: shape/* readText */.yR, manifest_base: address };
/**
 * Checks the payload of an event, which others may have written.
 *
 * @throws ArchiveError `INTEGRITY` naming the event.
 */
function checkPayload({ sequence, type, subjectId, payload }) {
    const where = `The payload of event ${sequence}`;
    const map = (0,shape/* readMap */.l8)(payload, where, [], Object.keys(payload ?? {}));
    const optional = type === 'v1.package.finalized' ? OPTIONAL : {};
    for (const [field, check] of Object.entries(NEEDED[type] ?? {}))
        check(map[field], `${where}, "${field}",`);
    for (const [field, check] of Object.entries(optional)) {
        if (Object.hasOwn(map, field))
            check(map[field], `${where}, "${field}",`);
    }
    if (NEEDED[type] === PLACE)
        address(subjectId, `The subject of event ${sequence}`);
}

;// CONCATENATED MODULE: ./build/action/artifact-store/log/model.js



const SUBJECT_KINDS = {
    'v1.package.created': 'package',
    'v1.retention.default_applied': 'package',
    'v1.package.finalized': 'package',
    'v1.package.imported': 'package',
    'v1.retention.extended': 'package',
    'v1.hold.applied': 'package',
    'v1.hold.released': 'package',
    'v1.label.set': 'package',
    'v1.label.removed': 'package',
    'v1.note.amended': 'package',
    'v1.package.expired': 'package',
    'v1.package.disposed': 'package',
    'v1.storage.verified': 'package',
    'v1.content.damaged': 'content',
    'v1.content.healed': 'content',
    'v1.pack.sealed': 'pack',
    'v1.pack.retired': 'pack',
    'v1.pack.damaged': 'pack',
    'v1.pack.healed': 'pack',
    'v1.store.migrated': 'store',
    'v1.object.removed': 'object',
};
/**
 * What a row of the log tells.
 *
 * @throws ArchiveError `FORMAT_UNSUPPORTED` for an event of a newer version; `INTEGRITY` for one that nobody could have written.
 */
function readEvent({ sequence, event_type, subject_kind, subject_id, payload }) {
    if (SUBJECT_KINDS[event_type] !== subject_kind) {
        throw new errors/* ArchiveError */.di('FORMAT_UNSUPPORTED', `Event ${sequence} is of the type "${event_type}", which this software does not know; upgrade infospace-archive.`);
    }
    const event = {
        type: event_type,
        subjectKind: subject_kind,
        subjectId: subject_id,
        payload: (0,cbor/* decodeCbor */.P)(payload),
    };
    checkPayload({ sequence, ...event });
    return event;
}


/***/ }),

/***/ 8350:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $9: () => (/* binding */ LOG),
/* harmony export */   UR: () => (/* binding */ decodeSegment),
/* harmony export */   cu: () => (/* binding */ segmentOfKey),
/* harmony export */   iu: () => (/* binding */ segmentDigits),
/* harmony export */   o2: () => (/* binding */ segmentDigest),
/* harmony export */   ug: () => (/* binding */ encodeSegment),
/* harmony export */   zT: () => (/* binding */ segmentKey)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var _encoding_cbor_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(84660);
/* harmony import */ var _encoding_document_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(58117);
/* harmony import */ var _encoding_shape_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(72167);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(75087);
/* harmony import */ var _identity_hasher_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(25014);
/* harmony import */ var _packs_format_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(75328);
/* harmony import */ var _event_list_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(37656);
/* harmony import */ var _model_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(72639);









/** Where the log lies. Nothing below is ever overwritten or deleted. */
const LOG = 'log/';
/** As many digits as the largest number has, so that keys sort in the order of the log. */
const NUMBER_DIGITS = 16;
/** By which a writer knows its own segment when an answer was lost. */
const NONCE_BYTES = 16;
function segmentKey(segment) {
    return LOG + segmentDigits(segment);
}
function segmentDigits(segment) {
    return String(segment).padStart(NUMBER_DIGITS, '0');
}
/** Undefined for a key that is no segment's. */
function segmentOfKey(key) {
    const [, digits] = /^log\/(\d{16})$/.exec(key) ?? [];
    return digits === undefined ? undefined : Number(digits);
}
/** A segment as it is stored. @throws ArchiveError `USAGE` for more events than one may hold. */
function encodeSegment({ segment, storeId, previous, events, packs }) {
    const raw = (0,_encoding_cbor_js__WEBPACK_IMPORTED_MODULE_1__/* .encodeCbor */ .H)({
        segment,
        store_id: storeId,
        nonce: (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(NONCE_BYTES),
        previous,
        events: (0,_event_list_js__WEBPACK_IMPORTED_MODULE_7__/* .encodeEvents */ .O)(events),
        packs: [...packs].map(([key, trailer]) => [key, (0,_packs_format_js__WEBPACK_IMPORTED_MODULE_6__/* .encodePackTable */ .g6)(trailer)]),
    });
    if (raw.byteLength > _encoding_document_js__WEBPACK_IMPORTED_MODULE_2__/* .MAX_RAW_BYTES */ .q) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_4__/* .ArchiveError */ .di('USAGE', `This change has ${raw.byteLength} bytes of events, more than the ${_encoding_document_js__WEBPACK_IMPORTED_MODULE_2__/* .MAX_RAW_BYTES */ .q} of one segment; make it in smaller steps.`);
    }
    return (0,_encoding_document_js__WEBPACK_IMPORTED_MODULE_2__/* .packDocument */ .No)('ASLG', raw, (opened) => decodeRaw(opened, 'The segment').events.forEach(_model_js__WEBPACK_IMPORTED_MODULE_8__/* .readEvent */ .j));
}
/**
 * Reads the segment that a key names.
 *
 * @throws ArchiveError `INTEGRITY` or `FORMAT_UNSUPPORTED`, naming it.
 */
function decodeSegment(segment, stored) {
    const where = `The segment "${segmentKey(segment)}"`;
    const decoded = decodeRaw((0,_encoding_document_js__WEBPACK_IMPORTED_MODULE_2__/* .openDocument */ .EJ)('ASLG', stored, where), where);
    if (decoded.segment !== segment)
        throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_3__/* .malformed */ .Qm)(where, `it is segment ${decoded.segment}`);
    return decoded;
}
/** What names a segment as it is stored. */
function segmentDigest(stored) {
    return _identity_hasher_js__WEBPACK_IMPORTED_MODULE_5__/* .blake3 */ .LG.hash(stored);
}
function decodeRaw(raw, where) {
    const map = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_3__/* .readMap */ .l8)((0,_encoding_cbor_js__WEBPACK_IMPORTED_MODULE_1__/* .decodeCbor */ .P)(raw), where, ['segment', 'store_id', 'nonce', 'previous', 'events', 'packs']);
    const packs = new Map();
    for (const item of (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_3__/* .readList */ .LD)(map.packs, where)) {
        const [key, table, ...rest] = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_3__/* .readList */ .LD)(item, where);
        if (rest.length > 0)
            throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_3__/* .malformed */ .Qm)(where, 'a pack has too many fields');
        packs.set((0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_3__/* .readText */ .yR)(key, where), (0,_packs_format_js__WEBPACK_IMPORTED_MODULE_6__/* .decodePackTable */ .it)(table, where));
    }
    (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_3__/* .readBytes */ .io)(map.nonce, where);
    return {
        segment: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_3__/* .readCount */ ._0)(map.segment, where),
        storeId: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_3__/* .readText */ .yR)(map.store_id, where),
        previous: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_3__/* .readBytes */ .io)(map.previous, where),
        events: (0,_event_list_js__WEBPACK_IMPORTED_MODULE_7__/* .decodeEvents */ .Y)(map.events, where),
        packs,
    };
}


/***/ }),

/***/ 33831:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   i: () => (/* binding */ readAbout),
/* harmony export */   z: () => (/* binding */ projectAbout)
/* harmony export */ });
/* harmony import */ var _encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(72167);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(75087);


/** With the format's own keys and nothing else. */
function projectAbout(about) {
    return {
        manifest_version: about.manifest_version,
        package: { ...about.package },
        retention_summary: { ...about.retention_summary },
        provenance: about.provenance,
    };
}
/** @throws ArchiveError `INTEGRITY`; `FORMAT_UNSUPPORTED` for a newer version. */
function readAbout(value) {
    const root = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readMap */ .l8)(value, 'The manifest', ['manifest_version', 'package', 'retention_summary', 'provenance']);
    if (root.manifest_version !== 1) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .ArchiveError */ .di('FORMAT_UNSUPPORTED', `The manifest has version ${String(root.manifest_version)}, and this software reads version 1; upgrade infospace-archive.`);
    }
    const about = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readMap */ .l8)(root.package, 'The manifest\'s "package"', [
        'id',
        'producer',
        'subject',
        'created_at',
        'metadata',
    ]);
    const retention = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readMap */ .l8)(root.retention_summary, 'The manifest\'s "retention_summary"', [
        'retention_class',
        'expires_at',
    ]);
    return {
        manifest_version: 1,
        package: {
            id: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readText */ .yR)(about.id, 'package.id'),
            producer: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readText */ .yR)(about.producer, 'package.producer'),
            subject: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readText */ .yR)(about.subject, 'package.subject'),
            created_at: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readText */ .yR)(about.created_at, 'package.created_at'),
            metadata: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readTextMap */ .Ko)(about.metadata, 'package.metadata'),
        },
        retention_summary: {
            retention_class: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readText */ .yR)(retention.retention_class, 'retention_summary.retention_class'),
            expires_at: retention.expires_at === null ? null : (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readText */ .yR)(retention.expires_at, 'retention_summary.expires_at'),
        },
        provenance: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__/* .readTextMap */ .Ko)(root.provenance, 'provenance'),
    };
}


/***/ }),

/***/ 52744:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ag: () => (/* binding */ BEFORE_FILES),
/* harmony export */   It: () => (/* binding */ manifestDigest),
/* harmony export */   MK: () => (/* binding */ decodeManifest),
/* harmony export */   cV: () => (/* binding */ encodeAbout),
/* harmony export */   eZ: () => (/* binding */ contentDigest),
/* harmony export */   kB: () => (/* binding */ streamManifest)
/* harmony export */ });
/* unused harmony export encodeManifest */
/* harmony import */ var _encoding_cbor_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(84660);
/* harmony import */ var _encoding_cbor_reader_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(18242);
/* harmony import */ var _encoding_cbor_writer_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(63874);
/* harmony import */ var _encoding_shape_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(72167);
/* harmony import */ var _identity_hasher_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(25014);
/* harmony import */ var _about_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(33831);
/* harmony import */ var _entry_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(25928);
/* harmony import */ var _paths_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(10750);








/** What comes before the entries' list: the head of a map of five and its shortest key, which is the first. */
const BEFORE_FILES = Buffer.concat([Buffer.of(0xa5), (0,_encoding_cbor_js__WEBPACK_IMPORTED_MODULE_0__/* .encodeCbor */ .H)('files')]);
/** The head of a map of the other four keys. */
const ABOUT_HEAD = Buffer.of(0xa4);
/** The canonical CBOR of a manifest; the package's `manifest_digest` is the BLAKE3 of these bytes. */
function encodeManifest({ files, ...about }) {
    return Buffer.concat([BEFORE_FILES, ...encodeEntries(files), encodeAbout(about)]);
}
/** The BLAKE3 of {@link encodeManifest}, in little memory. */
function manifestDigest({ files, ...about }) {
    const hash = _identity_hasher_js__WEBPACK_IMPORTED_MODULE_4__/* .blake3 */ .LG.createHash();
    hash.update(BEFORE_FILES);
    for (const piece of encodeEntries(files))
        hash.update(piece);
    hash.update(encodeAbout(about));
    return hash.digest();
}
/** What follows the entries in a manifest: its other keys, which sort behind "files". */
function encodeAbout(about) {
    return (0,_encoding_cbor_js__WEBPACK_IMPORTED_MODULE_0__/* .encodeCbor */ .H)((0,_about_js__WEBPACK_IMPORTED_MODULE_5__/* .projectAbout */ .z)(about)).subarray(ABOUT_HEAD.byteLength);
}
/** @throws ArchiveError `INTEGRITY` unless the bytes are a sound manifest in canonical form. */
function decodeManifest(bytes) {
    // First: a newer version may have other entries.
    const { about, entries, count } = openManifest(bytes);
    const files = readEntries(new _encoding_cbor_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .CborReader */ .yB(entries), count);
    (0,_paths_js__WEBPACK_IMPORTED_MODULE_7__/* .checkEntries */ .bX)(files, 'INTEGRITY');
    return { ...about, files };
}
/** Of bytes that {@link decodeManifest} found sound; its entries can be gone through any number of times. */
function streamManifest(bytes) {
    const { about, entries, count } = openManifest(bytes);
    return { ...about, files: { [Symbol.iterator]: () => eachEntry(new _encoding_cbor_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .CborReader */ .yB(entries), count) } };
}
function openManifest(bytes) {
    const reader = new _encoding_cbor_reader_js__WEBPACK_IMPORTED_MODULE_1__/* .CborReader */ .yB(bytes);
    if (!reader.takes(BEFORE_FILES))
        throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_3__/* .malformed */ .Qm)('The manifest', 'expected "files" and four other keys');
    const count = reader.list();
    const start = reader.at;
    for (let i = 0; i < count; i++)
        reader.skip();
    const about = (0,_about_js__WEBPACK_IMPORTED_MODULE_5__/* .readAbout */ .i)((0,_encoding_cbor_js__WEBPACK_IMPORTED_MODULE_0__/* .decodeCbor */ .P)(Buffer.concat([ABOUT_HEAD, bytes.subarray(reader.at)])));
    return { about, entries: bytes.subarray(start, reader.at), count };
}
/** BLAKE3 over the canonical CBOR of the entries alone: the same wherever and whenever the content was archived. */
function contentDigest(entries) {
    const hash = _identity_hasher_js__WEBPACK_IMPORTED_MODULE_4__/* .blake3 */ .LG.createHash();
    for (const piece of encodeEntries(entries))
        hash.update(piece);
    return hash.digest();
}
/** Entries that are encoded at a time. */
const ENCODED_AT_ONCE = 1024;
function* encodeEntries(entries) {
    yield (0,_encoding_cbor_writer_js__WEBPACK_IMPORTED_MODULE_2__/* .listHead */ .L)(entries.length);
    for (let at = 0; at < entries.length; at += ENCODED_AT_ONCE) {
        const writer = new _encoding_cbor_writer_js__WEBPACK_IMPORTED_MODULE_2__/* .CborWriter */ ._();
        for (const entry of entries.slice(at, at + ENCODED_AT_ONCE))
            (0,_entry_js__WEBPACK_IMPORTED_MODULE_6__/* .writeEntry */ .c)(writer, entry);
        yield writer.bytes();
    }
}
function readEntries(reader, count) {
    const files = [];
    for (const entry of eachEntry(reader, count))
        files.push(entry);
    reader.end();
    return files;
}
function* eachEntry(reader, count) {
    for (let i = 0; i < count; i++)
        yield (0,_entry_js__WEBPACK_IMPORTED_MODULE_6__/* .readEntry */ .h)(reader, i);
}


/***/ }),

/***/ 70921:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   z: () => (/* binding */ EncodedEntries)
/* harmony export */ });
/* harmony import */ var _encoding_cbor_writer_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(63874);
/* harmony import */ var _encoding_release_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(3315);
/* harmony import */ var _encoding_utf8_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(28807);
/* harmony import */ var _identity_hasher_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(25014);
/* harmony import */ var _codec_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(52744);
/* harmony import */ var _entry_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(25928);
/* harmony import */ var _limits_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(56900);
/* harmony import */ var _paths_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(10750);








/** For what comes before the entries of a manifest, so that it is put together where they are: a list's head takes 9 bytes at most. */
const ROOM = Buffer.alloc(_codec_js__WEBPACK_IMPORTED_MODULE_2__/* .BEFORE_FILES */ .Ag.byteLength + 9);
/**
 * The entries of a package to be, each encoded as it comes: all of them as objects would take several times the memory, and
 * encoding them when the last one has come would keep everything else waiting.
 */
class EncodedEntries {
    #writer = roomyWriter();
    /** Where each ends. */
    #ends = [];
    #named = [];
    #totalBytes = 0;
    #admitted = 0;
    /** Upper bound of the encoded size of all admitted entries. */
    #bytes = 0;
    get count() {
        return this.#named.length;
    }
    /** Of the files. */
    get totalBytes() {
        return this.#totalBytes;
    }
    /**
     * Entries that are to be added, in the order of the manifest.
     *
     * @throws ArchiveError `PATH_INVALID` when they cannot be one package.
     */
    admit(entries) {
        this.#admitted++;
        const list = [...entries];
        for (const entry of list)
            this.#bytes += (0,_limits_js__WEBPACK_IMPORTED_MODULE_4__/* .entryBytes */ .eD)(entry);
        (0,_limits_js__WEBPACK_IMPORTED_MODULE_4__/* .requireManifestRoom */ .Cv)(this.count + list.length, this.#bytes);
        return (0,_paths_js__WEBPACK_IMPORTED_MODULE_5__/* .sortedEntries */ .CA)(list);
    }
    /** @param named what of it is kept in memory. */
    add(entry, named = entry) {
        (0,_entry_js__WEBPACK_IMPORTED_MODULE_3__/* .writeEntry */ .c)(this.#writer, entry);
        this.#ends.push(this.#writer.length);
        this.#named.push(named);
        if (entry.kind === 'file')
            this.#totalBytes += entry.size;
    }
    /**
     * What `contentDigest` gives for them.
     *
     * @throws ArchiveError `PATH_INVALID` when they cannot be one package.
     */
    contentDigest() {
        this.#arrange();
        const hash = _identity_hasher_js__WEBPACK_IMPORTED_MODULE_1__/* .blake3 */ .LG.createHash();
        hash.update((0,_encoding_cbor_writer_js__WEBPACK_IMPORTED_MODULE_0__/* .listHead */ .L)(this.count));
        hash.update(this.#writer.bytes().subarray(ROOM.byteLength));
        return hash.digest();
    }
    /**
     * The manifest of a package that consists of them; gone when more are added.
     *
     * @throws ArchiveError `PATH_INVALID` when they cannot be one package.
     */
    manifest(about) {
        this.#arrange();
        const head = Buffer.concat([_codec_js__WEBPACK_IMPORTED_MODULE_2__/* .BEFORE_FILES */ .Ag, (0,_encoding_cbor_writer_js__WEBPACK_IMPORTED_MODULE_0__/* .listHead */ .L)(this.count)]);
        const skipped = ROOM.byteLength - head.byteLength;
        const entriesEnd = this.#writer.length;
        this.#writer.append((0,_codec_js__WEBPACK_IMPORTED_MODULE_2__/* .encodeAbout */ .cV)(about));
        // Others hold as much again while the manifest is packed.
        this.#writer.trim();
        const cbor = this.#writer.bytes().subarray(skipped);
        this.#writer.cut(entriesEnd);
        cbor.set(head);
        const bounds = [head.byteLength];
        for (const end of this.#ends)
            bounds.push(end - skipped);
        return { cbor, bounds, contentDigest: _identity_hasher_js__WEBPACK_IMPORTED_MODULE_1__/* .blake3 */ .LG.hash(cbor.subarray(_codec_js__WEBPACK_IMPORTED_MODULE_2__/* .BEFORE_FILES */ .Ag.byteLength, bounds.at(-1))) };
    }
    /** Puts all into the order of the manifest. Most have come in it. */
    #arrange() {
        const named = this.#named;
        const order = Array.from(named.keys()).sort((a, b) => (0,_encoding_utf8_js__WEBPACK_IMPORTED_MODULE_6__/* .compareUtf8 */ .z)(named[a].path, named[b].path));
        const sorted = order.map((i) => named[i]);
        // What was admitted together is checked.
        if (this.#admitted !== 1)
            (0,_paths_js__WEBPACK_IMPORTED_MODULE_5__/* .checkEntries */ .bX)(sorted, 'PATH_INVALID');
        if (order.every((i, place) => i === place))
            return;
        const bytes = this.#writer.bytes();
        const writer = roomyWriter();
        const ends = order.map((i) => {
            writer.append(bytes.subarray(this.#start(i), this.#ends[i]));
            return writer.length;
        });
        (0,_encoding_release_js__WEBPACK_IMPORTED_MODULE_7__/* .release */ ._)(bytes);
        [this.#writer, this.#ends, this.#named] = [writer, ends, sorted];
    }
    #start(index) {
        return index === 0 ? ROOM.byteLength : this.#ends[index - 1];
    }
}
function roomyWriter() {
    const writer = new _encoding_cbor_writer_js__WEBPACK_IMPORTED_MODULE_0__/* .CborWriter */ ._();
    writer.append(ROOM);
    return writer;
}


/***/ }),

/***/ 25928:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  h: () => (/* binding */ readEntry),
  c: () => (/* binding */ writeEntry)
});

// EXTERNAL MODULE: ./build/action/artifact-store/encoding/cbor.js
var cbor = __webpack_require__(84660);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/shape.js
var shape = __webpack_require__(72167);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest.js
var digest = __webpack_require__(81713);
;// CONCATENATED MODULE: ./build/action/artifact-store/manifest/decoded-file.js

/**
 * A file of a decoded manifest. Its digests stay in the manifest's bytes until they are asked for: views of them would take more
 * memory than all the rest of the entry.
 */
class DecodedFile {
    path;
    kind = 'file';
    size;
    executable;
    #manifest;
    #blake3At;
    #sha256At;
    constructor({ path, size, executable }, manifest, at) {
        this.path = path;
        this.size = size;
        this.executable = executable;
        this.#manifest = manifest;
        this.#blake3At = at.blake3;
        this.#sha256At = at.sha256;
        // As properties of its own, they are copied, compared and printed with the others.
        Object.defineProperty(this, 'blake3', BLAKE3);
        Object.defineProperty(this, 'sha256', SHA256);
    }
    get blake3() {
        return this.#digestAt(this.#blake3At);
    }
    get sha256() {
        return this.#digestAt(this.#sha256At);
    }
    #digestAt(start) {
        return this.#manifest.subarray(start, start + digest/* DIGEST_BYTES */.x4);
    }
}
/** The same two for all: closures for each entry would take as much memory as the views. */
const BLAKE3 = ownProperty('blake3');
const SHA256 = ownProperty('sha256');
function ownProperty(name) {
    return { ...Object.getOwnPropertyDescriptor(DecodedFile.prototype, name), enumerable: true };
}

;// CONCATENATED MODULE: ./build/action/artifact-store/manifest/entry.js




/**
 * Entries as canonical CBOR, written and read piece by piece: their keys, in canonical order, are always the same bytes.
 * 100,000 files are written in 0.06 s of CPU and read in 0.13, where cbor-x takes 6.8 and, behind the check that it needs, 3.3
 * times as long.
 */
/** The head of a map of so many keys, "kind" with its value, and the key "path". */
function beforePath(keys, kind) {
    return Buffer.concat([Buffer.of(0xa0 | keys), (0,cbor/* encodeCbor */.H)('kind'), (0,cbor/* encodeCbor */.H)(kind), (0,cbor/* encodeCbor */.H)('path')]);
}
const DIGEST_HEAD = Buffer.of(0x58, digest/* DIGEST_BYTES */.x4);
const FILE = beforePath(6, 'file');
const SYMLINK = beforePath(3, 'symlink');
const DIRECTORY = beforePath(2, 'directory');
const SIZE = (0,cbor/* encodeCbor */.H)('size');
const entry_BLAKE3 = Buffer.concat([(0,cbor/* encodeCbor */.H)('blake3'), DIGEST_HEAD]);
const entry_SHA256 = Buffer.concat([(0,cbor/* encodeCbor */.H)('sha256'), DIGEST_HEAD]);
const EXECUTABLE = (0,cbor/* encodeCbor */.H)('executable');
const TARGET = (0,cbor/* encodeCbor */.H)('target');
/** Key by key, so that nothing but the format's own fields can get into a manifest. */
function writeEntry(writer, entry) {
    const { path, kind } = entry;
    if (kind === 'directory') {
        writer.append(DIRECTORY);
        writer.text(path);
    }
    else if (kind === 'symlink') {
        writer.append(SYMLINK);
        writer.text(path);
        writer.append(TARGET);
        writer.text(entry.target);
    }
    else {
        writer.append(FILE);
        writer.text(path);
        writer.append(SIZE);
        writer.count(entry.size);
        writer.append(entry_BLAKE3);
        writer.append(entry.blake3);
        writer.append(entry_SHA256);
        writer.append(entry.sha256);
        writer.append(EXECUTABLE);
        writer.boolean(entry.executable);
    }
}
/** @throws ArchiveError `INTEGRITY` for what {@link writeEntry} does not write, naming it by its number. */
function readEntry(reader, index) {
    if (reader.takes(DIRECTORY))
        return { path: reader.text(), kind: 'directory' };
    if (reader.takes(SYMLINK)) {
        const path = reader.text();
        requireKey(reader, TARGET, index);
        return { path, kind: 'symlink', target: reader.text() };
    }
    requireKey(reader, FILE, index);
    const path = reader.text();
    requireKey(reader, SIZE, index);
    const size = reader.count();
    requireKey(reader, entry_BLAKE3, index);
    const blake3 = reader.pass(digest/* DIGEST_BYTES */.x4);
    requireKey(reader, entry_SHA256, index);
    const sha256 = reader.pass(digest/* DIGEST_BYTES */.x4);
    requireKey(reader, EXECUTABLE, index);
    const executable = reader.simple();
    if (executable === null)
        throw (0,shape/* malformed */.Qm)(`files[${index}]`, 'expected true or false');
    return new DecodedFile({ path, size, executable }, reader.source, { blake3, sha256 });
}
function requireKey(reader, key, index) {
    if (!reader.takes(key))
        throw (0,shape/* malformed */.Qm)(`files[${index}]`, 'expected the keys of an entry');
}


/***/ }),

/***/ 50338:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   CC: () => (/* binding */ encodeManifestJson),
/* harmony export */   cO: () => (/* binding */ manifestJson)
/* harmony export */ });
/* unused harmony export decodeManifestJson */
/* harmony import */ var canonicalize__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(98799);
/* harmony import */ var _encoding_shape_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(72167);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(75087);
/* harmony import */ var _identity_digest_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(81713);
/* harmony import */ var _about_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(33831);
/* harmony import */ var _paths_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(10750);






/** The JSON view: the same document with digests in hexadecimal, canonical by RFC 8785 (JCS). */
function encodeManifestJson(manifest) {
    return Array.from(manifestJson(manifest)).join('');
}
/** The JSON view entry by entry: what a million of them come to on the way would take a gigabyte. */
function* manifestJson({ files, ...about }) {
    // "files" sorts first.
    const start = '{"files":[';
    yield start;
    let separator = '';
    for (const entry of files) {
        yield separator + (0,canonicalize__WEBPACK_IMPORTED_MODULE_5__/* ["default"] */ .A)(projectEntry(entry));
        separator = ',';
    }
    yield (0,canonicalize__WEBPACK_IMPORTED_MODULE_5__/* ["default"] */ .A)({ ...(0,_about_js__WEBPACK_IMPORTED_MODULE_3__/* .projectAbout */ .z)(about), files: [] }).slice(start.length);
}
function projectEntry(entry) {
    const { path, kind } = entry;
    if (kind === 'directory')
        return { path, kind };
    if (kind === 'symlink')
        return { path, kind, target: entry.target };
    const { size, executable, blake3, sha256 } = entry;
    return { path, kind, size, executable, blake3: (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .toHex */ .nj)(blake3), sha256: (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .toHex */ .nj)(sha256) };
}
/** @throws ArchiveError `INTEGRITY` unless the text is a sound manifest; `FORMAT_UNSUPPORTED` for a newer version. */
function decodeManifestJson(text) {
    let value;
    try {
        value = JSON.parse(text);
    }
    catch (error) {
        throw new ArchiveError('INTEGRITY', 'The manifest is not JSON; it is damaged.', error);
    }
    if (typeof value !== 'object' || value === null)
        throw malformed('The manifest', 'expected a map');
    const { files: entries, ...rest } = value;
    const about = readAbout(rest);
    const files = readList(entries, 'The manifest\'s "files"').map(readEntry);
    checkEntries(files, 'INTEGRITY');
    return { ...about, files };
}
const ENTRY_KEYS = {
    file: ['path', 'kind', 'size', 'executable', 'blake3', 'sha256'],
    symlink: ['path', 'kind', 'target'],
    directory: ['path', 'kind'],
};
function readEntry(value, index) {
    const where = `files[${index}]`;
    const kind = value?.kind;
    if (kind !== 'file' && kind !== 'symlink' && kind !== 'directory')
        throw malformed(where, 'unknown kind');
    const map = readMap(value, where, ENTRY_KEYS[kind]);
    const path = readText(map['path'], `${where}.path`);
    if (kind === 'directory')
        return { path, kind };
    if (kind === 'symlink')
        return { path, kind, target: readText(map['target'], `${where}.target`) };
    if (typeof map['executable'] !== 'boolean')
        throw malformed(`${where}.executable`, 'expected true or false');
    return {
        path,
        kind,
        size: readCount(map['size'], `${where}.size`),
        executable: map['executable'],
        blake3: readDigest(map['blake3'], `${where}.blake3`),
        sha256: readDigest(map['sha256'], `${where}.sha256`),
    };
}
function readDigest(hex, where) {
    if (typeof hex === 'string' && /^[0-9a-f]{64}$/.test(hex))
        return Buffer.from(hex, 'hex');
    throw malformed(where, 'expected 64 hexadecimal digits');
}


/***/ }),

/***/ 56900:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Cv: () => (/* binding */ requireManifestRoom),
/* harmony export */   ZJ: () => (/* binding */ MAX_MANIFEST_BYTES),
/* harmony export */   eD: () => (/* binding */ entryBytes)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);

/** Entries of one package: what a process can hold in memory. */
const MAX_ENTRIES = 5_000_000;
/** Bytes of one manifest's CBOR; unpacking needs that much memory in one piece. */
const MAX_MANIFEST_BYTES = 1024 * 1024 * 1024;
/** Encoded size of an entry without its path and target: keys, size, two digests. */
const ENTRY_BYTES = 144;
/** Upper bound of what a manifest holds besides its entries, by the limits of new packages. */
const ABOUT_BYTES = 16 * 1024 * 1024;
/**
 * Refuses what would make a manifest that is too long to be read again, before anything is stored.
 *
 * @throws ArchiveError `PATH_INVALID`.
 */
function requireManifestRoom(entries, entryBytes) {
    if (entries > MAX_ENTRIES) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('PATH_INVALID', `There are ${entries} entries to archive, more than the ${MAX_ENTRIES} of one package; archive a part of them.`);
    }
    if (entryBytes + ABOUT_BYTES <= MAX_MANIFEST_BYTES)
        return;
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('PATH_INVALID', `The ${entries} paths to archive are too long: the manifest that lists them would pass ${MAX_MANIFEST_BYTES} bytes; archive a part of them.`);
}
/** Upper bound of an entry's encoded size. */
function entryBytes(entry) {
    return ENTRY_BYTES + Buffer.byteLength(entry.path) + (entry.kind === 'symlink' ? Buffer.byteLength(entry.target) : 0);
}


/***/ }),

/***/ 46295:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   d: () => (/* binding */ sameEntry),
/* harmony export */   q: () => (/* binding */ isContentEntry)
/* harmony export */ });
/* harmony import */ var _identity_digest_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(81713);

function isContentEntry(entry) {
    return entry.kind === 'file';
}
/** Whether two entries are the same, path and all. */
function sameEntry(a, b) {
    if (a.path !== b.path || a.kind !== b.kind)
        return false;
    if (a.kind === 'symlink')
        return a.target === b.target;
    if (!isContentEntry(a) || !isContentEntry(b))
        return true;
    return (a.size === b.size && a.executable === b.executable && (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_0__/* .sameBytes */ .er)(a.blake3, b.blake3) && (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_0__/* .sameBytes */ .er)(a.sha256, b.sha256));
}


/***/ }),

/***/ 10750:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   CA: () => (/* binding */ sortedEntries),
/* harmony export */   bX: () => (/* binding */ checkEntries)
/* harmony export */ });
/* unused harmony export pathFault */
/* harmony import */ var _encoding_utf8_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(28807);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);


/** What Linux, macOS and Windows allow in one name. */
const MAX_NAME_BYTES = 255;
/** PATH_MAX of Linux. */
const MAX_PATH_BYTES = 4096;
/** Device names that Windows resolves in every folder, with any extension. */
const RESERVED_NAME = /(?:^|\/)((?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:[.:][^/]*)?)(?:\/|$)/i;
const EMPTY_OR_DOTS = /(?:^|\/)\.{0,2}(?:\/|$)/;
const DRIVE_LETTER = /^[a-z]:/i;
/** UTF-8 takes no more for a UTF-16 code unit. */
const MAX_UNIT_BYTES = 3;
/** Why no package may hold this path, or undefined when it may. */
function pathFault(path) {
    if (path === '')
        return 'is empty';
    if (path.includes('\0'))
        return 'holds a NUL';
    if (!path.isWellFormed())
        return 'is not valid UTF-8';
    if (path.startsWith('/'))
        return 'is absolute';
    if (DRIVE_LETTER.test(path))
        return 'starts with a drive letter';
    if (EMPTY_OR_DOTS.test(path))
        return 'is not in its simplest form';
    const reserved = RESERVED_NAME.exec(path);
    if (reserved)
        return `holds "${reserved[1]}", a name reserved by Windows`;
    if (path.length * MAX_UNIT_BYTES <= MAX_NAME_BYTES)
        return undefined;
    if (Buffer.byteLength(path) > MAX_PATH_BYTES)
        return `is longer than ${MAX_PATH_BYTES} bytes`;
    const hasLongName = path.split('/').some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES);
    return hasLongName ? `holds a name longer than ${MAX_NAME_BYTES} bytes` : undefined;
}
/** In the order of the manifest. @throws ArchiveError `PATH_INVALID` when they cannot be one package. */
function sortedEntries(entries) {
    const sorted = entries.toSorted((a, b) => (0,_encoding_utf8_js__WEBPACK_IMPORTED_MODULE_1__/* .compareUtf8 */ .z)(a.path, b.path));
    checkEntries(sorted, 'PATH_INVALID');
    return sorted;
}
/**
 * Checks a whole set of entries: each path on its own, their order, and that nothing lies below a file or a link and
 * no link leads out.
 *
 * @throws ArchiveError with the given code, naming the path.
 */
function checkEntries(entries, code) {
    const refuse = (path, reason) => new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di(code, `The path ${JSON.stringify(path)} ${reason}; ${code === 'INTEGRITY' ? 'the manifest is damaged or was forged' : 'rename or exclude it'}.`);
    let previous;
    for (const entry of entries) {
        const fault = pathFault(entry.path);
        if (fault !== undefined)
            throw refuse(entry.path, fault);
        if (previous !== undefined && (0,_encoding_utf8_js__WEBPACK_IMPORTED_MODULE_1__/* .compareUtf8 */ .z)(previous, entry.path) >= 0) {
            throw refuse(entry.path, previous === entry.path ? 'occurs twice' : 'is out of order');
        }
        previous = entry.path;
    }
    const isFolder = (folder) => findEntry(entries, folder) === undefined;
    const folders = new Set();
    let folder = '';
    for (const entry of entries) {
        const end = entry.path.lastIndexOf('/');
        // Most lie beside the one before.
        if (end !== folder.length || !entry.path.startsWith(folder)) {
            const above = folderBelowLeaf(entry.path, folders, isFolder);
            if (above !== undefined)
                throw refuse(entry.path, `lies below ${JSON.stringify(above)}, which is not a folder`);
            folder = entry.path.slice(0, Math.max(0, end));
        }
        if (entry.kind !== 'symlink')
            continue;
        const fault = linkFault(entry.path, entry.target, (path) => findEntry(entries, path)?.kind === 'symlink');
        if (fault !== undefined)
            throw refuse(entry.path, fault);
    }
}
/** Folders and links are few: a map of all entries would take longer to make than they take to find. */
function findEntry(entries, path) {
    const index = (0,_encoding_utf8_js__WEBPACK_IMPORTED_MODULE_1__/* .searchUtf8 */ .S)(entries.length, (i) => entries[i].path, path);
    return index === undefined ? undefined : entries[index];
}
/** The first folder above the path that is really a leaf. Folders found sound are remembered in `sound`. */
function folderBelowLeaf(path, sound, isFolder) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
        const folder = path.slice(0, end);
        if (sound.has(folder))
            return undefined;
        if (!isFolder(folder))
            return folder;
        sound.add(folder);
    }
    return undefined;
}
/**
 * Why a link may not be kept. A link resolves inside the package when no step leaves its root; a `..` after another
 * link is refused since only that link's target would tell where it leads.
 */
function linkFault(path, target, isLink) {
    const shown = JSON.stringify(target);
    if (target === '' || target.includes('\0') || !target.isWellFormed())
        return `is a link to ${shown}, which is no path`;
    if (Buffer.byteLength(target) > MAX_PATH_BYTES)
        return `is a link to a path longer than ${MAX_PATH_BYTES} bytes`;
    if (/^[/\\]/.test(target) || DRIVE_LETTER.test(target))
        return `is a link to the absolute path ${shown}`;
    const at = path.split('/').slice(0, -1);
    for (const step of target.split('/')) {
        if (step === '' || step === '.')
            continue;
        if (step !== '..') {
            at.push(step);
        }
        else if (isLink(at.join('/'))) {
            return `is a link to ${shown}, which leads through another link and back`;
        }
        else if (at.pop() === undefined) {
            return `is a link to ${shown}, which leads out of the package`;
        }
    }
    return undefined;
}


/***/ }),

/***/ 59941:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  V4: () => (/* binding */ MANIFESTS),
  Zg: () => (/* binding */ fetchLayered),
  Cj: () => (/* binding */ fetchManifest),
  MV: () => (/* binding */ manifestCopyKey),
  Rn: () => (/* binding */ manifestKey),
  W7: () => (/* binding */ packDelta),
  hm: () => (/* binding */ packManifest),
  Mw: () => (/* binding */ remembering),
  p1: () => (/* binding */ withoutCopySuffix)
});

// EXTERNAL MODULE: ./build/action/artifact-store/encoding/document.js
var encoding_document = __webpack_require__(58117);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest.js
var identity_digest = __webpack_require__(81713);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/hasher.js
var hasher = __webpack_require__(25014);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/codec.js
var codec = __webpack_require__(52744);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/cbor.js
var encoding_cbor = __webpack_require__(84660);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/cbor-reader.js
var cbor_reader = __webpack_require__(18242);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/cbor-writer.js
var cbor_writer = __webpack_require__(63874);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/shape.js
var shape = __webpack_require__(72167);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/utf8.js
var utf8 = __webpack_require__(28807);
;// CONCATENATED MODULE: ./build/action/artifact-store/manifest/encoded.js



/**
 * Finds the entries in the canonical CBOR of a manifest.
 *
 * @throws ArchiveError `INTEGRITY` when it is none.
 */
function locateEntries(cbor, where) {
    const reader = new cbor_reader/* CborReader */.yB(cbor);
    if (!reader.takes(codec/* BEFORE_FILES */.Ag))
        throw (0,shape/* malformed */.Qm)(where, 'expected "files" and four other keys');
    const count = reader.list();
    const bounds = [reader.at];
    while (bounds.length <= count) {
        reader.skip();
        bounds.push(reader.at);
    }
    return { cbor, bounds };
}
/** What its `index`th entry is encoded as. */
function entryAt({ cbor, bounds }, index) {
    return cbor.subarray(bounds[index], bounds[index + 1]);
}
/** The path of that entry. */
function pathAt(manifest, index) {
    const reader = new cbor_reader/* CborReader */.yB(entryAt(manifest, index));
    reader.map();
    // "kind" sorts before "path", and that before all others.
    reader.skip();
    reader.skip();
    reader.skip();
    return reader.text();
}

;// CONCATENATED MODULE: ./build/action/artifact-store/manifest/delta.js








/** Each is one more object to read, and one more that others depend on. */
const MAX_BASES = 31;
/** With more of the entries new, little is saved. */
const MAX_NEW_SHARE = 0.5;
/** What comes before the list of bases: `bases` sorts before the keys of a manifest. */
const BEFORE_BASES = Buffer.concat([Buffer.of(0xa6), (0,encoding_cbor/* encodeCbor */.H)('bases')]);
const FILES = (0,encoding_cbor/* encodeCbor */.H)('files');
/**
 * Tells a manifest by what differs from the one before: two digests a file do not compress, so all of them again take
 * more than the files that have changed between two milestones.
 *
 * @returns undefined where it is better stored in full.
 * @throws ArchiveError `INTEGRITY` when the one before is none.
 */
function encodeDelta(manifest, before) {
    if (before.bases.length === MAX_BASES)
        return undefined;
    const { cbor, bounds } = manifest;
    const count = bounds.length - 1;
    const entriesEnd = bounds[count];
    // Where nothing has changed, the entries before need not be found to be compared.
    const areSame = count > 0 && cbor.subarray(0, entriesEnd).equals(before.cbor.subarray(0, entriesEnd));
    const files = areSame ? [[0, count]] : changedEntries(manifest, before.cbor);
    if (files === undefined)
        return undefined;
    return Buffer.concat([
        BEFORE_BASES,
        (0,encoding_cbor/* encodeCbor */.H)([...before.bases, before.digest]),
        FILES,
        (0,cbor_writer/* listHead */.L)(files.length),
        ...files.map((item) => (Array.isArray(item) ? (0,encoding_cbor/* encodeCbor */.H)(item) : item)),
        cbor.subarray(entriesEnd),
    ]);
}
/** New entries, and which of those before come between them; undefined for too many new ones. */
function changedEntries(manifest, cborBefore) {
    const before = locateEntries(cborBefore, 'The manifest before');
    const count = manifest.bounds.length - 1;
    const files = [];
    let range;
    let added = 0;
    let at = 0;
    for (let i = 0; i < count; i++) {
        // Most are as they were, and their paths need not be looked at.
        if (!isSame(manifest, i, before, at))
            at = skipBelow(pathAt(manifest, i), before, at);
        if (!isSame(manifest, i, before, at)) {
            files.push(entryAt(manifest, i));
            range = undefined;
            added++;
            continue;
        }
        if (range && range[0] + range[1] === at)
            range[1]++;
        else {
            range = [at, 1];
            files.push(range);
        }
        at++;
    }
    return added > MAX_NEW_SHARE * count ? undefined : files;
}
function isSame(a, i, b, j) {
    if (j + 1 >= b.bounds.length)
        return false;
    return a.cbor.compare(b.cbor, b.bounds[j], b.bounds[j + 1], a.bounds[i], a.bounds[i + 1]) === 0;
}
/** The first entry from `at` on whose path does not sort before this one. */
function skipBelow(path, manifest, at) {
    const end = manifest.bounds.length - 1;
    while (at < end && (0,utf8/* compareUtf8 */.z)(pathAt(manifest, at), path) < 0)
        at++;
    return at;
}
/** Whether a stored manifest builds on others. */
function isDelta(stored) {
    return stored.subarray(0, BEFORE_BASES.byteLength).equals(BEFORE_BASES);
}
/** @throws ArchiveError `INTEGRITY` for what {@link encodeDelta} does not write. */
function decodeDelta(cbor, where) {
    const reader = new cbor_reader/* CborReader */.yB(cbor);
    if (!reader.takes(BEFORE_BASES))
        throw (0,shape/* malformed */.Qm)(where, 'expected "bases" and five other keys');
    const bases = readBases(reader, where);
    if (!reader.takes(FILES))
        throw (0,shape/* malformed */.Qm)(where, 'expected "files" behind "bases"');
    const files = [];
    let added;
    for (let left = reader.list(); left > 0; left--) {
        if (reader.major === cbor_reader/* LIST */.rl) {
            files.push(readRange(reader, where));
            added = undefined;
            continue;
        }
        if (added === undefined) {
            added = { cbor, bounds: [reader.at], first: 0, count: 0 };
            files.push(added);
        }
        reader.skip();
        added.bounds.push(reader.at);
        added.count++;
    }
    return { bases, files, rest: cbor.subarray(reader.at) };
}
function readBases(reader, where) {
    const count = reader.list();
    const bases = [];
    while (bases.length < Math.min(count, MAX_BASES))
        bases.push(reader.bytes());
    if (bases.length === count && count > 0 && bases.every(({ byteLength }) => byteLength === identity_digest/* DIGEST_BYTES */.x4))
        return bases;
    throw (0,shape/* malformed */.Qm)(where, `expected 1 to ${MAX_BASES} digests of bases`);
}
function readRange(reader, where) {
    if (reader.list() !== 2)
        throw (0,shape/* malformed */.Qm)(where, 'expected two numbers');
    return [reader.count(), reader.count()];
}
/**
 * The manifest that comes of one in full and those that build on it, each on all before; the digest of the last one has to vouch
 * for it. No entry is taken twice, so that a forged one cannot make many of few.
 *
 * @throws ArchiveError `INTEGRITY`.
 */
function applyDeltas(full, deltas, where) {
    const located = locateEntries(full, where);
    let runs = [{ ...located, first: 0, count: located.bounds.length - 1 }];
    for (const { files } of deltas)
        runs = applyDelta(runs, files, where);
    return Buffer.concat([
        codec/* BEFORE_FILES */.Ag,
        (0,cbor_writer/* listHead */.L)(runs.reduce((sum, { count }) => sum + count, 0)),
        ...runs.map(({ cbor, bounds, first, count }) => cbor.subarray(bounds[first], bounds[first + count])),
        deltas.at(-1).rest,
    ]);
}
function applyDelta(known, files, where) {
    const runs = [];
    let next = 0;
    /** The run of those known that is at hand, and the number of its first entry. */
    let at = 0;
    let start = 0;
    for (const item of files) {
        if (!Array.isArray(item)) {
            runs.push(item);
            continue;
        }
        let [first, left] = item;
        if (first < next)
            throw (0,shape/* malformed */.Qm)(where, 'a range of entries is out of order');
        next = first + left;
        while (left > 0) {
            const run = known[at];
            if (run === undefined)
                throw (0,shape/* malformed */.Qm)(where, 'a range of entries is not in its base');
            const skipped = first - start;
            if (skipped >= run.count) {
                start += run.count;
                at++;
                continue;
            }
            const count = Math.min(left, run.count - skipped);
            runs.push({ ...run, first: run.first + skipped, count });
            first += count;
            left -= count;
        }
    }
    return runs;
}

// EXTERNAL MODULE: ./build/action/artifact-store/manifest/limits.js
var limits = __webpack_require__(56900);
;// CONCATENATED MODULE: ./build/action/artifact-store/manifest/stored.js








/** Where manifests lie. */
const MANIFESTS = 'manifests/';
/** Storage key of a manifest. */
function manifestKey(digest) {
    const hex = (0,identity_digest/* toHex */.nj)(digest);
    return `${MANIFESTS}${hex.slice(0, 2)}/${hex}`;
}
/** Where a manifest that others build on lies once more: what happens to one object hurts one package at most. */
function manifestCopyKey(digest) {
    return `${manifestKey(digest)}${COPY_SUFFIX}`;
}
const COPY_SUFFIX = '.copy';
/** The key of the manifest that one is a copy of; any other key as it is. */
function withoutCopySuffix(key) {
    return key.endsWith(COPY_SUFFIX) ? key.slice(0, -COPY_SUFFIX.length) : key;
}
/** How a manifest lies in storage in full. */
function packManifest(cbor) {
    return (0,encoding_document/* packDocument */.No)('ASMF', cbor, (opened) => locateEntries(opened, 'The manifest'));
}
/** How it lies there by what differs from the one before; undefined where that saves too little. */
function packDelta(manifest, before) {
    const delta = encodeDelta(manifest, before);
    // Nothing vouches for the length of a larger one before it is unpacked.
    if (delta === undefined || delta.byteLength > encoding_document/* MAX_RAW_BYTES */.q)
        return undefined;
    return (0,encoding_document/* packDocument */.No)('ASMF', delta, (opened) => {
        const where = 'The delta';
        const applied = applyDeltas(before.cbor, [decodeDelta(opened, where)], where);
        if (!applied.equals(manifest.cbor))
            throw new Error('it gives another manifest');
    });
}
/** Bounds memory. */
const REMEMBERED_BYTES = 32 * 1024 * 1024;
/** A caching source for callers that read many manifests, most of which build on the same ones. */
function remembering(source) {
    const remembered = new Map();
    let bytes = 0;
    const fetch = async (key) => {
        const stored = await source.get(key);
        bytes += stored.byteLength;
        if (bytes > REMEMBERED_BYTES) {
            remembered.clear();
            bytes = 0;
        }
        return stored;
    };
    return {
        get: (key) => {
            const found = remembered.get(key) ?? fetch(key);
            remembered.set(key, found);
            return found;
        },
    };
}
/**
 * Fetches and reads a manifest.
 *
 * @param key where it lies, if not under its digest.
 * @throws ArchiveError `INTEGRITY` when it, or one that it builds on, is missing or damaged; `FORMAT_UNSUPPORTED`;
 * `STORE_UNAVAILABLE`.
 */
async function fetchManifest(source, digest, key) {
    const layered = await fetchLayered(source, digest, key);
    return { ...layered, manifest: (0,codec/* decodeManifest */.MK)(layered.cbor) };
}
/** The same without reading it: that its digest is right is all that is known of it. */
async function fetchLayered(source, digest, key) {
    const { stored, opened } = await fetchStored(source, digest, key);
    if (!isDelta(opened))
        return { digest, bases: [], cbor: requireDigest(opened, digest), stored };
    const delta = decodeDelta(opened, nameOf(digest));
    const { bases } = delta;
    const [full, ...layers] = await Promise.all(bases.map((base) => fetchStored(source, base)));
    const deltas = layers.map((layer, i) => decodeDelta(layer.opened, nameOf(bases[i + 1])));
    const cbor = applyDeltas(requireDigest(full.opened, bases[0]), [...deltas, delta], nameOf(digest));
    return { digest, bases, cbor: requireDigest(cbor, digest), stored };
}
/** @throws ArchiveError `INTEGRITY` when it cannot be unpacked, and there is no copy that can. */
async function fetchStored(source, digest, key = manifestKey(digest)) {
    try {
        return await fetchFrom(source, digest, key);
    }
    catch (error) {
        if (!(0,errors/* isArchiveError */.J)(error, 'INTEGRITY'))
            throw error;
        try {
            return await fetchFrom(source, digest, manifestCopyKey(digest));
        }
        catch (other) {
            throw (0,errors/* isArchiveError */.J)(other, 'INTEGRITY') ? error : other;
        }
    }
}
async function fetchFrom(source, digest, key) {
    const stored = await source.get(key);
    const where = nameOf(digest);
    if (((0,encoding_document/* rawLengthOf */.i6)('ASMF', stored, where) ?? 0) <= encoding_document/* MAX_RAW_BYTES */.q) {
        return { stored, opened: (0,encoding_document/* openDocument */.EJ)('ASMF', stored, where) };
    }
    await requireStreamed(stored, digest);
    return { stored, opened: (0,encoding_document/* openDocument */.EJ)('ASMF', stored, where, limits/* MAX_MANIFEST_BYTES */.ZJ) };
}
/** Hashes a manifest that is too long to be unpacked on its own word, in little memory. */
async function requireStreamed(stored, digest) {
    const hash = hasher/* blake3 */.LG.createHash();
    for await (const piece of (0,encoding_document/* streamDocument */.Gs)('ASMF', stored, nameOf(digest)))
        hash.update(piece);
    if (!(0,identity_digest/* sameBytes */.er)(hash.digest(), digest))
        throw damaged(digest);
}
function requireDigest(cbor, digest) {
    if (!(0,identity_digest/* sameBytes */.er)(hasher/* blake3 */.LG.hash(cbor), digest))
        throw damaged(digest);
    return cbor;
}
function nameOf(digest) {
    return `The stored manifest ${(0,identity_digest/* formatContentAddress */.NU)(digest)}`;
}
function damaged(digest) {
    return new errors/* ArchiveError */.di('INTEGRITY', `${nameOf(digest)} is damaged; restore it from a backup.`);
}


/***/ }),

/***/ 54277:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   AB: () => (/* binding */ checkActor),
/* harmony export */   Dk: () => (/* binding */ checkReason),
/* harmony export */   Hb: () => (/* binding */ checkNewPackage),
/* harmony export */   Ri: () => (/* binding */ checkTexts),
/* harmony export */   dZ: () => (/* binding */ checkNote),
/* harmony export */   qW: () => (/* binding */ checkText)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);
/* harmony import */ var _retention_classes_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(90927);


/** Of a producer, a subject, an actor, or a key of metadata or provenance. */
const MAX_NAME_BYTES = 1024;
/** Of a note, or any other value of metadata or provenance. */
const MAX_VALUE_BYTES = 1024 * 1024;
/** Of all metadata and provenance of a package, so that manifests and segments stay far below what a reader takes. */
const MAX_VALUES_BYTES = 4 * 1024 * 1024;
/** Of the reason for a hold, an extension or a release. */
const MAX_REASON_BYTES = 64 * 1024;
/**
 * Checks what can be checked before a store is touched.
 *
 * @returns its retention class.
 * @throws ArchiveError `USAGE` for an unknown retention class, an empty name, or text that may not be stored.
 */
function checkNewPackage(asked, { retentionClasses, secrets }) {
    checkLengths(asked);
    checkTexts(asked, secrets);
    return (0,_retention_classes_js__WEBPACK_IMPORTED_MODULE_1__/* .findRetentionClass */ .U$)(retentionClasses, asked.retentionClass);
}
/** @throws ArchiveError `USAGE` for an empty name, or text that may not be stored. */
function checkTexts({ producer, subject, metadata = {}, provenance = {}, origin }, secrets) {
    if (origin)
        checkText(origin.name, 'the name of what it comes from', secrets);
    for (const [key, value] of [
        ['producer', producer],
        ['subject', subject],
        ...Object.entries(metadata),
        ...Object.entries(provenance),
    ]) {
        checkText(key, 'a key of the metadata or provenance', secrets);
        checkText(value, `the ${key}`, secrets);
    }
    if (producer.trim() === '' || subject.trim() === '') {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('USAGE', 'A package needs a producer and a subject; give text that is not empty.');
    }
}
function checkLengths({ producer, subject, metadata = {}, provenance = {}, origin }) {
    requireAtMost(producer, 'producer', MAX_NAME_BYTES);
    requireAtMost(subject, 'subject', MAX_NAME_BYTES);
    if (origin)
        requireAtMost(origin.name, 'name of what it comes from', MAX_VALUE_BYTES);
    let bytes = 0;
    for (const [key, value] of [...Object.entries(metadata), ...Object.entries(provenance)]) {
        requireAtMost(key, 'key of the metadata or provenance', MAX_NAME_BYTES);
        requireAtMost(value, key, MAX_VALUE_BYTES);
        bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
    }
    if (bytes > MAX_VALUES_BYTES)
        throw tooLong('metadata and provenance', bytes, MAX_VALUES_BYTES);
}
function requireAtMost(text, what, most) {
    const bytes = Buffer.byteLength(text);
    if (bytes > most)
        throw tooLong(what, bytes, most);
}
function tooLong(what, bytes, most) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('USAGE', `The ${what} is ${bytes} bytes long, more than the ${most} allowed; shorten it.`);
}
/** @throws ArchiveError `USAGE` for a reason that is too long or may not be stored. */
function checkReason(reason, secrets) {
    requireAtMost(reason, 'reason', MAX_REASON_BYTES);
    checkText(reason, 'the reason', secrets);
}
/** @throws ArchiveError `USAGE` for a note that is empty, too long, or may not be stored. */
function checkNote(note, secrets) {
    if (note.trim() === '')
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('USAGE', 'The note is empty; write one.');
    requireAtMost(note, 'note', MAX_VALUE_BYTES);
    checkText(note, 'the note', secrets);
}
/** @throws ArchiveError `USAGE` for an actor that is empty, too long, or may not be stored. */
function checkActor(actor, secrets) {
    if (actor.trim() === '')
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('USAGE', 'The actor is empty; say who acts.');
    requireAtMost(actor, 'actor', MAX_NAME_BYTES);
    checkText(actor, 'the actor', secrets);
}
/** @throws ArchiveError `USAGE` for text that may not be stored, which is not repeated. */
function checkText(text, what, secrets) {
    if (secrets.some((secret) => text.includes(secret))) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('USAGE', `The value of a configured secret stands in ${what}; take it out.`);
    }
    if (!text.isWellFormed())
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('USAGE', `There is text that is not Unicode in ${what}; correct it.`);
}


/***/ }),

/***/ 62132:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  qI: () => (/* binding */ openDatabase),
  Gz: () => (/* binding */ openStorage),
  Ch: () => (/* binding */ openStore)
});

// UNUSED EXPORTS: currentUser, emptyStore, inMemory, isMissing, openLog

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(48161);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./build/action/artifact-store/abort.js
var abort = __webpack_require__(47180);
// EXTERNAL MODULE: ./build/action/artifact-store/arbiter.js + 1 modules
var arbiter = __webpack_require__(73152);
// EXTERNAL MODULE: ./build/action/artifact-store/commit/head.js
var commit_head = __webpack_require__(94926);
// EXTERNAL MODULE: ./build/action/artifact-store/commit/legacy-log.js + 2 modules
var legacy_log = __webpack_require__(53368);
// EXTERNAL MODULE: ./build/action/artifact-store/commit/open-log.js
var open_log = __webpack_require__(96527);
// EXTERNAL MODULE: ./build/action/artifact-store/commit/segments.js
var segments = __webpack_require__(82154);
// EXTERNAL MODULE: ./build/action/artifact-store/commit/store-file.js
var store_file = __webpack_require__(42746);
// EXTERNAL MODULE: ./build/action/artifact-store/config.js
var artifact_store_config = __webpack_require__(28802);
// EXTERNAL MODULE: ./build/action/artifact-store/database/database.js
var database_database = __webpack_require__(83569);
// EXTERNAL MODULE: ./build/action/artifact-store/database/database-fault.js
var database_fault = __webpack_require__(56960);
// EXTERNAL MODULE: ./build/action/artifact-store/database/migrations.js
var migrations = __webpack_require__(77765);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./node_modules/uuid/dist-node/v7.js + 2 modules
var v7 = __webpack_require__(63935);
// EXTERNAL MODULE: ./build/action/artifact-store/commit/events.js
var commit_events = __webpack_require__(62637);
// EXTERNAL MODULE: ./build/action/artifact-store/commit/follow.js
var follow = __webpack_require__(30397);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest.js
var identity_digest = __webpack_require__(81713);
// EXTERNAL MODULE: ./build/action/artifact-store/log/segment.js
var log_segment = __webpack_require__(8350);
;// CONCATENATED MODULE: ./build/action/artifact-store/commit/pins.js



/**
 * Compares the log with what was written down of it.
 *
 * @param newest the number of its newest segment.
 * @throws ArchiveError `INTEGRITY` naming both, when the log is shorter or another one.
 */
async function requirePin(storage, newest, { segment, digest }) {
    if (segment === 0)
        return;
    if (segment > newest) {
        throw new errors/* ArchiveError */.di('INTEGRITY', `The log in storage ends with segment ${newest}, but segment ${segment} (${digest}) was seen before: it was cut, or this is another store; restore the objects below "log/" from the bucket's versions or a backup.`, undefined, { key: (0,log_segment/* segmentKey */.zT)(segment), expected: digest });
    }
    const found = (0,identity_digest/* formatContentAddress */.NU)((0,log_segment/* segmentDigest */.o2)(await storage.get((0,log_segment/* segmentKey */.zT)(segment))));
    if (found === digest)
        return;
    throw new errors/* ArchiveError */.di('INTEGRITY', `Segment ${segment} of the log in storage is ${found}, but ${digest} was seen before: the log was changed, or this is another store; name the storage of that store, or restore the objects below "log/" from a backup.`, undefined, { key: (0,log_segment/* segmentKey */.zT)(segment), expected: digest, actual: found });
}

// EXTERNAL MODULE: ./build/action/artifact-store/commit/record.js
var record = __webpack_require__(31441);
// EXTERNAL MODULE: ./build/action/artifact-store/log/event-digest.js
var event_digest = __webpack_require__(18592);
;// CONCATENATED MODULE: ./build/action/artifact-store/commit/verify-log.js







/**
 * Reads the whole log in storage and compares the registry's events with it. Segments that come meanwhile are left for the
 * next time.
 *
 * @returns the number of events.
 * @throws ArchiveError `INTEGRITY` naming the first segment or sequence that is not what it should be.
 */
async function verifyLog({ db }, storage, { storeId, legacy }) {
    const head = await (0,commit_head/* readHead */.zy)(db);
    const sequence = await (0,commit_events/* verifyEvents */.l)(db);
    await (0,segments/* newestSegment */.Mb)(storage, head.segment);
    const events = (0,commit_events/* readEvents */.w)(db, legacy?.sequence ?? 0)[Symbol.asyncIterator]();
    let last = database_database/* NO_SEGMENT */.CU.segmentDigest;
    for await (const segment of (0,segments/* readSegments */.lZ)(storage, storeId, database_database/* NO_SEGMENT */.CU, head.segment)) {
        for (const event of segment.events) {
            const { value: row } = await events.next();
            if (row === undefined || !(0,identity_digest/* sameBytes */.er)((0,event_digest/* eventDigest */.J)(row), (0,event_digest/* eventDigest */.J)(event)))
                throw differs(event.sequence);
        }
        last = segment.segmentDigest;
    }
    if (!(0,identity_digest/* sameBytes */.er)(last, head.segmentDigest))
        throw differs(head.sequence);
    return sequence;
}
function differs(sequence) {
    return new errors/* ArchiveError */.di('INTEGRITY', `Event ${sequence} of the registry is not the one of the log in storage; make the registry anew with "infospace-archive store rebuild".`);
}

// EXTERNAL MODULE: ./build/action/artifact-store/encoding/cbor.js
var cbor = __webpack_require__(84660);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/stored.js + 2 modules
var stored = __webpack_require__(59941);
// EXTERNAL MODULE: ./build/action/artifact-store/package-names.js
var package_names = __webpack_require__(24907);
;// CONCATENATED MODULE: ./build/action/artifact-store/package-summary.js

function toSummary(row) {
    return {
        id: row.id,
        producer: row.producer,
        subject: row.subject,
        createdAt: row.created_at,
        retentionClass: row.retention_class,
        expiresAt: row.expires_at,
        manifestDigest: (0,identity_digest/* formatContentAddress */.NU)(row.manifest_digest),
        contentDigest: (0,identity_digest/* formatContentAddress */.NU)(row.content_digest),
        fileCount: row.file_count,
        totalBytes: row.total_bytes,
    };
}
function toTombstone({ disposed_at, disposed_by, reason, ...row }) {
    return { ...toSummary(row), disposedAt: disposed_at, disposedBy: disposed_by, reason };
}

;// CONCATENATED MODULE: ./build/action/artifact-store/find-packages.js






/** How many of those that a name could mean are listed. */
const MAX_LISTED = 10;
/**
 * Finds a package by its id, the beginning or the end of it, or one of its digests or the beginning of that.
 *
 * @throws ArchiveError `NOT_FOUND` for a package that is not there; `USAGE` for what is neither id nor digest, or names several.
 */
async function findPackage(db, name) {
    const found = await findByName(db, name);
    if (found === undefined) {
        throw new errors/* ArchiveError */.di('NOT_FOUND', `There is no package "${name}" in the store; list what there is.`, undefined, {
            packageId: name,
        });
    }
    if (!('disposedAt' in found))
        return found;
    throw new errors/* ArchiveError */.di('NOT_FOUND', `Package "${name}" was disposed of at ${found.disposedAt}: ${found.reason}; archive it again from another copy.`, undefined, { packageId: found.id });
}
/** @throws ArchiveError `USAGE` as {@link findPackage} does. */
async function findTombstone(db, name) {
    const found = await findByName(db, name);
    return found !== undefined && 'disposedAt' in found ? found : undefined;
}
async function findByName(db, name) {
    const parts = (0,package_names/* namedParts */.SO)(name);
    if (parts === undefined) {
        throw new errors/* ArchiveError */.di('USAGE', `"${name}" is neither a package id nor a digest; list the packages to see theirs.`);
    }
    if ((0,package_names/* isWholeId */.Vs)(name))
        return byId(db, name.toLowerCase());
    const found = await byIdPart(db, parts);
    const named = found.length > 0 ? found : await byDigest(db, parts);
    if (named.length <= 1)
        return named[0];
    throw new errors/* ArchiveError */.di('USAGE', `"${name}" could be ${listOf(named)}; give more of the id.`);
}
/** Several packages, each so that one can tell it from the others. */
function listOf(found) {
    const listed = found
        .slice(0, MAX_LISTED)
        .map(({ id, subject, createdAt }) => `${id} (short ${(0,package_names/* shortId */.m_)(id)}, ${subject}, ${createdAt.slice(0, 16)}Z)`);
    return [...listed, ...(found.length > MAX_LISTED ? ['others'] : [])].join(', ');
}
async function byId(db, id) {
    const row = await db.selectFrom('packages').selectAll().where('id', '=', id).executeTakeFirst();
    if (row)
        return toSummary(row);
    const tombstone = await db.selectFrom('tombstones').selectAll().where('id', '=', id).executeTakeFirst();
    return tombstone && toTombstone(tombstone);
}
const TABLES = ['packages', 'tombstones'];
async function byIdPart(db, { idPrefix, idSuffix }) {
    const found = new Map();
    for (const table of TABLES) {
        // Any collation has digits and dashes before letters, and "z" behind all that ids have.
        const begins = rowsOf(db, table)
            .where('id', '>=', idPrefix ?? '')
            .where('id', '<', `${idPrefix}z`);
        const ends = rowsOf(db, table).where(migrations/* SHORT_ID */.zy, '=', idSuffix?.slice(-package_names/* SHORT_ID_CHARACTERS */.Qf) ?? '');
        const rows = [
            ...(idPrefix === undefined ? [] : await begins.execute()).filter(({ id }) => id.startsWith(idPrefix)),
            ...(idSuffix === undefined ? [] : await ends.execute()).filter(({ id }) => id.endsWith(idSuffix)),
        ];
        for (const row of rows)
            found.set(row.id, summaryOf(row));
    }
    return [...found.values()];
}
async function byDigest(db, { digestPrefix }) {
    if (digestPrefix === undefined)
        return [];
    const first = Buffer.from(digestPrefix.padEnd(2 * identity_digest/* DIGEST_BYTES */.x4, '0'), 'hex');
    const last = Buffer.from(digestPrefix.padEnd(2 * identity_digest/* DIGEST_BYTES */.x4, 'f'), 'hex');
    const found = new Map();
    for (const table of TABLES) {
        for (const column of ['manifest_digest', 'content_digest']) {
            const rows = await rowsOf(db, table).where(column, '>=', first).where(column, '<=', last).execute();
            for (const row of rows)
                found.set(row.id, summaryOf(row));
        }
        // What was disposed of is not what is meant when the same content is still kept.
        if (found.size > 0)
            break;
    }
    return [...found.values()];
}
/** Kysely cannot follow a table that is one of two; both have what is asked of them. */
function rowsOf(db, table) {
    return db
        .selectFrom(table)
        .selectAll()
        .orderBy('id')
        .limit(MAX_LISTED + 1);
}
function summaryOf(row) {
    return 'disposed_at' in row ? toTombstone(row) : toSummary(row);
}
/** @throws ArchiveError `NOT_FOUND`; `INTEGRITY` when the manifest is missing, damaged or that of another package. */
async function findManifest(db, manifests, packageId) {
    const { id, manifestDigest } = await findPackage(db, packageId);
    const { manifest_key } = await db
        .selectFrom('packages')
        .select('manifest_key')
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
    const found = await (0,stored/* fetchManifest */.Cj)(manifests, (0,identity_digest/* parseContentAddress */.hv)(manifestDigest), manifest_key);
    if (found.manifest.package.id === id)
        return found;
    throw new errors/* ArchiveError */.di('INTEGRITY', `The manifest of package "${id}" is that of another one; restore the registry from a backup.`, undefined, { packageId: id, expected: manifestDigest });
}

// EXTERNAL MODULE: ./build/action/artifact-store/imported-package.js
var imported_package = __webpack_require__(66085);
// EXTERNAL MODULE: ./build/action/artifact-store/labels.js
var labels = __webpack_require__(16519);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/json.js
var json = __webpack_require__(50338);
// EXTERNAL MODULE: ./build/action/artifact-store/new-package.js
var new_package = __webpack_require__(54277);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest-set.js
var digest_set = __webpack_require__(68396);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/hasher.js
var hasher = __webpack_require__(25014);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/codec.js
var codec = __webpack_require__(52744);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/model.js
var model = __webpack_require__(46295);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/content-index.js + 1 modules
var content_index = __webpack_require__(83238);
;// CONCATENATED MODULE: ./build/action/artifact-store/open-package.js










/**
 * Makes the package visible. All its bytes are durable before the one segment that names them; a crash before
 * that leaves nothing but unreferenced objects.
 *
 * @throws ArchiveError `INTEGRITY` when a reused content has left the store meanwhile.
 */
async function finalize(parts, open) {
    // Both to their end, also when one fails: nothing may be stored any more when the rest is taken back.
    const packing = open.ingest.finish();
    // A copy's manifest is not stored yet: it need not be in memory together with the last packs.
    const storing = open.copy ? packing.then(() => storeManifest(parts, open)) : storeManifest(parts, open);
    const [packs, manifest] = await Promise.allSettled([packing, storing]);
    try {
        const finalized = await commit(parts, open, settled(packs), settled(manifest));
        if (!finalized.isNew)
            await open.ingest.abort();
        return finalized;
    }
    catch (error) {
        if (!open.mayBeVisible && !open.copy && manifest.status === 'fulfilled') {
            await parts.storage.delete(manifest.value.key).catch(() => undefined);
        }
        throw error;
    }
}
/** How often contents are stored anew that leave the store meanwhile: each time is a garbage collection. */
const MAX_RETIRED = 3;
async function commit(parts, open, ingested, manifest) {
    for (let tries = 1;; tries++) {
        try {
            return await tryToCommit(parts, open, ingested, manifest);
        }
        catch (error) {
            if (!(error instanceof ContentsRetired) || tries === MAX_RETIRED)
                throw error;
            // Their packs are there still, for the grace period.
            await open.ingest.storeAnew(error.entries);
            ingested = await open.ingest.finish();
        }
    }
}
async function tryToCommit(parts, open, ingested, { key, packed, bases, cbor, bytes, ...digests }) {
    const { signal } = open;
    const addedBytes = ingested.packs.reduce((sum, pack) => sum + pack.storedBytes, 0);
    const finalized = {
        id: open.package.id,
        ...digests,
        fileCount: open.ingest.entries.count,
        totalBytes: open.ingest.entries.totalBytes,
        ingested,
        storedBytes: addedBytes + bytes,
        isNew: true,
    };
    let isDecided = false;
    const decide = async (tx) => {
        // The last moment at which the package can be taken back.
        signal?.throwIfAborted();
        isDecided = true;
        if (open.mayBeVisible && (await isVisible(tx, open.package.id)))
            return [];
        const place = { base: bases.at(-1) };
        if (open.copy) {
            finalized.isNew = !(await isBrought(tx, open.package.id, digests.manifestDigest));
            if (!finalized.isNew)
                return [];
            // Under its key another copy may have lain, and be removed at any time.
            if (await (0,content_index/* areRemoved */.VF)(tx, [key]))
                place.key = `${key}-${open.package.id}`;
            const stored = await putManifest(parts.storage, place.key ?? key, digests.manifestDigest, { packed, bases });
            place.base = stored.bases.at(-1);
            finalized.storedBytes = addedBytes + stored.bytes;
        }
        else {
            await (0,content_index/* refuseRemoved */.no)(tx, [key, ...bases.map(stored/* manifestKey */.Rn)]);
        }
        const packs = ingested.packs.map(({ key }) => key);
        if (packs.length > 0)
            await (0,content_index/* refuseRemoved */.no)(tx, packs);
        const needs = await needsNow(tx, cbor, ingested);
        const healed = await healedBy(tx, ingested.packs);
        const needed = await packBytes(tx, ingested.packs, needs);
        return [...eventsOf(open, finalized, needed, place), ...healed];
    };
    // Another writer may hold the log for long.
    const beforeCommit = () => {
        open.mayBeVisible = true;
    };
    const { packs } = ingested;
    await (0,abort/* untilAborted */.Eu)(signal, (0,record/* record */.g)(parts, decide, { packs, beforeCommit }), () => isDecided);
    return finalized;
}
function settled(result) {
    if (result.status === 'rejected')
        throw result.reason;
    return result.value;
}
/** A smaller manifest is stored in full, and depends on no other: some 400 files. */
const MIN_DELTA_BYTES = 64 * 1024;
async function storeManifest(parts, open) {
    const { package: described, retention_summary, provenance } = open;
    const manifest = open.ingest.entries.manifest({
        manifest_version: 1,
        package: described,
        retention_summary,
        provenance,
    });
    const { cbor, contentDigest } = manifest;
    const manifestDigest = hasher/* blake3 */.LG.hash(cbor);
    const key = (0,stored/* manifestKey */.Rn)(manifestDigest);
    const about = { key, cbor, manifestDigest, contentDigest };
    // That of a copy may be the manifest of a package that is there: it is stored when it is known that none is.
    if (open.copy)
        return { ...about, packed: (0,stored/* packManifest */.hm)(cbor), bases: [], bytes: 0 };
    const delta = cbor.byteLength < MIN_DELTA_BYTES ? undefined : await deltaOnNewest(parts, open, manifest);
    const form = delta ?? { packed: (0,stored/* packManifest */.hm)(cbor), bases: [] };
    return { ...about, ...form, ...(await putManifest(parts.storage, key, manifestDigest, form, open.signal)) };
}
/**
 * Stores a manifest. One that exists may be packed in another form, since its digest is of what was packed; it is read then.
 *
 * @throws ArchiveError `INTEGRITY` when the one that exists is damaged.
 */
async function putManifest(storage, key, digest, { packed, bases }, signal) {
    try {
        await storage.put(key, [packed], signal);
        return { bytes: packed.byteLength, bases };
    }
    catch (error) {
        if (!(0,errors/* isArchiveError */.J)(error, 'INTEGRITY'))
            throw error;
        return { bytes: 0, bases: (await (0,stored/* fetchLayered */.Zg)(storage, digest, key)).bases };
    }
}
/** The manifest on that of the newest package of the subject; undefined when there is none, or it cannot be built upon. */
async function deltaOnNewest({ database: { db }, storage }, open, manifest) {
    const { id, subject } = open.package;
    const newest = await db
        .selectFrom('packages')
        .select('manifest_digest')
        .where('subject', '=', subject)
        .where('id', '!=', id)
        .orderBy('position', 'desc')
        .limit(1)
        .executeTakeFirst();
    if (newest === undefined)
        return undefined;
    try {
        const before = await (0,stored/* fetchLayered */.Zg)(storage, newest.manifest_digest);
        const bases = [...before.bases, before.digest];
        // A copy may have been removed and brought again: what it builds on could not be told from what is gone.
        if (await (0,content_index/* areRemoved */.VF)(db, bases.map(stored/* manifestKey */.Rn)))
            return undefined;
        const packed = (0,stored/* packDelta */.W7)(manifest, before);
        if (packed === undefined)
            return undefined;
        await storage.put((0,stored/* manifestCopyKey */.MV)(before.digest), [before.stored], open.signal);
        return { packed, bases };
    }
    catch (error) {
        if ((0,errors/* isArchiveError */.J)(error, 'INTEGRITY'))
            return undefined;
        throw error;
    }
}
/** Takes back all that was stored for a package that will not be, unless it might be after all. */
async function abandon(open) {
    if (!open.mayBeVisible)
        await open.ingest.abort();
}
async function isVisible(tx, packageId) {
    return (await tx.selectFrom('packages').select('id').where('id', '=', packageId).executeTakeFirst()) !== undefined;
}
/**
 * Whether the same package is there already.
 *
 * @throws ArchiveError `STATE_CONFLICT` when it was disposed of, or another one has its id.
 */
async function isBrought(db, id, manifestDigest) {
    const disposed = db.selectFrom('tombstones').select('disposed_at').where('id', '=', id);
    const tombstone = await disposed.executeTakeFirst();
    if (tombstone !== undefined) {
        throw new errors/* ArchiveError */.di('STATE_CONFLICT', `Package "${id}" was disposed of here at ${tombstone.disposed_at}, and does not come back; archive its files as a new package.`);
    }
    const there = await db.selectFrom('packages').select('manifest_digest').where('id', '=', id).executeTakeFirst();
    if (there === undefined || (0,identity_digest/* sameBytes */.er)(there.manifest_digest, manifestDigest))
        return there !== undefined;
    throw new errors/* ArchiveError */.di('STATE_CONFLICT', `The store has another package "${id}" (${(0,identity_digest/* formatContentAddress */.NU)(there.manifest_digest)}); one of the two was forged.`);
}
/** Contents that new packages may not use any more. They can be read still. */
class ContentsRetired extends Error {
    entries;
    constructor(entries) {
        super('Contents left the store.');
        this.entries = entries;
    }
}
/** What the package needs of packs that were there before, by what is usable now. */
async function needsNow(tx, manifest, { packs, reused }) {
    if (await (0,content_index/* areUsable */.LD)(tx, reused))
        return reused;
    const found = new digest_set/* DigestSet */.D();
    for (const { contents } of packs)
        for (const { digest } of contents)
            found.add(digest);
    const entries = (0,codec/* decodeManifest */.MK)(manifest)
        .files.filter(model/* isContentEntry */.q)
        .filter(({ size, blake3 }) => size > 0 && found.add(blake3));
    const located = await (0,content_index/* locateContents */.c1)(tx, entries.map(({ blake3 }) => blake3));
    const needs = new Map();
    const retired = [];
    for (const entry of entries) {
        const place = located.get((0,identity_digest/* toHex */.nj)(entry.blake3));
        if (place?.length !== entry.size || place.damaged)
            throw leftStore(entry);
        if (place.usable)
            (0,content_index/* addNeed */.a8)(needs, place.packId, entry.size);
        else
            retired.push(entry);
    }
    if (retired.length > 0)
        throw new ContentsRetired(retired);
    return needs;
}
function leftStore({ path }) {
    return new errors/* ArchiveError */.di('INTEGRITY', `The content of ${JSON.stringify(path)} left the store while it was being archived; archive again.`);
}
/** Told for the audit: contents that are damaged elsewhere, and sound in these packs. */
async function healedBy(tx, packs) {
    const healed = [];
    if (!(await (0,content_index/* hasDamage */.Sh)(tx)))
        return healed;
    for (const { key, contents } of packs) {
        const located = await (0,content_index/* locateContents */.c1)(tx, contents.map(({ digest }) => digest));
        for (const { digest, damaged } of located.values()) {
            if (damaged)
                healed.push((0,content_index/* contentEvent */.yl)('v1.content.healed', digest, key));
        }
    }
    return healed;
}
async function packBytes(tx, packs, needs) {
    const own = packs.map(({ key, contents }) => [
        key,
        contents.reduce((sum, { length }) => sum + length, 0),
    ]);
    const keys = await (0,content_index/* packKeys */.gX)(tx, [...needs.keys()]);
    return [...own, ...[...needs].map(([id, bytes]) => [keys.get(id), bytes])];
}
function eventsOf(open, { id, ingested, ...finalized }, packs, { key, base }) {
    const { producer, subject, created_at, metadata } = open.package;
    const about = { subjectKind: 'package', subjectId: id };
    return [
        { type: 'v1.package.created', ...about, payload: { producer, subject, metadata } },
        { type: 'v1.retention.default_applied', ...about, payload: open.retention_summary },
        ...ingested.packs.map(content_index/* sealedEvent */.bi),
        {
            type: 'v1.package.finalized',
            ...about,
            payload: {
                producer,
                subject,
                created_at,
                ...open.retention_summary,
                manifest_digest: (0,identity_digest/* formatContentAddress */.NU)(finalized.manifestDigest),
                content_digest: (0,identity_digest/* formatContentAddress */.NU)(finalized.contentDigest),
                file_count: finalized.fileCount,
                total_bytes: finalized.totalBytes,
                packs,
                ...(key !== undefined && { manifest_key: key }),
                ...(base !== undefined && { manifest_base: (0,identity_digest/* formatContentAddress */.NU)(base) }),
            },
        },
        ...(open.origin ? [{ type: 'v1.package.imported', ...about, payload: open.origin }] : []),
        ...(open.copy?.extendedUntil === undefined ? [] : [extendedElsewhere(id, open.copy.extendedUntil)]),
    ];
}
/** An extension that was made where the package comes from. */
function extendedElsewhere(packageId, expires_at) {
    const payload = { expires_at, reason: 'extended where it was copied from' };
    return { type: 'v1.retention.extended', subjectKind: 'package', subjectId: packageId, payload };
}

;// CONCATENATED MODULE: ./build/action/artifact-store/package-entries.js






/**
 * The entries of a package, each decoded when its turn comes: all of them take several times the memory of their bytes.
 *
 * @throws ArchiveError `NOT_FOUND`; `INTEGRITY` when the manifest is missing, damaged or that of another package.
 */
async function readEntries(db, manifests, packageId) {
    const { id, manifestDigest } = await findPackage(db, packageId);
    const row = await db.selectFrom('packages').select('manifest_key').where('id', '=', id).executeTakeFirstOrThrow();
    const { cbor } = await (0,stored/* fetchLayered */.Zg)(manifests, (0,identity_digest/* parseContentAddress */.hv)(manifestDigest), row.manifest_key);
    const manifest = (0,codec/* streamManifest */.kB)(cbor);
    if (manifest.package.id === id)
        return manifest.files;
    throw new errors/* ArchiveError */.di('INTEGRITY', `The manifest of package "${id}" is that of another one; restore the registry from a backup.`);
}
/** @throws ArchiveError `NOT_FOUND` for a path that is no file among the entries. */
function requireFile(entries, path) {
    let isFolder = false;
    for (const entry of entries) {
        isFolder ||= entry.path.startsWith(`${path}/`);
        if (entry.path !== path)
            continue;
        if (entry.kind === 'file')
            return entry;
        if (entry.kind === 'symlink')
            throw noFile(path, `is a link to ${JSON.stringify(entry.target)}; name that`);
        isFolder = true;
    }
    throw noFile(path, isFolder ? 'is a folder; name a file in it' : 'is not in the package; list its files');
}
function noFile(path, why) {
    return new errors/* ArchiveError */.di('NOT_FOUND', `${JSON.stringify(path)} ${why}.`, undefined, { path });
}
/** Nothing is stored of an empty file, so no table tells who has one. */
const EMPTY = (0,identity_digest/* toHex */.nj)(hasher/* blake3 */.LG.hash(Buffer.alloc(0)));
/**
 * Packages that may have a file of this content, without reading their manifests: those that need a pack with it.
 *
 * @param digits what its BLAKE3 begins with, in hexadecimal.
 * @returns undefined when any may.
 */
async function packagesWithContent(db, digits) {
    if (EMPTY.startsWith(digits))
        return undefined;
    const [first, last] = ['0', 'f'].map((fill) => Buffer.from(digits.padEnd(2 * identity_digest/* DIGEST_BYTES */.x4, fill), 'hex'));
    const holding = await db
        .selectFrom('contents')
        .innerJoin('package_packs', 'package_packs.pack_id', 'contents.pack_id')
        .select('package_packs.package_id as id')
        .distinct()
        .where('contents.digest', '>=', first)
        .where('contents.digest', '<=', last)
        .execute();
    const unknown = await db.selectFrom('packages').select('id').where('needs_known', '=', 0).execute();
    return new Set([...holding, ...unknown].map(({ id }) => id));
}

// EXTERNAL MODULE: ./build/action/artifact-store/packs/content-reader.js + 1 modules
var content_reader = __webpack_require__(88219);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/encoded-entries.js
var encoded_entries = __webpack_require__(70921);
// EXTERNAL MODULE: ./build/action/artifact-store/storage/backend.js
var backend = __webpack_require__(80404);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/chunks.js
var chunks = __webpack_require__(99094);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/format.js
var format = __webpack_require__(75328);
;// CONCATENATED MODULE: ./build/action/artifact-store/packs/code-stream.js





/** Codes a large content that comes in pieces, frame by frame on several threads. */
async function* codeStream(workers, pieces, signal) {
    const ahead = [];
    // The first chunk tells whether it is worth trying to compress the rest.
    let compressible;
    try {
        for await (const raw of (0,chunks/* inChunks */.m)(pieces, format/* OBJECT_FRAME_RAW_BYTES */.lQ)) {
            signal?.throwIfAborted();
            const coding = compressible === false
                ? Promise.resolve({ codec: 'raw', stored: raw, rawLength: raw.byteLength })
                : workers.run('compress', { raw }, signal);
            coding.catch(() => undefined);
            ahead.push(coding);
            compressible ??= (await coding).codec !== 'raw';
            if (ahead.length > workers.size)
                yield await ahead.shift();
        }
        while (ahead.length > 0)
            yield await ahead.shift();
    }
    finally {
        await Promise.allSettled(ahead);
    }
}
/** The same pieces. @throws ArchiveError `INTEGRITY` at the end when they are not the content. */
async function* hashed(pieces, { digest, length }, path) {
    const hash = hasher/* blake3 */.LG.createHash();
    let bytes = 0;
    for await (const piece of pieces) {
        hash.update(piece);
        bytes += piece.byteLength;
        if (bytes > length)
            break;
        yield piece;
    }
    if (bytes !== length || !(0,identity_digest/* sameBytes */.er)(hash.digest(), digest))
        throw notAsSaid(path, digest);
}
/** A content that is not what its entry says. */
function notAsSaid(path, digest) {
    const what = `${JSON.stringify(path)} (${(0,identity_digest/* formatContentAddress */.NU)(digest)})`;
    return new errors/* ArchiveError */.di('INTEGRITY', `The content of ${what} is not what its manifest says; get it from another copy.`, undefined, { path, expected: (0,identity_digest/* formatContentAddress */.NU)(digest) });
}

// EXTERNAL MODULE: ./build/action/artifact-store/packs/content-sink.js
var content_sink = __webpack_require__(98040);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/ordered-reader.js + 1 modules
var ordered_reader = __webpack_require__(9603);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/progress.js
var progress = __webpack_require__(42296);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/source-reads.js
var source_reads = __webpack_require__(37206);
;// CONCATENATED MODULE: ./build/action/artifact-store/packs/ingest.js














/**
 * Takes files in: reads and hashes them on worker threads and hands those contents that the store lacks to the sink,
 * in the order of their paths.
 */
class Ingest {
    #parts;
    #sink;
    /** What was taken so far. */
    entries = new encoded_entries/* EncodedEntries */.z();
    /** Contents that the store has, of those that were asked for one by one. */
    #found = new digest_set/* DigestSet */.D();
    #stored = new digest_set/* DigestSet */.D();
    #reused = new Map();
    #reuse = { reusedFiles: 0, reusedBytes: 0, unreadFiles: 0 };
    #storeIsEmpty;
    /** A small content that comes in pieces; one for all, since they come one after the other. */
    #small;
    constructor(parts) {
        this.#parts = parts;
        this.#sink = new content_sink/* ContentSink */.n(parts.storage, parts.workers, parts.signal);
    }
    /** @throws ArchiveError `PATH_INVALID`, before anything is read; `FILE_CHANGED` or `FILE_UNREADABLE`, naming the file. */
    async add(base, entries, { statCache, onProgress }) {
        const startedAt = this.#parts.now();
        const list = this.entries.admit(entries);
        const counter = new progress/* ProgressCounter */.C(onProgress, (0,progress/* totalOf */.e)(sizesOf(list)));
        const took = (file, { blake3, sha256 }) => {
            const { path, kind, executable, stamp } = file;
            this.entries.add({ path, kind, size: stamp.size, executable, blake3, sha256 }, file);
            counter.add(path, stamp.size);
        };
        const unread = [];
        const cached = [];
        for (const entry of list) {
            if (entry.kind !== 'file') {
                this.entries.add(entry);
                continue;
            }
            const digests = statCache?.lookup(entry.path, entry.stamp);
            if (digests)
                cached.push([entry, digests]);
            else
                unread.push(entry);
        }
        const areHeld = await this.#areHeld(cached);
        for (const [file, digests] of cached) {
            const { size } = file.stamp;
            if (size > 0 && !areHeld && !this.#found.has(digests.blake3)) {
                unread.push(file);
                continue;
            }
            took(file, digests);
            this.#countReused(size);
            this.#reuse.unreadFiles++;
        }
        for await (const [file, digests] of this.#read(base, unread, counter)) {
            took(file, digests);
            statCache?.add(file, digests, startedAt);
        }
        await statCache?.save();
    }
    /**
     * Takes in what another place has. Of contents that the store holds, nothing is read.
     *
     * @throws ArchiveError `PATH_INVALID`; `INTEGRITY` when a content is not what its entry says, and what `readFiles` throws.
     */
    async addRead(entries, readFiles, onProgress) {
        const list = this.entries.admit(entries);
        const files = list.filter(model/* isContentEntry */.q);
        for (const part of (0,content_index/* partsOf */.CI)(files, source_reads/* MAX_BATCH_FILES */.eN))
            await this.#findPresent(part.map(({ blake3 }) => blake3));
        const asked = new digest_set/* DigestSet */.D();
        const missing = [];
        for (const entry of files.filter(({ size }) => size > 0)) {
            if (!this.#found.has(entry.blake3) && asked.add(entry.blake3))
                missing.push(entry);
            else
                this.#countReused(entry.size);
        }
        for await (const { entry, pieces } of (0,ordered_reader/* counted */.h)(readFiles(missing), missing, onProgress)) {
            await this.#addPieces(entry, pieces);
        }
        for (const entry of list)
            this.entries.add(entry);
    }
    async #addPieces(entry, pieces) {
        const { path, size, blake3: digest } = entry;
        const content = { digest, length: size };
        if (size >= format/* OBJECT_MIN_BYTES */.L1) {
            const source = hashed(pieces, content, path);
            await this.#addLarge(path, content, codeStream(this.#parts.workers, source, this.#parts.signal));
        }
        else {
            await this.#addSmallPieces(entry, pieces);
        }
        this.#stored.add(digest);
    }
    async #addLarge(path, content, coded) {
        try {
            await this.#sink.addLarge(content, coded);
        }
        catch (error) {
            if (!(error instanceof backend/* ObjectTooLarge */.X))
                throw error;
            throw new errors/* ArchiveError */.di(error.code, `The file ${JSON.stringify(path)} cannot be stored. ${error.message}`, error);
        }
    }
    async #addSmallPieces({ path, size, blake3: digest }, pieces) {
        this.#small ??= Buffer.allocUnsafeSlow(format/* OBJECT_MIN_BYTES */.L1);
        let bytes = 0;
        for await (const piece of pieces) {
            if (bytes + piece.byteLength > size)
                throw notAsSaid(path, digest);
            this.#small.set(piece, bytes);
            bytes += piece.byteLength;
        }
        const small = this.#small.subarray(0, bytes);
        if (bytes !== size || !(0,identity_digest/* sameBytes */.er)(hasher/* blake3 */.LG.hash(small), digest))
            throw notAsSaid(path, digest);
        await this.#sink.addSmall(digest, small);
    }
    /** Stores contents that were found in the store and are to leave it; see {@link finish}. */
    async storeAnew(entries) {
        const { database, storage, workers, signal } = this.#parts;
        const reader = { db: database.db, storage, workers, signal };
        for await (const { entry, pieces } of (0,ordered_reader/* readInOrder */.g)(reader, entries))
            await this.#addPieces(entry, pieces);
    }
    get reuse() {
        return this.#reuse;
    }
    /** Stores what is still gathered; all packs so far. */
    async finish() {
        const packs = await this.#sink.finish();
        return { packs, reused: this.#reused, reuse: this.#reuse };
    }
    /** Takes everything back. */
    abort() {
        return this.#sink.abort();
    }
    /** Reads a few batches ahead of the one it takes in. */
    async *#read(base, files, counter) {
        const ahead = [];
        for (const batch of (0,source_reads/* batchesOf */.cS)(files)) {
            ahead.push((0,source_reads/* isLarge */.sV)(batch[0]) ? this.#readLarge(base, batch[0], counter) : this.#readSmall(base, batch));
            if (ahead.length > this.#parts.workers.size * source_reads/* PENDING_READS_PER_WORKER */.hu)
                yield* await ahead.shift()();
        }
        for (const take of ahead)
            yield* await take();
    }
    /** Starts to read the files; the returned function takes them in. */
    #readSmall(base, batch) {
        const reading = this.#parts.workers.run('readFiles', (0,source_reads/* filesToRead */.lG)(base, batch), this.#parts.signal);
        reading.catch(() => undefined);
        return async () => this.#takeSmall(base, batch, await reading);
    }
    async #takeSmall(base, batch, { faults, bytes, digests }) {
        const contents = [];
        const failed = new Map(faults);
        let offset = 0;
        for (const [i, file] of batch.entries()) {
            const content = bytes.subarray(offset, offset + file.stamp.size);
            offset += file.stamp.size;
            if (!failed.has(i))
                contents.push([file, (0,identity_digest/* digestsAt */.Dq)(digests, 2 * i * identity_digest/* DIGEST_BYTES */.x4), content]);
        }
        await this.#findPresent(contents.map(([, digests]) => digests.blake3));
        const added = contents.filter(([file, { blake3 }]) => this.#isNew(file, blake3) && this.#stored.add(blake3));
        await this.#sink.addBatch(bytes, added.map(([, { blake3 }, content]) => ({ digest: blake3, content })));
        const taken = contents.map(([file, digests]) => [file, digests]);
        for (const [i, fault] of faults)
            taken.push(await this.#retry(base, batch[i], fault));
        return taken;
    }
    /** As {@link #readSmall}, for one large file: it is hashed ahead, and read again only if it is to be stored. */
    #readLarge(base, file, counter) {
        const item = (0,source_reads/* toRead */.YP)(base, file);
        const hashing = this.#hash(item);
        hashing.catch(() => undefined);
        return async () => {
            const result = await this.#takeLarge(item, file, await hashing, counter);
            return [(0,source_reads/* isFault */.Zh)(result) ? await this.#retry(base, file, result) : [file, result]];
        };
    }
    async #takeLarge(item, file, hashed, counter) {
        if ((0,source_reads/* isFault */.Zh)(hashed))
            return hashed;
        const { blake3, sha256, chunks } = hashed;
        await this.#findPresent([blake3]);
        if (this.#isNew(file, blake3)) {
            try {
                const content = { digest: blake3, length: file.stamp.size };
                const coded = codeChunks(this.#parts, item, chunks);
                await this.#addLarge(file.path, content, counter ? countedChunks(coded, file, counter) : coded);
                this.#stored.add(blake3);
            }
            catch (error) {
                if (error instanceof ChunkFault)
                    return error.fault;
                throw error;
            }
        }
        return { blake3, sha256 };
    }
    #hash(item) {
        const { workers, signal } = this.#parts;
        return workers.run('hashFile', { item, chunkBytes: format/* OBJECT_FRAME_RAW_BYTES */.lQ }, signal);
    }
    #retry(base, file, fault) {
        return (0,source_reads/* retryRead */.Ng)(base, file, fault, (now) => this.#readAgain(base, now), this.#parts.signal);
    }
    async #readAgain(base, file) {
        if ((0,source_reads/* isLarge */.sV)(file)) {
            const item = (0,source_reads/* toRead */.YP)(base, file);
            return this.#takeLarge(item, file, await this.#hash(item));
        }
        const { workers, signal } = this.#parts;
        const { faults, bytes, digests } = await workers.run('readFiles', (0,source_reads/* filesToRead */.lG)(base, [file]), signal);
        const [failed] = faults;
        if (failed)
            return failed[1];
        const read = (0,identity_digest/* digestsAt */.Dq)(digests, 0);
        await this.#findPresent([read.blake3]);
        if (this.#isNew(file, read.blake3) && this.#stored.add(read.blake3))
            await this.#sink.addSmall(read.blake3, bytes);
        return read;
    }
    /** Whether the store holds the contents of all these files for new packages to use; learns which of them if not. */
    async #areHeld(files) {
        const nonEmpty = files.filter(([{ stamp }]) => stamp.size > 0);
        const distinct = new digest_set/* DigestSet */.D();
        let bytes = 0;
        for (const [{ stamp }, { blake3 }] of nonEmpty)
            if (distinct.add(blake3))
                bytes += stamp.size;
        const needs = await (0,content_index/* needsOf */.hN)(this.#parts.database.db, { packed: distinct.packed, bytes });
        if (needs === undefined) {
            await this.#findPresent(nonEmpty.map(([, { blake3 }]) => blake3));
            return false;
        }
        for (const [packId, needed] of needs)
            (0,content_index/* addNeed */.a8)(this.#reused, packId, needed);
        return true;
    }
    /** Learns which of the digests the store holds for new packages to use. */
    async #findPresent(digests) {
        this.#storeIsEmpty ??= !(await (0,content_index/* hasContents */.tY)(this.#parts.database.db));
        if (this.#storeIsEmpty)
            return;
        const unknown = digests.filter((digest) => !this.#found.has(digest) && !this.#stored.has(digest));
        for (const found of (await (0,content_index/* locateContents */.c1)(this.#parts.database.db, unknown)).values()) {
            if (found.usable && this.#found.add(found.digest))
                (0,content_index/* addNeed */.a8)(this.#reused, found.packId, found.length);
        }
    }
    /** Whether the content is to be stored. Nothing need be stored of an empty one. */
    #isNew(file, blake3) {
        if (file.stamp.size === 0)
            return false;
        const isNew = !this.#found.has(blake3) && !this.#stored.has(blake3);
        if (!isNew)
            this.#countReused(file.stamp.size);
        return isNew;
    }
    #countReused(length) {
        this.#reuse.reusedFiles++;
        this.#reuse.reusedBytes += length;
    }
}
function* sizesOf(entries) {
    for (const entry of entries)
        if (entry.kind === 'file')
            yield entry.stamp.size;
}
async function* countedChunks(chunks, { path, stamp }, counter) {
    let bytes = 0;
    for await (const chunk of chunks) {
        bytes += chunk.rawLength;
        yield chunk;
        counter.within(path, bytes, stamp.size);
    }
}
/** Carries a fault out of the stream that the storage backend reads. */
class ChunkFault extends Error {
    fault;
    constructor(fault) {
        super('The file changed between two reads of it.');
        this.fault = fault;
    }
}
/** Reads a large file for the second time, coded chunk by chunk on several threads. */
async function* codeChunks({ workers, signal }, item, digests) {
    const { size } = item.stamp;
    const code = (offset, compressible) => {
        const index = offset / format/* OBJECT_FRAME_RAW_BYTES */.lQ;
        const chunk = {
            item,
            offset,
            length: Math.min(format/* OBJECT_FRAME_RAW_BYTES */.lQ, size - offset),
            digest: digests.slice(index * identity_digest/* DIGEST_BYTES */.x4, (index + 1) * identity_digest/* DIGEST_BYTES */.x4),
            compressible,
        };
        const coding = workers.run('readChunk', chunk, signal);
        coding.catch(() => undefined);
        return coding;
    };
    // The first chunk tells whether it is worth trying to compress the rest.
    const first = await code(0, true);
    if ((0,source_reads/* isFault */.Zh)(first))
        throw new ChunkFault(first);
    yield first;
    const ahead = [];
    try {
        for (let next = format/* OBJECT_FRAME_RAW_BYTES */.lQ; next < size || ahead.length > 0;) {
            while (next < size && ahead.length <= workers.size) {
                ahead.push(code(next, first.codec !== 'raw'));
                next += format/* OBJECT_FRAME_RAW_BYTES */.lQ;
            }
            const chunk = await ahead.shift();
            if ((0,source_reads/* isFault */.Zh)(chunk))
                throw new ChunkFault(chunk);
            yield chunk;
        }
    }
    finally {
        await Promise.allSettled(ahead);
    }
}

// EXTERNAL MODULE: ./build/action/artifact-store/packs/stat-cache.js
var stat_cache = __webpack_require__(5350);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/worker-pool.js
var worker_pool = __webpack_require__(60356);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/as-buffer.js
var as_buffer = __webpack_require__(50835);
;// CONCATENATED MODULE: ./build/action/artifact-store/read-package.js








/** Entries whose contents are looked up and read together: bounds memory. A content of later ones is read once more. */
const ENTRIES_AT_ONCE = 20_000;
/**
 * Writes files below a folder that holds their parent folders and none of them, checking each against its digests.
 *
 * @throws ArchiveError `INTEGRITY` at the first that is damaged.
 */
async function writeFiles(parts, entries, directory, onProgress) {
    const counter = new progress/* ProgressCounter */.C(onProgress, (0,progress/* totalOf */.e)(entries.map(({ size }) => size)));
    for (const part of (0,content_index/* partsOf */.CI)(entries, ENTRIES_AT_ONCE)) {
        const wanted = wantedContents(part, ({ path, executable }) => [{ file: (0,external_node_path_.join)(directory, path), executable }]);
        await (0,content_reader/* readContents */.r0)(parts, wanted, {
            ...reportTo(counter),
            damaged: (_, error) => {
                throw error;
            },
        });
    }
}
/** Reads every content of the entries from storage and compares both digests. */
async function checkFiles(parts, entries, checked, counter) {
    for (const part of (0,content_index/* partsOf */.CI)(entries, ENTRIES_AT_ONCE))
        await checkPart(parts, part, checked, counter);
    return entries.flatMap((entry) => {
        const error = checked.get(contentKey(entry))?.error;
        return error ? [{ path: entry.path, error }] : [];
    });
}
async function checkPart(parts, entries, checked, counter) {
    const unchecked = wantedContents(entries.filter((entry) => !checked.has(contentKey(entry))), () => []);
    const located = await (0,content_index/* locateContents */.c1)(parts.db, unchecked.map(({ entries: [{ blake3 }] }) => blake3));
    const found = ({ entries: [entry] }, error) => {
        checked.set(contentKey(entry), { packId: located.get((0,identity_digest/* toHex */.nj)(entry.blake3))?.packId, ...(error && { error }) });
    };
    for (const entry of entries)
        if (checked.has(contentKey(entry)))
            counter.add(entry.path, entry.size);
    const report = reportTo(counter);
    await (0,content_reader/* readContents */.r0)(parts, unchecked, {
        ...report,
        sound: (content) => {
            found(content);
            report.sound(content);
        },
        damaged: found,
    });
}
/**
 * What the log is to be told of contents that were checked: those that are damaged and not marked yet, and those that are
 * marked and sound. One that is found in another pack by now is left to the next check.
 */
async function findingsOf(tx, entries, checked) {
    const events = new Map();
    for (const part of (0,content_index/* partsOf */.CI)(entries, ENTRIES_AT_ONCE)) {
        const located = await (0,content_index/* locateContents */.c1)(tx, part.map(({ blake3 }) => blake3));
        const findings = new Map(part.map((entry) => [(0,identity_digest/* toHex */.nj)(entry.blake3), checked.get(contentKey(entry))]));
        for (const [key, { digest, packId, damaged }] of located) {
            const found = findings.get(key);
            if (found?.packId !== packId || (found.error !== undefined) === damaged)
                continue;
            const { key: storageKey } = await (0,content_index/* findPack */.LU)(tx, packId);
            events.set(key, (0,content_index/* contentEvent */.yl)(damaged ? 'v1.content.healed' : 'v1.content.damaged', digest, storageKey));
        }
    }
    return [...events.values()];
}
/**
 * Chooses a share of all contents at random, the same ones in every package, and at least one of each package.
 *
 * @throws ArchiveError `USAGE` for a share that is none.
 */
function chooseContents(share) {
    if (!(share > 0 && share <= 1))
        throw new errors/* ArchiveError */.di('USAGE', 'A sample is more than 0 % and at most 100 %.');
    const seed = (0,external_node_crypto_.randomInt)(2 ** 32);
    // A digest's bits are as good as random; the seed makes it others every time.
    const placeOf = ({ blake3 }) => ((Buffer.from(blake3).readUInt32LE() ^ seed) >>> 0) / 2 ** 32;
    return (entries) => {
        const chosen = entries.filter((entry) => placeOf(entry) < share);
        if (chosen.some(({ size }) => size > 0))
            return chosen;
        // Nothing is stored of an empty file.
        const first = entries
            .filter(({ size }) => size > 0)
            .reduce((a, b) => (a && placeOf(a) <= placeOf(b) ? a : b), undefined);
        return first === undefined ? chosen : [...chosen, first];
    };
}
/** Entries with one content become one thing to read. */
function wantedContents(entries, writeTo) {
    const byKey = new Map();
    for (const entry of entries) {
        const key = contentKey(entry);
        const same = byKey.get(key);
        if (same === undefined)
            byKey.set(key, { entries: [entry], writeTo: [...writeTo(entry)] });
        else {
            same.entries.push(entry);
            for (const file of writeTo(entry))
                same.writeTo.push(file);
        }
    }
    return [...byKey.values()];
}
/** All that a manifest says of a content: a forged one may give a digest another size or SHA-256 than it has elsewhere. */
function contentKey({ blake3, sha256, size }) {
    // A character a byte: of a million contents hexadecimal digits would take 60 MB more.
    return `${(0,as_buffer/* asBuffer */.b)(blake3).toString('latin1')}${(0,as_buffer/* asBuffer */.b)(sha256).toString('latin1')}${size}`;
}
/** Counts what is read: every file that has the content. */
function reportTo(counter) {
    return {
        sound: ({ entries }) => {
            for (const { path, size } of entries)
                counter.add(path, size);
        },
        within: ({ entries: [{ path, size }] }, bytes) => counter.within(path, bytes, size),
    };
}

// EXTERNAL MODULE: ./build/action/artifact-store/retention/classes.js
var classes = __webpack_require__(90927);
// EXTERNAL MODULE: ./build/action/artifact-store/retention/state.js
var state = __webpack_require__(9442);
;// CONCATENATED MODULE: ./build/action/artifact-store/stats.js
async function storeStats(db) {
    const groups = await db
        .selectFrom('packages')
        .select(['subject', 'retention_class'])
        .select(({ fn }) => [fn.countAll().as('packages'), fn.sum('total_bytes').as('bytes')])
        .groupBy(['subject', 'retention_class'])
        .orderBy('subject')
        .orderBy('retention_class')
        .execute();
    const contents = await db
        .selectFrom('contents')
        .select(({ fn }) => fn.sum('length').as('bytes'))
        .executeTakeFirstOrThrow();
    const packs = await db
        .selectFrom('packs')
        .select(({ fn }) => fn.sum('stored_bytes').as('bytes'))
        .executeTakeFirstOrThrow();
    // A sum of 64-bit integers comes back as text from PostgreSQL.
    const bySubjectAndClass = groups.map(({ subject, retention_class, packages, bytes }) => ({
        subject,
        retentionClass: retention_class,
        packages: Number(packages),
        logicalBytes: Number(bytes),
    }));
    return {
        packages: bySubjectAndClass.reduce((sum, group) => sum + group.packages, 0),
        logicalBytes: bySubjectAndClass.reduce((sum, group) => sum + group.logicalBytes, 0),
        contentBytes: Number(contents.bytes),
        storedBytes: Number(packs.bytes),
        bySubjectAndClass,
    };
}

;// CONCATENATED MODULE: ./build/action/artifact-store/verify-packages.js








/**
 * Reads every byte of the packages, or of a sample, from storage and compares all digests. Contents they share are read
 * once. A package that is disposed of meanwhile is passed over.
 *
 * @throws ArchiveError `USAGE` for a sample that is none.
 */
async function* verifyPackages(parts, packageIds, onProgress, { record: isRecorded = false, sample = 1 }) {
    parts.storage.readAnew?.();
    const checked = new Map();
    // Each comes from storage at least once, and what was read with it is compared with its digest every time.
    const manifests = (0,stored/* remembering */.Mw)(parts.storage);
    const choose = chooseContents(sample);
    const startedAt = parts.now();
    let unrecorded;
    const ids = [...packageIds];
    // A sample is chosen package by package.
    const counter = new progress/* ProgressCounter */.C(onProgress, onProgress && sample === 1 ? await totalBytesOf(parts, ids) : {});
    for (const id of ids) {
        const verifying = (0,abort/* failingWithReason */.ZF)(parts.signal, () => verify(parts, manifests, id, choose, checked, counter));
        const found = await verifying.catch(async (error) => {
            parts.signal?.throwIfAborted();
            if (!(await wasDisposedSince(parts, id, startedAt)))
                throw error;
        });
        if (found === undefined)
            continue;
        const { contents, ...verified } = found;
        const read = { files: contents.length, bytes: contents.reduce((sum, { size }) => sum + size, 0) };
        if (isRecorded) {
            const payload = { ...read, damaged: verified.damage.length };
            unrecorded ??= await recordVerified(parts, id, payload, contents, checked);
        }
        yield { ...verified, ...(sample < 1 && { read }), ...(unrecorded && { unrecorded }) };
    }
}
/** Links and empty folders count among a package's files, so that its files are known from its manifest alone. */
async function totalBytesOf({ db }, ids) {
    let totalBytes = 0;
    for (const id of ids) {
        const row = await db.selectFrom('packages').select('total_bytes').where('id', '=', id).executeTakeFirst();
        totalBytes += row?.total_bytes ?? 0;
    }
    return { totalBytes };
}
async function verify(parts, manifests, id, choose, checked, counter) {
    const { fileCount: files, totalBytes: bytes } = await findPackage(parts.db, id);
    let contents = [];
    try {
        contents = choose((await findManifest(parts.db, manifests, id)).manifest.files.filter(model/* isContentEntry */.q));
        return { id, files, bytes, damage: await checkFiles(parts, contents, checked, counter), contents };
    }
    catch (error) {
        if (!(0,errors/* isArchiveError */.J)(error, 'INTEGRITY'))
            throw error;
        return { id, files, bytes, damage: [{ path: undefined, error }], contents };
    }
}
async function wasDisposedSince({ db }, id, time) {
    const tombstone = await findTombstone(db, id);
    return tombstone !== undefined && tombstone.disposedAt >= time.toISOString();
}
/** @returns why it could not be recorded: a store that is read-only can be verified too. */
async function recordVerified(parts, id, payload, contents, checked) {
    try {
        await (0,record/* record */.g)(parts, async (tx) => [
            { type: 'v1.storage.verified', subjectKind: 'package', subjectId: id, payload },
            ...(await findingsOf(tx, contents, checked)),
        ]);
        return undefined;
    }
    catch (error) {
        if (error instanceof errors/* ArchiveError */.di)
            return error;
        throw error;
    }
}

;// CONCATENATED MODULE: ./build/action/artifact-store/registry.js































/**
 * The artifact store: packages of files, made once, kept under retention, read back byte for byte. Wherever its
 * database and its bytes are, it behaves the same.
 *
 * Every method throws `ArchiveError`: `NOT_FOUND` for a package that is not there, `STORE_UNAVAILABLE` when database or
 * storage fail, `INTEGRITY` when stored bytes are not what was stored.
 */
class Registry {
    /** Files and folders of this machine that are the store itself, not to be archived or restored into. */
    localPaths;
    #options;
    #now;
    #workers = new worker_pool/* WorkerPool */.T();
    #open = new Map();
    #finalizing = new Set();
    constructor(options) {
        this.#options = options;
        this.#now = options.now ?? (() => new Date());
        this.localPaths = options.localPaths ?? [];
    }
    /**
     * Begins a package. Nothing of it is stored where others could see it until it is finalized. The signal stops whatever is
     * done for it until then.
     *
     * @returns its id.
     * @throws ArchiveError `USAGE` for an unknown retention class, an empty name, or a value that holds a secret.
     */
    async createPackage(asked, { signal } = {}) {
        signal?.throwIfAborted();
        const found = (0,new_package/* checkNewPackage */.Hb)(asked, this.#options);
        const { producer, subject, metadata = {}, provenance = {}, origin } = asked;
        const id = (0,v7/* default */.A)();
        const createdAt = this.#now();
        this.#open.set(id, {
            package: { id, producer, subject, created_at: createdAt.toISOString(), metadata },
            retention_summary: { retention_class: found.name, expires_at: (0,classes/* expiryOf */.p1)(found, createdAt) },
            provenance,
            origin,
            signal,
            ingest: this.#newIngest(signal),
        });
        return id;
    }
    /**
     * Adds entries that lie below a folder.
     *
     * @throws ArchiveError `PATH_INVALID`, before anything is read, for names a package cannot hold; `FILE_CHANGED` or
     * `FILE_UNREADABLE` naming the file. The package is then to be abandoned.
     */
    async ingestFiles(packageId, base, entries, options = {}) {
        const { ingest, signal } = this.#openPackage(packageId);
        const directory = options.statCache === false ? undefined : this.#options.statCacheDirectory;
        await (0,abort/* failingWithReason */.ZF)(signal, async () => {
            const statCache = directory === undefined ? undefined : await stat_cache/* StatCache */.X.open(directory, base);
            await ingest.add(base, entries, { statCache, onProgress: options.onProgress });
        });
    }
    /** Adds one entry; see {@link ingestFiles}. */
    ingestFile(packageId, base, entry) {
        return this.ingestFiles(packageId, base, [entry], { statCache: false });
    }
    /**
     * Adds entries with contents that a bag or another store has; what the store holds already is not read.
     *
     * @throws ArchiveError `PATH_INVALID` for names a package cannot hold, and what `readFiles` throws. The package is then to
     * be abandoned.
     */
    async ingestRead(packageId, entries, readFiles, onProgress) {
        const { ingest, signal } = this.#openPackage(packageId);
        await (0,abort/* failingWithReason */.ZF)(signal, () => ingest.addRead(entries, readFiles, onProgress));
    }
    /**
     * Takes over a package as it is, its id and its manifest, from a bag or another store. Contents that are here already are not
     * read there. An expiry that was extended there is extended here. Holds stay where they are.
     *
     * @throws ArchiveError `STATE_CONFLICT` when it was disposed of here, or another package has its id; `INTEGRITY` when it
     * is not what its digests say; `USAGE` when it holds the value of a configured secret. The reason of the signal when it is
     * aborted before the package is visible; it is then taken back.
     */
    async importPackage(reader, packageId, origin, onProgress, signal) {
        signal?.throwIfAborted();
        const { open, summary } = await (0,imported_package/* importedPackage */.L)(reader, packageId, origin, this.#options.secrets);
        const { id } = open.package;
        if (await isBrought(this.#db, id, (0,identity_digest/* parseContentAddress */.hv)(summary.manifestDigest)))
            return this.#keepLonger(summary);
        if (this.#open.has(id))
            throw new errors/* ArchiveError */.di('STATE_CONFLICT', `Package "${id}" is being imported; wait for it.`);
        this.#open.set(id, { ...open, signal, ingest: this.#newIngest(signal) });
        try {
            const { files } = await reader.getManifest(id);
            await this.ingestRead(id, files, (entries) => reader.readFiles(entries, signal), onProgress);
            return await this.finalizePackage(id);
        }
        catch (error) {
            if (this.isOpen(id))
                await this.abandonPackage(id);
            throw error;
        }
    }
    /** What the package would be if it were finalized now. */
    previewPackage(packageId) {
        const { entries, reuse } = this.#openPackage(packageId).ingest;
        return { contentDigest: (0,identity_digest/* formatContentAddress */.NU)(entries.contentDigest()), ...reuse };
    }
    /** Makes the package durable, then visible. When it throws, the package is open still. */
    async finalizePackage(packageId) {
        const open = this.#openPackage(packageId);
        // What it consists of may be visible from now on, so nothing may take it back meanwhile.
        this.#open.delete(packageId);
        // Not before it is known to `close`.
        const finalizing = Promise.resolve().then(() => this.#finalize(open));
        this.#finalizing.add(finalizing);
        try {
            return await finalizing;
        }
        finally {
            this.#finalizing.delete(finalizing);
        }
    }
    /** Whether the package can still be added to. */
    isOpen(packageId) {
        return this.#open.has(packageId);
    }
    /** Takes back a package that is not finalized: the store is as it was before. */
    async abandonPackage(packageId) {
        const open = this.#openPackage(packageId);
        this.#open.delete(packageId);
        await abandon(open);
    }
    /**
     * A finalized package by its id, by at least 4 characters of the id's beginning or 8 of its end, by its manifest or content
     * digest, or by 8 digits of one.
     *
     * @throws ArchiveError `USAGE` for a name that is none, or that several packages have.
     */
    getPackage(name) {
        return findPackage(this.#db, name);
    }
    /** The disposal certificate of a package, by a name as of {@link getPackage}; undefined when it was not disposed of. */
    getTombstone(name) {
        return findTombstone(this.#db, name);
    }
    /** A label of a subject; its package may have been disposed of. */
    getLabel(subject, label) {
        return (0,labels/* findLabel */.E7)(this.#db, subject, label);
    }
    /** All disposal certificates, oldest first. */
    async listTombstones() {
        const query = this.#db.selectFrom('tombstones').selectAll().orderBy('disposed_at').orderBy('id');
        return (await query.execute()).map(toTombstone);
    }
    /** Finalized packages in the order of the log: oldest first. */
    async listPackages(filter = {}) {
        const query = this.#db.selectFrom('packages').selectAll().orderBy('position');
        const rows = await (filter.subject === undefined ? query : query.where('subject', '=', filter.subject)).execute();
        return rows.map(toSummary);
    }
    /** The newest package of a subject in the log, or the one that came so many before it. */
    async latestPackage(subject, before = 0) {
        const row = await this.#db
            .selectFrom('packages')
            .selectAll()
            .where('subject', '=', subject)
            .orderBy('position', 'desc')
            .limit(1)
            .offset(before)
            .executeTakeFirst();
        return row && toSummary(row);
    }
    /** The newest package of a subject in the log that was made by a time. */
    async latestPackageBy(subject, time) {
        const row = await this.#db
            .selectFrom('packages')
            .selectAll()
            .where('subject', '=', subject)
            .where('created_at', '<=', time.toISOString())
            .orderBy('position', 'desc')
            .limit(1)
            .executeTakeFirst();
        return row && toSummary(row);
    }
    /** A package's manifest as stored: canonical CBOR, or its JSON view (RFC 8785). */
    async getManifestBytes(packageId, format) {
        const { cbor, manifest } = await this.#readManifest(packageId);
        return format === 'cbor' ? cbor : Buffer.from((0,json/* encodeManifestJson */.CC)(manifest));
    }
    /** A package's manifest, decoded and compared with its digest. */
    async getManifest(packageId) {
        return (await this.#readManifest(packageId)).manifest;
    }
    /**
     * A `getManifest` for who reads those of many packages: what several of them build on is fetched once,
     * and remembered for as long as the reader is kept.
     *
     * @experimental
     */
    manifestReader() {
        const manifests = (0,stored/* remembering */.Mw)(this.#options.storage);
        return async (packageId) => (await findManifest(this.#db, manifests, packageId)).manifest;
    }
    /**
     * The entries of packages in the order of their paths, decoded one at a time; what several of them build on is fetched
     * once, and remembered for as long as the reader is kept.
     *
     * @experimental
     */
    entriesReader() {
        const manifests = (0,stored/* remembering */.Mw)(this.#options.storage);
        return (packageId) => readEntries(this.#db, manifests, packageId);
    }
    /**
     * The ids of packages that may have a file whose BLAKE3 begins with these digits, by the packs that they need; undefined
     * when any may.
     *
     * @experimental
     */
    packagesWithContent(digits) {
        return packagesWithContent(this.#db, digits);
    }
    /**
     * One file of a package, in pieces. Its last piece arrives only when the whole was found sound.
     *
     * @throws ArchiveError `NOT_FOUND` for a path that is no file of the package; `INTEGRITY`.
     */
    async *getFile(packageId, path, signal) {
        const entry = requireFile(await readEntries(this.#db, this.#options.storage, packageId), path);
        yield* (0,content_reader/* readContent */.c_)(this.#readerParts(signal), entry);
    }
    /**
     * Writes files of a package below a folder that has their parent folders and none of them.
     *
     * @throws ArchiveError `INTEGRITY` at the first that is not what was stored.
     */
    async extractFiles(entries, directory, onProgress, signal) {
        await (0,abort/* failingWithReason */.ZF)(signal, () => writeFiles(this.#readerParts(signal), entries, directory, onProgress));
    }
    /** The contents of files of packages one after the other, in the order given; see {@link FileContent}. */
    readFiles(entries, signal) {
        return (0,ordered_reader/* readInOrder */.g)(this.#readerParts(signal), entries);
    }
    /** The contents of entries of a package, in their order and all in memory: for few or small files. */
    async loadFiles(entries, signal) {
        const loaded = [];
        for await (const { pieces } of this.readFiles(entries, signal)) {
            const parts = [];
            for await (const piece of pieces)
                parts.push(Buffer.from(piece));
            loaded.push(Buffer.concat(parts));
        }
        return loaded;
    }
    /**
     * Writes a package as a bag, which holds all of it and needs no store to be read; `docs/format.md` has its layout. What
     * lies in the store is read and checked piece by piece as it is written.
     *
     * @throws ArchiveError `TARGET_REFUSED` when the place is taken or cannot be written.
     */
    async exportPackage(packageId, to, onProgress, signal) {
        await (0,abort/* failingWithReason */.ZF)(signal, async () => {
            const manifest = await this.getManifestBytes(packageId, 'cbor');
            const { writeBag } = await __webpack_require__.e(/* import() */ 370).then(__webpack_require__.bind(__webpack_require__, 4370));
            await writeBag(to, manifest, (entries) => (0,ordered_reader/* counted */.h)(this.readFiles(entries, signal), entries, onProgress), signal);
        });
    }
    /**
     * Reads every byte of the packages, or of a sample, from storage and compares all digests. Contents they share are read
     * once. A package that is disposed of meanwhile is passed over.
     *
     * @throws ArchiveError `USAGE` for a sample that is none.
     */
    verifyPackages(packageIds, onProgress, options = {}) {
        return verifyPackages({ ...this.#logParts, ...this.#readerParts(options.signal) }, packageIds, onProgress, options);
    }
    /**
     * What the store holds, and what that costs.
     *
     * @experimental
     */
    stats() {
        return storeStats(this.#db);
    }
    /** Requests sent to storage so far; undefined where they cost nothing. */
    get requests() {
        return this.#options.storage.requests;
    }
    /** What lies in a host that has limits on it, with warnings when it comes near them; undefined without such limits. */
    async hostedSize() {
        return this.#options.storage.hosted?.();
    }
    /** By how many milliseconds the storage's clock was ahead of this machine's, where that was seen. */
    get clockSkewMs() {
        return this.#options.storage.clockSkewMs;
    }
    /** The classes that a package can be made in: those the store begins with, and those of the retention file. */
    listRetentionClasses() {
        return this.#options.retentionClasses;
    }
    /** Until when a package is kept, and what keeps it, as of now. */
    getRetentionState(packageId) {
        return (0,state/* retentionState */.Wj)(this.#db, packageId, this.#now());
    }
    /**
     * Moves the expiry later, null for never.
     *
     * @throws ArchiveError `STATE_CONFLICT` when it would come sooner; `USAGE` without a reason.
     */
    async extendRetention(packageId, expiresAt, reason) {
        this.#checkReason(reason);
        await this.#record(async (tx) => (0,state/* extension */.ck)(await (0,state/* retentionState */.Wj)(tx, packageId, this.#now()), expiresAt, reason));
    }
    /**
     * Keeps the package, whatever its expiry, until the hold is released or lapses.
     *
     * @returns the hold's id.
     * @throws ArchiveError `USAGE` without a reason, or when it would end in the past.
     */
    async applyHold(packageId, reason, until = null) {
        this.#checkReason(reason);
        const id = (0,v7/* default */.A)();
        await this.#record(async (tx) => {
            await (0,state/* retentionState */.Wj)(tx, packageId, this.#now());
            return (0,state/* holdApplied */.h4)({ id, packageId, reason, until }, this.#now());
        });
        return id;
    }
    /** @throws ArchiveError `STATE_CONFLICT` when it was released before. */
    async releaseHold(holdId, reason) {
        this.#checkReason(reason);
        await this.#record(async (tx) => (0,state/* holdReleased */.BL)(await (0,state/* findHold */.Bv)(tx, holdId), reason));
    }
    /** Every hold there is or was, or those of one package, in the order of their making. */
    listHolds(packageId) {
        return (0,state/* listHolds */.Zo)(this.#db, packageId);
    }
    /**
     * Gives a package a name, which no other package of its subject has. Nothing happens when it has it.
     *
     * @throws ArchiveError `USAGE` for text that no label can be; `STATE_CONFLICT` when another package has it.
     */
    async addLabel(packageId, label) {
        (0,new_package/* checkText */.qW)(label, 'the label', this.#options.secrets);
        await (0,record/* record */.g)(this.#logParts, async (tx) => {
            const found = await findPackage(tx, packageId);
            return (0,labels/* labelAdded */.ZU)(found, label, await (0,labels/* findLabel */.E7)(tx, found.subject, label));
        });
    }
    /**
     * Gives a name to another package of the same subject.
     *
     * @throws ArchiveError `USAGE` without a reason; `NOT_FOUND` for a label that is not there.
     */
    async moveLabel(packageId, label, reason) {
        this.#checkReason(reason);
        await (0,record/* record */.g)(this.#logParts, async (tx) => {
            const found = await findPackage(tx, packageId);
            return (0,labels/* labelMoved */.yq)(found, label, await (0,labels/* findLabel */.E7)(tx, found.subject, label), reason);
        });
    }
    /** @throws ArchiveError `NOT_FOUND` for a label that is not there. */
    async removeLabel(subject, label, reason) {
        if (reason !== undefined)
            this.#checkReason(reason);
        await (0,record/* record */.g)(this.#logParts, async (tx) => (0,labels/* labelRemoved */.$_)(subject, label, await (0,labels/* findLabel */.E7)(tx, subject, label), reason));
    }
    /** The labels of a subject or of all, with those of packages that were disposed of. */
    listLabels(subject) {
        return (0,labels/* listLabels */.ME)(this.#db, subject);
    }
    /** Writes another note for a package; its manifest keeps the first one. */
    async amendNote(packageId, note) {
        (0,new_package/* checkNote */.dZ)(note, this.#options.secrets);
        await (0,record/* record */.g)(this.#logParts, async (tx) => {
            const { id } = await findPackage(tx, packageId);
            return (0,labels/* noteAmended */.$P)(id, note, (await (0,labels/* listNotes */.mn)(tx, id))[0]);
        });
    }
    /** The notes as they are now, of the packages that have one. */
    listNotes(packageId) {
        return (0,labels/* listNotes */.mn)(this.#db, packageId);
    }
    /**
     * Records of every package that has become eligible for disposal that it has.
     *
     * @returns those packages.
     */
    async sweepRetention() {
        let found = [];
        await (0,record/* record */.g)(this.#logParts, async (tx) => {
            found = (await (0,state/* eligiblePackages */.bh)(tx, this.#now())).filter(({ expired_at }) => expired_at === null);
            return found.map(state/* expired */._7);
        });
        return found.map(toSummary);
    }
    /**
     * What `collectGarbage` would dispose of now, and what it would spare.
     *
     * @throws ArchiveError `USAGE` for a number of packages that is none.
     */
    async listDisposable(rules = {}) {
        const { leaving, spared } = await (0,state/* disposablePackages */.Wt)(this.#db, this.#now(), rules);
        return { leaving: leaving.map(toSummary), spared: spared.map(toSummary) };
    }
    /**
     * Disposes of a package before its expiry; what is left of it is its certificate, with the reason. Its bytes are removed by
     * `collectGarbage` once the grace period is over, unless another package needs them.
     *
     * @throws ArchiveError `STATE_CONFLICT` when a hold keeps it; `USAGE` without a reason.
     */
    async purgePackage(packageId, reason) {
        this.#checkReason(reason);
        const { id } = await this.getPackage(packageId);
        const { purge } = await __webpack_require__.e(/* import() */ 153).then(__webpack_require__.bind(__webpack_require__, 21153));
        await purge(this.#logParts, id, reason);
        return (await this.getTombstone(id));
    }
    /** Disposes of eligible packages and reclaims what nothing needs; see {@link GarbageOptions}. */
    async collectGarbage(options) {
        const { collectGarbage } = await __webpack_require__.e(/* import() */ 434).then(__webpack_require__.bind(__webpack_require__, 58434));
        return collectGarbage({ ...this.#logParts, workers: this.#workers }, options);
    }
    /** Reads on what others have changed since the store was opened; a change of its own does so too. */
    refresh() {
        return (0,follow/* follow */.e)(this.#logParts);
    }
    /** The newest event: whoever knows it can tell later whether the log before it was changed. */
    async eventHead() {
        const { sequence, digest } = await (0,commit_head/* readHead */.zy)(this.#db);
        return { sequence, digest: (0,identity_digest/* formatContentAddress */.NU)(digest) };
    }
    /** The newest segment of the log: whoever knows it can tell later whether the log was cut, or is another one. */
    async logHead() {
        const { segment, segmentDigest } = await (0,commit_head/* readHead */.zy)(this.#db);
        return { store: this.#options.store.storeId, segment, digest: (0,identity_digest/* formatContentAddress */.NU)(segmentDigest) };
    }
    /**
     * Compares the log with what was written down of it; a place in the log of another store is passed over. Reads one object
     * at most, and none for the newest segment.
     *
     * @throws ArchiveError `INTEGRITY` naming both, when the log is shorter or another one.
     */
    async requireLog(pin) {
        const { storage, store } = this.#options;
        if (pin.store !== store.storeId)
            return;
        const { segment, segmentDigest } = await (0,commit_head/* readHead */.zy)(this.#db);
        if (pin.segment === segment && pin.digest === (0,identity_digest/* formatContentAddress */.NU)(segmentDigest))
            return;
        // Another process may have committed since the log was read.
        const newest = pin.segment > segment ? await (0,segments/* newestSegment */.Mb)(storage, segment) : segment;
        await requirePin(storage, newest, pin);
    }
    /** The events after a sequence number, oldest first. */
    tailEvents(after = 0) {
        return (0,commit_events/* readEvents */.w)(this.#db, after);
    }
    /**
     * Checks the log from end to end, as storage has it, and that the registry follows it.
     *
     * @returns the number of events.
     * @throws ArchiveError `INTEGRITY` naming the first segment or sequence that is not what it should be.
     */
    verifyEvents() {
        return verifyLog(this.#options.database, this.#options.storage, this.#options.store);
    }
    /** Closes it at the end of the block that has it: `await using registry = await openRegistry(…)`. */
    async [Symbol.asyncDispose]() {
        await this.close();
    }
    /** Releases threads and connections; packages that are still open are taken back. */
    async close() {
        await Promise.allSettled(this.#finalizing);
        try {
            for (const id of [...this.#open.keys()])
                await this.abandonPackage(id);
        }
        finally {
            await this.#workers.close();
            this.#options.storage.close?.();
            await this.#db.destroy();
        }
    }
    get #db() {
        return this.#options.database.db;
    }
    get #logParts() {
        const { database, storage, store, actor, storageNow } = this.#options;
        return { database, storage, store, actor, now: this.#now, storageNow };
    }
    #readerParts(signal) {
        return { db: this.#db, storage: this.#options.storage, workers: this.#workers, signal };
    }
    #newIngest(signal) {
        const { database, storage } = this.#options;
        return new Ingest({ database, storage, workers: this.#workers, now: this.#now, signal });
    }
    /** Of a package that is here already: until when it is kept there. */
    async #keepLonger({ id, expiresAt }) {
        const isLonger = (here) => here !== null && (expiresAt === null || expiresAt > here);
        if (isLonger((await this.getPackage(id)).expiresAt)) {
            await (0,record/* record */.g)(this.#logParts, async (tx) => isLonger((await (0,state/* retentionState */.Wj)(tx, id, this.#now())).expiresAt) ? [extendedElsewhere(id, expiresAt)] : []);
        }
        const reuse = { reusedFiles: 0, reusedBytes: 0, unreadFiles: 0, storedBytes: 0 };
        return { ...(await this.getPackage(id)), ...reuse, isNew: false };
    }
    #openPackage(packageId) {
        const open = this.#open.get(packageId);
        if (open)
            return open;
        throw new errors/* ArchiveError */.di('NOT_FOUND', `Package "${packageId}" is not open for adding; create a new one.`, undefined, {
            packageId,
        });
    }
    async #finalize(open) {
        try {
            return toFinalizedPackage(open, await finalize(this.#logParts, open));
        }
        catch (error) {
            this.#open.set(open.package.id, open);
            throw error;
        }
    }
    #checkReason(reason) {
        (0,new_package/* checkReason */.Dk)(reason, this.#options.secrets);
    }
    #readManifest(packageId) {
        return findManifest(this.#db, this.#options.storage, packageId);
    }
    /** Decides on an event while the log is locked, and records it. */
    #record(decide) {
        return (0,record/* record */.g)(this.#logParts, async (tx) => [await decide(tx)]);
    }
}
/** @throws ArchiveError `INTEGRITY` naming the sequence when the payload is not what was recorded. */
function decodeEvent(event) {
    try {
        return {
            ...event,
            payload: decodeCbor(event.payload),
            payload_digest: formatContentAddress(event.payload_digest),
            previous_digest: formatContentAddress(event.previous_digest),
        };
    }
    catch (error) {
        const sentence = `The event log was changed at sequence ${event.sequence}; make the registry anew with "infospace-archive store rebuild".`;
        throw new ArchiveError('INTEGRITY', sentence, error);
    }
}
function toFinalizedPackage(open, { ingested, ...finalized }) {
    return {
        id: finalized.id,
        producer: open.package.producer,
        subject: open.package.subject,
        createdAt: open.package.created_at,
        retentionClass: open.retention_summary.retention_class,
        expiresAt: open.copy?.extendedUntil === undefined ? open.retention_summary.expires_at : open.copy.extendedUntil,
        manifestDigest: (0,identity_digest/* formatContentAddress */.NU)(finalized.manifestDigest),
        contentDigest: (0,identity_digest/* formatContentAddress */.NU)(finalized.contentDigest),
        fileCount: finalized.fileCount,
        totalBytes: finalized.totalBytes,
        storedBytes: finalized.storedBytes,
        isNew: finalized.isNew,
        ...ingested.reuse,
    };
}

// EXTERNAL MODULE: ./build/action/artifact-store/files/whole-file.js
var whole_file = __webpack_require__(43544);
// EXTERNAL MODULE: ./build/action/artifact-store/outside-file.js
var outside_file = __webpack_require__(90268);
;// CONCATENATED MODULE: ./build/action/artifact-store/remembered-store.js






/** Far above what one takes. */
const MAX_BYTES = 64 * 1024;
/**
 * What a bucket said that it is when this user last opened it, which spares asking again: the newest segment that the cache has
 * followed proves that it is still that store. Undefined for other storages, which answer at once.
 */
function rememberedStore(config) {
    const path = placeOf(config);
    if (path === undefined)
        return undefined;
    try {
        const bytes = (0,outside_file/* readOutsideFile */.g)(path, MAX_BYTES);
        return bytes && (0,store_file/* decodeStoreFile */.y7)(bytes);
    }
    catch (error) {
        // Damaged, of another version, or not to be read: the bucket itself tells.
        if (error instanceof errors/* ArchiveError */.di)
            return undefined;
        throw error;
    }
}
/** A cache that cannot be written is done without. */
async function rememberStore(config, store) {
    const path = placeOf(config);
    if (path === undefined)
        return;
    try {
        await (0,whole_file/* replaceFile */.fR)(path, (0,store_file/* encodeStoreFile */.uD)(store));
    }
    catch (error) {
        if ((0,errors/* systemErrorCode */.vq)(error) === undefined)
            throw error;
    }
}
function placeOf({ database, storage }) {
    if (database.kind !== 'cache' || storage.kind !== 's3')
        return undefined;
    const { endpointUrl = '', region = '', bucket, keyPrefix } = storage;
    const place = (0,external_node_crypto_.createHash)('sha256').update(JSON.stringify([endpointUrl, region, bucket, keyPrefix]));
    return (0,external_node_path_.join)(database.directory, `${place.digest('hex')}.json`);
}

;// CONCATENATED MODULE: ./build/action/artifact-store/open-store.js



















/**
 * Opens the store that the configuration describes, and reads its log to the end. The caller closes the registry.
 *
 * @throws ArchiveError `NOT_FOUND`, `CONFIG_INVALID`, `STORE_UNAVAILABLE` or `FORMAT_UNSUPPORTED`; `INTEGRITY` or
 * `STATE_CONFLICT` when registry and storage do not belong together.
 */
async function openStore(config, { signal, ...options }) {
    signal?.throwIfAborted();
    const opening = open_store_open(config, options);
    try {
        // A server that is far away, or not there, lets wait for long.
        return await (0,abort/* untilAborted */.Eu)(signal, opening);
    }
    catch (error) {
        opening.then((registry) => registry.close()).catch(() => undefined);
        throw error;
    }
}
async function open_store_open(config, { access, actor, now, storageNow }) {
    const storage = await openStorage(config);
    try {
        const { database, store } = await openLog(config, storage, access, now?.() ?? new Date());
        if (store.commit === 'storage')
            storage.relyOnCreate?.();
        return new Registry({
            database,
            storage,
            store,
            retentionClasses: config.retentionClasses,
            actor: actor ?? currentUser(),
            localPaths: config.localPaths,
            statCacheDirectory: config.statCacheDirectory,
            secrets: config.secrets,
            now,
            storageNow,
        });
    }
    catch (error) {
        storage.close?.();
        throw error;
    }
}
/** A database that has followed the log to its end. */
async function openLog(config, storage, access, now = new Date()) {
    const options = { now, mayWrite: access !== 'read' };
    const known = await openKnown(config, storage, options);
    if (known !== undefined)
        return known;
    const store = await (0,store_file/* readStoreFile */.Oq)(storage);
    if (store === undefined)
        return access === 'read' ? openUnsaid(config, storage, now) : openNew(config, storage, access, now);
    if (access === 'read' && config.database.kind === 'sqlite')
        return openUnchanged(config, storage, store, now);
    try {
        const opened = await openFollowing(config, storage, store, options);
        await rememberStore(config, store);
        return opened;
    }
    catch (error) {
        if (config.database.kind !== 'cache' || !(error instanceof database_fault/* DatabaseFault */.K))
            throw error;
        if (!error.isDamaged)
            return readAnew(storage, store, now);
        await (0,promises_.rm)(cachePath(config.database, store.storeId), { force: true });
        return openFollowing(config, storage, store, options);
    }
}
/** A bucket that this user has opened before, in one request less. Undefined when it cannot be proved to be the same store. */
async function openKnown(config, storage, options) {
    const store = rememberedStore(config);
    if (store === undefined || config.database.kind !== 'cache')
        return undefined;
    if (isMissing(cachePath(config.database, store.storeId)))
        return undefined;
    try {
        const opened = await openFollowing(config, storage, store, { ...options, isOnlyProof: true });
        if ((await (0,commit_head/* readHead */.zy)(opened.database.db)).segment > 0)
            return opened;
        await opened.database.db.destroy();
        return undefined;
    }
    catch (error) {
        // Asking the storage what it is tells what is wrong, or that it is another store now.
        if (error instanceof database_fault/* DatabaseFault */.K || (0,errors/* isArchiveError */.J)(error, 'INTEGRITY'))
            return undefined;
        throw error;
    }
}
async function openFollowing(config, storage, store, options) {
    const database = await openDatabase(config, 'write', store.storeId);
    return closingOnFault(database, async () => {
        if (config.database.kind === 'postgresql')
            await requireTables(database);
        await (0,open_log/* followInto */.uN)({ storage, database, ...options }, store);
        return { database, store };
    });
}
/** The first to write makes an embedded store; a shared one is made by its operator. */
async function openNew(config, storage, access, now) {
    const { database: where } = config;
    if (where.kind === 'cache')
        throw emptyStore(config);
    if (where.kind === 'sqlite' && isMissing(where.path)) {
        if (await (0,legacy_log/* hasLegacyLog */.cO)(storage))
            throw (0,open_log/* lostRegistry */.Su)();
        if (access === 'change')
            throw emptyStore(config);
    }
    const database = await openDatabase(config, 'write');
    return closingOnFault(database, async () => {
        if (where.kind === 'postgresql')
            await requireTables(database);
        // A server tells by a race whether it keeps writers apart; a file system by trying.
        const commit = config.storage.kind === 'local' ? 'storage' : await (0,arbiter/* arbiterOf */.$)(config, storage);
        const source = { storage, database, now };
        try {
            return { database, store: await (0,open_log/* makeStore */.yO)(source, commit) };
        }
        catch (error) {
            if (!(error instanceof backend/* CreateUnsupported */.W))
                throw error;
            return { database, store: await (0,open_log/* makeStore */.yO)(source, 'database') };
        }
    });
}
/** A store that storage says nothing of: one of format 1 or 2, or one that nothing was recorded in. */
async function openUnsaid(config, storage, now) {
    if (config.database.kind === 'cache')
        throw emptyStore(config);
    const database = await openDatabase(config, 'read');
    return closingOnFault(database, async () => {
        const info = await (0,database_database/* readCacheInfo */.rn)(database);
        if (info === undefined)
            throw emptyStore(config);
        if (info.isCurrent)
            return { database, store: { storeId: info.storeId, commit: 'storage' } };
        const memory = await inMemory();
        const store = await (0,open_log/* readLegacy */.Od)({ storage, database, now }, info, memory);
        await database.db.destroy();
        return { database: memory, store };
    });
}
/** What the file lacks of the log is read into memory: a store on a read-only medium can be read, whatever happened to it. */
async function openUnchanged(config, storage, store, now) {
    const database = await openIfAny(config);
    if (database === undefined)
        return readAnew(storage, store, now);
    return closingOnFault(database, async () => {
        const info = await (0,database_database/* readCacheInfo */.rn)(database);
        if (info?.storeId === store.storeId && info.isCurrent) {
            const { segment } = await (0,commit_head/* readHead */.zy)(database.db);
            if (segment === (await (0,segments/* newestSegment */.Mb)(storage, segment)))
                return { database, store };
        }
        const copy = info?.format === migrations/* FORMAT_VERSION */.Hp ? database.copyInMemory() : await inMemory();
        await (0,open_log/* followInto */.uN)({ storage, database: copy, now }, store);
        await database.db.destroy();
        return { database: copy, store };
    });
}
async function readAnew(storage, store, now) {
    const database = await inMemory();
    await (0,open_log/* followInto */.uN)({ storage, database, now }, store);
    return { database, store };
}
async function openIfAny(config) {
    try {
        return await openDatabase(config, 'read');
    }
    catch (error) {
        if ((0,errors/* isArchiveError */.J)(error, 'NOT_FOUND'))
            return undefined;
        throw error;
    }
}
async function closingOnFault(database, action) {
    try {
        return await action();
    }
    catch (error) {
        await database.db.destroy();
        throw error;
    }
}
/** A shared database is made and changed only when its operator says so. */
async function requireTables(database) {
    const info = await (0,database_database/* readCacheInfo */.rn)(database);
    if (info === undefined)
        throw new errors/* ArchiveError */.di('NOT_FOUND', `There is no store yet; ${INIT}.`);
    if (!info.isCurrent) {
        throw new errors/* ArchiveError */.di('FORMAT_UNSUPPORTED', `The store's registry was made by an older version of this software and lacks what this one needs; run "infospace-archive store migrate" first.`);
    }
}
const INIT = 'run "infospace-archive store init" first';
/** SQLite makes an empty file when it is opened. */
function isMissing(path) {
    return ((0,external_node_fs_.statSync)(path, { throwIfNoEntry: false })?.size ?? 0) === 0;
}
/** @returns the error of a store that is not there, with what makes it. */
function emptyStore(config) {
    const { database } = config;
    const [place, remedy] = database.kind === 'sqlite' ? [database.path, 'archive first, or name another one'] : [(0,artifact_store_config/* describeStore */.Fk)(config), INIT];
    return new errors/* ArchiveError */.di('NOT_FOUND', `There is no store at ${place}; ${remedy}.`);
}
/** The object that keeps bytes, with its client library loaded only if it is the one. */
async function openStorage({ storage }) {
    if (storage.kind === 's3') {
        const { S3Storage } = await Promise.all(/* import() */[__webpack_require__.e(358), __webpack_require__.e(635)]).then(__webpack_require__.bind(__webpack_require__, 12635));
        return new S3Storage(storage);
    }
    if (storage.kind === 'git') {
        const { openGit } = await __webpack_require__.e(/* import() */ 966).then(__webpack_require__.bind(__webpack_require__, 94966));
        return openGit(storage);
    }
    const { LocalStorage } = await __webpack_require__.e(/* import() */ 255).then(__webpack_require__.bind(__webpack_require__, 16255));
    return new LocalStorage(storage.root);
}
/** @param storeId names the file of the user's cache. */
async function openDatabase({ database }, access, storeId = '') {
    if (database.kind === 'postgresql') {
        const { openPostgres } = await Promise.all(/* import() */[__webpack_require__.e(2), __webpack_require__.e(508), __webpack_require__.e(456)]).then(__webpack_require__.bind(__webpack_require__, 34456));
        return openPostgres(database.server);
    }
    const { openSqlite } = await Promise.all(/* import() */[__webpack_require__.e(2), __webpack_require__.e(130)]).then(__webpack_require__.bind(__webpack_require__, 89130));
    return openSqlite(database.kind === 'sqlite' ? database.path : cachePath(database, storeId), access);
}
function cachePath({ directory }, storeId) {
    return (0,external_node_path_.join)(directory, `${storeId}.sqlite3`);
}
/** A database that is gone when it is closed. */
async function inMemory() {
    return (await Promise.all(/* import() */[__webpack_require__.e(2), __webpack_require__.e(130)]).then(__webpack_require__.bind(__webpack_require__, 89130))).sqliteInMemory();
}
/** Who runs this process, for the audit log. */
function currentUser() {
    try {
        return (0,external_node_os_.userInfo)().username;
    }
    catch {
        // A container may run under a user id that has no name.
        return `uid ${process.getuid?.() ?? 'unknown'}`;
    }
}


/***/ }),

/***/ 24907:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $8: () => (/* binding */ isNamedBy),
/* harmony export */   J2: () => (/* binding */ isLabel),
/* harmony export */   Qf: () => (/* binding */ SHORT_ID_CHARACTERS),
/* harmony export */   SO: () => (/* binding */ namedParts),
/* harmony export */   Vs: () => (/* binding */ isWholeId),
/* harmony export */   m_: () => (/* binding */ shortId)
/* harmony export */ });
const ID_FORM = 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx';
/** What lists print of an id. The first characters tell the time alone, and are equal for a minute. */
const SHORT_ID_CHARACTERS = 8;
const MIN_PREFIX_CHARACTERS = 4;
const MIN_DIGEST_CHARACTERS = 8;
/** What a text could mean, the id before the digest; undefined when it has the form of neither. */
function namedParts(text) {
    const lower = text.toLowerCase();
    const isPrefix = lower.length >= MIN_PREFIX_CHARACTERS && fits(lower, ID_FORM.slice(0, lower.length));
    const isSuffix = lower.length >= SHORT_ID_CHARACTERS && fits(lower, ID_FORM.slice(-lower.length));
    const [, scheme, digits] = /^(blake3:)?([0-9a-f]{1,64})$/.exec(lower) ?? [];
    const isDigest = digits !== undefined && (scheme !== undefined || digits.length >= MIN_DIGEST_CHARACTERS);
    if (!isPrefix && !isSuffix && !isDigest)
        return undefined;
    return {
        idPrefix: isPrefix ? lower : undefined,
        idSuffix: isSuffix ? lower : undefined,
        digestPrefix: isDigest && digits.length >= MIN_DIGEST_CHARACTERS ? digits : undefined,
    };
}
function fits(text, form) {
    return text.length === form.length && [...text].every((char, i) => (form[i] === '-' ? char === '-' : isHex(char)));
}
function isHex(char) {
    return /^[0-9a-f]$/.test(char);
}
function isWholeId(text) {
    return text.length === ID_FORM.length && namedParts(text)?.idPrefix !== undefined;
}
/** Eight characters that tell a package from nearly all others. */
function shortId(id) {
    return id.slice(-SHORT_ID_CHARACTERS);
}
/** Whether a text names a package, by the only one there is to choose from. */
function isNamedBy(text, { id, manifestDigest, contentDigest }) {
    const parts = namedParts(text);
    if (parts === undefined)
        return false;
    const { idPrefix, idSuffix, digestPrefix } = parts;
    return ((idPrefix !== undefined && id.startsWith(idPrefix)) ||
        (idSuffix !== undefined && id.endsWith(idSuffix)) ||
        (digestPrefix !== undefined &&
            [manifestDigest, contentDigest].some((digest) => digest.startsWith(`blake3:${digestPrefix}`))));
}
const LABEL = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/;
/** Whether a text could be a label: what has the form of an id, a digest or `latest` could not be found by it. */
function isLabel(text) {
    return LABEL.test(text) && namedParts(text) === undefined && !/^latest$/i.test(text);
}


/***/ }),

/***/ 83238:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  a8: () => (/* binding */ addNeed),
  py: () => (/* binding */ addPack),
  VF: () => (/* binding */ areRemoved),
  LD: () => (/* binding */ areUsable),
  yl: () => (/* binding */ contentEvent),
  LU: () => (/* binding */ findPack),
  tY: () => (/* binding */ hasContents),
  Sh: () => (/* binding */ hasDamage),
  c1: () => (/* binding */ locateContents),
  hN: () => (/* binding */ needsOf),
  KV: () => (/* binding */ packIds),
  gX: () => (/* binding */ packKeys),
  CI: () => (/* binding */ partsOf),
  no: () => (/* binding */ refuseRemoved),
  bi: () => (/* binding */ sealedEvent),
  hv: () => (/* binding */ shareDamaged),
  l6: () => (/* binding */ shareNeeds)
});

// EXTERNAL MODULE: ./node_modules/kysely/dist/raw-builder/sql.js + 1 modules
var sql = __webpack_require__(20189);
// EXTERNAL MODULE: ./node_modules/kysely/dist/dialect/postgres/postgres-adapter.js
var postgres_adapter = __webpack_require__(64677);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest.js
var identity_digest = __webpack_require__(81713);
;// CONCATENATED MODULE: ./build/action/artifact-store/database/lists.js


/*
 * Long lists as one parameter, or one a column: a statement with a variable for each value takes longer to build and to
 * prepare than to run.
 */
/**
 * The digests as a subquery, to be joined: SQLite makes a table of what `in` is given.
 *
 * @param packed end to end: other forms take longer to make and to read than to look them all up.
 */
function digestList(db, packed) {
    if (isPostgres(db)) {
        const digests = Array.from({ length: packed.byteLength / identity_digest/* DIGEST_BYTES */.x4 }, (_, i) => packed.subarray(i * identity_digest/* DIGEST_BYTES */.x4, (i + 1) * identity_digest/* DIGEST_BYTES */.x4));
        return (0,sql/* sql */.l) `(select unnest(${digests}::bytea[]) as digest)`;
    }
    return (0,sql/* sql */.l) `(with recursive list (at) as (select 0 union all select at + ${identity_digest/* DIGEST_BYTES */.x4} from list where at + ${identity_digest/* DIGEST_BYTES */.x4} < ${packed.byteLength})
    select substr(${packed}, at + 1, ${identity_digest/* DIGEST_BYTES */.x4}) as digest from list)`;
}
/** The contents as a subquery. */
function contentList(db, contents) {
    if (!isPostgres(db)) {
        const rows = contents.map(({ digest, rawOffset, length }) => [(0,identity_digest/* toHex */.nj)(digest), rawOffset, length]);
        return (0,sql/* sql */.l) `(select unhex(value ->> 0) as digest, value ->> 1 as raw_offset, value ->> 2 as length
      from json_each(${JSON.stringify(rows)}))`;
    }
    const digests = contents.map(({ digest }) => digest);
    const offsets = contents.map(({ rawOffset }) => rawOffset);
    const lengths = contents.map(({ length }) => length);
    return (0,sql/* sql */.l) `(select * from unnest(${digests}::bytea[], ${offsets}::bigint[], ${lengths}::bigint[])
    as content (digest, raw_offset, length))`;
}
function isPostgres(db) {
    return db.getExecutor().adapter instanceof postgres_adapter/* PostgresAdapter */.j;
}

// EXTERNAL MODULE: ./build/action/artifact-store/encoding/cbor.js
var cbor = __webpack_require__(84660);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/format.js
var format = __webpack_require__(75328);
;// CONCATENATED MODULE: ./build/action/artifact-store/packs/content-index.js






function addNeed(needs, packId, bytes) {
    needs.set(packId, (needs.get(packId) ?? 0) + bytes);
}
/** SQLite takes 32,766 variables in a statement, and large statements are slow to prepare. */
const ROWS_PER_STATEMENT = 500;
/** In one parameter; bounds what a statement and its answer hold in memory. */
const LISTED_PER_STATEMENT = 5000;
/** Makes the contents of a pack findable. */
async function addPack(tx, { key, storedBytes, frames, contents }) {
    const row = {
        storage_key: key,
        stored_bytes: storedBytes,
        raw_bytes: frames.reduce((sum, { rawLength }) => sum + rawLength, 0),
        frames: (0,cbor/* encodeCbor */.H)((0,format/* encodeFrames */.H5)(frames)),
    };
    const { id } = await tx.insertInto('packs').values(row).returning('id').executeTakeFirstOrThrow();
    for (const part of partsOf((0,format/* placeContents */.ah)(contents), LISTED_PER_STATEMENT)) {
        await tx
            .insertInto('contents')
            .columns(['digest', 'pack_id', 'raw_offset', 'length'])
            // Without "where", SQLite takes the "on" of the conflict for that of a join.
            .expression((0,sql/* sql */.l) `select digest, ${id}, raw_offset, length from ${contentList(tx, part)} as added where true`)
            .onConflict((conflict) => conflict.columns(['digest', 'pack_id']).doNothing())
            .execute();
    }
    await replaceDamaged(tx, id);
}
/** Packages whose contents are damaged elsewhere need a pack that has them sound. */
async function replaceDamaged(tx, packId) {
    if (!(await hasDamage(tx)))
        return;
    const packs = await tx
        .selectFrom('contents as damaged')
        .innerJoin('packs', 'packs.id', 'damaged.pack_id')
        .innerJoin('contents as added', 'added.digest', 'damaged.digest')
        .select('packs.id')
        .distinct()
        .where('added.pack_id', '=', packId)
        .where((row) => row.or([row('damaged.damaged_at', 'is not', null), row('packs.damaged_at', 'is not', null)]))
        .execute();
    const ids = packs.map(({ id }) => id).filter((id) => id !== packId);
    await shareNeeds(tx, ids, [packId]);
}
/** Packages that need a pack with damage need the packs, too, that have the same contents sound. */
async function shareDamaged(tx, packId) {
    const sound = await tx
        .selectFrom('contents as damaged')
        .innerJoin('packs as hurt', 'hurt.id', 'damaged.pack_id')
        .innerJoin('contents as other', 'other.digest', 'damaged.digest')
        .innerJoin('packs', 'packs.id', 'other.pack_id')
        .select('packs.id')
        .distinct()
        .where('damaged.pack_id', '=', packId)
        .where((row) => row.or([row('damaged.damaged_at', 'is not', null), row('hurt.damaged_at', 'is not', null)]))
        .where('other.pack_id', '!=', packId)
        .where('other.damaged_at', 'is', null)
        .where('packs.damaged_at', 'is', null)
        .where('packs.retired_at', 'is', null)
        .execute();
    await shareNeeds(tx, [packId], sound.map(({ id }) => id));
}
/** Whether anything is marked as damaged. */
async function hasDamage(db) {
    const contents = db.selectFrom('contents').select('pack_id').where('damaged_at', 'is not', null).limit(1);
    const packs = db.selectFrom('packs').select('id').where('damaged_at', 'is not', null).limit(1);
    return ((await contents.executeTakeFirst()) ?? (await packs.executeTakeFirst())) !== undefined;
}
/** Whoever needs one of the first packs needs the others too. */
async function shareNeeds(tx, from, to) {
    if (from.length === 0)
        return;
    for (const packId of to) {
        await tx
            .insertInto('package_packs')
            .columns(['package_id', 'pack_id', 'bytes'])
            .expression((row) => row
            .selectFrom('package_packs')
            .select(['package_id', (0,sql/* sql */.l) `cast(${packId} as integer)`.as('pack_id'), (0,sql/* sql */.l) `0`.as('bytes')])
            .distinct()
            .where('pack_id', 'in', from))
            .onConflict((conflict) => conflict.columns(['package_id', 'pack_id']).doNothing())
            .execute();
    }
}
/** Whether one of these objects was removed, or is about to be. */
async function areRemoved(db, keys) {
    const removed = db.selectFrom('removed_objects').select('storage_key').where('storage_key', 'in', keys).limit(1);
    return (await removed.executeTakeFirst()) !== undefined;
}
/** @throws ArchiveError `STATE_CONFLICT` for objects that {@link areRemoved}. */
async function refuseRemoved(tx, keys) {
    if (!(await areRemoved(tx, keys)))
        return;
    throw new errors/* ArchiveError */.di('STATE_CONFLICT', 'This took longer than the grace period of a garbage collection, which removed what was stored so far; do it again.');
}
/** Rows of these contents, of which one that is listed twice comes twice. */
function listed(db, packed) {
    return db.selectFrom(digestList(db, packed).as('listed')).innerJoin('contents', 'contents.digest', 'listed.digest');
}
/** Finds contents by their digests; one that is not in the store is absent. Keys are digests in hexadecimal. */
async function locateContents(db, digests) {
    const found = new Map();
    const unsound = await unsoundPacks(db);
    for (const part of digestParts(Buffer.concat(digests))) {
        for (const row of await listed(db, part).selectAll('contents').execute()) {
            const key = (0,identity_digest/* toHex */.nj)(row.digest);
            const location = locationOf(row, unsound.get(row.pack_id));
            const before = found.get(key);
            if (before === undefined || isBetter(location, before))
                found.set(key, location);
        }
    }
    return found;
}
function locationOf(row, pack) {
    const damaged = row.damaged_at !== null || pack === 'damaged';
    return {
        digest: row.digest,
        packId: row.pack_id,
        rawOffset: row.raw_offset,
        length: row.length,
        usable: !damaged && pack === undefined,
        damaged,
    };
}
function isBetter(a, b) {
    if (a.usable !== b.usable)
        return a.usable;
    if (a.damaged !== b.damaged)
        return b.damaged;
    return a.packId < b.packId;
}
/** The few packs that are retired or damaged. */
async function unsoundPacks(db) {
    const rows = await db
        .selectFrom('packs')
        .select(['id', 'damaged_at'])
        .where((row) => row.or([row('retired_at', 'is not', null), row('damaged_at', 'is not', null)]))
        .execute();
    return new Map(rows.map(({ id, damaged_at }) => [id, damaged_at === null ? 'retired' : 'damaged']));
}
/** Which packs have all of these contents for new packages to use; undefined when one is missing. */
async function needsOf(db, { packed, bytes }) {
    let missing = packed.byteLength / identity_digest/* DIGEST_BYTES */.x4;
    let missingBytes = bytes;
    const needs = new Map();
    for (const part of digestParts(packed)) {
        const each = listed(db, part)
            .innerJoin('packs', 'packs.id', 'contents.pack_id')
            .select(({ fn }) => [fn.min('contents.pack_id').as('pack_id'), fn.min('length').as('length')])
            .where('contents.damaged_at', 'is', null)
            .where('packs.damaged_at', 'is', null)
            .where('packs.retired_at', 'is', null)
            .groupBy('contents.digest');
        const rows = await db
            .selectFrom(each.as('each'))
            .select('pack_id')
            .select(({ fn }) => [fn.countAll().as('count'), fn.sum('length').as('bytes')])
            .groupBy('pack_id')
            .execute();
        for (const row of rows) {
            // Both come back as text from PostgreSQL.
            missing -= Number(row.count);
            missingBytes -= Number(row.bytes);
            addNeed(needs, row.pack_id, Number(row.bytes));
        }
    }
    return missing === 0 && missingBytes === 0 ? needs : undefined;
}
/** Whether what was found usable in these packs still is. */
async function areUsable(db, needs) {
    for (const ids of partsOf([...needs.keys()])) {
        const sound = db
            .selectFrom('packs')
            .select(({ fn }) => fn.countAll().as('count'))
            .where('id', 'in', ids)
            .where('retired_at', 'is', null)
            .where('damaged_at', 'is', null);
        if (Number((await sound.executeTakeFirstOrThrow()).count) < ids.length)
            return false;
        const damaged = db.selectFrom('contents').select('digest').where('pack_id', 'in', ids);
        if (await damaged.where('damaged_at', 'is not', null).limit(1).executeTakeFirst())
            return false;
    }
    return true;
}
/** The keys of packs, by their ids. */
async function packKeys(db, ids) {
    const keys = new Map();
    for (const part of partsOf(ids)) {
        const rows = await db.selectFrom('packs').select(['id', 'storage_key']).where('id', 'in', part).execute();
        for (const { id, storage_key } of rows)
            keys.set(id, storage_key);
    }
    return keys;
}
/** Ids of packs, of those of the keys that there are. */
async function packIds(db, keys) {
    const ids = new Map();
    for (const part of partsOf(keys)) {
        const rows = await db.selectFrom('packs').select(['id', 'storage_key']).where('storage_key', 'in', part).execute();
        for (const { id, storage_key } of rows)
            ids.set(storage_key, id);
    }
    return ids;
}
async function hasContents(db) {
    return (await db.selectFrom('contents').select('digest').limit(1).executeTakeFirst()) !== undefined;
}
/** @throws ArchiveError `INTEGRITY` when there is none: garbage collection removed it meanwhile, or the registry is damaged. */
async function findPack(db, packId) {
    const pack = await db.selectFrom('packs').selectAll().where('id', '=', packId).executeTakeFirst();
    if (pack === undefined) {
        throw new errors/* ArchiveError */.di('INTEGRITY', `The registry has no pack ${packId}, in which it places contents; run "infospace-archive store check --deep".`);
    }
    return {
        key: pack.storage_key,
        storedBytes: pack.stored_bytes,
        frames: (0,format/* decodeFrames */.vx)((0,cbor/* decodeCbor */.P)(pack.frames), `The registry's entry for pack "${pack.storage_key}"`),
    };
}
function* digestParts(packed) {
    const bytes = LISTED_PER_STATEMENT * identity_digest/* DIGEST_BYTES */.x4;
    for (let at = 0; at < packed.byteLength; at += bytes)
        yield packed.subarray(at, at + bytes);
}
function* partsOf(items, size = ROWS_PER_STATEMENT) {
    for (let i = 0; i < items.length; i += size)
        yield items.slice(i, i + size);
}
/** The event of a pack that becomes part of the store. */
function sealedEvent(pack) {
    const raw = pack.frames.reduce((sum, frame) => sum + frame.rawLength, 0);
    return {
        type: 'v1.pack.sealed',
        subjectKind: 'pack',
        subjectId: pack.key,
        payload: { stored_bytes: pack.storedBytes, raw_bytes: raw },
    };
}
/** The event of a content that was found damaged in an object, or sound again. */
function contentEvent(type, digest, key) {
    return { type, subjectKind: 'content', subjectId: (0,identity_digest/* formatContentAddress */.NU)(digest), payload: { storage_key: key } };
}


/***/ }),

/***/ 88219:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  kA: () => (/* binding */ framesOf),
  c_: () => (/* binding */ readContent),
  r0: () => (/* binding */ readContents)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/release.js
var release = __webpack_require__(3315);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/write-all.js
var write_all = __webpack_require__(2699);
;// CONCATENATED MODULE: ./build/action/artifact-store/files/sparse-file.js

/** Shorter runs of zeros save little, and cost a call. */
const BLOCK_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(BLOCK_BYTES);
/** Writes a new file from its beginning to its end, and leaves holes where it has zeros. */
class SparseFile {
    #file;
    #length = 0;
    constructor(file) {
        this.#file = file;
    }
    async write(piece) {
        let start = 0;
        for (let at = 0; at < piece.byteLength; at += BLOCK_BYTES) {
            const block = piece.subarray(at, at + BLOCK_BYTES);
            if (!ZEROS.subarray(0, block.byteLength).equals(block))
                continue;
            await this.#writeRun(piece.subarray(start, at), start);
            start = at + block.byteLength;
        }
        await this.#writeRun(piece.subarray(start), start);
        this.#length += piece.byteLength;
        // A hole at the end has no length of its own.
        if (start === piece.byteLength)
            await this.#file.truncate(this.#length);
    }
    close() {
        return this.#file.close();
    }
    async #writeRun(run, at) {
        if (run.byteLength > 0)
            await (0,write_all/* writeAll */.f)(this.#file, run, this.#length + at);
    }
}

// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest.js
var digest = __webpack_require__(81713);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/hasher.js
var hasher = __webpack_require__(25014);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/content-index.js + 1 modules
var content_index = __webpack_require__(83238);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/content-stream.js
var content_stream = __webpack_require__(26591);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/format.js
var format = __webpack_require__(75328);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/tasks.js
var tasks = __webpack_require__(11053);
;// CONCATENATED MODULE: ./build/action/artifact-store/packs/content-reader.js










/** Adjacent frames are fetched together up to this size, which bounds memory and keeps requests few… */
const MAX_FETCH_BYTES = 4 * 1024 * 1024;
/** …where they count. */
const MAX_LOCAL_FETCH_BYTES = 1024 * 1024;
/** Empty files written by one task. */
const FILES_PER_TASK = 1024;
/** Files with the same large content that are written at once; systems limit how many may be open. */
const MAX_OPEN_OUTPUTS = 32;
/** One content's bytes, piece by piece; see {@link streamContent}. */
async function* readContent(parts, entry) {
    if (entry.size === 0)
        return;
    const location = (await (0,content_index/* locateContents */.c1)(parts.db, [entry.blake3])).get((0,digest/* toHex */.nj)(entry.blake3));
    if (location?.length !== entry.size)
        throw (0,content_stream/* damagedContent */.J)(entry, 'is missing from');
    const pack = await (0,content_index/* findPack */.LU)(parts.db, location.packId);
    const frames = framesOf((0,format/* placeFrames */.GF)(pack.frames), location);
    yield* (0,content_stream/* streamContent */.M)({ ...parts, key: pack.key, frames, rawOffset: location.rawOffset }, entry);
}
/** Reads contents out of the store, checks them against their digests and writes them to files. */
async function readContents(parts, wanted, report) {
    const locations = await (0,content_index/* locateContents */.c1)(parts.db, wanted.map(({ entries }) => entries[0].blake3));
    const byPack = new Map();
    for (const content of wanted) {
        const [entry] = content.entries;
        if (entry.size === 0) {
            await readEmpty(parts, content, report);
            continue;
        }
        const location = locations.get((0,digest/* toHex */.nj)(entry.blake3));
        if (location === undefined || location.length !== entry.size) {
            report.damaged(content, (0,content_stream/* damagedContent */.J)(entry, 'is missing from'));
        }
        else {
            const group = byPack.get(location.packId);
            if (group)
                group.push({ content, location });
            else
                byPack.set(location.packId, [{ content, location }]);
        }
    }
    const running = new BoundedTasks(parts.workers.size * 2);
    try {
        for (const [packId, located] of byPack) {
            if (running.hasFailed)
                break;
            const pack = await (0,content_index/* findPack */.LU)(parts.db, packId);
            located.sort((a, b) => a.location.rawOffset - b.location.rawOffset);
            await readPack(parts, pack, located, report, running);
        }
    }
    finally {
        await running.finished();
    }
}
/** An empty content is not stored: its digests tell all. */
async function readEmpty({ workers, signal }, content, report) {
    const [entry] = content.entries;
    const nothing = new Uint8Array();
    if (!(0,hasher/* hasDigests */.Ou)(nothing, entry)) {
        report.damaged(content, (0,content_stream/* damagedContent */.J)(entry, 'is damaged in'));
        return;
    }
    const digests = digestsOf([entry]);
    for (const writeTo of (0,content_index/* partsOf */.CI)(content.writeTo, FILES_PER_TASK)) {
        const contents = [{ offset: 0, length: 0, writeTo }];
        await workers.run('extract', { codec: 'raw', rawLength: 0, stored: nothing, contents, digests }, signal);
    }
    report.sound(content);
}
async function readPack(parts, pack, located, report, running) {
    const frames = (0,format/* placeFrames */.GF)(pack.frames);
    const small = new Map();
    let at = 0;
    for (const item of located) {
        const { rawOffset, length } = item.location;
        while (at + 1 < frames.length && frames[at + 1].rawOffset <= rawOffset)
            at++;
        const frame = frames[at];
        if (frame === undefined || (length > 0 && rawOffset + length > frame.rawOffset + frame.rawLength)) {
            const source = { ...parts, key: pack.key, frames: framesOf(frames, item.location), rawOffset };
            await running.add(() => readSpanning(source, item.content, report));
        }
        else {
            const group = small.get(frame);
            if (group)
                group.push(item);
            else
                small.set(frame, [item]);
        }
    }
    const maxBytes = parts.storage.requests ? MAX_FETCH_BYTES : MAX_LOCAL_FETCH_BYTES;
    for (const run of adjacentRuns([...small.keys()], maxBytes)) {
        await running.add(() => readRun(parts, pack, run, small, report));
    }
}
/** The frames that a content touches. */
function framesOf(frames, { rawOffset, length }) {
    // Frames are in order: the first one is found by halving.
    let first = 0;
    for (let end = frames.length; first < end;) {
        const middle = (first + end) >> 1;
        const { rawOffset: start, rawLength } = frames[middle];
        if (start + rawLength > rawOffset)
            end = middle;
        else
            first = middle + 1;
    }
    let last = first;
    while (last < frames.length && frames[last].rawOffset < rawOffset + length)
        last++;
    return frames.slice(first, last);
}
/** One fetch, then each of its frames on a worker. */
async function readRun({ storage, workers, signal }, pack, run, wanted, report) {
    const start = run[0].storedOffset;
    const end = run.at(-1).storedOffset + run.at(-1).storedLength;
    let bytes;
    try {
        bytes = await storage.get(pack.key, { offset: start, length: end - start }, signal);
    }
    catch (error) {
        if (!(0,errors/* isArchiveError */.J)(error, 'INTEGRITY'))
            throw error;
        for (const frame of run) {
            for (const { content } of wanted.get(frame))
                report.damaged(content, (0,content_stream/* damagedContent */.J)(content.entries[0], 'is missing from', error));
        }
        return;
    }
    const extracting = Promise.allSettled(run.map(async (frame) => {
        const items = wanted.get(frame);
        const from = frame.storedOffset - start;
        const extraction = {
            codec: frame.codec,
            rawLength: frame.rawLength,
            stored: Uint8Array.prototype.slice.call(bytes, from, from + frame.storedLength),
            contents: items.map(({ content, location }) => ({
                offset: location.rawOffset - frame.rawOffset,
                length: location.length,
                writeTo: content.writeTo,
            })),
            digests: digestsOf(items.map(({ content }) => content.entries[0])),
        };
        const sound = await workers.run('extract', extraction, signal);
        items.forEach(({ content }, i) => {
            if (sound[i])
                report.sound(content);
            else
                report.damaged(content, (0,content_stream/* damagedContent */.J)(content.entries[0], 'is damaged in'));
        });
    }));
    // Each worker has its part.
    (0,release/* release */._)(bytes);
    // All of them to their end, also when one fails: nothing may be written any more when the rest is taken back.
    for (const result of await extracting)
        if (result.status === 'rejected')
            throw result.reason;
}
/** A content in more than one frame, piece by piece. */
async function readSpanning(source, content, report) {
    const [first = [], ...others] = (0,content_index/* partsOf */.CI)(content.writeTo, MAX_OPEN_OUTPUTS);
    try {
        await writeSpanning(source, content, first, (bytes) => report.within(content, bytes));
        for (const files of others)
            await writeSpanning(source, content, files);
    }
    catch (error) {
        if (!(0,errors/* isArchiveError */.J)(error, 'INTEGRITY'))
            throw error;
        report.damaged(content, error);
        return;
    }
    report.sound(content);
}
/** Reads it to its end, also when no file is to have it. */
async function writeSpanning(source, content, files, tell = () => { }) {
    let bytes = 0;
    const outputs = [];
    try {
        for (const { file, executable } of files)
            outputs.push(new SparseFile(await (0,promises_.open)(file, 'wx', (0,tasks/* modeOf */.VV)(executable))));
        for await (const piece of (0,content_stream/* streamContent */.M)(source, content.entries[0])) {
            for (const output of outputs)
                await output.write(piece);
            bytes += piece.byteLength;
            tell(bytes);
            (0,release/* release */._)(piece);
        }
    }
    finally {
        await Promise.all(outputs.map((output) => output.close()));
    }
}
function* adjacentRuns(frames, maxBytes) {
    let run = [];
    let bytes = 0;
    for (const frame of frames) {
        const last = run.at(-1);
        const adjacent = last !== undefined && last.storedOffset + last.storedLength === frame.storedOffset;
        if (last !== undefined && (!adjacent || bytes + frame.storedLength > maxBytes)) {
            yield run;
            run = [];
            bytes = 0;
        }
        run.push(frame);
        bytes += frame.storedLength;
    }
    if (run.length > 0)
        yield run;
}
function digestsOf(entries) {
    const digests = Buffer.allocUnsafeSlow(entries.length * 2 * digest/* DIGEST_BYTES */.x4);
    entries.forEach((entry, i) => {
        digests.set(entry.blake3, i * 2 * digest/* DIGEST_BYTES */.x4);
        digests.set(entry.sha256, (i * 2 + 1) * digest/* DIGEST_BYTES */.x4);
    });
    return digests;
}
/** Runs at most so many tasks at once; the first failure stops the taking of more. */
class BoundedTasks {
    #limit;
    #running = new Set();
    #failed = false;
    #failure;
    constructor(limit) {
        this.#limit = limit;
    }
    get hasFailed() {
        return this.#failed;
    }
    async add(task) {
        while (this.#running.size >= this.#limit)
            await Promise.race(this.#running);
        if (this.#failed)
            return;
        const running = task()
            .catch((error) => {
            if (!this.#failed)
                this.#failure = error;
            this.#failed = true;
        })
            .finally(() => this.#running.delete(running));
        this.#running.add(running);
    }
    async finished() {
        await Promise.all(this.#running);
        if (this.#failed)
            throw this.#failure;
    }
}


/***/ }),

/***/ 98040:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   n: () => (/* binding */ ContentSink)
/* harmony export */ });
/* harmony import */ var _encoding_release_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(3315);
/* harmony import */ var _format_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75328);
/* harmony import */ var _pack_writer_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(23736);



/** Frames that may wait for a thread; bounds memory. */
const PENDING_FRAMES_PER_WORKER = 2;
/** A frame that has so much is closed before its time, to take over bytes as they are. */
const MIN_FRAME_RAW_BYTES = _format_js__WEBPACK_IMPORTED_MODULE_0__/* .FRAME_RAW_BYTES */ .Zp / 2;
/** Packs being stored while the next one fills. */
const MAX_PENDING_PACKS = 1;
/** Stores contents: small ones gathered into frames and packs in the order they come, large ones as objects. */
class ContentSink {
    #storage;
    #signal;
    #workers;
    #packs;
    #sealed = [];
    /** Of everything whose storing has begun. */
    #keys = new Set();
    #target = {
        put: (key, pieces) => {
            this.#keys.add(key);
            return this.#storage.put(key, pieces, this.#signal);
        },
    };
    #coding = [];
    #storing = [];
    #frame;
    /** @param signal stops the storing when it is aborted. */
    constructor(storage, workers, signal) {
        this.#storage = storage;
        this.#workers = workers;
        this.#signal = signal;
        this.#packs = new _pack_writer_js__WEBPACK_IMPORTED_MODULE_1__/* .PackWriter */ .lp(this.#target);
    }
    /** Adds a content of less than {@link OBJECT_MIN_BYTES}; the bytes are copied. */
    async addSmall(digest, content) {
        this.#frame ??= { raw: new Uint8Array(_format_js__WEBPACK_IMPORTED_MODULE_0__/* .FRAME_RAW_BYTES */ .Zp + _format_js__WEBPACK_IMPORTED_MODULE_0__/* .OBJECT_MIN_BYTES */ .L1), bytes: 0, contents: [] };
        this.#frame.raw.set(content, this.#frame.bytes);
        this.#frame.bytes += content.byteLength;
        this.#frame.contents.push({ digest, length: content.byteLength });
        const { bytes, contents } = this.#frame;
        if (bytes >= _format_js__WEBPACK_IMPORTED_MODULE_0__/* .FRAME_RAW_BYTES */ .Zp || contents.length >= _format_js__WEBPACK_IMPORTED_MODULE_0__/* .FRAME_MAX_CONTENTS */ .kK)
            await this.#closeFrame();
    }
    /**
     * Adds such contents as lie, in this order, in what was read at once, which is gone afterwards. It need not be copied where
     * they are all of it and fill a frame.
     */
    async addBatch(raw, added) {
        const gathered = this.#frame?.bytes ?? 0;
        const isFrame = raw.byteLength >= _format_js__WEBPACK_IMPORTED_MODULE_0__/* .FRAME_RAW_BYTES */ .Zp && (gathered === 0 || gathered >= MIN_FRAME_RAW_BYTES);
        if (isFrame && added.reduce((sum, { content }) => sum + content.byteLength, 0) === raw.byteLength) {
            await this.#closeFrame();
            await this.#code(raw, added.map(({ digest, content }) => ({ digest, length: content.byteLength })));
        }
        else {
            for (const { digest, content } of added)
                await this.addSmall(digest, content);
            (0,_encoding_release_js__WEBPACK_IMPORTED_MODULE_2__/* .release */ ._)(raw);
        }
    }
    /** Adds a content that comes in coded pieces. When they throw, nothing is stored and the error passes through. */
    async addLarge(content, coded) {
        this.#sealed.push(await (0,_pack_writer_js__WEBPACK_IMPORTED_MODULE_1__/* .storeObject */ .P9)(this.#target, content, coded));
    }
    /** Stores what is still gathered and returns all packs, durable and not yet visible. */
    async finish() {
        await this.#closeFrame();
        while (this.#coding.length > 0)
            await this.#packFrame();
        const last = this.#packs.seal();
        if (last)
            this.#storing.push(last);
        while (this.#storing.length > 0)
            await this.#settlePack();
        return this.#sealed;
    }
    /** Deletes what has been stored, also where the answer was lost or cut off; no one else can know of it. */
    async abort() {
        await Promise.allSettled(this.#coding);
        await Promise.allSettled(this.#storing);
        await Promise.allSettled([...this.#keys].map((key) => this.#storage.delete(key)));
    }
    async #closeFrame() {
        if (this.#frame === undefined)
            return;
        const { raw, bytes, contents } = this.#frame;
        this.#frame = undefined;
        await this.#code(new Uint8Array(raw.buffer.transfer(bytes)), contents);
    }
    async #code(raw, contents) {
        const coding = this.#workers.run('compress', { raw }, this.#signal).then((frame) => ({ frame, contents }));
        coding.catch(() => undefined);
        this.#coding.push(coding);
        if (this.#coding.length > this.#workers.size * PENDING_FRAMES_PER_WORKER)
            await this.#packFrame();
    }
    async #packFrame() {
        const { frame, contents } = await this.#coding.shift();
        const full = this.#packs.add(frame, contents);
        if (full === undefined)
            return;
        full.catch(() => undefined);
        this.#storing.push(full);
        if (this.#storing.length > MAX_PENDING_PACKS)
            await this.#settlePack();
    }
    async #settlePack() {
        this.#sealed.push(await this.#storing[0]);
        this.#storing.shift();
    }
}


/***/ }),

/***/ 26591:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   J: () => (/* binding */ damagedContent),
/* harmony export */   M: () => (/* binding */ streamContent)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(75087);
/* harmony import */ var _identity_digest_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(81713);
/* harmony import */ var _identity_hasher_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(25014);
/* harmony import */ var _tasks_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(11053);





/** Enough that a reader who hashes and compresses never waits; each takes up to 16 MiB. */
const FRAMES_AHEAD = 2;
/**
 * The bytes of one content, decoded a few frames ahead of the reader. The last piece comes only when both digests of
 * the whole agree.
 *
 * @throws ArchiveError `INTEGRITY` when they do not.
 */
async function* streamContent(source, entry) {
    const digest = _identity_hasher_js__WEBPACK_IMPORTED_MODULE_3__/* .blake3 */ .LG.createHash();
    const sha256 = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)('sha256');
    let held;
    for await (const piece of decodedPieces(source, entry)) {
        if (piece === undefined)
            throw damagedContent(entry, 'is damaged in');
        digest.update(piece);
        sha256.update(piece);
        if (held)
            yield held;
        held = piece;
    }
    if (!(0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .sameBytes */ .er)(digest.digest(), entry.blake3) || !(0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .sameBytes */ .er)(sha256.digest(), entry.sha256)) {
        throw damagedContent(entry, 'is damaged in');
    }
    if (held)
        yield held;
}
async function* decodedPieces({ storage, workers, key, frames, rawOffset, signal }, { size }) {
    const end = rawOffset + size;
    const decode = async (frame) => {
        const stored = await storage.get(key, { offset: frame.storedOffset, length: frame.storedLength }, signal);
        const coded = { codec: frame.codec, rawLength: frame.rawLength, stored };
        // A thread would only look at the length of raw bytes.
        const raw = frame.codec === 'raw' ? _tasks_js__WEBPACK_IMPORTED_MODULE_4__/* .tasks */ .vB.decompress(coded) : await workers.run('decompress', coded, signal);
        return raw?.subarray(Math.max(0, rawOffset - frame.rawOffset), Math.min(frame.rawLength, end - frame.rawOffset));
    };
    const ahead = [];
    try {
        for (let next = 0; next < frames.length || ahead.length > 0;) {
            while (next < frames.length && ahead.length < FRAMES_AHEAD) {
                const piece = decode(frames[next++]);
                piece.catch(() => undefined);
                ahead.push(piece);
            }
            signal?.throwIfAborted();
            yield await ahead.shift();
        }
    }
    finally {
        await Promise.allSettled(ahead);
    }
}
function damagedContent(entry, what, cause) {
    const name = JSON.stringify(entry.path);
    const address = (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_2__/* .formatContentAddress */ .NU)(entry.blake3);
    return new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .ArchiveError */ .di('INTEGRITY', `The content of ${name} (${address}) ${what} the store; archive the file again as it was, or restore the store from a backup.`, cause, { path: entry.path, expected: address });
}


/***/ }),

/***/ 75328:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   CH: () => (/* binding */ encodeTrailer),
/* harmony export */   FJ: () => (/* binding */ encodePackHeader),
/* harmony export */   GF: () => (/* binding */ placeFrames),
/* harmony export */   H5: () => (/* binding */ encodeFrames),
/* harmony export */   HI: () => (/* binding */ listContents),
/* harmony export */   L1: () => (/* binding */ OBJECT_MIN_BYTES),
/* harmony export */   Zp: () => (/* binding */ FRAME_RAW_BYTES),
/* harmony export */   ah: () => (/* binding */ placeContents),
/* harmony export */   ct: () => (/* binding */ PACK_TARGET_BYTES),
/* harmony export */   g6: () => (/* binding */ encodePackTable),
/* harmony export */   it: () => (/* binding */ decodePackTable),
/* harmony export */   kK: () => (/* binding */ FRAME_MAX_CONTENTS),
/* harmony export */   lQ: () => (/* binding */ OBJECT_FRAME_RAW_BYTES),
/* harmony export */   ot: () => (/* binding */ readTrailer),
/* harmony export */   vx: () => (/* binding */ decodeFrames),
/* harmony export */   zS: () => (/* binding */ PACK_TARGET_CONTENTS)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var _encoding_cbor_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(84660);
/* harmony import */ var _encoding_document_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(58117);
/* harmony import */ var _encoding_magic_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(34885);
/* harmony import */ var _encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(72167);
/* harmony import */ var _identity_digest_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(81713);
/* harmony import */ var _identity_hasher_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(25014);







/**
 * A pack: header, frames, trailer, footer. Contents laid end to end form one stream of raw bytes; frames cut that
 * stream into pieces that are coded each on its own. Both lists are in order and leave no gaps, so lengths are all
 * the trailer needs, and frames or contents that overlap cannot be written down. docs/format.md has the bytes.
 */
const VERSION = 2;
/** The trailer of version 1 was its CBOR alone. */
const DOCUMENT_TRAILER_VERSION = 2;
const NONCE_BYTES = 16;
const HEADER_BYTES = _encoding_magic_js__WEBPACK_IMPORTED_MODULE_3__/* .MAGIC_BYTES */ .kP + NONCE_BYTES;
/** Trailer digest, trailer length (uint32, little endian), closing magic. */
const FOOTER_BYTES = _identity_digest_js__WEBPACK_IMPORTED_MODULE_5__/* .DIGEST_BYTES */ .x4 + 4 + 4;
const CLOSING_MAGIC = Buffer.from('KPSA', 'ascii');
/** Raw bytes of small contents gathered in one frame; enough context for zstd, little to read for one file. */
const FRAME_RAW_BYTES = 1024 * 1024;
/** Contents in one frame: bounds the work of reading one of many tiny ones. */
const FRAME_MAX_CONTENTS = 4096;
/** Contents from this size on get a pack of their own, an object. */
const OBJECT_MIN_BYTES = 1024 * 1024;
/** Raw bytes in one frame of an object: bounds memory, and lets several threads share one large file. */
const OBJECT_FRAME_RAW_BYTES = 2 * 1024 * 1024;
/** A pack is sealed when its frames reach this many stored bytes… */
const PACK_TARGET_BYTES = 16 * 1024 * 1024;
/** …or hold this many contents: bounds the memory that its trailer takes. */
const PACK_TARGET_CONTENTS = 65_536;
/** No frame of this version is larger; a trailer that claims more is refused before memory is set aside. */
const MAX_FRAME_RAW_BYTES = 16 * 1024 * 1024;
const CODECS = ['raw', 'zstd'];
/**
 * The random part gives every pack a name of its own, so that bytes being deleted under one name are never taken for
 * the same bytes being stored again.
 */
function encodePackHeader() {
    return Buffer.concat([(0,_encoding_magic_js__WEBPACK_IMPORTED_MODULE_3__/* .encodeMagic */ .wW)('ASPK', VERSION), (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(NONCE_BYTES)]);
}
/** What a pack holds, as its trailer and the log tell it. */
function encodePackTable({ frames, contents }) {
    return {
        contents: {
            digests: Buffer.concat(contents.map((content) => content.digest)),
            lengths: contents.map((content) => content.length),
        },
        frames: encodeFrames(frames),
    };
}
function encodeTrailer(contents) {
    const raw = (0,_encoding_cbor_js__WEBPACK_IMPORTED_MODULE_1__/* .encodeCbor */ .H)(encodePackTable(contents));
    const trailer = (0,_encoding_document_js__WEBPACK_IMPORTED_MODULE_2__/* .packDocument */ .No)('ASTR', raw, (opened) => decodePackTable((0,_encoding_cbor_js__WEBPACK_IMPORTED_MODULE_1__/* .decodeCbor */ .P)(opened), 'The pack'));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(trailer.byteLength);
    return Buffer.concat([trailer, _identity_hasher_js__WEBPACK_IMPORTED_MODULE_6__/* .blake3 */ .LG.hash(trailer), length, CLOSING_MAGIC]);
}
/**
 * Reads a pack's own list of what it holds.
 *
 * @throws ArchiveError `INTEGRITY` or `FORMAT_UNSUPPORTED`, naming the pack.
 */
async function readTrailer(key, size, read) {
    const where = `The pack "${key}"`;
    if (size < HEADER_BYTES + FOOTER_BYTES)
        throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .malformed */ .Qm)(where, 'it is too short');
    const version = (0,_encoding_magic_js__WEBPACK_IMPORTED_MODULE_3__/* .readMagic */ .SC)(await read(0, _encoding_magic_js__WEBPACK_IMPORTED_MODULE_3__/* .MAGIC_BYTES */ .kP), 'ASPK', VERSION, where);
    const footer = Buffer.from(await read(size - FOOTER_BYTES, FOOTER_BYTES));
    const length = footer.readUInt32LE(_identity_digest_js__WEBPACK_IMPORTED_MODULE_5__/* .DIGEST_BYTES */ .x4);
    if (!(0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_5__/* .sameBytes */ .er)(footer.subarray(_identity_digest_js__WEBPACK_IMPORTED_MODULE_5__/* .DIGEST_BYTES */ .x4 + 4), CLOSING_MAGIC))
        throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .malformed */ .Qm)(where, 'its end is missing');
    const room = size - HEADER_BYTES - FOOTER_BYTES;
    if (length > _encoding_document_js__WEBPACK_IMPORTED_MODULE_2__/* .MAX_STORED_BYTES */ .DR)
        throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .malformed */ .Qm)(where, 'its trailer is longer than any may be');
    if (length > room)
        throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .malformed */ .Qm)(where, 'its trailer is longer than the pack');
    const bytes = await read(size - FOOTER_BYTES - length, length);
    if (!(0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_5__/* .sameBytes */ .er)(_identity_hasher_js__WEBPACK_IMPORTED_MODULE_6__/* .blake3 */ .LG.hash(bytes), footer.subarray(0, _identity_digest_js__WEBPACK_IMPORTED_MODULE_5__/* .DIGEST_BYTES */ .x4)))
        throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .malformed */ .Qm)(where, 'its trailer changed');
    const raw = version < DOCUMENT_TRAILER_VERSION ? bytes : (0,_encoding_document_js__WEBPACK_IMPORTED_MODULE_2__/* .openDocument */ .EJ)('ASTR', bytes, where);
    const trailer = decodePackTable((0,_encoding_cbor_js__WEBPACK_IMPORTED_MODULE_1__/* .decodeCbor */ .P)(raw), where);
    if (sum(trailer.frames, (frame) => frame.storedLength) !== room - length) {
        throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .malformed */ .Qm)(where, 'frames miss its length');
    }
    return trailer;
}
/** @throws ArchiveError `INTEGRITY` when contents and frames do not fit each other. */
function decodePackTable(table, where) {
    const trailer = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .readMap */ .l8)(table, where, ['contents', 'frames']);
    const frames = decodeFrames(trailer.frames, where);
    const contents = decodeContents(trailer.contents, where);
    if (sum(frames, (frame) => frame.rawLength) !== sum(contents, (content) => content.length)) {
        throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .malformed */ .Qm)(where, 'contents miss the frames');
    }
    return { frames, contents };
}
/** Frames as lists of codec, raw length, stored length: the form of the trailer and of the registry's index. */
function encodeFrames(frames) {
    return frames.map((frame) => [CODECS.indexOf(frame.codec), frame.rawLength, frame.storedLength]);
}
function decodeFrames(value, where) {
    return (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .readList */ .LD)(value, where).map((item) => {
        const [codec, raw, stored, ...rest] = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .readList */ .LD)(item, where);
        const name = CODECS[(0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .readCount */ ._0)(codec, where)];
        if (name === undefined || rest.length > 0)
            throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .malformed */ .Qm)(where, 'a frame is coded in an unknown way');
        const frame = { codec: name, rawLength: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .readCount */ ._0)(raw, where), storedLength: (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .readCount */ ._0)(stored, where) };
        const { rawLength, storedLength } = frame;
        const fits = name === 'raw' ? storedLength === rawLength : storedLength <= rawLength;
        if (rawLength === 0 || rawLength > MAX_FRAME_RAW_BYTES || !fits) {
            throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .malformed */ .Qm)(where, 'a frame has an impossible length');
        }
        return frame;
    });
}
function placeFrames(frames) {
    let rawOffset = 0;
    let storedOffset = HEADER_BYTES;
    return frames.map((frame) => {
        const placed = { ...frame, rawOffset, storedOffset };
        rawOffset += frame.rawLength;
        storedOffset += frame.storedLength;
        return placed;
    });
}
function placeContents(contents) {
    let rawOffset = 0;
    return contents.map((content) => {
        const placed = { ...content, rawOffset };
        rawOffset += content.length;
        return placed;
    });
}
function decodeContents(value, where) {
    const map = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .readMap */ .l8)(value, where, ['digests', 'lengths']);
    const digests = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .readBytes */ .io)(map.digests, where);
    const lengths = (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .readList */ .LD)(map.lengths, where);
    if (digests.byteLength !== lengths.length * _identity_digest_js__WEBPACK_IMPORTED_MODULE_5__/* .DIGEST_BYTES */ .x4)
        throw (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .malformed */ .Qm)(where, 'digests and lengths disagree');
    return listContents(digests, lengths.map((length) => (0,_encoding_shape_js__WEBPACK_IMPORTED_MODULE_4__/* .readCount */ ._0)(length, where)));
}
/** Contents whose digests lie end to end. */
function listContents(digests, lengths) {
    return lengths.map((length, i) => ({
        digest: digests.subarray(i * _identity_digest_js__WEBPACK_IMPORTED_MODULE_5__/* .DIGEST_BYTES */ .x4, (i + 1) * _identity_digest_js__WEBPACK_IMPORTED_MODULE_5__/* .DIGEST_BYTES */ .x4),
        length,
    }));
}
function sum(items, value) {
    return items.reduce((total, item) => total + value(item), 0);
}


/***/ }),

/***/ 9603:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  h: () => (/* binding */ counted),
  g: () => (/* binding */ readInOrder)
});

// EXTERNAL MODULE: ./build/action/artifact-store/encoding/release.js
var release = __webpack_require__(3315);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest.js
var digest = __webpack_require__(81713);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/hasher.js
var hasher = __webpack_require__(25014);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/content-index.js + 1 modules
var content_index = __webpack_require__(83238);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/content-reader.js + 1 modules
var content_reader = __webpack_require__(88219);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/content-stream.js
var content_stream = __webpack_require__(26591);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/format.js
var format = __webpack_require__(75328);
;// CONCATENATED MODULE: ./build/action/artifact-store/packs/frame-cache.js

/** Raw bytes of decoded frames; bounds memory. */
const MAX_CACHED_BYTES = 24 * 1024 * 1024;
/** Decoded frames, those that were asked for last. */
class FrameCache {
    #parts;
    #frames = new Map();
    #evicted = [];
    #bytes = 0;
    #pending = 0;
    constructor(parts) {
        this.#parts = parts;
    }
    /** Frames on their way. */
    get pending() {
        return this.#pending;
    }
    /** The raw bytes of a frame, not to be changed; undefined when they are not what was stored. */
    get(packKey, frame) {
        const key = `${packKey} ${frame.storedOffset}`;
        const found = this.#frames.get(key);
        const { raw, bytes } = found ?? { raw: this.#decode(packKey, frame), bytes: frame.rawLength };
        // The last one is the one that was used last.
        this.#frames.delete(key);
        this.#frames.set(key, { raw, bytes });
        if (found === undefined)
            this.#bytes += bytes;
        for (const [oldest, { raw: old, bytes: freed }] of this.#frames) {
            if (this.#bytes <= MAX_CACHED_BYTES || oldest === key)
                break;
            this.#frames.delete(oldest);
            this.#evicted.push(old);
            this.#bytes -= freed;
        }
        return raw;
    }
    /** Frees what was put out, when nobody uses what was asked for before. */
    releaseEvicted() {
        for (const raw of this.#evicted.splice(0)) {
            raw.then((bytes) => bytes && (0,release/* release */._)(bytes), () => undefined);
        }
    }
    #decode(packKey, frame) {
        this.#pending++;
        const raw = this.#read(packKey, frame).finally(() => this.#pending--);
        raw.catch(() => undefined);
        return raw;
    }
    async #read(packKey, { codec, rawLength, storedOffset, storedLength }) {
        const { storage, workers, signal } = this.#parts;
        const stored = await storage.get(packKey, { offset: storedOffset, length: storedLength }, signal);
        return workers.run('decompress', { codec, rawLength, stored }, signal);
    }
}

// EXTERNAL MODULE: ./build/action/artifact-store/packs/progress.js
var progress = __webpack_require__(42296);
;// CONCATENATED MODULE: ./build/action/artifact-store/packs/ordered-reader.js










/** Entries that are looked up at once; bounds memory. */
const LOOKED_UP = 2000;
/**
 * The files one after the other, in the order that is asked for, with nothing on the way but memory: frames are decoded a
 * few ahead, and kept for a while since files that follow each other mostly lie in one.
 *
 * @throws ArchiveError `INTEGRITY` at the first content that is missing or damaged.
 */
async function* readInOrder(parts, entries) {
    const cache = new FrameCache(parts);
    for (const part of (0,content_index/* partsOf */.CI)(entries, LOOKED_UP)) {
        const placed = await placeAll(parts, part);
        let ahead = 0;
        for (const [i, item] of placed.entries()) {
            parts.signal?.throwIfAborted();
            cache.releaseEvicted();
            ahead = Math.max(ahead, i);
            while (ahead < placed.length && cache.pending <= parts.workers.size)
                prefetch(cache, placed[ahead++]);
            yield { entry: part[i], pieces: bytesOf(parts, cache, part[i], item) };
        }
    }
}
/** Undefined for an empty content, which is not stored. */
async function placeAll(parts, entries) {
    const stored = entries.filter(({ size }) => size > 0);
    const locations = await (0,content_index/* locateContents */.c1)(parts.db, stored.map(({ blake3 }) => blake3));
    const packs = new Map();
    const placed = [];
    for (const entry of entries) {
        const location = entry.size === 0 ? undefined : locations.get((0,digest/* toHex */.nj)(entry.blake3));
        if (entry.size > 0 && location?.length !== entry.size)
            throw (0,content_stream/* damagedContent */.J)(entry, 'is missing from');
        if (location === undefined) {
            placed.push(undefined);
            continue;
        }
        let found = packs.get(location.packId);
        if (found === undefined) {
            const pack = await (0,content_index/* findPack */.LU)(parts.db, location.packId);
            found = { pack, frames: (0,format/* placeFrames */.GF)(pack.frames) };
            packs.set(location.packId, found);
        }
        const frames = (0,content_reader/* framesOf */.kA)(found.frames, location);
        placed.push({ pack: found.pack, frames, rawOffset: location.rawOffset });
    }
    return placed;
}
function prefetch(cache, item) {
    if (item?.frames.length === 1)
        void cache.get(item.pack.key, item.frames[0]);
}
async function* bytesOf(parts, cache, entry, place) {
    if (place === undefined) {
        if (!(0,hasher/* hasDigests */.Ou)(new Uint8Array(), entry))
            throw (0,content_stream/* damagedContent */.J)(entry, 'is damaged in');
        return;
    }
    const { pack, frames, rawOffset } = place;
    const [frame, ...others] = frames;
    if (frame === undefined || others.length > 0) {
        for await (const piece of (0,content_stream/* streamContent */.M)({ ...parts, key: pack.key, frames, rawOffset }, entry)) {
            yield piece;
            (0,release/* release */._)(piece);
        }
        return;
    }
    let raw;
    try {
        raw = await cache.get(pack.key, frame);
    }
    catch (error) {
        throw (0,errors/* isArchiveError */.J)(error, 'INTEGRITY') ? (0,content_stream/* damagedContent */.J)(entry, 'is missing from', error) : error;
    }
    const start = rawOffset - frame.rawOffset;
    const bytes = raw?.subarray(start, start + entry.size);
    if (bytes === undefined || !(0,hasher/* hasDigests */.Ou)(bytes, entry))
        throw (0,content_stream/* damagedContent */.J)(entry, 'is damaged in');
    yield bytes;
}
/** Tells of files as they are read to their end, and of large ones on the way. */
async function* counted(files, entries, onProgress) {
    const counter = new progress/* ProgressCounter */.C(onProgress, (0,progress/* totalOf */.e)(entries.map(({ size }) => size)));
    for await (const { entry, pieces } of files)
        yield { entry, pieces: countedPieces(entry, pieces, counter) };
}
async function* countedPieces({ path, size }, pieces, counter) {
    let bytes = 0;
    for await (const piece of pieces) {
        bytes += piece.byteLength;
        yield piece;
        if (size >= format/* OBJECT_MIN_BYTES */.L1)
            counter.within(path, bytes, size);
    }
    counter.add(path, size);
}


/***/ }),

/***/ 23736:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   P9: () => (/* binding */ storeObject),
/* harmony export */   fQ: () => (/* binding */ OBJECTS),
/* harmony export */   lp: () => (/* binding */ PackWriter),
/* harmony export */   pI: () => (/* binding */ PACKS)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var _encoding_release_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(3315);
/* harmony import */ var _identity_digest_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(81713);
/* harmony import */ var _identity_hasher_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(25014);
/* harmony import */ var _format_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(75328);





/** Where packs lie. */
const PACKS = 'packs/';
/** Where packs of one large content lie. */
const OBJECTS = 'objects/';
/** Of packs in memory: nearly all end here, with their last frame and their trailer. */
const CAPACITY = _format_js__WEBPACK_IMPORTED_MODULE_3__/* .PACK_TARGET_BYTES */ .ct + 4 * 1024 * 1024;
/** Gathers frames of small contents in memory and stores them as packs, each in one write and from one piece of memory. */
class PackWriter {
    #storage;
    #bytes = Buffer.alloc(0);
    #end = 0;
    #frames = [];
    #contents = [];
    constructor(storage) {
        this.#storage = storage;
    }
    /**
     * Adds a frame and the contents it is made of. Its bytes are gone afterwards.
     *
     * @returns the pack when it is full, already being stored.
     */
    add(frame, contents) {
        if (this.#end === 0)
            this.#push((0,_format_js__WEBPACK_IMPORTED_MODULE_3__/* .encodePackHeader */ .FJ)());
        this.#push(frame.stored);
        this.#frames.push(frameOf(frame));
        for (const content of contents)
            this.#contents.push(content);
        (0,_encoding_release_js__WEBPACK_IMPORTED_MODULE_4__/* .release */ ._)(frame.stored);
        const isFull = this.#end >= _format_js__WEBPACK_IMPORTED_MODULE_3__/* .PACK_TARGET_BYTES */ .ct || this.#contents.length >= _format_js__WEBPACK_IMPORTED_MODULE_3__/* .PACK_TARGET_CONTENTS */ .zS;
        return isFull ? this.seal() : undefined;
    }
    /** Stores what has been gathered; undefined when that is nothing. */
    seal() {
        if (this.#frames.length === 0)
            return undefined;
        const trailer = { frames: this.#frames, contents: this.#contents };
        this.#push((0,_format_js__WEBPACK_IMPORTED_MODULE_3__/* .encodeTrailer */ .CH)(trailer));
        const bytes = this.#bytes.subarray(0, this.#end);
        this.#bytes = Buffer.alloc(0);
        this.#end = 0;
        this.#frames = [];
        this.#contents = [];
        return this.#store(bytes, trailer);
    }
    async #store(bytes, trailer) {
        const hex = (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_1__/* .toHex */ .nj)(_identity_hasher_js__WEBPACK_IMPORTED_MODULE_2__/* .blake3 */ .LG.hash(bytes));
        const key = `${PACKS}${hex.slice(0, 2)}/${hex}`;
        const storedBytes = bytes.byteLength;
        await this.#storage.put(key, [bytes]);
        (0,_encoding_release_js__WEBPACK_IMPORTED_MODULE_4__/* .release */ ._)(bytes);
        return new StoredPack(key, storedBytes, trailer);
    }
    #push(piece) {
        const end = this.#end + piece.byteLength;
        if (end > this.#bytes.byteLength) {
            const larger = Buffer.allocUnsafeSlow(Math.max(CAPACITY, end));
            larger.set(this.#bytes.subarray(0, this.#end));
            this.#bytes = larger;
        }
        this.#bytes.set(piece, this.#end);
        this.#end = end;
    }
}
/** Lists its contents when they are asked for: the lists of all packs of an import would take four times the memory. */
class StoredPack {
    key;
    storedBytes;
    frames;
    #digests;
    #lengths;
    constructor(key, storedBytes, { frames, contents }) {
        this.key = key;
        this.storedBytes = storedBytes;
        this.frames = frames;
        this.#digests = Buffer.concat(contents.map(({ digest }) => digest));
        this.#lengths = contents.map(({ length }) => length);
    }
    get contents() {
        return (0,_format_js__WEBPACK_IMPORTED_MODULE_3__/* .listContents */ .HI)(this.#digests, this.#lengths);
    }
}
/** Distinguishes copies of one object that two writers store at once, as the header's nonce does for packs. */
const OBJECT_NONCE_BYTES = 8;
/** Stores one large content as a pack of its own, frame by frame as they come. */
async function storeObject(storage, content, coded) {
    const hex = (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_1__/* .toHex */ .nj)(content.digest);
    const key = `${OBJECTS}${hex.slice(0, 2)}/${hex}-${(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(OBJECT_NONCE_BYTES).toString('hex')}`;
    const frames = [];
    const contents = [content];
    let storedBytes = 0;
    const counted = (piece) => {
        storedBytes += piece.byteLength;
        return piece;
    };
    async function* pieces() {
        yield counted((0,_format_js__WEBPACK_IMPORTED_MODULE_3__/* .encodePackHeader */ .FJ)());
        for await (const frame of coded) {
            frames.push(frameOf(frame));
            yield counted(frame.stored);
            (0,_encoding_release_js__WEBPACK_IMPORTED_MODULE_4__/* .release */ ._)(frame.stored);
        }
        yield counted((0,_format_js__WEBPACK_IMPORTED_MODULE_3__/* .encodeTrailer */ .CH)({ frames, contents }));
    }
    await storage.put(key, pieces());
    return { key, storedBytes, frames, contents };
}
function frameOf({ codec, rawLength, stored }) {
    return { codec, rawLength, storedLength: stored.byteLength };
}


/***/ }),

/***/ 42296:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   C: () => (/* binding */ ProgressCounter),
/* harmony export */   e: () => (/* binding */ totalOf)
/* harmony export */ });
/** Counts files, and what has come of large ones, and tells somebody. */
class ProgressCounter {
    #tell;
    #progress;
    /** What has come of large files, by their path. */
    #partial = new Map();
    constructor(tell, total = {}) {
        this.#tell = tell;
        this.#progress = { files: 0, bytes: 0, ...total };
    }
    /** A file is through. */
    add(path, size) {
        const progress = this.#progress;
        progress.files++;
        progress.bytes += size - (this.#partial.get(path) ?? 0);
        this.#partial.delete(path);
        if (progress.file?.path === path)
            progress.file = undefined;
        this.#tell?.(progress);
    }
    /** A large file has come so far; one that is read again begins anew. */
    within(path, bytes, totalBytes) {
        this.#progress.bytes += bytes - (this.#partial.get(path) ?? 0);
        this.#partial.set(path, bytes);
        this.#progress.file = { path, bytes, totalBytes };
        this.#tell?.(this.#progress);
    }
}
/** What files come to. */
function totalOf(sizes) {
    let [totalFiles, totalBytes] = [0, 0];
    for (const size of sizes) {
        totalFiles++;
        totalBytes += size;
    }
    return { totalFiles, totalBytes };
}


/***/ }),

/***/ 37206:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ng: () => (/* binding */ retryRead),
/* harmony export */   YP: () => (/* binding */ toRead),
/* harmony export */   Zh: () => (/* binding */ isFault),
/* harmony export */   cS: () => (/* binding */ batchesOf),
/* harmony export */   eN: () => (/* binding */ MAX_BATCH_FILES),
/* harmony export */   hu: () => (/* binding */ PENDING_READS_PER_WORKER),
/* harmony export */   lG: () => (/* binding */ filesToRead),
/* harmony export */   sV: () => (/* binding */ isLarge)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(51455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(76760);
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(58500);
/* harmony import */ var _source_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(85649);
/* harmony import */ var _source_faults_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(87455);
/* harmony import */ var _format_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(75328);






/** A file that changes while it is read is tried again after these pauses. */
const RETRY_PAUSES_MS = [20, 100, 500];
/** Files in one task share a round trip to the thread, and one to the database. */
const MAX_BATCH_FILES = 1024;
/** Batches and large files being read ahead of the one that is taken in; bounds memory. */
const PENDING_READS_PER_WORKER = 2;
function isLarge(file) {
    return file.stamp.size >= _format_js__WEBPACK_IMPORTED_MODULE_4__/* .OBJECT_MIN_BYTES */ .L1;
}
/** Small files to be read in one go, as many as fill a frame; a large one by itself. */
function* batchesOf(files) {
    let batch = [];
    let bytes = 0;
    for (const file of files) {
        const full = isLarge(file) || bytes >= _format_js__WEBPACK_IMPORTED_MODULE_4__/* .FRAME_RAW_BYTES */ .Zp || batch.length >= MAX_BATCH_FILES;
        if (full && batch.length > 0) {
            yield batch;
            batch = [];
            bytes = 0;
        }
        if (isLarge(file)) {
            yield [file];
        }
        else {
            batch.push(file);
            bytes += file.stamp.size;
        }
    }
    if (batch.length > 0)
        yield batch;
}
function toRead(base, { path, from = path, stamp }) {
    return { file: (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(base, from), stamp };
}
function filesToRead(base, files) {
    return {
        base,
        paths: files.map(({ path, from = path }) => from),
        stamps: (0,_source_js__WEBPACK_IMPORTED_MODULE_5__/* .packStamps */ .Ez)(files.map(({ stamp }) => stamp)),
    };
}
function isFault(result) {
    return 'status' in result && result.status !== 'read';
}
/**
 * Looks at the file anew and reads it by itself, a few times. The last fault is the one that is told.
 *
 * @returns the file as it was when it was read, and what the reading gave.
 * @throws ArchiveError `FILE_UNREADABLE` or `FILE_CHANGED` naming the file.
 */
async function retryRead(base, file, fault, read, signal) {
    let last = fault;
    for (const pause of RETRY_PAUSES_MS) {
        if (last.status === 'failed')
            break;
        await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_2__.setTimeout)(pause, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
        const now = await relist(base, file);
        if (isFault(now)) {
            last = now;
            continue;
        }
        const result = await read(now);
        if (!isFault(result))
            return [now, result];
        last = result;
    }
    throw (0,_source_faults_js__WEBPACK_IMPORTED_MODULE_3__/* .sourceError */ .I)(file.path, last);
}
/** The file as it is now. */
async function relist(base, { path, from }) {
    try {
        const stat = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.lstat)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(base, from ?? path), { bigint: true });
        return stat.isFile() ? (0,_source_js__WEBPACK_IMPORTED_MODULE_5__/* .sourceFile */ .sm)(path, stat, from) : { status: 'replaced' };
    }
    catch (error) {
        return (0,_source_faults_js__WEBPACK_IMPORTED_MODULE_3__/* .readFaultOf */ .Y)(error);
    }
}


/***/ }),

/***/ 5350:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   X: () => (/* binding */ StatCache)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(73024);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(51455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(76760);
/* harmony import */ var _encoding_magic_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(34885);
/* harmony import */ var _encoding_utf8_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(28807);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(75087);
/* harmony import */ var _files_file_system_time_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(10226);
/* harmony import */ var _files_whole_file_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(43544);
/* harmony import */ var _identity_digest_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(81713);
/* harmony import */ var _identity_hasher_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(25014);
/* harmony import */ var _outside_file_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(90268);
/* harmony import */ var _source_js__WEBPACK_IMPORTED_MODULE_11__ = __webpack_require__(85649);












const VERSION = 2;
/** size, mtime, ctime, inode: 64 bits each. */
const STAMP_BYTES = 4 * 8;
const RECORD_BYTES = STAMP_BYTES + 2 * _identity_digest_js__WEBPACK_IMPORTED_MODULE_7__/* .DIGEST_BYTES */ .x4;
const BODY_AT = _encoding_magic_js__WEBPACK_IMPORTED_MODULE_3__/* .MAGIC_BYTES */ .kP + _identity_digest_js__WEBPACK_IMPORTED_MODULE_7__/* .DIGEST_BYTES */ .x4;
const FIRST_RECORDS = 256;
/** Some ten million files. */
const MAX_CACHE_BYTES = 1024 * 1024 * 1024;
/**
 * A file changed this shortly before it was read may change again without its times telling, since clocks of file
 * systems tick that coarsely (FAT: 2 s). Git calls such entries racy (Documentation/technical/racy-git.txt) and so
 * they are not kept.
 */
const RACY_NS = 2000000000n;
/**
 * The digests of files as they were last read, by their stamps: an unchanged file need not be read again. It is a
 * cache: a damaged or missing one only costs time.
 */
class StatCache {
    #file;
    #base;
    #known;
    /** What became of each of the files known. */
    #fates;
    /** Which of them comes next, if they are looked up in their order. */
    #next = 0;
    /** Records of files that were read, with room for more, and their paths. */
    #added = Buffer.alloc(0);
    #addedView = viewOf(this.#added);
    #addedPaths = [];
    /** When the first of them may have been read, by the clock of this machine. */
    #readAtMs = Number.POSITIVE_INFINITY;
    constructor(file, base, known) {
        this.#file = file;
        this.#base = base;
        this.#known = known;
        this.#fates = new Uint8Array(known.paths.length);
    }
    /** Opens the cache of the files below one folder. */
    static async open(directory, base) {
        const name = (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_7__/* .toHex */ .nj)(_identity_hasher_js__WEBPACK_IMPORTED_MODULE_8__/* .blake3 */ .LG.hash(Buffer.from(base))).slice(0, 32);
        const file = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(directory, name);
        return new StatCache(file, base, await load(file));
    }
    /** The digests of a file, if it has not changed since they were computed. */
    lookup(path, stamp) {
        const index = this.#find(path);
        if (index === undefined || !this.#hasStamp(index, stamp))
            return undefined;
        this.#fates[index] = IS_CURRENT;
        return (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_7__/* .digestsAt */ .Dq)(this.#known.records, index * RECORD_BYTES + STAMP_BYTES);
    }
    /** Takes up a file that was read at `readAt` or later. It is not kept if it changed too shortly before that. */
    add({ path, stamp }, { blake3, sha256 }, readAt) {
        const index = this.#find(path);
        if (index !== undefined)
            this.#fates[index] = IS_REPLACED;
        this.#readAtMs = Math.min(this.#readAtMs, readAt.getTime());
        const at = this.#addedPaths.push(path) * RECORD_BYTES - RECORD_BYTES;
        if (at === this.#added.byteLength) {
            const length = Math.max(FIRST_RECORDS * RECORD_BYTES, 2 * at);
            this.#added = Buffer.from(this.#added.buffer.transfer(length));
            this.#addedView = viewOf(this.#added);
        }
        this.#addedView.setBigUint64(at, BigInt(stamp.size), true);
        this.#addedView.setBigInt64(at + 8, stamp.mtimeNs, true);
        this.#addedView.setBigInt64(at + 16, stamp.ctimeNs, true);
        this.#addedView.setBigUint64(at + 24, stamp.inode, true);
        this.#added.set(blake3, at + STAMP_BYTES);
        this.#added.set(sha256, at + STAMP_BYTES + _identity_digest_js__WEBPACK_IMPORTED_MODULE_7__/* .DIGEST_BYTES */ .x4);
    }
    /** Keeps the files that were added, and of those known before the ones that are still there as they were. */
    async save() {
        const { paths, records } = this.#known;
        try {
            const kept = [...paths.keys()].filter((index) => this.#isKept(index));
            if (this.#addedPaths.length === 0 && kept.length === paths.length)
                return;
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.mkdir)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.dirname)(this.#file), { recursive: true });
            const settled = this.#addedPaths.length === 0 ? 0n : await this.#settledNs();
            const added = [...this.#addedPaths.keys()].filter((index) => {
                const { mtimeNs, ctimeNs } = readStamp(this.#addedView, index * RECORD_BYTES);
                return mtimeNs < settled && ctimeNs < settled;
            });
            const files = [
                ...kept.map((index) => ({ path: paths[index], records, index })),
                ...added.map((index) => ({ path: this.#addedPaths[index], records: this.#added, index })),
            ];
            await (0,_files_whole_file_js__WEBPACK_IMPORTED_MODULE_6__/* .replaceFile */ .fR)(this.#file, encode(files));
        }
        catch {
            // The archive is complete without it; the next one reads every file.
        }
    }
    /**
     * Files whose times are older than this were not changed shortly before they were read. Their file system dates them by its own
     * clock, which is asked where the cache lies on it.
     */
    async #settledNs() {
        const folder = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.dirname)(this.#file);
        const areTogether = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.statSync)(this.#base, { throwIfNoEntry: false })?.dev === (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.statSync)(folder).dev;
        const ahead = areTogether ? (await (0,_files_file_system_time_js__WEBPACK_IMPORTED_MODULE_5__/* .fileSystemTime */ .R)(folder)) - Date.now() : 0;
        return BigInt(Math.floor(this.#readAtMs + ahead)) * 1000000n - RACY_NS;
    }
    /** Where the file stands among those known. */
    #find(path) {
        const { paths } = this.#known;
        const isNext = paths[this.#next] === path;
        const index = isNext ? this.#next : (0,_encoding_utf8_js__WEBPACK_IMPORTED_MODULE_10__/* .searchUtf8 */ .S)(paths.length, (i) => paths[i], path);
        if (index !== undefined)
            this.#next = index + 1;
        return index;
    }
    #hasStamp(index, stamp) {
        return (0,_source_js__WEBPACK_IMPORTED_MODULE_11__/* .sameStamp */ .kQ)(readStamp(this.#known.view, index * RECORD_BYTES), stamp);
    }
    #isKept(index) {
        if (this.#fates[index] !== IS_UNSEEN)
            return this.#fates[index] === IS_CURRENT;
        const stat = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.lstatSync)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(this.#base, this.#known.paths[index]), { bigint: true, throwIfNoEntry: false });
        return stat?.isFile() === true && this.#hasStamp(index, (0,_source_js__WEBPACK_IMPORTED_MODULE_11__/* .stampOf */ .Zs)(stat));
    }
}
const IS_UNSEEN = 0;
const IS_CURRENT = 1;
const IS_REPLACED = 2;
function readStamp(view, at) {
    return {
        size: Number(view.getBigUint64(at, true)),
        mtimeNs: view.getBigInt64(at + 8, true),
        ctimeNs: view.getBigInt64(at + 16, true),
        inode: view.getBigUint64(at + 24, true),
    };
}
function viewOf({ buffer, byteOffset, byteLength }) {
    return new DataView(buffer, byteOffset, byteLength);
}
/** Magic, digest of all that follows, number of records, the records, their paths, each ended by a NUL; by their paths. */
function encode(files) {
    files.sort((a, b) => (0,_encoding_utf8_js__WEBPACK_IMPORTED_MODULE_10__/* .compareUtf8 */ .z)(a.path, b.path));
    const text = Buffer.from(files.map(({ path }) => `${path}\0`).join(''));
    const textAt = BODY_AT + 4 + files.length * RECORD_BYTES;
    const bytes = Buffer.alloc(textAt + text.byteLength);
    bytes.set((0,_encoding_magic_js__WEBPACK_IMPORTED_MODULE_3__/* .encodeMagic */ .wW)('ASSC', VERSION));
    bytes.writeUInt32LE(files.length, BODY_AT);
    files.forEach(({ records, index }, i) => {
        records.copy(bytes, BODY_AT + 4 + i * RECORD_BYTES, index * RECORD_BYTES, (index + 1) * RECORD_BYTES);
    });
    bytes.set(text, textAt);
    bytes.set(_identity_hasher_js__WEBPACK_IMPORTED_MODULE_8__/* .blake3 */ .LG.hash(bytes.subarray(BODY_AT)), _encoding_magic_js__WEBPACK_IMPORTED_MODULE_3__/* .MAGIC_BYTES */ .kP);
    return bytes;
}
async function load(file) {
    const nothing = knownOf([], Buffer.alloc(0));
    try {
        const stored = (0,_outside_file_js__WEBPACK_IMPORTED_MODULE_9__/* .readOutsideFile */ .g)(file, MAX_CACHE_BYTES);
        if (stored === undefined)
            return nothing;
        const version = (0,_encoding_magic_js__WEBPACK_IMPORTED_MODULE_3__/* .readMagic */ .SC)(stored, 'ASSC', VERSION, `The stat cache ${file}`);
        const body = stored.subarray(BODY_AT);
        const isSound = version === VERSION && (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_7__/* .sameBytes */ .er)(stored.subarray(_encoding_magic_js__WEBPACK_IMPORTED_MODULE_3__/* .MAGIC_BYTES */ .kP, BODY_AT), _identity_hasher_js__WEBPACK_IMPORTED_MODULE_8__/* .blake3 */ .LG.hash(body));
        return isSound ? decode(body) : nothing;
    }
    catch (error) {
        if (error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_4__/* .ArchiveError */ .di || error.code !== undefined)
            return nothing;
        throw error;
    }
}
function decode(body) {
    const end = 4 + body.readUInt32LE(0) * RECORD_BYTES;
    // The last one ends with a NUL as well.
    return knownOf(body.toString('utf8', end).split('\0').slice(0, -1), body.subarray(4, end));
}
function knownOf(paths, records) {
    return { paths, records, view: viewOf(records) };
}


/***/ }),

/***/ 11053:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   VV: () => (/* binding */ modeOf),
/* harmony export */   tq: () => (/* binding */ costs),
/* harmony export */   vB: () => (/* binding */ tasks)
/* harmony export */ });
/* unused harmony export TaskStopped */
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(73024);
/* harmony import */ var node_zlib__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(38522);
/* harmony import */ var _encoding_release_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(3315);
/* harmony import */ var _identity_digest_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(81713);
/* harmony import */ var _identity_hasher_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(25014);
/* harmony import */ var _source_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(85649);
/* harmony import */ var _source_faults_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(87455);








/**
 * The work that worker threads do: reading, hashing, coding, writing, all synchronous and without state. What a task
 * takes and gives is plain data that can cross threads. Those that may take long call `checkStop` now and then.
 */
const tasks = { readFiles, hashFile, readChunk, compress, extract, decompress };
/** About how many bytes a task reads, codes or writes; files count with what it takes to open them. */
const costs = {
    readFiles: ({ stamps, paths }) => (0,_source_js__WEBPACK_IMPORTED_MODULE_6__/* .unpackStamps */ .rG)(stamps).reduce((total, { size }) => total + size, 0) + paths.length * FILE_COST,
    hashFile: ({ item }) => item.stamp.size,
    readChunk: ({ length }) => length,
    compress: ({ raw }) => raw.byteLength,
    extract: ({ rawLength, contents }) => rawLength + contents.reduce((total, { writeTo }) => total + writeTo.length, 0) * FILE_COST,
    decompress: ({ rawLength }) => rawLength,
};
const FILE_COST = 4096;
/** Thrown by `checkStop` when nobody wants the result any more. */
class TaskStopped extends (/* unused pure expression or super */ null && (Error)) {
}
/** Level 3 is zstd's default: higher ones cost far more time than they save on text of a few KiB. */
const COMPRESSION_LEVEL = 3;
/** Below this gain the raw bytes are kept: they cost nothing to read back. */
const MIN_GAIN = 0.02;
const HASH_CHUNK_BYTES = 1024 * 1024;
function readFiles({ base, paths, stamps }, checkStop) {
    const listed = (0,_source_js__WEBPACK_IMPORTED_MODULE_6__/* .unpackStamps */ .rG)(stamps);
    const bytes = Buffer.allocUnsafeSlow(listed.reduce((total, { size }) => total + size, 0));
    const digests = Buffer.allocUnsafeSlow(paths.length * 2 * _identity_digest_js__WEBPACK_IMPORTED_MODULE_3__/* .DIGEST_BYTES */ .x4);
    const faults = [];
    let offset = 0;
    for (const [i, stamp] of listed.entries()) {
        checkStop();
        const content = bytes.subarray(offset, offset + stamp.size);
        offset += stamp.size;
        const fault = readStable({ file: `${base}/${paths[i]}`, stamp }, (fd) => readExactly(fd, content, 0));
        if (fault) {
            faults.push([i, fault]);
            continue;
        }
        _identity_hasher_js__WEBPACK_IMPORTED_MODULE_4__/* .blake3 */ .LG.hash(content).copy(digests, i * 2 * _identity_digest_js__WEBPACK_IMPORTED_MODULE_3__/* .DIGEST_BYTES */ .x4);
        (0,_identity_hasher_js__WEBPACK_IMPORTED_MODULE_4__/* .sha256 */ .sc)(content).copy(digests, (i * 2 + 1) * _identity_digest_js__WEBPACK_IMPORTED_MODULE_3__/* .DIGEST_BYTES */ .x4);
    }
    return { faults, bytes, digests };
}
/** Both digests of a large file in one read, and the BLAKE3 of each chunk so that a second read can be checked. */
function hashFile({ item, chunkBytes }, checkStop) {
    const ofAll = { blake3: _identity_hasher_js__WEBPACK_IMPORTED_MODULE_4__/* .blake3 */ .LG.createHash(), sha256: (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)('sha256') };
    const chunks = [];
    const buffer = Buffer.allocUnsafeSlow(HASH_CHUNK_BYTES);
    const fault = readStable(item, (fd) => {
        for (let chunk = 0; chunk < item.stamp.size; chunk += chunkBytes) {
            const end = Math.min(chunk + chunkBytes, item.stamp.size);
            const chunkHash = _identity_hasher_js__WEBPACK_IMPORTED_MODULE_4__/* .blake3 */ .LG.createHash();
            for (let at = chunk; at < end; at += HASH_CHUNK_BYTES) {
                checkStop();
                const bytes = buffer.subarray(0, Math.min(HASH_CHUNK_BYTES, end - at));
                if (!readExactly(fd, bytes, at))
                    return false;
                ofAll.blake3.update(bytes);
                ofAll.sha256.update(bytes);
                chunkHash.update(bytes);
            }
            chunks.push(chunkHash.digest());
        }
        return true;
    });
    return (fault ?? {
        status: 'read',
        blake3: ofAll.blake3.digest(),
        sha256: ofAll.sha256.digest(),
        chunks: Buffer.concat(chunks),
    });
}
/** One chunk of a large file, coded. */
function readChunk({ item, offset, length, digest, compressible, }) {
    const bytes = Buffer.allocUnsafeSlow(length);
    const fault = readStable(item, (fd) => readExactly(fd, bytes, offset));
    if (fault)
        return fault;
    if (!(0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_3__/* .sameBytes */ .er)(_identity_hasher_js__WEBPACK_IMPORTED_MODULE_4__/* .blake3 */ .LG.hash(bytes), digest))
        return { status: 'changed' };
    return {
        status: 'read',
        ...(compressible ? compress({ raw: bytes }) : { codec: 'raw', stored: bytes, rawLength: length }),
    };
}
/** The raw bytes are gone afterwards, or part of the result. */
function compress({ raw }) {
    const stored = (0,node_zlib__WEBPACK_IMPORTED_MODULE_2__.zstdCompressSync)(raw, {
        chunkSize: Math.max(64, raw.byteLength),
        pledgedSrcSize: raw.byteLength,
        params: { [node_zlib__WEBPACK_IMPORTED_MODULE_2__.constants.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL },
    });
    if (stored.byteLength > raw.byteLength * (1 - MIN_GAIN))
        return { codec: 'raw', stored: raw, rawLength: raw.byteLength };
    // The output buffer is as large as the input was, however little of it is used; a copy lets both go.
    const rawLength = raw.byteLength;
    const copy = Uint8Array.prototype.slice.call(stored);
    (0,_encoding_release_js__WEBPACK_IMPORTED_MODULE_7__/* .releaseBuffer */ .k)(stored.buffer, rawLength);
    (0,_encoding_release_js__WEBPACK_IMPORTED_MODULE_7__/* .release */ ._)(raw);
    return { codec: 'zstd', stored: copy, rawLength };
}
/** Decodes a frame, checks contents of it, and writes them. Tells which are sound; only those are written. */
function extract({ contents, digests, ...frame }, checkStop) {
    const raw = decompress(frame);
    if (raw === undefined)
        return contents.map(() => false);
    const sound = contents.map(({ offset, length, writeTo }, i) => {
        checkStop();
        const bytes = raw.subarray(offset, offset + length);
        if (!(0,_identity_hasher_js__WEBPACK_IMPORTED_MODULE_4__/* .hasDigests */ .Ou)(bytes, (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_3__/* .digestsAt */ .Dq)(digests, i * 2 * _identity_digest_js__WEBPACK_IMPORTED_MODULE_3__/* .DIGEST_BYTES */ .x4)))
            return false;
        for (const { file, executable } of writeTo)
            writeNewFile(file, bytes, executable);
        return true;
    });
    (0,_encoding_release_js__WEBPACK_IMPORTED_MODULE_7__/* .release */ ._)(raw);
    return sound;
}
/** The raw bytes of a frame, or undefined when they are not what was stored. */
function decompress({ codec, stored, rawLength }) {
    if (codec === 'raw')
        return stored.byteLength === rawLength ? stored : undefined;
    try {
        const raw = (0,node_zlib__WEBPACK_IMPORTED_MODULE_2__.zstdDecompressSync)(stored, { chunkSize: Math.max(64, rawLength), maxOutputLength: rawLength });
        (0,_encoding_release_js__WEBPACK_IMPORTED_MODULE_7__/* .release */ ._)(stored);
        return raw.byteLength === rawLength ? raw : undefined;
    }
    catch {
        return undefined;
    }
}
/** The mode new files are asked for: nobody but the owner may write, whatever the umask, which takes its part. */
function modeOf(executable) {
    return executable ? 0o755 : 0o644;
}
function writeNewFile(file, bytes, executable) {
    const fd = (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.openSync)(file, 'wx', modeOf(executable));
    try {
        for (let written = 0; written < bytes.byteLength;) {
            written += (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.writeSync)(fd, bytes, written, bytes.byteLength - written);
        }
    }
    finally {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.closeSync)(fd);
    }
}
/** A pipe that took the place of a file must not block the thread. Windows has none of these flags. */
const READ_FLAGS = node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_RDONLY | (node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_NOFOLLOW ?? 0) | (node_fs__WEBPACK_IMPORTED_MODULE_1__.constants.O_NONBLOCK ?? 0);
/** Looks at the file after the read: it is as it was when it was listed only if it did not change until then. */
function readStable({ file, stamp }, read) {
    let fd;
    try {
        fd = (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.openSync)(file, READ_FLAGS);
        const complete = read(fd) && (0,_source_js__WEBPACK_IMPORTED_MODULE_6__/* .sameStamp */ .kQ)((0,_source_js__WEBPACK_IMPORTED_MODULE_6__/* .stampOf */ .Zs)((0,node_fs__WEBPACK_IMPORTED_MODULE_1__.fstatSync)(fd, { bigint: true })), stamp);
        return complete ? undefined : { status: 'changed' };
    }
    catch (error) {
        return (0,_source_faults_js__WEBPACK_IMPORTED_MODULE_5__/* .readFaultOf */ .Y)(error);
    }
    finally {
        if (fd !== undefined)
            (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.closeSync)(fd);
    }
}
/** Fills the buffer from the position on; false when the file ends before. */
function readExactly(fd, buffer, position) {
    for (let filled = 0; filled < buffer.byteLength;) {
        const read = (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.readSync)(fd, buffer, filled, buffer.byteLength - filled, position + filled);
        if (read === 0)
            return false;
        filled += read;
    }
    return true;
}


/***/ }),

/***/ 60356:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   T: () => (/* binding */ WorkerPool)
/* harmony export */ });
/* unused harmony export movedBuffers */
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(48161);
/* harmony import */ var node_worker_threads__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(75919);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(75087);
/* harmony import */ var _tasks_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(11053);




/** More threads than this only wait for the disk and hold memory. */
const MAX_WORKERS = 8;
/** Tasks leave little but large buffers behind, which lie outside of the heap; a small nursery frees them sooner. */
const YOUNG_GENERATION_MB = 2;
/** Nothing else runs meanwhile that could ask for it. */
const neverStop = () => undefined;
/** What costs less than the start of a thread, 75 ms of CPU, is done at once. */
const COST_WITHOUT_THREADS = 1024 * 1024;
/** Threads that run {@link Tasks}. They start when there is work that is worth it. */
class WorkerPool {
    size = Math.min((0,node_os__WEBPACK_IMPORTED_MODULE_0__.availableParallelism)(), MAX_WORKERS);
    #threads = [];
    #costLeft = COST_WITHOUT_THREADS;
    #nextId = 0;
    /**
     * Runs a task: the first small ones here, others on the least busy thread. Transfers large buffers among the argument's fields; the caller must not use them
     * afterwards.
     *
     * @throws the reason of the signal when it is aborted, and not before the task has ended on its thread.
     */
    async run(name, argument, signal) {
        signal?.throwIfAborted();
        if (this.#threads.length === 0) {
            this.#costLeft -= _tasks_js__WEBPACK_IMPORTED_MODULE_3__/* .costs */ .tq[name](argument);
            if (this.#costLeft >= 0)
                return _tasks_js__WEBPACK_IMPORTED_MODULE_3__/* .tasks */ .vB[name](argument, neverStop);
        }
        const thread = this.#leastBusy();
        const id = this.#nextId++;
        const request = { id, name, argument, stop: signal && stopFlagOf(signal) };
        return new Promise((resolve, reject) => {
            thread.waiting.set(id, { signal, resolve, reject });
            if (thread.waiting.size === 1)
                thread.worker.ref();
            thread.worker.postMessage(request, movedBuffers(argument));
        });
    }
    async close() {
        await Promise.all(this.#threads.splice(0).map(({ worker }) => worker.terminate()));
    }
    #leastBusy() {
        const idle = this.#threads.find((thread) => thread.waiting.size === 0);
        if (idle)
            return idle;
        if (this.#threads.length < this.size)
            return this.#start();
        return this.#threads.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a));
    }
    #start() {
        // Run from source, the worker is TypeScript too.
        const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
        const worker = new node_worker_threads__WEBPACK_IMPORTED_MODULE_1__.Worker(new URL(`./worker.${extension}`, import.meta.url), {
            // Flags of the program, such as --input-type for --eval, are not for a file.
            execArgv: [],
            resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
        });
        const thread = { worker, waiting: new Map() };
        worker.on('message', ({ id, result, isStopped, error }) => {
            const waiting = thread.waiting.get(id);
            thread.waiting.delete(id);
            if (thread.waiting.size === 0)
                worker.unref();
            if (isStopped)
                waiting.reject(waiting.signal.reason);
            else if (error === undefined)
                waiting.resolve(result);
            else
                waiting.reject(Object.assign(new Error(error.message), error));
        });
        worker.on('error', (error) => {
            this.#threads.splice(this.#threads.indexOf(thread), 1);
            for (const { reject } of thread.waiting.values())
                reject(explain(error));
        });
        worker.on('exit', () => {
            const error = new _errors_js__WEBPACK_IMPORTED_MODULE_2__/* .ArchiveError */ .di('STATE_CONFLICT', 'The store was closed while it was used; open it again.');
            for (const { reject } of thread.waiting.values())
                reject(error);
        });
        this.#threads.push(thread);
        return thread;
    }
}
const stopFlags = new WeakMap();
/** One for each signal, so that any number of tasks takes one listener. */
function stopFlagOf(signal) {
    let flag = stopFlags.get(signal);
    if (flag === undefined) {
        const shared = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
        signal.addEventListener('abort', () => Atomics.store(shared, 0, 1), { once: true });
        stopFlags.set(signal, shared);
        flag = shared;
    }
    return flag;
}
function explain(error) {
    if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .systemErrorCode */ .vq)(error) !== 'ERR_WORKER_INIT_FAILED')
        return error;
    const sentence = `A thread could not be started (${error.message})`;
    return new _errors_js__WEBPACK_IMPORTED_MODULE_2__/* .ArchiveError */ .di('STORE_UNAVAILABLE', `${sentence}; raise the limit of open files (ulimit -n).`, error);
}
/** Smaller buffers are as cheap to copy, and may be shared with the caller or owned by an addon. */
const MIN_MOVED_BYTES = 4096;
/** The large buffers of a message, itself or its fields. They move to the other thread and are gone in this one. */
function movedBuffers(message) {
    if (typeof message !== 'object' || message === null)
        return [];
    const values = message instanceof Uint8Array ? [message] : Object.values(message);
    return values
        .filter((value) => value instanceof Uint8Array)
        .filter((view) => view.byteLength >= MIN_MOVED_BYTES && view.byteLength === view.buffer.byteLength)
        .map((view) => view.buffer);
}


/***/ }),

/***/ 90927:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   U$: () => (/* binding */ findRetentionClass),
/* harmony export */   dl: () => (/* binding */ loadRetentionClasses),
/* harmony export */   oD: () => (/* binding */ DEFAULT_RETENTION_CLASS),
/* harmony export */   p1: () => (/* binding */ expiryOf)
/* harmony export */ });
/* harmony import */ var smol_toml__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3292);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(75087);
/* harmony import */ var _outside_file_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(90268);



/** What a package gets when nothing is said. */
const DEFAULT_RETENTION_CLASS = 'release-evidence';
const SEEDED = [
    { name: 'transient', days: 7 },
    { name: 'raw-evidence', days: 90 },
    { name: 'summary-evidence', days: 365 },
    { name: DEFAULT_RETENTION_CLASS, days: 2555 },
    { name: 'permanent-record', days: null },
];
/** A million classes. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** Its name promises that it never expires; configuration cannot change that. */
const PERMANENT = 'permanent-record';
const CLASS_NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
/** A thousand years; more is a typing error. */
const MAX_DAYS = 365_250;
/** In an error, of those there are. */
const NAMED_CLASSES = 20;
const DAY_MS = 86_400_000;
/**
 * The seeded classes, with those of the operator's TOML file over them:
 *
 * ```toml
 * [classes.team-evidence]
 * days = 730          # or "never"
 * ```
 *
 * @throws ArchiveError `CONFIG_INVALID` naming the file and what is wrong in it.
 */
function loadRetentionClasses(configPath) {
    const classes = new Map(SEEDED.map((seeded) => [seeded.name, seeded]));
    if (configPath !== undefined) {
        for (const configured of parseFile(configPath))
            classes.set(configured.name, configured);
    }
    return [...classes.values()];
}
function parseFile(path) {
    const invalid = (what, cause) => new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .ArchiveError */ .di('CONFIG_INVALID', `The retention file ${path} (ARTIFACTSTORE_RETENTION_CONFIG_PATH) ${what}.`, cause);
    let document;
    try {
        const text = (0,_outside_file_js__WEBPACK_IMPORTED_MODULE_2__/* .readOutsideText */ .z)(path, MAX_FILE_BYTES);
        if (text === undefined)
            throw new Error('there is no such file');
        document = (0,smol_toml__WEBPACK_IMPORTED_MODULE_0__/* .parse */ .qg)(text);
    }
    catch (error) {
        throw invalid(`cannot be read: ${error.message.split('\n', 1)[0].replace(/\.$/, '')}`, error);
    }
    const unknown = Object.keys(document).find((key) => key !== 'classes');
    if (unknown !== undefined)
        throw invalid(`has an unknown key "${unknown}"; only tables [classes.<name>] are allowed`);
    return Object.entries(tableOf(document['classes'] ?? {}, () => invalid('needs tables [classes.<name>]'))).map(([name, value]) => {
        if (!CLASS_NAME.test(name))
            throw invalid(`names a class "${name}"; use lower-case letters, digits and hyphens`);
        const table = tableOf(value, () => invalid(`needs a table [classes.${name}]`));
        const extra = Object.keys(table).find((key) => key !== 'days');
        if (extra !== undefined)
            throw invalid(`has an unknown key "${extra}" in [classes.${name}]; only "days" is allowed`);
        const { days } = table;
        if (days === 'never')
            return { name, days: null };
        if (name === PERMANENT)
            throw invalid(`lets "${PERMANENT}" expire; it never does, so name another class`);
        if (!Number.isInteger(days) || days < 1 || days > MAX_DAYS) {
            throw invalid(`gives class "${name}" no usable "days"; use a whole number from 1 to ${MAX_DAYS}, or "never"`);
        }
        return { name, days: days };
    });
}
function tableOf(value, error) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date)
        throw error();
    return value;
}
/** @throws ArchiveError `USAGE` naming the classes there are. */
function findRetentionClass(classes, name) {
    const found = classes.find((candidate) => candidate.name === name);
    if (found)
        return found;
    const names = classes.slice(0, NAMED_CLASSES).map((known) => known.name);
    if (classes.length > names.length)
        names.push(`${classes.length - names.length} more ("retention classes")`);
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .ArchiveError */ .di('USAGE', `There is no retention class "${name}"; choose one of ${names.join(', ')}.`);
}
/** When a package of the class made at the given time expires, or null for never. */
function expiryOf({ days }, createdAt) {
    return days === null ? null : new Date(createdAt.getTime() + days * DAY_MS).toISOString();
}


/***/ }),

/***/ 9442:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ar: () => (/* binding */ purged),
/* harmony export */   BL: () => (/* binding */ holdReleased),
/* harmony export */   Bv: () => (/* binding */ findHold),
/* harmony export */   Wj: () => (/* binding */ retentionState),
/* harmony export */   Wt: () => (/* binding */ disposablePackages),
/* harmony export */   Zo: () => (/* binding */ listHolds),
/* harmony export */   _7: () => (/* binding */ expired),
/* harmony export */   bh: () => (/* binding */ eligiblePackages),
/* harmony export */   ck: () => (/* binding */ extension),
/* harmony export */   h4: () => (/* binding */ holdApplied),
/* harmony export */   uf: () => (/* binding */ disposed)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);
/* harmony import */ var _identity_digest_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(81713);


/** @throws ArchiveError `NOT_FOUND`. */
async function retentionState(db, packageId, now) {
    const found = await db
        .selectFrom('packages')
        .select(['retention_class', 'expires_at', 'expired_at'])
        .where('id', '=', packageId)
        .executeTakeFirst();
    if (!found)
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('NOT_FOUND', `There is no package "${packageId}" in the store; list what there is.`, undefined, { packageId });
    const rows = await db
        .selectFrom('holds')
        .selectAll()
        .where('package_id', '=', packageId)
        .where('released_at', 'is', null)
        .orderBy('applied_at')
        .execute();
    const holds = rows.filter((hold) => hold.until === null || new Date(hold.until) > now).map(toHold);
    return {
        packageId,
        retentionClass: found.retention_class,
        expiresAt: found.expires_at,
        expiredAt: found.expired_at,
        holds,
        eligible: holds.length === 0 && found.expires_at !== null && new Date(found.expires_at) <= now,
    };
}
/** Packages that may be disposed of: expired, and no hold in force. Oldest expiry first. */
function eligiblePackages(db, now) {
    const time = now.toISOString();
    return db
        .selectFrom('packages')
        .selectAll()
        .where('expires_at', '<=', time)
        .where((package_) => package_.not(package_.exists(package_
        .selectFrom('holds')
        .select('holds.id')
        .whereRef('holds.package_id', '=', 'packages.id')
        .where('holds.released_at', 'is', null)
        .where((hold) => hold.or([hold('holds.until', 'is', null), hold('holds.until', '>', time)])))))
        .orderBy('expires_at')
        .orderBy('id')
        .execute();
}
/** @throws ArchiveError `USAGE` for a number of packages that is none. */
async function disposablePackages(db, now, { keepLast = 0, includeLast = false }) {
    if (!Number.isSafeInteger(keepLast) || keepLast < 0) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('USAGE', `"${keepLast}" is no number of packages to keep; give a whole number.`);
    }
    const eligible = await eligiblePackages(db, now);
    const counts = new Map();
    for (const { subject } of eligible)
        counts.set(subject, (counts.get(subject) ?? 0) + 1);
    const kept = new Set();
    for (const [subject, count] of counts) {
        const isAll = !includeLast && count === (await countPackages(db, subject));
        for (const id of await newestIds(db, subject, Math.max(keepLast, isAll ? 1 : 0)))
            kept.add(id);
    }
    return {
        leaving: eligible.filter(({ id }) => !kept.has(id)),
        spared: eligible.filter(({ id }) => kept.has(id)),
    };
}
async function countPackages(db, subject) {
    const count = db
        .selectFrom('packages')
        .select(({ fn }) => fn.countAll().as('packages'))
        .where('subject', '=', subject);
    // A count comes back as text from PostgreSQL.
    return Number((await count.executeTakeFirstOrThrow()).packages);
}
async function newestIds(db, subject, count) {
    if (count === 0)
        return [];
    const rows = await db
        .selectFrom('packages')
        .select('id')
        .where('subject', '=', subject)
        .orderBy('position', 'desc')
        .limit(count)
        .execute();
    return rows.map(({ id }) => id);
}
/**
 * The event that ends a package before its time.
 *
 * @throws ArchiveError `USAGE` without a reason; `STATE_CONFLICT` when a hold keeps it.
 */
function purged(row, { holds }, reason) {
    const [hold] = holds;
    if (hold === undefined)
        return disposed(row, requireReason(reason));
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('STATE_CONFLICT', `Package "${row.id}" is on hold "${hold.id}" by ${hold.actor}: ${hold.reason}; release the hold first.`);
}
/** The event that says that a package may be disposed of from now on. */
function expired({ id, expires_at }) {
    return { type: 'v1.package.expired', subjectKind: 'package', subjectId: id, payload: { expires_at: expires_at } };
}
/** The event that ends a package; what is left of it is its certificate. */
function disposed(row, reason) {
    const { id, manifest_digest, content_digest } = row;
    return {
        type: 'v1.package.disposed',
        subjectKind: 'package',
        subjectId: id,
        payload: {
            producer: row.producer,
            subject: row.subject,
            created_at: row.created_at,
            retention_class: row.retention_class,
            expires_at: row.expires_at,
            manifest_digest: (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_1__/* .formatContentAddress */ .NU)(manifest_digest),
            content_digest: (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_1__/* .formatContentAddress */ .NU)(content_digest),
            file_count: row.file_count,
            total_bytes: row.total_bytes,
            reason,
        },
    };
}
/** Every hold there is or was, in the order of their making. */
async function listHolds(db, packageId) {
    const query = db.selectFrom('holds').selectAll().orderBy('applied_at').orderBy('id');
    return (await (packageId === undefined ? query : query.where('package_id', '=', packageId)).execute()).map(toHold);
}
function toHold(row) {
    return {
        id: row.id,
        packageId: row.package_id,
        reason: row.reason,
        actor: row.actor,
        appliedAt: row.applied_at,
        until: row.until,
        releasedAt: row.released_at,
    };
}
/**
 * The event of a later expiry, null for never.
 *
 * @throws ArchiveError `USAGE` without a reason; `STATE_CONFLICT` when it would come sooner.
 */
function extension(state, expiresAt, reason) {
    const until = expiresAt === null ? null : isoTime(expiresAt, 'expiry');
    if (state.expiresAt === null || (until !== null && until <= state.expiresAt)) {
        const current = state.expiresAt ?? 'never';
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('STATE_CONFLICT', `Package "${state.packageId}" expires ${current}; retention is only ever extended, so give a later time.`);
    }
    return {
        type: 'v1.retention.extended',
        subjectKind: 'package',
        subjectId: state.packageId,
        payload: { expires_at: until, reason: requireReason(reason) },
    };
}
/** @throws ArchiveError `NOT_FOUND`. */
async function findHold(db, holdId) {
    const row = await db.selectFrom('holds').selectAll().where('id', '=', holdId).executeTakeFirst();
    if (!row)
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('NOT_FOUND', `There is no hold "${holdId}"; list the holds there are.`);
    return toHold(row);
}
/** The event of a new hold. */
function holdApplied({ id, packageId, reason, until }, now) {
    if (until !== null && !(until > now)) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('USAGE', 'The hold would end in the past; give a later time or none.');
    }
    return {
        type: 'v1.hold.applied',
        subjectKind: 'package',
        subjectId: packageId,
        payload: { hold_id: id, reason: requireReason(reason), until: until && isoTime(until, 'end') },
    };
}
/** @throws ArchiveError `STATE_CONFLICT` when it was released before. */
function holdReleased(hold, reason) {
    if (hold.releasedAt !== null) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('STATE_CONFLICT', `Hold "${hold.id}" was released at ${hold.releasedAt}; nothing is left to do.`);
    }
    return {
        type: 'v1.hold.released',
        subjectKind: 'package',
        subjectId: hold.packageId,
        payload: { hold_id: hold.id, reason: requireReason(reason) },
    };
}
function requireReason(reason) {
    if (reason.trim() === '')
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('USAGE', 'A reason is needed; the audit log keeps it.');
    return reason;
}
const END_OF_TIME = new Date('+010000-01-01T00:00:00Z');
function isoTime(time, what) {
    // RFC 3339 ends with the year 9999, and times are compared as text.
    if (!(time < END_OF_TIME))
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('USAGE', `The ${what} is no valid time; use RFC 3339.`);
    return time.toISOString();
}


/***/ }),

/***/ 87455:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   I: () => (/* binding */ sourceError),
/* harmony export */   Y: () => (/* binding */ readFaultOf)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);

/** How systems say that a file, or a folder above it, does not exist any more; ESTALE is that of NFS. */
const VANISHED = ['ENOENT', 'ENOTDIR', 'ESTALE'];
/** How they say that a path leads to a link, a folder, a socket or a pipe. */
const REPLACED = ['ELOOP', 'EISDIR', 'ENXIO', 'ESPIPE'];
/** What a system error says of a file that was listed; anything else is thrown again. */
function readFaultOf(error) {
    const code = (0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .systemErrorCode */ .vq)(error);
    if (code === undefined || error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di)
        throw error;
    if (VANISHED.includes(code))
        return { status: 'vanished' };
    return REPLACED.includes(code) ? { status: 'replaced' } : { status: 'failed', code };
}
const REMEDIES = {
    EIO: 'check the disk',
    EMFILE: 'raise the limit of open files (ulimit -n)',
    ENFILE: 'close programs that keep many files open',
    EBUSY: 'close the program that uses it',
};
const WHAT_HAPPENED = {
    changed: 'changed while it was read',
    vanished: 'vanished before it was read',
    replaced: 'was replaced by something that is no file before it was read',
};
/**
 * @param path as the manifest would name it.
 * @returns `FILE_UNREADABLE` for what the system refuses, else `FILE_CHANGED`.
 */
function sourceError(path, fault, cause) {
    const name = JSON.stringify(path);
    if (fault.status !== 'failed') {
        const sentence = `${name} ${WHAT_HAPPENED[fault.status]}; try again when nothing writes to it.`;
        return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('FILE_CHANGED', sentence, cause, { path });
    }
    const remedy = REMEDIES[fault.code] ?? 'make it readable or exclude it';
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('FILE_UNREADABLE', `${name} cannot be read (${fault.code}); ${remedy}.`, cause, { path });
}


/***/ }),

/***/ 85649:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ez: () => (/* binding */ packStamps),
/* harmony export */   Zs: () => (/* binding */ stampOf),
/* harmony export */   kQ: () => (/* binding */ sameStamp),
/* harmony export */   rG: () => (/* binding */ unpackStamps),
/* harmony export */   sm: () => (/* binding */ sourceFile)
/* harmony export */ });
function sourceFile(path, stat, from) {
    const file = { path, kind: 'file', executable: (stat.mode & 64n) !== 0n, stamp: stampOf(stat) };
    return from === undefined ? file : { ...file, from };
}
function stampOf(stat) {
    // Times after 2262-04-11 take more than 64 bits; what they wrap to tells one state from another as well.
    const [mtimeNs, ctimeNs] = [BigInt.asIntN(64, stat.mtimeNs), BigInt.asIntN(64, stat.ctimeNs)];
    return { size: Number(stat.size), mtimeNs, ctimeNs, inode: stat.ino };
}
function sameStamp(a, b) {
    return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.inode === b.inode;
}
/** Four numbers a stamp: size, both times, inode. */
function packStamps(stamps) {
    const packed = new BigInt64Array(4 * stamps.length);
    for (const [i, { size, mtimeNs, ctimeNs, inode }] of stamps.entries()) {
        // An inode of 64 bits keeps them all, as a negative number.
        packed.set([BigInt(size), mtimeNs, ctimeNs, BigInt.asIntN(64, inode)], 4 * i);
    }
    return packed;
}
function unpackStamps(packed) {
    return Array.from({ length: packed.length / 4 }, (_, i) => ({
        size: Number(packed[4 * i]),
        mtimeNs: packed[4 * i + 1],
        ctimeNs: packed[4 * i + 2],
        inode: BigInt.asUintN(64, packed[4 * i + 3]),
    }));
}


/***/ }),

/***/ 80404:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   W: () => (/* binding */ CreateUnsupported),
/* harmony export */   X: () => (/* binding */ ObjectTooLarge)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);

/** The storage cannot create an object atomically. */
class CreateUnsupported extends _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di {
    constructor(message, cause) {
        super('CONFIG_INVALID', message, cause);
    }
}
/** The storage takes no object of that size. */
class ObjectTooLarge extends _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di {
    constructor(message) {
        super('USAGE', message);
    }
}


/***/ }),

/***/ 29897:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   LF: () => (/* binding */ makeDurableDirectory),
/* harmony export */   Oy: () => (/* binding */ hasFsync),
/* harmony export */   zR: () => (/* binding */ syncDirectory)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(51455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(76760);
/* harmony import */ var _sync_file_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(99536);




/** Makes a folder whose own entry is durable, and its parents' entries up to one that was there. */
async function makeDurableDirectory(path) {
    const first = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.mkdir)(path, { recursive: true });
    if (first === undefined)
        return;
    for (let made = path;; made = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.dirname)(made)) {
        await syncDirectory((0,node_path__WEBPACK_IMPORTED_MODULE_2__.dirname)(made));
        // As mkdir writes it on Windows.
        if ((0,node_path__WEBPACK_IMPORTED_MODULE_2__.toNamespacedPath)(made) === first)
            return;
    }
}
/**
 * Makes the names in a folder durable: those of files that were made, moved or removed.
 *
 * @returns false where the file system has no fsync of folders.
 */
async function syncDirectory(path) {
    // Windows cannot open a folder for syncing; NTFS journals the rename itself.
    if (process.platform === 'win32')
        return true;
    const directory = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.open)(path, 'r');
    try {
        return await (0,_sync_file_js__WEBPACK_IMPORTED_MODULE_3__/* .syncFile */ .gD)(directory);
    }
    finally {
        await directory.close();
    }
}
/** Whether files in a folder can be synced. SQLite takes a file system without fsync for a disk that fails. */
async function hasFsync(folder) {
    // Where folders can be synced, files can.
    if (await syncDirectory(folder))
        return true;
    const path = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folder, `.${(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomUUID)()}`);
    const file = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.open)(path, 'wx');
    try {
        return await (0,_sync_file_js__WEBPACK_IMPORTED_MODULE_3__/* .syncFile */ .gD)(file);
    }
    finally {
        await file.close();
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.unlink)(path);
    }
}


/***/ }),

/***/ 83233:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   E: () => (/* binding */ getIfAny)
/* harmony export */ });
/* harmony import */ var _object_faults_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(97275);

/** The bytes of an object; undefined when there is none. */
async function getIfAny(storage, key) {
    try {
        return await storage.get(key);
    }
    catch (error) {
        if (error instanceof _object_faults_js__WEBPACK_IMPORTED_MODULE_0__/* .MissingObject */ ._m)
            return undefined;
        throw error;
    }
}


/***/ }),

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
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('INTEGRITY', `The key ${JSON.stringify(key)} is none of a stored object; it was forged.`, undefined, { key });
}


/***/ }),

/***/ 97275:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   IF: () => (/* binding */ otherBytes),
/* harmony export */   LO: () => (/* binding */ missing),
/* harmony export */   _m: () => (/* binding */ MissingObject),
/* harmony export */   lY: () => (/* binding */ requireSize),
/* harmony export */   r3: () => (/* binding */ tooShort)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);

/** What is wrong with one stored object, in the same words for every backend. */
class MissingObject extends _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di {
    constructor(key, cause) {
        super('INTEGRITY', `The stored object "${key}" is missing; the store is damaged.`, cause, { key });
    }
}
function missing(key, cause) {
    return new MissingObject(key, cause);
}
function tooShort(key, cause) {
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('INTEGRITY', `The stored object "${key}" is too short; it is damaged.`, cause, { key });
}
function otherBytes(key, cause) {
    const sentence = `The stored object "${key}" exists with other bytes than were to be stored; it is damaged`;
    return new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('INTEGRITY', `${sentence}. Run "infospace-archive store check --deep".`, cause, { key });
}
/** Nothing is stored that is read in one piece and longer: a manifest has up to 1 GiB before it is compressed. */
const MAX_WHOLE_BYTES = 1024 * 1024 * 1024;
/**
 * Refuses an object that is too long to be read as a whole, before memory is set aside for it.
 *
 * @returns its size.
 * @throws ArchiveError `INTEGRITY`.
 */
function requireSize(key, size) {
    if (size <= MAX_WHOLE_BYTES)
        return size;
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('INTEGRITY', `The stored object "${key}" has ${size} bytes, more than the ${MAX_WHOLE_BYTES} that any may have; it is damaged or was forged.`, undefined, { key, expected: `at most ${MAX_WHOLE_BYTES}`, actual: String(size) });
}


/***/ }),

/***/ 94596:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   M: () => (/* binding */ readSound)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(75087);
/* harmony import */ var _object_faults_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(97275);


/** How often a small object is read that nothing can be done without. */
const MAX_READS = 3;
/**
 * Reads and opens an object; again when its bytes are not sound, since an answer may be damaged on its way.
 *
 * @throws what `open` throws of the last one.
 */
async function readSound(read, open) {
    for (let reads = 1;; reads++) {
        const bytes = await read();
        try {
            return open(bytes);
        }
        catch (error) {
            if (reads === MAX_READS || !(0,_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .isArchiveError */ .J)(error, 'INTEGRITY') || error instanceof _object_faults_js__WEBPACK_IMPORTED_MODULE_1__/* .MissingObject */ ._m)
                throw error;
        }
    }
}


/***/ }),

/***/ 99536:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   _k: () => (/* binding */ syncClosedFile),
/* harmony export */   gD: () => (/* binding */ syncFile),
/* harmony export */   uX: () => (/* binding */ SYNCABLE)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(73024);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(51455);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(75087);



/** How file systems (CIFS, some of FUSE) say that they have no fsync; what they hold is then as durable as they make it. */
const UNSUPPORTED = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];
/**
 * Makes a file's bytes, or a folder's names, durable: the only place that decides which failures of fsync count.
 *
 * @returns false where the file system has no fsync; every other failure is thrown, since bytes may then be lost.
 */
async function syncFile(file) {
    try {
        // Not `file.sync()`: the handles of Yarn Plug'n'Play lack it.
        await new Promise((resolve, reject) => {
            node_fs__WEBPACK_IMPORTED_MODULE_0__.fsync(file.fd, (error) => (error ? reject(error) : resolve()));
        });
        return true;
    }
    catch (error) {
        if (!isUnsupported((0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .systemErrorCode */ .vq)(error)))
            throw error;
        return false;
    }
}
/** Windows syncs only what may be written; elsewhere, a FIFO that stands there must not block. */
const SYNCABLE = process.platform === 'win32' ? 'r+' : node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_RDONLY | node_fs__WEBPACK_IMPORTED_MODULE_0__.constants.O_NONBLOCK;
/** Makes the bytes of a file durable that is closed, or that somebody else wrote. */
async function syncClosedFile(path) {
    const file = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.open)(path, SYNCABLE);
    try {
        return await syncFile(file);
    }
    finally {
        await file.close();
    }
}
function isUnsupported(code) {
    if (code === undefined)
        return false;
    // macOS says so of network volumes.
    return UNSUPPORTED.includes(code) || (process.platform === 'darwin' && code === 'ENOTTY');
}


/***/ }),

/***/ 53308:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  P: () => (/* binding */ archiveInfospace)
});

// UNUSED EXPORTS: planArchive

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./build/action/artifact-store/event-loop.js
var event_loop = __webpack_require__(85357);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/encoded-entries.js
var encoded_entries = __webpack_require__(70921);
// EXTERNAL MODULE: ./build/action/artifact-store/source-faults.js
var source_faults = __webpack_require__(87455);
;// CONCATENATED MODULE: ./build/action/artifact-store/check-source.js





/** Files that are looked at before others of the process get their turn. */
const ENTRIES_A_LOOK = 256;
/**
 * Refuses entries that a store would refuse, before one is made for them.
 *
 * @throws ArchiveError `PATH_INVALID` for names a package cannot hold; `FILE_UNREADABLE` or `FILE_CHANGED`.
 */
async function check_source_checkSource(base, entries, { signal } = {}) {
    new encoded_entries/* EncodedEntries */.z().admit(entries);
    for (const [i, { path, kind }] of entries.entries()) {
        if (i % ENTRIES_A_LOOK === 0) {
            await (0,event_loop/* letOthersRun */.g)();
            signal?.throwIfAborted();
        }
        if (kind !== 'file')
            continue;
        try {
            (0,external_node_fs_.accessSync)((0,external_node_path_.join)(base, path), external_node_fs_.constants.R_OK);
        }
        catch (error) {
            throw (0,source_faults/* sourceError */.I)(path, (0,source_faults/* readFaultOf */.Y)(error), error);
        }
    }
}

// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/new-package.js
var new_package = __webpack_require__(54277);
// EXTERNAL MODULE: ./build/action/artifact-store/retention/classes.js
var classes = __webpack_require__(90927);
// EXTERNAL MODULE: ./build/action/infospace/contract.js
var contract = __webpack_require__(74954);
// EXTERNAL MODULE: ./build/action/infospace/index-file.js + 2 modules
var index_file = __webpack_require__(45598);
// EXTERNAL MODULE: ./build/action/infospace/index-pins.js
var index_pins = __webpack_require__(12419);
// EXTERNAL MODULE: ./build/action/infospace/index-record.js
var index_record = __webpack_require__(71630);
// EXTERNAL MODULE: ./build/action/infospace/infospace-file.js + 2 modules
var infospace_file = __webpack_require__(28138);
// EXTERNAL MODULE: ./build/action/infospace/infospace-store.js
var infospace_store = __webpack_require__(91148);
// EXTERNAL MODULE: ./build/action/artifact-store/source.js
var source = __webpack_require__(85649);
;// CONCATENATED MODULE: ./build/action/infospace/links.js






/** @throws ArchiveError `PATH_INVALID` naming the links when they are refused. */
function treatLinks(root, listed, options) {
    let entries = [...listed];
    if (!entries.some(({ kind }) => kind === 'symlink'))
        return { entries, strays: [] };
    let strays = strayLinks(entries);
    if (options.policy === 'follow-inside') {
        const follower = new Follower(root, options);
        const toFollow = new Set(entries.filter((entry) => entry.kind === 'symlink' && !leadsInside(entry)));
        for (const stray of strays)
            toFollow.add(stray);
        entries = entries.flatMap((entry) => (toFollow.has(entry) ? (follower.follow(entry.path) ?? [entry]) : [entry]));
        strays = strayLinks(entries);
    }
    if (options.policy !== 'refuse' || strays.length === 0)
        return { entries, strays };
    throw new errors/* ArchiveError */.di('PATH_INVALID', `${tellStrays(strays)}; include that too, or exclude the links.`);
}
/** More would be read by nobody. */
const NAMED_LINKS = 10;
function tellStrays(strays) {
    const named = strays.slice(0, NAMED_LINKS).map(({ path, target }) => `"${path}" (to "${target}")`);
    const others = strays.length - named.length;
    return `Links lead to what is not archived: ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}
/** Whether a link stays in the package by its text alone; others no package may hold. */
function leadsInside({ path, target }) {
    if (/^[/\\]|^[a-z]:/i.test(target))
        return false;
    let depth = path.split('/').length - 1;
    return target.split('/').every((name) => {
        if (name === '..')
            depth--;
        else if (name !== '' && name !== '.')
            depth++;
        return depth >= 0;
    });
}
/** As Linux has it (MAXSYMLINKS). */
const MAX_HOPS = 40;
function strayLinks(entries) {
    const kinds = new Map(entries.map((entry) => [entry.path, entry]));
    const folders = new Set(['']);
    for (const { path } of entries) {
        for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
            const folder = path.slice(0, end);
            if (folders.has(folder))
                break;
            folders.add(folder);
        }
    }
    const isThere = (link) => {
        const at = [];
        const rest = link.path.split('/').reverse();
        for (let hops = 0; rest.length > 0;) {
            const name = rest.pop();
            if (name === '' || name === '.')
                continue;
            if (name === '..') {
                at.pop();
                continue;
            }
            const found = kinds.get([...at, name].join('/'));
            if (found?.kind !== 'symlink')
                at.push(name);
            // Where it leads out, that is told elsewhere.
            else if (!leadsInside(found))
                return true;
            else if (++hops > MAX_HOPS)
                return false;
            else
                for (const step of found.target.split('/').reverse())
                    rest.push(step);
        }
        const path = at.join('/');
        return kinds.has(path) || folders.has(path);
    };
    return entries.filter((entry) => entry.kind === 'symlink').filter((link) => leadsInside(link) && !isThere(link));
}
/** Lists what links lead to, inside of the infospace, under the paths of the links. */
class Follower {
    #root;
    #options;
    constructor(root, options) {
        this.#root = root;
        this.#options = options;
    }
    /** Undefined where a link leads to nothing, out of the infospace, into a store or back to itself. */
    follow(path) {
        return this.#follow(path, (0,external_node_path_.join)(this.#root, path), []);
    }
    #follow(path, absolute, above) {
        const real = this.#realOf(absolute);
        if (real === undefined || above.some((folder) => `${folder}/`.startsWith(`${real}/`)))
            return undefined;
        return this.#list(path, real, above);
    }
    /** Below the root; undefined for what is not to be followed. */
    #realOf(absolute) {
        let real;
        try {
            real = (0,external_node_path_.relative)(this.#root, (0,external_node_fs_.realpathSync)(absolute));
        }
        catch (error) {
            if (['ENOENT', 'ELOOP', 'ENOTDIR'].includes((0,errors/* systemErrorCode */.vq)(error) ?? ''))
                return undefined;
            throw (0,source_faults/* sourceError */.I)(absolute, (0,source_faults/* readFaultOf */.Y)(error), error);
        }
        if (real === '' || real.startsWith('..') || (0,external_node_path_.isAbsolute)(real))
            return undefined;
        const path = real.replaceAll(external_node_path_.sep, '/');
        const isOurs = [...this.#options.reserved].some((own) => `${(0,external_node_path_.join)(this.#root, real)}${external_node_path_.sep}`.startsWith(`${own}${external_node_path_.sep}`));
        return isOurs || (0,contract/* isRecordKeeping */.dX)(path) ? undefined : path;
    }
    #list(path, real, above) {
        const absolute = (0,external_node_path_.join)(this.#root, real);
        try {
            const stat = (0,external_node_fs_.lstatSync)(absolute, { bigint: true });
            if (stat.isFile())
                return [(0,source/* sourceFile */.sm)(path, stat, real)];
            if (stat.isSymbolicLink()) {
                const kept = { path, kind: 'symlink', target: (0,external_node_fs_.readlinkSync)(absolute) };
                return this.#follow(path, absolute, above) ?? [kept];
            }
            if (!stat.isDirectory())
                return [];
            const names = (0,external_node_fs_.readdirSync)(absolute).sort();
            if (names.length === 0)
                return [{ path, kind: 'directory' }];
            return names.flatMap((name) => this.#listChild(`${path}/${name}`, `${real}/${name}`, [...above, real]));
        }
        catch (error) {
            if (error instanceof errors/* ArchiveError */.di)
                throw error;
            throw (0,source_faults/* sourceError */.I)(path, (0,source_faults/* readFaultOf */.Y)(error), error);
        }
    }
    #listChild(path, real, above) {
        const absolute = (0,external_node_path_.join)(this.#root, real);
        if ((0,contract/* isRecordKeeping */.dX)(real) || this.#options.reserved.includes(absolute))
            return [];
        const isFolder = (0,external_node_fs_.statSync)(absolute, { throwIfNoEntry: false })?.isDirectory() === true;
        return this.#options.exclude?.ignores(path, isFolder) ? [] : this.#list(path, real, above);
    }
}

// EXTERNAL MODULE: ./build/action/artifact-store/config.js
var artifact_store_config = __webpack_require__(28802);
;// CONCATENATED MODULE: ./build/action/infospace/new-store.js






/** Whether a store of files would be begun: neither its registry nor its log is there. */
function isAbsent({ database, storage }) {
    if (database.kind !== 'sqlite' || storage.kind !== 'local')
        return false;
    return ![database.path, (0,external_node_path_.join)(storage.root, 'store.json')].some((path) => (0,external_node_fs_.existsSync)(path));
}
/**
 * Checks that no store is begun by mistake beside an index that names packages: the one they lie in was removed, as
 * `git clean -dfx` does with the store inside an infospace, or is elsewhere.
 *
 * @returns what is to be said of a new store where the packages may never have been.
 * @throws ArchiveError `NOT_FOUND` when the store inside the infospace is gone with packages that the index names.
 */
async function checkBeginning(root, place) {
    const config = (0,infospace_store/* storeOf */.xX)(root, place);
    if (place.newStore || !isAbsent(config))
        return undefined;
    const records = await (0,index_file/* readIndex */.vY)(root);
    if (records.length === 0)
        return undefined;
    const there = `at ${(0,artifact_store_config/* describeStore */.Fk)(config)}, and the archive index of ${root} names packages`;
    const isGone = !(0,infospace_store/* namesStore */.a8)(place) && records.some(({ embedded }) => embedded === true);
    if (!isGone)
        return `There was no store ${there}, which the new one lacks; they are in another one.`;
    throw new errors/* ArchiveError */.di('NOT_FOUND', `There is no store ${there} that were in it: it was removed, or is in another copy of the infospace; bring it back, name another one with --store-root, or begin a new one with --new-store.`);
}

;// CONCATENATED MODULE: ./build/action/infospace/secret-files.js


/**
 * Files that are made to hold secrets, as scanners know them by name. The list is short: a warning that is wrong half of the
 * time is read by nobody.
 */
const SECRET_NAMES = [
    // What `.env` files are copied from is there to be seen.
    /(^|\/)\.env(\.(?!(example|sample|template|dist|defaults|schema)$)[^/]+)?$/,
    /(^|\/)id_(rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk)$/,
    /(^|\/)(\.netrc|_netrc|\.pgpass|\.my\.cnf|\.git-credentials|\.htpasswd|\.s3cfg|\.boto|\.vault-token|\.dockercfg)$/,
    /(^|\/)\.aws\/credentials$/,
    /(^|\/)\.config\/gcloud\/(application_default_credentials\.json|credentials\.db)$/,
    /\.(ppk|kdbx|p12|pfx|jks|keystore)$/,
];
/** Files that hold secrets or do not, and what tells. */
const TELLING = [
    [/\.(pem|key|asc|p8)$|_(rsa|dsa|ecdsa|ed25519)$/, /-----BEGIN ([A-Z]+ )*PRIVATE KEY( BLOCK)?-----/],
    [
        /(^|\/)\.git\/config$|(^|\/)\.gitconfig$/,
        /:\/\/[^/\s:@]*:[^/\s@]+@|extraheader\s*=\s*authorization|:\/\/gh[a-z]_\w+@/i,
    ],
    // `${TOKEN}` stands for the value of a variable.
    [/(^|\/)\.npmrc$/, /_(auth|authToken|password)\s*=\s*(?!["']?\$\{)\S/],
    [/(^|\/)\.pypirc$/, /^\s*password\s*[:=]\s*\S/m],
    [/(^|\/)\.docker\/config\.json$/, /"(auth|identitytoken)"\s*:\s*"[^"]/],
    [/(^|\/)\.kube\/config$|(^|\/)kubeconfig$/, /^\s*(token|client-key-data|password):\s*\S/m],
    [/(service[-_]?account|credentials)[^/]*\.json$/, /"private_key"\s*:\s*"-----BEGIN/],
];
/** Any of those names: most files have none, and one look tells. */
const SOME_NAME = new RegExp([...SECRET_NAMES, ...TELLING.map(([name]) => name)].map(({ source }) => source).join('|'));
/** All of the files that {@link TELLING} names are smaller; of others the beginning says enough. */
const READ_BYTES = 64 * 1024;
/** Paths of those files that commonly hold secrets. One that cannot be read is left to the archive to complain of. */
function findSecretFiles(root, entries) {
    return entries
        .filter((entry) => entry.kind === 'file' && entry.stamp.size > 0 && SOME_NAME.test(entry.path))
        .filter(({ path }) => SECRET_NAMES.some((name) => name.test(path)) || tells(root, path))
        .map(({ path }) => path);
}
function tells(root, path) {
    const contents = TELLING.filter(([name]) => name.test(path)).map(([, content]) => content);
    if (contents.length === 0)
        return false;
    const text = beginningOf((0,external_node_path_.join)(root, path));
    return contents.some((content) => content.test(text));
}
function beginningOf(file) {
    const bytes = Buffer.alloc(READ_BYTES);
    let descriptor;
    try {
        // One that has become a pipe must not block.
        descriptor = (0,external_node_fs_.openSync)(file, external_node_fs_.constants.O_RDONLY | (external_node_fs_.constants.O_NONBLOCK ?? 0));
        return bytes.toString('latin1', 0, (0,external_node_fs_.readSync)(descriptor, bytes, 0, READ_BYTES, 0));
    }
    catch {
        return '';
    }
    finally {
        if (descriptor !== undefined)
            (0,external_node_fs_.closeSync)(descriptor);
    }
}

// EXTERNAL MODULE: ./build/action/infospace/selection.js + 3 modules
var selection = __webpack_require__(89375);
// EXTERNAL MODULE: ./build/action/infospace/walk.js + 1 modules
var walk = __webpack_require__(49799);
;// CONCATENATED MODULE: ./build/action/infospace/archive.js
















/**
 * Preserves the state of an infospace as a package and records it in `output/archives/index.yaml`.
 *
 * When it throws, the index is as before, and no package was made unless the error names it. An aborted one has taken back
 * what it had begun; one that is aborted when the package is visible already still records it and returns.
 *
 * @throws ArchiveError `NOT_FOUND`, `USAGE`, `CONFIG_INVALID`, `NOTHING_TO_ARCHIVE`, `SECRETS_REFUSED`, `PATH_INVALID`,
 * `FILE_CHANGED`, `FILE_UNREADABLE`, `STORE_UNAVAILABLE`; `INTEGRITY` when the store is not the one that the index was written
 * with.
 */
async function archiveInfospace(root, options = {}) {
    options.signal?.throwIfAborted();
    const infospace = await (0,infospace_file/* openInfospace */.t)(root);
    // All that can be refused without the store is, so that a refusal leaves no new store and no package behind.
    const recorded = isStoreInside(infospace.root, options) || !(await (0,index_file/* isReadOnly */.PI)(infospace.root));
    if (recorded)
        await (0,index_file/* requireUsableIndex */.Sq)(infospace.root);
    const prepared = { ...(await prepare(infospace, options)), recorded };
    if (!recorded)
        prepared.warnings.push(NOT_RECORDED);
    if (options.registry) {
        await (0,index_pins/* requirePins */.W)(infospace.root, await (0,index_pins/* readPins */.L)(infospace.root), options.registry);
        return archiveInto(options.registry, infospace, prepared, options);
    }
    const beginning = await checkBeginning(infospace.root, options);
    if (beginning !== undefined)
        prepared.warnings.push(beginning);
    if (prepared.isNew)
        await check_source_checkSource(infospace.root, prepared.walked.entries, options);
    const registry = await (0,infospace_store/* openRegistry */.Me)(infospace.root, options, 'write');
    try {
        return await archiveInto(registry, infospace, prepared, options);
    }
    finally {
        await registry.close();
    }
}
/**
 * Lists what an archive would take in; changes nothing, and reads of files no more than tells whether they hold secrets.
 *
 * @throws ArchiveError `NOT_FOUND`, `USAGE`, `CONFIG_INVALID`, `NOTHING_TO_ARCHIVE`, `SECRETS_REFUSED`, `PATH_INVALID`,
 * `FILE_UNREADABLE`.
 */
async function planArchive(root, options = {}) {
    const infospace = await openInfospace(root);
    const { asked, walked, warnings } = await prepare(infospace, options);
    await checkSource(infospace.root, walked.entries, options);
    const { entries, includedPaths, leftOut } = walked;
    return {
        root: infospace.root,
        subject: asked.subject,
        includedPaths,
        paths: entries.map(({ path }) => path),
        totalBytes: entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.stamp.size : 0), 0),
        leftOut,
        warnings,
    };
}
/** What is asked for and what there is, checked as far as it can be without the store. */
async function prepare(infospace, options) {
    const asked = {
        producer: options.producer ?? contract/* DEFAULT_PRODUCER */.vR,
        subject: options.subject ?? infospace.slug,
        retentionClass: options.retentionClass ?? classes/* DEFAULT_RETENTION_CLASS */.oD,
        metadata: options.note === undefined ? {} : { note: options.note },
        provenance: options.provenance ?? {},
    };
    const config = options.registry ? undefined : (0,infospace_store/* storeOf */.xX)(infospace.root, options);
    // A registry checks it when the package is created.
    if (config)
        (0,new_package/* checkNewPackage */.Hb)(asked, config);
    const storePaths = (options.registry ?? config)?.localPaths ?? [];
    const include = (0,selection/* compileInclude */.GF)(options.include);
    const exclude = (0,selection/* compileExclude */.MR)(infospace.root, options.exclude ?? []);
    const reserved = storePaths.filter((path) => (0,external_node_fs_.existsSync)(path)).map((path) => (0,external_node_fs_.realpathSync)(path));
    const listed = await (0,walk/* walk */.G)(infospace.root, { include, exclude, reserved, signal: options.signal });
    const links = treatLinks(infospace.root, listed.entries, { policy: options.links ?? 'keep', exclude, reserved });
    const walked = { ...listed, entries: links.entries };
    const secrets = findSecretFiles(infospace.root, walked.entries);
    if (options.refuseSecrets && secrets.length > 0) {
        throw new errors/* ArchiveError */.di('SECRETS_REFUSED', `${holdSecrets(secrets)}; take them out, or exclude them with --exclude.`);
    }
    const isNew = config?.database.kind === 'sqlite' && !(0,external_node_fs_.existsSync)(config.database.path);
    return { asked, walked, isNew, warnings: warningsOf(infospace, walked, secrets, links.strays) };
}
async function archiveInto(registry, infospace, { asked, walked: { entries, includedPaths, leftOut }, warnings, recorded }, { note, skipUnchanged, statCache, onProgress, signal }) {
    const same = skipUnchanged ? await latestLike(registry, asked) : undefined;
    const id = await registry.createPackage(asked, { signal });
    try {
        await registry.ingestFiles(id, infospace.root, entries, { statCache, onProgress });
        const preview = same && registry.previewPackage(id);
        const unchanged = preview?.contentDigest === same?.contentDigest ? preview : undefined;
        const made = same && unchanged ? { ...same, ...unchanged, storedBytes: 0 } : await registry.finalizePackage(id);
        const place = { log: await registry.logHead(), embedded: (0,infospace_store/* isEmbedded */.nq)(infospace.root, registry) };
        const record = (0,index_record/* recordOf */.zv)(made, includedPaths, note ?? null, place);
        if (unchanged)
            await registry.abandonPackage(id);
        else if (recorded)
            await addToIndex(infospace.root, record, signal);
        return {
            record: unchanged ? ((await findRecord(infospace.root, made.id)) ?? record) : record,
            recorded,
            changed: unchanged === undefined,
            expiresAt: made.expiresAt,
            storedBytes: made.storedBytes,
            reusedFiles: made.reusedFiles,
            reusedBytes: made.reusedBytes,
            unreadFiles: made.unreadFiles,
            leftOut,
            requests: registry.requests && { ...registry.requests },
            warnings: [...warnings, ...clockWarning(registry), ...((await registry.hostedSize())?.warnings ?? [])],
        };
    }
    catch (error) {
        if (registry.isOpen(id))
            await registry.abandonPackage(id);
        throw error;
    }
}
const NOT_RECORDED = 'The infospace cannot be written, so its index does not have this archive; the store has it, and "list" of the store shows it.';
/** Whether the store that is meant lies in the infospace, which must then be writable. */
function isStoreInside(root, options) {
    return options.registry ? (0,infospace_store/* isEmbedded */.nq)(root, options.registry) : !(0,infospace_store/* namesStore */.a8)(options);
}
/** Clocks further apart make expiries and holds come visibly early or late. */
const MAX_SKEW_MS = 5 * 60 * 1000;
function clockWarning({ clockSkewMs = 0 }) {
    const minutes = Math.round(Math.abs(clockSkewMs) / 60_000);
    if (Math.abs(clockSkewMs) <= MAX_SKEW_MS)
        return [];
    const direction = clockSkewMs > 0 ? 'behind' : 'ahead of';
    return [
        `The clock of this machine is ${minutes} minutes ${direction} that of the storage; set the one that is wrong.`,
    ];
}
/** The one thing that can fail once the package is there. */
async function addToIndex(root, record, signal) {
    try {
        await (0,index_file/* appendToIndex */.G2)(root, record, signal);
    }
    catch (error) {
        if (!(error instanceof errors/* ArchiveError */.di))
            throw error;
        const sentence = `The package ${record.package_id} was made, but not recorded: ${error.message}`;
        throw new errors/* ArchiveError */.di(error.code, sentence, error);
    }
}
/** The newest package of the subject, if a new one would be kept no longer than it. */
async function latestLike(registry, { subject, retentionClass }) {
    const latest = await registry.latestPackage(subject);
    if (latest?.retentionClass !== retentionClass)
        return undefined;
    return (await registry.getRetentionState(latest.id)).eligible ? undefined : latest;
}
async function findRecord(root, packageId) {
    const { records: newest, isWhole } = (0,index_file/* readNewest */.L6)(root);
    const found = newest.findLast((record) => record.package_id === packageId);
    return found || isWhole ? found : (await (0,index_file/* readIndex */.vY)(root)).findLast((record) => record.package_id === packageId);
}
function warningsOf(infospace, { leftOut: { special }, stores, restricted }, secrets, strays) {
    const warnings = [...infospace.warnings];
    if (special > 0)
        warnings.push(`${special} sockets, pipes or devices were left out; a package holds files, links and folders.`);
    if (secrets.length > 0) {
        warnings.push(`${holdSecrets(secrets)}; exclude them ("refuse-secrets" makes this an error).`);
    }
    if (strays.length > 0) {
        warnings.push(`${tellStrays(strays)}; the links alone are (--links=follow-inside archives what they lead to in the infospace).`);
    }
    if (stores.length > 0) {
        warnings.push(`Stores of packages were left out: ${namesOf(stores)}; name one with --include to archive it.`);
    }
    if (restricted.length > 0) {
        warnings.push(`Only their owner may read ${namesOf(restricted)}; a package does not keep that: who restores it decides.`);
    }
    return warnings;
}
/** More would be read by nobody. */
const NAMED_PATHS = 10;
function holdSecrets(paths) {
    return `Files that commonly hold secrets are to be archived: ${namesOf(paths)}`;
}
function namesOf(paths) {
    const named = paths.slice(0, NAMED_PATHS).map((path) => JSON.stringify(path));
    const others = paths.length - named.length;
    return `${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}


/***/ }),

/***/ 74954:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K$: () => (/* binding */ INDEX_FILE),
/* harmony export */   SV: () => (/* binding */ IGNORE_FILE),
/* harmony export */   VV: () => (/* binding */ ARCHIVES_FOLDER),
/* harmony export */   Vb: () => (/* binding */ ATTRIBUTES_FILE),
/* harmony export */   Zy: () => (/* binding */ DEFAULT_INCLUDE),
/* harmony export */   cj: () => (/* binding */ INFOSPACE_FILE),
/* harmony export */   dB: () => (/* binding */ STORE_FOLDER),
/* harmony export */   dX: () => (/* binding */ isRecordKeeping),
/* harmony export */   qS: () => (/* binding */ MAX_INFOSPACE_BYTES),
/* harmony export */   vR: () => (/* binding */ DEFAULT_PRODUCER),
/* harmony export */   yo: () => (/* binding */ INDEX_SIDE_PREFIX)
/* harmony export */ });
/** The layout of an infospace. */
/** The file that makes a folder an infospace. */
const INFOSPACE_FILE = 'infospace.yaml';
/** It says what the infospace is, and holds none of it. */
const MAX_INFOSPACE_BYTES = 1024 * 1024;
/** Patterns, in gitignore syntax, of what an archive leaves out. */
const IGNORE_FILE = '.infospaceignore';
/** What is archived when nothing is said; those that exist. */
const DEFAULT_INCLUDE = [
    INFOSPACE_FILE,
    'artifacts',
    'workflows',
    'output',
    'reports',
    'exports',
];
/** Where archives are recorded: the only folder of an infospace that this software writes to. */
const ARCHIVES_FOLDER = 'output/archives';
const INDEX_FILE = `${ARCHIVES_FOLDER}/index.yaml`;
/** Tells git how to merge the index. */
const ATTRIBUTES_FILE = `${ARCHIVES_FOLDER}/.gitattributes`;
/** The embedded store. */
const STORE_FOLDER = `${ARCHIVES_FOLDER}/.store`;
/** Begins the names of the index's lock and of its next version while it is written. */
const INDEX_SIDE_PREFIX = `${ARCHIVES_FOLDER}/.index.yaml.`;
/** What a killed process may leave of {@link ATTRIBUTES_FILE} while it is written. */
const ATTRIBUTES_SIDE_PREFIX = `${ARCHIVES_FOLDER}/..gitattributes.`;
const DEFAULT_PRODUCER = 'infospace-bench';
/** Whether the path is this software's own record keeping, which no package holds. */
function isRecordKeeping(path) {
    return ([INDEX_FILE, ATTRIBUTES_FILE, STORE_FOLDER].includes(path) ||
        [INDEX_SIDE_PREFIX, ATTRIBUTES_SIDE_PREFIX].some((prefix) => path.startsWith(prefix)));
}


/***/ }),

/***/ 45598:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  G2: () => (/* binding */ appendToIndex),
  PI: () => (/* binding */ isReadOnly),
  vY: () => (/* binding */ readIndex),
  L6: () => (/* binding */ readNewest),
  Sq: () => (/* binding */ requireUsableIndex)
});

// UNUSED EXPORTS: requireWritableIndex, salvageIndex, writeIndex

// EXTERNAL MODULE: external "node:buffer"
var external_node_buffer_ = __webpack_require__(4573);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: external "node:util"
var external_node_util_ = __webpack_require__(57975);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/files/disk-faults.js
var disk_faults = __webpack_require__(43671);
// EXTERNAL MODULE: ./build/action/artifact-store/files/whole-file.js
var whole_file = __webpack_require__(43544);
// EXTERNAL MODULE: ./build/action/artifact-store/outside-file.js
var outside_file = __webpack_require__(90268);
// EXTERNAL MODULE: ./build/action/artifact-store/storage/durable-directory.js
var durable_directory = __webpack_require__(29897);
// EXTERNAL MODULE: ./build/action/infospace/contract.js
var contract = __webpack_require__(74954);
// EXTERNAL MODULE: external "node:timers/promises"
var external_node_timers_promises_ = __webpack_require__(58500);
// EXTERNAL MODULE: ./build/action/artifact-store/files/file-system-time.js
var file_system_time = __webpack_require__(10226);
// EXTERNAL MODULE: ./build/action/artifact-store/files/process-mark.js
var process_mark = __webpack_require__(81497);
;// CONCATENATED MODULE: ./build/action/infospace/file-lock.js






/** A holder keeps a lock for milliseconds. One that keeps it for longer writes its lock again and again… */
const REFRESH_MS = 250;
/** …so that one which stays as it is while somebody waits for so long… */
const UNCHANGED_MS = 1_000;
/** …and is as old as this by the clock of its file system belongs to a process that died. */
const STALE_MS = 30_000;
const WAIT_MS = 60_000;
const POLL_MS = 25;
/**
 * Runs an action while no other process runs one under the same lock file. The folder must exist. No clock of this machine is
 * compared with that of a file server.
 *
 * @param action calls `requireHeld` right before it changes anything. It runs again when that throws.
 * @param signal ends the waiting when it is aborted; a lock that is free is taken all the same.
 * @throws ArchiveError `STORE_UNAVAILABLE` when the lock does not come free.
 */
async function withFileLock(path, action, signal) {
    for (const deadline = performance.now() + WAIT_MS;;) {
        const lock = await acquire(path, deadline, signal);
        try {
            return await action(() => lock.requireHeld());
        }
        catch (error) {
            if (!(error instanceof LockLost))
                throw error;
        }
        finally {
            await lock.release();
        }
    }
}
class LockLost extends Error {
}
async function acquire(path, deadline, signal) {
    let watched;
    for (;;) {
        const lock = await HeldLock.take(path);
        if (lock)
            return lock;
        if (performance.now() > deadline || signal?.aborted) {
            throw new errors/* ArchiveError */.di('STORE_UNAVAILABLE', `Another process holds ${path}; try again, or delete it if none does.`);
        }
        watched = await watch(path, watched);
        if (watched && (await isAbandoned(path, watched)))
            await takeAway(path, watched, signal);
        else
            await (0,external_node_timers_promises_.setTimeout)(POLL_MS);
    }
}
/** Its file is closed after each writing: a client of NFS shows others only then what was written. */
class HeldLock {
    #path;
    #mark;
    #refreshing;
    #refreshed = Promise.resolve();
    constructor(path, mark) {
        this.#path = path;
        this.#mark = mark;
        this.#refreshing = setInterval(() => {
            this.#refreshed = this.#refreshed.then(() => this.#refresh());
        }, REFRESH_MS);
        this.#refreshing.unref();
    }
    /** Undefined when somebody has it. */
    static async take(path) {
        const mark = (0,process_mark/* newMark */.e0)();
        let file;
        try {
            file = await (0,promises_.open)(path, 'wx');
        }
        catch (error) {
            if ((0,errors/* systemErrorCode */.vq)(error) === 'EEXIST')
                return undefined;
            throw error;
        }
        try {
            await file.write(mark, 0).finally(() => file.close());
        }
        catch (error) {
            await (0,promises_.unlink)(path);
            throw error;
        }
        return new HeldLock(path, mark);
    }
    async requireHeld() {
        if ((await look(this.#path))?.content !== this.#mark)
            throw new LockLost();
    }
    async release() {
        clearInterval(this.#refreshing);
        await this.#refreshed;
        if ((await look(this.#path))?.content === this.#mark)
            await (0,promises_.unlink)(this.#path);
    }
    async #refresh() {
        try {
            if ((await look(this.#path))?.content === this.#mark)
                await (0,promises_.writeFile)(this.#path, this.#mark, { flag: 'r+' });
        }
        catch (error) {
            // A lock that cannot be refreshed is lost in the end, which `requireHeld` finds out.
            if ((0,errors/* systemErrorCode */.vq)(error) === undefined)
                throw error;
        }
    }
}
async function watch(path, before) {
    const seen = await look(path);
    if (seen && seen.content === before?.content && seen.mtimeMs === before.mtimeMs)
        return before;
    return seen && { ...seen, since: performance.now() };
}
/** Opens it, since a client of NFS asks the server only then what it is like now. */
async function look(path) {
    let file;
    try {
        file = await (0,promises_.open)(path);
        return { content: await file.readFile('latin1'), mtimeMs: (await file.stat()).mtimeMs };
    }
    catch (error) {
        const code = (0,errors/* systemErrorCode */.vq)(error);
        if (code === 'ENOENT' || code === 'ESTALE')
            return undefined;
        throw error;
    }
    finally {
        await file?.close();
    }
}
async function isAbandoned(path, watched) {
    if ((0,process_mark/* stateOfMarked */.DY)(watched.content) === 'ended')
        return true;
    if (performance.now() - watched.since < UNCHANGED_MS)
        return false;
    const now = await (0,file_system_time/* fileSystemTime */.R)((0,external_node_path_.dirname)(path), `${(0,external_node_path_.basename)(path)}.`);
    watched.since = performance.now();
    // One that is as far in the future was written before the clock was set.
    return Math.abs(now - watched.mtimeMs) > STALE_MS;
}
/**
 * Of several waiters one removes the lock, under another lock that the abandoned one names: the others then see that it is gone,
 * and cannot remove the next one in its place.
 */
async function takeAway(path, { content }, signal) {
    const removal = `${path}.${(0,process_mark/* isMark */.qi)(content) ? content.slice(-12) : 'unmarked'}`;
    const remove = async () => {
        if ((await look(path))?.content === content)
            await (0,promises_.unlink)(path);
    };
    await withFileLock(removal, remove, signal);
}

// EXTERNAL MODULE: ./build/action/infospace/index-record.js
var index_record = __webpack_require__(71630);
// EXTERNAL MODULE: ./build/action/infospace/yaml.js
var yaml = __webpack_require__(12375);
;// CONCATENATED MODULE: ./build/action/infospace/index-text.js


/**
 * Reads the text of an index: a YAML list. One that git left with conflict marks has the entries of both sides.
 *
 * @throws Error whose message is one line that says what is wrong.
 */
function index_text_readIndexText(text) {
    const sides = sidesOf(text);
    if (sides === undefined)
        return { entries: entriesIn(text), mended: undefined };
    const ours = entriesIn(sides.ours);
    const known = new Set(ours.map(keyOf));
    const missing = entriesIn(sides.theirs).filter((entry) => !known.has(keyOf(entry)));
    return { entries: [...ours, ...missing], mended: index_text_withLines(sides.ours, missing.map(index_record/* entryLine */.bV)) };
}
/**
 * The entries in the end of a long text, if it is made of lines as {@link entryLine} writes them.
 *
 * @param end from wherever it is cut: what is before the first line end is passed over.
 */
function readIndexEnd(end) {
    const entries = end.endsWith('\n') ? linesIn(end.slice(end.indexOf('\n') + 1)) : undefined;
    const areRecords = entries?.every((item) => typeof item === 'object' && item !== null && !Array.isArray(item));
    return areRecords && entries.length > 0 ? entries : undefined;
}
/** The text with lines behind it, which end as its own lines do. */
function index_text_withLines(text, lines) {
    const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
    const separator = text === '' || text.endsWith('\n') ? '' : lineEnd;
    return text + separator + lines.map((line) => line + lineEnd).join('');
}
/** What can be read of a text that is no YAML list any more: entry by entry, as far as each begins a line. */
function index_text_salvage(text) {
    const entries = [];
    let unreadable = 0;
    for (const part of text.split(/^(?=- )/m)) {
        if (!part.startsWith('- '))
            continue;
        try {
            for (const entry of entriesIn(part.replaceAll(MARK_LINES, '')))
                entries.push(entry);
        }
        catch {
            unreadable++;
        }
    }
    return { entries, unreadable };
}
function entriesIn(text) {
    const entries = linesIn(text) ?? (0,yaml/* parseYaml */.h)(text, 0) ?? [];
    if (!Array.isArray(entries))
        throw new Error('it is not a list of archive records');
    const odd = entries.findIndex((item) => typeof item !== 'object' || item === null || Array.isArray(item));
    if (odd >= 0)
        throw new Error(`its entry ${odd + 1} is no archive record`);
    return entries;
}
/** The entries of a text that has one in each line, as {@link entryLine} writes them; undefined for any other text. */
function linesIn(text) {
    const entries = [];
    for (const line of text.split(/\r?\n/)) {
        if (line === '' || line.startsWith('#'))
            continue;
        if (!line.startsWith('- {'))
            return undefined;
        try {
            entries.push(JSON.parse(line.slice(2)));
        }
        catch {
            // YAML, if anything.
            return undefined;
        }
    }
    return entries;
}
const MARK_LINES = /^(?:<{7}|\|{7}|={7}|>{7})(?: .*)?\r?\n?/gm;
const MARK = /^(<{7}|\|{7}|={7}|>{7})(?: |$)/;
/** Both sides of a merge; undefined for a text without conflicts. No line of an entry begins with a mark. */
function sidesOf(text) {
    if (!/^<{7}(?: |\r?$)/m.test(text))
        return undefined;
    let [ours, theirs] = ['', ''];
    let place = 'both';
    for (const line of text.split(/(?<=\n)/)) {
        const mark = MARK.exec(line.trimEnd())?.[1]?.[0];
        if (mark === '<' && place === 'both')
            place = 'ours';
        else if (mark === '|' && place === 'ours')
            place = 'base';
        else if (mark === '=' && (place === 'ours' || place === 'base'))
            place = 'theirs';
        else if (mark === '>' && place === 'theirs')
            place = 'both';
        else {
            if (place === 'both' || place === 'ours')
                ours += line;
            if (place === 'both' || place === 'theirs')
                theirs += line;
        }
    }
    return place === 'both' ? { ours, theirs } : undefined;
}
/** By which the two sides are joined. */
function keyOf(entry) {
    return typeof entry['package_id'] === 'string' ? entry['package_id'] : JSON.stringify(entry);
}

;// CONCATENATED MODULE: ./build/action/infospace/index-file.js














/** What V8 can hold as one text: a million records. */
const MAX_INDEX_BYTES = 500 * 1024 * 1024;
/** Read of a long index where its newest records will do. */
const END_BYTES = 64 * 1024;
/** Two branches that both archived append lines at the same place; git is told to keep those of both. */
const ATTRIBUTES = 'index.yaml merge=union\n';
/**
 * The records of an infospace, in the order of the file; none when there is no index.
 *
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken.
 */
async function readIndex(root) {
    return (0,index_record/* recordsOf */.M$)(load(root).entries);
}
/**
 * The end of an index that is long, and all of one that is short or has another layout than this software writes.
 *
 * @throws ArchiveError `CONFIG_INVALID` when it is broken.
 */
function readNewest(root) {
    const entries = longEnd(root);
    if (entries !== undefined)
        return { records: (0,index_record/* recordsOf */.M$)(entries), isWhole: false };
    return { records: (0,index_record/* recordsOf */.M$)(load(root).entries), isWhole: true };
}
/** Undefined when all of it is to be read. */
function longEnd(root) {
    try {
        const end = (0,outside_file/* readOutsideEnd */.Zu)((0,external_node_path_.join)(root, contract/* INDEX_FILE */.K$), END_BYTES);
        return end && readIndexEnd(end.toString());
    }
    catch (error) {
        throw new errors/* ArchiveError */.di('CONFIG_INVALID', error.message, error);
    }
}
/** The records of an index as far as it can be read, and how many of its entries cannot. */
function salvageIndex(root) {
    const text = bytesOf(root).toString();
    try {
        return { records: recordsOf(readIndexText(text).entries), unreadable: 0 };
    }
    catch {
        const { entries, unreadable } = salvage(text);
        return { records: recordsOf(entries), unreadable };
    }
}
/**
 * Checks that a record could be added, by the end of a long index; changes nothing.
 *
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken; `STORE_UNAVAILABLE` when it cannot be written.
 */
async function requireUsableIndex(root) {
    readNewest(root);
    await requireWritableIndex(root);
}
/**
 * Whether an infospace as a whole cannot be written, its index included: on a read-only medium, or by somebody else's hand.
 *
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken.
 */
async function isReadOnly(root) {
    readNewest(root);
    try {
        await (0,promises_.access)(root, external_node_fs_.constants.W_OK);
        return false;
    }
    catch {
        return requireWritableIndex(root).then(() => false, () => true);
    }
}
/** @throws ArchiveError `STORE_UNAVAILABLE` when the index cannot be written. */
async function requireWritableIndex(root) {
    for (let folder = (0,external_node_path_.dirname)((0,external_node_path_.join)(root, contract/* INDEX_FILE */.K$));; folder = (0,external_node_path_.dirname)(folder)) {
        try {
            await (0,promises_.access)(folder, external_node_fs_.constants.W_OK | external_node_fs_.constants.X_OK);
            return;
        }
        catch (error) {
            if ((0,errors/* systemErrorCode */.vq)(error) !== 'ENOENT')
                throw unwritableIndex(root, error);
        }
    }
}
/**
 * Adds a record behind the others, unless its package is recorded. All that is there stays byte for byte; but the conflict
 * marks of a merge go, and a layout that nothing can be added behind is written anew, with its comments.
 *
 * @param signal ends the waiting for other writers.
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken; `STORE_UNAVAILABLE` when it cannot be written.
 */
async function appendToIndex(root, record, signal) {
    const append = async () => {
        const longer = withLine(root, record);
        if (longer !== undefined)
            return longer;
        const index = load(root);
        if (index.mended !== undefined) {
            process.emitWarning(`The archive index ${(0,external_node_path_.join)(root, contract/* INDEX_FILE */.K$)} had the conflict marks of a merge; it has the records of both sides now.`, { type: 'StoreWarning' });
        }
        const isThere = (0,index_record/* recordsOf */.M$)(index.entries).some(({ package_id }) => package_id === record.package_id);
        return isThere ? index.mended : withRecord(root, index, record);
    };
    await changeIndex(root, append, signal);
}
/** Replaces the index, one record a line. Throws as {@link appendToIndex} does. */
async function writeIndex(root, make, signal) {
    await changeIndex(root, async () => withLines('', (await make()).map(entryLine)), signal);
}
/** Undefined leaves the index as it is. */
async function changeIndex(root, change, signal) {
    const path = (0,external_node_path_.join)(root, contract/* INDEX_FILE */.K$);
    try {
        await (0,durable_directory/* makeDurableDirectory */.LF)((0,external_node_path_.dirname)(path));
        const replace = async (requireHeld) => {
            const content = await change();
            if (content === undefined)
                return;
            await mergeInGit((0,external_node_path_.join)(root, contract/* ATTRIBUTES_FILE */.Vb));
            await (0,whole_file/* replaceFile */.fR)(path, content, requireHeld);
        };
        await withFileLock((0,external_node_path_.join)(root, `${contract/* INDEX_SIDE_PREFIX */.yo}lock`), replace, signal);
    }
    catch (error) {
        throw unwritableIndex(root, error);
    }
}
/** People's own attributes stay as they are. */
async function mergeInGit(file) {
    try {
        await (0,promises_.lstat)(file);
    }
    catch (error) {
        if ((0,errors/* systemErrorCode */.vq)(error) !== 'ENOENT')
            throw error;
        await (0,whole_file/* createFile */.x3)(file, ATTRIBUTES);
    }
}
function unwritableIndex(root, error) {
    return (0,disk_faults/* unwritable */.m)((0,external_node_path_.join)(root, contract/* INDEX_FILE */.K$), error, 'make it writable', 'STORE_UNAVAILABLE');
}
/** A long index that has no such package, with a line behind it: the others need not be parsed. */
function withLine(root, record) {
    if (longEnd(root) === undefined)
        return undefined;
    const bytes = bytesOf(root);
    if (bytes.includes(record.package_id))
        return undefined;
    const lineEnd = bytes.at(-2) === 0x0d ? '\r\n' : '\n';
    return Buffer.concat([bytes, Buffer.from((0,index_record/* entryLine */.bV)(record) + lineEnd)]);
}
/** Bytes behind the bytes that are there: a comment may be in any encoding. */
async function withRecord(root, index, record) {
    const { entries, mended } = index;
    const before = mended ?? index.bytes.toString();
    const line = (0,index_record/* entryLine */.bV)(record);
    const after = index_text_withLines(before, [line]);
    if (!holds(after, [...entries, JSON.parse(line.slice(2))]))
        return layAnew(root, index, record);
    if (mended !== undefined)
        return after;
    return Buffer.concat([index.bytes, Buffer.from(after.slice(before.length))]);
}
function holds(text, entries) {
    try {
        return (0,external_node_util_.isDeepStrictEqual)(index_text_readIndexText(text).entries, entries);
    }
    catch {
        return false;
    }
}
/** With a library that keeps comments, and is slow to load. */
async function layAnew(root, { bytes, mended }, record) {
    if (!(0,external_node_buffer_.isUtf8)(bytes))
        throw broken(root, 'it is not in UTF-8');
    const yaml = await __webpack_require__.e(/* import() */ 815).then(__webpack_require__.t.bind(__webpack_require__, 38815, 19));
    const document = yaml.parseDocument(mended ?? bytes.toString());
    document.contents ??= new yaml.YAMLSeq();
    document.contents.flow = false;
    document.contents.items.push(document.createNode(record, { flow: true }));
    return document.toString({ lineWidth: 0 });
}
function load(root) {
    const bytes = bytesOf(root);
    try {
        return { bytes, ...index_text_readIndexText(bytes.toString()) };
    }
    catch (error) {
        throw broken(root, error.message, error);
    }
}
function bytesOf(root) {
    const path = (0,external_node_path_.join)(root, contract/* INDEX_FILE */.K$);
    try {
        const bytes = (0,outside_file/* readOutsideFile */.g)(path, MAX_INDEX_BYTES);
        if (bytes !== undefined)
            return bytes;
    }
    catch (error) {
        throw new errors/* ArchiveError */.di('CONFIG_INVALID', error.message, error);
    }
    if ((0,external_node_fs_.lstatSync)(path, { throwIfNoEntry: false }) === undefined)
        return Buffer.alloc(0);
    throw new errors/* ArchiveError */.di('CONFIG_INVALID', `The archive index ${path} is a link to a file that is not there; make that file, or remove the link.`);
}
function broken(root, what, cause) {
    const sentence = `The archive index ${(0,external_node_path_.join)(root, contract/* INDEX_FILE */.K$)} is broken: ${what.replace(/[.:]$/, '')}; correct it by hand, or make it anew with "infospace-archive index rebuild".`;
    return new errors/* ArchiveError */.di('CONFIG_INVALID', sentence, cause);
}


/***/ }),

/***/ 12419:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   L: () => (/* binding */ readPins),
/* harmony export */   W: () => (/* binding */ requirePins)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var _artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(75087);
/* harmony import */ var _contract_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(74954);
/* harmony import */ var _index_file_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(45598);




/**
 * How far the logs had come when an infospace's newest archives were recorded. Read before the store is opened: nothing that is
 * committed meanwhile is missed there then. An index that is broken pins nothing; whatever needs it says so.
 */
async function readPins(root) {
    try {
        return newestPins((0,_index_file_js__WEBPACK_IMPORTED_MODULE_3__/* .readNewest */ .L6)(root).records);
    }
    catch (error) {
        if ((0,_artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .isArchiveError */ .J)(error, 'CONFIG_INVALID'))
            return new Map();
        throw error;
    }
}
function newestPins(records) {
    const pins = new Map();
    for (const { log } of records) {
        if (isPin(log) && log.segment > (pins.get(log.store)?.segment ?? -1))
            pins.set(log.store, log);
    }
    return pins;
}
/** Anybody can write anything into the index. */
function isPin(log) {
    const { store, segment, digest } = (log ?? {});
    return typeof store === 'string' && Number.isSafeInteger(segment) && typeof digest === 'string';
}
/**
 * Compares the log of a store with what the index of an infospace has of it. Records of packages in other stores say nothing of
 * this one.
 *
 * @throws ArchiveError `INTEGRITY` naming both.
 */
async function requirePins(root, pins, registry) {
    try {
        for (const pin of pins.values())
            await registry.requireLog(pin);
    }
    catch (error) {
        if (!(0,_artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .isArchiveError */ .J)(error, 'INTEGRITY'))
            throw error;
        throw new _artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .ArchiveError */ .di('INTEGRITY', `The store is not what the archive index ${(0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)(root, _contract_js__WEBPACK_IMPORTED_MODULE_2__/* .INDEX_FILE */ .K$)} was written with. ${error.message.replace(/\.$/, '')}, or accept the store as it is with "infospace-archive index rebuild".`, error);
    }
}


/***/ }),

/***/ 71630:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   M$: () => (/* binding */ recordsOf),
/* harmony export */   bV: () => (/* binding */ entryLine),
/* harmony export */   dT: () => (/* binding */ disposalOf),
/* harmony export */   gH: () => (/* binding */ isSound),
/* harmony export */   zv: () => (/* binding */ recordOf)
/* harmony export */ });
/* unused harmony export summaryRecord */
/* harmony import */ var _artifact_store_identity_digest_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(81713);

function disposalOf({ disposedAt, disposedBy, reason }) {
    return { disposedAt, disposedBy, reason };
}
function recordOf(made, includedPaths, note, { log, embedded }) {
    return { ...summaryRecord(made), included_paths: includedPaths, note, log, ...(embedded && { embedded }) };
}
/** What the registry alone knows of a package: neither its note nor what was asked for. */
function summaryRecord(found) {
    return {
        package_id: found.id,
        manifest_digest: found.manifestDigest,
        content_digest: found.contentDigest,
        retention_class: found.retentionClass,
        created_at: found.createdAt,
        included_paths: [],
        file_count: found.fileCount,
        total_bytes: found.totalBytes,
        note: null,
        producer: found.producer,
        subject: found.subject,
    };
}
const TEXT_KEYS = ['package_id', 'manifest_digest', 'retention_class', 'created_at', 'producer', 'subject'];
/**
 * The entries that record archives, each once: a merge may have brought one twice. Those of other tools may lack what this
 * software adds, and hold more.
 */
function recordsOf(entries) {
    const records = new Map();
    for (const entry of entries) {
        if (!isRecord(entry) || records.has(entry.package_id))
            continue;
        records.set(entry.package_id, entry);
    }
    return [...records.values()];
}
function isRecord(entry) {
    return TEXT_KEYS.every((key) => typeof entry[key] === 'string');
}
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** RFC 3339, 5.6. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
const MAX_NAME_BYTES = 1024;
/**
 * Whether all that names a package is as this software writes it. An index may come with a pull request of anybody: what is not so,
 * nobody can use, and it may be meant for a program that reads it.
 */
function isSound(record) {
    const { package_id, manifest_digest, content_digest, created_at, file_count, total_bytes } = record;
    return (UUID.test(package_id) &&
        (0,_artifact_store_identity_digest_js__WEBPACK_IMPORTED_MODULE_0__/* .isContentAddress */ .wm)(manifest_digest) &&
        TIME.test(created_at) &&
        // Records of older tools lack these.
        (content_digest === undefined || (0,_artifact_store_identity_digest_js__WEBPACK_IMPORTED_MODULE_0__/* .isContentAddress */ .wm)(content_digest)) &&
        [file_count, total_bytes].every((count) => count === undefined || isCount(count)) &&
        [record.retention_class, record.producer, record.subject].every(isName));
}
function isCount(value) {
    return Number.isSafeInteger(value) && value >= 0;
}
/** In one line. */
function isName(text) {
    return /^\P{C}+$/u.test(text) && Buffer.byteLength(text) <= MAX_NAME_BYTES;
}
/** What YAML 1.1 takes for a line end or no version of it allows as it is. */
const TO_ESCAPE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;
/**
 * An entry in one line, which is JSON and YAML alike: lines that two branches append are merged one by one, and read without
 * a YAML parser.
 */
function entryLine(entry) {
    // No text in JSON has a line end of its own.
    const json = JSON.stringify(entry, undefined, 1).replaceAll(/\n */g, ' ');
    return `- ${json.replaceAll(TO_ESCAPE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}`;
}


/***/ }),

/***/ 28138:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  t: () => (/* binding */ openInfospace)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/outside-file.js
var outside_file = __webpack_require__(90268);
// EXTERNAL MODULE: ./build/action/infospace/contract.js
var contract = __webpack_require__(74954);
;// CONCATENATED MODULE: ./build/action/infospace/slug.js
/** The keys of an `infospace.yaml` that say what the infospace is called. */
const NAME_KEYS = ['slug', 'id', 'name'];
/** What an infospace is called: `slug` as it stands, else `id` or `name` as a slug. */
function slugOf({ slug = '', id = '', name = '' }) {
    const given = slug.trim();
    return given === '' ? (slugify(id) ?? slugify(name)) : given;
}
/** Whether a text may stand as a slug: letters and digits of any script, and `.`, `_`, `-` behind the first. */
function isSlug(text) {
    return /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$/u.test(text);
}
/** Why a text is no slug, and one that is; undefined for a slug. */
function slugFault(text) {
    if (isSlug(text))
        return undefined;
    return `"${text}" is no slug, since letters, digits, ".", "_" and "-" alone may be in one; give "${slugify(text) ?? 'guide'}", for example.`;
}
/** Letters and digits of any script, in lower case, joined by hyphens; undefined when there are none. */
function slugify(text) {
    const words = text
        .normalize('NFKD')
        .replace(/\p{M}/gu, '')
        .toLowerCase()
        .match(/[\p{L}\p{N}]+/gu);
    return words?.join('-').normalize('NFC');
}
/**
 * The slug of an infospace by the text of its `infospace.yaml`. One that is broken or names nothing has that of its
 * folder, and what is no slug is made one: whoever only looks for infospaces must not stumble over a single one.
 */
async function slugByText(text, folder) {
    const slug = slugOf(scanNames(text) ?? (await parseLoosely(text))) ?? '';
    return (isSlug(slug) ? slug : slugify(slug)) ?? slugify(folder) ?? 'infospace';
}
async function parseLoosely(text) {
    const { parseAsWritten } = await Promise.resolve(/* import() */).then(__webpack_require__.bind(__webpack_require__, 12375));
    try {
        return namesIn(parseAsWritten(text));
    }
    catch {
        return {};
    }
}
/** Those of the names that are text. */
function namesIn(document) {
    const names = {};
    if (typeof document !== 'object' || document === null)
        return names;
    for (const key of NAME_KEYS) {
        const value = document[key];
        if (typeof value === 'string')
            names[key] = value;
    }
    return names;
}
/** A line that begins a key which is no name, or one that stands below a key or between two. */
const OTHER_LINE = /^(?!(?:slug|id|name):)[A-Za-z_]\w*:(?:[ \r]|$)|^(?:[ \t#]|- |-?\r?$)/;
/** A name in words that are text in YAML as they stand. */
const NAME_LINE = /^(slug|id|name): +(?!(?:[Nn]ull|NULL|[Tt]rue|TRUE|[Ff]alse|FALSE)\s*$)(\p{L}[\p{L}\p{N}_.-]*(?: [\p{L}\p{N}_.-]+)*)\s*$/u;
/** What may belong to the value on the line before. */
const MAY_GO_ON = /^\s*[ \t#-]/;
/**
 * The names in an `infospace.yaml` of the ordinary kind, in a fiftieth of the time that a parser needs: a workspace may
 * hold a thousand of them. Undefined when only a parser can tell.
 */
function scanNames(text) {
    // What is indented as a whole has its keys elsewhere.
    if (!/^(?:---\r?\n)?(?:#.*\n|\r?\n)*\w/.test(text))
        return undefined;
    const names = {};
    let start = /^---\r?\n/.exec(text)?.[0].length ?? 0;
    while (start < text.length) {
        const lineEnd = text.indexOf('\n', start);
        const end = lineEnd < 0 ? text.length : lineEnd;
        const line = text.slice(start, end);
        start = end + 1;
        if (OTHER_LINE.test(line))
            continue;
        const [, key, value] = NAME_LINE.exec(line) ?? [];
        if (key === undefined || key in names || MAY_GO_ON.test(text.slice(start)))
            return undefined;
        names[key] = value;
    }
    return names;
}

;// CONCATENATED MODULE: ./build/action/infospace/infospace-keys.js


/** Keys that tell people and other tools what an infospace is; nothing here depends on them. */
const ABOUT_KEYS = [
    'title',
    'description',
    'version',
    'language',
    'license',
    'authors',
    'maintainers',
    'keywords',
    'homepage',
    'created',
    'updated',
    'workflows',
    'entry',
];
/** Begins the names of keys that somebody else has a use for. */
const OWN_PREFIX = 'x-';
/** All keys of an `infospace.yaml`, as its JSON Schema has them too. */
const INFOSPACE_KEYS = [...NAME_KEYS, ...ABOUT_KEYS];
/** A warning, where keys are not known: they may be mistyped. */
function unknownKeys(keys, file) {
    const unknown = keys.filter((key) => !INFOSPACE_KEYS.includes(key) && !key.startsWith(OWN_PREFIX));
    if (unknown.length === 0)
        return [];
    const named = unknown.map((key) => JSON.stringify(key)).join(', ');
    return [
        `${file} has keys that no ${contract/* INFOSPACE_FILE */.cj} has: ${named}; correct them, or begin their names with "${OWN_PREFIX}".`,
    ];
}

// EXTERNAL MODULE: ./build/action/infospace/yaml.js
var yaml = __webpack_require__(12375);
;// CONCATENATED MODULE: ./build/action/infospace/infospace-file.js








/**
 * Finds out what a folder is as an infospace. A folder without `infospace.yaml` is one too, with a warning.
 *
 * @throws ArchiveError `NOT_FOUND` when there is no such folder; `CONFIG_INVALID` when `infospace.yaml` cannot be read
 * for a name.
 */
async function openInfospace(root) {
    const path = await resolveFolder(root);
    const text = (0,outside_file/* readOutsideText */.z)((0,external_node_path_.join)(path, contract/* INFOSPACE_FILE */.cj), contract/* MAX_INFOSPACE_BYTES */.qS);
    const byFolder = slugify((0,external_node_path_.basename)(path)) ?? 'infospace';
    if (text === undefined) {
        const warning = `${root} has no ${contract/* INFOSPACE_FILE */.cj}; its subject is "${byFolder}", after the folder.`;
        return { root: path, slug: byFolder, hasFile: false, warnings: [warning] };
    }
    const file = (0,external_node_path_.join)(root, contract/* INFOSPACE_FILE */.cj);
    const document = parse(text, file, byFolder);
    const slug = slugIn(document, file);
    const unnamed = `${file} has no slug, id or name; its subject is "${byFolder}", after the folder.`;
    const warnings = [...(slug === undefined ? [unnamed] : []), ...unknownKeys(Object.keys(document), file)];
    return { root: path, slug: slug ?? byFolder, hasFile: true, warnings };
}
/** @throws ArchiveError `CONFIG_INVALID` for what is no YAML, or has no keys. */
function parse(text, file, byFolder) {
    let document;
    try {
        document = (0,yaml.parseAsWritten)(text);
    }
    catch (error) {
        const sentence = `${file} is not valid YAML: ${error.message}; correct it.`;
        throw new errors/* ArchiveError */.di('CONFIG_INVALID', sentence, error, { path: file });
    }
    if (document === null)
        return {};
    if (typeof document === 'object' && !Array.isArray(document))
        return document;
    const sentence = `${file} is ${kindOf(document)}, where keys with values are wanted; write "slug: ${byFolder}" instead.`;
    throw new errors/* ArchiveError */.di('CONFIG_INVALID', sentence, undefined, { path: file });
}
/** @throws ArchiveError `CONFIG_INVALID` for a name that is no text, or a slug with other characters. */
function slugIn(document, file) {
    const names = {};
    for (const key of NAME_KEYS) {
        const value = document[key];
        if (typeof value === 'string')
            names[key] = value;
        else if (value !== undefined && value !== null)
            throw new errors/* ArchiveError */.di('CONFIG_INVALID', `${file} has ${kindOf(value)} as its "${key}"; give one text.`);
    }
    const slug = slugOf(names);
    if (slug === undefined || isSlug(slug))
        return slug;
    const better = slugify(slug);
    const remedy = better === undefined ? 'give another one' : `write "slug: ${better}"`;
    const sentence = `${file} has the slug ${JSON.stringify(slug)}, but letters, digits, ".", "_" and "-" alone may be in one; ${remedy}.`;
    throw new errors/* ArchiveError */.di('CONFIG_INVALID', sentence, undefined, { path: file });
}
function kindOf(value) {
    if (Array.isArray(value))
        return 'a list';
    return typeof value === 'object' ? 'a group of keys' : 'a mere text';
}
async function resolveFolder(root) {
    try {
        const path = await (0,promises_.realpath)(root);
        if ((await (0,promises_.stat)(path)).isDirectory())
            return path;
        throw new errors/* ArchiveError */.di('NOT_FOUND', `${root} is not a folder; name the folder of the infospace.`, undefined, {
            path: root,
        });
    }
    catch (error) {
        const code = (0,errors/* systemErrorCode */.vq)(error);
        if (code === undefined || error instanceof errors/* ArchiveError */.di)
            throw error;
        if (code === 'ENOENT' || code === 'ENOTDIR') {
            throw new errors/* ArchiveError */.di('NOT_FOUND', `There is no folder ${root}; check the path.`, error, { path: root });
        }
        throw new errors/* ArchiveError */.di('FILE_UNREADABLE', `The folder ${root} cannot be opened (${code}); check its path and permissions.`, error, { path: root });
    }
}


/***/ }),

/***/ 91148:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Me: () => (/* binding */ openRegistry),
/* harmony export */   UR: () => (/* binding */ withGitStore),
/* harmony export */   a8: () => (/* binding */ namesStore),
/* harmony export */   es: () => (/* binding */ ignoreInGit),
/* harmony export */   nq: () => (/* binding */ isEmbedded),
/* harmony export */   xX: () => (/* binding */ storeOf)
/* harmony export */ });
/* unused harmony exports storeAt, openUnpinned */
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(73024);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(51455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(76760);
/* harmony import */ var node_util__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(57975);
/* harmony import */ var _artifact_store_config_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(28802);
/* harmony import */ var _artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(75087);
/* harmony import */ var _artifact_store_files_whole_file_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(43544);
/* harmony import */ var _artifact_store_new_package_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(54277);
/* harmony import */ var _artifact_store_open_store_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(62132);
/* harmony import */ var _artifact_store_outside_file_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(90268);
/* harmony import */ var _contract_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(74954);
/* harmony import */ var _index_pins_js__WEBPACK_IMPORTED_MODULE_11__ = __webpack_require__(12419);












/** A lost registry is made anew from the storage. */
const MARKS_OF_A_STORE = (/* unused pure expression or super */ null && (['registry.sqlite3', 'storage/store.json']));
/** A few variables. */
const MAX_VARIABLES_BYTES = (/* unused pure expression or super */ null && (1024 * 1024));
/**
 * Which store an infospace uses: the folder that is named, else what the environment configures, else the embedded
 * one inside the infospace.
 *
 * @experimental
 * @throws ArchiveError `CONFIG_INVALID`, also when both are given.
 */
function storeOf(root, { storeRoot, env = process.env }) {
    const environment = (0,_artifact_store_config_js__WEBPACK_IMPORTED_MODULE_4__/* .readEnvironment */ .Qo)(env, root);
    if (environment.store && storeRoot !== undefined) {
        throw new _artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_5__/* .ArchiveError */ .di('CONFIG_INVALID', 'Both --store-root and the ARTIFACTSTORE_* variables say where the store is; give one of them.');
    }
    if (storeRoot !== undefined)
        refuseNameOfFile(storeRoot);
    return environment.store ?? (0,_artifact_store_config_js__WEBPACK_IMPORTED_MODULE_4__/* .embeddedStore */ .op)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.resolve)(storeRoot ?? (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(root, _contract_js__WEBPACK_IMPORTED_MODULE_10__/* .STORE_FOLDER */ .dB)), environment);
}
/** Whether the store is named, by a folder or the environment, rather than the one inside the infospace. */
function namesStore({ storeRoot, env = process.env }) {
    return storeRoot !== undefined || (0,_artifact_store_config_js__WEBPACK_IMPORTED_MODULE_4__/* .readEnvironment */ .Qo)(env).store !== undefined;
}
/**
 * Variables of a store in the git repository that the infospace lies in.
 *
 * @param remote a name, a URL or a path; what the variables say, or `origin`, by default.
 * @throws ArchiveError `CONFIG_INVALID` when the variables name a store of another kind.
 */
function withGitStore(env, remote) {
    const backend = env['ARTIFACTSTORE_STORAGE_BACKEND'];
    if (backend && backend !== 'git') {
        throw new _artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_5__/* .ArchiveError */ .di('CONFIG_INVALID', `A store in git is asked for, but ARTIFACTSTORE_STORAGE_BACKEND is "${backend}"; unset the variables of the other store.`);
    }
    return {
        ...env,
        ARTIFACTSTORE_STORAGE_BACKEND: 'git',
        ...(remote !== undefined && { ARTIFACTSTORE_GIT_REMOTE: remote }),
    };
}
/**
 * Another store: the folder of an embedded one, which need not be there, or a file of `ARTIFACTSTORE_*` assignments, in the
 * syntax that `node --env-file` reads.
 *
 * @throws ArchiveError `CONFIG_INVALID`; `USAGE` for what is neither.
 */
function storeAt(place, { env = process.env }) {
    if (place.includes('://')) {
        throw new ArchiveError('USAGE', 'A URL does not tell all of a store; write its ARTIFACTSTORE_* variables into a file and name that.');
    }
    const path = resolve(place);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile())
        return storeInFile(path, env);
    refuseNameOfFile(place);
    const config = embeddedStore(path, readEnvironment(env));
    if (found === undefined ||
        readdirSync(path).length === 0 ||
        MARKS_OF_A_STORE.some((mark) => existsSync(join(path, mark))))
        return config;
    throw new ArchiveError('USAGE', `${place} is no store; name the folder of one, a new folder, or a file of variables.`);
}
/** Names of files that are meant when stores are talked of, and of archives. */
const NAME_OF_FILE = /(?:^|[\\/.])env(?:\.[^\\/]*)?$|\.(?:sqlite3?|db|ya?ml|json|toml|ini|conf|cfg|txt|log|tar|tgz|zst|gz|zip)$/i;
/**
 * A mistyped name of a file would become the folder of a new store.
 *
 * @throws ArchiveError `USAGE` for the name of a file where no folder is; with a slash at its end it is that of a folder.
 */
function refuseNameOfFile(place) {
    if (!NAME_OF_FILE.test(place) || (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.statSync)(place, { throwIfNoEntry: false })?.isDirectory())
        return;
    throw new _artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_5__/* .ArchiveError */ .di('USAGE', `${place} is called like a file, and no folder of a store; correct it, or add a slash if a folder is to be called so.`);
}
function storeInFile(path, env) {
    const assigned = parseEnv(readOutsideText(path, MAX_VARIABLES_BYTES) ?? '');
    const other = Object.keys(assigned).find((name) => !name.startsWith('ARTIFACTSTORE_'));
    if (other !== undefined) {
        const sentence = `The file ${path} assigns ${JSON.stringify(other)}; it may assign ARTIFACTSTORE_* variables alone.`;
        throw new ArchiveError('CONFIG_INVALID', sentence);
    }
    const { XDG_CACHE_HOME, LOCALAPPDATA } = env;
    const { store } = readEnvironment({ XDG_CACHE_HOME, LOCALAPPDATA, ...assigned });
    if (store)
        return store;
    throw new ArchiveError('CONFIG_INVALID', `The file ${path} describes no store; assign ARTIFACTSTORE_STORAGE_BACKEND in it.`);
}
/**
 * Opens the store of an infospace; the caller closes it. `write` makes an embedded store where there is none, `change`
 * writes into one that is there.
 *
 * @throws ArchiveError `NOT_FOUND`, `CONFIG_INVALID`, `STORE_UNAVAILABLE` or `FORMAT_UNSUPPORTED`; `USAGE` for an actor
 * that cannot be; `INTEGRITY` when the store is not the one any more that the index of the infospace was written with.
 */
async function openRegistry(root, location, access) {
    const pins = await (0,_index_pins_js__WEBPACK_IMPORTED_MODULE_11__/* .readPins */ .L)(root);
    const registry = await openUnpinned(root, location, access);
    try {
        await (0,_index_pins_js__WEBPACK_IMPORTED_MODULE_11__/* .requirePins */ .W)(root, pins, registry);
        return registry;
    }
    catch (error) {
        await registry.close();
        throw error;
    }
}
/** Opens a store as {@link openRegistry} does, whatever the index says of it. */
async function openUnpinned(root, location, access) {
    const config = storeOf(root, location);
    const { actor, signal } = location;
    if (actor !== undefined)
        (0,_artifact_store_new_package_js__WEBPACK_IMPORTED_MODULE_7__/* .checkActor */ .AB)(actor, config.secrets);
    const registry = await (0,_artifact_store_open_store_js__WEBPACK_IMPORTED_MODULE_8__/* .openStore */ .Ch)(config, {
        access,
        signal,
        ...(actor !== undefined && { actor }),
    });
    if (access === 'write' && config.localPaths.includes((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(root, _contract_js__WEBPACK_IMPORTED_MODULE_10__/* .STORE_FOLDER */ .dB)))
        await ignoreInGit((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(root, _contract_js__WEBPACK_IMPORTED_MODULE_10__/* .STORE_FOLDER */ .dB));
    return registry;
}
/** Whether a store is the one inside the infospace. */
function isEmbedded(root, { localPaths }) {
    return localPaths.includes((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(root, _contract_js__WEBPACK_IMPORTED_MODULE_10__/* .STORE_FOLDER */ .dB));
}
/** The embedded store lies inside what is often a git checkout, and belongs into no commit. */
async function ignoreInGit(folder) {
    const file = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(folder, '.gitignore');
    if ((0,node_fs__WEBPACK_IMPORTED_MODULE_0__.existsSync)(file))
        return;
    await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.mkdir)(folder, { recursive: true });
    await (0,_artifact_store_files_whole_file_js__WEBPACK_IMPORTED_MODULE_6__/* .replaceFile */ .fR)(file, '*\n');
}


/***/ }),

/***/ 89375:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  MR: () => (/* binding */ compileExclude),
  GF: () => (/* binding */ compileInclude),
  Y1: () => (/* binding */ pathFilter),
  Gh: () => (/* binding */ requireExclude)
});

// UNUSED EXPORTS: entryFilter

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/outside-file.js
var outside_file = __webpack_require__(90268);
// EXTERNAL MODULE: ./build/action/infospace/contract.js
var contract = __webpack_require__(74954);
;// CONCATENATED MODULE: ./build/action/infospace/glob-class.js
/** POSIX 9.3.5, of ASCII as git has them. */
const CLASSES = {
    alnum: /[a-z\d]/i,
    alpha: /[a-z]/i,
    blank: /[ \t]/,
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the class is of
    cntrl: /[\u0000-\u001f\u007f]/,
    digit: /\d/,
    graph: /[!-~]/,
    lower: /[a-z]/,
    print: /[ -~]/,
    punct: /[!-/:-@[-`{-~]/,
    space: /[ \t-\r]/,
    upper: /[A-Z]/,
    xdigit: /[\da-f]/i,
};
/**
 * Reads a set as git does (`wildmatch.c`).
 *
 * @param start of the opening bracket.
 * @returns undefined for one that does not end, or names no class there is.
 */
function readSet(pattern, start) {
    let at = start + 1;
    const isNegated = pattern[at] === '!' || pattern[at] === '^';
    if (isNegated)
        at++;
    const members = [];
    /** Where a range may begin. */
    let first;
    // A bracket that comes first is a member.
    for (const begin = at; at === begin || pattern[at] !== ']'; at++) {
        let character = pattern[at];
        const named = classAt(pattern, at);
        if (named) {
            const expression = CLASSES[named.name];
            if (expression === undefined)
                return undefined;
            members.push((candidate) => expression.test(candidate));
            at = named.end;
            first = undefined;
        }
        else if (character === '-' && first !== undefined && pattern[at + 1] !== undefined && pattern[at + 1] !== ']') {
            at += pattern[at + 1] === '\\' ? 2 : 1;
            const [low, high] = [first, pattern[at]];
            if (high === undefined)
                return undefined;
            members.push((candidate) => isBetween(low, candidate, high));
            first = undefined;
        }
        else {
            if (character === '\\')
                character = pattern[++at];
            if (character === undefined)
                return undefined;
            const only = character;
            members.push((candidate) => candidate === only);
            first = only;
        }
    }
    return { has: (character) => members.some((member) => member(character)) !== isNegated, end: at + 1 };
}
/** Undefined where no `[:name:]` stands. */
function classAt(pattern, at) {
    if (pattern[at] !== '[' || pattern[at + 1] !== ':')
        return undefined;
    const end = pattern.indexOf(']', at + 2);
    if (end < at + 3 || pattern[end - 1] !== ':')
        return undefined;
    return { name: pattern.slice(at + 2, end - 1).join(''), end };
}
function isBetween(low, character, high) {
    const code = character.codePointAt(0);
    return low.codePointAt(0) <= code && code <= high.codePointAt(0);
}

;// CONCATENATED MODULE: ./build/action/infospace/glob.js

/** `?` */
const ANY = Symbol('any');
/** `*`, and `**` that is not a whole name. */
const STAR = Symbol('star');
/** `**` and a slash: no folder or several. */
const TREE = Symbol('tree');
/** `**` at the end. */
const REST = Symbol('rest');
/** Undefined for a pattern that matches nothing: a bracket or an escape in it does not end. */
function compileGlob(text) {
    const units = unitsOf([...text]);
    if (units === undefined)
        return undefined;
    const wildcard = units.findIndex((unit) => typeof unit !== 'string');
    const isLiteral = wildcard < 0;
    const prefix = (isLiteral ? units : units.slice(0, wildcard)).join('');
    if (isLiteral)
        return { prefix, isLiteral, matches: (path) => path === prefix };
    return { prefix, isLiteral, matches: (path) => path.startsWith(prefix) && matches(units, path) };
}
function unitsOf(pattern) {
    const units = [];
    for (let at = 0; at < pattern.length;) {
        const character = pattern[at];
        if (character === '*') {
            const start = at;
            while (pattern[at] === '*')
                at++;
            const isName = at - start > 1 && (start === 0 || pattern[start - 1] === '/');
            if (isName && at === pattern.length)
                units.push(REST);
            else if (isName && pattern[at] === '/') {
                units.push(TREE);
                at++;
            }
            else
                units.push(STAR);
        }
        else if (character === '[') {
            const set = readSet(pattern, at);
            if (set === undefined)
                return undefined;
            units.push(set.has);
            at = set.end;
        }
        else if (character === '?') {
            units.push(ANY);
            at++;
        }
        else {
            const escaped = character === '\\' ? pattern[++at] : character;
            if (escaped === undefined)
                return undefined;
            units.push(escaped);
            at++;
        }
    }
    return units;
}
function matches(units, path) {
    let star;
    let tree;
    let unit = 0;
    let at = 0;
    while (unit < units.length || at < path.length) {
        const wanted = units[unit];
        if (wanted === REST)
            return true;
        if (wanted === STAR) {
            star = { unit: ++unit, at };
        }
        else if (wanted === TREE) {
            tree = { unit: ++unit, at };
            star = undefined;
        }
        else {
            const character = characterAt(path, at);
            if (character !== '' && accepts(wanted, character)) {
                // A star ends with the name it stands in.
                if (character === '/')
                    star = undefined;
                unit++;
                at += character.length;
                continue;
            }
            const taken = star && characterAt(path, star.at);
            if (star && taken !== '' && taken !== '/') {
                star.at += taken.length;
                ({ unit, at } = star);
            }
            else if (tree) {
                const end = path.indexOf('/', tree.at);
                if (end < 0)
                    return false;
                tree.at = end + 1;
                ({ unit, at } = tree);
                star = undefined;
            }
            else
                return false;
        }
    }
    return true;
}
function characterAt(path, at) {
    const code = path.codePointAt(at);
    return code === undefined ? '' : String.fromCodePoint(code);
}
function accepts(unit, character) {
    if (typeof unit === 'string')
        return unit === character;
    if (character === '/')
        return false;
    return unit === ANY || (typeof unit === 'function' && unit(character));
}

;// CONCATENATED MODULE: ./build/action/infospace/ignore-rules.js

/** The patterns of a file: without comments, blank lines, and the spaces at their ends that no backslash keeps. */
function ignoreLines(text) {
    return text
        .split('\n')
        .map((line) => line.replace(/\r$/, ''))
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map(withoutTrailingSpaces);
}
function withoutTrailingSpaces(line) {
    const trimmed = line.replace(/ +$/, '');
    const escapes = /\\*$/.exec(trimmed)[0].length;
    return trimmed !== line && escapes % 2 === 1 ? `${trimmed} ` : trimmed;
}
/** Compiles patterns as git does, of which the last that matches decides. */
function ignore_rules_compileRules(patterns) {
    // From the last on, so that the first that matches decides.
    const rules = patterns.flatMap((pattern) => compileRule(pattern) ?? []).reverse();
    return {
        ignores(path, isFolder) {
            const name = path.slice(path.lastIndexOf('/') + 1);
            const decisive = rules.find((rule) => (isFolder || !rule.foldersOnly) && rule.matches(rule.anywhere ? name : path));
            return decisive?.isNegated === false;
        },
    };
}
function compileRule(pattern) {
    const isNegated = pattern.startsWith('!');
    const foldersOnly = pattern.endsWith('/');
    const text = pattern.slice(isNegated ? 1 : 0, foldersOnly ? -1 : undefined);
    const glob = compileGlob(text.replace(/^\//, ''));
    return glob && { isNegated, foldersOnly, anywhere: !text.includes('/'), matches: glob.matches };
}

;// CONCATENATED MODULE: ./build/action/infospace/selection.js






/** Patterns are compared with every path: far more than anybody writes. */
const MAX_IGNORE_BYTES = 1024 * 1024;
/** @throws ArchiveError `USAGE` for a pattern that leads out of the root or is of another language than gitignore's. */
function compileInclude(patterns) {
    if (patterns === undefined)
        return contract/* DEFAULT_INCLUDE */.Zy.map((text) => ({ ...compilePattern(text), optional: true }));
    if (patterns.length === 0)
        throw new errors/* ArchiveError */.di('USAGE', 'The include set is empty; name at least one path.');
    return patterns.map((text) => {
        if (text.startsWith('!')) {
            const sentence = `The pattern "${text}" begins with "!", which only exclude patterns may; exclude "${text.slice(1)}", or write "./${text}" for the character.`;
            throw new errors/* ArchiveError */.di('USAGE', sentence);
        }
        return compilePattern(text);
    });
}
function compilePattern(text) {
    const { path, foldersOnly } = normalize(text);
    const glob = compileSupported(text, path);
    const slash = glob.prefix.lastIndexOf('/');
    const base = glob.isLiteral ? glob.prefix : glob.prefix.slice(0, Math.max(0, slash));
    return {
        text,
        base,
        optional: false,
        matches(candidate, isFolder) {
            if (foldersOnly && !isFolder)
                return false;
            // What is there can be named as it stands, although it reads like a glob.
            return path === '' || candidate === path || glob.matches(candidate);
        },
    };
}
/** As if written from the root on, without `./` and repeated slashes. A slash at the end asks for folders alone. */
function normalize(text) {
    const slashed = process.platform === 'win32' ? text.replaceAll('\\', '/') : text;
    const names = slashed.split('/').filter((name) => name !== '' && name !== '.');
    if (text === '' || /^[a-z]:/i.test(slashed) || names.includes('..')) {
        throw new errors/* ArchiveError */.di('USAGE', `The pattern "${text}" leads out of the infospace; give a path relative to its root.`);
    }
    return { path: names.join('/'), foldersOnly: names.length > 0 && slashed.endsWith('/') };
}
/** As long as a path can be. */
const MAX_PATTERN_LENGTH = 4096;
/** Braces that a shell would expand, and groups of bash and picomatch: gitignore takes them literally, unlike who writes them. */
const BRACES = /^\{[^}]*(?:,|\.\.).*\}/;
const GROUP = /^[?*+@!]\([^()]*\)/;
/** @throws ArchiveError `USAGE` */
function compileSupported(text, pattern) {
    if (text.length > MAX_PATTERN_LENGTH) {
        const sentence = `The pattern "${text.slice(0, 40)}…" has more than ${MAX_PATTERN_LENGTH} characters; shorten it.`;
        throw new errors/* ArchiveError */.di('USAGE', sentence);
    }
    requireOneLanguage(text);
    const glob = compileGlob(pattern);
    if (glob)
        return glob;
    const sentence = `The pattern "${text}" has a "[" or a "\\" to which the end is missing; write "[[]" or "[\\\\]" for the character.`;
    throw new errors/* ArchiveError */.di('USAGE', sentence);
}
function requireOneLanguage(text) {
    for (let at = 0, isSet = false; at < text.length; at++) {
        const character = text[at];
        if (character === '\\')
            at++;
        else if (isSet)
            isSet = character !== ']';
        else if (character === '[') {
            isSet = true;
            // One that comes first is a member.
            if (/^\[[!^]?\]/.test(text.slice(at, at + 3)))
                at += text[at + 1] === ']' ? 1 : 2;
        }
        else {
            const rest = text.slice(at);
            // Without an end the expression would be tried in vain, again and again.
            if (character === '{' && rest.includes('}') && BRACES.test(rest)) {
                const sentence = `The pattern "${text}" has braces, which patterns here do not expand; give one pattern each, or write "[{]" for the character.`;
                throw new errors/* ArchiveError */.di('USAGE', sentence);
            }
            if (GROUP.test(rest)) {
                const sentence = `The pattern "${text}" has a group in parentheses, which patterns here do not know; give one pattern each, or write "[(]" for the character.`;
                throw new errors/* ArchiveError */.di('USAGE', sentence);
            }
        }
    }
}
/**
 * What is left out: the lines of `.infospaceignore`, then the given ones, all in gitignore syntax; undefined when there are
 * none. Case matters on every system, so that one infospace gives one package.
 *
 * @throws ArchiveError `USAGE` as {@link requireExclude} does; `CONFIG_INVALID` for an ignore file that is no UTF-8.
 */
function compileExclude(root, patterns) {
    requireExclude(patterns);
    const lines = [...ignoreLines(readIgnoreFile(root)), ...patterns];
    return lines.length === 0 ? undefined : ignore_rules_compileRules(lines);
}
/** @throws ArchiveError `USAGE` for a pattern of another language than gitignore's: it would leave out nothing. */
function requireExclude(patterns) {
    for (const text of patterns) {
        const pattern = text.replace(/^!/, '').replace(/\/$/, '');
        compileSupported(text, pattern);
        if (!pattern.split('/').some((name) => name === '.' || name === '..'))
            continue;
        const sentence = `The exclude pattern "${text}" has "." or ".." for a name, which no path has; write it from the root of the infospace on.`;
        throw new errors/* ArchiveError */.di('USAGE', sentence);
    }
}
function readIgnoreFile(root) {
    const path = (0,external_node_path_.join)(root, contract/* IGNORE_FILE */.SV);
    const text = (0,outside_file/* readOutsideText */.z)(path, MAX_IGNORE_BYTES) ?? '';
    if (!text.includes('\0'))
        return text.replace(/^\uFEFF/, '');
    throw new errors/* ArchiveError */.di('CONFIG_INVALID', `The file ${path} is no UTF-8 text; save it as UTF-8.`);
}
/** What matches, and all below a folder that does. */
function pathFilter(patterns) {
    const compiled = compileInclude(patterns);
    const unmatched = new Set(compiled);
    return {
        wants({ path, kind }) {
            const covers = (pattern) => pattern.matches(path, kind === 'directory') || foldersOf(path).some((folder) => pattern.matches(folder, true));
            let isWanted = false;
            for (const pattern of compiled) {
                if (isWanted && !unmatched.has(pattern))
                    continue;
                if (!covers(pattern))
                    continue;
                unmatched.delete(pattern);
                isWanted = true;
                if (unmatched.size === 0)
                    break;
            }
            return isWanted;
        },
        unmatched: () => [...unmatched].map(({ text }) => text),
    };
}
/** What every list of patterns wants; a list that is missing or empty wants all. */
function entryFilter({ include = [], exclude = [], paths = [], }) {
    requireExclude(exclude);
    const rules = compileRules(exclude);
    const filters = [include, paths].filter((patterns) => patterns.length > 0).map(pathFilter);
    return {
        wants: (entry) => filters.every((filter) => filter.wants(entry)) && !isLeftOut(entry, rules),
        unmatched: () => filters.flatMap((filter) => filter.unmatched()),
    };
}
function isLeftOut({ path, kind }, rules) {
    return foldersOf(path).some((folder) => rules.ignores(folder, true)) || rules.ignores(path, kind === 'directory');
}
function foldersOf(path) {
    const folders = [];
    for (let end = path.indexOf('/'); end > 0; end = path.indexOf('/', end + 1))
        folders.push(path.slice(0, end));
    return folders;
}


/***/ }),

/***/ 49799:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  G: () => (/* binding */ walk)
});

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/event-loop.js
var event_loop = __webpack_require__(85357);
// EXTERNAL MODULE: ./build/action/artifact-store/source.js
var source = __webpack_require__(85649);
// EXTERNAL MODULE: ./build/action/artifact-store/source-faults.js
var source_faults = __webpack_require__(87455);
// EXTERNAL MODULE: ./build/action/infospace/contract.js
var contract = __webpack_require__(74954);
;// CONCATENATED MODULE: ./build/action/infospace/store-mark.js


/** Says what a store is, in its storage. */
const STORE_FILE = 'store.json';
const STORAGE_FOLDER = 'storage';
const REGISTRY_FILE = 'registry.sqlite3';
/** Of that file; others of its name may be longer. */
const MAX_STORE_FILE_BYTES = 4096;
/** Whether a folder with these names in it is an embedded store, or the storage of one. */
function isStore(folder, names) {
    if (names.includes(STORE_FILE))
        return isStoreFile((0,external_node_path_.join)(folder, STORE_FILE));
    if (!names.includes(STORAGE_FOLDER))
        return false;
    // One of format 1 or 2 has no such file.
    return names.includes(REGISTRY_FILE) || isStoreFile((0,external_node_path_.join)(folder, STORAGE_FOLDER, STORE_FILE));
}
function isStoreFile(path) {
    const stat = (0,external_node_fs_.statSync)(path, { throwIfNoEntry: false });
    if (!stat?.isFile() || stat.size > MAX_STORE_FILE_BYTES)
        return false;
    try {
        return (0,external_node_fs_.readFileSync)(path, 'utf8').includes('"store_id"');
    }
    catch {
        // Who archives it is told that it cannot be read.
        return false;
    }
}

;// CONCATENATED MODULE: ./build/action/infospace/walk.js








/**
 * Lists what of an infospace is to be archived. Links are listed, never followed.
 *
 * @throws ArchiveError `NOTHING_TO_ARCHIVE` when a pattern that was asked for finds nothing; `FILE_UNREADABLE`,
 * `FILE_CHANGED` or `PATH_INVALID` naming the file.
 */
async function walk(root, options) {
    const walker = new Walker(root, options);
    for (const base of outermost(options.include.map((pattern) => pattern.base)))
        await walker.visitBase(base);
    const missed = options.include.find((pattern) => !pattern.optional && !walker.matched.has(pattern));
    if (missed)
        throw missedError(root, missed.text);
    if (walker.entries.length === 0) {
        throw new errors/* ArchiveError */.di('NOTHING_TO_ARCHIVE', `Nothing in ${root} is to be archived; add files or name some with --include.`);
    }
    return {
        entries: walker.entries,
        leftOut: { ...walker.leftOut, notIncluded: walker.countNotIncluded() },
        stores: walker.stores,
        restricted: walker.restricted,
        includedPaths: options.include.filter((pattern) => walker.matched.has(pattern)).map(({ text }) => text),
    };
}
function missedError(root, pattern) {
    if (pattern.startsWith('/') && (0,external_node_fs_.existsSync)(pattern)) {
        const sentence = `The pattern "${pattern}" leads out of the infospace: patterns begin at its root, ${root}; give a path relative to that.`;
        return new errors/* ArchiveError */.di('USAGE', sentence);
    }
    const sentence = `Nothing in ${root} matches the include pattern "${pattern}"; correct or drop it.`;
    return new errors/* ArchiveError */.di('NOTHING_TO_ARCHIVE', sentence);
}
/** Entries of a folder that are listed between two looks at whether something else waits. */
const ENTRIES_A_LOOK = 256;
class Walker {
    entries = [];
    leftOut = { excluded: 0, special: 0 };
    matched = new Set();
    stores = [];
    restricted = [];
    /** What others may do with new files. */
    #modeForOthers = 54n & ~BigInt(process.umask());
    #root;
    #options;
    /** As paths of the infospace. */
    #reserved;
    constructor(root, options) {
        this.#root = root;
        this.#options = options;
        this.#reserved = new Set(options.reserved.map((path) => (0,external_node_path_.relative)(root, path).replaceAll(external_node_path_.sep, '/')));
    }
    async visitBase(base) {
        if (base === '') {
            await this.#visitFolder('', false);
            return;
        }
        const names = base.split('/');
        for (let end = 1; end <= names.length; end++) {
            const path = names.slice(0, end).join('/');
            const kind = this.#kindOf(path);
            if (kind === undefined)
                return;
            if (end < names.length && kind !== 'directory') {
                throw new errors/* ArchiveError */.di('PATH_INVALID', `"${base}" leads through "${path}", which is not a folder; include that instead.`);
            }
            if (end === names.length)
                await this.#visit(path, kind, false);
            else if (this.#isExcluded(path, kind))
                return;
        }
    }
    /** Entries at the top that were not asked for. */
    countNotIncluded() {
        const bases = this.#options.include.map((pattern) => pattern.base);
        if (bases.includes(''))
            return 0;
        const wanted = new Set(bases.map((base) => base.split('/', 1)[0]));
        return (0,external_node_fs_.readdirSync)(this.#root).filter((name) => !wanted.has(name)).length;
    }
    async #visitFolder(path, wanted) {
        const children = readFolder(this.#absolute(path));
        if (this.#isOtherStore(path, children)) {
            this.stores.push(path);
            return;
        }
        // The folder of the archives comes and goes with them, so neither it nor its parent tells of the content.
        if (children.length === 0 && wanted && !`${contract/* ARCHIVES_FOLDER */.VV}/`.startsWith(`${path}/`)) {
            this.entries.push({ path, kind: 'directory' });
        }
        for (const [i, child] of children.entries()) {
            if (i % ENTRIES_A_LOOK === 0) {
                await (0,event_loop/* letOthersRun */.g)();
                this.#options.signal?.throwIfAborted();
            }
            const childPath = path === '' ? child.name : `${path}/${child.name}`;
            const visiting = this.#visit(childPath, kindOfDirent(child) ?? this.#kindOf(childPath), wanted);
            if (visiting)
                await visiting;
        }
    }
    /** @returns what is to be waited for. */
    #visit(path, kind, wanted) {
        if (kind === undefined || (0,contract/* isRecordKeeping */.dX)(path) || this.#reserved.has(path))
            return undefined;
        const included = this.#match(path, kind === 'directory') || wanted;
        if (kind !== 'directory' && !included)
            return undefined;
        if (this.#isExcluded(path, kind)) {
            this.leftOut.excluded++;
        }
        else if (kind === 'directory') {
            return this.#visitFolder(path, included);
        }
        else if (kind === 'special') {
            this.leftOut.special++;
        }
        else {
            this.entries.push(this.#entryOf(path));
        }
        return undefined;
    }
    /** What a store holds is not content, unless it is named itself. */
    #isOtherStore(path, children) {
        const names = children.map(({ name }) => name);
        if (path === '' || !isStore(this.#absolute(path), names))
            return false;
        return !this.#options.include.some(({ base }) => base !== '' && `${base}/`.startsWith(`${path}/`));
    }
    #match(path, isFolder) {
        let matches = false;
        for (const pattern of this.#options.include) {
            if (!pattern.matches(path, isFolder))
                continue;
            this.matched.add(pattern);
            matches = true;
        }
        return matches;
    }
    #isExcluded(path, kind) {
        return this.#options.exclude?.ignores(path, kind === 'directory') === true;
    }
    /** Not `join`, which takes longer than all else that is done for a file but to look at it. */
    #absolute(path) {
        return `${this.#root}/${path}`;
    }
    #kindOf(path) {
        try {
            return kindOfDirent((0,external_node_fs_.lstatSync)(this.#absolute(path))) ?? 'special';
        }
        catch (error) {
            if ((0,errors/* systemErrorCode */.vq)(error) === 'ENOENT')
                return undefined;
            throw (0,source_faults/* sourceError */.I)(path, (0,source_faults/* readFaultOf */.Y)(error), error);
        }
    }
    #entryOf(path) {
        const absolute = this.#absolute(path);
        try {
            const stat = (0,external_node_fs_.lstatSync)(absolute, { bigint: true });
            if (stat.isSymbolicLink())
                return { path, kind: 'symlink', target: readLink(absolute, path) };
            if (this.#modeForOthers !== 0n && (stat.mode & this.#modeForOthers) === 0n)
                this.restricted.push(path);
            return (0,source/* sourceFile */.sm)(path, stat);
        }
        catch (error) {
            throw (0,source_faults/* sourceError */.I)(path, (0,source_faults/* readFaultOf */.Y)(error), error);
        }
    }
}
/** Undefined where the file system does not tell the kind along with the name. */
function kindOfDirent(item) {
    if (item.isFile())
        return 'file';
    if (item.isDirectory())
        return 'directory';
    if (item.isSymbolicLink())
        return 'symlink';
    const special = item.isFIFO() || item.isSocket() || item.isBlockDevice() || item.isCharacterDevice();
    return special ? 'special' : undefined;
}
/** The entries of a folder, in the order of a manifest: a folder sorts as if its name ended with a slash. */
function readFolder(absolute) {
    let items;
    try {
        items = (0,external_node_fs_.readdirSync)(absolute, { withFileTypes: true });
        if (items.some(({ name }) => name.includes('\uFFFD')))
            refuseInvalidNames(absolute);
    }
    catch (error) {
        throw (0,source_faults/* sourceError */.I)(absolute, (0,source_faults/* readFaultOf */.Y)(error), error);
    }
    const key = (item) => (item.isDirectory() ? `${item.name}/` : item.name);
    return items.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
/** Node.js puts U+FFFD where a name is not UTF-8; a name may also hold a real one. */
function refuseInvalidNames(absolute) {
    for (const name of (0,external_node_fs_.readdirSync)(absolute, { encoding: 'buffer' }))
        refuseInvalid(name, `A file in ${absolute}`);
}
function readLink(absolute, path) {
    const target = (0,external_node_fs_.readlinkSync)(absolute, { encoding: 'buffer' });
    refuseInvalid(target, `The target of the link ${JSON.stringify(path)}`);
    return target.toString();
}
function refuseInvalid(name, what) {
    if (Buffer.from(name.toString()).equals(name))
        return;
    const shown = name
        .toString('latin1')
        .replace(/[^\x20-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
    throw new errors/* ArchiveError */.di('PATH_INVALID', `${what} has a name that is not UTF-8 ("${shown}"); rename or exclude its folder.`);
}
/** Drops repeated bases and those below another one, so that nothing is listed twice. */
function outermost(bases) {
    const distinct = [...new Set(bases)];
    return distinct.filter((base) => !distinct.some((other) => other !== base && (other === '' || base.startsWith(`${other}/`))));
}


/***/ }),

/***/ 12375:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   h: () => (/* binding */ parseYaml),
/* harmony export */   parseAsWritten: () => (/* binding */ parseAsWritten)
/* harmony export */ });
/* unused harmony export stringifyYaml */
/* harmony import */ var js_yaml__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(33243);

/** Tags of an application's own say nothing here, so what they are on is read as if it had none. */
const OWN_TAG = { matchByTagPrefix: true, identify: () => false };
/** That of YAML 1.2, in which `yes` and a time are text. */
const SCHEMA = js_yaml__WEBPACK_IMPORTED_MODULE_0__/* .CORE_SCHEMA */ .OU.withTags((0,js_yaml__WEBPACK_IMPORTED_MODULE_0__/* .defineScalarTag */ .Gf)('!', { ...OWN_TAG, resolve: (text) => text }), (0,js_yaml__WEBPACK_IMPORTED_MODULE_0__/* .defineSequenceTag */ .NE)('!', { ...js_yaml__WEBPACK_IMPORTED_MODULE_0__/* .seqTag */ .UD, ...OWN_TAG }), (0,js_yaml__WEBPACK_IMPORTED_MODULE_0__/* .defineMappingTag */ .bH)('!', { ...js_yaml__WEBPACK_IMPORTED_MODULE_0__/* .mapTag */ .pj, ...OWN_TAG }));
/** Nothing is a number or a truth value: each value is the text that it is written as, or null. */
const AS_WRITTEN = js_yaml__WEBPACK_IMPORTED_MODULE_0__/* .FAILSAFE_SCHEMA */ .uH.withTags(js_yaml__WEBPACK_IMPORTED_MODULE_0__/* .nullCoreTag */ .DX, (0,js_yaml__WEBPACK_IMPORTED_MODULE_0__/* .defineScalarTag */ .Gf)('!', { ...OWN_TAG, resolve: (text) => text }), (0,js_yaml__WEBPACK_IMPORTED_MODULE_0__/* .defineScalarTag */ .Gf)('tag:yaml.org,2002:', { ...OWN_TAG, resolve: (text) => text }), (0,js_yaml__WEBPACK_IMPORTED_MODULE_0__/* .defineSequenceTag */ .NE)('!', { ...js_yaml__WEBPACK_IMPORTED_MODULE_0__/* .seqTag */ .UD, ...OWN_TAG }), (0,js_yaml__WEBPACK_IMPORTED_MODULE_0__/* .defineMappingTag */ .bH)('!', { ...js_yaml__WEBPACK_IMPORTED_MODULE_0__/* .mapTag */ .pj, ...OWN_TAG }));
/** Of a document that people write; each is a reference, and costs whoever walks the value, not the parser. */
const MAX_ALIASES = 1000;
/**
 * Reads a document; null when there is none.
 *
 * @param maxAliases how often it may refer to a part of its own: 0 where the value is walked, since a few lines of aliases make
 * trees of any size.
 * @throws Error whose message is one line that says what is wrong, and where.
 */
function parseYaml(text, maxAliases = MAX_ALIASES) {
    return parseWith(SCHEMA, text, maxAliases);
}
/** Reads a document as {@link parseYaml} does, with every value as it is written: `3.10` and `3.1` are two. */
function parseAsWritten(text) {
    return parseWith(AS_WRITTEN, text, MAX_ALIASES);
}
function parseWith(schema, text, maxAliases) {
    let documents;
    try {
        documents = (0,js_yaml__WEBPACK_IMPORTED_MODULE_0__/* .loadAll */ .gh)(text, { schema, maxAliases });
    }
    catch (error) {
        if (!(error instanceof js_yaml__WEBPACK_IMPORTED_MODULE_0__/* .YAMLException */ .tB))
            throw error;
        const where = error.mark ? ` at line ${error.mark.line + 1}, column ${error.mark.column + 1}` : '';
        throw new Error(`${error.reason}${where}`, { cause: error });
    }
    if (documents.length > 1)
        throw new Error('it holds more than one document');
    return documents[0] ?? null;
}
function stringifyYaml(value) {
    return dump(value, { schema: SCHEMA, lineWidth: -1 });
}


/***/ })

};
