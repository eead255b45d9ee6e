export const id = 635;
export const ids = [635];
export const modules = {

/***/ 12635:
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
// EXTERNAL MODULE: ./build/action/artifact-store/encoding/as-buffer.js
var as_buffer = __webpack_require__(50835);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/digest.js
var identity_digest = __webpack_require__(81713);
// EXTERNAL MODULE: ./build/action/artifact-store/identity/hasher.js
var hasher = __webpack_require__(25014);
// EXTERNAL MODULE: ./build/action/artifact-store/storage/backend.js
var backend = __webpack_require__(80404);
// EXTERNAL MODULE: ./build/action/artifact-store/storage/get-if-any.js
var get_if_any = __webpack_require__(83233);
// EXTERNAL MODULE: ./build/action/artifact-store/storage/keys.js
var keys = __webpack_require__(3262);
// EXTERNAL MODULE: ./build/action/artifact-store/storage/object-faults.js
var object_faults = __webpack_require__(97275);
// EXTERNAL MODULE: ./node_modules/@smithy/node-http-handler/dist-cjs/index.js
var node_http_handler_dist_cjs = __webpack_require__(61279);
;// CONCATENATED MODULE: ./build/action/artifact-store/storage/s3-errors.js

/** Permission to do what the store does, as the end of a sentence. */
function denied({ keyPrefix, serverSideEncryption }) {
    const below = keyPrefix === '' ? 'in the bucket' : `below "${keyPrefix}" (ARTIFACTSTORE_S3_KEY_PREFIX)`;
    const kms = serverSideEncryption?.startsWith('aws:kms') ? ', and to use the key of ARTIFACTSTORE_S3_SSE' : '';
    return `permission is denied; allow the access key to get, put, list and delete ${below}${kms}`;
}
function unknownAccessKey({ credentials }) {
    // AWS: keys of sessions begin with ASIA.
    return credentials?.accessKeyId.startsWith('ASIA') && credentials.sessionToken === undefined
        ? 'the access key belongs to a session; set its ARTIFACTSTORE_S3_SESSION_TOKEN'
        : 'the access key is not known; correct ARTIFACTSTORE_S3_ACCESS_KEY_ID';
}
function expired({ credentials }) {
    return credentials === undefined
        ? 'the session of the AWS credential chain has expired; renew it'
        : 'the session has expired; renew ARTIFACTSTORE_S3_SESSION_TOKEN and the two keys that go with it';
}
const wrongToken = 'the session token does not go with the access key; correct or unset ARTIFACTSTORE_S3_SESSION_TOKEN';
const wrongRegion = 'the bucket is in another region; correct ARTIFACTSTORE_S3_REGION';
const wrongHost = 'the host is not known; correct ARTIFACTSTORE_S3_ENDPOINT_URL';
const wrongPrefix = 'the server does not take the key; shorten or correct ARTIFACTSTORE_S3_KEY_PREFIX';
const wrongEncryption = 'the server refuses the encryption; correct or unset ARTIFACTSTORE_S3_SSE';
/** Without path style, the bucket's name becomes part of the host's. */
function orPathStyle(remedy) {
    return ({ endpointUrl, forcePathStyle }) => endpointUrl === undefined || forcePathStyle ? remedy : `${remedy}, or set ARTIFACTSTORE_S3_FORCE_PATH_STYLE=true`;
}
/** Errors by which a server says that it is set up otherwise than we think, and the variable to look at. */
const WRONG_SETTINGS = {
    NoSuchBucket: orPathStyle('there is no such bucket; create it or correct ARTIFACTSTORE_S3_BUCKET'),
    InvalidBucketName: orPathStyle('that is no name of a bucket; correct ARTIFACTSTORE_S3_BUCKET'),
    InvalidAccessKeyId: unknownAccessKey,
    // versitygw's name for it.
    XAdminUserNotFound: unknownAccessKey,
    SignatureDoesNotMatch: 'the secret key is wrong; correct ARTIFACTSTORE_S3_SECRET_ACCESS_KEY',
    ExpiredToken: expired,
    ExpiredTokenException: expired,
    TokenRefreshRequired: expired,
    InvalidToken: wrongToken,
    // MinIO's name for it.
    InvalidTokenId: wrongToken,
    AccessDenied: denied,
    Forbidden: denied,
    AllAccessDisabled: denied,
    PermanentRedirect: wrongRegion,
    AuthorizationHeaderMalformed: wrongRegion,
    IllegalLocationConstraintException: wrongRegion,
    InvalidStorageClass: 'the server does not know the storage class; correct ARTIFACTSTORE_S3_STORAGE_CLASS',
    InvalidEncryptionAlgorithmError: wrongEncryption,
    KeyTooLongError: wrongPrefix,
    InvalidObjectName: wrongPrefix,
    // MinIO's names for it.
    XMinioInvalidObjectName: wrongPrefix,
    XMinioInvalidResourceName: wrongPrefix,
    CredentialsProviderError: 'no credentials were found; set ARTIFACTSTORE_S3_ACCESS_KEY_ID and ARTIFACTSTORE_S3_SECRET_ACCESS_KEY, or a role',
    RequestTimeTooSkewed: "this machine's clock is wrong; set it",
    ENOTFOUND: orPathStyle(wrongHost),
    ERR_TLS_CERT_ALTNAME_INVALID: orPathStyle("the server's certificate is for another host; correct ARTIFACTSTORE_S3_ENDPOINT_URL"),
};
/** Refusals that another try may not meet. */
const PASSING = {
    ConditionalRequestConflict: 'another writer is at the same object all the time; try again',
    OperationAborted: 'another writer is at the same object all the time; try again',
    PreconditionFailed: 'the object was there and has gone meanwhile; try again',
    NoSuchUpload: 'the upload was aborted meanwhile; try again',
};
/** The SDK's words for a region that nothing gives. */
const NO_REGION = /Region is missing/i;
/** What comes of HTTPS spoken to an HTTP port, and the other way round. */
const OTHER_SCHEME = /EPROTO|wrong version number|HPE_INVALID|packet length too long|Parse Error/i;
/** Names (`KMS.NotFoundException`) and words of servers about encryption. */
const ENCRYPTION = /\bKMS|\bSSE|encrypt/i;
/** Turns an error of the SDK into one that names bucket, variable and remedy; others pass through. */
function explainS3Error(error, action, settings) {
    if (error instanceof errors/* ArchiveError */.di || typeof error !== 'object' || error === null)
        return error;
    const { name, message } = error;
    const code = (0,errors/* systemErrorCode */.vq)(error) ?? name;
    const made = (kind, remedy) => new errors/* ArchiveError */.di(kind, `Could not ${action} in ${bucketOf(settings)}: ${remedy}.`, error);
    const status = statusOf(error);
    const isRefused = status !== undefined && (status < 500 || status === 501) && status !== 429;
    if (isRefused && settings.serverSideEncryption !== undefined && isAboutEncryption(error)) {
        return made('CONFIG_INVALID', wrongEncryption);
    }
    const wrong = WRONG_SETTINGS[code] ?? WRONG_SETTINGS[name] ?? (status === 403 ? denied : undefined);
    if (wrong !== undefined)
        return made('CONFIG_INVALID', typeof wrong === 'string' ? wrong : wrong(settings));
    const passing = PASSING[name];
    if (passing !== undefined)
        return made('STORE_UNAVAILABLE', passing);
    if (NO_REGION.test(message))
        return made('CONFIG_INVALID', 'no region is given; set ARTIFACTSTORE_S3_REGION');
    if (OTHER_SCHEME.test(`${code} ${message}`)) {
        return made('CONFIG_INVALID', 'the endpoint does not speak the scheme in ARTIFACTSTORE_S3_ENDPOINT_URL; switch between http and https');
    }
    if (isRefused)
        return made('CONFIG_INVALID', `the server refuses the request (${name}); check ${suspects(settings)}`);
    return made('STORE_UNAVAILABLE', `the server cannot be reached or fails (${code}); try again`);
}
/** The variables that may be behind a refusal without a name. */
function suspects({ endpointUrl, forcePathStyle, serverSideEncryption, storageClass }) {
    const names = ['ARTIFACTSTORE_S3_REGION', 'ARTIFACTSTORE_S3_ENDPOINT_URL'];
    if (endpointUrl !== undefined && !forcePathStyle)
        names.push('ARTIFACTSTORE_S3_FORCE_PATH_STYLE');
    if (storageClass !== undefined)
        names.push('ARTIFACTSTORE_S3_STORAGE_CLASS');
    if (serverSideEncryption !== undefined)
        names.push('ARTIFACTSTORE_S3_SSE');
    return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
/** The bucket as people know it. */
function bucketOf({ bucket, endpointUrl }) {
    return endpointUrl === undefined ? `the bucket "${bucket}"` : `the bucket "${bucket}" at ${plainUrl(endpointUrl)}`;
}
/** Another conditional write of the same key is under way. */
function isConflict(error) {
    return error instanceof Error && ['ConditionalRequestConflict', 'OperationAborted'].includes(error.name);
}
/** What was asked for is no part of this server; MinIO says so of encryption too, when it has no keys. */
function isNotImplemented(error) {
    if (!(error instanceof Error) || isAboutEncryption(error))
        return false;
    return error.name === 'NotImplemented' || statusOf(error) === 501;
}
function isAboutEncryption({ name, message }) {
    return ENCRYPTION.test(`${name} ${message}`);
}
/** The server lacks a request that the store can do without, or the access key may not send it. */
function isRefusedFeature(error) {
    if (isNotImplemented(error))
        return true;
    return (error instanceof Error && (['AccessDenied', 'MethodNotAllowed'].includes(error.name) || statusOf(error) === 405));
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

;// CONCATENATED MODULE: ./build/action/artifact-store/storage/s3-client.js




/** Tries of one request, the first included, with the pauses and jitter of the SDK's standard mode. */
const MAX_ATTEMPTS = 6;
const CONNECT_TIMEOUT_MS = 5000;
/** Silence on a connection, not the length of a request. */
const IDLE_TIMEOUT_MS = 30_000;
const MAX_CONNECTIONS = 16;
/** What S3-compatible servers take for granted when no region is given. */
const DEFAULT_REGION = 'us-east-1';
/** A client that counts every request it sends, and sends the MD5 of every body. */
/** @param onTime is told the server's time with every answer. */
function createClient(settings, requests, onTime) {
    const { endpointUrl, region, credentials, forcePathStyle } = settings;
    const client = new dist_cjs.S3Client({
        region: region ?? (endpointUrl === undefined ? undefined : DEFAULT_REGION),
        ...(endpointUrl !== undefined && { endpoint: endpointUrl }),
        ...(credentials && { credentials: credentialsOf(credentials) }),
        forcePathStyle,
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
    client.middlewareStack.use(countingRequests(requests));
    client.middlewareStack.use(readingClock(onTime));
    client.middlewareStack.use(retryingConflicts());
    client.middlewareStack.use(sendingMd5());
    client.middlewareStack.use(droppingConditions());
    return client;
}
/** Set in the context of a command that means nothing without its condition. */
const NEEDS_CONDITION = 'needsCondition';
const IF_NONE_MATCH = 'if-none-match';
function credentialsOf({ sessionToken, ...keys }) {
    return sessionToken === undefined ? keys : { ...keys, sessionToken };
}
function countingRequests(requests) {
    return {
        applyToStack: (stack) => stack.add((next, context) => (args) => {
            requests[kindOf(context.commandName ?? '')]++;
            return next(args);
        }, { step: 'finalizeRequest', priority: 'low', name: 'countingRequests' }),
    };
}
/** Every answer says when it was given (RFC 9110 §6.6.1), to the second. */
function readingClock(onTime) {
    return {
        applyToStack: (stack) => stack.add((next) => async (args) => {
            const result = await next(args);
            const { date } = result.response.headers;
            if (date !== undefined)
                onTime(new Date(date));
            return result;
        }, { step: 'deserialize', priority: 'low', name: 'readingClock' }),
    };
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
/** AWS answers 409 while another conditional write of the key is under way, and asks for a retry; the SDK does not. */
function retryingConflicts() {
    return {
        applyToStack: (stack) => stack.add((next) => async (args) => {
            try {
                return await next(args);
            }
            catch (error) {
                if (isConflict(error))
                    Object.assign(error, { $retryable: { throttling: false } });
                throw error;
            }
        }, { step: 'finalizeRequest', priority: 'low', name: 'retryingConflicts' }),
    };
}
function sendingMd5() {
    return {
        applyToStack: (stack) => stack.add((next) => (args) => {
            const { body, headers } = args.request;
            if (body instanceof Uint8Array)
                headers['content-md5'] = (0,external_node_crypto_.createHash)('md5').update(body).digest('base64');
            return next(args);
        }, { step: 'build', name: 'sendingMd5' }),
    };
}
/**
 * Repeats a write without its condition where the server does not implement conditions (Backblaze B2). Keys are random or
 * name their content, and were looked for before.
 */
function droppingConditions() {
    let isSupported = true;
    return {
        applyToStack: (stack) => stack.add((next, context) => async (args) => {
            const { headers } = args.request;
            if (!(IF_NONE_MATCH in headers) || context[NEEDS_CONDITION] === true)
                return next(args);
            if (!isSupported) {
                delete headers[IF_NONE_MATCH];
                return next(args);
            }
            try {
                return await next(args);
            }
            catch (error) {
                if (!isNotImplemented(error))
                    throw error;
                delete headers[IF_NONE_MATCH];
                const answer = await next(args);
                isSupported = false;
                return answer;
            }
        }, { step: 'build', name: 'droppingConditions' }),
    };
}

;// CONCATENATED MODULE: ./build/action/artifact-store/storage/s3-source.js


/** The pieces of an object, counted and hashed, with their errors kept apart from those of the server. */
class Source {
    #pieces;
    #signal;
    #stay;
    #hash = hasher/* blake3 */.LG.createHash();
    bytes = 0;
    ended = false;
    failed = false;
    failure;
    constructor(pieces, signal) {
        this.#signal = signal;
        this.#stay = Array.isArray(pieces);
        this.#pieces = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
    }
    /** All pieces up to the one that reaches this many bytes. */
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
    /** What was taken, then the rest. */
    async *startingWith(taken) {
        yield taken;
        for (let piece = await this.next(); piece !== undefined; piece = await this.next())
            yield piece;
    }
    /** The next piece; copied, unless it stays, because its source reuses the memory for the one after. */
    async next() {
        const piece = await this.#nextPiece();
        return piece && (this.#stay ? (0,as_buffer/* asBuffer */.b)(piece) : Buffer.from(piece));
    }
    /** Reads to the end. Call once. */
    async summarize() {
        while (!this.ended)
            await this.#nextPiece();
        return { bytes: this.bytes, digest: this.#hash.digest() };
    }
    async #nextPiece() {
        this.#signal?.throwIfAborted();
        try {
            const { done, value } = await this.#pieces.next();
            this.ended = done === true;
            if (this.ended)
                return undefined;
            this.bytes += value.byteLength;
            this.#hash.update(value);
            return value;
        }
        catch (error) {
            this.failed = true;
            this.failure = error;
            throw error;
        }
    }
}

// EXTERNAL MODULE: ./build/action/artifact-store/storage/storage-clock.js
var storage_clock = __webpack_require__(24994);
;// CONCATENATED MODULE: ./build/action/artifact-store/storage/s3.js

















/** What does not end below this many bytes is uploaded in parts; a pack, of 16 MiB and a little more, does. */
const MULTIPART_BYTES = 24 * 1024 * 1024;
/** S3 takes 10,000 parts, so this also bounds one object: 156 GiB. */
const PART_BYTES = 16 * 1024 * 1024;
/** Parts in flight for one upload; with the size of a part this bounds memory. */
const PARTS_AT_ONCE = 3;
const MAX_LIST_TRIES = 3;
/** Pauses before a body that broke off, or an object that should be there, is asked for again. */
const READ_RETRY_PAUSES_MS = [100, 400, 1600];
/**
 * Objects in a bucket of AWS S3 or anything that speaks its API. Every upload carries the MD5 of its bytes, so a server
 * stores what was sent or nothing.
 */
class S3Storage {
    backendId = 's3';
    requests = { put: 0, get: 0, head: 0, list: 0, delete: 0 };
    #settings;
    #client;
    #createsAtomically = false;
    #clockSkewMs;
    /** A deletion was answered as on a versioned bucket. */
    #hidAnObject = false;
    constructor(settings) {
        this.#settings = settings;
        this.#client = createClient(settings, this.requests, (time) => {
            this.#clockSkewMs = (0,storage_clock/* skewOf */.M)(time.getTime(), Date.now());
        });
    }
    get clockSkewMs() {
        return this.#clockSkewMs;
    }
    relyOnCreate() {
        this.#createsAtomically = true;
    }
    async put(key, pieces, signal) {
        signal?.throwIfAborted();
        const source = new Source(pieces, signal);
        // A server that knows no conditional writes ignores the header, so the object is looked for as well.
        const existing = this.#createsAtomically ? undefined : await this.head(key);
        if (existing)
            return this.#requireSame(existing, await source.summarize(), signal);
        try {
            const start = await source.take(MULTIPART_BYTES);
            await (source.ended
                ? this.#putWhole(key, start, signal)
                : this.#putParts(key, source.startingWith(start), signal));
        }
        catch (error) {
            signal?.throwIfAborted();
            if (source.failed)
                throw source.failure;
            const written = mayBeStored(error) ? await this.head(key) : undefined;
            if (!written)
                throw this.#explainPut(error, key);
            await this.#requireSame(written, await source.summarize(), signal);
        }
    }
    /** A refusal after a try whose answer was lost is none: that try may have stored the object. */
    #explainPut(error, key) {
        const explained = this.#explain(error, `write "${key}"`);
        const isLost = (0,errors/* isArchiveError */.J)(explained, 'CONFIG_INVALID') && attemptsOf(error) > 1;
        return isLost ? new errors/* ArchiveError */.di('STORE_UNAVAILABLE', explained.message, error) : explained;
    }
    async #putWhole(key, bytes, signal) {
        await this.#client.send(new dist_cjs.PutObjectCommand({ ...this.#newObject(key), Body: bytes }), abortedBy(signal));
    }
    async #putParts(key, pieces, signal) {
        const upload = new lib_storage_dist_cjs/* Upload */._({
            client: stoppable(this.#client, signal),
            params: { ...this.#newObject(key), Body: external_node_stream_.Readable.from(pieces, { objectMode: false }) },
            partSize: PART_BYTES,
            queueSize: PARTS_AT_ONCE,
            leavePartsOnError: false,
        });
        await upload.done();
    }
    /** @throws ArchiveError `INTEGRITY` when the object has other bytes. */
    async #requireSame({ key, size }, { bytes, digest }, signal) {
        if (size !== bytes)
            throw (0,object_faults/* otherBytes */.IF)(key);
        const hash = hasher/* blake3 */.LG.createHash();
        for (let offset = 0; offset < size; offset += PART_BYTES) {
            hash.update(await this.get(key, { offset, length: Math.min(PART_BYTES, size - offset) }, signal));
        }
        if (!(0,identity_digest/* sameBytes */.er)(hash.digest(), digest))
            throw (0,object_faults/* otherBytes */.IF)(key);
    }
    async create(key, bytes) {
        for (const pause of [...READ_RETRY_PAUSES_MS, undefined]) {
            if (await this.#isCreated(key, bytes))
                return 'created';
            const there = await (0,get_if_any/* getIfAny */.E)(this, key);
            if (there)
                return (0,as_buffer/* asBuffer */.b)(there).equals(bytes) ? 'created' : 'exists';
            // Some servers refuse before what another writer stores can be read, and that writer may yet be cut off.
            if (pause !== undefined)
                await (0,promises_.setTimeout)(pause * (0.5 + Math.random()));
        }
        const sentence = `The server of ${bucketOf(this.#settings)} refuses to create "${key}" since it exists, and does not give it; try again.`;
        throw new errors/* ArchiveError */.di('STORE_UNAVAILABLE', sentence);
    }
    /** @returns false when the server says that the object exists. */
    async #isCreated(key, bytes) {
        const command = new dist_cjs.PutObjectCommand({ ...this.#newObject(key), Body: (0,as_buffer/* asBuffer */.b)(bytes) });
        command.middlewareStack.add((next, context) => (args) => {
            context[NEEDS_CONDITION] = true;
            return next(args);
        }, { step: 'initialize', name: NEEDS_CONDITION });
        try {
            await this.#client.send(command);
            return true;
        }
        catch (error) {
            if (isNotImplemented(error)) {
                const sentence = `The server of ${bucketOf(this.#settings)} has no conditional writes`;
                throw new backend/* CreateUnsupported */.W(`${sentence}; use another one, or a database.`, error);
            }
            if (isExisting(error))
                return false;
            throw this.#explain(error, `create "${key}"`);
        }
    }
    async get(key, range, signal) {
        signal?.throwIfAborted();
        if (range?.length === 0)
            return new Uint8Array();
        const input = {
            ...this.#object(key),
            ...(range && { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` }),
        };
        for (const pause of [...READ_RETRY_PAUSES_MS, undefined]) {
            try {
                const { Body, ContentLength } = await this.#client.send(new dist_cjs.GetObjectCommand(input), abortedBy(signal));
                if (range === undefined)
                    (0,object_faults/* requireSize */.lY)(key, ContentLength ?? 0);
                const bytes = await Body.transformToByteArray();
                if (bytes.byteLength === (range?.length ?? ContentLength ?? bytes.byteLength))
                    return bytes;
                if (range && ContentLength === bytes.byteLength)
                    throw (0,object_faults/* tooShort */.r3)(key);
            }
            catch (error) {
                signal?.throwIfAborted();
                if (error instanceof errors/* ArchiveError */.di)
                    throw error;
                if (error instanceof dist_cjs.S3ServiceException && error.name === 'NoSuchKey')
                    throw (0,object_faults/* missing */.LO)(key, error);
                const status = error instanceof dist_cjs.S3ServiceException ? error.$metadata.httpStatusCode : undefined;
                if (status === 416)
                    throw (0,object_faults/* tooShort */.r3)(key, error);
                // The SDK has tried again what failed before the body began.
                if (status !== undefined || pause === undefined)
                    throw this.#explain(error, `read "${key}"`);
            }
            if (pause === undefined)
                continue;
            await (0,promises_.setTimeout)(pause * (0.5 + Math.random()), undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
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
            const { DeleteMarker } = await this.#client.send(new dist_cjs.DeleteObjectCommand(object));
            this.#hidAnObject ||= DeleteMarker === true;
        }
        catch (error) {
            throw this.#explain(error, `delete "${key}"`);
        }
    }
    async *list(prefix, after) {
        const StartAfter = after === undefined ? undefined : this.#fullKey(after);
        let token;
        do {
            const Prefix = this.#fullKey(prefix);
            const input = { Bucket: this.#settings.bucket, Prefix, StartAfter, ContinuationToken: token };
            const page = await this.#listPage(input).catch((error) => {
                throw this.#explain(error, `list "${prefix}"`);
            });
            for (const { Key, Size, LastModified } of page.Contents ?? []) {
                const key = Key.slice(this.#fullKey('').length);
                // Servers there are that do not know StartAfter.
                const isAfter = after === undefined || key > after;
                if ((0,keys/* isKey */.m)(key) && isAfter)
                    yield { key, size: Size ?? 0, modifiedAt: LastModified ?? new Date(0) };
            }
            token = page.NextContinuationToken;
        } while (token !== undefined);
    }
    /** An answer that was damaged on its way cannot be read; the SDK does not ask again. */
    async #listPage(input) {
        for (let tries = 1;; tries++) {
            try {
                return await this.#client.send(new dist_cjs.ListObjectsV2Command(input));
            }
            catch (error) {
                const isUnreadable = !(error instanceof dist_cjs.S3ServiceException) && (0,errors/* systemErrorCode */.vq)(error) === undefined;
                if (!isUnreadable || tries === MAX_LIST_TRIES)
                    throw error;
            }
        }
    }
    async removeUnfinished(before) {
        const Bucket = this.#settings.bucket;
        try {
            for await (const { Uploads = [] } of this.#multipartUploads()) {
                for (const { Key, UploadId, Initiated } of Uploads) {
                    const isOurs = Key?.startsWith(this.#fullKey('')) === true;
                    if (!isOurs || Initiated === undefined || Initiated >= before)
                        continue;
                    await this.#client.send(new dist_cjs.AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
                }
            }
        }
        catch (error) {
            // One that is gone was finished meanwhile; some servers say the same when there is none.
            if (isUploadGone(error))
                return undefined;
            if (!isRefusedFeature(error))
                throw this.#explain(error, 'remove unfinished uploads');
            const sentence = `The unfinished uploads in ${bucketOf(this.#settings)} cannot be listed or aborted (${error.name})`;
            return `${sentence}; let a lifecycle rule of the bucket remove them (AbortIncompleteMultipartUpload).`;
        }
        return undefined;
    }
    async keepsVersions() {
        try {
            const { Status } = await this.#client.send(new dist_cjs.GetBucketVersioningCommand({ Bucket: this.#settings.bucket }));
            // With versioning suspended, the versions from before stay as well.
            return Status !== undefined;
        }
        catch (error) {
            if (!(error instanceof dist_cjs.S3ServiceException))
                throw this.#explain(error, 'look up the versioning');
            // Many servers lack the request, or do not allow it.
            return this.#hidAnObject;
        }
    }
    async *#multipartUploads() {
        // Without a prefix: MinIO takes one for a whole key.
        const asked = { Bucket: this.#settings.bucket };
        let page;
        do {
            const from = page && { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
            page = await this.#client.send(new dist_cjs.ListMultipartUploadsCommand({ ...asked, ...from }));
            yield page;
        } while (page.IsTruncated);
    }
    async health() {
        const probe = `health-${(0,external_node_crypto_.randomUUID)()}`;
        await this.put(probe, [Buffer.from('ok')]);
        await this.delete(probe);
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
}
function abortedBy(signal) {
    return signal ? { abortSignal: signal } : {};
}
/** A client for one upload in parts. What begins the upload and what takes it back run to their end. */
function stoppable(client, signal) {
    if (signal === undefined)
        return client;
    const send = (command) => client.send(command, command instanceof dist_cjs.UploadPartCommand ? { abortSignal: signal } : {});
    return Object.create(client, { send: { value: send } });
}
function attemptsOf(error) {
    return (error instanceof dist_cjs.S3ServiceException ? error.$metadata.attempts : undefined) ?? 1;
}
/** Somebody else has stored the object, or an earlier try of the same request whose answer was lost. */
function isExisting(error) {
    return error instanceof dist_cjs.S3ServiceException && error.$metadata.httpStatusCode === 412;
}
/** What the retry of a write is answered when an earlier try did store the object. */
function mayBeStored(error) {
    return isExisting(error) || isUploadGone(error) || isConflict(error);
}
/** The upload was completed by an earlier try whose answer was lost, or it was aborted. */
function isUploadGone(error) {
    return error instanceof dist_cjs.S3ServiceException && error.name === 'NoSuchUpload';
}


/***/ }),

/***/ 24994:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   M: () => (/* binding */ skewOf),
/* harmony export */   n: () => (/* binding */ clockSkew)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(77598);

/** Times are whole seconds at many servers, and cut off. */
const TICK_MS = 1000;
/** What a time that storage told, just before `now`, says of its clock: by how many milliseconds it is ahead of this machine's. */
function skewOf(told, now) {
    if (told > now)
        return told - now;
    return told + 2 * TICK_MS < now ? told + TICK_MS - now : 0;
}
/** By how many milliseconds the storage's clock is ahead of this machine's; by that clock, objects are dated. */
async function clockSkew(storage) {
    if (storage.clockSkewMs !== undefined)
        return storage.clockSkewMs;
    // Without a folder, which would stay behind.
    const key = `health-${(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomUUID)()}`;
    try {
        await storage.put(key, [Buffer.from('clock')]);
        const found = await storage.head(key);
        return found === undefined ? 0 : skewOf(found.modifiedAt.getTime(), Date.now());
    }
    finally {
        await storage.delete(key);
    }
}


/***/ })

};
