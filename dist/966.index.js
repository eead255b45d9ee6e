export const id = 966;
export const ids = [966];
export const modules = {

/***/ 94966:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  openGit: () => (/* binding */ openGit)
});

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:timers/promises"
var external_node_timers_promises_ = __webpack_require__(58500);
// EXTERNAL MODULE: ./build/action/artifact-store/files/process-mark.js
var process_mark = __webpack_require__(81497);
// EXTERNAL MODULE: ./build/action/artifact-store/files/staged-names.js
var staged_names = __webpack_require__(66967);
// EXTERNAL MODULE: ./build/action/artifact-store/storage/backend.js
var backend = __webpack_require__(80404);
// EXTERNAL MODULE: external "node:stream/promises"
var external_node_stream_promises_ = __webpack_require__(46466);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/write-all.js
var write_all = __webpack_require__(2699);
;// CONCATENATED MODULE: ./build/action/artifact-store/storage/git-blobs.js








/** What is kept of blobs that were read or written: the oldest go first. */
const MAX_KEPT_BYTES = 2 * 1024 * 1024 * 1024;
const STAGED = 'tmp-';
/** Blobs by their ids, as files of this machine: ranges of them are read often. */
class GitBlobs {
    #directory;
    /** Blobs that this process wrote, or hashed: what lay here before may have rotted. */
    #sound = new Set();
    #isAnew = false;
    constructor(directory) {
        this.#directory = directory;
    }
    pathOf(id) {
        return (0,external_node_path_.join)(this.#directory, id);
    }
    /** Undefined when the blob is not here. */
    async sizeOf(id) {
        return (await (0,promises_.stat)(this.pathOf(id)).catch(() => undefined))?.size;
    }
    /** Whether the blob is here, with the bytes that its id names. */
    async has(id) {
        if (this.#sound.has(id))
            return (await this.sizeOf(id)) !== undefined;
        if (this.#isAnew || (await this.#hash(id)) !== id)
            return false;
        this.#sound.add(id);
        const now = new Date();
        await (0,promises_.utimes)(this.pathOf(id), now, now).catch(() => undefined);
        return true;
    }
    /** What is here counts no more; what comes does. */
    forget() {
        this.#sound.clear();
        this.#isAnew = true;
    }
    /** Of a file as git would name it; undefined when there is none. */
    async #hash(id) {
        const size = await this.sizeOf(id);
        if (size === undefined)
            return undefined;
        const hash = (0,external_node_crypto_.createHash)('sha1').update(`blob ${size}\0`);
        await (0,external_node_stream_promises_.pipeline)((0,external_node_fs_.createReadStream)(this.pathOf(id)), hash);
        return hash.digest('hex');
    }
    /** Undefined when the blob is not here, or is shorter than the range. */
    async read(id, range) {
        const file = await (0,promises_.open)(this.pathOf(id)).catch(() => undefined);
        try {
            if (file === undefined)
                return undefined;
            const { size } = await file.stat();
            const { offset, length } = range ?? { offset: 0, length: size };
            if (offset + length > size)
                return undefined;
            const bytes = Buffer.allocUnsafeSlow(length);
            for (let filled = 0; filled < length;) {
                const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
                if (bytesRead === 0)
                    return undefined;
                filled += bytesRead;
            }
            return bytes;
        }
        finally {
            await file?.close();
        }
    }
    /** Writes a file that {@link keep} gives its place. */
    async stage(pieces, signal) {
        await (0,promises_.mkdir)(this.#directory, { recursive: true });
        const path = (0,external_node_path_.join)(this.#directory, STAGED + (0,process_mark/* newMark */.e0)());
        const file = await (0,promises_.open)(path, 'wx');
        try {
            for await (const piece of pieces) {
                signal?.throwIfAborted();
                await (0,write_all/* writeAll */.f)(file, piece);
            }
            await file.close();
            return path;
        }
        catch (error) {
            await file.close();
            await (0,promises_.rm)(path, { force: true });
            throw error;
        }
    }
    async keep(staged, id) {
        await (0,promises_.rename)(staged, this.pathOf(id));
        this.#sound.add(id);
    }
    /** Takes what `git cat-file --batch` prints. */
    async takeBatch(output) {
        const reader = new BatchReader(output);
        for (let header = await reader.line(); header !== undefined; header = await reader.line()) {
            const [id, kind, size] = header.split(' ');
            if (id === undefined || kind !== 'blob')
                throw new Error(`git has no blob ${header}`);
            await this.keep(await this.stage(reader.bytes(Number(size))), id);
            await reader.line();
        }
    }
    /** Removes the blobs that were not read for the longest time, as far as there are too many. */
    async trim() {
        await (0,promises_.mkdir)(this.#directory, { recursive: true });
        await (0,staged_names/* removeAbandoned */.jU)(this.#directory, (name) => (name.startsWith(STAGED) ? name.slice(STAGED.length) : undefined));
        const names = (await (0,promises_.readdir)(this.#directory)).filter((name) => !name.startsWith(STAGED));
        const files = await Promise.all(names.map(async (name) => ({
            path: (0,external_node_path_.join)(this.#directory, name),
            found: await (0,promises_.stat)((0,external_node_path_.join)(this.#directory, name)).catch(() => undefined),
        })));
        const kept = files.flatMap(({ path, found }) => (found ? [{ path, size: found.size, time: found.mtimeMs }] : []));
        let bytes = kept.reduce((sum, { size }) => sum + size, 0);
        for (const { path, size } of kept.sort((a, b) => a.time - b.time)) {
            if (bytes <= MAX_KEPT_BYTES)
                return;
            await (0,promises_.rm)(path, { force: true });
            bytes -= size;
        }
    }
}
const LINE_FEED = 10;
/** Lines and bytes of a stream, in turn. */
class BatchReader {
    #chunks;
    #rest = Buffer.alloc(0);
    constructor(output) {
        this.#chunks = output[Symbol.asyncIterator]();
    }
    /** Without its end; undefined after the last one. */
    async line() {
        for (;;) {
            const end = this.#rest.indexOf(LINE_FEED);
            if (end >= 0) {
                const line = this.#rest.toString('utf8', 0, end);
                this.#rest = this.#rest.subarray(end + 1);
                return line;
            }
            if (!(await this.#more()))
                return undefined;
        }
    }
    async *bytes(count) {
        for (let left = count; left > 0;) {
            if (this.#rest.byteLength === 0 && !(await this.#more()))
                throw new Error('git printed less than it said');
            const piece = this.#rest.subarray(0, left);
            this.#rest = this.#rest.subarray(piece.byteLength);
            left -= piece.byteLength;
            yield piece;
        }
    }
    async #more() {
        const { done, value } = await this.#chunks.next();
        if (done)
            return false;
        this.#rest = this.#rest.byteLength === 0 ? value : Buffer.concat([this.#rest, value]);
        return true;
    }
}

// EXTERNAL MODULE: external "node:child_process"
var external_node_child_process_ = __webpack_require__(31421);
// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(48161);
// EXTERNAL MODULE: ./build/action/artifact-store/storage/git-settings.js
var git_settings = __webpack_require__(48172);
;// CONCATENATED MODULE: ./build/action/artifact-store/storage/git-program.js




/** A run of git that failed. What it said holds no password any more. */
class GitFailure extends Error {
    /** Undefined when it did not run. */
    exitCode;
    constructor(said, exitCode, cause) {
        super((0,git_settings/* withoutPasswords */.h)(said.trim()), { cause });
        this.exitCode = exitCode;
    }
}
/** Whatever the user's configuration says: no hook runs, nothing is signed or cleaned up, and nothing is packed twice. */
const SETTINGS = [
    `core.hooksPath=${external_node_os_.devNull}`,
    'core.compression=0',
    // Of a scratch repository; what receives a push reads settings of its own.
    'core.fsync=none',
    'core.looseCompression=0',
    'fetch.writeCommitGraph=false',
    'gc.auto=0',
    'maintenance.auto=false',
    'pack.window=0',
    'push.followTags=false',
    'push.gpgSign=false',
    'push.recurseSubmodules=no',
    'submodule.recurse=false',
];
/** A repository that is named to the process that runs this is not the one that is meant; traces may hold secrets. */
const DROPPED = /^GIT_(DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|PREFIX|QUARANTINE_PATH|TRACE.*|CURL_VERBOSE)$/;
/** Messages are looked at in English. Nobody is there to answer a prompt. */
const QUIET = {
    LC_ALL: 'C',
    LANGUAGE: '',
    GIT_TERMINAL_PROMPT: '0',
    GCM_INTERACTIVE: 'never',
    GIT_OPTIONAL_LOCKS: '0',
};
/**
 * Runs git and returns what it prints.
 *
 * @throws GitFailure when it fails; ArchiveError `CONFIG_INVALID` when there is no git; the reason of the signal.
 */
async function runGit(args, { env = {}, cwd, input, signal, onOutput } = {}) {
    signal?.throwIfAborted();
    const given = Object.entries(process.env).filter(([name]) => !DROPPED.test(name));
    const child = (0,external_node_child_process_.spawn)('git', [...SETTINGS.flatMap((setting) => ['-c', setting]), ...args], {
        env: { ...Object.fromEntries(given), ...QUIET, ...env },
        cwd,
        stdio: ['pipe', 'pipe', 'pipe'],
    });
    const stop = () => child.kill();
    signal?.addEventListener('abort', stop, { once: true });
    const printed = [];
    const said = [];
    child.stderr.on('data', (bytes) => said.push(bytes));
    // It may end before it has read everything, and says why.
    child.stdin.on('error', () => undefined).end(input ?? '');
    const taking = onOutput?.(child.stdout);
    taking?.catch(stop);
    if (taking === undefined)
        child.stdout.on('data', (bytes) => printed.push(bytes));
    try {
        const exitCode = await new Promise((resolve, reject) => {
            child.once('error', reject).once('close', resolve);
        });
        await taking;
        signal?.throwIfAborted();
        if (exitCode !== 0)
            throw new GitFailure(Buffer.concat([...printed, ...said]).toString(), exitCode);
        return Buffer.concat(printed).toString();
    }
    catch (error) {
        if ((0,errors/* systemErrorCode */.vq)(error) !== 'ENOENT')
            throw error;
        const sentence = 'A store in git needs the program git, which is not there; install git 2.29 or newer.';
        throw new errors/* ArchiveError */.di('CONFIG_INVALID', sentence, error);
    }
    finally {
        signal?.removeEventListener('abort', stop);
    }
}

;// CONCATENATED MODULE: ./build/action/artifact-store/storage/git-errors.js



const EXPLANATIONS = [
    [
        /missing (necessary )?(blob|object)|bad object|did not send all necessary objects|not our ref|unable to read [0-9a-f]{40}|corrupt|inflate/i,
        'INTEGRITY',
        'it has lost or damaged some of its bytes; bring them back from a backup or a mirror of it',
    ],
    [
        /Write access to repository not granted|Permission to .* denied|not allowed to (push|upload)|insufficient permission|(error|status):? 403/i,
        'CONFIG_INVALID',
        'it may not be written; give the token that right ("permissions: contents: write" in a workflow)',
    ],
    [
        /could not read (Username|Password)|Authentication failed|terminal prompts disabled|Permission denied \(publickey|(error|status):? 401/i,
        'CONFIG_INVALID',
        'it refuses the credentials; log git in to it, or give the workflow a token',
    ],
    [
        /does not appear to be a git repository|repository .*not found|No such remote|not found|does not exist/i,
        'CONFIG_INVALID',
        'there is no such repository, or it may not be read; check ARTIFACTSTORE_GIT_REMOTE and the token',
    ],
    [/Host key verification failed/i, 'CONFIG_INVALID', 'its host key is not known; add it to known_hosts'],
    [/pre-receive hook declined|protected|hook declined|GH0\d\d/i, 'CONFIG_INVALID', 'a rule of the host refuses it'],
    [/No space left/i, 'STORE_UNAVAILABLE', 'a disk is full; free some space'],
];
/** The error of a run of git, as one sentence with the remedy. */
function explainGitFailure(error, action, remote) {
    if (!(error instanceof GitFailure))
        return error;
    const [, code, remedy] = EXPLANATIONS.find(([said]) => said.test(error.message)) ?? [
        undefined,
        'STORE_UNAVAILABLE',
        'check the network and the host, and try again',
    ];
    const where = (0,git_settings/* withoutPasswords */.h)(remote);
    return new errors/* ArchiveError */.di(code, `Could not ${action} in the git repository ${where}: ${remedy}. Git said: ${lastLine(error.message)}`, error);
}
function lastLine(text) {
    const lines = text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => /^(fatal|error|remote|!)/.test(line) && !/failed to push some refs/.test(line));
    return lines.at(-1) ?? text.split('\n').at(-1) ?? '';
}

// EXTERNAL MODULE: ./build/action/artifact-store/storage/keys.js
var keys = __webpack_require__(3262);
;// CONCATENATED MODULE: ./build/action/artifact-store/storage/git-refs.js

const ROOT = 'refs/artifactstore/';
/** Keys have no capital letters, so this is part of none. */
const SUFFIX = /^(?<key>.+)\/B(?<size>\d+)T(?<seconds>\d+)$/;
function refBase(prefix) {
    return prefix === '' ? ROOT : `${ROOT}${prefix}/`;
}
/** Names what creates the object: exactly one may have it. */
function createdRef(base, key) {
    return base + key;
}
/** Neither the size nor the time of a blob is told by a server that lists refs, so the name tells them. */
function putRef(base, key, size, storedAt) {
    return `${base}${key}/B${size}T${Math.floor(storedAt.getTime() / 1000)}`;
}
/** The blobs that refs name, out of what `git ls-remote` prints. */
function parseRefs(base, printed) {
    const refs = new Map();
    for (const line of printed.split('\n')) {
        const [id, ref] = line.split('\t');
        if (id !== undefined && ref?.startsWith(base))
            refs.set(ref, id);
    }
    return refs;
}
/** The objects by their keys. Where one was put twice, the first ref tells its time. */
function objectsOf(base, refs) {
    const objects = new Map();
    for (const [ref, id] of refs) {
        const name = ref.slice(base.length);
        const found = SUFFIX.exec(name)?.groups;
        const key = found?.key ?? name;
        if (!(0,keys/* isKey */.m)(key))
            continue;
        const other = objects.get(key);
        if (other !== undefined) {
            other.refs.push(ref);
            continue;
        }
        const storedAt = found && new Date(Number(found.seconds) * 1000);
        objects.set(key, { refs: [ref], id, size: found && Number(found.size), storedAt });
    }
    return objects;
}

;// CONCATENATED MODULE: ./build/action/artifact-store/storage/git-sizes.js
/** Hosts refuse blobs of 100 MB. */
const MAX_BLOB_BYTES = 95 * 1024 * 1024;
/** GitHub warns of larger blobs, and advises to keep repositories below the other size. */
const LARGE_BLOB_BYTES = 50 * 1024 * 1024;
const LARGE_STORE_BYTES = 1024 * 1024 * 1024;
/** @returns sentences on what a git host may not take for long. */
function sizeWarnings(storeBytes, largestBlob) {
    const warnings = [];
    if (largestBlob > LARGE_BLOB_BYTES) {
        warnings.push(`A file was stored as one blob of ${inMegabytes(largestBlob)}; git hosts warn above 50 MB and refuse 100 MB. Exclude such files, or use a bucket.`);
    }
    if (storeBytes > LARGE_STORE_BYTES) {
        warnings.push(`The store has ${inMegabytes(storeBytes)} in its git repository; hosts advise to stay below 1 GB. Shorten retention and collect garbage, or copy the packages to a bucket.`);
    }
    return warnings;
}
function inMegabytes(bytes) {
    return `${Math.round(bytes / (1024 * 1024))} MB`;
}

// EXTERNAL MODULE: ./build/action/artifact-store/storage/object-faults.js
var object_faults = __webpack_require__(97275);
;// CONCATENATED MODULE: ./build/action/artifact-store/storage/git.js
















/** In one run of git: systems bound how long a command line is. */
const MAX_UPDATES = 200;
const MAX_FETCHED_BYTES = 64 * 1024 * 1024;
/** Hosts refuse pushes of 2 GB, and give up on those that take too long. */
const MAX_PUSHED_BYTES = 512 * 1024 * 1024;
/** One listing serves what is asked for at once. */
const FRESH_MS = 1000;
/** Git leaves it to the file system when small objects and refs reach the disk. */
const DURABLE_RECEIVE = 'git -c core.fsync=all -c core.fsyncMethod=fsync -c receive.unpackLimit=1 receive-pack';
const PUSH_TRIES = 6;
const READ_TRIES = 4;
const FIRST_PAUSE_MS = 100;
/**
 * Objects as blobs in a git repository, one under each ref below `refs/artifactstore/`, which no ordinary clone fetches. To
 * create a ref that must not exist is atomic on every git server.
 */
class GitStorage {
    backendId = 'git';
    freedLater = 'The refs of what was removed are gone; the host of the git repository frees their bytes when it collects its own garbage, in its own time.';
    /** Runs of git that go to the remote: pushes as `put` and `delete`, fetches as `get`, and listings. */
    requests = { put: 0, get: 0, head: 0, list: 0, delete: 0 };
    #settings;
    #base;
    #blobs;
    /** A repository for as long as this process needs git's own objects. */
    #scratch;
    #ready;
    #objects;
    /** What the remote's refs named when it was listed last. */
    #refs = new Map();
    #listing;
    #refreshedAt = 0;
    #largestWritten = 0;
    /** Objects that are being written: they go with the next push. */
    #writing = 0;
    #queue = [];
    #isPushing = false;
    #wanted = new Map();
    #isFetching = false;
    constructor(settings) {
        this.#settings = settings;
        this.#base = refBase(settings.prefix);
        const name = (0,external_node_crypto_.createHash)('sha256').update(settings.url).digest('hex').slice(0, 32);
        const directory = (0,external_node_path_.join)(settings.cacheDirectory, 'git', name);
        this.#blobs = new GitBlobs((0,external_node_path_.join)(directory, 'blobs'));
        this.#scratch = (0,external_node_path_.join)(directory, `scratch-${(0,process_mark/* newMark */.e0)()}`);
    }
    async put(key, pieces, signal) {
        (0,keys/* requireKey */.X)(key);
        const { id, size } = await this.#write(key, pieces, signal);
        // A name that is new to this process is new: it is random, or that of the bytes.
        const existing = (this.#objects ?? (await this.#firstListing())).get(key);
        if (existing !== undefined) {
            if (existing.id !== id)
                throw (0,object_faults/* otherBytes */.IF)(key);
            return;
        }
        signal?.throwIfAborted();
        const storedAt = new Date();
        const ref = putRef(this.#base, key, size, storedAt);
        await this.#push(ref, id, size);
        this.#objects?.set(key, { refs: [ref], id, size, storedAt });
    }
    async create(key, bytes) {
        (0,keys/* requireKey */.X)(key);
        const { id, size } = await this.#write(key, [bytes]);
        const ref = createdRef(this.#base, key);
        if ((await this.#push(ref, id, size)) === 'exists')
            return 'exists';
        this.#objects?.set(key, { refs: [ref], id, size: undefined, storedAt: undefined });
        return 'created';
    }
    async get(key, range, signal) {
        signal?.throwIfAborted();
        (0,keys/* requireKey */.X)(key);
        const object = (await this.#find(key)) ?? fail((0,object_faults/* missing */.LO)(key));
        if (!(await this.#blobs.has(object.id)))
            await this.#fetch(key, object);
        const size = (await this.#blobs.sizeOf(object.id)) ?? fail((0,object_faults/* missing */.LO)(key));
        if (range === undefined)
            (0,object_faults/* requireSize */.lY)(key, size);
        return (await this.#blobs.read(object.id, range)) ?? fail((0,object_faults/* tooShort */.r3)(key));
    }
    async head(key) {
        (0,keys/* requireKey */.X)(key);
        const object = await this.#find(key);
        return object && this.#toStored(key, object);
    }
    async delete(key) {
        (0,keys/* requireKey */.X)(key);
        const object = await this.#find(key);
        if (object === undefined)
            return;
        await Promise.all(object.refs.map((ref) => this.#push(ref, undefined, 0)));
        this.#objects?.delete(key);
    }
    async *list(prefix, after = '') {
        const isFresh = this.#objects !== undefined && performance.now() - this.#refreshedAt < FRESH_MS;
        for (const [key, object] of [...(isFresh ? this.#objects : await this.#refresh())]) {
            if (key.startsWith(prefix) && key > after)
                yield await this.#toStored(key, object);
        }
    }
    readAnew() {
        this.#blobs.forget();
    }
    async health() {
        await this.#refresh();
    }
    /** As it was listed last, and what was written since. */
    async hosted() {
        const objects = [...(this.#objects ?? (await this.#firstListing())).values()];
        const bytes = objects.reduce((sum, { size = 0 }) => sum + size, 0);
        return { objects: objects.length, bytes, warnings: sizeWarnings(bytes, this.#largestWritten) };
    }
    close() {
        (0,external_node_fs_.rmSync)(this.#scratch, { recursive: true, force: true });
    }
    async #toStored(key, { id, size, storedAt }) {
        return { key, size: size ?? (await this.#blobs.sizeOf(id)) ?? 0, modifiedAt: storedAt ?? new Date(0) };
    }
    /** As the remote was when it was listed last; one that is not there is looked for again. */
    async #find(key) {
        return this.#objects?.get(key) ?? (await this.#refresh()).get(key);
    }
    /** One listing for all who need any. */
    #firstListing() {
        this.#listing ??= this.#refresh().finally(() => {
            this.#listing = undefined;
        });
        return this.#listing;
    }
    async #refresh() {
        this.requests.list++;
        const printed = await this.#reading('list objects', (remote) => ['ls-remote', remote, `${this.#base}*`]);
        this.#refs = parseRefs(this.#base, printed);
        this.#objects = objectsOf(this.#base, this.#refs);
        this.#refreshedAt = performance.now();
        return this.#objects;
    }
    /** Makes a blob of the pieces; what is written at once goes to the remote at once. */
    async #write(key, pieces, signal) {
        signal?.throwIfAborted();
        this.#writing++;
        try {
            await this.#prepare();
            let size = 0;
            const { maxBlobBytes: maxBytes = MAX_BLOB_BYTES } = this.#settings;
            const counted = async function* () {
                for await (const piece of pieces) {
                    size += piece.byteLength;
                    if (size > maxBytes)
                        throw tooLarge(key, maxBytes);
                    yield piece;
                }
            };
            const staged = await this.#blobs.stage(counted(), signal);
            try {
                this.#largestWritten = Math.max(this.#largestWritten, size);
                const id = (await this.#locally(['hash-object', '-w', '--no-filters', staged], { signal })).trim();
                await this.#blobs.keep(staged, id);
                return { id, size };
            }
            catch (error) {
                await (0,promises_.rm)(staged, { force: true });
                throw error;
            }
        }
        catch (error) {
            signal?.throwIfAborted();
            throw error;
        }
        finally {
            this.#writing--;
            this.#startPushing();
        }
    }
    #push(ref, id, size) {
        const update = { ref, id, size, settled: Promise.withResolvers() };
        this.#queue.push(update);
        // Who else has something to push does so first.
        setImmediate(() => this.#startPushing());
        return update.settled.promise;
    }
    #startPushing() {
        if (this.#isPushing || this.#queue.length === 0 || this.#writing > 0)
            return;
        this.#isPushing = true;
        const updates = this.#takeUpdates();
        this.#pushAll(updates)
            .catch((error) => {
            for (const { settled } of updates)
                settled.reject(error);
        })
            .finally(() => {
            this.#isPushing = false;
            this.#startPushing();
        });
    }
    /** Of several updates of one ref, all but the first wait for the next push. */
    #takeUpdates() {
        const taken = new Map();
        let bytes = 0;
        this.#queue = this.#queue.filter((update) => {
            if (taken.has(update.ref) || taken.size === MAX_UPDATES)
                return true;
            if (taken.size > 0 && bytes + update.size > MAX_PUSHED_BYTES)
                return true;
            taken.set(update.ref, update);
            bytes += update.size;
            return false;
        });
        return [...taken.values()];
    }
    /** Whatever git says or does not say: the refs of the remote tell what became of an update. */
    async #pushAll(updates) {
        let left = [...updates];
        for (let tries = 1, pause = FIRST_PAUSE_MS; left.length > 0; tries++, pause *= 2) {
            let failure;
            try {
                await this.#pushOnce(left);
                for (const { settled } of left)
                    settled.resolve('done');
                this.#settleLike(left);
                return;
            }
            catch (error) {
                failure = error;
            }
            await this.#refresh();
            left = left.filter(({ ref, id, settled }) => {
                const found = this.#refs.get(ref);
                if (found === id)
                    settled.resolve('done');
                else if (found !== undefined && id !== undefined)
                    settled.resolve('exists');
                else
                    return true;
                return false;
            });
            if (left.length === 0)
                return;
            const isFinal = failure instanceof errors/* ArchiveError */.di && failure.code !== 'STORE_UNAVAILABLE';
            if (isFinal || tries === PUSH_TRIES)
                throw failure;
            await (0,external_node_timers_promises_.setTimeout)(pause * (0.5 + Math.random()));
        }
    }
    /** What waits to create a ref that was just created, or to remove one that was just removed, needs no push. */
    #settleLike(done) {
        const ids = new Map(done.map(({ ref, id }) => [ref, id]));
        this.#queue = this.#queue.filter(({ ref, id, settled }) => {
            if (!ids.has(ref) || (ids.get(ref) === undefined) !== (id === undefined))
                return true;
            settled.resolve(ids.get(ref) === id ? 'done' : 'exists');
            return false;
        });
    }
    async #pushOnce(updates) {
        const isDeletion = updates.every(({ id }) => id === undefined);
        this.requests[isDeletion ? 'delete' : 'put']++;
        await this.#remotely('store objects', (remote) => [
            'push',
            '--quiet',
            '--no-verify',
            ...(this.#settings.isLocal ? [`--receive-pack=${DURABLE_RECEIVE}`] : []),
            ...updates.flatMap(({ ref, id }) => (id === undefined ? [] : [`--force-with-lease=${ref}:`])),
            remote,
            ...updates.map(({ ref, id = '' }) => `${id}:${ref}`),
        ]);
    }
    /** Objects that are asked for at once are fetched at once. */
    #fetch(key, object) {
        const wanted = this.#wanted.get(key) ?? { object, fetched: Promise.withResolvers() };
        this.#wanted.set(key, wanted);
        setImmediate(() => this.#startFetching());
        return wanted.fetched.promise;
    }
    #startFetching() {
        if (this.#isFetching || this.#wanted.size === 0)
            return;
        this.#isFetching = true;
        const batch = [];
        let bytes = 0;
        for (const entry of this.#wanted) {
            bytes += entry[1].object.size ?? 0;
            if (batch.length > 0 && (bytes > MAX_FETCHED_BYTES || batch.length === MAX_UPDATES))
                break;
            batch.push(entry);
            this.#wanted.delete(entry[0]);
        }
        this.#fetchAll(batch.map(([, { object }]) => object))
            .then(() => {
            for (const [, { fetched }] of batch)
                fetched.resolve();
        }, (error) => this.#settleFailed(batch, error))
            .finally(() => {
            this.#isFetching = false;
            this.#startFetching();
        });
    }
    /** One of them may have been removed meanwhile, or be damaged. */
    async #settleFailed(batch, error) {
        const objects = await this.#refresh().catch(() => undefined);
        for (const [key, { object, fetched }] of batch) {
            if (objects && !objects.has(key))
                fetched.reject((0,object_faults/* missing */.LO)(key, error));
            else if (batch.length === 1 || !(0,errors/* isArchiveError */.J)(error, 'INTEGRITY'))
                fetched.reject(error);
            else
                await this.#fetchAll([object]).then(fetched.resolve, fetched.reject);
        }
    }
    async #fetchAll(objects) {
        this.requests.get++;
        await this.#reading('read objects', (remote) => [
            'fetch',
            '--quiet',
            '--no-tags',
            '--no-write-fetch-head',
            '--no-recurse-submodules',
            '--no-prune',
            '--no-prune-tags',
            remote,
            ...objects.flatMap(({ refs }) => refs.slice(0, 1)),
        ]);
        const input = objects.map(({ id }) => `${id}\n`).join('');
        await this.#locally(['cat-file', '--batch'], { input, onOutput: (output) => this.#blobs.takeBatch(output) });
    }
    #prepare() {
        this.#ready ??= this.#makeScratch();
        return this.#ready;
    }
    async #makeScratch() {
        const parent = (0,external_node_path_.join)(this.#scratch, '..');
        await (0,promises_.mkdir)(parent, { recursive: true });
        await (0,staged_names/* removeAbandoned */.jU)(parent, (name) => (name.startsWith('scratch-') ? name.slice('scratch-'.length) : undefined));
        await this.#blobs.trim();
        await runGit(['init', '--quiet', '--bare', '--template=', this.#scratch]);
        const { repository } = this.#settings;
        if (repository === undefined)
            return;
        // The commits that git compares with the remote's, and what a mirror has of the store.
        const file = (0,external_node_path_.join)(this.#scratch, 'objects', 'info', 'alternates');
        await (0,promises_.writeFile)(file, `${(0,external_node_path_.join)(repository.commonDir, 'objects')}\n`);
    }
    /** Among the objects of this process. */
    #locally(args, run = {}) {
        return runGit(args, { ...run, env: { GIT_DIR: this.#scratch } });
    }
    /** Reads from the remote, again where the network may be at fault. */
    async #reading(action, args) {
        for (let tries = 1, pause = FIRST_PAUSE_MS;; tries++, pause *= 2) {
            try {
                return await this.#remotely(action, args);
            }
            catch (error) {
                if (!(0,errors/* isArchiveError */.J)(error, 'STORE_UNAVAILABLE') || tries === READ_TRIES)
                    throw error;
            }
            await (0,external_node_timers_promises_.setTimeout)(pause * (0.5 + Math.random()));
        }
    }
    /** With the configuration and the credentials of the repository whose remote it is. Nothing in there is changed. */
    async #remotely(action, args) {
        await this.#prepare();
        const { remote, url, repository } = this.#settings;
        try {
            return await runGit(args(url), {
                env: {
                    GIT_DIR: repository?.gitDir ?? this.#scratch,
                    GIT_OBJECT_DIRECTORY: (0,external_node_path_.join)(this.#scratch, 'objects'),
                },
            });
        }
        catch (error) {
            throw explainGitFailure(error, action, remote);
        }
    }
}
function fail(error) {
    throw error;
}
function tooLarge(key, maxBytes) {
    return new backend/* ObjectTooLarge */.X(`The object "${key}" would have more than the ${maxBytes} bytes that git hosts take in one blob; leave the large file out, or use a bucket.`);
}

;// CONCATENATED MODULE: ./build/action/artifact-store/storage/open-git.js





/** Of git, the oldest that is known to work. */
const NEEDED_VERSION = [2, 29];
/**
 * Opens a store in a git repository.
 *
 * @throws ArchiveError `CONFIG_INVALID` when git is missing or too old, or there is no such remote.
 */
async function openGit({ remote, directory: asked, ...settings }) {
    await requireGit();
    const directory = nearestFolder(asked);
    const named = /[/:\\]/.test(remote) ? undefined : await remoteOf(directory, remote);
    if (typeof named === 'object')
        return new GitStorage({ ...settings, remote, ...named });
    const place = placeOf(directory, remote);
    if (place.isLocal || named === undefined) {
        return new GitStorage({ ...settings, remote, ...place, repository: undefined });
    }
    throw new errors/* ArchiveError */.di('CONFIG_INVALID', `${directory} lies in no git repository that has the remote "${remote}"; name a URL, a path or a remote in ARTIFACTSTORE_GIT_REMOTE. Git said: ${named}`);
}
/** A package may be restored before there is the folder of its infospace. */
function nearestFolder(path) {
    const folder = (0,external_node_fs_.statSync)(path, { throwIfNoEntry: false })?.isDirectory() ? path : (0,external_node_path_.dirname)(path);
    return folder === path || folder === (0,external_node_path_.dirname)(folder) ? folder : nearestFolder(folder);
}
async function requireGit() {
    const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(await runGit(['--version'])) ?? [];
    const [neededMajor, neededMinor] = NEEDED_VERSION;
    if (Number(major) > neededMajor || (Number(major) === neededMajor && Number(minor) >= neededMinor))
        return;
    throw new errors/* ArchiveError */.di('CONFIG_INVALID', `A store in git needs git ${NEEDED_VERSION.join('.')} or newer, and this is ${major}.${minor}; install a newer one.`);
}
/** What is known of a remote by its name, or what git says when there is none. */
async function remoteOf(directory, remote) {
    const git = (...args) => runGit(args, { cwd: directory });
    try {
        const [gitDir = '', commonDir = '', up = ''] = (await git('rev-parse', '--git-dir', '--git-common-dir', '--show-cdup')).split('\n');
        const [url = ''] = (await git('remote', 'get-url', remote)).split('\n');
        const pushed = (await git('remote', 'get-url', '--push', '--all', remote)).trim().split('\n');
        if (pushed.some((other) => pathIn(other) !== pathIn(url)))
            throw severalPlaces(remote);
        const isBare = (await git('rev-parse', '--is-bare-repository')).trim() === 'true';
        return {
            ...placeOf((0,external_node_path_.resolve)(directory, isBare ? gitDir : up), url),
            repository: { gitDir: (0,external_node_path_.resolve)(directory, gitDir), commonDir: (0,external_node_path_.resolve)(directory, commonDir) },
        };
    }
    catch (error) {
        if (!(error instanceof GitFailure))
            throw error;
        if (/dubious ownership/.test(error.message))
            throw notTrusted(directory, error);
        return error.message;
    }
}
function placeOf(directory, url) {
    const path = (0,external_node_path_.resolve)(directory, url);
    return (0,external_node_fs_.existsSync)(path) ? { url: path, isLocal: true } : { url, isLocal: url.startsWith('file://') };
}
/** The same by https and by ssh. */
function pathIn(url) {
    return url
        .replace(/^\w+:\/\/[^/]*\/|^[^/]*:/, '')
        .replace(/^\/+/, '')
        .replace(/(\.git)?\/*$/, '');
}
function severalPlaces(remote) {
    return new errors/* ArchiveError */.di('CONFIG_INVALID', `The remote "${remote}" is read from one repository and pushed to another; name the one for the store by its URL in ARTIFACTSTORE_GIT_REMOTE.`);
}
function notTrusted(directory, cause) {
    return new errors/* ArchiveError */.di('CONFIG_INVALID', `The repository around ${directory} belongs to another user, so git does not use it; run git config --global --add safe.directory <its folder>.`, cause);
}


/***/ })

};
