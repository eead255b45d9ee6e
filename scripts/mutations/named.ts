import { type Mutation, replacing } from './mutation.ts';

const CONTRACT = 'artifact-store/registry/packages';
const TRUST = 'artifact-store/registry/trust';
const DURABLE = 'cli/durability';
const GARBAGE = 'artifact-store/garbage';
const REBUILD = 'artifact-store/rebuild';
const OPEN = 'artifact-store/open-store';
/** Those that change the log in storage. */
const LOG = [TRUST, REBUILD, OPEN];

type Break = [name: string, from: string, to: string, ...tests: string[]];

/** Faults that a storage engine must not have, by the file that prevents them. An empty text drops a statement. */
const BREAKS: Record<string, readonly Break[]> = {
  'storage/local.ts': [
    [
      'unfinished files of others are removed',
      'else await removeIfOlder(path, cutoff);',
      'else await unlinkIfAny(path);',
      'storage/local',
      GARBAGE,
    ],
    [
      'unfinished files are never removed',
      "if (stateOfMarked(name) === 'ended') await unlinkIfAny(path);\n        else await removeIfOlder(path, cutoff);",
      '',
      'storage/local',
      GARBAGE,
    ],

    ['no fsync of the folder of an object', 'await syncDirectory(folder);', '', 'storage/local-durability', DURABLE],
    ['no fsync of folders above', 'await syncDirectory(dirname(folder));', '', 'storage/local-durability', DURABLE],
    [
      'an object that exists is not synced',
      'throw otherBytes(key);\n    await syncFile(file);',
      'throw otherBytes(key);',
      'storage/local',
    ],
    ['an object that exists is not compared', '|| !found.equals(piece)', '', 'storage/local'],
    [
      'a longer object counts as the same',
      '(await file.stat()).size !== compared',
      '(await file.stat()).size < compared',
      'storage/local',
    ],

    ['staged files are listed', ' || key.startsWith(', ' || key.endsWith(', 'storage/local', GARBAGE],
  ],
  'files/whole-file.ts': [
    ['no fsync of an object or of index.yaml', 'await syncFile(file);', '', 'storage/local-durability', DURABLE],
    ['no fsync of the folder of index.yaml', 'await syncDirectory(dirname(path));', '', DURABLE],
    ['staged files stay behind', 'await unlink(staged).catch(() => undefined);', '', 'storage/local'],
    ['a replaced link is gone', 'const place = await realpath(path);', 'const place = path;', 'cli/written-files'],
  ],
  'files/staged-names.ts': [
    [
      'what others still write is removed',
      "if (state === 'running') continue;",
      "if (state === 'running') abandoned.push(join(folder, name));",
      'infospace/leftovers',
      'infospace/file-lock',
    ],
    [
      'leftovers of somebody else are removed',
      'if (found === undefined || found.uid',
      'if (found === undefined || 0 * found.uid',
      'infospace/leftovers',
    ],
  ],
  'storage/keys.ts': [['keys are not checked', 'throw new', 'new', 'storage/local']],
  'storage/durable-directory.ts': [
    ['no fsync above a new folder', 'await syncDirectory(dirname(made));', '', 'storage/local-durability', DURABLE],
  ],
  '../infospace/index-file.ts': [
    [
      'index.yaml is changed without its lock',
      'await withFileLock(',
      'await ((_, act) => act())(',
      'infospace/index-file',
    ],
  ],
  'database/sqlite.ts': [
    [
      'the pragma is not set',
      "if (access === 'write') opened.pragma(",
      "if (access !== 'write') opened.pragma(",
      DURABLE,
    ],
    [
      'a strange database is used',
      "throw new ArchiveError('CONFIG_INVALID', `The database",
      "new ArchiveError('CONFIG_INVALID', `The database",
      'artifact-store/open-store',
      'infospace/faults',
      'cli/store',
    ],
    [
      'a locked database is an error at once',
      "else if (!code?.startsWith('SQLITE_BUSY')) throw error;",
      'else throw error;',
      CONTRACT,
      'infospace/faults',
    ],
  ],
  'commit/record.ts': [
    [
      'a writer that was second thinks that it was first',
      "=== 'exists') throw new Overtaken();",
      "=== 'neither') throw new Overtaken();",
      CONTRACT,
    ],
    ['a commit whose cache failed is an error', 'if (!isCommitted) throw error;', 'throw error;', CONTRACT],
    ['a segment is told to be made before it is', 'isCommitted = true;', '', CONTRACT],
  ],
  'commit/head.ts': [
    ['the log is not locked', ".set((row) => ({ sequence: row.ref('sequence') }))", '.set({ sequence: 0 })', CONTRACT],
  ],
  'commit/follow.ts': [
    [
      'a segment that does not go on from the cache is applied',
      'first.sequence !== head.sequence + 1 || !sameBytes(first.previous_digest, head.digest)',
      'first.sequence < 1',
      TRUST,
      REBUILD,
    ],
  ],
  'commit/segments.ts': [
    [
      'segments that do not link are followed',
      'if (!sameBytes(segment.previous, previous)) throw otherLog(number);',
      '',
      ...LOG,
    ],
    [
      'segments of another store are followed',
      'if (segment.storeId !== storeId) throw otherStore(number, segment.storeId, storeId);',
      '',
      ...LOG,
    ],
    ['a gap in the log is passed over', 'if (newest >= next) throw missingSegment(next, newest);', '', ...LOG],
    [
      'a log that was cut is taken for whole',
      'if (next === followed && followed > 0) throw',
      'if (next < 0) throw',
      ...LOG,
    ],
  ],
  'commit/events.ts': [
    ['a changed payload is not noticed', '&& sameBytes(row.payload_digest, blake3.hash(row.payload))', '', TRUST],
    ['events past the head are not noticed', 'await refuseEventsPastHead(db);', '', TRUST],
    ['a lost event is not noticed', 'if (sequence < head.sequence) throw brokenAt(sequence + 1);', '', TRUST],
    ['a changed last event is not noticed', 'if (!linked) throw brokenAt(sequence);', '', TRUST],
  ],
  'commit/store-file.ts': [
    [
      'the id of a store is any text',
      'if (!isUuid(storeId)) throw',
      'if (storeId === where) throw',
      'commit/store-file',
    ],
  ],
  'commit/open-log.ts': [
    [
      'the registry of another store is used',
      'if (info !== undefined && info.storeId !== store.storeId) throw otherStore(info.storeId, store.storeId);',
      '',
      OPEN,
    ],
    [
      'an older registry of format 2 is migrated',
      'if (await legacyGoesOn(storage, legacy)) {',
      'if (legacy.sequence < 0) {',
      'compatibility',
    ],
  ],
  'open-package.ts': [
    [
      'finalize takes damaged contents',
      'place?.length !== entry.size || place.damaged',
      'place?.length !== entry.size',
      CONTRACT,
    ],
    [
      'finalize does not look at reused contents',
      'if (await areUsable(tx, reused)) return',
      'if (reused) return',
      CONTRACT,
      GARBAGE,
    ],
    [
      'finalize takes contents that left the store',
      'place?.length !== entry.size || place.damaged',
      'place?.damaged',
      CONTRACT,
    ],
    [
      'contents of retired packs are named by new packages',
      'if (place.usable) needs.set(',
      'if (!place.damaged) needs.set(',
      GARBAGE,
    ],
    [
      'a failed package leaves its manifest',
      'await parts.storage.delete(manifest.value.key).catch(() => undefined);',
      '',
      CONTRACT,
    ],
    ['an abandoned package leaves its packs', 'if (!open.mayBeVisible) await open.ingest.abort();', '', CONTRACT],
    [
      'a package that was disposed of comes back',
      'if (tombstone !== undefined) {',
      'if (tombstone === null) {',
      'artifact-store/registry/imports',
    ],
    [
      'a package may take the id of another one',
      'if (there === undefined || sameBytes(there.manifest_digest, manifestDigest)) return there !== undefined;',
      'return there !== undefined;',
      'artifact-store/registry/imports',
    ],
  ],
  'packs/tasks.ts': [
    [
      'the second read of a large file is not compared',
      "if (!sameBytes(blake3.hash(bytes), digest)) return { status: 'changed' };",
      '',
      'cli/second-read',
    ],
    [
      'a change while a file is read is not noticed',
      '&& sameStamp(stampOf(fstatSync(fd, { bigint: true })), stamp)',
      '',
      'artifact-store/packs/ingest',
      'infospace/archive',
    ],
    [
      'contents are restored unchecked',
      'if (!hasDigests(bytes, digestsAt(digests, i * 2 * DIGEST_BYTES))) return false;',
      '',
      TRUST,
      CONTRACT,
    ],
    [
      'a restore writes over files',
      "openSync(file, 'wx', modeOf(executable))",
      "openSync(file, 'w', modeOf(executable))",
      CONTRACT,
    ],
    ['the executable bit is lost', 'return executable ? 0o755 : 0o644;', 'return 0o644;', 'infospace/restore'],
  ],
  'packs/code-stream.ts': [
    [
      'an imported content is not compared',
      'bytes !== length || !sameBytes(hash.digest(), digest)',
      'bytes !== length',
      'artifact-store/registry/imports',
      'artifact-store/bag',
    ],
  ],
  'packs/stat-cache.ts': [
    [
      'a file that just changed counts as settled',
      'return mtimeNs < settled && ctimeNs < settled;',
      'return true;',
      'packs/stat-cache',
      'infospace/stat-cache',
    ],
    [
      'a damaged stat cache is used',
      '&& sameBytes(stored.subarray(MAGIC_BYTES, BODY_AT), blake3.hash(body))',
      '',
      'packs/stat-cache',
    ],
    [
      'a changed stamp is not noticed',
      'index === undefined || !this.#hasStamp(index, stamp)',
      'index === undefined',
      'packs/stat-cache',
      'infospace/stat-cache',
    ],
  ],
  'packs/format.ts': [
    [
      'a changed trailer is read',
      "throw malformed(where, 'its trailer changed');",
      "malformed(where, 'its trailer changed');",
      'packs/format',
    ],
    ['frames may miss the length of the pack', "throw malformed(where, 'frames miss its length');", '', 'packs/format'],
  ],
  'packs/content-index.ts': [
    ['contents of retired packs are usable', 'usable: !damaged && pack === undefined,', 'usable: !damaged,', GARBAGE],
    [
      'contents of damaged packs are usable',
      "const damaged = row.damaged_at !== null || pack === 'damaged';",
      'const damaged = row.damaged_at !== null;',
      'artifact-store/repair',
    ],
  ],
  'packs/ingest.ts': [
    ['what may not be used is reused', 'if (found.usable && this.#found', 'if (this.#found', GARBAGE, CONTRACT],
  ],
  'manifest/delta.ts': [
    [
      'delta ranges may go back',
      "if (first < next) throw malformed(where, 'a range of entries is out of order');",
      '',
      'manifest/delta',
    ],
    [
      'chains of manifests have no end',
      'if (before.bases.length === MAX_BASES) return undefined;',
      '',
      'manifest/delta',
    ],
  ],
  'manifest/stored.ts': [
    [
      'a manifest is not compared with its digest',
      'if (!sameBytes(blake3.hash(cbor), digest)) throw damaged(digest);\n  return cbor;',
      'return cbor;',
      'manifest/delta',
      CONTRACT,
    ],
  ],
  'manifest/paths.ts': [
    [
      'links lead out of the package',
      'else if (at.pop() === undefined)',
      'else if (at.pop() === null)',
      'manifest/paths',
    ],
    ['links lead through other links', "else if (isLink(at.join('/')))", 'else if (false)', 'manifest/paths'],
    ['entries lie below files', 'if (above !== undefined) throw', 'if (above === null) throw', 'manifest/paths'],
  ],
  'garbage/retire.ts': [
    [
      'packs in use are retired',
      ".whereRef('pack_id', '=', 'packs.id')",
      ".whereRef('pack_id', '>', 'packs.id')",
      GARBAGE,
    ],
  ],
  'garbage/rewrite.ts': [
    [
      'packs needed by more meanwhile are retired',
      'if (await isAsBefore(tx, pack)) retired',
      'if (pack) retired',
      GARBAGE,
    ],
    ['damaged contents are copied', 'if (!sameBytes(blake3.hash(content), digest)) return false;', '', GARBAGE],
  ],
  'garbage/sweep.ts': [
    [
      'retired packs have no grace',
      ".where('retired_at', '<=', cutoff.toISOString())",
      ".where('retired_at', 'is not', null)",
      GARBAGE,
    ],
  ],
  'garbage/collect.ts': [
    ['a clock that is days off decides', 'if (Math.abs(skew) > MAX_SKEW_MS) {', 'if (skew === MAX_SKEW_MS) {', GARBAGE],
  ],
  'garbage/orphans.ts': [
    ['orphans have no grace', 'object.modifiedAt <= cutoff && ', '', GARBAGE],
    ['manifests that others build on are removed', 'if (at.manifest_base === null) break;', 'break;', GARBAGE],
    [
      'orphans in use meanwhile are removed',
      'orphans = objects.filter(({ key }) => !known.has(withoutCopySuffix(key)));',
      'orphans = [...objects];',
      GARBAGE,
    ],
  ],
  'garbage/needs.ts': [
    [
      'a manifest that cannot be read is passed over',
      'if (await isThere(db, row.id)) throw error;',
      '',
      'compatibility',
    ],
  ],
};

/** By hand, each of one fault. */
export const NAMED: readonly Mutation[] = Object.entries(BREAKS).flatMap(([name, breaks]) => {
  const file = name.startsWith('../') ? `src/${name.slice(3)}` : `src/artifact-store/${name}`;
  return breaks.map(([what, from, to, ...tests]) => ({
    name: what,
    file,
    change: replacing(file, from, to),
    tests,
  }));
});
