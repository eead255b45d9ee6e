export const id = 576;
export const ids = [576];
export const modules = {

/***/ 64576:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  archive: () => (/* binding */ archive)
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
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
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

// EXTERNAL MODULE: ./build/action/artifact-store/new-package.js
var new_package = __webpack_require__(54277);
// EXTERNAL MODULE: ./build/action/artifact-store/retention/classes.js
var classes = __webpack_require__(90927);
// EXTERNAL MODULE: ./build/action/infospace/contract.js
var contract = __webpack_require__(74954);
// EXTERNAL MODULE: ./build/action/infospace/index-file.js + 1 modules
var index_file = __webpack_require__(77637);
// EXTERNAL MODULE: ./build/action/infospace/infospace-file.js + 1 modules
var infospace_file = __webpack_require__(80647);
// EXTERNAL MODULE: ./build/action/infospace/infospace-store.js + 17 modules
var infospace_store = __webpack_require__(99463);
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

// EXTERNAL MODULE: ./build/action/infospace/selection.js
var selection = __webpack_require__(27872);
// EXTERNAL MODULE: ./build/action/artifact-store/source.js
var source = __webpack_require__(85649);
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
    if (missed) {
        throw new errors/* ArchiveError */.di('NOTHING_TO_ARCHIVE', `Nothing in ${root} matches the include pattern "${missed.text}"; correct or drop it.`);
    }
    if (walker.entries.length === 0) {
        throw new errors/* ArchiveError */.di('NOTHING_TO_ARCHIVE', `Nothing in ${root} is to be archived; add files or name some with --include.`);
    }
    return {
        entries: walker.entries,
        leftOut: { ...walker.leftOut, notIncluded: walker.countNotIncluded() },
        includedPaths: options.include.filter((pattern) => walker.matched.has(pattern)).map(({ text }) => text),
    };
}
/** Entries of a folder that are listed between two looks at whether something else waits. */
const walk_ENTRIES_A_LOOK = 256;
class Walker {
    entries = [];
    leftOut = { excluded: 0, special: 0 };
    matched = new Set();
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
        // The folder of the archives comes and goes with them, so neither it nor its parent tells of the content.
        if (children.length === 0 && wanted && !`${contract/* ARCHIVES_FOLDER */.VV}/`.startsWith(`${path}/`)) {
            this.entries.push({ path, kind: 'directory' });
        }
        for (const [i, child] of children.entries()) {
            if (i % walk_ENTRIES_A_LOOK === 0) {
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
        const included = this.#match(path) || wanted;
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
    #match(path) {
        let matches = false;
        for (const pattern of this.#options.include) {
            if (!pattern.matches(path))
                continue;
            this.matched.add(pattern);
            matches = true;
        }
        return matches;
    }
    #isExcluded(path, kind) {
        return this.#options.exclude?.ignores(kind === 'directory' ? `${path}/` : path) === true;
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

;// CONCATENATED MODULE: ./build/action/infospace/archive.js












/**
 * Preserves the state of an infospace as a package and records it in `output/archives/index.yaml`.
 *
 * When it throws, the index is as before, and no package was made unless the error names it. An aborted one has taken back
 * what it had begun; one that is aborted when the package is visible already still records it and returns.
 *
 * @throws ArchiveError `NOT_FOUND`, `USAGE`, `CONFIG_INVALID`, `NOTHING_TO_ARCHIVE`, `SECRETS_REFUSED`, `PATH_INVALID`,
 * `FILE_CHANGED`, `FILE_UNREADABLE`, `STORE_UNAVAILABLE`.
 */
async function archiveInfospace(root, options = {}) {
    options.signal?.throwIfAborted();
    const infospace = await (0,infospace_file/* openInfospace */.t)(root);
    // All that can be refused without the store is, so that a refusal leaves no new store and no package behind.
    await (0,index_file/* requireUsableIndex */.Sq)(infospace.root);
    const prepared = await prepare(infospace, options);
    if (prepared.isNew)
        await check_source_checkSource(infospace.root, prepared.walked.entries, options);
    if (options.registry)
        return archiveInto(options.registry, infospace, prepared, options);
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
    const walked = await walk(infospace.root, {
        include: (0,selection/* compileInclude */.GF)(options.include),
        exclude: (0,selection/* compileExclude */.MR)(infospace.root, options.exclude ?? []),
        reserved: storePaths.filter((path) => (0,external_node_fs_.existsSync)(path)).map((path) => (0,external_node_fs_.realpathSync)(path)),
        signal: options.signal,
    });
    const secrets = findSecretFiles(infospace.root, walked.entries);
    if (options.refuseSecrets && secrets.length > 0) {
        throw new errors/* ArchiveError */.di('SECRETS_REFUSED', `${holdSecrets(secrets)}; take them out, or exclude them with --exclude.`);
    }
    const isNew = config?.database.kind === 'sqlite' && !(0,external_node_fs_.existsSync)(config.database.path);
    return { asked, walked, isNew, warnings: warningsOf(infospace, walked.leftOut, secrets) };
}
async function archiveInto(registry, infospace, { asked, walked: { entries, includedPaths, leftOut }, warnings }, { note, skipUnchanged, statCache, onProgress, signal }) {
    const same = skipUnchanged ? await latestLike(registry, asked) : undefined;
    const id = await registry.createPackage(asked, { signal });
    try {
        await registry.ingestFiles(id, infospace.root, entries, { statCache, onProgress });
        const preview = same && registry.previewPackage(id);
        const unchanged = preview?.contentDigest === same?.contentDigest ? preview : undefined;
        const made = same && unchanged ? { ...same, ...unchanged, storedBytes: 0 } : await registry.finalizePackage(id);
        const record = recordOf(made, includedPaths, note ?? null);
        if (unchanged)
            await registry.abandonPackage(id);
        else
            await addToIndex(infospace.root, record, signal);
        return {
            record: unchanged ? ((await findRecord(infospace.root, made.id)) ?? record) : record,
            changed: unchanged === undefined,
            expiresAt: made.expiresAt,
            storedBytes: made.storedBytes,
            reusedFiles: made.reusedFiles,
            reusedBytes: made.reusedBytes,
            unreadFiles: made.unreadFiles,
            leftOut,
            requests: registry.requests && { ...registry.requests },
            warnings,
        };
    }
    catch (error) {
        if (registry.isOpen(id))
            await registry.abandonPackage(id);
        throw error;
    }
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
    return (await (0,index_file/* readIndex */.vY)(root)).findLast((record) => record.package_id === packageId);
}
function recordOf(made, includedPaths, note) {
    return {
        package_id: made.id,
        manifest_digest: made.manifestDigest,
        content_digest: made.contentDigest,
        retention_class: made.retentionClass,
        created_at: made.createdAt,
        included_paths: includedPaths,
        file_count: made.fileCount,
        total_bytes: made.totalBytes,
        note,
        producer: made.producer,
        subject: made.subject,
    };
}
function warningsOf({ warning }, { special }, secrets) {
    const warnings = warning === undefined ? [] : [warning];
    if (special > 0)
        warnings.push(`${special} sockets, pipes or devices were left out; a package holds files, links and folders.`);
    if (secrets.length > 0) {
        warnings.push(`${holdSecrets(secrets)}; exclude them ("refuse-secrets" makes this an error).`);
    }
    return warnings;
}
/** More would be read by nobody. */
const NAMED_SECRETS = 10;
function holdSecrets(paths) {
    const named = paths.slice(0, NAMED_SECRETS).map((path) => JSON.stringify(path));
    const others = paths.length - named.length;
    return `Files that commonly hold secrets are to be archived: ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

// EXTERNAL MODULE: ./build/action/infospace/compare.js
var compare = __webpack_require__(66369);
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
            ...(record.note === null ? [] : [['Note', (0,summary/* code */.aY)(record.note)]]),
        ]),
        changed ? newsText(archived.comparison) : '',
        'Restore it in another job:',
        (0,summary/* codeBlock */.DV)('yaml', restoreSnippet(archived, context)),
    ]);
}
function storedText({ storedBytes, reusedFiles, reusedBytes, record }) {
    const ratio = storedBytes < record.total_bytes ? `, ${Math.round((100 * storedBytes) / record.total_bytes)} % of its size` : '';
    const reused = reusedFiles === 0 ? '' : `; ${(0,format/* formatCount */.B4)(reusedFiles, 'file')} (${(0,format/* formatBytes */.z3)(reusedBytes)}) were there`;
    return `${(0,format/* formatBytes */.z3)(storedBytes)} new${ratio}${reused}`;
}
function untilText(expiresAt) {
    return expiresAt === null ? 'never expires' : `until ${expiresAt.slice(0, 10)}`;
}
function whereText({ options, embedded }, uploaded, env) {
    const stored = embedded
        ? 'the embedded store of this job'
        : options.storeRoot === undefined
            ? 'the configured store'
            : `the store in ${(0,summary/* code */.aY)(options.storeRoot)}`;
    if (uploaded === undefined)
        return stored;
    const name = uploaded.url === '' || env['ACT'] ? (0,summary/* code */.aY)(uploaded.name) : `[${uploaded.name}](${uploaded.url})`;
    return `${stored}, and the workflow artifact ${name}`;
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
    const action = env['GITHUB_ACTION_REPOSITORY'] || 'org/infospace-archive';
    const ref = env['GITHUB_ACTION_REF'] || 'v1';
    const inputs = [
        ['package-id', record.package_id],
        ['target', 'restored'],
        asked.embedded && uploaded === undefined && root !== '.' && ['root', root],
        !asked.embedded && asked.options.storeRoot !== undefined && ['store-root', asked.options.storeRoot],
        uploaded !== undefined && ['workflow-artifact-name', uploaded.name],
        uploaded !== undefined && ['run-id', `'${env['GITHUB_RUN_ID'] ?? ''}'`],
        // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of the workflow
        uploaded !== undefined && ['github-token', '${{ github.token }}'],
    ];
    const lines = inputs.filter((input) => input !== false).map(([name, value]) => `    ${name}: ${value}`);
    return [`- uses: ${action}/restore@${ref}`, '  with:', ...lines].join('\n');
}

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
    const { workflowArtifact: mode, embedded } = asked;
    if (mode === 'never' || (mode === 'auto' && !embedded))
        return undefined;
    const name = asked.workflowArtifactName ?? (0,workflow_artifact/* artifactNameOf */.nn)(record.subject, record.package_id);
    return core/* group */.Os('Upload as a workflow artifact', async () => {
        if (mode === 'auto')
            (0,report/* say */.cv)('No store is configured, and the embedded one ends with this job: the package is uploaded.');
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
















async function archive({ inputs, env, signal }) {
    const asked = await (0,archive_inputs/* readArchiveInputs */.yq)(inputs, env);
    if (asked.outsideWorkspace)
        (0,report/* warn */.R8)(`The input "root" names ${asked.root}, which lies outside of the workspace.`);
    const result = await core/* group */.Os('Archive', () => archiveOrNothing(asked, signal));
    if (result === undefined)
        return;
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
async function archiveOrNothing({ root, options, ifNoFilesFound }, signal) {
    try {
        const result = await archiveInfospace(root, { ...options, signal });
        for (const warning of result.warnings)
            (0,report/* warn */.R8)(warning);
        tell(result);
        return result;
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
    (0,report/* say */.cv)(`Stored ${(0,format/* formatBytes */.z3)(storedBytes)} new; ${(0,format/* formatCount */.B4)(reusedFiles, 'file')} were in the store already`);
    (0,report/* say */.cv)(`Left out ${(0,format/* formatLeftOut */.tG)(leftOut)}`);
}
async function describe(registry, root, result) {
    const { package_id: id, subject } = result.record;
    const manifest = await registry.getManifestBytes(id, 'cbor');
    const packages = await registry.listPackages({ subject });
    const before = packages[packages.findIndex((found) => found.id === id) - 1];
    const getManifest = registry.manifestReader();
    return {
        ...result,
        manifestSha256: (0,external_node_crypto_.createHash)('sha256').update(manifest).digest('hex'),
        manifestPath: await keepManifest(root, id, manifest),
        comparison: before && (0,compare/* compareEntries */.wD)((await getManifest(before.id)).files, (await getManifest(id)).files),
        auditHead: await registry.eventHead(),
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
/**
 * Downloads an artifact into a new folder, which the caller removes.
 *
 * @returns the folder, or undefined when there is no such artifact.
 * @throws ArchiveError `STORE_UNAVAILABLE` when the service cannot be reached; `INTEGRITY` when what comes is not what
 * was uploaded.
 */
async function downloadArtifact(wanted, place, { env, signal }) {
    if (place === undefined)
        requireService(env);
    try {
        return await throughService(env, () => download(wanted, place, signal));
    }
    catch (error) {
        signal.throwIfAborted();
        if (error instanceof _artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .ArchiveError */ .di)
            throw error;
        throw unavailable(`The workflow artifact cannot be downloaded: ${reasonOf(error)}`, error);
    }
}
async function download(wanted, place, signal) {
    const client = await artifactClient();
    const findBy = place && { findBy: { ...place, workflowRunId: place.runId } };
    const { artifacts } = await (0,_artifact_store_abort_js__WEBPACK_IMPORTED_MODULE_5__/* .untilAborted */ .Eu)(signal, client.listArtifacts({ latest: true, ...findBy }));
    const found = artifacts
        .filter(({ name }) => fits(name, wanted))
        .toSorted(byAge)
        .at(-1 - wanted.before);
    if (found === undefined)
        return undefined;
    const folder = await (0,_artifact_store_files_temporary_folder_js__WEBPACK_IMPORTED_MODULE_3__/* .makeTemporaryFolder */ .w)('artifact');
    try {
        const expected = found.digest === undefined ? {} : { expectedHash: found.digest };
        const downloading = client.downloadArtifact(found.id, { path: folder, ...findBy, ...expected });
        const { digestMismatch } = await (0,_artifact_store_abort_js__WEBPACK_IMPORTED_MODULE_5__/* .untilAborted */ .Eu)(signal, downloading);
        if (!digestMismatch)
            return folder;
        throw new _artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .ArchiveError */ .di('INTEGRITY', `The workflow artifact "${found.name}" is damaged; upload it again.`);
    }
    catch (error) {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.rm)(folder, { recursive: true, force: true });
        throw error;
    }
}
/** The one file of an artifact, however the service packed it. */
async function fileWithin(folder, extension) {
    const names = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readdir)(folder, { recursive: true });
    const found = names.filter((name) => name.endsWith(extension));
    if (found.length === 1)
        return (0,node_path__WEBPACK_IMPORTED_MODULE_1__.join)(folder, found[0]);
    throw new _artifact_store_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .ArchiveError */ .di('NOT_FOUND', `The workflow artifact holds ${found.length} files *${extension}; name one that this action uploaded.`);
}
function fits(name, wanted) {
    if (wanted.name !== undefined)
        return name === wanted.name;
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
