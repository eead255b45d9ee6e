/**
 * Segments of the log that are damaged or missing are read from their copies, and put back by a repair. A copy never replaces a sound
 * segment.
 */
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readHead } from '../../../src/artifact-store/commit/head.ts';
import { embeddedStore, type StoreConfig } from '../../../src/artifact-store/config.ts';
import { checkpointKey, encodeCheckpoint, rangeOfKey } from '../../../src/artifact-store/log/checkpoint.ts';
import { decodeSegment, encodeSegment, segmentDigest, segmentKey } from '../../../src/artifact-store/log/segment.ts';
import { checkStore } from '../../../src/artifact-store/maintenance/check-store.ts';
import { rebuildStore } from '../../../src/artifact-store/maintenance/rebuild-store.ts';
import { repairStore } from '../../../src/artifact-store/maintenance/repair-store.ts';
import { openLog, openStorage, openStore } from '../../../src/artifact-store/open-store.ts';
import { loadRetentionClasses } from '../../../src/artifact-store/retention/classes.ts';
import { archive, makeEncrypted, within } from '../encryption/fixtures.ts';
import { segmentsOf } from '../encryption/segments.ts';
import { collect, readTree, useTempDirs } from '../fixtures.ts';

const makeTempDir = useTempDirs();
const TREE = { 'a.md': Buffer.from('text\n'.repeat(100)), 'b/c.md': Buffer.from('more') };
/** So many that some copies are merged. */
const SEGMENTS = 9;

let directory: string;
let config: StoreConfig;
let id: string;

const pathOf = (key: string) => join(directory, 'storage', key);
const segmentFile = (number: number) => pathOf(segmentKey(number));
const copyKeys = () => readdirSync(pathOf('checkpoints')).map((name) => `checkpoints/${name}`);
const loseRegistry = () => rmSync(join(directory, 'registry.sqlite3'), { force: true });

function loseCopies(): void {
  for (const key of copyKeys()) rmSync(pathOf(key));
}

/** All objects of the log and the store file, by key. */
function logBytes(): Record<string, string> {
  const names = readdirSync(pathOf('log')).map((name) => `log/${name}`);
  return Object.fromEntries([...names, 'store.json'].map((key) => [key, readFileSync(pathOf(key), 'hex')]));
}

async function expectAllRead(holds = SEGMENTS - 1): Promise<void> {
  for (const access of ['read', 'write'] as const) {
    const registry = await openStore(config, { access });
    try {
      expect((await registry.listPackages()).map((each) => each.id)).toEqual([id]);
      expect(await registry.listHolds()).toHaveLength(holds);
      expect((await registry.logHead()).segment).toBe(holds + 1);
      for await (const { damage } of registry.verifyPackages([id])) expect(damage).toEqual([]);
      const target = await makeTempDir();
      const { files } = await registry.getManifest(id);
      await registry.extractFiles(
        files
          .filter((entry) => entry.kind === 'file')
          .map((entry) => ({ ...entry, path: entry.path.replace('/', '-') })),
        target,
      );
      expect(await readTree(target)).toEqual({ 'a.md': TREE['a.md'], 'b-c.md': TREE['b/c.md'] });
    } finally {
      await registry.close();
    }
  }
}

async function expectRefused(message: RegExp, code = 'INTEGRITY'): Promise<void> {
  for (const access of ['read', 'write'] as const) {
    const opened = openStore(config, { access }).then((registry) => registry.close());
    await expect(opened).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  }
}

async function faults(): Promise<string[]> {
  const findings = await collect(checkStore(config, { deep: true }));
  return findings.filter(({ status }) => status !== 'ok').map(({ what, detail }) => `${what}: ${detail}`);
}

const flip = (file: string, at: number) => {
  const bytes = readFileSync(file);
  bytes[at]! ^= 0xff;
  writeFileSync(file, bytes);
};
const DAMAGES: [what: string, damage: (file: string) => void][] = [
  ['a byte flipped', (file) => flip(file, 25)],
  ['another version', (file) => flip(file, 4)],
  ['truncated', (file) => truncateSync(file, 40)],
  ['deleted', (file) => rmSync(file)],
];

async function makePlain(): Promise<StoreConfig> {
  return embeddedStore(directory, { retentionClasses: loadRetentionClasses(undefined) });
}

async function makeSealed(): Promise<StoreConfig> {
  const store = await makeEncrypted(directory);
  return store.config({ identities: store.identity });
}

describe.each([
  ['a plain store', makePlain],
  ['an encrypted store', makeSealed],
] as const)('%s', (_, make) => {
  let before: Record<string, string>;
  beforeEach(async () => {
    directory = await makeTempDir();
    config = await make();
    await within(config, async (registry) => {
      ({ id } = await archive(registry, await makeTempDir(), TREE));
      for (let i = 1; i < SEGMENTS; i++) await registry.applyHold(id, `${i}`);
    });
    before = logBytes();
  });

  test.each(DAMAGES)(
    'each segment in turn: %s',
    async (what, damage) => {
      for (let number = 1; number <= SEGMENTS; number++) {
        // No segment follows the newest one, so only a registry tells a newer version from damage.
        if (what === 'another version' && number === SEGMENTS) continue;
        damage(segmentFile(number));
        await expectAllRead();
        expect(await faults()).toEqual([
          expect.stringMatching(new RegExp(`^log: .*"${segmentKey(number)}".*store repair`)),
        ]);
        expect(await rebuildStore(config)).toMatchObject({ packages: 1 });
        loseRegistry();
        await expectAllRead();
        expect(await repairStore(config)).toMatchObject({ segments: [segmentKey(number)], hurt: [] });
        expect(logBytes()).toEqual(before);
        expect(await faults()).toEqual([]);
      }
    },
    120_000,
  );

  test('all at once, with the registry and "store.json"', async () => {
    rmSync(pathOf('log'), { recursive: true });
    rmSync(pathOf('store.json'));
    loseRegistry();
    expect(await rebuildStore(config)).toMatchObject({ packages: 1 });
    await expectAllRead();
    expect((await repairStore(config)).segments).toHaveLength(SEGMENTS);
    expect(logBytes()).toEqual(before);
    expect(await faults()).toEqual([]);
  });

  test('the log continues after a lost segment, and is whole after a repair', async () => {
    rmSync(segmentFile(SEGMENTS));
    loseRegistry();
    await within(config, (registry) => registry.applyHold(id, 'another'));
    await expectAllRead(SEGMENTS);
    await repairStore(config);
    loseCopies();
    loseRegistry();
    await expectAllRead(SEGMENTS);
    expect(logBytes()).toMatchObject(before);
  });

  test('damage of a segment and all of its copies is an error', async () => {
    for (const number of [1, 4, SEGMENTS]) {
      const bytes = readFileSync(segmentFile(number));
      const folder = await makeTempDir();
      cpSync(pathOf('checkpoints'), folder, { recursive: true });
      const ranges = copyKeys().filter((key) => rangeOfKey(key)!.first <= number && number <= rangeOfKey(key)!.last);
      expect(ranges).not.toEqual([]);
      for (const key of ranges) {
        const copies = readFileSync(pathOf(key));
        const at = copies.indexOf(bytes);
        copies.fill(0, at, at + bytes.length);
        writeFileSync(pathOf(key), copies);
      }
      for (const damage of [() => flip(segmentFile(number), 25), () => rmSync(segmentFile(number))]) {
        damage();
        loseRegistry();
        await expectRefused(new RegExp(`egment (${number}|"${segmentKey(number)}")[, ]`));
        await expect(rebuildStore(config)).rejects.toMatchObject({ code: 'INTEGRITY' });
        await expect(repairStore(config)).rejects.toMatchObject({ code: 'INTEGRITY' });
        writeFileSync(segmentFile(number), bytes);
      }
      rmSync(pathOf('checkpoints'), { recursive: true });
      cpSync(folder, pathOf('checkpoints'), { recursive: true });
    }
  });

  test('a log cut behind the registry is refused without a copy, as before', async () => {
    rmSync(segmentFile(SEGMENTS));
    loseCopies();
    await expectRefused(/followed the log to segment 9.*ends with segment 8.*rebuild/);
    expect(await rebuildStore(config)).toMatchObject({ packages: 1 });
    await expectAllRead(SEGMENTS - 2);
  });

  test('damaged and missing copies are reported and stored again', async () => {
    const [first, ...others] = copyKeys().sort();
    expect(rangeOfKey(first!)).toMatchObject({ first: 1 });
    flip(pathOf(first!), 30);
    expect(await faults()).toEqual([expect.stringMatching(`^copies: "${first}".*store repair`)]);
    expect((await repairStore(config)).copies).toEqual([first]);
    expect(await faults()).toEqual([]);
    for (const key of others) rmSync(pathOf(key));
    await repairStore(config);
    rmSync(pathOf('log'), { recursive: true });
    await expectAllRead();
  });

  test('without copies, as older versions wrote it, the next commit makes them all', async () => {
    loseCopies();
    await within(config, (registry) => registry.applyHold(id, 'another'));
    rmSync(pathOf('log'), { recursive: true });
    await expectAllRead(SEGMENTS);
  });
});

describe('a forged or stale segment', () => {
  beforeEach(async () => {
    directory = await makeTempDir();
    config = await makePlain();
    await within(config, async (registry) => {
      ({ id } = await archive(registry, await makeTempDir(), TREE));
      for (let i = 1; i < SEGMENTS; i++) await registry.applyHold(id, `${i}`);
    });
  });

  /** A sound segment that could be in the place of the one with this number. */
  function forged(number: number, previous = segmentDigest(readFileSync(segmentFile(number - 1)))): Buffer {
    const before = decodeSegment(number - 1, readFileSync(segmentFile(number - 1)));
    return encodeSegment({ ...before, ...segmentsOf(before).next, segment: number, previous });
  }

  function putCopy(first: number, ...segments: Uint8Array[]): void {
    const key = checkpointKey({ first, last: first + segments.length - 1 });
    writeFileSync(pathOf(key), Buffer.concat(encodeCheckpoint(segments)));
  }

  test('in a copy is not read while the log is sound', async () => {
    loseCopies();
    for (let number = 2; number <= SEGMENTS; number++) putCopy(number, forged(number));
    await expectAllRead();
    loseRegistry();
    await expectAllRead();
    expect(await faults()).toHaveLength(SEGMENTS - 1);
    expect((await repairStore(config)).copies).toHaveLength(SEGMENTS - 1);
    expect(await faults()).toEqual([]);
  });

  test('in a copy is refused in the place of a damaged segment that another one follows', async () => {
    loseCopies();
    putCopy(5, forged(5));
    flip(segmentFile(5), 25);
    loseRegistry();
    await expectRefused(/"log\/0000000000000005"/);
    // Nor together with a copy that follows it, but not the log's own segment.
    const bytes = forged(5);
    putCopy(6, encodeSegment({ ...decodeSegment(6, readFileSync(segmentFile(6))), previous: segmentDigest(bytes) }));
    putCopy(5, bytes);
    await expectRefused(/"log\/0000000000000005"/);
    await expect(repairStore(config)).rejects.toMatchObject({ code: 'INTEGRITY' });
  });

  test('in the log is replaced by the copy that the next one names', async () => {
    const before = logBytes();
    writeFileSync(segmentFile(5), forged(5));
    loseRegistry();
    await expectAllRead();
    expect(await faults()).toEqual([expect.stringMatching(/^log: .*"log\/0000000000000005".*store repair/)]);
    expect(await repairStore(config)).toMatchObject({ segments: [segmentKey(5)] });
    expect(logBytes()).toEqual(before);
  });

  test('in a copy does not stand for the newest segment that the registry has followed', async () => {
    loseCopies();
    putCopy(SEGMENTS, forged(SEGMENTS));
    rmSync(segmentFile(SEGMENTS));
    await expectRefused(/followed the log to segment 9.*ends with segment 8.*rebuild/);
  });

  test('in the log is not replaced by a copy, if it is the newest', async () => {
    const other = await makeTempDir();
    cpSync(pathOf('log'), other, { recursive: true });
    writeFileSync(segmentFile(SEGMENTS), forged(SEGMENTS));
    const opened = openStore(config, { access: 'write' }).then((registry) => registry.close());
    await expect(opened).rejects.toMatchObject({
      code: 'INTEGRITY',
      message: expect.stringMatching(/reset or changed/),
    });
    await expect(repairStore(config)).rejects.toMatchObject({ code: 'INTEGRITY' });
    // What remains of the other log, in the copies, continues the registry's, but not the log in storage.
    const last = readFileSync(join(other, segmentKey(SEGMENTS).slice('log/'.length)));
    expect(copyKeys().some((key) => readFileSync(pathOf(key)).includes(last))).toBe(true);
    loseRegistry();
    expect(await rebuildStore(config)).toMatchObject({ packages: 1 });
    const log = await openLog(config, await openStorage(config), 'read');
    expect((await readHead(log.database.db)).segmentDigest).toEqual(segmentDigest(readFileSync(segmentFile(SEGMENTS))));
    await log.database.db.destroy();
  });

  test('in a copy does not continue the log that a registry has followed, when the log was replaced by another', async () => {
    const registry = await openStore(config, { access: 'write' });
    const known = join(directory, 'known');
    cpSync(join(directory, 'registry.sqlite3'), known);
    await registry.applyHold(id, 'mine');
    await registry.close();
    cpSync(known, join(directory, 'registry.sqlite3'));
    // The registry has followed nine segments. The log has a different ninth and tenth, the copies the known ninth and a tenth.
    const ninth = forged(9);
    writeFileSync(segmentFile(9), ninth);
    writeFileSync(segmentFile(10), forged(10, segmentDigest(ninth)));
    await expectRefused(/Segment 10 of the log in storage does not follow/);
  });

  test('in a copy is refused if it is of a writer without the key', async () => {
    directory = await makeTempDir();
    config = await makeSealed();
    await within(config, async (registry) => {
      ({ id } = await archive(registry, await makeTempDir(), TREE));
      await registry.applyHold(id, 'one');
    });
    const { seal } = decodeSegment(2, readFileSync(segmentFile(2)));
    loseCopies();
    const before = decodeSegment(1, readFileSync(segmentFile(1)));
    const previous = segmentDigest(readFileSync(segmentFile(1)));
    const next = { ...before, ...segmentsOf(before).next, segment: 2, previous };
    for (const macOf of [undefined, () => seal!.mac]) {
      putCopy(2, encodeSegment(next, macOf));
      rmSync(segmentFile(2), { force: true });
      loseRegistry();
      await expectRefused(/0000000000000002|egment 2/);
    }
  });
});
