export const id = 370;
export const ids = [370];
export const modules = {

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

/***/ 4370:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  writeBag: () => (/* binding */ writeBag)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __webpack_require__(51455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(57075);
// EXTERNAL MODULE: external "node:stream/promises"
var external_node_stream_promises_ = __webpack_require__(46466);
// EXTERNAL MODULE: external "node:zlib"
var external_node_zlib_ = __webpack_require__(38522);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/chunks.js
var chunks = __webpack_require__(99094);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/write-all.js
var write_all = __webpack_require__(2699);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/files/disk-faults.js
var disk_faults = __webpack_require__(43671);
// EXTERNAL MODULE: ./build/action/artifact-store/files/staged-names.js
var staged_names = __webpack_require__(66967);
// EXTERNAL MODULE: ./build/action/artifact-store/files/whole-file.js
var whole_file = __webpack_require__(43544);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/codec.js
var codec = __webpack_require__(52744);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/model.js
var model = __webpack_require__(46295);
// EXTERNAL MODULE: ./build/action/artifact-store/packs/tasks.js
var tasks = __webpack_require__(11053);
// EXTERNAL MODULE: ./build/action/artifact-store/storage/durable-directory.js
var durable_directory = __webpack_require__(29897);
// EXTERNAL MODULE: ./build/action/artifact-store/bag/layout.js
var layout = __webpack_require__(18389);
;// CONCATENATED MODULE: ./build/action/artifact-store/bag/payload.js


/** What a validator sees as files, by path: contents, and links by what they lead to. */
function payloadFiles(files) {
    const byPath = new Map(files.map((entry) => [entry.path, entry]));
    const payload = new Map();
    for (const { path } of files) {
        const seen = new Set();
        let found = byPath.get(path);
        while (found?.kind === 'symlink' && !seen.has(found.path)) {
            seen.add(found.path);
            found = byPath.get(targetOf(found));
        }
        if (found && (0,model/* isContentEntry */.q)(found))
            payload.set(path, found);
    }
    return payload;
}
/** Every folder of the package, and that of the payload itself. */
function foldersOf(files) {
    const folders = new Set(files.filter(({ kind }) => kind === 'directory').map(({ path }) => path));
    for (const { path } of files) {
        for (let folder = external_node_path_.posix.dirname(path); !folders.has(folder); folder = external_node_path_.posix.dirname(folder))
            folders.add(folder);
    }
    return folders;
}
/** The path in the package that a link leads to. */
function targetOf({ path, target }) {
    return external_node_path_.posix.join(external_node_path_.posix.dirname(path), target).replace(/\/$/, '');
}
/** Octets and number of files (RFC 8493, 2.2.2). */
function oxumOf(payload) {
    const octets = [...payload.values()].reduce((sum, { size }) => sum + size, 0);
    return `${octets}.${payload.size}`;
}

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest.js
var digest = __webpack_require__(81713);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/hasher.js
var hasher = __webpack_require__(25014);
// EXTERNAL MODULE: ./build/action/artifact-store/manifest/json.js
var json = __webpack_require__(50338);
;// CONCATENATED MODULE: ./build/action/artifact-store/bag/tag-files.js







const PIECE_CHARACTERS = 64 * 1024;
const DECLARATION = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';
/** All files of a bag but its payload, in the order of the archive: what tells most about it comes first. */
function tagFiles(manifest, cbor, payload) {
    const files = [
        measured(layout/* BAGIT_TXT */.tb, () => [Buffer.from(DECLARATION)]),
        measured(layout/* BAG_INFO_TXT */.Js, () => [Buffer.from(bagInfo(manifest, cbor, payload))]),
        measured(layout/* MANIFEST_CBOR */.x6, () => [cbor]),
        measured(layout/* MANIFEST_JSON */.lR, () => jsonPieces(manifest)),
        measured('manifest-sha256.txt', () => gathered(payloadLines(payload))),
    ];
    const tagSums = files.map(({ path, sha256 }) => `${sha256}  ${path}\n`);
    return [...files, measured('tagmanifest-sha256.txt', () => [Buffer.from(tagSums.join(''))])];
}
/** The manifest for people, as it lies in the bag. */
function* jsonPieces(manifest) {
    yield* gathered((0,json/* manifestJson */.cO)(manifest));
    yield Buffer.from('\n');
}
function* payloadLines(payload) {
    for (const [path, { sha256 }] of payload)
        yield `${(0,digest/* toHex */.nj)(sha256)}  ${(0,layout/* encodeBagPath */.WO)(layout/* PAYLOAD_FOLDER */.ez + path)}\n`;
}
function measured(path, pieces) {
    const hash = (0,external_node_crypto_.createHash)('sha256');
    let size = 0;
    for (const piece of pieces()) {
        hash.update(piece);
        size += piece.byteLength;
    }
    return { path, size, pieces, sha256: hash.digest('hex') };
}
/** Short texts in pieces worth a call each. */
function* gathered(texts) {
    let text = '';
    for (const part of texts) {
        text += part;
        if (text.length < PIECE_CHARACTERS)
            continue;
        yield Buffer.from(text);
        text = '';
    }
    yield Buffer.from(text);
}
function bagInfo(manifest, cbor, payload) {
    const { id, producer, subject, created_at, metadata } = manifest.package;
    const { retention_class, expires_at } = manifest.retention_summary;
    const note = metadata['note'];
    const lines = [
        ['Bagging-Date', created_at.slice(0, 10)],
        ['External-Identifier', id],
        ...(note === undefined ? [] : [['External-Description', note]]),
        ['Payload-Oxum', oxumOf(payload)],
        ['Bag-Software-Agent', 'infospace-archive'],
        ['Package-Producer', producer],
        ['Package-Subject', subject],
        ['Package-Created', created_at],
        ['Package-Manifest-Digest', (0,digest/* formatContentAddress */.NU)(hasher/* blake3 */.LG.hash(cbor))],
        ['Package-Content-Digest', (0,digest/* formatContentAddress */.NU)((0,codec/* contentDigest */.eZ)(manifest.files))],
        ['Package-Retention-Class', retention_class],
        ['Package-Expires', expires_at ?? 'never'],
        ...Object.entries(manifest.provenance).map(([key, value]) => [
            'Package-Provenance',
            `${key}: ${value}`,
        ]),
    ];
    // A value goes on in the next line when that begins with a space.
    return lines.map(([label, value]) => `${label}: ${value.replace(/\r\n|\r|\n/g, '\n  ')}\n`).join('');
}

;// CONCATENATED MODULE: ./build/action/artifact-store/bag/bag-members.js




const NOTHING = { size: 0, executable: false, target: '', body: [] };
/** All that a package's bag consists of, in the order of the archive: tag files, then the entries of the package. */
async function* bagMembers(manifest, cbor, readFiles) {
    const payload = payloadFiles(manifest.files);
    for (const { path, size, pieces } of tagFiles(manifest, cbor, payload)) {
        yield { ...NOTHING, path, type: 'file', size, body: pieces() };
    }
    yield* entryMembers(manifest, payload, readFiles(manifest.files.filter(model/* isContentEntry */.q)));
}
async function* entryMembers({ files }, payload, contents) {
    const reading = contents[Symbol.asyncIterator]();
    const folders = foldersOf(files);
    try {
        for (const entry of files) {
            const path = layout/* PAYLOAD_FOLDER */.ez + entry.path;
            if (entry.kind === 'directory')
                yield { ...NOTHING, path: `${path}/`, type: 'directory' };
            // A link to nothing would break the bag for every validator; the manifest has it all the same.
            else if (entry.kind === 'symlink') {
                if (payload.has(entry.path) || folders.has(targetOf(entry))) {
                    yield { ...NOTHING, path, type: 'symlink', target: entry.target };
                }
            }
            else {
                const { value } = (await reading.next());
                const { size, executable } = entry;
                yield { ...NOTHING, path, type: 'file', size, executable, body: value.pieces };
            }
        }
    }
    finally {
        await reading.return?.();
    }
}

;// CONCATENATED MODULE: ./build/action/artifact-store/bag/foreign-readers.js
/** What Python takes for the end of a line besides CR and LF, which BagIt encodes in names. */
const PYTHON_LINE_END = '\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029';
const NOTE_FAULT = new RegExp(`[${PYTHON_LINE_END}]`);
const NAME_FAULTS = [
    [/%/, 'bagit.py, bagit-java, bdbag and sha256sum, which do not decode "%25"'],
    [/\\/, 'sha256sum'],
    [new RegExp(`[${PYTHON_LINE_END}]|\\s$`), 'bagit.py'],
];
const NAMED = 3;
/** Tells which names of a package other software refuses in a bag, although BagIt (RFC 8493) allows them. */
function warnOfForeignReaders({ files, package: { metadata } }) {
    for (const [fault, readers] of NAME_FAULTS) {
        const paths = files.flatMap(({ path }) => (fault.test(path) ? [path] : []));
        if (paths.length === 0)
            continue;
        const named = paths.slice(0, NAMED).map((path) => JSON.stringify(path));
        const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : '';
        warn(`The bag has ${named.join(', ')}${more}: right by RFC 8493, and refused by ${readers}; import reads it.`);
    }
    if (NOTE_FAULT.test(metadata['note'] ?? '')) {
        warn('The note has an unusual line separator, at which bagit.py cuts "External-Description"; import reads it.');
    }
}
function warn(sentence) {
    process.emitWarning(sentence, { type: 'StoreWarning' });
}

// EXTERNAL MODULE: ./build/action/artifact-store/bag/limits.js
var limits = __webpack_require__(98163);
// EXTERNAL MODULE: ./build/action/artifact-store/bag/tar.js
var tar = __webpack_require__(9232);
;// CONCATENATED MODULE: ./build/action/artifact-store/bag/write-bag.js



















/** What is given to the compressor at a time, always: its output could depend on it. */
const CHUNK_BYTES = 1024 * 1024;
const FOLDER_MODE = 0o755;
/** Of zstd at its default level. */
const DEFAULT_WINDOW_LOG = 21;
/**
 * Writes a package as a bag. A folder or a file is written beside its place and moved there when it is whole; a file is then
 * on disk.
 *
 * @throws ArchiveError `TARGET_REFUSED` when something is there or it cannot be written, and what `readFiles` throws.
 */
async function writeBag(target, cbor, readFiles, signal) {
    const manifest = (0,codec/* decodeManifest */.MK)(cbor);
    warnOfForeignReaders(manifest);
    const members = bagMembers(manifest, cbor, readFiles);
    if ('stream' in target) {
        const options = { end: false, ...(signal && { signal }) };
        // biome-ignore lint/plugin: two streams
        await asTargetError('The output', () => (0,external_node_stream_promises_.pipeline)(...compressed(manifest, members), target.stream, options));
    }
    else if ('file' in target) {
        await asTargetError(`The file ${target.file}`, () => writeFile(target.file, manifest, members, signal));
    }
    else {
        await asTargetError(`The folder ${target.folder}`, () => writeFolder(target.folder, members, signal));
    }
}
function compressed({ package: about, files }, members) {
    const source = external_node_stream_.Readable.from((0,chunks/* inChunks */.m)(tarBytes(about, members), CHUNK_BYTES), { objectMode: false });
    const bytes = files.reduce((sum, entry) => sum + ((0,model/* isContentEntry */.q)(entry) ? entry.size : 0), 0);
    return [source, (0,external_node_zlib_.createZstdCompress)({ chunkSize: CHUNK_BYTES, params: windowFor(bytes) })];
}
/** Copies that lie far apart cost nothing, as with `zstd --long`. A window takes its size of memory, also from who unpacks it. */
function windowFor(bytes) {
    const log = Math.min(limits/* MAX_WINDOW_LOG */.Tc, Math.ceil(Math.log2(Math.max(1, bytes))));
    if (log <= DEFAULT_WINDOW_LOG)
        return {};
    return { [external_node_zlib_.constants.ZSTD_c_windowLog]: log, [external_node_zlib_.constants.ZSTD_c_enableLongDistanceMatching]: 1 };
}
/** All in one folder, named by the package's id. */
async function* tarBytes({ id, created_at }, members) {
    const mtime = new Date(created_at);
    for await (const { body, ...entry } of members) {
        yield (0,tar/* encodeHeader */.YS)({ ...entry, path: `${id}/${entry.path}` }, mtime);
        yield* body;
        yield (0,tar/* padding */.Ms)(entry.size);
    }
    yield (0,tar/* endOfArchive */.PG)();
}
async function writeFile(file, manifest, members, signal) {
    await requireFree(file);
    await (0,whole_file/* createFile */.x3)(file, async (output) => {
        const write = async (pieces) => {
            for await (const piece of pieces)
                await (0,write_all/* writeAll */.f)(output, piece);
        };
        // biome-ignore lint/plugin: two streams
        await (0,external_node_stream_promises_.pipeline)(...compressed(manifest, members), write, signal ? { signal } : {});
        signal?.throwIfAborted();
    });
}
async function writeFolder(folder, members, signal) {
    await requireFree(folder, true);
    await (0,staged_names/* removeLeftovers */.DA)((0,external_node_path_.dirname)(folder));
    const staged = (0,staged_names/* stagedBeside */.Hx)(folder);
    await (0,promises_.mkdir)(staged, { mode: FOLDER_MODE });
    try {
        for await (const member of members)
            await writeMember(staged, member);
        signal?.throwIfAborted();
        // Windows moves a folder into no other one's place, not even an empty one's.
        await (0,promises_.rmdir)(folder).catch(() => undefined);
        await (0,promises_.rename)(staged, folder);
        await (0,durable_directory/* syncDirectory */.zR)((0,external_node_path_.dirname)(folder));
    }
    catch (error) {
        await (0,promises_.rm)(staged, { recursive: true, force: true });
        throw error;
    }
}
async function writeMember(folder, { path, type, executable, target, body }) {
    const place = (0,external_node_path_.join)(folder, path);
    await (0,promises_.mkdir)(type === 'directory' ? place : (0,external_node_path_.dirname)(place), { recursive: true, mode: FOLDER_MODE });
    if (type === 'directory')
        return;
    if (type === 'symlink') {
        await (0,promises_.symlink)(target, place);
        return;
    }
    const file = await (0,promises_.open)(place, 'wx', (0,tasks/* modeOf */.VV)(executable));
    try {
        for await (const piece of body)
            await (0,write_all/* writeAll */.f)(file, piece);
    }
    finally {
        await file.close();
    }
}
/** @throws ArchiveError `TARGET_REFUSED` when something is there; an empty folder may be. */
async function requireFree(path, orEmpty = false) {
    try {
        const isFree = orEmpty && (await (0,promises_.lstat)(path)).isDirectory() && (await (0,promises_.readdir)(path)).length === 0;
        if (!isFree && (await (0,promises_.lstat)(path))) {
            throw new errors/* ArchiveError */.di('TARGET_REFUSED', `${path} is there already; name another place.`);
        }
    }
    catch (error) {
        if ((0,errors/* systemErrorCode */.vq)(error) !== 'ENOENT' || error instanceof errors/* ArchiveError */.di)
            throw error;
    }
}
async function asTargetError(what, action) {
    try {
        await action();
    }
    catch (error) {
        throw (0,disk_faults/* unwritable */.m)(what, error, 'name another place');
    }
}


/***/ })

};
