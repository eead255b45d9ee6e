export const id = 754;
export const ids = [754];
export const modules = {

/***/ 75754:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  list: () => (/* binding */ list)
});

// EXTERNAL MODULE: ./build/action/artifact-store/abort.js
var abort = __webpack_require__(47180);
// EXTERNAL MODULE: ./build/action/artifact-store/errors.js
var errors = __webpack_require__(75087);
// EXTERNAL MODULE: ./build/action/infospace/contract.js
var contract = __webpack_require__(74954);
// EXTERNAL MODULE: ./build/action/infospace/index-record.js
var index_record = __webpack_require__(71630);
// EXTERNAL MODULE: ./build/action/infospace/infospace-file.js + 2 modules
var infospace_file = __webpack_require__(28138);
// EXTERNAL MODULE: ./build/action/infospace/infospace-store.js
var infospace_store = __webpack_require__(91148);
// EXTERNAL MODULE: ./build/action/infospace/compare.js
var compare = __webpack_require__(66369);
// EXTERNAL MODULE: ./build/action/infospace/index-file.js + 2 modules
var index_file = __webpack_require__(45598);
;// CONCATENATED MODULE: ./build/action/infospace/list.js





/**
 * The archives of an infospace, oldest first, as its index records them.
 *
 * @throws ArchiveError `NOT_FOUND` without the folder; `CONFIG_INVALID` when the index is broken.
 */
async function listArchives(root) {
    return (0,index_file/* readIndex */.vY)((await (0,infospace_file/* openInfospace */.t)(root)).root);
}
/**
 * How each archive differs from the one before it, by what the index says of both; undefined for the first of a subject,
 * and where a record lacks what it takes.
 */
function changesInIndex(records) {
    const last = new Map();
    return records.map((record) => {
        const before = last.get(record.subject);
        last.set(record.subject, record);
        return before && changeBetween(before, record);
    });
}
function changeBetween(before, after) {
    // Records of other tools may lack them.
    if ([before, after].some((record) => record.content_digest === undefined || record.total_bytes === undefined))
        return undefined;
    return {
        sameContent: before.content_digest === after.content_digest,
        fileCount: after.file_count - before.file_count,
        totalBytes: after.total_bytes - before.total_bytes,
    };
}
/**
 * As {@link changesInIndex}, with the entries that were added, removed, changed and renamed, where the store has both
 * packages. Reads the manifest of every package whose content is not that of the one before.
 *
 * @throws ArchiveError `STORE_UNAVAILABLE`, `INTEGRITY`.
 */
async function countedChanges(records, registry) {
    const getManifest = registry.manifestReader();
    const last = new Map();
    const counted = [];
    for (const [i, change] of changesInIndex(records).entries()) {
        const { package_id: id, subject } = records[i];
        const before = last.get(subject);
        if (change === undefined || change.sameContent || before === undefined) {
            counted.push(change && { ...change, entries: countChanges([]) });
            // What is the same has the manifest of the one before, if that is needed at all.
            last.set(subject, { id, files: change?.sameContent ? before?.files : undefined });
            continue;
        }
        const old = before.files ?? (await filesOf(before.id, getManifest));
        const files = await filesOf(id, getManifest);
        counted.push(old && files ? { ...change, entries: countChanges(compareEntries(old, files).changes) } : change);
        last.set(subject, { id, files });
    }
    return counted;
}
/** Undefined for a package that is not in the store. */
async function filesOf(packageId, getManifest) {
    try {
        return (await getManifest(packageId)).files;
    }
    catch (error) {
        // Records of other tools have ids of their own.
        if (isArchiveError(error, 'NOT_FOUND') || isArchiveError(error, 'USAGE'))
            return undefined;
        throw error;
    }
}
/**
 * Adds expiry, holds, eligibility and disposal to records.
 *
 * @throws ArchiveError `STORE_UNAVAILABLE` when the registry cannot be reached.
 */
async function annotateRetention(records, registry) {
    const tombstones = new Map((await registry.listTombstones()).map((tombstone) => [tombstone.id, tombstone]));
    const annotated = [];
    for (const record of records) {
        const tombstone = tombstones.get(record.package_id);
        annotated.push(tombstone
            ? { ...record, retention: null, disposal: disposalOf(tombstone) }
            : { ...record, retention: await retentionOf(record.package_id, registry), disposal: null });
    }
    return annotated;
}
async function retentionOf(packageId, registry) {
    try {
        const { expiresAt, expiredAt, holds, eligible } = await registry.getRetentionState(packageId);
        return { expiresAt, expiredAt, holds, eligible };
    }
    catch (error) {
        if (isArchiveError(error, 'NOT_FOUND'))
            return null;
        throw error;
    }
}

// EXTERNAL MODULE: ./node_modules/uuid/dist-node/validate.js + 1 modules
var validate = __webpack_require__(28520);
;// CONCATENATED MODULE: ./build/action/infospace/listing.js


/**
 * Orders the records of an index as the log of the store has their packages, and marks those whose package is gone from the
 * store or in another one. What the store does not have stays behind the record that it stands behind.
 */
async function markedRecords(records, registry) {
    const kept = new Map((await registry.listPackages()).map(({ id }, position) => [id, position]));
    const disposed = new Map((await registry.listTombstones()).map((tombstone) => [tombstone.id, tombstone]));
    let last = -1;
    const placed = records.map((record) => {
        const position = kept.get(record.package_id) ?? last;
        last = position;
        const tombstone = disposed.get(record.package_id);
        return { position, archive: kept.has(record.package_id) ? record : marked(record, tombstone) };
    });
    // Of equal ones the order stays.
    return placed.sort((a, b) => a.position - b.position).map(({ archive }) => archive);
}
/** Marks the records of an index whose store is not there. Other tools, whose ids are no UUIDs, have stores of their own. */
function marked(record, tombstone) {
    if (tombstone)
        return { ...record, disposal: (0,index_record/* disposalOf */.dT)(tombstone) };
    return (0,validate/* default */.A)(record.package_id) ? { ...record, stored: false } : record;
}
/**
 * What a store has, in the order of its log, and what it has disposed of, by its time.
 *
 * @param of an infospace whose packages are wanted: those of its subject, and those that its index names. All there are
 * without a subject.
 */
async function storedArchives(registry, of) {
    const recorded = new Map(of?.records.map((record) => [record.package_id, record]));
    const isWanted = ({ id, subject }) => of?.subject === undefined || subject === of.subject || recorded.has(id);
    const disposed = (await registry.listTombstones())
        .filter(isWanted)
        .map((tombstone) => ({ ...withRecord(tombstone, recorded), disposal: disposalOf(tombstone) }))
        .sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
    const archives = [];
    for (const found of (await registry.listPackages()).filter(isWanted)) {
        while (disposed.length > 0 && disposed.at(-1).created_at < found.createdAt)
            archives.push(disposed.pop());
        archives.push(withRecord(found, recorded));
    }
    return [...archives, ...disposed.reverse()];
}
/** The index knows what was asked for and why, if it tells of the same package. */
function withRecord(found, recorded) {
    const { included_paths: _, ...about } = summaryRecord(found);
    const record = recorded.get(found.id);
    return record?.manifest_digest === found.manifestDigest ? { ...record, ...about, note: record.note } : about;
}

// EXTERNAL MODULE: ./build/action/artifact-store/manifest/model.js
var model = __webpack_require__(46295);
// EXTERNAL MODULE: ./build/action/terminal/format.js
var format = __webpack_require__(21621);
;// CONCATENATED MODULE: ./build/action/terminal/patch.js

const NOWHERE = '/dev/null';
/**
 * A change as `git diff` prints it, so that `git apply` and, but for renames and links, `patch -p1` can apply it.
 *
 * @param forTerminal whether control characters in the text of files are made visible.
 */
function formatPatch({ change, hunks }, forTerminal) {
    const before = 'before' in change ? change.before : undefined;
    const after = 'after' in change ? change.after : undefined;
    if (before && after && before.kind !== after.kind) {
        // Git cannot change one kind into another: it deletes and creates.
        const removed = formatOne(before, undefined, before.kind === 'file' ? hunks : undefined, forTerminal);
        return removed + formatOne(undefined, after, after.kind === 'file' ? hunks : undefined, forTerminal);
    }
    return formatOne(before, after, hunks, forTerminal);
}
function formatOne(before, after, hunks, forTerminal) {
    const [old, now] = [sideOf(before), sideOf(after)];
    const mode = (now ?? old)?.mode;
    if (mode === undefined)
        return `Empty folder ${patch_quoted(`${(now ?? old).path}/`)} ${now ? 'added' : 'removed'}\n`;
    const [from, to] = [`a/${(old ?? now).path}`, `b/${(now ?? old).path}`];
    const header = [`diff --git ${patch_quoted(from)} ${patch_quoted(to)}`, ...extendedHeader(old, now)];
    const body = linkHunks(before, after) ?? hunks;
    const names = [old ? from : NOWHERE, now ? to : NOWHERE];
    // Git knows no other way to say that two files differ without telling how.
    if (typeof body === 'string')
        header.push(`Binary files ${names.map(patch_quoted).join(' and ')} differ`);
    else if (body !== undefined && body.length > 0) {
        header.push(`--- ${fileName(names[0])}`, `+++ ${fileName(names[1])}`);
    }
    const lines = Array.isArray(body) ? body.flatMap((hunk) => hunkLines(hunk, forTerminal)) : [];
    return `${[...header, ...lines].join('\n')}\n`;
}
function sideOf(entry) {
    if (entry === undefined)
        return undefined;
    if (entry.kind === 'directory')
        return { path: entry.path, mode: undefined };
    if (entry.kind === 'symlink')
        return { path: entry.path, mode: '120000' };
    return { path: entry.path, mode: entry.executable ? '100755' : '100644' };
}
function extendedHeader(old, now) {
    if (old === undefined)
        return [`new file mode ${now.mode}`];
    if (now === undefined)
        return [`deleted file mode ${old.mode}`];
    const modes = old.mode === now.mode ? [] : [`old mode ${old.mode}`, `new mode ${now.mode}`];
    if (old.path === now.path)
        return modes;
    return [...modes, 'similarity index 100%', `rename from ${patch_quoted(old.path)}`, `rename to ${patch_quoted(now.path)}`];
}
/** Git keeps the target of a link as the content of a file without a line end. */
function linkHunks(before, after) {
    if ((after ?? before)?.kind !== 'symlink')
        return undefined;
    const side = (mark, entry) => entry?.kind === 'symlink' ? [mark + entry.target, '\\ No newline at end of file'] : [];
    const lines = [...side('-', before), ...side('+', after)];
    return [{ oldStart: 1, oldLines: before ? 1 : 0, newStart: 1, newLines: after ? 1 : 0, lines }];
}
function hunkLines({ oldStart, oldLines, newStart, newLines, lines }, forTerminal) {
    const header = `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`;
    // Tabs are harmless, and common in text.
    const shown = forTerminal ? lines.map((line) => line.split('\t').map(printable).join('\t')) : lines;
    return [header, ...shown];
}
/** An empty range stands behind the line that it names. */
function range(start, lines) {
    if (lines === 0)
        return `${start - 1},0`;
    return lines === 1 ? `${start}` : `${start},${lines}`;
}
/** In `---` and `+++`, a tab tells where a name with a space ends. */
function fileName(path) {
    const name = patch_quoted(path);
    return name === path && path.includes(' ') ? `${name}\t` : name;
}
const ESCAPES = {
    '\u0007': '\\a',
    '\b': '\\b',
    '\t': '\\t',
    '\n': '\\n',
    '\v': '\\v',
    '\f': '\\f',
    '\r': '\\r',
    '"': '\\"',
    '\\': '\\\\',
};
/** A name with control characters as git writes it, in quotes and with escapes as in C. */
function patch_quoted(path) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    const special = /[\u0000-\u001f\u007f-\u009f"\\]/g;
    const escaped = path.replace(special, (char) => ESCAPES[char] ?? octal(char));
    return escaped === path ? path : `"${escaped}"`;
}
function octal(char) {
    return [...Buffer.from(char)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

;// CONCATENATED MODULE: ./build/action/terminal/changes.js




/** As `git diff --name-status` prints it; a rename is always of the same content. */
function nameStatusLine(change) {
    if (change.status === 'renamed')
        return `R100\t${shownPath(change.before)}\t${shownPath(change.after)}\n`;
    if (change.status === 'added')
        return `A\t${shownPath(change.after)}\n`;
    if (change.status === 'removed')
        return `D\t${shownPath(change.before)}\n`;
    return `${change.before.kind === change.after.kind ? 'M' : 'T'}\t${shownPath(change.after)}\n`;
}
function shownPath({ path, kind }) {
    return quoted(kind === 'directory' ? `${path}/` : path);
}
function statRow({ change, hunks }) {
    if (typeof hunks === 'string')
        return { change, lines: hunks };
    const lines = hunks?.flatMap((hunk) => hunk.lines) ?? [];
    const count = (mark) => lines.filter((line) => line.startsWith(mark)).length;
    return { change, lines: { added: count('+'), removed: count('-') } };
}
/** A table of the changes and a line that sums them up. */
async function renderStat(rows) {
    const { formatTable } = await __webpack_require__.e(/* import() */ 644).then(__webpack_require__.bind(__webpack_require__, 50644));
    const table = formatTable([{ title: 'CHANGE' }, { title: 'LINES' }, { title: 'SIZE', align: 'right' }, { title: 'PATH', flexible: true }], rows.map(({ change, lines }) => [change.status, linesText(lines), sizeText(sizeDelta(change)), pathsText(change)]), process.stdout.columns ?? Number.POSITIVE_INFINITY);
    const total = { added: 0, removed: 0 };
    for (const { lines } of rows) {
        if (typeof lines === 'string')
            continue;
        total.added += lines.added;
        total.removed += lines.removed;
    }
    const bytes = rows.reduce((sum, { change }) => sum + sizeDelta(change), 0);
    const counts = Object.entries(countChanges(rows.map(({ change }) => change)))
        .filter(([, count]) => count > 0)
        .map(([status, count]) => `${count.toLocaleString('en-US')} ${status}`);
    return `${table}${counts.join(', ')}; lines: ${linesText(total) || 'the same'}; bytes: ${sizeText(bytes) || 'as many'}\n`;
}
function linesText(lines) {
    if (typeof lines === 'string')
        return lines;
    return [lines.added > 0 ? `+${lines.added}` : '', lines.removed > 0 ? `−${lines.removed}` : '']
        .filter((part) => part !== '')
        .join(' ');
}
function sizeDelta(change) {
    const size = (entry) => (isContentEntry(entry) ? entry.size : 0);
    return ('after' in change ? size(change.after) : 0) - ('before' in change ? size(change.before) : 0);
}
/** A difference in bytes with its sign; empty for none. */
function sizeText(delta) {
    if (delta === 0)
        return '';
    return `${delta > 0 ? '+' : '−'}${(0,format/* formatBytes */.z3)(Math.abs(delta))}`;
}
function pathsText(change) {
    const path = pathOf(change);
    return change.status === 'renamed' ? `${change.before.path} → ${path}` : path;
}
/** How an archive differs from the one before it, for a table; empty for the first. */
function changeText(change, told = 'files and bytes') {
    if (change === undefined)
        return '';
    if (change.sameContent)
        return 'same';
    const { fileCount, totalBytes, entries } = change;
    if (entries)
        return countsText(entries);
    if (told === 'bytes')
        return sizeText(totalBytes) || 'changed';
    const files = fileCount === 0 ? '' : `${fileCount > 0 ? '+' : '−'}${(0,format/* formatCount */.B4)(Math.abs(fileCount), 'file')}`;
    return [files, sizeText(totalBytes)].filter((part) => part !== '').join(', ') || 'changed';
}
function changeJson(change) {
    if (change === undefined)
        return null;
    const { sameContent, fileCount, totalBytes, entries } = change;
    return { same_content: sameContent, file_count: fileCount, total_bytes: totalBytes, ...entries };
}
function countsText({ added, removed, changed, renamed }) {
    const parts = [
        ['+', added],
        ['−', removed],
        ['~', changed],
        ['→', renamed],
    ];
    return parts
        .filter(([, count]) => count > 0)
        .map(([mark, count]) => mark + count)
        .join(' ');
}
/** For `printJson`. */
function comparisonJson({ before, after, changes, unchanged }) {
    return {
        before: comparedJson(before),
        after: comparedJson(after),
        summary: { ...countChanges(changes), unchanged },
        changes: changesJson(changes),
    };
}
/** One by one: of very many they take much memory. */
function* changesJson(changes) {
    for (const change of changes) {
        yield {
            status: change.status,
            path: pathOf(change),
            before: 'before' in change ? entryJson(change.before) : null,
            after: 'after' in change ? entryJson(change.after) : null,
        };
    }
}
function comparedJson(compared) {
    if ('folder' in compared)
        return compared;
    const { id, subject, createdAt, manifestDigest, contentDigest } = compared.package;
    return {
        package_id: id,
        subject,
        created_at: createdAt,
        manifest_digest: manifestDigest,
        content_digest: contentDigest,
    };
}
/** As the manifest's JSON view has it. */
function entryJson(entry) {
    if (!isContentEntry(entry))
        return entry;
    const { blake3, sha256, ...rest } = entry;
    return { ...rest, blake3: Buffer.from(blake3).toString('hex'), sha256: Buffer.from(sha256).toString('hex') };
}

// EXTERNAL MODULE: ./build/action/action/archive-inputs.js + 1 modules
var archive_inputs = __webpack_require__(63175);
// EXTERNAL MODULE: ./build/action/action/git-store.js + 1 modules
var git_store = __webpack_require__(36940);
// EXTERNAL MODULE: ./build/action/action/outputs.js
var outputs = __webpack_require__(85240);
// EXTERNAL MODULE: ./build/action/action/report.js
var report = __webpack_require__(33458);
// EXTERNAL MODULE: ./build/action/action/source-inputs.js
var source_inputs = __webpack_require__(91399);
// EXTERNAL MODULE: ./build/action/action/summary.js
var summary = __webpack_require__(70498);
;// CONCATENATED MODULE: ./build/action/action/list.js
















/** Summaries have a limit, and readers too. */
const MAX_LISTED = 50;
async function list({ inputs, env, signal }) {
    const asked = await readListInputs(inputs, env);
    const archives = await (0,abort/* untilAborted */.Eu)(signal, asked.store.kind === 'embedded' ? fromIndex(asked, signal) : fromStore(asked));
    const changes = changesInIndex(archives);
    const newest = newestOf(archives);
    for (const archive of archives)
        (0,report/* say */.cv)(lineOf(archive));
    if (archives.length === 0)
        (0,report/* say */.cv)('No archives yet.');
    (0,outputs/* setOutputs */.n)({
        archives: JSON.stringify(archives.map((archive, i) => ({ ...archive, change: changeJson(changes[i]) }))),
        count: archives.length,
        package_id: newest?.package_id,
        manifest_digest: newest?.manifest_digest,
        content_digest: newest?.content_digest,
    });
    if (asked.summary)
        await summarize(archives, changes.map((change) => changeText(change)));
}
async function readListInputs(inputs, env) {
    const { root } = await (0,archive_inputs/* readRoot */.XD)(inputs, env);
    const { subject, store } = await (0,source_inputs/* readSourceInputs */.D)(inputs, env);
    return { root, subject, store, summary: inputs.flag('summary', true) };
}
/**
 * As the infospace itself records them, with what an embedded store says of them that an earlier step left; where a checkout
 * has no index, as a store in its git repository does.
 */
async function fromIndex(asked, signal) {
    const { root, subject, store } = asked;
    const recorded = await listArchives(root);
    const records = recorded.filter(index_record/* isSound */.gH);
    if (records.length < recorded.length) {
        const what = (0,format/* formatCount */.B4)(recorded.length - records.length, 'record');
        (0,report/* warn */.R8)(`The index ${contract/* INDEX_FILE */.K$} has ${what} that this action did not write; left out.`);
    }
    const elsewhere = records.length === 0 && store.isDefault ? await (0,git_store/* findGitStore */.X)(root, store, signal) : undefined;
    if (elsewhere)
        return listIn(elsewhere, asked);
    const archives = await markedByStore(root, records, store.env);
    return archives
        .filter((archive) => subject === undefined || archive.subject === subject)
        .map(({ disposal, ...archive }) => ({ ...archive, ...(disposal && { disposed_at: disposal.disposedAt }) }));
}
async function markedByStore(root, records, env) {
    let registry;
    try {
        registry = await (0,infospace_store/* openRegistry */.Me)(root, { env }, 'read');
    }
    catch (error) {
        // What lasts of a job is its artifact, so the store of the records is seldom there.
        if ((0,errors/* isArchiveError */.J)(error, 'NOT_FOUND'))
            return records;
        throw error;
    }
    try {
        return await markedRecords(records, registry);
    }
    finally {
        await registry.close();
    }
}
/** The newest that can be restored; where that is not known, the last. */
function newestOf(archives) {
    const isThere = ({ disposed_at, stored }) => disposed_at === undefined && stored === undefined;
    return archives.findLast(isThere) ?? archives.findLast(({ disposed_at }) => disposed_at === undefined);
}
/** A checkout seldom has the index of the run before; a store knows all packages of the subject. */
async function fromStore(asked) {
    return listIn(await (0,infospace_store/* openRegistry */.Me)(asked.root, asked.store, 'read'), asked);
}
/** Closes the registry. */
async function listIn(registry, { root, subject }) {
    try {
        const packages = await registry.listPackages({ subject: subject ?? (await (0,infospace_file/* openInfospace */.t)(root)).slug });
        const listed = [];
        for (const found of packages)
            listed.push(await describe(found, registry));
        return listed;
    }
    finally {
        await registry.close();
    }
}
async function describe(found, registry) {
    const { expiresAt, holds, eligible } = await registry.getRetentionState(found.id);
    return {
        package_id: found.id,
        manifest_digest: found.manifestDigest,
        content_digest: found.contentDigest,
        subject: found.subject,
        created_at: found.createdAt,
        retention_class: found.retentionClass,
        file_count: found.fileCount,
        total_bytes: found.totalBytes,
        expires_at: expiresAt,
        on_hold: holds.length > 0,
        eligible,
    };
}
function lineOf({ created_at, package_id, file_count, total_bytes, retention_class }) {
    const size = `${(0,format/* formatCount */.B4)(file_count, 'entry', 'entries')}, ${(0,format/* formatBytes */.z3)(total_bytes)}`;
    return `${created_at.slice(0, 16).replace('T', ' ')}  ${package_id}  ${size}, ${retention_class}`;
}
async function summarize(archives, changes) {
    const earlier = archives.length - MAX_LISTED;
    const rows = archives
        .slice(-MAX_LISTED)
        .map(({ created_at, package_id, file_count, total_bytes, retention_class, expires_at }, i) => `| ${created_at.slice(0, 16).replace('T', ' ')} | ${(0,summary/* code */.aY)(package_id)} | ${file_count} | ${(0,format/* formatBytes */.z3)(total_bytes)} | ${changes[Math.max(0, earlier) + i]} | ${(0,summary/* code */.aY)(retention_class).replaceAll('|', '\\|')} | ${expires_at === null ? 'never' : (expires_at?.slice(0, 10) ?? '')} |`);
    const table = [
        '| Made | Package | Entries | Size | Change | Class | Expires |',
        '|---|---|--:|--:|---|---|---|',
        ...rows,
    ].join('\n');
    await (0,summary/* writeSummary */.Sy)([
        `### ${(0,format/* formatCount */.B4)(archives.length, 'archive')}`,
        archives.length === 0 ? '' : table,
        earlier > 0 ? `and ${earlier} earlier` : '',
    ]);
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

/***/ 66369:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   XM: () => (/* binding */ pathOf),
/* harmony export */   wD: () => (/* binding */ compareEntries),
/* harmony export */   xS: () => (/* binding */ countChanges)
/* harmony export */ });
/* unused harmony export sameContent */
/* harmony import */ var node_path_posix__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(53916);
/* harmony import */ var _artifact_store_manifest_model_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(46295);


/** Compares by digests; no content is read. */
function compareEntries(before, after) {
    const old = new Map(before.map((entry) => [entry.path, entry]));
    const added = [];
    const changes = [];
    let unchanged = 0;
    for (const entry of after) {
        const was = old.get(entry.path);
        old.delete(entry.path);
        if (was === undefined)
            added.push(entry);
        else if ((0,_artifact_store_manifest_model_js__WEBPACK_IMPORTED_MODULE_1__/* .sameEntry */ .d)(was, entry))
            unchanged++;
        else
            changes.push({ status: 'changed', before: was, after: entry });
    }
    const all = [...changes, ...withRenames([...old.values()], added)];
    const keys = new Map(all.map((change) => [change, Buffer.from(pathOf(change))]));
    return { changes: all.sort((a, b) => Buffer.compare(keys.get(a), keys.get(b))), unchanged };
}
/** The path of what changed, the new one if it has two. */
function pathOf(change) {
    return change.status === 'removed' ? change.before.path : change.after.path;
}
/** How many changes there are of each kind. */
function countChanges(changes) {
    const counts = { added: 0, removed: 0, changed: 0, renamed: 0 };
    for (const { status } of changes)
        counts[status]++;
    return counts;
}
/** What a moved file keeps besides its content, the most telling first: its name, its executable bit, nothing. */
const KEPT = [
    ({ path }) => (0,node_path_posix__WEBPACK_IMPORTED_MODULE_0__.basename)(path),
    ({ executable }) => String(executable),
    () => '',
];
/** Pairs removed and added files of the same content. */
function withRenames(removed, added) {
    const renamed = new Set();
    const changes = [];
    for (const kept of KEPT) {
        const keyOf = (entry) => contentKey(entry) + kept(entry);
        const sources = Map.groupBy(removed.filter(isNotEmpty).filter((entry) => !renamed.has(entry)), keyOf);
        // Reversed, since taking the first of a long list moves all others.
        for (const same of sources.values())
            same.reverse();
        for (const after of added.filter(isNotEmpty)) {
            const before = renamed.has(after) ? undefined : sources.get(keyOf(after))?.pop();
            if (before === undefined)
                continue;
            renamed.add(before).add(after);
            changes.push({ status: 'renamed', before, after });
        }
    }
    for (const before of removed)
        if (!renamed.has(before))
            changes.push({ status: 'removed', before });
    for (const after of added)
        if (!renamed.has(after))
            changes.push({ status: 'added', after });
    return changes;
}
/** That two files are empty tells nothing of where they came from. */
function isNotEmpty(entry) {
    return (0,_artifact_store_manifest_model_js__WEBPACK_IMPORTED_MODULE_1__/* .isContentEntry */ .q)(entry) && entry.size > 0;
}
function contentKey({ blake3 }) {
    return Buffer.from(blake3.buffer, blake3.byteOffset, blake3.byteLength).toString('latin1');
}
function sameContent(a, b) {
    return Buffer.compare(a.blake3, b.blake3) === 0;
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
