import { createHash } from 'node:crypto';
import { chmod, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { wasmBlake3 } from '../../../src/artifact-store/identity/hasher.ts';
import { decodeManifest } from '../../../src/artifact-store/manifest/codec.ts';
import { decodeManifestJson } from '../../../src/artifact-store/manifest/json.ts';
import { isContentEntry } from '../../../src/artifact-store/manifest/model.ts';
import { collect, listTree, noise, readTree, type Tree, writeTree } from '../../artifact-store/fixtures.ts';
import { ABOUT, type MakeStore, useBench } from './bench.ts';

const TREE: Tree = {
  'infospace.yaml': 'name: atlas\n',
  'artifacts/large.bin': noise(1_100_000, 1),
  'output/report.md': '# Report\n',
  'output/copy.md': '# Report\n',
  'output/empty.txt': '',
  'output/latest': { link: 'report.md' },
  'exports/none': null,
};
const FILES = Object.entries(TREE).filter((item): item is [string, string | Buffer] => {
  return typeof item[1] === 'string' || item[1] instanceof Uint8Array;
});
const TOTAL_BYTES = FILES.reduce((sum, [, content]) => sum + content.length, 0);

export function describePackages(makeStore: MakeStore): void {
  describe('packages', () => {
    const bench = useBench(makeStore);

    test('are listed and found by id, by digest and as the latest of their subject', async () => {
      const { registry } = bench();
      const { id, manifestDigest, ...finalized } = await bench().archive(TREE);
      const summary = {
        id,
        manifestDigest,
        producer: 'bench',
        subject: 'atlas',
        createdAt: '2025-01-01T00:00:00.000Z',
        retentionClass: 'release-evidence',
        expiresAt: '2031-12-31T00:00:00.000Z',
        contentDigest: finalized.contentDigest,
        fileCount: 7,
        totalBytes: TOTAL_BYTES,
      };
      expect(finalized).toMatchObject({ fileCount: 7, totalBytes: TOTAL_BYTES, reusedFiles: 1, unreadFiles: 0 });
      expect(await registry.listPackages()).toEqual([summary]);
      expect(await registry.getPackage(id)).toEqual(summary);
      expect(await registry.getPackage(id.toUpperCase())).toEqual(summary);
      expect(await registry.getPackage(manifestDigest)).toEqual(summary);
      expect(await registry.latestPackage('atlas')).toEqual(summary);
      expect(await (await bench().open()).listPackages()).toEqual([summary]);
    });

    test('have a manifest that names every entry with both digests', async () => {
      const { id } = await bench().archive(TREE, { metadata: { note: 'm1' }, provenance: { commit: 'c0ffee' } });
      const manifest = await bench().registry.getManifest(id);
      expect(manifest).toMatchObject({
        manifest_version: 1,
        package: { id, metadata: { note: 'm1' } },
        retention_summary: { retention_class: 'release-evidence', expires_at: '2031-12-31T00:00:00.000Z' },
        provenance: { commit: 'c0ffee' },
      });
      const expected = FILES.map(([path, content]) => ({
        path,
        kind: 'file',
        size: content.length,
        executable: false,
        blake3: wasmBlake3().hash(Buffer.from(content)).toString('hex'),
        sha256: createHash('sha256').update(content).digest('hex'),
      }));
      const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
      expect(
        manifest.files.map((entry) =>
          entry.kind === 'file' ? { ...entry, blake3: hex(entry.blake3), sha256: hex(entry.sha256) } : entry,
        ),
      ).toEqual(
        [
          ...expected,
          { path: 'output/latest', kind: 'symlink', target: 'report.md' },
          { path: 'exports/none', kind: 'directory' },
        ].sort((a, b) => (a.path < b.path ? -1 : 1)),
      );
    });

    test('return their manifest as CBOR with its digest, and as equivalent JSON', async () => {
      const { registry } = bench();
      const { id, manifestDigest } = await bench().archive(TREE);
      const cbor = await registry.getManifestBytes(id, 'cbor');
      expect(`blake3:${wasmBlake3().hash(cbor).toString('hex')}`).toBe(manifestDigest);
      const json = Buffer.from(await registry.getManifestBytes(manifestDigest, 'json')).toString();
      expect(decodeManifestJson(json)).toEqual(decodeManifest(cbor));
    });

    test('return each file, one by one and together', async () => {
      const { registry } = bench();
      const { id } = await bench().archive(TREE);
      const extracted = await readTree(await bench().extract(id));
      expect(Object.keys(extracted)).toHaveLength(FILES.length);
      for (const [path, content] of FILES) {
        expect(Buffer.concat(await collect(registry.getFile(id, path))).equals(Buffer.from(content))).toBe(true);
        expect(extracted[path]!.equals(Buffer.from(content))).toBe(true);
      }
    });

    test('return many files at once, in memory and in the requested order', async () => {
      const many = Array.from({ length: 40 }, (_, i) => [`output/${i}`, noise(100_000 + i, i + 1)]);
      const tree: Tree = { ...TREE, ...Object.fromEntries(many) };
      const { id } = await bench().archive(tree);
      const entries = (await bench().registry.getManifest(id)).files.filter(isContentEntry).reverse();
      const contents = await bench().registry.loadFiles(entries);
      expect(contents).toHaveLength(FILES.length + many.length);
      for (const [i, { path }] of entries.entries()) {
        expect(contents[i]!.equals(Buffer.from(tree[path] as string | Buffer))).toBe(true);
      }
      expect(await bench().registry.loadFiles([])).toEqual([]);
    });

    test('are verified in full, and the counts are reported', async () => {
      const first = await bench().archive(TREE);
      const second = await bench().archive({ 'a.txt': 'a' });
      expect(await bench().verify(first.id, second.id)).toEqual([
        { id: first.id, files: 7, bytes: TOTAL_BYTES, damage: [] },
        { id: second.id, files: 1, bytes: 1, damage: [] },
      ]);
    });

    const posix = process.platform === 'win32' ? test.skip : test;
    posix('keep the executable bits', async () => {
      const { registry } = bench();
      const base = await bench().makeTempDir();
      await writeTree(base, { 'run.sh': '#!/bin/sh\n', 'data.txt': 'data' });
      await chmod(join(base, 'run.sh'), 0o700);
      const id = await registry.createPackage(ABOUT);
      await registry.ingestFiles(id, base, await listTree(base));
      await registry.finalizePackage(id);
      const restored = await bench().extract(id);
      expect((await lstat(join(restored, 'run.sh'))).mode & 0o100).toBe(0o100);
      expect((await lstat(join(restored, 'data.txt'))).mode & 0o111).toBe(0);
    });

    test('may be empty', async () => {
      const { id } = await bench().archive({});
      expect(await bench().registry.getManifest(id)).toMatchObject({ files: [] });
      expect(await bench().verify(id)).toEqual([{ id, files: 0, bytes: 0, damage: [] }]);
    });

    test('are listed in the order of the log, whatever the clock said, and by subject', async () => {
      const { registry } = bench();
      const made: string[] = [];
      for (const [subject, day] of [
        ['atlas', 3],
        ['other', 1],
        ['atlas', 2],
      ] as const) {
        bench().now = new Date(Date.UTC(2025, 0, day));
        made.push((await bench().archive({ a: `${subject}${day}` }, { subject })).id);
      }
      const [first, other, second] = made;
      const ids = async (filter = {}) => (await registry.listPackages(filter)).map(({ id }) => id);
      expect(await ids()).toEqual([first, other, second]);
      expect(await ids({ subject: 'atlas' })).toEqual([first, second]);
      expect(await ids({ subject: 'none' })).toEqual([]);
      expect((await registry.latestPackage('atlas'))?.id).toBe(second);
      expect(await registry.latestPackage('none')).toBeUndefined();
      const all = (await registry.listPackages({ subject: 'atlas' })).map((found) => found.id).reverse();
      expect(all.length).toBeGreaterThan(1);
      for (const before of all.keys()) expect((await registry.latestPackage('atlas', before))?.id).toBe(all[before]);
      expect(await registry.latestPackage('atlas', all.length)).toBeUndefined();
    });

    test('of the same millisecond are in the order of their commits', async () => {
      const made = [];
      for (let i = 0; i < 5; i++) made.push((await bench().archive({ a: 'a' })).id);
      expect((await bench().registry.latestPackage('atlas'))?.id).toBe(made.at(-1));
      expect((await bench().registry.listPackages()).map(({ id }) => id)).toEqual(made);
    });

    test('with the same content store it once', async () => {
      const first = await bench().archive(TREE);
      const contents = await bench().stored('packs/', 'objects/');
      expect(contents).toHaveLength(1);
      bench().now = new Date('2026-01-01T00:00:00Z');
      const again = await bench().archive(TREE, { metadata: { note: 'again' } });
      expect(await bench().stored('packs/', 'objects/')).toEqual(contents);
      expect(again.contentDigest).toBe(first.contentDigest);
      expect(again.manifestDigest).not.toBe(first.manifestDigest);
      expect(again).toMatchObject({ reusedFiles: 4, reusedBytes: TOTAL_BYTES });
      expect(again.storedBytes).toBeLessThan(2000 + bench().sessionBytes);
      expect((await bench().verify(first.id, again.id)).flatMap(({ damage }) => damage)).toEqual([]);
    });

    test('preview the result of finalizing them', async () => {
      const { registry } = bench();
      await bench().archive({ a: 'one' });
      const id = await bench().ingest({ a: 'one', b: 'two' });
      const preview = registry.previewPackage(id);
      expect(preview).toEqual({
        contentDigest: expect.stringMatching(/^blake3:/),
        reusedFiles: 1,
        reusedBytes: 3,
        unreadFiles: 0,
      });
      expect(await registry.finalizePackage(id)).toMatchObject(preview);
    });

    test('have a content digest that depends only on their content', async () => {
      const digest = async (tree: Tree, about = {}) => (await bench().archive(tree, about)).contentDigest;
      const plain = await digest({ a: '1', 'b/c': '2' });
      expect(await digest({ 'b/c': '2', a: '1' }, { producer: 'p', subject: 's', retentionClass: 'transient' })).toBe(
        plain,
      );
      expect(await digest({ a: '1', 'b/d': '2' })).not.toBe(plain);
      expect(await digest({ a: '1', 'b/c': '3' })).not.toBe(plain);
      expect(await digest({ a: '1', 'b/c': '2', d: null })).not.toBe(plain);
    });

    test('collect the files of several calls', async () => {
      const { registry } = bench();
      const base = await bench().makeTempDir();
      await writeTree(base, { b: 'two', a: 'one' });
      const id = await registry.createPackage(ABOUT);
      for (const entry of await listTree(base)) await registry.ingestFile(id, base, entry);
      const { contentDigest } = await registry.finalizePackage(id);
      expect(contentDigest).toBe((await bench().archive({ a: 'one', b: 'two' })).contentDigest);
    });

    test('are invisible before they are finalized', async () => {
      const { registry } = bench();
      const other = await bench().open();
      const id = await bench().ingest(TREE);
      for (const reader of [registry, other]) {
        expect(await reader.listPackages()).toEqual([]);
        expect(await reader.latestPackage('atlas')).toBeUndefined();
        expect(await collect(reader.tailEvents())).toEqual([]);
        await expect(reader.getPackage(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
        await expect(reader.getRetentionState(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      }
      expect(registry.isOpen(id)).toBe(true);
      await registry.finalizePackage(id);
      expect(registry.isOpen(id)).toBe(false);
      expect(await other.listPackages()).toHaveLength(1);
    });

    test('accept files only while they are open', async () => {
      const { registry } = bench();
      const { id } = await bench().archive({ a: 'a' });
      const notOpen = expect.objectContaining({ code: 'NOT_FOUND', message: expect.stringContaining(id) });
      await expect(registry.ingestFiles(id, '/', [])).rejects.toEqual(notOpen);
      await expect(registry.finalizePackage(id)).rejects.toEqual(notOpen);
      await expect(registry.abandonPackage(id)).rejects.toEqual(notOpen);
    });

    test('that do not exist are not found, and an invalid name is refused', async () => {
      const { registry } = bench();
      const { id } = await bench().archive(TREE);
      for (const unknown of ['01890a5d-ac96-774b-bcce-b302099a8057', `blake3:${'0'.repeat(64)}`]) {
        const missing = expect.objectContaining({ code: 'NOT_FOUND', message: expect.stringContaining(unknown) });
        await expect(registry.getPackage(unknown)).rejects.toEqual(missing);
        await expect(registry.getManifestBytes(unknown, 'json')).rejects.toEqual(missing);
      }
      await expect(registry.getPackage('latest')).rejects.toMatchObject({ code: 'USAGE' });
      for (const path of ['none', 'output', 'output/latest', 'exports/none']) {
        await expect(collect(registry.getFile(id, path))).rejects.toMatchObject({ code: 'NOT_FOUND' });
      }
    });

    test('need non-empty names and an existing retention class', async () => {
      const { registry } = bench();
      await expect(registry.createPackage({ ...ABOUT, producer: ' ' })).rejects.toMatchObject({ code: 'USAGE' });
      await expect(registry.createPackage({ ...ABOUT, subject: '' })).rejects.toMatchObject({ code: 'USAGE' });
      const failure = await registry.createPackage({ ...ABOUT, retentionClass: 'forever' }).catch((error) => error);
      expect(failure).toMatchObject({ code: 'USAGE', message: expect.stringContaining('"forever"') });
      for (const { name } of registry.listRetentionClasses()) expect(failure.message).toContain(name);
    });

    test('refuse text that is not valid UTF-8', async () => {
      const created = bench().registry.createPackage({ ...ABOUT, metadata: { note: '\ud800' } });
      await expect(created).rejects.toMatchObject({ code: 'USAGE' });
    });

    test('keep metadata under any key', async () => {
      const metadata = JSON.parse('{"b":"1","10":"2","__proto__":"3"}');
      const { id } = await bench().archive({}, { metadata });
      expect((await bench().registry.getManifest(id)).package.metadata).toEqual(metadata);
    });

    test('refuse paths that conflict, in one call or in two', async () => {
      const { registry } = bench();
      const base = await bench().makeTempDir();
      await writeTree(base, { 'a/b': '1' });
      const [entry] = await listTree(base);
      const id = await registry.createPackage(ABOUT);
      await expect(registry.ingestFiles(id, base, [{ ...entry!, path: '../b' }])).rejects.toMatchObject({
        code: 'PATH_INVALID',
      });
      await registry.ingestFiles(id, base, [entry!]);
      await registry.ingestFiles(id, base, [{ path: 'a', kind: 'symlink', target: 'x' }]);
      await expect(registry.finalizePackage(id)).rejects.toMatchObject({ code: 'PATH_INVALID' });
      expect(await registry.listPackages()).toEqual([]);
    });
  });
}
