export const id = 599;
export const ids = [599];
export const modules = {

/***/ 17121:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  q: () => (/* binding */ fromSource),
  h: () => (/* binding */ referenceIn)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: ./node_modules/@actions/core/lib/core.js + 13 modules
var core = __webpack_require__(77094);
// EXTERNAL MODULE: ./build/action/artifact-store/bag/layout.js
var layout = __webpack_require__(18389);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: ./build/action/artifact-store/abort.js
var abort = __webpack_require__(47180);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/document.js
var encoding_document = __webpack_require__(58117);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/write-all.js
var write_all = __webpack_require__(2699);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest.js
var digest = __webpack_require__(81713);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/hasher.js
var hasher = __webpack_require__(25014);
// EXTERNAL MODULE: ./build/action/artifact-store/imported-package.js
var imported_package = __webpack_require__(66085);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/codec.js
var codec = __webpack_require__(52744);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/limits.js
var limits = __webpack_require__(56900);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/model.js
var model = __webpack_require__(46295);
// EXTERNAL MODULE: ./build/action/artifact-store/package-names.js
var package_names = __webpack_require__(24907);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/ordered-reader.js + 1 modules
var ordered_reader = __webpack_require__(9603);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/tasks.js
var tasks = __webpack_require__(11053);
;// CONCATENATED MODULE: ./build/action/artifact-store/bag/bag-source.js

/** What is read of a file at a time, and of what is in it. */
const CHUNK_BYTES = 64 * 1024;
/** The bag as a whole is not what somebody once made. */
function damagedBag({ path }, what, cause) {
    return new errors/* ArchiveError */.di('INTEGRITY', `The bag ${path} ${what}; get it again from where it was kept.`, cause);
}

// EXTERNAL MODULE: ./build/action/artifact-store/source-faults.js
var source_faults = __webpack_require__(87455);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/content-index.js + 1 modules
var content_index = __webpack_require__(83238);
;// CONCATENATED MODULE: ./build/action/artifact-store/bag/folder-source.js







/** Members that are opened and read at once: one by one, each would wait for the disk and for a thread. Bounds memory too. */
const READ_AT_ONCE = 64;
/** What is read at once of a file; a larger one is read when it is asked for. */
const SMALL_BYTES = 64 * 1024;
/** Links are not followed, and nobody is waited for at the other end of a pipe. Windows has none of these flags. */
const READ_FLAGS = external_node_fs_.constants.O_RDONLY | (external_node_fs_.constants.O_NOFOLLOW ?? 0) | (external_node_fs_.constants.O_NONBLOCK ?? 0);
/** A bag that lies in a folder. */
class FolderSource {
    path;
    storedBytes = Number.POSITIVE_INFINITY;
    constructor(path) {
        this.path = path;
    }
    async *members(part, _atMost, signal) {
        yield* this.#below('', (path) => (path === layout/* PAYLOAD_FOLDER */.ez) === (part === 'payload'), signal);
    }
    /** @param isAsked of the folders on top; files there are read anyway. */
    async *#below(folder, isAsked, signal) {
        const items = await this.#reading(folder, (path) => (0,promises_.readdir)(path, { withFileTypes: true }));
        items.sort((a, b) => (a.name < b.name ? -1 : 1));
        for (const some of (0,content_index/* partsOf */.CI)(items, READ_AT_ONCE)) {
            signal?.throwIfAborted();
            const members = await Promise.all(some.map((item) => this.#member(folder + item.name, item, signal)));
            for (const member of members) {
                yield member;
                const below = `${member.path}/`;
                if (member.type === 'directory' && isAsked(below))
                    yield* this.#below(below, () => true, signal);
            }
        }
    }
    async #member(path, item, signal) {
        const about = { top: '', path, size: 0, executable: false, target: '', body: pieceOf() };
        if (item.isDirectory())
            return { ...about, type: 'directory' };
        if (item.isSymbolicLink()) {
            return { ...about, type: 'symlink', target: await this.#reading(path, (absolute) => (0,promises_.readlink)(absolute)) };
        }
        if (!item.isFile())
            throw this.#noFile(path);
        const { content, ...found } = await this.#opened(path, async (file) => {
            const stat = await file.stat();
            if (!stat.isFile())
                throw this.#noFile(path);
            const executable = (stat.mode & 0o100) !== 0;
            return { size: stat.size, executable, content: await this.#small(path, file, stat.size) };
        });
        return {
            ...about,
            type: 'file',
            ...found,
            body: content ? pieceOf(content) : this.#large(path, found.size, signal),
        };
    }
    /** Undefined for a large one. */
    async #small(path, file, size) {
        if (size > SMALL_BYTES)
            return undefined;
        // One byte more tells whether it grew.
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size + 1), 0, size + 1, 0);
        if (bytesRead !== size)
            throw this.#changed(path);
        return buffer.subarray(0, size);
    }
    /** Opened again when it is read. One that has another length by now is not what was listed. */
    async *#large(path, size, signal) {
        const file = await this.#reading(path, (absolute) => (0,promises_.open)(absolute, READ_FLAGS));
        try {
            let bytes = 0;
            for await (const piece of file.createReadStream({ highWaterMark: CHUNK_BYTES, autoClose: false })) {
                signal?.throwIfAborted();
                bytes += piece.byteLength;
                if (bytes > size)
                    throw this.#changed(path);
                yield piece;
            }
            if (bytes !== size)
                throw this.#changed(path);
        }
        finally {
            await file.close();
        }
    }
    #opened(path, action) {
        return this.#reading(path, async (absolute) => {
            const file = await (0,promises_.open)(absolute, READ_FLAGS);
            try {
                return await action(file);
            }
            finally {
                await file.close();
            }
        });
    }
    async #reading(path, action) {
        try {
            return await action((0,external_node_path_.join)(this.path, path));
        }
        catch (error) {
            const fault = (0,source_faults/* readFaultOf */.Y)(error);
            if (fault.status === 'failed')
                throw (0,source_faults/* sourceError */.I)((0,external_node_path_.join)(this.path, path), fault, error);
            throw this.#changed(path, error);
        }
    }
    #changed(path, cause) {
        return damagedBag(this, `has ${JSON.stringify(path)}, which changed while it was read`, cause);
    }
    #noFile(path) {
        return damagedBag(this, `holds ${JSON.stringify(path)}, which is no file, folder or link`);
    }
}
async function* pieceOf(content) {
    if (content !== undefined && content.byteLength > 0)
        yield content;
}

// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __webpack_require__(38522);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/shape.js
var shape = __webpack_require__(72167);
;// CONCATENATED MODULE: ./build/action/artifact-store/bag/byte-source.js

/** Bytes that come in pieces, read by what is in them. */
class ByteSource {
    #source;
    #what;
    #held = Buffer.alloc(0);
    /** @param what it is, for messages. */
    constructor(source, what) {
        this.#source = source[Symbol.asyncIterator]();
        this.#what = what;
    }
    /** Waits for the next piece. */
    async isAtEnd() {
        return !(await this.#fill());
    }
    /** @throws ArchiveError `INTEGRITY` when there are fewer. */
    async read(length) {
        const parts = [];
        for (let missing = length; missing > 0;) {
            const piece = await this.#next(missing);
            parts.push(piece);
            missing -= piece.byteLength;
        }
        return Buffer.concat(parts);
    }
    /** Takes what has been read off `left`. */
    async *pieces(left) {
        while (left.bytes > 0) {
            const piece = await this.#next(left.bytes);
            left.bytes -= piece.byteLength;
            yield piece;
        }
    }
    async skip(length) {
        for (let missing = length; missing > 0;)
            missing -= (await this.#next(missing)).byteLength;
    }
    /** All that is left. */
    async *rest() {
        while (await this.#fill())
            yield await this.#next(this.#held.byteLength);
    }
    /** Lets go of the source, which a reader may leave before its end. */
    async close() {
        await this.#source.return?.();
    }
    async #next(atMost) {
        if (!(await this.#fill()))
            throw (0,shape/* malformed */.Qm)(this.#what, 'it ends too early');
        const piece = this.#held.subarray(0, atMost);
        this.#held = this.#held.subarray(piece.byteLength);
        return piece;
    }
    /** @returns false at the end. */
    async #fill() {
        while (this.#held.byteLength === 0) {
            const { done, value } = await this.#source.next();
            if (done)
                return false;
            this.#held = value;
        }
        return true;
    }
}

// EXTERNAL MODULE: ./build/action/artifact-store/bag/limits.js
var bag_limits = __webpack_require__(98163);
// EXTERNAL MODULE: ./build/action/artifact-store/bag/tar.js
var tar = __webpack_require__(9232);
;// CONCATENATED MODULE: ./build/action/artifact-store/bag/tar-reader.js





const LF = 0x0a;
/** How GNU tar tells of long paths and link targets, as pax says it. */
const GNU_NAMES = new Map([
    ['L', 'path'],
    ['K', 'linkpath'],
]);
/** What is used of an extended header. */
const PAX_KEYS = new Set(['path', 'linkpath', 'size']);
/** GNU tar stores only parts of such files, and calls them otherwise. */
const SPARSE_KEY = /^GNU\.sparse\./;
/** Members that tar knows and a bag cannot have, or that cannot be read as they come. */
const REFUSED = new Map([
    ['1', 'a hard link; make the archive with "tar --hard-dereference"'],
    ['3', 'a device'],
    ['4', 'a device'],
    ['6', 'a pipe'],
    ['S', 'a sparse file; make the archive without "tar --sparse"'],
]);
/**
 * The members of a tar archive in order.
 *
 * @throws ArchiveError `INTEGRITY` when it is damaged or cut short.
 */
async function* readTar(source) {
    const bytes = new ByteSource(source, 'The tar archive');
    try {
        yield* readMembers(bytes);
    }
    finally {
        await bytes.close();
    }
}
async function* readMembers(bytes) {
    let pax = new Map();
    for (;;) {
        const block = await bytes.read(tar/* BLOCK_BYTES */.Yo);
        if (isZero(block))
            break;
        const size = pax.has('size') ? decimal(pax.get('size')) : numberAt(block, 124, 12);
        if ((0,tar/* checksum */.cM)(block) !== numberAt(block, 148, 8) || !Number.isSafeInteger(size) || size < 0) {
            throw (0,shape/* malformed */.Qm)('The tar archive', 'a header is damaged');
        }
        const filled = Math.ceil(size / tar/* BLOCK_BYTES */.Yo) * tar/* BLOCK_BYTES */.Yo;
        const flag = String.fromCharCode(block[156]);
        const gnuName = GNU_NAMES.get(flag);
        if (flag === 'x' || flag === 'g' || gnuName !== undefined) {
            if (size > bag_limits/* MAX_PAX_BYTES */.Lo)
                throw (0,shape/* malformed */.Qm)('The tar archive', 'an extended header is too long');
            const content = (await bytes.read(filled)).subarray(0, size);
            if (flag === 'x')
                pax = paxRecords(content);
            else if (gnuName !== undefined)
                pax.set(gnuName, textAt(content, 0, size));
            // As git writes it: a comment. What it says of every member would be wrong for all but one.
            else if (paxRecords(content).size > 0)
                throw (0,shape/* malformed */.Qm)('The tar archive', 'a global header names a member');
            continue;
        }
        const path = pax.get('path') ?? pathOf(block);
        const type = typeOf(flag, path);
        if (type !== 'file' && size > 0)
            throw (0,shape/* malformed */.Qm)('The tar archive', `its ${type} ${JSON.stringify(path)} has content`);
        const left = { bytes: size };
        yield {
            path,
            type,
            size,
            executable: (numberAt(block, 100, 8) & 0o100) !== 0,
            target: pax.get('linkpath') ?? textAt(block, 157, 100),
            body: bytes.pieces(left),
        };
        pax = new Map();
        await bytes.skip(left.bytes + filled - size);
    }
    // The checksum of the compressed stream comes with its end, behind what fills the last record.
    for await (const piece of bytes.rest()) {
        if (!isZero(piece))
            throw (0,shape/* malformed */.Qm)('The tar archive', 'something follows its end');
    }
}
const ZEROS = Buffer.alloc(64 * 1024);
function isZero(bytes) {
    for (let at = 0; at < bytes.byteLength; at += ZEROS.length) {
        const part = bytes.subarray(at, at + ZEROS.length);
        if (ZEROS.compare(part, 0, part.byteLength, 0, part.byteLength) !== 0)
            return false;
    }
    return true;
}
/** How pax writes numbers. NaN for anything else. */
function decimal(text) {
    return /^\d{1,19}$/.test(text) ? Number(text) : Number.NaN;
}
/** Type 7 is a file that is to lie contiguously (POSIX); the oldest tars have no type for folders. */
function typeOf(flag, path) {
    if (flag === '\0' && path.endsWith('/'))
        return 'directory';
    if (flag === '0' || flag === '\0' || flag === '7')
        return 'file';
    if (flag === '2')
        return 'symlink';
    if (flag === '5')
        return 'directory';
    const what = REFUSED.get(flag) ?? `a member of type ${JSON.stringify(flag)}`;
    throw new errors/* ArchiveError */.di('FORMAT_UNSUPPORTED', `The tar archive has ${JSON.stringify(path)}, ${what}.`);
}
function pathOf(block) {
    const prefix = textAt(block, 345, 155);
    const name = textAt(block, 0, 100);
    return prefix === '' ? name : `${prefix}/${name}`;
}
function textAt(block, offset, length) {
    const field = block.subarray(offset, offset + length);
    const end = field.indexOf(0);
    return field.toString('utf8', 0, end < 0 ? length : end);
}
function numberAt(block, offset, length) {
    // GNU tar's binary form of what octal digits cannot hold.
    if (block[offset] === 0x80)
        return Number(`0x${block.toString('hex', offset + 1, offset + length)}`);
    const digits = textAt(block, offset, length).trim();
    return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : Number.NaN;
}
function paxRecords(bytes) {
    const records = new Map();
    for (let at = 0; at < bytes.length;) {
        const space = bytes.indexOf(0x20, at);
        const length = decimal(bytes.toString('latin1', at, space));
        const record = bytes.toString('utf8', space + 1, at + length - 1);
        const equals = record.indexOf('=');
        if (space < 0 || !(length > 0) || at + length > bytes.length || bytes[at + length - 1] !== LF || equals < 0) {
            throw (0,shape/* malformed */.Qm)('The tar archive', 'an extended header is damaged');
        }
        const key = record.slice(0, equals);
        if (SPARSE_KEY.test(key)) {
            const sentence = 'The tar archive holds a sparse file; make it without "tar --sparse".';
            throw new errors/* ArchiveError */.di('FORMAT_UNSUPPORTED', sentence);
        }
        if (PAX_KEYS.has(key))
            records.set(key, record.slice(equals + 1));
        at += length;
    }
    return records;
}

// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(57075);
;// CONCATENATED MODULE: ./build/action/artifact-store/bag/zstd-frames.js






/** Little endian. */
const ZSTD_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
const WHERE = 'The zstd stream';
/** Bytes of the fields of a frame's header, by their flags (RFC 8878, 3.1.1.1.1). */
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const CHECKSUM_BYTES = 4;
/** Of which the second kind is one byte, that is repeated. */
const BLOCK_HEADER_BYTES = 3;
const RLE = 1;
const RESERVED = 3;
/** Whether a file that begins so is made of zstd's frames. */
function isZstd(magic) {
    return magic === ZSTD_MAGIC || isSkippable(magic);
}
function isSkippable(magic) {
    return (magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC;
}
/**
 * What a stream of zstd unpacks to: frames end to end, as `zstd -T0` of some versions, pzstd and `cat` make them; those that are to
 * be skipped are (RFC 8878, 3.1). The decompressor of Node.js ends with the first frame.
 *
 * @throws ArchiveError `INTEGRITY` when it is cut short, or something else follows a frame; the errors of the decompressor.
 */
async function* unpackZstd(source) {
    const bytes = new ByteSource(source, WHERE);
    try {
        for (let frames = 0; !(await bytes.isAtEnd()); frames++) {
            // Each takes a decompressor.
            if (frames === bag_limits/* MAX_ZSTD_FRAMES */._o)
                throw (0,shape/* malformed */.Qm)(WHERE, `it has more than ${bag_limits/* MAX_ZSTD_FRAMES */._o} frames`);
            const magic = await bytes.read(4);
            if (isSkippable(magic.readUInt32LE()))
                await bytes.skip((await bytes.read(4)).readUInt32LE());
            else if (magic.readUInt32LE() === ZSTD_MAGIC)
                yield* unpackFrame(frameOf(bytes, magic));
            else
                throw (0,shape/* malformed */.Qm)(WHERE, 'something else follows a frame');
        }
    }
    finally {
        await bytes.close();
    }
}
async function* unpackFrame(frame) {
    const decompressor = (0,external_node_zlib_.createZstdDecompress)({
        chunkSize: CHUNK_BYTES,
        params: { [external_node_zlib_.constants.ZSTD_d_windowLogMax]: bag_limits/* MAX_WINDOW_LOG */.Tc },
    });
    const packed = external_node_stream_.Readable.from(frame).on('error', (error) => decompressor.destroy(error));
    try {
        yield* packed.pipe(decompressor);
    }
    finally {
        packed.destroy();
        decompressor.destroy();
    }
}
/** The bytes of one frame, to its end (RFC 8878, 3.1.1). */
async function* frameOf(bytes, magic) {
    yield magic;
    const descriptor = await bytes.read(1);
    yield descriptor;
    const flags = descriptor[0];
    const isSingleSegment = (flags & 0b100000) !== 0;
    const contentSize = CONTENT_SIZE_BYTES[flags >> 6] || Number(isSingleSegment);
    yield await bytes.read(Number(!isSingleSegment) + DICTIONARY_ID_BYTES[flags & 0b11] + contentSize);
    for (let isLast = false; !isLast;) {
        const header = await bytes.read(BLOCK_HEADER_BYTES);
        const block = header.readUIntLE(0, BLOCK_HEADER_BYTES);
        const type = (block >> 1) & 0b11;
        if (type === RESERVED)
            throw (0,shape/* malformed */.Qm)(WHERE, 'a block is of no known type');
        yield header;
        yield* bytes.pieces({ bytes: type === RLE ? 1 : block >> 3 });
        isLast = (block & 1) === 1;
    }
    if ((flags & 0b100) !== 0)
        yield await bytes.read(CHECKSUM_BYTES);
}

;// CONCATENATED MODULE: ./build/action/artifact-store/bag/tar-source.js







/** A tar archive, of which all is passed whatever is asked for. */
class TarSource {
    path;
    storedBytes;
    constructor(path, storedBytes) {
        this.path = path;
        this.storedBytes = storedBytes;
    }
    async *members(_part, atMost, signal) {
        for await (const member of readTar(this.#unpacked(atMost, signal))) {
            const path = member.path.replace(/^(?:\.\/)+/, '');
            const slash = path.indexOf('/');
            yield { ...member, top: path.slice(0, Math.max(0, slash)), path: path.slice(slash + 1) };
        }
    }
    async *#unpacked(atMost, signal) {
        const packed = (0,external_node_fs_.createReadStream)(this.path, { highWaterMark: CHUNK_BYTES });
        try {
            let left = atMost;
            for await (const piece of unpackerFor(await magicOf(this.path))(packed)) {
                signal?.throwIfAborted();
                left -= piece.byteLength;
                if (left < 0)
                    throw damagedBag(this, 'unpacks to more than its manifest tells of');
                yield piece;
            }
        }
        catch (error) {
            if (/^Z(?:STD)?_/.test((0,errors/* systemErrorCode */.vq)(error) ?? '')) {
                throw damagedBag(this, 'is cut short or damaged', error);
            }
            throw error;
        }
        finally {
            packed.destroy();
        }
    }
}
async function magicOf(path) {
    const file = await (0,promises_.open)(path);
    try {
        const magic = Buffer.alloc(4);
        await file.read(magic, 0, magic.length, 0);
        return magic;
    }
    finally {
        await file.close();
    }
}
/** By the first bytes (RFC 8878, 3.1.1; RFC 1952, 2.3.1). */
function unpackerFor(magic) {
    if (isZstd(magic.readUInt32LE()))
        return unpackZstd;
    return magic.readUInt16BE() === GZIP_MAGIC ? unpackGzip : (packed) => packed;
}
const GZIP_MAGIC = 0x1f8b;
async function* unpackGzip(packed) {
    const decompressor = (0,external_node_zlib_.createGunzip)({ chunkSize: CHUNK_BYTES });
    packed.on('error', (error) => decompressor.destroy(error));
    try {
        yield* packed.pipe(decompressor);
    }
    finally {
        decompressor.destroy();
    }
}

;// CONCATENATED MODULE: ./build/action/artifact-store/bag/open-source.js









/**
 * A folder, or a tar archive as it is or compressed with zstd or gzip.
 *
 * @throws ArchiveError `NOT_FOUND`; `FILE_UNREADABLE` for what the system refuses to read.
 */
async function openSource(path) {
    const absolute = (0,external_node_path_.resolve)(path);
    try {
        const found = await (0,promises_.stat)(absolute);
        if (found.isDirectory()) {
            // Rather than read all of a folder that is something else.
            if ((0,external_node_fs_.existsSync)((0,external_node_path_.join)(absolute, layout/* BAGIT_TXT */.tb)))
                return new FolderSource(absolute);
            throw damagedBag({ path: absolute }, `is no bag: it lacks "${layout/* BAGIT_TXT */.tb}"`);
        }
        // A pipe would be waited for, and could not be read twice.
        if (!found.isFile()) {
            const sentence = `${path} is neither a file nor a folder; write the bag into a file and name that.`;
            throw new errors/* ArchiveError */.di('FILE_UNREADABLE', sentence);
        }
        await refuseOtherFormats(absolute);
        return new TarSource(absolute, found.size);
    }
    catch (error) {
        const fault = (0,source_faults/* readFaultOf */.Y)(error);
        if (fault.status === 'failed')
            throw (0,source_faults/* sourceError */.I)(absolute, fault, error);
        throw new errors/* ArchiveError */.di('NOT_FOUND', `There is no file or folder ${path}; check the path.`, error);
    }
}
/** What archives of other formats begin with. */
const OTHER_FORMATS = [
    ['zip', '504b0304'],
    ['zip', '504b0506'],
    ['xz', 'fd377a585a00'],
    ['bzip2', '425a68'],
    ['7z', '377abcaf271c'],
    ['RAR', '526172211a07'],
    ['lz4', '04224d18'],
];
/** @throws ArchiveError `FORMAT_UNSUPPORTED` for an archive that is no tar. */
async function refuseOtherFormats(path) {
    const file = await (0,promises_.open)(path);
    try {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
        const beginning = buffer.toString('hex', 0, bytesRead);
        const [name] = OTHER_FORMATS.find(([, magic]) => beginning.startsWith(magic)) ?? [];
        if (name === undefined)
            return;
        const sentence = `${path} is a ${name} file, which is not read; unpack it and name the folder, or make a tar archive of it.`;
        throw new errors/* ArchiveError */.di('FORMAT_UNSUPPORTED', sentence);
    }
    finally {
        await file.close();
    }
}

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
;// CONCATENATED MODULE: ./build/action/artifact-store/bag/read-payload.js





/**
 * The files of a bag that are wanted, in the bag's order, each compared with its digests as it is read.
 *
 * @throws ArchiveError `INTEGRITY` naming the first that is damaged or missing.
 */
async function* readPayload(source, entries, atMost, signal) {
    const wanted = new Map(entries.map((entry) => [entry.path, entry]));
    for await (const member of source.members('payload', atMost, signal)) {
        if (member.type !== 'file' || !member.path.startsWith(layout/* PAYLOAD_FOLDER */.ez))
            continue;
        const path = member.path.slice(layout/* PAYLOAD_FOLDER */.ez.length);
        const entry = wanted.get(path);
        if (entry === undefined)
            continue;
        wanted.delete(path);
        yield { entry, pieces: checked(source, member, entry) };
    }
    const [missing] = wanted.values();
    if (missing)
        throw damagedBag(source, `lacks ${JSON.stringify(missing.path)}`);
}
async function* checked(source, { size, body }, entry) {
    if (size === entry.size && (yield* sound(body, entry)))
        return;
    const address = (0,digest/* formatContentAddress */.NU)(entry.blake3);
    throw damagedBag(source, `has a damaged ${JSON.stringify(entry.path)} (${address})`);
}
/** Gives the pieces. @returns whether they are the content. */
async function* sound(body, entry) {
    let hashes;
    for await (const piece of body) {
        // Most files come in one piece, which costs less than a hash for several.
        if (piece.byteLength === entry.size) {
            if (!(0,hasher/* hasDigests */.Ou)(piece, entry))
                return false;
            yield piece;
            return true;
        }
        hashes ??= { blake3: hasher/* blake3 */.LG.createHash(), sha256: (0,external_node_crypto_.createHash)('sha256') };
        hashes.blake3.update(piece);
        hashes.sha256.update(piece);
        yield piece;
    }
    if (hashes === undefined)
        return (0,hasher/* hasDigests */.Ou)(new Uint8Array(), entry);
    return (0,digest/* sameBytes */.er)(hashes.blake3.digest(), entry.blake3) && (0,digest/* sameBytes */.er)(hashes.sha256.digest(), entry.sha256);
}

;// CONCATENATED MODULE: ./build/action/artifact-store/bag/read-bag.js





















/** What is written in one piece. */
const read_bag_SMALL_BYTES = 1024 * 1024;
/** What the tags of an honest file take at most, for each byte of the manifest; a control character has six in JSON. */
const MAX_TAG_RATIO = 16;
/** Of one UTF-16 unit. */
const MAX_UTF8_BYTES = 3;
/** What a decompressor gives beyond what was asked for. */
const SLACK_BYTES = 1024 * 1024;
/**
 * Opens a bag that this software wrote, by its manifest: a folder, or a tar archive.
 *
 * @experimental
 * @throws ArchiveError `NOT_FOUND` when it is not there; `INTEGRITY` when it holds no sound package.
 */
async function openBag(path, { signal } = {}) {
    return (0,abort/* failingWithReason */.ZF)(signal, async () => {
        const source = await openSource(path);
        const found = await findBag(source, maxManifestBytes(source), signal);
        if (found)
            return found.bag;
        throw damagedBag(source, 'has no package manifest');
    });
}
/** Undefined for a bag that other software wrote; it is looked for in so many bytes. */
async function findBag(source, atMost, signal) {
    for await (const { type, path, size, body } of source.members('tags', atMost, signal)) {
        if (type !== 'file' || !layout/* MANIFEST_NAMES */.Rr.has(path))
            continue;
        if (size > maxManifestBytes(source))
            throw damagedBag(source, 'has a manifest that is too long');
        const cbor = Buffer.allocUnsafeSlow(size);
        let filled = 0;
        for await (const piece of body) {
            cbor.set(piece, filled);
            filled += piece.byteLength;
        }
        return { bag: new Bag(source, cbor), cbor };
    }
    return undefined;
}
/** A manifest longer than any document may be is taken only from a bag that is large itself. */
function maxManifestBytes({ storedBytes }) {
    return Math.min(limits/* MAX_MANIFEST_BYTES */.ZJ, Math.max(encoding_document/* MAX_RAW_BYTES */.q, storedBytes * 128));
}
/**
 * One package in a bag. Every byte is compared with the manifest as it is read.
 *
 * @experimental
 */
class Bag {
    /** The file itself. */
    localPaths;
    /** The package, as its manifest tells of it. */
    summary;
    /** What the file unpacks to at most when it holds no more than the manifest says. */
    unpackedBytes;
    #source;
    /** Decoded, it takes several times as much memory. */
    #cbor;
    #manifest;
    /** @throws ArchiveError `INTEGRITY` for no sound manifest. */
    constructor(source, cbor) {
        this.localPaths = [source.path];
        this.#source = source;
        this.#cbor = cbor;
        const manifest = (0,codec/* decodeManifest */.MK)(cbor);
        if (!(0,imported_package/* isOurs */.M)(manifest))
            throw damagedBag(source, 'has a manifest that this software did not make');
        this.summary = summaryOf(manifest, hasher/* blake3 */.LG.hash(cbor));
        this.unpackedBytes = SLACK_BYTES + MAX_TAG_RATIO * cbor.byteLength + payloadBytes(manifest);
    }
    /** @throws ArchiveError `NOT_FOUND` for a name that is not of the package in it. */
    async getPackage(name) {
        if ((0,package_names/* isNamedBy */.$8)(name, this.summary))
            return this.summary;
        throw new errors/* ArchiveError */.di('NOT_FOUND', `The bag ${this.#source.path} holds the package "${this.summary.id}" and not "${name}"; name that one or another bag.`);
    }
    /** The package, if it is of that subject. */
    async latestPackage(subject, before = 0) {
        return subject === this.summary.subject && before === 0 ? this.summary : undefined;
    }
    /** The package, if it is of that subject and was made by then. */
    async latestPackageBy(subject, time) {
        return this.summary.createdAt <= time.toISOString() ? this.latestPackage(subject) : undefined;
    }
    /** Its manifest. */
    async getManifest() {
        this.#manifest ??= (0,codec/* decodeManifest */.MK)(this.#cbor);
        return this.#manifest;
    }
    /** Contents in the order of the bag; read each to its end before the next. */
    readFiles(entries, signal) {
        return readPayload(this.#source, entries, this.unpackedBytes, signal);
    }
    /**
     * Writes files of it below a folder that has their parent folders and none of them.
     *
     * @throws ArchiveError `INTEGRITY` at the first that is not what its manifest says, or is missing.
     */
    async extractFiles(entries, directory, onProgress, signal) {
        await (0,abort/* failingWithReason */.ZF)(signal, async () => {
            for await (const { entry, pieces } of (0,ordered_reader/* counted */.h)(this.readFiles(entries, signal), entries, onProgress)) {
                await writeNew((0,external_node_path_.join)(directory, entry.path), entry, pieces);
            }
        });
    }
    /**
     * Reads and hashes every byte of the package's files.
     *
     * @throws ArchiveError `INTEGRITY` naming the first file that is damaged or missing.
     */
    async verify(onProgress, signal) {
        const contents = (await this.getManifest()).files.filter(model/* isContentEntry */.q);
        await (0,abort/* failingWithReason */.ZF)(signal, async () => {
            for await (const { pieces } of (0,ordered_reader/* counted */.h)(this.readFiles(contents, signal), contents, onProgress))
                for await (const _ of pieces)
                    ;
        });
    }
}
/** Of contents, and of headers: every entry has one, and every folder on the way to it. */
function payloadBytes({ files }) {
    return files.reduce((sum, entry) => {
        const text = entry.path.length + (entry.kind === 'symlink' ? entry.target.length : 0);
        const headers = entry.path.split('/').length * (4 * tar/* BLOCK_BYTES */.Yo + MAX_UTF8_BYTES * text);
        return sum + headers + ((0,model/* isContentEntry */.q)(entry) ? entry.size + tar/* BLOCK_BYTES */.Yo : 0);
    }, 0);
}
async function writeNew(path, { size, executable }, content) {
    const mode = (0,tasks/* modeOf */.VV)(executable);
    if (size <= read_bag_SMALL_BYTES) {
        const pieces = [];
        for await (const piece of content)
            pieces.push(piece);
        (0,external_node_fs_.writeFileSync)(path, Buffer.concat(pieces), { flag: 'wx', mode });
        return;
    }
    const file = await (0,promises_.open)(path, 'wx', mode);
    try {
        for await (const piece of content)
            await (0,write_all/* writeAll */.f)(file, piece);
    }
    finally {
        await file.close();
    }
}
function summaryOf(manifest, manifestDigest) {
    const { id, producer, subject, created_at: createdAt } = manifest.package;
    return {
        id,
        producer,
        subject,
        createdAt,
        retentionClass: manifest.retention_summary.retention_class,
        expiresAt: manifest.retention_summary.expires_at,
        manifestDigest: (0,digest/* formatContentAddress */.NU)(manifestDigest),
        contentDigest: (0,digest/* formatContentAddress */.NU)((0,codec/* contentDigest */.eZ)(manifest.files)),
        fileCount: manifest.files.length,
        totalBytes: manifest.files.filter(model/* isContentEntry */.q).reduce((sum, { size }) => sum + size, 0),
    };
}

// EXTERNAL MODULE: ./build/action/infospace/find-package.js + 1 modules
var find_package = __webpack_require__(81442);
// EXTERNAL MODULE: ./build/action/infospace/infospace-store.js
var infospace_store = __webpack_require__(91148);
// EXTERNAL MODULE: ./build/action/terminal/format.js
var format = __webpack_require__(21621);
// EXTERNAL MODULE: ./build/action/action/git-store.js + 1 modules
var git_store = __webpack_require__(36940);
// EXTERNAL MODULE: ./build/action/action/report.js
var report = __webpack_require__(33458);
// EXTERNAL MODULE: ./build/action/action/workflow-artifact.js
var workflow_artifact = __webpack_require__(83628);
;// CONCATENATED MODULE: ./build/action/action/package-source.js











/**
 * Opens the place where the package is: the workflow artifact when one is named, else the store. Where nothing says which
 * store, and no earlier step left an embedded one, it is an artifact of this run, else the store in the repository of the
 * checkout.
 *
 * @throws ArchiveError `NOT_FOUND` when there is neither.
 */
async function fromSource(source, place, actions) {
    const { store, root } = source;
    if (source.artifact.wanted)
        return fromArtifact(source, place, actions);
    let registry;
    try {
        registry = await (0,infospace_store/* openRegistry */.Me)(root, { ...store, signal: place.signal }, 'read');
    }
    catch (error) {
        if (!(0,errors/* isArchiveError */.J)(error, 'NOT_FOUND') || store.kind !== 'embedded')
            throw error;
        return fromElsewhere(source, place, actions, error);
    }
    return closing(registry, () => actions.store(registry, store));
}
/** @throws the error that says that it is nowhere. */
async function fromElsewhere(source, place, actions, missing) {
    const { store, root } = source;
    let nowhere = missing;
    if (place.env['ACTIONS_RUNTIME_TOKEN']) {
        (0,report/* say */.cv)('There is no store here; looking for a workflow artifact of this run.');
        try {
            return await fromArtifact(source, place, actions);
        }
        catch (error) {
            if (!(0,errors/* isArchiveError */.J)(error, 'NOT_FOUND') || !store.isDefault)
                throw error;
            nowhere = error;
        }
    }
    const registry = store.isDefault ? await (0,git_store/* findGitStore */.X)(root, store, place.signal) : undefined;
    if (registry === undefined)
        throw nowhere;
    return closing(registry, () => actions.store(registry, { storeRoot: undefined, env: (0,infospace_store/* withGitStore */.UR)(store.env) }));
}
async function closing(registry, action) {
    try {
        return await action();
    }
    finally {
        await registry.close();
    }
}
async function fromArtifact(source, step, actions) {
    const { reference, subject, artifact } = source;
    const before = (0,find_package/* beforeLatest */.lE)(reference);
    const byDigest = reference.startsWith('blake3:');
    const packageId = before !== undefined || byDigest ? undefined : reference;
    const isOnePackage = before === undefined;
    const wanted = { name: artifact.name, subject, packageId, isOnePackage, before: before ?? 0 };
    const candidates = await (0,workflow_artifact/* findArtifacts */.n1)(wanted, artifact.place, step);
    for (const candidate of candidates) {
        const title = `Download the workflow artifact ${(0,format/* printable */.g$)(candidate.name)}`;
        const folder = await core/* group */.Os(title, () => (0,workflow_artifact/* downloadArtifact */.bk)(candidate, artifact.place, step));
        try {
            const bag = await bagIn(folder, step);
            if (isOnePackage && !(bag && isNamed(bag.summary, reference))) {
                if (artifact.name === undefined)
                    continue;
                if (bag && byDigest)
                    throw replaced(candidate.name, bag.summary, reference);
            }
            if (packageId !== undefined)
                (0,report/* warn */.R8)(`${UNPROVEN} in the input "package-id".`);
            return await actions.bag(bag ?? (await openBag(await (0,workflow_artifact/* fileWithin */.GK)(folder, layout/* BAG_EXTENSION */.RP), step)));
        }
        finally {
            await (0,promises_.rm)(folder, { recursive: true, force: true });
        }
    }
    throw new errors/* ArchiveError */.di('NOT_FOUND', `There is no workflow artifact ${describe(source)}; check its name and run.`);
}
const UNPROVEN = 'Nothing proves that the workflow artifact holds what was archived under this id, since any job of the run can replace it; give the manifest digest';
/** Undefined for an artifact that holds something else. */
async function bagIn(folder, step) {
    try {
        return await openBag(await (0,workflow_artifact/* fileWithin */.GK)(folder, layout/* BAG_EXTENSION */.RP), step);
    }
    catch (error) {
        if ((0,errors/* isArchiveError */.J)(error, 'NOT_FOUND') || (0,errors/* isArchiveError */.J)(error, 'INTEGRITY'))
            return undefined;
        throw error;
    }
}
function isNamed({ id, manifestDigest }, reference) {
    return reference === id || reference === manifestDigest;
}
function replaced(name, { id, manifestDigest }, reference) {
    const sentence = `The workflow artifact "${name}" holds package ${id} with the manifest ${manifestDigest}, not ${reference}: it is another one, or was replaced; name the artifact of that package.`;
    return new errors/* ArchiveError */.di('INTEGRITY', sentence);
}
/** What the package is called in its bag: whichever of the latest it is, that one was looked for. */
async function referenceIn(bag, { reference, subject }) {
    if (subject !== undefined && subject !== bag.summary.subject) {
        const sentence = `The workflow artifact holds a package of "${bag.summary.subject}" and none of the input "subject"; correct it.`;
        throw new errors/* ArchiveError */.di('NOT_FOUND', sentence);
    }
    return (await bag.getPackage((0,find_package/* beforeLatest */.lE)(reference) === undefined ? reference : bag.summary.id)).id;
}
function describe({ reference, subject, artifact: { name, place } }) {
    const what = `with the package "${reference}"${subject === undefined ? '' : ` of "${subject}"`}`;
    const where = place === undefined ? 'in this run' : `in run ${place.runId}`;
    return name === undefined ? `${what} ${where}` : `"${name}" ${what} ${where}`;
}


/***/ }),

/***/ 91399:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   D: () => (/* binding */ readSourceInputs)
/* harmony export */ });
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(76760);
/* harmony import */ var _infospace_find_package_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(81442);
/* harmony import */ var _archive_inputs_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(63175);
/* harmony import */ var _inputs_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(84165);
/* harmony import */ var _store_input_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(89934);





const ID_OR_DIGEST = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|blake3:[0-9a-f]{64})$/;
/** @throws ArchiveError naming the input or variable that cannot be used. */
async function readSourceInputs(inputs, env) {
    const workspace = (0,_archive_inputs_js__WEBPACK_IMPORTED_MODULE_2__/* .workspaceOf */ .B3)(env);
    const reference = inputs.text('package-id')?.toLowerCase() ?? 'latest';
    if (!ID_OR_DIGEST.test(reference) && (0,_infospace_find_package_js__WEBPACK_IMPORTED_MODULE_1__/* .beforeLatest */ .lE)(reference) === undefined) {
        const what = `is "${reference}"; use a package id, a manifest digest (blake3:…), latest or latest~1`;
        throw (0,_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .invalidInput */ .aY)('package-id', what);
    }
    const name = (0,_archive_inputs_js__WEBPACK_IMPORTED_MODULE_2__/* .readArtifactName */ .Ep)(inputs);
    const wanted = [name, inputs.text('run-id'), inputs.text('repository')].some((value) => value !== undefined);
    return {
        reference,
        subject: inputs.text('subject'),
        root: (0,node_path__WEBPACK_IMPORTED_MODULE_0__.resolve)(workspace, inputs.text('root') ?? '.'),
        store: await (0,_store_input_js__WEBPACK_IMPORTED_MODULE_4__/* .readStoreInput */ .o)(inputs, env, workspace),
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

/***/ 98163:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Lo: () => (/* binding */ MAX_PAX_BYTES),
/* harmony export */   Tc: () => (/* binding */ MAX_WINDOW_LOG),
/* harmony export */   _o: () => (/* binding */ MAX_ZSTD_FRAMES)
/* harmony export */ });
/* unused harmony exports MAX_MEMBERS, MAX_TAG_FILES, MAX_SUMS_BYTES, MAX_LINE_BYTES, MAX_INFO_BYTES, MAX_INFO_FIELDS, MAX_TARGET_BYTES */
/** What is read of a bag, whoever made it. Each is far above what honest bags need, and bounds memory before it is taken. */
/** Files, links and folders in it: those of the largest package, and as many folders above them. */
const MAX_MEMBERS = 10_000_000;
/** Files beside its payload; honest bags have some ten, those with metadata of their own some hundreds. */
const MAX_TAG_FILES = 10_000;
/** Its manifests, which stay in memory: a million files take 150 MB in each. */
const MAX_SUMS_BYTES = (/* unused pure expression or super */ null && (512 * 1024 * 1024));
/** A line of a manifest: the longest path with every byte encoded, and a digest. */
const MAX_LINE_BYTES = (/* unused pure expression or super */ null && (16 * 1024));
/** Its declaration and description. A note of the longest there is, all of it line breaks, takes 3 MiB. */
const MAX_INFO_BYTES = (/* unused pure expression or super */ null && (16 * 1024 * 1024));
/** Fields of a description. */
const MAX_INFO_FIELDS = 100_000;
/** What a link leads to: PATH_MAX of Linux. */
const MAX_TARGET_BYTES = 4096;
/** An extended header of a tar archive, of which paths and sizes are used. */
const MAX_PAX_BYTES = 1024 * 1024;
/** The window of zstd, as a power of two: what `zstd --long` makes, and what it unpacks without being asked. */
const MAX_WINDOW_LOG = 27;
/** Frames of a compressed stream: of 64 KiB each, they hold 6 GB. */
const MAX_ZSTD_FRAMES = 100_000;


/***/ }),

/***/ 9232:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ms: () => (/* binding */ padding),
/* harmony export */   PG: () => (/* binding */ endOfArchive),
/* harmony export */   YS: () => (/* binding */ encodeHeader),
/* harmony export */   Yo: () => (/* binding */ BLOCK_BYTES),
/* harmony export */   cM: () => (/* binding */ checksum)
/* harmony export */ });
/** The ustar format with pax extended headers (POSIX.1-2001), as far as a bag needs it. */
const BLOCK_BYTES = 512;
const TYPE_FLAGS = { file: '0', symlink: '2', directory: '5' };
const MAX_OCTAL_SIZE = 8 ** 11 - 1;
const MAX_NAME_BYTES = 100;
/** Header blocks of an entry; the content follows, filled up by {@link padding}. */
function encodeHeader(entry, mtime) {
    const records = [];
    if (!fitsName(entry.path))
        records.push(['path', entry.path]);
    if (!fitsName(entry.target))
        records.push(['linkpath', entry.target]);
    if (entry.size > MAX_OCTAL_SIZE)
        records.push(['size', String(entry.size)]);
    const header = encodeBlock(entry, TYPE_FLAGS[entry.type], mtime);
    if (records.length === 0)
        return header;
    const pax = Buffer.from(records.map(paxRecord).join(''));
    const about = { ...entry, path: 'pax', target: '', size: pax.length, executable: false };
    return Buffer.concat([encodeBlock(about, 'x', mtime), pax, padding(pax.length), header]);
}
/** Zeros up to the next block. */
function padding(size) {
    return Buffer.alloc((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);
}
/** What ends the archive. */
function endOfArchive() {
    return Buffer.alloc(2 * BLOCK_BYTES);
}
function fitsName(name) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ustar names are ASCII
    return name.length <= MAX_NAME_BYTES && /^[\x00-\x7f]*$/.test(name);
}
function encodeBlock({ path, size, type, executable, target }, flag, mtime) {
    const block = Buffer.alloc(BLOCK_BYTES);
    const mode = type === 'file' && !executable ? 0o644 : 0o755;
    Buffer.from(path).copy(block, 0, 0, MAX_NAME_BYTES);
    block.write(octal(mode, 7), 100);
    block.write(octal(0, 7), 108);
    block.write(octal(0, 7), 116);
    block.write(octal(size > MAX_OCTAL_SIZE ? 0 : size, 11), 124);
    block.write(octal(Math.floor(mtime.getTime() / 1000), 11), 136);
    block.write('        ', 148);
    block.write(flag, 156);
    Buffer.from(target).copy(block, 157, 0, MAX_NAME_BYTES);
    block.write('ustar\x0000', 257);
    block.write(`${octal(checksum(block), 6)}\0 `, 148);
    return block;
}
function octal(value, digits) {
    return value.toString(8).padStart(digits, '0');
}
/** Of a header block whose own checksum field counts as spaces. */
function checksum(block) {
    return block.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);
}
/** "length key=value\n", where the length counts its own digits. */
function paxRecord([key, value]) {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest + String(rest).length;
    if (rest + String(length).length !== length)
        length = rest + String(length).length;
    return `${length} ${key}=${value}\n`;
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

/***/ 81442:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  lE: () => (/* binding */ beforeLatest),
  CV: () => (/* binding */ findPackage)
});

// UNUSED EXPORTS: findPackageOrTombstone, isPackageReference, subjectAmong

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/package-names.js
var package_names = __webpack_require__(24907);
// EXTERNAL MODULE: ./build/action/infospace/index-file.js + 2 modules
var index_file = __webpack_require__(45598);
// EXTERNAL MODULE: ./build/action/infospace/infospace-file.js + 2 modules
var infospace_file = __webpack_require__(28138);
;// CONCATENATED MODULE: ./build/action/infospace/parse-time.js

const DATE = /^\d{4}-\d{2}-\d{2}$/;
/** RFC 3339 §5.6, without leap seconds. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
/**
 * A time as RFC 3339 has it, or a day, which begins at midnight UTC.
 *
 * @throws ArchiveError `USAGE`.
 */
function parseTime(text) {
    const day = text.slice(0, 10);
    const time = new Date(text.toUpperCase().replace(' ', 'T'));
    // JavaScript takes the 30th of February for a day in March.
    if ((DATE.test(text) || DATE_TIME.test(text)) && isDay(day) && !Number.isNaN(time.getTime()))
        return time;
    throw new errors/* ArchiveError */.di('USAGE', `"${text}" is no time; give one as in RFC 3339, 2030-01-31T12:00:00Z, or a day, 2030-01-31.`);
}
function isDay(text) {
    const day = new Date(text);
    return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
const DAY_MS = 86_400_000;
/**
 * The last moment of what is given: a day to its end, which is the beginning of the next.
 *
 * @throws ArchiveError `USAGE`.
 */
function parseEnd(text) {
    const time = parseTime(text);
    return DATE.test(text) ? new Date(time.getTime() + DAY_MS - 1) : time;
}

;// CONCATENATED MODULE: ./build/action/infospace/find-package.js






/** The newest package that is kept, or how many before it. */
const LATEST = /^latest(?:~(\d{1,9}))?$/;
/** The newest of those that were made by then. */
const LATEST_AT = /^latest@\{([^{}]+)\}$/;
/**
 * Whether an operand names a package rather than a folder: whatever can be nothing else; any other name of a package, unless a
 * folder is called so. Such a folder is always meant with `./` before it.
 */
function isPackageReference(text) {
    if (LATEST.test(text) || LATEST_AT.test(text) || isWholeId(text) || text.startsWith('blake3:'))
        return true;
    return (namedParts(text) !== undefined || isLabel(text)) && !existsSync(text);
}
/**
 * Finds a package by any of its names: its id; at least 4 characters of the id's beginning or 8 of its end; its manifest or
 * content digest, or 8 digits of one; `latest`, the newest of the subject that the store keeps, in the order of its log;
 * `latest~2`, the second before it; `latest@{2026-09-01}`, the newest that was made by then, a day to its end; a label.
 *
 * @throws ArchiveError `NOT_FOUND`; `USAGE` when it is no name of a package, or of several, which are listed.
 */
async function findPackage(reference, registry, among) {
    const before = beforeLatest(reference);
    if (before !== undefined)
        return latestOf(await subjectAmong(among), before, registry);
    const [, time] = LATEST_AT.exec(reference) ?? [];
    if (time !== undefined)
        return latestBy(await subjectAmong(among), parseEnd(time), registry);
    if ((0,package_names/* isLabel */.J2)(reference))
        return registry.getPackage(await labelled(reference, registry, among));
    return registry.getPackage(reference);
}
/**
 * Finds a package, or the certificate of one that was disposed of: as the latest, where the store keeps none of the subject any
 * more.
 *
 * @throws ArchiveError as {@link findPackage} does.
 */
async function findPackageOrTombstone(reference, registry, among) {
    let tombstone;
    if (beforeLatest(reference) !== undefined)
        tombstone = await lastDisposed(await subjectAmong(among), registry);
    else if (isLabel(reference))
        tombstone = await registry.getTombstone(await labelled(reference, registry, among));
    else if (!LATEST_AT.test(reference))
        tombstone = await registry.getTombstone(reference);
    return tombstone ?? findPackage(reference, registry, among);
}
/**
 * The subject of an infospace's packages: its slug, unless all that were ever recorded are of one other subject.
 *
 * @throws ArchiveError `CONFIG_INVALID` when the index is broken.
 */
async function subjectAmong({ root, subject }) {
    if (subject !== undefined)
        return subject;
    const { root: path, slug } = await (0,infospace_file/* openInfospace */.t)(root);
    const { records: newest, isWhole } = (0,index_file/* readNewest */.L6)(path);
    // One record of the slug is enough to tell.
    if (newest.some((record) => record.subject === slug))
        return slug;
    const records = isWhole ? newest : await (0,index_file/* readIndex */.vY)(path);
    const [recorded = slug, ...others] = new Set(records.map((record) => record.subject));
    return others.length === 0 ? recorded : slug;
}
/** How many came after the package; undefined when it is named otherwise. */
function beforeLatest(reference) {
    const [latest, before] = LATEST.exec(reference) ?? [];
    return latest === undefined ? undefined : Number(before ?? 0);
}
/** The id of the package that has the label. */
async function labelled(label, registry, among) {
    const subject = await subjectAmong(among);
    const found = await registry.getLabel?.(subject, label);
    if (found)
        return found.packageId;
    throw new errors/* ArchiveError */.di('NOT_FOUND', `There is no package "${label}": it is no package id, no digest and no label of the subject "${subject}"; list what there is.`);
}
async function latestBy(subject, time, registry) {
    const found = await registry.latestPackageBy?.(subject, time);
    if (found)
        return found;
    throw new errors/* ArchiveError */.di('NOT_FOUND', `The store has no package of the subject "${subject}" that was made by ${time.toISOString()}; list what there is.`);
}
async function latestOf(subject, before, registry) {
    const latest = await registry.latestPackage(subject, before);
    if (latest)
        return latest;
    const disposed = 'listTombstones' in registry ? await lastDisposed(subject, registry) : undefined;
    // Which says when it went, and why.
    if (disposed)
        return registry.getPackage(disposed.id);
    const count = await countOf(subject, registry);
    throw new errors/* ArchiveError */.di('NOT_FOUND', count === 0
        ? `The store has no package of the subject "${subject}"; archive it first, or name another infospace or subject.`
        : `There is no archive ${before} before the latest: the store has ${count} of the subject "${subject}"; list them.`);
}
/** A bag has one package at most. */
async function countOf(subject, registry) {
    if ('listPackages' in registry)
        return (await registry.listPackages({ subject })).length;
    return (await registry.latestPackage(subject)) ? 1 : 0;
}
/** Undefined as long as the store keeps a package of the subject. */
async function lastDisposed(subject, registry) {
    if (await registry.latestPackage(subject))
        return undefined;
    return (await registry.listTombstones()).findLast((tombstone) => tombstone.subject === subject);
}


/***/ })

};
