export const id = 111;
export const ids = [111];
export const modules = {

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
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .ArchiveError */ .di('INTEGRITY', `The key ${JSON.stringify(key)} is none of a stored object; it was forged.`);
}


/***/ }),

/***/ 111:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  S3Storage: () => (/* binding */ S3Storage)
});

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(77598);
// EXTERNAL MODULE: external "node:stream"
var external_node_stream_ = __webpack_require__(57075);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(58500);
// EXTERNAL MODULE: ./node_modules/@aws-sdk/client-s3/dist-cjs/index.js
var dist_cjs = __webpack_require__(53711);
// EXTERNAL MODULE: ./node_modules/@aws-sdk/lib-storage/dist-cjs/index.js
var lib_storage_dist_cjs = __webpack_require__(22358);
// EXTERNAL MODULE: ./node_modules/@smithy/node-http-handler/dist-cjs/index.js
var node_http_handler_dist_cjs = __webpack_require__(61279);
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/as-buffer.js
var as_buffer = __webpack_require__(50835);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/storage/keys.js
var keys = __webpack_require__(3262);
;// CONCATENATED MODULE: ./build/action/artifact-store/storage/s3-errors.js

/** Errors by which a server says that it is set up otherwise than we think, and the variable to look at. */
const WRONG_SETTINGS = {
    NoSuchBucket: 'there is no such bucket; create it or correct ARTIFACTSTORE_S3_BUCKET',
    InvalidBucketName: 'that is no name of a bucket; correct ARTIFACTSTORE_S3_BUCKET',
    InvalidAccessKeyId: 'the access key is not known; correct ARTIFACTSTORE_S3_ACCESS_KEY_ID',
    // versitygw's name for it.
    XAdminUserNotFound: 'the access key is not known; correct ARTIFACTSTORE_S3_ACCESS_KEY_ID',
    SignatureDoesNotMatch: 'the secret key is wrong; correct ARTIFACTSTORE_S3_SECRET_ACCESS_KEY',
    ExpiredToken: 'the session has expired; renew ARTIFACTSTORE_S3_SESSION_TOKEN',
    InvalidToken: 'the session token is not valid; correct ARTIFACTSTORE_S3_SESSION_TOKEN',
    AccessDenied: 'permission is denied; allow the key to get, put, list and delete below ARTIFACTSTORE_S3_BUCKET',
    Forbidden: 'permission is denied; allow the key to get, put, list and delete below ARTIFACTSTORE_S3_BUCKET',
    PermanentRedirect: 'the bucket is in another region; correct ARTIFACTSTORE_S3_REGION',
    AuthorizationHeaderMalformed: 'the bucket is in another region; correct ARTIFACTSTORE_S3_REGION',
    IllegalLocationConstraintException: 'the bucket is in another region; correct ARTIFACTSTORE_S3_REGION',
    InvalidStorageClass: 'the server does not know the storage class; correct ARTIFACTSTORE_S3_STORAGE_CLASS',
    CredentialsProviderError: 'no credentials were found; set ARTIFACTSTORE_S3_ACCESS_KEY_ID and ARTIFACTSTORE_S3_SECRET_ACCESS_KEY, or a role',
    RequestTimeTooSkewed: "this machine's clock is wrong; set it",
    ENOTFOUND: 'the host is not known; correct ARTIFACTSTORE_S3_ENDPOINT_URL',
};
/** The SDK's words for a region that nothing gives. */
const NO_REGION = /Region is missing/i;
/** What comes of HTTPS spoken to an HTTP port, and the other way round. */
const OTHER_SCHEME = /EPROTO|wrong version number|HPE_INVALID|packet length too long|Parse Error/i;
/** Turns an error of the SDK into one that names bucket, variable and remedy; others pass through. */
function explainS3Error(error, action, { bucket, endpointUrl }) {
    if (error instanceof errors/* ArchiveError */.di || typeof error !== 'object' || error === null)
        return error;
    const { name, message } = error;
    const code = (0,errors/* systemErrorCode */.vq)(error) ?? name;
    const where = endpointUrl === undefined ? `the bucket "${bucket}"` : `the bucket "${bucket}" at ${plainUrl(endpointUrl)}`;
    const made = (kind, remedy) => new errors/* ArchiveError */.di(kind, `Could not ${action} in ${where}: ${remedy}.`, error);
    const status = statusOf(error);
    const wrong = WRONG_SETTINGS[code] ?? WRONG_SETTINGS[name] ?? (status === 403 ? WRONG_SETTINGS['Forbidden'] : undefined);
    if (wrong !== undefined)
        return made('CONFIG_INVALID', wrong);
    if (NO_REGION.test(message))
        return made('CONFIG_INVALID', 'no region is given; set ARTIFACTSTORE_S3_REGION');
    if (OTHER_SCHEME.test(`${code} ${message}`)) {
        return made('CONFIG_INVALID', 'it answers in another protocol; use the other of http and https in ARTIFACTSTORE_S3_ENDPOINT_URL');
    }
    if (status !== undefined && status < 500 && status !== 429) {
        return made('CONFIG_INVALID', `the server refuses the request (${name}); check ARTIFACTSTORE_S3_REGION and ARTIFACTSTORE_S3_ENDPOINT_URL`);
    }
    return made('STORE_UNAVAILABLE', `the server cannot be reached or fails (${code}); try again`);
}
function statusOf(error) {
    return error.$metadata?.httpStatusCode;
}
function plainUrl(url) {
    const parsed = new URL(url);
    parsed.username = '';
    parsed.password = '';
    return parsed.href;
}

;// CONCATENATED MODULE: ./build/action/artifact-store/storage/s3.js










/** What does not end below this many bytes is uploaded in parts; a pack, of 16 MiB and a little more, does. */
const MULTIPART_BYTES = 24 * 1024 * 1024;
/** S3 takes 10,000 parts, so this also bounds one object: 156 GiB. */
const PART_BYTES = 16 * 1024 * 1024;
/** Parts in flight for one upload; with the size of a part this bounds memory. */
const PARTS_AT_ONCE = 3;
/** Tries of one request, the first included, with the pauses and jitter of the SDK's standard mode. */
const MAX_ATTEMPTS = 6;
const CONNECT_TIMEOUT_MS = 5000;
/** Silence on a connection, not the length of a request. */
const IDLE_TIMEOUT_MS = 30_000;
const MAX_CONNECTIONS = 16;
/** Pauses before a body that broke off is asked for again. */
const BODY_RETRY_PAUSES_MS = [100, 400, 1600];
/** What S3-compatible servers take for granted when no region is given. */
const DEFAULT_REGION = 'us-east-1';
/**
 * Objects in a bucket of AWS S3 or anything that speaks its API. Every upload carries the MD5 of its bytes, so a server
 * stores what was sent or nothing.
 */
class S3Storage {
    backendId = 's3';
    requests = { put: 0, get: 0, head: 0, list: 0, delete: 0 };
    #client;
    #settings;
    constructor(settings) {
        this.#settings = settings;
        this.#client = new dist_cjs.S3Client({
            region: settings.region ?? (settings.endpointUrl === undefined ? undefined : DEFAULT_REGION),
            ...(settings.endpointUrl !== undefined && { endpoint: settings.endpointUrl }),
            ...(settings.credentials && { credentials: credentialsOf(settings.credentials) }),
            forcePathStyle: settings.forcePathStyle,
            maxAttempts: MAX_ATTEMPTS,
            // The newer checksums and their trailers are not understood by many S3-compatible servers.
            requestChecksumCalculation: 'WHEN_REQUIRED',
            responseChecksumValidation: 'WHEN_REQUIRED',
            requestHandler: new node_http_handler_dist_cjs.NodeHttpHandler({
                connectionTimeout: CONNECT_TIMEOUT_MS,
                socketTimeout: IDLE_TIMEOUT_MS,
                httpsAgent: { maxSockets: MAX_CONNECTIONS, keepAlive: true },
                httpAgent: { maxSockets: MAX_CONNECTIONS, keepAlive: true },
            }),
        });
        this.#countRequests();
        this.#sendMd5();
    }
    async put(key, pieces) {
        // A server that knows no conditional writes ignores the header, so the object is looked for as well.
        if (await this.head(key))
            return 0;
        const source = new Source(pieces);
        try {
            const start = await source.take(MULTIPART_BYTES);
            if (source.ended) {
                await this.#client.send(new dist_cjs.PutObjectCommand({ ...this.#newObject(key), Body: start }));
                return start.byteLength;
            }
            const upload = new lib_storage_dist_cjs/* Upload */._({
                client: this.#client,
                params: { ...this.#newObject(key), Body: external_node_stream_.Readable.from(partsOf(start, source), { objectMode: false }) },
                partSize: PART_BYTES,
                queueSize: PARTS_AT_ONCE,
                leavePartsOnError: false,
            });
            await upload.done();
            return source.bytes;
        }
        catch (error) {
            if (source.failed)
                throw source.failure;
            if (isExisting(error))
                return 0;
            throw this.#explain(error, `write "${key}"`);
        }
    }
    async get(key, range) {
        if (range?.length === 0)
            return new Uint8Array();
        const input = {
            ...this.#object(key),
            ...(range && { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` }),
        };
        for (const pause of [...BODY_RETRY_PAUSES_MS, undefined]) {
            try {
                const { Body, ContentLength } = await this.#client.send(new dist_cjs.GetObjectCommand(input));
                const bytes = await Body.transformToByteArray();
                if (bytes.byteLength === (range?.length ?? ContentLength ?? bytes.byteLength))
                    return bytes;
                if (range && ContentLength === bytes.byteLength)
                    throw tooShort(key);
            }
            catch (error) {
                if (error instanceof errors/* ArchiveError */.di)
                    throw error;
                if (error instanceof dist_cjs.S3ServiceException && error.name === 'NoSuchKey')
                    throw missing(key, error);
                const status = error instanceof dist_cjs.S3ServiceException ? error.$metadata.httpStatusCode : undefined;
                if (status === 416)
                    throw tooShort(key, error);
                // The SDK has tried again what failed before the body began.
                if (status !== undefined || pause === undefined)
                    throw this.#explain(error, `read "${key}"`);
            }
            if (pause !== undefined)
                await (0,promises_.setTimeout)(pause * (0.5 + Math.random()));
        }
        throw new errors/* ArchiveError */.di('STORE_UNAVAILABLE', `Could not read "${key}" in the bucket "${this.#settings.bucket}": it breaks off every time; check the network.`);
    }
    async head(key) {
        const object = this.#object(key);
        try {
            const { ContentLength, LastModified } = await this.#client.send(new dist_cjs.HeadObjectCommand(object));
            return { key, size: ContentLength ?? 0, modifiedAt: LastModified ?? new Date(0) };
        }
        catch (error) {
            // Without a body, a missing bucket looks the same; whatever comes next tells.
            if (error instanceof dist_cjs.S3ServiceException && error.$metadata.httpStatusCode === 404)
                return undefined;
            throw this.#explain(await this.#withReason(error), `look up "${key}"`);
        }
    }
    /** The answer to HEAD has no body to say what is wrong; that to another request has. */
    async #withReason(error) {
        if (!(error instanceof dist_cjs.S3ServiceException))
            return error;
        const list = new dist_cjs.ListObjectsV2Command({ Bucket: this.#settings.bucket, Prefix: this.#fullKey(''), MaxKeys: 1 });
        return this.#client.send(list).then(() => error, (reason) => reason);
    }
    async delete(key) {
        const object = this.#object(key);
        try {
            await this.#client.send(new dist_cjs.DeleteObjectCommand(object));
        }
        catch (error) {
            throw this.#explain(error, `delete "${key}"`);
        }
    }
    async *list(prefix) {
        let token;
        do {
            const input = { Bucket: this.#settings.bucket, Prefix: this.#fullKey(prefix), ContinuationToken: token };
            const page = await this.#client.send(new dist_cjs.ListObjectsV2Command(input)).catch((error) => {
                throw this.#explain(error, `list "${prefix}"`);
            });
            for (const { Key, Size, LastModified } of page.Contents ?? []) {
                const key = Key.slice(this.#fullKey('').length);
                if ((0,keys/* isKey */.m)(key))
                    yield { key, size: Size ?? 0, modifiedAt: LastModified ?? new Date(0) };
            }
            token = page.NextContinuationToken;
        } while (token !== undefined);
    }
    async removeUnfinished(before) {
        const Bucket = this.#settings.bucket;
        try {
            for await (const { Uploads = [] } of this.#multipartUploads()) {
                for (const { Key, UploadId, Initiated } of Uploads) {
                    if (Initiated === undefined || Initiated >= before)
                        continue;
                    await this.#client.send(new dist_cjs.AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
                }
            }
        }
        catch (error) {
            // One that is gone was finished meanwhile; some servers say the same when there is none.
            if (error.name !== 'NoSuchUpload')
                throw this.#explain(error, 'remove unfinished uploads');
        }
    }
    async *#multipartUploads() {
        const asked = { Bucket: this.#settings.bucket, Prefix: this.#fullKey('') };
        let page;
        do {
            const from = page && { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
            page = await this.#client.send(new dist_cjs.ListMultipartUploadsCommand({ ...asked, ...from }));
            yield page;
        } while (page.IsTruncated);
    }
    async health() {
        const probe = `health/${(0,external_node_crypto_.randomUUID)()}`;
        await this.put(probe, [Buffer.from('ok')]);
        await this.delete(probe);
    }
    async refusesOverwrite(key) {
        try {
            await this.#client.send(new dist_cjs.PutObjectCommand({ ...this.#newObject(key), Body: Buffer.from('other') }));
            return false;
        }
        catch (error) {
            if (isExisting(error))
                return true;
            throw this.#explain(error, `write "${key}"`);
        }
    }
    close() {
        this.#client.destroy();
    }
    #fullKey(key) {
        return this.#settings.keyPrefix === '' ? key : `${this.#settings.keyPrefix.replace(/\/$/, '')}/${key}`;
    }
    #object(key) {
        return { Bucket: this.#settings.bucket, Key: this.#fullKey((0,keys/* requireKey */.X)(key)) };
    }
    #newObject(key) {
        const { storageClass, serverSideEncryption } = this.#settings;
        return {
            ...this.#object(key),
            IfNoneMatch: '*',
            ...(storageClass !== undefined && { StorageClass: storageClass }),
            ...(serverSideEncryption !== undefined && {
                ServerSideEncryption: serverSideEncryption,
            }),
        };
    }
    #explain(error, action) {
        return explainS3Error(error, action, this.#settings);
    }
    #countRequests() {
        this.#client.middlewareStack.add((next, context) => (args) => {
            this.requests[kindOf(context.commandName ?? '')]++;
            return next(args);
        }, { step: 'finalizeRequest', priority: 'low', name: 'countRequests' });
    }
    #sendMd5() {
        this.#client.middlewareStack.add((next) => (args) => {
            const { request } = args;
            if (request.body instanceof Uint8Array) {
                request.headers['content-md5'] = (0,external_node_crypto_.createHash)('md5').update(request.body).digest('base64');
            }
            return next(args);
        }, { step: 'build', name: 'sendMd5' });
    }
}
/** Commands as the bill counts them. */
function kindOf(command) {
    if (command.startsWith('Get'))
        return 'get';
    if (command.startsWith('Head'))
        return 'head';
    if (command.startsWith('List'))
        return 'list';
    return /^(Delete|Abort)/.test(command) ? 'delete' : 'put';
}
/** Pieces, counted, and kept apart from what happens to them: an error of theirs is not the server's. */
class Source {
    #pieces;
    #stay;
    bytes = 0;
    ended = false;
    failed = false;
    failure;
    constructor(pieces) {
        this.#stay = Array.isArray(pieces);
        this.#pieces = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
    }
    /** The next piece; copied, unless it stays, since its memory is the source's again when the one after is asked for. */
    async next() {
        try {
            const { done, value } = await this.#pieces.next();
            this.ended = done === true;
            if (this.ended)
                return undefined;
            this.bytes += value.byteLength;
            return this.#stay ? (0,as_buffer/* asBuffer */.b)(value) : Buffer.from(value);
        }
        catch (error) {
            this.failed = true;
            this.failure = error;
            throw error;
        }
    }
    /** All that comes, up to the piece that reaches so many bytes. */
    async take(bytes) {
        const taken = [];
        while (this.bytes < bytes) {
            const piece = await this.next();
            if (piece === undefined)
                break;
            taken.push(piece);
        }
        return taken.length === 1 ? taken[0] : Buffer.concat(taken);
    }
}
async function* partsOf(start, source) {
    yield start;
    for (let piece = await source.next(); piece !== undefined; piece = await source.next())
        yield piece;
}
function credentialsOf({ sessionToken, ...keys }) {
    return sessionToken === undefined ? keys : { ...keys, sessionToken };
}
/** Somebody else has stored it, or an earlier try of the same request whose answer got lost. */
function isExisting(error) {
    return error instanceof dist_cjs.S3ServiceException && error.$metadata.httpStatusCode === 412;
}
function missing(key, cause) {
    return new errors/* ArchiveError */.di('INTEGRITY', `The stored object "${key}" is missing; the store is damaged.`, cause);
}
function tooShort(key, cause) {
    return new errors/* ArchiveError */.di('INTEGRITY', `The stored object "${key}" is too short; it is damaged.`, cause);
}


/***/ })

};
