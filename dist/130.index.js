export const id = 130;
export const ids = [130];
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

/***/ 89130:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  openSqlite: () => (/* binding */ openSqlite),
  sqliteInMemory: () => (/* binding */ sqliteInMemory)
});

// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(73024);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(76760);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(58500);
// EXTERNAL MODULE: external "better-sqlite3"
var external_better_sqlite3_ = __webpack_require__(62812);
// EXTERNAL MODULE: ./node_modules/kysely/dist/kysely.js + 74 modules
var kysely = __webpack_require__(2735);
// EXTERNAL MODULE: ./node_modules/kysely/dist/query-compiler/default-query-compiler.js + 1 modules
var default_query_compiler = __webpack_require__(4034);
;// CONCATENATED MODULE: ./node_modules/kysely/dist/dialect/sqlite/sqlite-query-compiler.js
/// <reference types="./sqlite-query-compiler.d.ts" />

const ID_WRAP_REGEX = /"/g;
const JSON_PATH_MEMBER_ESCAPE_REGEX = /[\\'"]/g;
class SqliteQueryCompiler extends default_query_compiler/* DefaultQueryCompiler */.n {
    visitOrAction(node) {
        this.append('or ');
        this.append(node.action);
    }
    getCurrentParameterPlaceholder() {
        return '?';
    }
    getLeftExplainOptionsWrapper() {
        return '';
    }
    getRightExplainOptionsWrapper() {
        return '';
    }
    getLeftIdentifierWrapper() {
        return '"';
    }
    getRightIdentifierWrapper() {
        return '"';
    }
    getAutoIncrement() {
        return 'autoincrement';
    }
    sanitizeIdentifier(identifier) {
        return identifier.replace(ID_WRAP_REGEX, '""');
    }
    sanitizeJSONPathMemberValue(value) {
        return value.replace(JSON_PATH_MEMBER_ESCAPE_REGEX, (char) => char === '\\' ? '\\\\' : char === "'" ? "''" : '\\"');
    }
    visitDefaultInsertValue(_) {
        // sqlite doesn't support the `default` keyword in inserts.
        this.append('null');
    }
}

// EXTERNAL MODULE: ./node_modules/kysely/dist/migration/migrator.js + 1 modules
var migrator = __webpack_require__(42080);
// EXTERNAL MODULE: ./node_modules/kysely/dist/raw-builder/sql.js + 1 modules
var sql = __webpack_require__(20189);
;// CONCATENATED MODULE: ./node_modules/kysely/dist/dialect/sqlite/sqlite-introspector.js
/// <reference types="./sqlite-introspector.d.ts" />


class SqliteIntrospector {
    #db;
    constructor(db) {
        this.#db = db;
    }
    async getSchemas() {
        // Sqlite doesn't support schemas.
        return [];
    }
    async getTables(options = { withInternalKyselyTables: false }) {
        return await this.#getTableMetadata(options);
    }
    #tablesQuery(qb, options) {
        let tablesQuery = qb
            .selectFrom('sqlite_master')
            .where('type', 'in', ['table', 'view'])
            .where('name', 'not like', 'sqlite_%')
            .select(['name', 'sql', 'type'])
            .orderBy('name');
        if (!options.withInternalKyselyTables) {
            tablesQuery = tablesQuery
                .where('name', '!=', migrator/* DEFAULT_MIGRATION_TABLE */.kQ)
                .where('name', '!=', migrator/* DEFAULT_MIGRATION_LOCK_TABLE */.sy);
        }
        return tablesQuery;
    }
    async #getTableMetadata(options) {
        const tablesResult = await this.#tablesQuery(this.#db, options).execute();
        const tableMetadata = await this.#db
            .with('table_list', (qb) => this.#tablesQuery(qb, options))
            .selectFrom([
            'table_list as tl',
            (0,sql/* sql */.l) `pragma_table_info(tl.name)`.as('p'),
        ])
            .select([
            'tl.name as table',
            'p.cid',
            'p.name',
            'p.type',
            'p.notnull',
            'p.dflt_value',
            'p.pk',
        ])
            .orderBy('tl.name')
            .orderBy('p.cid')
            .execute();
        const columnsByTable = {};
        for (const row of tableMetadata) {
            columnsByTable[row.table] ??= [];
            columnsByTable[row.table].push(row);
        }
        return tablesResult.map(({ name, sql, type }) => {
            // // Try to find the name of the column that has `autoincrement` 🤦
            let autoIncrementCol = sql
                ?.split(/[\(\),]/)
                ?.find((it) => it.toLowerCase().includes('autoincrement'))
                ?.trimStart()
                ?.split(/\s+/)?.[0]
                ?.replace(/["`]/g, '');
            const columns = columnsByTable[name] ?? [];
            // Otherwise, check for an INTEGER PRIMARY KEY
            // https://www.sqlite.org/autoinc.html
            if (!autoIncrementCol) {
                const pkCols = columns.filter((r) => r.pk > 0);
                if (pkCols.length === 1 && pkCols[0].type.toLowerCase() === 'integer') {
                    autoIncrementCol = pkCols[0].name;
                }
            }
            return {
                name: name,
                isView: type === 'view',
                isForeign: false,
                columns: columns.map((col) => ({
                    name: col.name,
                    dataType: col.type,
                    isNullable: !col.notnull,
                    isAutoIncrementing: col.name === autoIncrementCol,
                    hasDefaultValue: col.dflt_value != null,
                    comment: undefined,
                })),
            };
        });
    }
}

// EXTERNAL MODULE: ./node_modules/kysely/dist/dialect/dialect-adapter-base.js
var dialect_adapter_base = __webpack_require__(58676);
;// CONCATENATED MODULE: ./node_modules/kysely/dist/dialect/sqlite/sqlite-adapter.js
/// <reference types="./sqlite-adapter.d.ts" />

class SqliteAdapter extends dialect_adapter_base/* DialectAdapterBase */.l {
    get supportsMultipleConnections() {
        return false;
    }
    get supportsTransactionalDdl() {
        return false;
    }
    get supportsReturning() {
        return true;
    }
    async acquireMigrationLock(_db, _opt) {
        // SQLite only has one connection that's reserved by the migration system
        // for the whole time between acquireMigrationLock and releaseMigrationLock.
        // We don't need to do anything here.
    }
    async releaseMigrationLock(_db, _opt) {
        // SQLite only has one connection that's reserved by the migration system
        // for the whole time between acquireMigrationLock and releaseMigrationLock.
        // We don't need to do anything here.
    }
}

// EXTERNAL MODULE: ./node_modules/kysely/dist/operation-node/select-query-node.js + 2 modules
var select_query_node = __webpack_require__(23637);
// EXTERNAL MODULE: ./node_modules/kysely/dist/parser/savepoint-parser.js
var savepoint_parser = __webpack_require__(57150);
// EXTERNAL MODULE: ./node_modules/kysely/dist/query-compiler/compiled-query.js
var compiled_query = __webpack_require__(72215);
// EXTERNAL MODULE: ./node_modules/kysely/dist/util/object-utils.js
var object_utils = __webpack_require__(26159);
// EXTERNAL MODULE: ./node_modules/kysely/dist/util/query-id.js + 1 modules
var query_id = __webpack_require__(87857);
;// CONCATENATED MODULE: ./node_modules/kysely/dist/dialect/sqlite/sqlite-driver.js
/// <reference types="./sqlite-driver.d.ts" />





class SqliteDriver {
    #config;
    #db;
    #connection;
    constructor(config) {
        this.#config = (0,object_utils/* freeze */.CN)({ ...config });
    }
    async init(options) {
        this.#db = (0,object_utils/* isFunction */.Tn)(this.#config.database)
            ? await this.#config.database(options)
            : this.#config.database;
        this.#connection = new SqliteConnection(this.#db);
        if (this.#config.onCreateConnection) {
            await this.#config.onCreateConnection(this.#connection, options);
        }
    }
    async acquireConnection() {
        return this.#connection;
    }
    async beginTransaction(connection) {
        await connection.executeQuery(compiled_query/* CompiledQuery */.E.raw('begin'));
    }
    async commitTransaction(connection) {
        await connection.executeQuery(compiled_query/* CompiledQuery */.E.raw('commit'));
    }
    async rollbackTransaction(connection) {
        await connection.executeQuery(compiled_query/* CompiledQuery */.E.raw('rollback'));
    }
    async savepoint(connection, savepointName, compileQuery) {
        await connection.executeQuery(compileQuery((0,savepoint_parser/* parseSavepointCommand */._)('savepoint', savepointName), (0,query_id/* createQueryId */.a)()));
    }
    async rollbackToSavepoint(connection, savepointName, compileQuery) {
        await connection.executeQuery(compileQuery((0,savepoint_parser/* parseSavepointCommand */._)('rollback to', savepointName), (0,query_id/* createQueryId */.a)()));
    }
    async releaseSavepoint(connection, savepointName, compileQuery) {
        await connection.executeQuery(compileQuery((0,savepoint_parser/* parseSavepointCommand */._)('release', savepointName), (0,query_id/* createQueryId */.a)()));
    }
    async releaseConnection() {
        // noop
    }
    async destroy() {
        this.#db?.close();
    }
}
class SqliteConnection {
    #db;
    constructor(db) {
        this.#db = db;
    }
    async executeQuery(compiledQuery) {
        const { sql, parameters } = compiledQuery;
        const stmt = this.#db.prepare(sql);
        if (stmt.reader) {
            return {
                rows: stmt.all(parameters),
            };
        }
        const { changes, lastInsertRowid } = stmt.run(parameters);
        return {
            insertId: lastInsertRowid != null ? BigInt(lastInsertRowid) : undefined,
            numAffectedRows: changes != null ? BigInt(changes) : undefined,
            rows: [],
        };
    }
    async *streamQuery(compiledQuery, _chunkSize) {
        const { sql, parameters, query } = compiledQuery;
        const stmt = this.#db.prepare(sql);
        if (!select_query_node/* SelectQueryNode */.L.is(query)) {
            throw new Error('Sqlite driver only supports streaming of select queries');
        }
        const iter = stmt.iterate(parameters);
        for (const row of iter) {
            yield {
                rows: [row],
            };
        }
    }
}

// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/artifact-store/event-loop.js
var event_loop = __webpack_require__(85357);
// EXTERNAL MODULE: ./build/action/artifact-store/storage/durable-directory.js
var durable_directory = __webpack_require__(29897);
// EXTERNAL MODULE: ./build/action/artifact-store/database/connection.js
var connection = __webpack_require__(5112);
// EXTERNAL MODULE: ./build/action/artifact-store/database/database-fault.js
var database_fault = __webpack_require__(56960);
;// CONCATENATED MODULE: ./build/action/artifact-store/database/sqlite.js










/** How long one connection waits for the transaction of another. */
const BUSY_TIMEOUT_MS = 60_000;
const BUSY_POLL_MS = 10;
/** Marks the file as a registry (`file` and SQLite tools show it): "ASRG". */
const APPLICATION_ID = 0x41535247;
/**
 * Opens the database file, making it where `write` asks for it.
 *
 * The journal is a rollback journal, not a write-ahead log: an archive is one transaction, and a store that was closed
 * can be read from a read-only medium.
 *
 * @throws ArchiveError `NOT_FOUND` when it is to be read and does not exist; `STORE_UNAVAILABLE` when it cannot be
 * opened; `CONFIG_INVALID` when it is something else.
 */
async function openSqlite(path, access) {
    let database;
    try {
        if (access === 'write')
            await (0,durable_directory/* makeDurableDirectory */.LF)((0,external_node_path_.dirname)(path));
        else if (!(0,external_node_fs_.existsSync)(path))
            throw new errors/* ArchiveError */.di('NOT_FOUND', `There is no store at ${path}; archive first, or name another one.`);
        // better-sqlite3 opens a file it may only read without a word.
        if (access === 'write' && (0,external_node_fs_.existsSync)(path))
            (0,external_node_fs_.accessSync)(path, external_node_fs_.constants.W_OK);
        const opened = new external_better_sqlite3_["default"](path, { readonly: access === 'read', timeout: 0 });
        database = opened;
        await patiently(path, () => checkApplication(opened, path));
        // What a power cut takes back is read from the log again; what is there must be whole.
        if (access === 'write')
            opened.pragma(`synchronous = ${(await (0,durable_directory/* hasFsync */.Oy)((0,external_node_path_.dirname)(path))) ? 'FULL' : 'OFF'}`);
        return registryOf(opened, path);
    }
    catch (error) {
        database?.close();
        throw explain(error, path);
    }
}
/** One that lives in memory alone. */
function sqliteInMemory() {
    return registryOf(new external_better_sqlite3_["default"](':memory:'), 'in memory');
}
function registryOf(opened, path) {
    return {
        db: new kysely/* Kysely */._$({
            dialect: {
                createDriver: () => new PatientDriver(opened, path),
                createAdapter: () => new TransactionalAdapter(),
                createQueryCompiler: () => new SqliteQueryCompiler(),
                createIntrospector: (db) => new SqliteIntrospector(db),
            },
        }),
        columnTypes: { bytes: 'blob', autoIncrement: 'integer' },
        hasTable: async (db, name) => {
            const query = (0,sql/* sql */.l) `select 1 from sqlite_schema where type = 'table' and name = ${name}`;
            return (await query.execute(db)).rows.length > 0;
        },
        lockForMigration: async (tx) => void (await (0,sql/* sql */.l) `pragma application_id = ${sql/* sql */.l.lit(APPLICATION_ID)}`.execute(tx)),
        serverVersion: async () => `SQLite ${opened.prepare('select sqlite_version()').pluck().get()}`,
        copyInMemory: () => registryOf(new external_better_sqlite3_["default"](opened.serialize()), path),
    };
}
/** A file without pages was just made, by this process or another. */
function checkApplication(database, path) {
    if (database.pragma('page_count', { simple: true }) === 0)
        return;
    if (database.pragma('application_id', { simple: true }) === APPLICATION_ID)
        return;
    throw new errors/* ArchiveError */.di('CONFIG_INVALID', `The database ${path} is not a registry of this software; name another.`);
}
/** SQLite takes schema changes back with the rest of a transaction; Kysely does not count on it. */
class TransactionalAdapter extends SqliteAdapter {
    get supportsTransactionalDdl() {
        return true;
    }
}
/** SQLite's own waiting blocks the thread, and with it a transaction of this process that it may be waiting for. */
class PatientDriver extends SqliteDriver {
    #database;
    #path;
    constructor(database, path) {
        super({ database });
        this.#database = database;
        this.#path = path;
    }
    /** SQLite has taken back a transaction itself under which the disk failed. */
    async rollbackTransaction(connection) {
        if (this.#database.inTransaction)
            await super.rollbackTransaction(connection);
    }
    async acquireConnection() {
        return (0,connection/* intercepted */.c)(await super.acquireConnection(), async (query) => {
            // Every query is synchronous.
            await (0,event_loop/* letOthersRun */.g)();
            try {
                return await patiently(this.#path, query);
            }
            catch (error) {
                throw explain(error, this.#path);
            }
        });
    }
}
async function patiently(path, action) {
    for (const deadline = Date.now() + BUSY_TIMEOUT_MS;; await (0,promises_.setTimeout)(BUSY_POLL_MS)) {
        try {
            return await action();
        }
        catch (error) {
            const code = (0,errors/* systemErrorCode */.vq)(error);
            if (Date.now() > deadline)
                throw error;
            if (code === 'SQLITE_READONLY_ROLLBACK')
                takeBack(path);
            else if (!code?.startsWith('SQLITE_BUSY'))
                throw error;
        }
    }
}
/** A transaction whose process was killed is taken back by whoever comes next, but only by one who may write. */
function takeBack(path) {
    const writer = new external_better_sqlite3_["default"](path, { fileMustExist: true, timeout: 0 });
    try {
        writer.pragma('page_count');
    }
    catch (error) {
        // Somebody else is doing it.
        if (!(0,errors/* systemErrorCode */.vq)(error)?.startsWith('SQLITE_BUSY'))
            throw error;
    }
    finally {
        writer.close();
    }
}
const REBUILD = 'make it anew with "infospace-archive store rebuild"';
const DAMAGED = ['SQLITE_NOTADB', 'SQLITE_CORRUPT'];
const REMEDIES = [
    ['SQLITE_FULL', 'the disk is full; free some space'],
    ['SQLITE_READONLY_ROLLBACK', 'a change of it was cut off; open it once where it can be written'],
    ['SQLITE_READONLY', 'it is read-only; choose a store that can be written'],
    ['SQLITE_BUSY', 'another process holds it; try again when that one is done'],
    ['SQLITE_CANTOPEN', 'it cannot be opened; check its folder and permissions'],
    ['SQLITE_NOTADB', `it is not a database; ${REBUILD}`],
    ['SQLITE_CORRUPT', `it is damaged; ${REBUILD}`],
    ['SQLITE_IOERR', 'the disk fails; check it'],
    ['ERR_DLOPEN_FAILED', 'SQLite cannot be loaded here; install the C++ library of the system (libstdc++)'],
    ['MODULE_NOT_FOUND', 'there is no SQLite for this kind of machine; use a store on PostgreSQL'],
    ['EIO', 'the disk fails; check it'],
    ['ENOSPC', 'the disk is full; free some space'],
    ['EACCES', 'permission is denied; run as the owner of the store or choose another one'],
    ['EPERM', 'permission is denied; run as the owner of the store or choose another one'],
    ['EROFS', 'the file system is read-only; choose a store that can be written'],
    ['ENOTDIR', 'a file stands where a folder should be; choose another store'],
    ['EEXIST', 'a file stands where a folder should be; choose another store'],
];
function explain(error, path) {
    const code = (0,errors/* systemErrorCode */.vq)(error);
    const known = error instanceof errors/* ArchiveError */.di ? undefined : REMEDIES.find(([prefix]) => code?.startsWith(prefix));
    if (known === undefined)
        return error;
    const [prefix, remedy] = known;
    return new database_fault/* DatabaseFault */.K(`Could not use the registry at ${path}: ${remedy}.`, DAMAGED.includes(prefix), error);
}


/***/ })

};
