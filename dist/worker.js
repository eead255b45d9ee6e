import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
var __webpack_exports__ = {};

;// CONCATENATED MODULE: external "node:worker_threads"
const external_node_worker_threads_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:worker_threads");
;// CONCATENATED MODULE: ./build/action/artifact-store/errors.js
/**
 * The one error class of this project. The message is one sentence that names the thing and the remedy and holds no
 * secret; `cause` is the error underneath, if there is one.
 */
class errors_ArchiveError extends Error {
    /** What went wrong, to branch on. */
    code;
    /** A file or folder, or a file of a package. */
    path;
    /** The package it is about. */
    packageId;
    /** Of a stored object. */
    key;
    /** What should be there: a digest, a size. */
    expected;
    /** What is there instead. */
    actual;
    /** Of interest to implementations of {@link PackageReader}; others only catch it. */
    constructor(code, message, cause, fields = {}) {
        super(message, cause === undefined ? undefined : { cause });
        this.name = 'ArchiveError';
        this.code = code;
        ({
            path: this.path,
            packageId: this.packageId,
            key: this.key,
            expected: this.expected,
            actual: this.actual,
        } = fields);
    }
}
/** Whether it is an error of this project with that code. */
function isArchiveError(error, code) {
    return error instanceof errors_ArchiveError && error.code === code;
}
/** The `code` of a Node.js system error (`ENOENT`, `SQLITE_FULL`), or undefined for anything else. */
function errors_systemErrorCode(error) {
    if (typeof error !== 'object' || error === null || !('code' in error))
        return undefined;
    return typeof error.code === 'string' ? error.code : undefined;
}

;// CONCATENATED MODULE: external "node:crypto"
const external_node_crypto_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");
;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");
;// CONCATENATED MODULE: external "node:zlib"
const external_node_zlib_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:zlib");
;// CONCATENATED MODULE: ./build/action/artifact-store/encoding/release.js
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

;// CONCATENATED MODULE: ./build/action/artifact-store/identity/digest.js


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
        throw new ArchiveError('USAGE', `"${text}" is not a digest; give "blake3:" followed by 64 hexadecimal digits.`);
    }
    return Buffer.from(text.slice('blake3:'.length), 'hex');
}
function toHex(bytes) {
    return asBuffer(bytes).toString('hex');
}
function sameBytes(a, b) {
    return a.byteLength === b.byteLength && Buffer.compare(a, b) === 0;
}

;// CONCATENATED MODULE: external "node:module"
const external_node_module_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:module");
;// CONCATENATED MODULE: ./build/action/artifact-store/encoding/as-buffer.js
/** The same memory, with the methods of a Buffer. */
function as_buffer_asBuffer({ buffer, byteOffset, byteLength }) {
    return Buffer.from(buffer, byteOffset, byteLength);
}

;// CONCATENATED MODULE: ./build/action/artifact-store/identity/hasher.js




const hasher_require = (0,external_node_module_namespaceObject.createRequire)(import.meta.url);
/** The addon, about ten times faster than WebAssembly. Throws where no prebuilt binary fits the machine. */
function nativeBlake3() {
    // It asks for a report of the whole process to find out which C library there is; names of hosts take the longest in it.
    Object.assign(process.report, { excludeNetwork: true });
    const addon = hasher_require('@napi-rs/blake-hash');
    return {
        // A buffer of the addon's own takes longer to make and to collect than the digest of a small file.
        hash: (bytes) => Buffer.from(addon.blake3UrlSafeBase64(as_buffer_asBuffer(bytes)), 'base64url'),
        createHash: () => {
            const hasher = new addon.Blake3Hasher();
            return { update: (bytes) => void hasher.update(as_buffer_asBuffer(bytes)), digest: () => hasher.digestBuffer() };
        },
    };
}
function wasmBlake3() {
    const wasm = hasher_require('blake3-wasm');
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
    return Buffer.from((0,external_node_crypto_namespaceObject.hash)('sha256', bytes, 'binary'), 'latin1');
}
/** Whether a content, in one piece, is what both digests say. */
function hasDigests(bytes, digests) {
    return sameBytes(blake3.hash(bytes), digests.blake3) && sameBytes(sha256(bytes), digests.sha256);
}

;// CONCATENATED MODULE: ./build/action/artifact-store/source.js
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

;// CONCATENATED MODULE: ./build/action/artifact-store/source-faults.js

/** How systems say that a file, or a folder above it, does not exist any more; ESTALE is that of NFS. */
const VANISHED = ['ENOENT', 'ENOTDIR', 'ESTALE'];
/** How they say that a path leads to a link, a folder, a socket or a pipe. */
const REPLACED = ['ELOOP', 'EISDIR', 'ENXIO', 'ESPIPE'];
/** What a system error says of a file that was listed; anything else is thrown again. */
function readFaultOf(error) {
    const code = errors_systemErrorCode(error);
    if (code === undefined || error instanceof errors_ArchiveError)
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
        return new ArchiveError('FILE_CHANGED', sentence, cause, { path });
    }
    const remedy = REMEDIES[fault.code] ?? 'make it readable or exclude it';
    return new ArchiveError('FILE_UNREADABLE', `${name} cannot be read (${fault.code}); ${remedy}.`, cause, { path });
}

;// CONCATENATED MODULE: ./build/action/artifact-store/packs/tasks.js








/**
 * The work that worker threads do: reading, hashing, coding, writing, all synchronous and without state. What a task
 * takes and gives is plain data that can cross threads. Those that may take long call `checkStop` now and then.
 */
const tasks_tasks = { readFiles, hashFile, readChunk, compress, extract, decompress };
/** About how many bytes a task reads, codes or writes; files count with what it takes to open them. */
const tasks_costs = {
    readFiles: ({ stamps, paths }) => unpackStamps(stamps).reduce((total, { size }) => total + size, 0) + paths.length * FILE_COST,
    hashFile: ({ item }) => item.stamp.size,
    readChunk: ({ length }) => length,
    compress: ({ raw }) => raw.byteLength,
    extract: ({ rawLength, contents }) => rawLength + contents.reduce((total, { writeTo }) => total + writeTo.length, 0) * FILE_COST,
    decompress: ({ rawLength }) => rawLength,
};
const FILE_COST = 4096;
/** Thrown by `checkStop` when nobody wants the result any more. */
class TaskStopped extends Error {
}
/** Level 3 is zstd's default: higher ones cost far more time than they save on text of a few KiB. */
const COMPRESSION_LEVEL = 3;
/** Below this gain the raw bytes are kept: they cost nothing to read back. */
const MIN_GAIN = 0.02;
const HASH_CHUNK_BYTES = 1024 * 1024;
function readFiles({ base, paths, stamps }, checkStop) {
    const listed = unpackStamps(stamps);
    const bytes = Buffer.allocUnsafeSlow(listed.reduce((total, { size }) => total + size, 0));
    const digests = Buffer.allocUnsafeSlow(paths.length * 2 * DIGEST_BYTES);
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
        blake3.hash(content).copy(digests, i * 2 * DIGEST_BYTES);
        sha256(content).copy(digests, (i * 2 + 1) * DIGEST_BYTES);
    }
    return { faults, bytes, digests };
}
/** Both digests of a large file in one read, and the BLAKE3 of each chunk so that a second read can be checked. */
function hashFile({ item, chunkBytes }, checkStop) {
    const ofAll = { blake3: blake3.createHash(), sha256: (0,external_node_crypto_namespaceObject.createHash)('sha256') };
    const chunks = [];
    const buffer = Buffer.allocUnsafeSlow(HASH_CHUNK_BYTES);
    const fault = readStable(item, (fd) => {
        for (let chunk = 0; chunk < item.stamp.size; chunk += chunkBytes) {
            const end = Math.min(chunk + chunkBytes, item.stamp.size);
            const chunkHash = blake3.createHash();
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
    if (!sameBytes(blake3.hash(bytes), digest))
        return { status: 'changed' };
    return {
        status: 'read',
        ...(compressible ? compress({ raw: bytes }) : { codec: 'raw', stored: bytes, rawLength: length }),
    };
}
/** The raw bytes are gone afterwards, or part of the result. */
function compress({ raw }) {
    const stored = (0,external_node_zlib_namespaceObject.zstdCompressSync)(raw, {
        chunkSize: Math.max(64, raw.byteLength),
        pledgedSrcSize: raw.byteLength,
        params: { [external_node_zlib_namespaceObject.constants.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL },
    });
    if (stored.byteLength > raw.byteLength * (1 - MIN_GAIN))
        return { codec: 'raw', stored: raw, rawLength: raw.byteLength };
    // The output buffer is as large as the input was, however little of it is used; a copy lets both go.
    const rawLength = raw.byteLength;
    const copy = Uint8Array.prototype.slice.call(stored);
    releaseBuffer(stored.buffer, rawLength);
    release(raw);
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
        if (!hasDigests(bytes, digestsAt(digests, i * 2 * DIGEST_BYTES)))
            return false;
        for (const { file, executable } of writeTo)
            writeNewFile(file, bytes, executable);
        return true;
    });
    release(raw);
    return sound;
}
/** The raw bytes of a frame, or undefined when they are not what was stored. */
function decompress({ codec, stored, rawLength }) {
    if (codec === 'raw')
        return stored.byteLength === rawLength ? stored : undefined;
    try {
        const raw = (0,external_node_zlib_namespaceObject.zstdDecompressSync)(stored, { chunkSize: Math.max(64, rawLength), maxOutputLength: rawLength });
        release(stored);
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
    const fd = (0,external_node_fs_namespaceObject.openSync)(file, 'wx', modeOf(executable));
    try {
        for (let written = 0; written < bytes.byteLength;) {
            written += (0,external_node_fs_namespaceObject.writeSync)(fd, bytes, written, bytes.byteLength - written);
        }
    }
    finally {
        (0,external_node_fs_namespaceObject.closeSync)(fd);
    }
}
/** A pipe that took the place of a file must not block the thread. Windows has none of these flags. */
const READ_FLAGS = external_node_fs_namespaceObject.constants.O_RDONLY | (external_node_fs_namespaceObject.constants.O_NOFOLLOW ?? 0) | (external_node_fs_namespaceObject.constants.O_NONBLOCK ?? 0);
/** Looks at the file after the read: it is as it was when it was listed only if it did not change until then. */
function readStable({ file, stamp }, read) {
    let fd;
    try {
        fd = (0,external_node_fs_namespaceObject.openSync)(file, READ_FLAGS);
        const complete = read(fd) && sameStamp(stampOf((0,external_node_fs_namespaceObject.fstatSync)(fd, { bigint: true })), stamp);
        return complete ? undefined : { status: 'changed' };
    }
    catch (error) {
        return readFaultOf(error);
    }
    finally {
        if (fd !== undefined)
            (0,external_node_fs_namespaceObject.closeSync)(fd);
    }
}
/** Fills the buffer from the position on; false when the file ends before. */
function readExactly(fd, buffer, position) {
    for (let filled = 0; filled < buffer.byteLength;) {
        const read = (0,external_node_fs_namespaceObject.readSync)(fd, buffer, filled, buffer.byteLength - filled, position + filled);
        if (read === 0)
            return false;
        filled += read;
    }
    return true;
}

;// CONCATENATED MODULE: external "node:os"
const external_node_os_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:os");
;// CONCATENATED MODULE: ./build/action/artifact-store/packs/worker-pool.js




/** More threads than this only wait for the disk and hold memory. */
const MAX_WORKERS = 8;
/** Tasks leave little but large buffers behind, which lie outside of the heap; a small nursery frees them sooner. */
const YOUNG_GENERATION_MB = 2;
/** Nothing else runs meanwhile that could ask for it. */
const neverStop = () => undefined;
/** What costs less than the start of a thread, 75 ms of CPU, is done at once. */
const COST_WITHOUT_THREADS = (/* unused pure expression or super */ null && (1024 * 1024));
/** Threads that run {@link Tasks}. They start when there is work that is worth it. */
class WorkerPool {
    size = Math.min(availableParallelism(), MAX_WORKERS);
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
            this.#costLeft -= costs[name](argument);
            if (this.#costLeft >= 0)
                return tasks[name](argument, neverStop);
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
        const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), {
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
            const error = new ArchiveError('STATE_CONFLICT', 'The store was closed while it was used; open it again.');
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
    if (systemErrorCode(error) !== 'ERR_WORKER_INIT_FAILED')
        return error;
    const sentence = `A thread could not be started (${error.message})`;
    return new ArchiveError('STORE_UNAVAILABLE', `${sentence}; raise the limit of open files (ulimit -n).`, error);
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

;// CONCATENATED MODULE: ./build/action/artifact-store/packs/worker.js




const port = external_node_worker_threads_namespaceObject.parentPort;
port.on('message', ({ id, name, argument, stop }) => {
    const checkStop = () => {
        if (stop !== undefined && Atomics.load(stop, 0) === 1)
            throw new TaskStopped();
    };
    let reply;
    try {
        checkStop();
        reply = { id, result: tasks_tasks[name](argument, checkStop) };
    }
    catch (error) {
        const { message, stack } = error;
        reply =
            error instanceof TaskStopped
                ? { id, isStopped: true }
                : { id, error: { message, stack, code: errors_systemErrorCode(error) } };
    }
    port.postMessage(reply, movedBuffers(reply.result));
});

