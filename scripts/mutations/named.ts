import { type Mutation, replacing } from './mutation.ts';

const CONTRACT = 'artifact-store/registry/packages';
const TRUST = 'artifact-store/registry/trust';
const COMMITS = 'artifact-store/registry/commits';
const CACHES = 'artifact-store/caches';
const LOST_SEGMENTS = 'artifact-store/commit/lost-segments';
const DURABLE = 'cli/durability';

type Break = [name: string, from: string, to: string, ...tests: string[]];

/** Faults that a storage engine must not have, by the file that prevents them. An empty text removes a statement. */
const BREAKS: Record<string, readonly Break[]> = {
  'storage/local.ts': [
    [
      'unfinished files of others are removed',
      "else if (state === 'elsewhere') await removeIfOlder(path, cutoff);",
      'else await unlinkIfAny(path);',
      'storage/local',
      'artifact-store/garbage',
    ],
    [
      'unfinished files are never removed',
      "if (state === 'ended') await unlinkIfAny(path);",
      '',
      'storage/local',
      'artifact-store/garbage',
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

    [
      'a file is created over another one',
      'await link(staged, target);\n        await unlink(staged);',
      'await rename(staged, target);',
      'storage/local',
      CACHES,
    ],
    [
      'every creator is told that the object is its own',
      "return isOurs ? 'created' : 'exists';",
      "return 'created';",
      'storage/local',
    ],
    ['staged files are listed', ' || key.startsWith(', ' || key.endsWith(', 'storage/local', 'artifact-store/garbage'],
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
    ['synchronous=FULL is dropped', "? 'FULL' : 'OFF'", "? 'NORMAL' : 'OFF'", DURABLE],
    [
      'a strange database is used',
      "throw new ArchiveError(\n    'CONFIG_INVALID',\n    `The database",
      "new ArchiveError(\n    'CONFIG_INVALID',\n    `The database",
      'artifact-store/open-store',
      'cli/store',
    ],
    [
      'a locked database is an error at once',
      "else if (!code?.startsWith('SQLITE_BUSY')) throw error;",
      'else throw error;',
      CONTRACT,
    ],
  ],
  'commit/record.ts': [
    [
      'the cache is committed before the segment is made',
      'beforeCommit?.();',
      'beforeCommit?.();\n      await setHead(tx, { ...head, segment });\n      return;',
      CONTRACT,
      CACHES,
    ],
    [
      'a segment that exists is taken for written',
      "=== 'exists') throw new Overtaken();",
      "=== 'exists') isCommitted = false;",
      CACHES,
    ],
    [
      'a segment that exists is not looked for',
      "if ((await storage.head(key)) !== undefined) return 'exists';",
      '',
      COMMITS,
    ],
    ['a cache that fails is a commit that failed', 'if (stored === undefined) throw error;', 'throw error;', COMMITS],
    ['what may be named is deleted', '  beforeCommit?.();', '', COMMITS, 'artifact-store/garbage'],
    ['a stale registry refuses what is right', '|| !(await wasBehind(parts))', '|| true', CACHES],
    ['a segment does not name the one before', 'previous: head.segmentDigest', 'previous: head.digest', CACHES, TRUST],
  ],
  'commit/head.ts': [
    [
      'the log is not locked',
      ".set((row) => ({ sequence: row.ref('sequence') }))",
      '.set({ sequence: 0 })',
      CONTRACT,
      COMMITS,
    ],
  ],
  'commit/events.ts': [
    ['a changed payload is not noticed', '&& sameBytes(row.payload_digest, blake3.hash(row.payload))', '', TRUST],
    ['events past the head are not noticed', 'await refuseEventsPastHead(db);', '', TRUST],
    ['a lost event is not noticed', 'if (sequence < head.sequence) throw brokenAt(sequence + 1);', '', TRUST],
    ['a changed last event is not noticed', 'if (!linked) throw brokenAt(sequence);', '', TRUST],
  ],
  'commit/read-segments.ts': [
    [
      'segments need not follow each other',
      'if (!sameBytes(segment.previous, after.segmentDigest)) throw otherLog(segment);',
      '',
      CACHES,
    ],
    [
      'segments of another store are followed',
      'if (segment.storeId !== this.#store.storeId) throw otherStore(segment, this.#store.storeId);',
      '',
      'artifact-store/rebuild',
    ],
    [
      'a copy takes the place of a sound segment without proof',
      'if (this.#doubt) throw this.#doubt;',
      '',
      LOST_SEGMENTS,
    ],
    ['a changed segment is not exchanged', 'if (isUnfitting && (await', 'if (!isUnfitting && (await', LOST_SEGMENTS],
  ],
  'commit/copy-segments.ts': [
    ['no copies are made', 'if (storage.requests !== undefined) return;', 'return;', LOST_SEGMENTS],
  ],
  'commit/segments.ts': [
    [
      'any copy proves the followed segment',
      'await new Copies(storage).with(segment, digest)) !== undefined',
      'digest) !== undefined',
      LOST_SEGMENTS,
    ],
    ['a gap in the log is passed over', 'if (newest >= next) throw missingSegment(next, newest);', '', CACHES],
    [
      'a log that was cut is not noticed',
      'if (isUnproved || (next === known && known > 0)) {',
      'if (next < 0) {',
      CACHES,
    ],
    ['the head of the log is not compared', 'if (sameBytes(found, followed)) return;', 'return;', CACHES],
  ],
  'commit/open-log.ts': [
    [
      'the registry of another store is used',
      'if (info !== undefined && info.storeId !== store.storeId)',
      'if (info === undefined && store === undefined)',
      CACHES,
    ],
    [
      'another storage is taken for a new store',
      'if (segment === 0) return legacyOf',
      'if (segment >= 0) return legacyOf',
      CACHES,
    ],
    [
      'an older registry is migrated',
      'if (await legacyContinues(storage, legacy)) {',
      'if ((await legacyContinues(storage, legacy)) === undefined) {',
      'compatibility',
    ],
  ],
  'commit/follow.ts': [
    [
      'a segment that does not go on from the cache is applied',
      'first.sequence !== head.sequence + 1 || !sameBytes(first.previous_digest, head.digest)',
      'first.sequence < 1',
      CACHES,
    ],
    [
      'a migrated store is read without its old log',
      'await beginWithLegacy(parts);\n  for (;;) {',
      'for (;;) {',
      'compatibility',
    ],
  ],
  'commit/store-file.ts': [
    [
      'the id of a store is any text',
      'if (!isUuid(storeId)) throw',
      'if (storeId === where) throw',
      'commit/store-file',
    ],
  ],
  'commit/pins.ts': [
    ['a log may lack what it must have', 'if (segment > newest) {', 'if (newest < 0) {', 'artifact-store/rebuild'],
    ['a log may have another segment', 'if (found === digest) return;', 'return;', 'artifact-store/rebuild'],
  ],
  'commit/verify-log.ts': [
    [
      'the registry is not compared with the log',
      'if (row === undefined || !sameBytes(eventDigest(row), eventDigest(event)))',
      'if (row === undefined)',
      'artifact-store/check-deep',
    ],
  ],
  'commit/views.ts': [
    [
      'packages do not follow what was copied',
      'await shareNeeds(tx, [id], [...ids.values()]);',
      '',
      'artifact-store/garbage',
    ],
    [
      'damage of a content leaves its package without the sound copy',
      ".where('pack_id', '=', id).execute();\n  if (damaged_at !== null) await shareDamaged(tx, id);",
      ".where('pack_id', '=', id).execute();",
      'artifact-store/repair',
    ],
    [
      'a list that lies is not marked',
      "  await tx.updateTable('lists').set({ damaged_at }).where('digest', '=', digest).where('pack_id', '=', id).execute();\n",
      '',
      'artifact-store/registry/imports',
    ],
    [
      'a lost pack leaves its packages without the sound copies',
      ".where('id', '=', id).execute();\n  if (damaged_at !== null) await shareDamaged(tx, id);",
      ".where('id', '=', id).execute();",
      'artifact-store/repair',
    ],
  ],
  'finalize.ts': [
    ['finalize names packs that were removed', 'await refuseRemoved(tx, packs);', '', 'artifact-store/garbage'],
    [
      'a package builds on manifests that were removed',
      'await refuseRemoved(tx, [key, ...baseKeys]);',
      'await refuseRemoved(tx, [key]);',
      'artifact-store/garbage-layers',
    ],
    [
      'a package is finalized twice',
      'if (open.mayBeVisible && (await isVisible(tx, open.package.id))) return [];',
      '',
      COMMITS,
    ],
    [
      'a manifest is brought to a key that is about to be deleted',
      'if (await areRemoved(tx, [key])) place.key',
      'if (await areRemoved(tx, [])) place.key',
      'artifact-store/registry/imports',
    ],
    [
      'a failed package leaves its manifest',
      'await deleteManifest(parts, open, manifest.value).catch(() => undefined);',
      '',
      CONTRACT,
    ],
    [
      'an abandoned package leaves its packs',
      'if (open.mayBeVisible) return;\n  await open.ingest.abort();',
      'if (open.mayBeVisible) return;',
      CONTRACT,
    ],
    [
      'a package that may be visible loses its packs',
      'if (open.mayBeVisible) return;\n  await open.ingest.abort();',
      'await open.ingest.abort();',
      COMMITS,
    ],
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
  'contents-needed.ts': [
    [
      'finalize does not look at reused contents',
      'if (await areUsable(index.db, reused)) return reused;\n  const seen = new DigestSet();',
      'return reused;\n  const seen = new DigestSet();',
      CONTRACT,
    ],
    [
      'finalize takes damaged contents',
      'place?.length !== entry.size || place.damaged) throw',
      'place?.length !== entry.size) throw',
      CONTRACT,
    ],
    [
      'finalize takes damaged chunks',
      'place === undefined || place.damaged) throw',
      'place === undefined) throw',
      'artifact-store/registry/imports',
    ],
    [
      'finalize takes contents of retired packs',
      '    else leaving.entries.push(entry);',
      '    else addNeed(needs, place.packId, entry.size);',
      'artifact-store/garbage',
    ],
    [
      'finalize takes lists of retired packs',
      'else if (isList(place)) leaving.lists.push(',
      'else if (isList(place)) [].push.call([], ',
      'artifact-store/garbage',
    ],
    [
      'finalize takes chunks of retired packs',
      'else leaving.chunks.push(digest);',
      'else addNeed(needs, place.packId, place.length);',
      'artifact-store/garbage',
    ],
    [
      'finalize takes contents that left the store',
      'place?.length !== entry.size || place.damaged',
      'place?.damaged',
      CONTRACT,
    ],
  ],
  'packs/cut-file.ts': [
    [
      'the second read of a large file is not compared',
      "if (!isSame) return { status: 'changed' };",
      '',
      'cli/second-read',
    ],
  ],
  'packs/list-reader.ts': [
    [
      'chunks of a part of a file are not compared',
      'if (checksEach && !sameBytes(blake3.hash(into), chunk.location.digest)) return undefined;',
      '',
      'artifact-store/registry/imports',
    ],
  ],
  'packs/chunk-ingest.ts': [
    [
      'what was damaged as a whole is stored again in chunks',
      ' && !this.#parts.present.isDamaged(digest)',
      '',
      'compatibility',
    ],
  ],
  'packs/read-stable.ts': [
    [
      'a change while a file is read is not noticed',
      '&& sameStamp(stampOf(fstatSync(fd, { bigint: true })), stamp)',
      '',
      'artifact-store/packs/ingest',
      'infospace/archive',
    ],
  ],
  'packs/tasks.ts': [
    [
      'the second read of a file that is not cut is not compared',
      "if (!sameBytes(blake3.hash(bytes), digest)) return { status: 'changed' };",
      '',
      'artifact-store/packs/tasks',
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
    [
      'contents of retired packs are reused',
      'usable: !damaged && pack === undefined',
      'usable: !damaged',
      'artifact-store/garbage',
    ],
    ['damaged contents are reused', 'usable: !damaged && pack === undefined', 'usable: pack === undefined', CONTRACT],
  ],
  'packs/pack-needs.ts': [
    [
      'retired packs count as there',
      "      .where('packs.retired_at', 'is', null)\n      .groupBy",
      '      .groupBy',
      'artifact-store/unread-files',
      'infospace/stat-cache',
      'artifact-store/garbage',
    ],
    [
      'damaged packs count as there',
      "      .where('contents.damaged_at', 'is', null)\n      .where('packs.damaged_at', 'is', null)\n",
      '',
      'artifact-store/repair',
    ],
    ['a pack that was retired is usable', "\n      .where('retired_at', 'is', null)", '', 'artifact-store/garbage'],
  ],
  'packs/pack-rows.ts': [
    [
      'a package with damage does not keep what heals it',
      '  await replaceDamaged(tx, id);\n}',
      '}',
      'artifact-store/repair',
    ],
  ],
  'packs/present-contents.ts': [
    [
      'what may not be used is reused',
      'if (usable) this.#addFound',
      'this.#addFound',
      'artifact-store/garbage',
      CONTRACT,
    ],
    [
      'a list is reused of which chunks may not be',
      'return await this.findWhole(parts);',
      'await this.findWhole(parts);\n      return true;',
      'artifact-store/registry/imports',
    ],
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
      'if (!sameBytes(nameOf ? nameOf(found) : found, digest)) throw damaged(digest);',
      '',
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
  'garbage/clock.ts': [
    [
      'any clock decides what goes',
      'if (Math.abs(skew) > MAX_SKEW_MS) {',
      'if (Math.abs(skew) < 0) {',
      'artifact-store/clock',
    ],
  ],
  'retention/state.ts': [
    [
      'the last package of a subject is disposed of',
      'Math.max(keepLast, isAll ? 1 : 0)',
      'keepLast',
      'artifact-store/registry/imports',
    ],
    [
      'a purge takes no notice of holds',
      'if (hold === undefined) return disposed(row, requireReason(reason));',
      'if (hold !== null) return disposed(row, requireReason(reason));',
      'artifact-store/registry/imports',
    ],
  ],
  'labels.ts': [
    [
      'a label is left on the package that has it',
      'if (current.packageId === id) return [];',
      "if (current.packageId !== '') return [];",
      'artifact-store/registry/imports',
    ],
  ],
  'garbage/rewrite.ts': [
    [
      'a pack is retired whoever came to need it',
      'for (const pack of copied) if (await isAsBefore(tx, pack)) retired.push(pack);',
      'retired = [...copied];',
      'artifact-store/garbage',
    ],
    [
      'damaged contents are copied',
      'if (!sameBytes(blake3.hash(content), digest)) return false;',
      '',
      'artifact-store/garbage',
    ],
    [
      'lists are not copied',
      'for (const list of lists) sink.addList(list);',
      '',
      'artifact-store/garbage',
      'artifact-store/registry/imports',
    ],
    [
      'packs of packages that cannot be read are rewritten',
      'if ([...packages].some((user) => needed.unknown.has(user))) continue;',
      '',
      'artifact-store/garbage',
    ],
    [
      'packs that may be named are deleted',
      'if (!mayBeNamed) await sink.abort();',
      'await sink.abort();',
      'artifact-store/garbage',
    ],
  ],
  'garbage/retire.ts': [
    [
      'packs in use are retired',
      '.filter(({ id }) => !needed.has(id))',
      '.filter(({ id }) => needed.has(id))',
      'artifact-store/garbage',
    ],
  ],
  'garbage/sweep.ts': [
    [
      'retired packs have no grace',
      ".where('retired_at', '<=', cutoff.toISOString())",
      ".where('retired_at', 'is not', null)",
      'artifact-store/garbage',
    ],
  ],
  'garbage/orphans.ts': [
    ['orphans have no grace', 'object.modifiedAt <= cutoff && ', '', 'artifact-store/garbage'],
    ['manifests that others build on are removed', '      named.add(key);\n', '', 'artifact-store/garbage-layers'],
    [
      'orphans in use meanwhile are removed',
      'orphans = objects.filter(({ key }) => !known.has(withoutSuffix(key)));',
      'orphans = [...objects];',
      'artifact-store/garbage',
    ],
  ],
  'garbage/needs.ts': [
    [
      'a manifest that cannot be read is passed over',
      'if (await isThere(db, row.id)) throw error;',
      '',
      'compatibility',
    ],
    [
      'what a list tells is not needed',
      'if (!digests.has(list.digest)) continue;',
      'if (digests.has(list.digest)) continue;',
      'artifact-store/garbage',
      'artifact-store/registry/imports',
    ],
    ['a list that cannot be read is passed over', 'unreadable.add(list.digest);', '', 'artifact-store/garbage'],
  ],
  '../action/outputs.ts': [
    ['an output holds any text', 'if (isKnown && !OUTPUTS[', 'if (!isKnown && OUTPUTS[', 'action/outputs'],
  ],
  'imported-package.ts': [
    ['a bag names its class as it likes', 'isClassName(retention_class)', 'retention_class', 'bag/hostile-bag'],
  ],
  '../page/access.ts': [
    ['the page answers any host', 'if (headers.host !== host)', 'if (false)', 'page/server'],
    ['the page answers any origin', 'headers.origin !== undefined && ', 'false && ', 'page/server'],
    [
      'any token opens the page',
      'return timingSafeEqual(digest(text), digest(token));',
      'return text !== token || true;',
      'page/server',
    ],
  ],
  '../page/markdown.ts': [
    [
      'HTML in Markdown is kept',
      'html({ text }: Tokens.HTML | Tokens.Tag) {',
      'html({ text }: Tokens.HTML | Tokens.Tag) {\n      if (text) return text;',
      'page/server',
      'page/parts',
    ],
  ],
  '../page/kinds.ts': [
    [
      'SVG is given as a picture',
      "'.webp': 'image/webp',",
      "'.webp': 'image/webp',\n  '.svg': 'image/svg+xml',",
      'page/server',
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
