export const id = 279;
export const ids = [279];
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

/***/ 63279:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   openPostgres: () => (/* binding */ openPostgres)
/* harmony export */ });
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(58500);
/* harmony import */ var kysely__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(2735);
/* harmony import */ var kysely__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(64677);
/* harmony import */ var kysely__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(84850);
/* harmony import */ var kysely__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(50026);
/* harmony import */ var kysely__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(20189);
/* harmony import */ var kysely__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(79342);
/* harmony import */ var pg__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(83849);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(75087);
/* harmony import */ var _connection_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(5112);





/** Finalizing and reading ahead need one connection each; the rest would only be idle. */
const MAX_CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 10_000;
/** How long a server that restarts or is full is waited for. */
const RETRY_FOR_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 3000;
/** Longer than many writers take in turn for the log; a stalled connection ends with it. */
const QUERY_TIMEOUT_MS = 300_000;
/** A client that vanished in the middle of a transaction holds the log no longer than this. */
const IDLE_IN_TRANSACTION_MS = 60_000;
/** Keeps two processes from making the tables at once. Any constant that nothing else uses: "ASRG". */
const MIGRATION_LOCK = 0x41535247;
/** The type PostgreSQL sends as text since JavaScript's numbers end at 2^53; ours end there too. */
const INT8_OID = 20;
/**
 * Connects to a PostgreSQL server (14 or newer). The URL may have `schema=<name>` besides libpq's parameters.
 *
 * @throws ArchiveError `STORE_UNAVAILABLE` or `CONFIG_INVALID`, from every query, naming server and remedy.
 */
function openPostgres(url) {
    const { connectionString, schema, where } = readUrl(url);
    const pool = new pg__WEBPACK_IMPORTED_MODULE_1__/* ["default"].Pool */ .Ay.Pool({
        connectionString,
        application_name: 'infospace-archive',
        max: MAX_CONNECTIONS,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        query_timeout: QUERY_TIMEOUT_MS,
        idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
        keepAlive: true,
        ...(schema !== undefined && { options: `-c search_path=${schema}` }),
        types: { getTypeParser: (oid, format) => (oid === INT8_OID ? Number : pg__WEBPACK_IMPORTED_MODULE_1__/* ["default"].types */ .Ay.types.getTypeParser(oid, format)) },
    });
    // A connection may die while no query runs on it, idle or between two of a transaction: the next query tells.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    const db = new kysely__WEBPACK_IMPORTED_MODULE_3__/* .Kysely */ ._$({
        dialect: {
            createDriver: () => new PatientDriver({ pool }, where),
            createAdapter: () => new kysely__WEBPACK_IMPORTED_MODULE_4__/* .PostgresAdapter */ .j(),
            createQueryCompiler: () => new kysely__WEBPACK_IMPORTED_MODULE_5__/* .PostgresQueryCompiler */ .l(),
            createIntrospector: (kysely) => new kysely__WEBPACK_IMPORTED_MODULE_6__/* .PostgresIntrospector */ .a(kysely),
        },
    });
    return {
        db,
        columnTypes: { bytes: 'bytea', autoIncrement: 'serial' },
        schema,
        hasTables: async (connection) => {
            // Not to_regclass, which goes by a cache that may not have heard of what another session has just made.
            const query = (0,kysely__WEBPACK_IMPORTED_MODULE_7__/* .sql */ .l) `select 1 from pg_tables where schemaname = current_schema() and tablename = 'store_info'`;
            return (await query.execute(connection)).rows.length > 0;
        },
        lockForMigration: async (tx) => void (await (0,kysely__WEBPACK_IMPORTED_MODULE_7__/* .sql */ .l) `select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(tx)),
        serverVersion: async () => {
            const query = (0,kysely__WEBPACK_IMPORTED_MODULE_7__/* .sql */ .l) `show server_version`;
            return `PostgreSQL ${(await query.execute(db)).rows[0].server_version}`;
        },
    };
}
const SCHEMA_NAME = /^[a-z_][a-z0-9_]*$/;
function readUrl(text) {
    const url = new URL(text);
    const schema = url.searchParams.get('schema') ?? undefined;
    if (schema !== undefined && !SCHEMA_NAME.test(schema)) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_2__/* .ArchiveError */ .di('CONFIG_INVALID', `The schema "${schema}" in ARTIFACTSTORE_DATABASE_URL is no plain name; use lower-case letters, digits and underscores.`);
    }
    url.searchParams.delete('schema');
    // sslmode as libpq has it, which is what other clients of the same server are given.
    if (url.searchParams.has('sslmode'))
        url.searchParams.set('uselibpqcompat', 'true');
    return { connectionString: url.href, schema, where: `${url.host}${url.pathname}` };
}
class PatientDriver extends kysely__WEBPACK_IMPORTED_MODULE_8__/* .PostgresDriver */ .W {
    #where;
    constructor(config, where) {
        super(config);
        this.#where = where;
    }
    async acquireConnection() {
        const connection = await this.#connect();
        return (0,_connection_js__WEBPACK_IMPORTED_MODULE_9__/* .intercepted */ .c)(connection, async (query) => {
            try {
                return await query();
            }
            catch (error) {
                throw explain(error, this.#where);
            }
        });
    }
    /** Jitter keeps jobs that lost a server together from coming back together. */
    async #connect() {
        const deadline = Date.now() + RETRY_FOR_MS;
        for (let pause = FIRST_PAUSE_MS;; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
            try {
                return await super.acquireConnection();
            }
            catch (error) {
                if (!isPassing(error) || Date.now() + pause > deadline)
                    throw explain(error, this.#where);
            }
            await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(pause * (0.5 + Math.random()));
        }
    }
}
/** Refused, reset, timed out; starting, stopping, full. */
const PASSING = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', '57P01', '57P02', '57P03', '53300'];
function isPassing(error) {
    return PASSING.includes((0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .systemErrorCode */ .vq)(error) ?? '') || isLostConnection(error);
}
function messageOf(error) {
    return String(error?.message);
}
/** `pg` has no code for these. The last is of a query on a connection that died when no query ran. */
function isLostConnection(error) {
    return /^(Connection terminated|timeout exceeded|Query read timeout|Client .* is not queryable)/i.test(messageOf(error));
}
const VARIABLE = 'ARTIFACTSTORE_DATABASE_URL';
const WRONG = {
    '28P01': `the password is wrong; correct ${VARIABLE}`,
    '28000': `the role may not log in; correct ${VARIABLE} or the server's pg_hba.conf`,
    '3D000': `there is no such database; create it or correct ${VARIABLE}`,
    '42501': 'the role lacks a permission; grant it usage and create on the schema',
    ENOTFOUND: `the host is not known; correct ${VARIABLE}`,
};
const UNAVAILABLE = {
    '25006': 'the server is read-only; use the primary',
    '53100': "the server's disk is full; free some space",
    '53300': 'it has too many connections; raise max_connections or run fewer jobs at once',
};
function explain(error, where) {
    if (error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_2__/* .ArchiveError */ .di)
        return error;
    const code = (0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .systemErrorCode */ .vq)(error) ?? '';
    const made = (kind, remedy) => new _errors_js__WEBPACK_IMPORTED_MODULE_2__/* .ArchiveError */ .di(kind, `Could not use the registry at ${where}: ${remedy}.`, error);
    if (code in WRONG)
        return made('CONFIG_INVALID', WRONG[code]);
    if (code in UNAVAILABLE)
        return made('STORE_UNAVAILABLE', UNAVAILABLE[code]);
    if (isPassing(error))
        return made('STORE_UNAVAILABLE', `it cannot be reached (${code || 'connection lost'}); try again`);
    if (/CERT|SSL|TLS/i.test(`${code} ${messageOf(error)}`)) {
        return made('CONFIG_INVALID', `TLS cannot be agreed on (${code || messageOf(error)}); correct sslmode in ${VARIABLE}`);
    }
    return error;
}


/***/ })

};
