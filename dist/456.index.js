export const id = 456;
export const ids = [456];
export const modules = {

/***/ 5112:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   c: () => (/* binding */ intercepted)
/* harmony export */ });
/** Runs the queries of a connection through a function, which may repeat them or explain their errors. */
function intercepted(connection, run) {
    const executeQuery = (query, options) => run(() => connection.executeQuery(query, options));
    return new Proxy(connection, {
        get(target, name) {
            if (name === 'executeQuery')
                return executeQuery;
            const value = Reflect.get(target, name);
            return typeof value === 'function' ? value.bind(target) : value;
        },
    });
}


/***/ }),

/***/ 34456:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  openPostgres: () => (/* binding */ openPostgres)
});

// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(58500);
// EXTERNAL MODULE: ./node_modules/kysely/dist/kysely.js + 74 modules
var dist_kysely = __webpack_require__(2735);
// EXTERNAL MODULE: ./node_modules/kysely/dist/dialect/postgres/postgres-adapter.js
var postgres_adapter = __webpack_require__(64677);
// EXTERNAL MODULE: ./node_modules/kysely/dist/dialect/postgres/postgres-query-compiler.js
var postgres_query_compiler = __webpack_require__(84850);
// EXTERNAL MODULE: ./node_modules/kysely/dist/dialect/postgres/postgres-introspector.js
var postgres_introspector = __webpack_require__(50026);
// EXTERNAL MODULE: ./node_modules/kysely/dist/raw-builder/sql.js + 1 modules
var sql = __webpack_require__(20189);
// EXTERNAL MODULE: ./node_modules/kysely/dist/dialect/postgres/postgres-driver.js + 1 modules
var postgres_driver = __webpack_require__(79342);
// EXTERNAL MODULE: ./node_modules/kysely/dist/query-compiler/compiled-query.js
var compiled_query = __webpack_require__(72215);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/database/aborted.js
var aborted = __webpack_require__(59897);
// EXTERNAL MODULE: ./build/action/artifact-store/database/connection.js
var database_connection = __webpack_require__(5112);
// EXTERNAL MODULE: ./build/action/artifact-store/database/postgres-url.js
var postgres_url = __webpack_require__(8743);
;// CONCATENATED MODULE: ./build/action/artifact-store/database/postgres-errors.js



/** Refused, reset, timed out; starting, stopping, full. */
const PASSING = [
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EAI_AGAIN',
    '08000',
    '08001',
    '08003',
    '08006',
    '53300',
    '57P01',
    '57P02',
    '57P03',
    '57P05',
];
/** Whether the same may go well in a moment. */
function isPassing(error) {
    return PASSING.includes((0,errors/* systemErrorCode */.vq)(error) ?? '') || isLostConnection(error);
}
/** `pg` has no code for these. The last is of a query on a connection that died when no query ran. */
function isLostConnection(error) {
    return /^(Connection terminated|timeout (exceeded|expired)|Query read timeout|Client .* is not queryable)/i.test(messageOf(error));
}
/** Whether the server has no usable TLS, or accepts the role only with or only without it. */
function refusesEncryption(error) {
    const code = (0,errors/* systemErrorCode */.vq)(error) ?? '';
    if (SQLSTATE.test(code))
        return code === '28000';
    return !isPassing(error) && !STRANGER.test(messageOf(error)) && /CERT|SSL|TLS/i.test(`${code} ${messageOf(error)}`);
}
/** The server has rolled the transaction back because of a concurrent one. */
function isAborted(error) {
    return ['40001', '40P01'].includes((0,errors/* systemErrorCode */.vq)(error) ?? '');
}
const config = (remedy) => ['CONFIG_INVALID', remedy];
const unavailable = (remedy) => ['STORE_UNAVAILABLE', remedy];
const READ_ONLY = unavailable('the server is read-only; name the primary, or with several hosts add target_session_attrs=read-write');
const TOO_SLOW = (setting) => unavailable(`the server gave up after its ${setting}; raise it for the role (alter role ... set ${setting} = ...)`);
/** By SQLSTATE, else by its class of two characters, and by code of Node.js. */
const MEANINGS = {
    '08': unavailable('the connection failed; try again'),
    '08004': unavailable('the server rejected the connection; check its limits and those of the pooler'),
    '08P01': config(`the server or a pooler before it refused what was sent; check the parameters in ${postgres_url/* URL_VARIABLE */.tF} and the configuration of the pooler`),
    '0A': config('the server cannot do what is needed; use PostgreSQL 14 or newer'),
    '22': config('the server refused a value'),
    '22021': config("the database's encoding cannot keep a text; use a database with encoding UTF8"),
    '22P05': config("the database's encoding cannot keep a text; use a database with encoding UTF8"),
    '23': ['STATE_CONFLICT', 'the change contradicts what is there; run "infospace-archive store check --deep"'],
    '25': unavailable('the transaction was in a state that does not allow it; try again'),
    '25006': READ_ONLY,
    '25P03': TOO_SLOW('idle_in_transaction_session_timeout'),
    '25P04': TOO_SLOW('transaction_timeout'),
    '26': config('a pooler mixed up prepared statements; use it in transaction or session mode'),
    '28': config(`the role may not log in so; correct user, database or sslmode in ${postgres_url/* URL_VARIABLE */.tF}, or the server's pg_hba.conf`),
    '28P01': config(`the password is wrong; correct ${postgres_url/* URL_VARIABLE */.tF}`),
    '3D': config(`there is no such database; create it or correct ${postgres_url/* URL_VARIABLE */.tF}`),
    '3F': config(`there is no such schema; create it, run "infospace-archive store init" or correct schema= in ${postgres_url/* URL_VARIABLE */.tF}`),
    '40': unavailable('the server took the transaction back; try again'),
    '42': config('the tables are not those of this version; run "infospace-archive store init", or name another schema'),
    '42501': config('the role lacks a permission; grant it usage on the schema and select, insert, update and delete on its tables (and for "store init" create)'),
    '42939': config(`the name of the schema is reserved; correct schema= in ${postgres_url/* URL_VARIABLE */.tF}`),
    '53': unavailable('the server lacks resources; give it more'),
    '53100': unavailable("the server's disk is full; free some space"),
    '53300': unavailable('it has too many connections; raise max_connections or run fewer jobs at once'),
    '54': unavailable('a limit of the server was exceeded; check its configuration'),
    '55': unavailable('something else uses what is needed; try again'),
    '55P03': TOO_SLOW('lock_timeout'),
    '57': unavailable('the server was stopped or stopped the query; try again'),
    '57014': TOO_SLOW('statement_timeout'),
    '58': unavailable("the server's disk or system fails; check its log"),
    F0: config("the server's configuration file has an error; check its log"),
    XX: unavailable('the server has an internal error; check its log'),
    XX001: unavailable('the database is damaged; restore it from a backup or run "infospace-archive store rebuild" into another one'),
    XX002: unavailable('an index of the database is damaged; have it made again (reindex)'),
    EACCES: config(`permission is denied to its socket; correct ${postgres_url/* URL_VARIABLE */.tF} or run as another user`),
    ENOENT: config(`its socket does not exist; start the server or correct the host in ${postgres_url/* URL_VARIABLE */.tF}`),
    ENOTFOUND: config(`the host is not known; correct ${postgres_url/* URL_VARIABLE */.tF}`),
};
/** pg's messages for another protocol, or an unknown authentication method. */
const STRANGER = /establishing an SSL connection|received invalid response|message type/;
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/;
/** Messages that tell more than their code. */
const SAYINGS = [
    [
        /unsupported startup parameter/,
        config(`a pooler does not pass a session's settings on; remove "options" from ${postgres_url/* URL_VARIABLE */.tF}, or list it in the pooler's ignore_startup_parameters`),
    ],
    [/statement pooling mode/, config('the pooler takes no transactions; set it to pool_mode=transaction or session')],
    [/during recovery/, READ_ONLY],
    [/password authentication failed|SASL: SCRAM-SERVER-FINAL/, config(`the password is wrong; correct ${postgres_url/* URL_VARIABLE */.tF}`)],
    [
        /not support SSL|SSL (connection )?(is )?required/i,
        config(`TLS cannot be agreed on; correct sslmode in ${postgres_url/* URL_VARIABLE */.tF}`),
    ],
    [
        STRANGER,
        config(`what answers there does not speak PostgreSQL's protocol, or asks for a login that is not supported (GSSAPI, SSPI); correct ${postgres_url/* URL_VARIABLE */.tF}`),
    ],
    [
        /SASL|channel binding/i,
        config(`no way to log in was agreed on; check the role's password and channel_binding in ${postgres_url/* URL_VARIABLE */.tF}`),
    ],
];
/** @returns an error that names the server, quotes its message and says the remedy. */
function explain(error, where) {
    if (error instanceof errors/* ArchiveError */.di)
        return error;
    const said = messageOf(error);
    const sentence = (remedy) => `Could not use the registry at ${where} ("${said}"): ${remedy}.`;
    if (isAborted(error))
        return new aborted/* TransactionAborted */.Y(sentence(MEANINGS['40'][1]), error);
    const [kind, remedy] = meaningOf(error, (0,errors/* systemErrorCode */.vq)(error) ?? '', said);
    return new errors/* ArchiveError */.di(kind, sentence(remedy), error);
}
function meaningOf(error, code, said) {
    const saying = SAYINGS.find(([pattern]) => pattern.test(said));
    const meaning = saying?.[1] ?? MEANINGS[code] ?? (SQLSTATE.test(code) ? MEANINGS[code.slice(0, 2)] : undefined);
    if (meaning !== undefined)
        return meaning;
    if (isPassing(error))
        return unavailable('it cannot be reached; try again');
    if (/CERT|SSL|TLS/i.test(`${code} ${said}`)) {
        return config(`TLS cannot be agreed on; correct sslmode or sslrootcert in ${postgres_url/* URL_VARIABLE */.tF}`);
    }
    return unavailable(`it answered with an error (${code || 'without a code'}); check its log`);
}
function messageOf(error) {
    return String(error?.message)
        .trim()
        .split('\n')[0];
}

// EXTERNAL MODULE: ./build/action/artifact-store/database/postgres-options.js
var postgres_options = __webpack_require__(43104);
// EXTERNAL MODULE: ./node_modules/pg/esm/index.mjs
var esm = __webpack_require__(83849);
;// CONCATENATED MODULE: ./build/action/artifact-store/database/postgres-client.js



function connectionOf(client) {
    return client.connection;
}
/** Reports every failure from `connect` or a query, and leaves no socket open. */
class PostgresClient extends esm/* default.Client */.Ay.Client {
    constructor(config) {
        super(config);
        const connection = connectionOf(this);
        // pg leaves the socket of a failed login open, which keeps the process alive until the server's timeout of a minute.
        connection.on('error', () => connection.stream.destroy());
        catchParseErrors(connection);
    }
}
/** Enforces `channel_binding=require`, which pg does not: without it, a man in the middle could relay the login. */
class BoundPostgresClient extends PostgresClient {
    constructor(config) {
        super(config);
        const connection = connectionOf(this);
        let bound = false;
        const refuse = () => connection.emit('error', new errors/* ArchiveError */.di('CONFIG_INVALID', `The database server offers no login with channel binding, which ${postgres_url/* URL_VARIABLE */.tF} requires; correct channel_binding or sslmode, or store the role's password as SCRAM.`));
        connection.on('authenticationSASL', ({ mechanisms }) => {
            bound = mechanisms?.includes('SCRAM-SHA-256-PLUS') ?? false;
            if (!bound)
                refuse();
        });
        connection.on('authenticationCleartextPassword', refuse);
        connection.on('authenticationMD5Password', refuse);
        connection.on('authenticationOk', () => {
            if (!bound)
                refuse();
        });
    }
}
/** Types of a server's first message: authentication, error, notice, protocol negotiation. */
const FIRST_TYPES = 'RENv';
/**
 * On an unknown authentication method pg throws in a `data` listener, where nobody can catch it. The greeting of another
 * kind of server it takes for the beginning of a long message, and waits.
 */
function catchParseErrors(connection) {
    const { attachListeners } = connection;
    connection.attachListeners = (stream) => {
        const before = stream.listeners('data');
        attachListeners.call(connection, stream);
        for (const parse of stream.listeners('data').filter((listener) => !before.includes(listener))) {
            stream.removeListener('data', parse);
            let first = true;
            stream.on('data', (piece) => {
                try {
                    if (first && !FIRST_TYPES.includes(String.fromCharCode(piece[0])))
                        throw new Error('received invalid response');
                    first = false;
                    parse(piece);
                }
                catch (error) {
                    connection.emit('error', error);
                }
            });
        }
    };
}

// EXTERNAL MODULE: ./build/action/artifact-store/outside-file.js
var outside_file = __webpack_require__(90268);
// EXTERNAL MODULE: ./build/action/artifact-store/database/postgres-settings.js + 1 modules
var postgres_settings = __webpack_require__(98648);
;// CONCATENATED MODULE: ./build/action/artifact-store/database/postgres-password.js




const MAX_FILE_BYTES = 1024 * 1024;
/**
 * The password for a server that asks for one.
 *
 * @throws ArchiveError `CONFIG_INVALID` when there is none.
 */
function passwordFor(settings, host) {
    const password = settings.password ?? passwordInFile(settings, host);
    if (password !== undefined)
        return password;
    throw new errors/* ArchiveError */.di('CONFIG_INVALID', `The database server at ${(0,postgres_settings/* describeServer */.X)({ ...settings, hosts: [host] })} asks for a password, and there is none; put it into ${postgres_url/* URL_VARIABLE */.tF} (or the file that ${postgres_url/* URL_VARIABLE */.tF}_FILE names), PGPASSWORD or ${settings.passwordFile}.`);
}
/** libpq's password file: `host:port:database:user:password` a line, `*` for any, a backslash before `:` and `\`. */
function passwordInFile({ passwordFile, database, user }, { host, port }) {
    let content;
    try {
        content = (0,outside_file/* readOutsideText */.z)(passwordFile, MAX_FILE_BYTES);
    }
    catch (error) {
        throw new errors/* ArchiveError */.di('CONFIG_INVALID', `The password file ${passwordFile} cannot be read; correct its permissions, or put the password into ${postgres_url/* URL_VARIABLE */.tF}.`, error);
    }
    const wanted = [host.startsWith('/') ? 'localhost' : host, String(port), database, user];
    for (const line of (content ?? '').split(/\r?\n/)) {
        if (line.startsWith('#'))
            continue;
        const fields = fieldsOf(line);
        if (fields.length === 5 && wanted.every((text, i) => fields[i] === '*' || unescaped(fields[i]) === text)) {
            return unescaped(fields[4]);
        }
    }
    return undefined;
}
function fieldsOf(line) {
    return [...line.matchAll(/(?:^|:)((?:\\.|[^:\\])*)/g)].map((match) => match[1]);
}
function unescaped(field) {
    return field.replaceAll(/\\(.)/g, '$1');
}

// EXTERNAL MODULE: external "node:tls"
var external_node_tls_ = __webpack_require__(41692);
;// CONCATENATED MODULE: ./build/action/artifact-store/database/postgres-tls.js



/** Bundles of all public authorities have 250 KB. */
const MAX_PEM_BYTES = 16 * 1024 * 1024;
/**
 * The encryptions to try for a host, in libpq's order. A socket never has TLS.
 *
 * @throws ArchiveError `CONFIG_INVALID` naming the parameter whose file cannot be used.
 */
function encryptionsFor({ tls }) {
    const encrypted = tls.mode === 'disable' ? false : connectionOptions(tls);
    const tries = { allow: [false, encrypted], prefer: [encrypted, false] };
    return (host) => (isSocket(host) ? [false] : (tries[tls.mode] ?? [encrypted]));
}
function isSocket({ host }) {
    return host.startsWith('/');
}
/** Whether the connection stays on this machine. */
function isLocal({ host }) {
    return isSocket({ host }) || /^(localhost|127(\.\d+){3}|::1|.*\.localhost)$/i.test(host);
}
function connectionOptions(tls) {
    const { mode, rootCertificate, certificate, key, revoked, keyPassword, minVersion, maxVersion } = tls;
    const verified = rootCertificate !== undefined || mode.startsWith('verify-');
    const options = {
        // As libpq has it, `require` with a root certificate is `verify-ca`.
        rejectUnauthorized: verified,
        ...(verified && mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
        ...(rootCertificate && { ca: authorities(rootCertificate) }),
        ...(certificate && { cert: contentOf(certificate) }),
        ...(key && { key: contentOf(key) }),
        ...(revoked && { crl: contentOf(revoked) }),
        ...(keyPassword !== undefined && { passphrase: keyPassword }),
        ...(minVersion && { minVersion }),
        ...(maxVersion && { maxVersion }),
    };
    try {
        (0,external_node_tls_.createSecureContext)(options);
    }
    catch (error) {
        const given = [rootCertificate, certificate, key, revoked].find((parameter) => parameter !== undefined);
        if (given === undefined)
            throw error;
        const names = [rootCertificate, certificate, key, revoked].flatMap((parameter) => parameter?.value ?? []);
        throw (0,postgres_url/* invalidParameter */.VL)(given.origin, `or another one for TLS names no usable PEM file (${names.join(', ')}); check the files, and sslpassword where the key has one`, error);
    }
    return options;
}
function authorities(root) {
    return root.value === 'system'
        ? [...(0,external_node_tls_.getCACertificates)('system'), ...(0,external_node_tls_.getCACertificates)('default')]
        : [contentOf(root)];
}
function contentOf({ value, origin }) {
    let content;
    try {
        content = (0,outside_file/* readOutsideText */.z)(value, MAX_PEM_BYTES);
    }
    catch (error) {
        throw (0,postgres_url/* invalidParameter */.VL)(origin, `names a file that cannot be read: ${value}`, error);
    }
    if (content === undefined)
        throw (0,postgres_url/* invalidParameter */.VL)(origin, `names a file that does not exist: ${value}`);
    // Node.js ignores a file without certificates.
    if (!content.includes('-----BEGIN '))
        throw (0,postgres_url/* invalidParameter */.VL)(origin, `names a file that is not PEM: ${value}`);
    return content;
}

;// CONCATENATED MODULE: ./build/action/artifact-store/database/postgres-sessions.js








/** Finalizing and reading ahead need one connection each; the rest would only be idle. */
const MAX_CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 10_000;
/** Longer than many writers take in turn for the log; a stalled connection ends with it. */
const QUERY_TIMEOUT_MS = 300_000;
/** The type PostgreSQL sends as text since JavaScript's numbers end at 2^53; ours end there too. */
const INT8_OID = 20;
/** Connects by the first route that works, with a pool for each route. */
class PostgresSessions {
    /** Kysely needs them to cancel queries, which is not done here. */
    options = {};
    #settings;
    #pools = new Map();
    /** The last one that worked comes first. */
    #routes;
    /** @throws ArchiveError `CONFIG_INVALID` naming a parameter whose file cannot be used. */
    constructor(settings) {
        this.#settings = settings;
        const { sessionKind, hosts } = settings;
        const encryptions = encryptionsFor(settings);
        const kinds = sessionKind === 'prefer-standby' ? ['standby', 'any'] : [sessionKind];
        this.#routes = kinds.flatMap((kind) => hosts.flatMap((host) => encryptions(host).map((tls) => ({ host, tls, kind }))));
    }
    /** Whether the newest session has TLS. */
    get encrypted() {
        return this.#routes[0].tls !== false;
    }
    async connect() {
        const failures = [];
        let last;
        for (const route of this.#routes) {
            if (last !== undefined && !isNext(route, last))
                continue;
            try {
                const client = await this.#poolOf(route).connect();
                this.#routes = [route, ...this.#routes.filter((other) => other !== route)];
                return client;
            }
            catch (error) {
                last = { route, error };
                failures.push(error);
            }
        }
        throw isUnreachable(last.error) ? (failures.find(isPassing) ?? last.error) : last.error;
    }
    async end() {
        await Promise.all([...this.#pools.values()].map((pool) => pool.end()));
    }
    #poolOf(route) {
        const known = this.#pools.get(route);
        if (known)
            return known;
        const { user, database, applicationName, options, connectTimeoutMs, channelBinding, tls } = this.#settings;
        const pool = new esm/* default.Pool */.Ay.Pool({
            Client: channelBinding === 'require' ? BoundPostgresClient : PostgresClient,
            ...route.host,
            user,
            database,
            password: () => passwordFor(this.#settings, route.host),
            ssl: route.tls,
            ...(route.tls && tls.direct && { sslnegotiation: 'direct' }),
            enableChannelBinding: channelBinding === 'require',
            application_name: applicationName,
            ...(options !== undefined && { options }),
            max: MAX_CONNECTIONS,
            connectionTimeoutMillis: connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
            query_timeout: QUERY_TIMEOUT_MS,
            keepAlive: true,
            types: { getTypeParser: (oid, format) => (oid === INT8_OID ? Number : esm/* default.types */.Ay.types.getTypeParser(oid, format)) },
            onConnect: (client) => requireKind(client, route.kind, (0,postgres_settings/* describeServer */.X)({ database, hosts: [route.host] })),
        });
        // A connection may die while no query runs on it, idle or between two of a transaction: the next query tells.
        pool.on('error', () => undefined);
        pool.on('connect', (client) => {
            client.on('error', () => undefined);
            if (!route.tls && this.#fellBack(route))
                warnOfPlainText(route);
        });
        this.#pools.set(route, pool);
        return pool;
    }
    /** `disable` is a decision; nobody is warned of it. */
    #fellBack({ host }) {
        return this.#settings.tls.mode !== 'disable' && !isLocal(host);
    }
}
/** After a refused encryption the other one is tried; after an unreachable host, or one of another kind, the next host. */
function isNext(route, last) {
    const sameServer = route.host === last.route.host && route.kind === last.route.kind;
    return sameServer ? refusesEncryption(last.error) : isUnreachable(last.error);
}
const NOT_FOUND = ['ENOTFOUND', 'ENOENT', 'EACCES'];
function isUnreachable(error) {
    if (error instanceof errors/* ArchiveError */.di)
        return error.code === 'STORE_UNAVAILABLE';
    // All sessions of the pool are in use; the server is reachable.
    if (error instanceof Error && error.message.startsWith('timeout exceeded'))
        return false;
    return isPassing(error) || NOT_FOUND.includes((0,errors/* systemErrorCode */.vq)(error) ?? '');
}
async function requireKind(client, kind, where) {
    if (kind === 'any')
        return;
    const query = "select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as read_only";
    const { standby, read_only } = (await client.query(query)).rows[0];
    const is = { primary: !standby, standby, 'read-write': !read_only, 'read-only': read_only };
    if (is[kind])
        return;
    throw new errors/* ArchiveError */.di('STORE_UNAVAILABLE', `The database server at ${where} is not ${kind}, as target_session_attrs in ${postgres_url/* URL_VARIABLE */.tF} demands; name one that is.`);
}
const warnedOf = new Set();
function warnOfPlainText({ host: { host } }) {
    if (warnedOf.has(host))
        return;
    warnedOf.add(host);
    process.emitWarning(`The connection to the database at ${host} is not encrypted, since the server has no TLS; turn it on there and add sslmode=verify-full to ${postgres_url/* URL_VARIABLE */.tF}, or sslmode=disable if the network is safe.`, { type: 'StoreWarning' });
}

;// CONCATENATED MODULE: ./build/action/artifact-store/database/postgres.js










/** How long a server that restarts or is full is waited for, unless connect_timeout says otherwise. */
const RETRY_FOR_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 3000;
/** Keeps two processes from making the tables at once. Any constant that nothing else uses: "ASRG". */
const MIGRATION_LOCK = 0x41535247;
/** Other encodings cannot store every text. SQL_ASCII stores bytes unchanged. */
const ENCODINGS = ['UTF8', 'SQL_ASCII'];
/**
 * Connects to a PostgreSQL server (14 or newer), directly or through a pooler that gives each transaction a session.
 *
 * @throws ArchiveError `STORE_UNAVAILABLE` or `CONFIG_INVALID`, from every query, naming server and remedy.
 */
function openPostgres(settings) {
    const { schema } = settings;
    const sessions = new PostgresSessions(settings);
    const kysely = new dist_kysely/* Kysely */._$({
        dialect: {
            createDriver: () => new PatientDriver(sessions, settings),
            createAdapter: () => new postgres_adapter/* PostgresAdapter */.j(),
            createQueryCompiler: () => new postgres_query_compiler/* PostgresQueryCompiler */.l(),
            createIntrospector: (db) => new postgres_introspector/* PostgresIntrospector */.a(db),
        },
    });
    // Not by a session's search path: poolers drop it, or give it to others.
    const db = schema === undefined ? kysely : kysely.withSchema(schema);
    const hasTable = async (connection, name) => {
        // Not to_regclass, which goes by a cache that may not have heard of what another session has just made.
        const query = (0,sql/* sql */.l) `select 1 from pg_tables where schemaname = coalesce(${schema ?? null}, current_schema()) and tablename = ${name}`;
        return (await query.execute(connection)).rows.length > 0;
    };
    return {
        db,
        columnTypes: { bytes: 'bytea', autoIncrement: 'serial' },
        hasTable,
        lockForMigration: async (tx) => void (await (0,sql/* sql */.l) `select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(tx)),
        schemaForTables: async (tx) => {
            if (!(await hasTable(tx, 'store_info')))
                await requireEncoding(tx, (0,postgres_settings/* describeServer */.X)(settings));
            return schema ?? (await currentSchema(tx));
        },
        serverVersion: async () => {
            const query = (0,sql/* sql */.l) `show server_version`;
            const { server_version } = (await query.execute(db)).rows[0];
            return `PostgreSQL ${server_version}, ${sessions.encrypted ? 'with TLS' : 'without TLS'}`;
        },
    };
}
async function requireEncoding(tx, where) {
    const { server_encoding } = (await (0,sql/* sql */.l) `show server_encoding`.execute(tx)).rows[0];
    if (ENCODINGS.includes(server_encoding))
        return;
    throw new errors/* ArchiveError */.di('CONFIG_INVALID', `The database at ${where} has the encoding ${server_encoding}, which cannot keep every name; make one with encoding 'UTF8' (and template template0), and name it in ${postgres_url/* URL_VARIABLE */.tF}.`);
}
async function currentSchema(tx) {
    const { schema } = (await (0,sql/* sql */.l) `select current_schema() as schema`.execute(tx)).rows[0];
    if (schema !== null)
        return schema;
    throw new errors/* ArchiveError */.di('CONFIG_INVALID', `The role's search_path names no schema that exists; add schema=... to ${postgres_url/* URL_VARIABLE */.tF}.`);
}
class PatientDriver extends postgres_driver/* PostgresDriver */.W {
    #where;
    #begin;
    #retryForMs;
    #inTransaction = new WeakSet();
    constructor(pool, settings) {
        super({ pool });
        this.#where = (0,postgres_settings/* describeServer */.X)(settings);
        this.#begin = beginStatements(settings.options);
        this.#retryForMs = settings.connectTimeoutMs ?? RETRY_FOR_MS;
    }
    async acquireConnection() {
        const connection = (0,database_connection/* intercepted */.c)(await this.#connect(), (query) => {
            const explained = async () => {
                try {
                    return await query();
                }
                catch (error) {
                    throw explain(error, this.#where);
                }
            };
            // A single statement is a whole transaction; within a longer one, the caller must begin again.
            return this.#inTransaction.has(connection) ? explained() : (0,aborted/* againWhenAborted */.F)(explained);
        });
        return connection;
    }
    async beginTransaction(connection) {
        this.#inTransaction.add(connection);
        await connection.executeQuery(compiled_query/* CompiledQuery */.E.raw(this.#begin));
    }
    /** Kysely throws an error of its own for a transaction that had failed before. */
    async commitTransaction(connection) {
        try {
            await super.commitTransaction(connection);
        }
        catch (error) {
            throw explain(error, this.#where);
        }
    }
    /** Jitter keeps jobs that lost a server together from coming back together. */
    async #connect() {
        const deadline = Date.now() + this.#retryForMs;
        for (let pause = FIRST_PAUSE_MS;; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
            try {
                return await super.acquireConnection();
            }
            catch (error) {
                if (!isPassing(error) || Date.now() + pause > deadline)
                    throw explain(error, this.#where);
            }
            await (0,promises_.setTimeout)(pause * (0.5 + Math.random()));
        }
    }
}
/** Writers wait for each other in turn; the server gives up before the client does, whose connection would be lost. */
const WAIT_MS = 0.8 * QUERY_TIMEOUT_MS;
/** A client that vanished in the middle of a transaction holds the log no longer than this. */
const IDLE_IN_TRANSACTION_MS = 60_000;
const TRANSACTION_SETTINGS = {
    lock_timeout: WAIT_MS,
    statement_timeout: WAIT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
};
/**
 * Makes the defaults of server, role and database irrelevant. Not by parameters of the session, which poolers refuse.
 *
 * @param options its settings are the user's own, and stay.
 */
function beginStatements(options) {
    const given = (0,postgres_options/* settingsIn */.RV)(options);
    const settings = Object.entries(TRANSACTION_SETTINGS).filter(([name]) => !given.includes(name));
    return [
        'start transaction isolation level read committed, read write',
        ...settings.map(([name, value]) => `set local ${name} = ${value}`),
    ].join('; ');
}


/***/ })

};
