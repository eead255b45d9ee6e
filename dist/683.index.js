export const id = 683;
export const ids = [683];
export const modules = {

/***/ 18389:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   RP: () => (/* binding */ BAG_EXTENSION),
/* harmony export */   St: () => (/* binding */ bagPath),
/* harmony export */   ez: () => (/* binding */ PAYLOAD_FOLDER),
/* harmony export */   lR: () => (/* binding */ MANIFEST_JSON),
/* harmony export */   tb: () => (/* binding */ BAGIT_TXT),
/* harmony export */   x6: () => (/* binding */ MANIFEST_CBOR)
/* harmony export */ });
/**
 * The self-contained file: one package as a BagIt bag (RFC 8493) in a tar archive, compressed with zstd, so that `tar`
 * and any BagIt validator read it without this software. `docs/format.md` describes it.
 */
/** What the file is called, after the package's id. */
const BAG_EXTENSION = '.bag.tar.zst';
const PAYLOAD_FOLDER = 'data/';
/** The package's manifest as it is stored; its BLAKE3 is the manifest digest. */
const MANIFEST_CBOR = 'package-manifest.cbor';
/** The JSON view, for people. */
const MANIFEST_JSON = 'package-manifest.json';
const BAGIT_TXT = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';
/** A path as the bag's manifests write it (RFC 8493, 2.1.3). */
function bagPath(path) {
    return path.replace(/[%\r\n]/g, encodeURIComponent);
}


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

/***/ 19683:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   writeBag: () => (/* binding */ writeBag)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(73024);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(51455);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(76760);
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(57075);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(46466);
/* harmony import */ var node_zlib__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(38522);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(75087);
/* harmony import */ var _identity_digest_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(81713);
/* harmony import */ var _identity_hasher_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(25014);
/* harmony import */ var _manifest_codec_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(52744);
/* harmony import */ var _manifest_model_js__WEBPACK_IMPORTED_MODULE_12__ = __webpack_require__(46295);
/* harmony import */ var _layout_js__WEBPACK_IMPORTED_MODULE_13__ = __webpack_require__(18389);
/* harmony import */ var _tar_js__WEBPACK_IMPORTED_MODULE_11__ = __webpack_require__(9232);














const BATCH_BYTES = 1024 * 1024;
/**
 * Writes a package as one self-contained file. The contents pass through a folder beside it, which is removed.
 *
 * @throws ArchiveError `STORE_UNAVAILABLE` when the file is there or cannot be written, and what `extract` throws.
 */
async function writeBag(file, manifestCbor, extract) {
    const manifest = (0,_manifest_codec_js__WEBPACK_IMPORTED_MODULE_10__/* .decodeManifest */ .MK)(manifestCbor);
    const contents = manifest.files.filter(_manifest_model_js__WEBPACK_IMPORTED_MODULE_12__/* .isContentEntry */ .q);
    const staging = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.mkdtemp)((0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)((0,node_path__WEBPACK_IMPORTED_MODULE_3__.dirname)(file), '.bag-'));
    try {
        for (const folder of new Set(contents.map(({ path }) => (0,node_path__WEBPACK_IMPORTED_MODULE_3__.dirname)(path)))) {
            await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.mkdir)((0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(staging, folder), { recursive: true });
        }
        await extract(contents, staging);
        await (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_5__.pipeline)(node_stream__WEBPACK_IMPORTED_MODULE_4__.Readable.from(inBatches(bagBytes(manifest, manifestCbor, staging)), { objectMode: false }), (0,node_zlib__WEBPACK_IMPORTED_MODULE_6__.createZstdCompress)({ chunkSize: BATCH_BYTES }), (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.createWriteStream)(file, { flags: 'wx' }));
    }
    catch (error) {
        const code = (0,_errors_js__WEBPACK_IMPORTED_MODULE_7__/* .systemErrorCode */ .vq)(error);
        if (error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_7__/* .ArchiveError */ .di || code === undefined)
            throw error;
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_7__/* .ArchiveError */ .di('STORE_UNAVAILABLE', `The file ${file} cannot be written (${code}); free its place.`, error);
    }
    finally {
        await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_2__.rm)(staging, { recursive: true, force: true });
    }
}
async function* bagBytes(manifest, cbor, staging) {
    const mtime = new Date(manifest.package.created_at);
    const top = `${manifest.package.id}/`;
    const header = (path, entry) => (0,_tar_js__WEBPACK_IMPORTED_MODULE_11__/* .encodeHeader */ .YS)({ size: 0, executable: false, target: '', ...entry, path: top + path }, mtime);
    for (const [path, text] of tagFiles(manifest, cbor)) {
        const bytes = Buffer.from(text);
        yield Buffer.concat([header(path, { type: 'file', size: bytes.length }), bytes, (0,_tar_js__WEBPACK_IMPORTED_MODULE_11__/* .padding */ .Ms)(bytes.length)]);
    }
    const payload = payloadFiles(manifest);
    const folders = foldersOf(manifest);
    for (const entry of manifest.files) {
        const path = _layout_js__WEBPACK_IMPORTED_MODULE_13__/* .PAYLOAD_FOLDER */ .ez + entry.path;
        if (entry.kind === 'directory')
            yield header(`${path}/`, { type: 'directory' });
        // A link to nothing would break the bag for every validator; the manifest has it all the same.
        else if (entry.kind === 'symlink') {
            if (payload.has(entry.path) || folders.has(targetOf(entry))) {
                yield header(path, { type: 'symlink', target: entry.target });
            }
        }
        else {
            yield header(path, { type: 'file', size: entry.size, executable: entry.executable });
            const file = (0,node_path__WEBPACK_IMPORTED_MODULE_3__.join)(staging, entry.path);
            if (entry.size > BATCH_BYTES)
                yield* (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.createReadStream)(file, { highWaterMark: BATCH_BYTES });
            else
                yield (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.readFileSync)(file);
            yield (0,_tar_js__WEBPACK_IMPORTED_MODULE_11__/* .padding */ .Ms)(entry.size);
        }
    }
    yield (0,_tar_js__WEBPACK_IMPORTED_MODULE_11__/* .endOfArchive */ .PG)();
}
/** A step of a stream costs more than the headers and small files it would carry one by one. */
async function* inBatches(pieces) {
    let batch = [];
    let bytes = 0;
    for await (const piece of pieces) {
        batch.push(piece);
        bytes += piece.byteLength;
        if (bytes < BATCH_BYTES)
            continue;
        yield Buffer.concat(batch);
        batch = [];
        bytes = 0;
    }
    yield Buffer.concat(batch);
}
/** In the order of the file: what tells most about it comes first. */
function tagFiles(manifest, cbor) {
    const payload = payloadFiles(manifest);
    const sums = [...payload].map(([path, { sha256 }]) => `${(0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_8__/* .toHex */ .nj)(sha256)}  ${(0,_layout_js__WEBPACK_IMPORTED_MODULE_13__/* .bagPath */ .St)(_layout_js__WEBPACK_IMPORTED_MODULE_13__/* .PAYLOAD_FOLDER */ .ez + path)}\n`);
    const files = [
        ['bagit.txt', _layout_js__WEBPACK_IMPORTED_MODULE_13__/* .BAGIT_TXT */ .tb],
        ['bag-info.txt', bagInfo(manifest, cbor, payload)],
        [_layout_js__WEBPACK_IMPORTED_MODULE_13__/* .MANIFEST_CBOR */ .x6, cbor],
        [_layout_js__WEBPACK_IMPORTED_MODULE_13__/* .MANIFEST_JSON */ .lR, `${(0,_manifest_codec_js__WEBPACK_IMPORTED_MODULE_10__/* .encodeManifestJson */ .CC)(manifest)}\n`],
        ['manifest-sha256.txt', sums.join('')],
    ];
    const tagSums = files.map(([path, content]) => `${(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)('sha256').update(content).digest('hex')}  ${path}\n`);
    return [...files, ['tagmanifest-sha256.txt', tagSums.join('')]];
}
/** What a validator sees as files: contents, and links by what they lead to. */
function payloadFiles({ files }) {
    const byPath = new Map(files.map((entry) => [entry.path, entry]));
    const payload = new Map();
    for (const { path } of files) {
        const seen = new Set();
        let found = byPath.get(path);
        while (found?.kind === 'symlink' && !seen.has(found.path)) {
            seen.add(found.path);
            found = byPath.get(targetOf(found));
        }
        if (found && (0,_manifest_model_js__WEBPACK_IMPORTED_MODULE_12__/* .isContentEntry */ .q)(found))
            payload.set(path, found);
    }
    return payload;
}
function foldersOf({ files }) {
    const folders = new Set(files.filter(({ kind }) => kind === 'directory').map(({ path }) => path));
    for (const { path } of files) {
        for (let folder = node_path__WEBPACK_IMPORTED_MODULE_3__.posix.dirname(path); !folders.has(folder); folder = node_path__WEBPACK_IMPORTED_MODULE_3__.posix.dirname(folder))
            folders.add(folder);
    }
    return folders;
}
function targetOf({ path, target }) {
    return node_path__WEBPACK_IMPORTED_MODULE_3__.posix.join(node_path__WEBPACK_IMPORTED_MODULE_3__.posix.dirname(path), target).replace(/\/$/, '');
}
function bagInfo(manifest, cbor, payload) {
    const { id, producer, subject, created_at, metadata } = manifest.package;
    const octets = [...payload.values()].reduce((sum, { size }) => sum + size, 0);
    const lines = [
        ['Bagging-Date', created_at.slice(0, 10)],
        ['External-Identifier', id],
        ['External-Description', metadata['note']],
        ['Payload-Oxum', `${octets}.${payload.size}`],
        ['Bag-Software-Agent', 'infospace-archive'],
        ['Package-Producer', producer],
        ['Package-Subject', subject],
        ['Package-Manifest-Digest', (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_8__/* .formatContentAddress */ .NU)(_identity_hasher_js__WEBPACK_IMPORTED_MODULE_9__/* .blake3 */ .LG.hash(cbor))],
        ['Package-Content-Digest', (0,_identity_digest_js__WEBPACK_IMPORTED_MODULE_8__/* .formatContentAddress */ .NU)((0,_manifest_codec_js__WEBPACK_IMPORTED_MODULE_10__/* .contentDigest */ .eZ)(manifest.files))],
        ['Package-Retention-Class', manifest.retention_summary.retention_class],
        ['Package-Expires', manifest.retention_summary.expires_at ?? 'never'],
    ];
    return (lines
        .filter(([, value]) => value !== undefined)
        // A value goes on in the next line when that begins with a space.
        .map(([label, value]) => `${label}: ${value.replace(/\r\n|\r|\n/g, '\n  ')}\n`)
        .join(''));
}


/***/ })

};
