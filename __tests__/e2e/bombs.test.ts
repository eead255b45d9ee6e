import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository, temporaryFolder } from '../infospace/fixtures.ts';

/**
 * The cost of small forged objects, each in its own process, so that its memory can be told from that of the tests.
 *
 * Seen to fail with a ratio of 10^9 in `unpack`, with 2 GiB for a frame, without the limit in `decompressed`, with only the
 * decoder of cbor-x, and when large manifests were unpacked before they were hashed.
 */

const MAX_RSS_MIB = 800;

const IMPORTS = `
  const { zstdBomb } = await import('${repository}__tests__/artifact-store/zstd-bomb.ts');
  const { decodeCbor } = await import('${repository}src/artifact-store/encoding/cbor.ts');
  const { encodeMagic } = await import('${repository}src/artifact-store/encoding/magic.ts');
  const { fetchManifest } = await import('${repository}src/artifact-store/manifest/stored.ts');
  const { encodeCbor } = await import('${repository}src/artifact-store/encoding/cbor.ts');
  const { decodeSegment } = await import('${repository}src/artifact-store/log/segment.ts');
  const { tasks } = await import('${repository}src/artifact-store/packs/tasks.ts');
  const { encodeHeader } = await import('${repository}src/artifact-store/bag/tar.ts');
  const { openBag } = await import('${repository}src/artifact-store/bag/read-bag.ts');
  const levels = (count) => Array.from({ length: count }, (_, i) => 'd81c8a' + ('d81d' + i.toString(16).padStart(2, '0')).repeat(10));
  const laughs = (count) => Buffer.from((0x81 + count).toString(16) + 'd81c8160' + levels(count).join(''), 'hex');
  const { writeFileSync, readFileSync } = await import('node:fs');
  const { zstdCompressSync } = await import('node:zlib');
`;

const CASES: [what: string, script: string][] = [
  ['nothing, to compare with', `throw new Error('as expected');`],
  [
    'a manifest of 4 KB that unpacks to 134 MB',
    `await fetchManifest({ get: async () => Buffer.concat([encodeMagic('ASMF', 1), zstdBomb(134e6)]) }, Buffer.alloc(32));`,
  ],
  [
    'a manifest of 3 MB that unpacks to 100 GB',
    `await fetchManifest({ get: async () => Buffer.concat([encodeMagic('ASMF', 1), zstdBomb(1e11)]) }, Buffer.alloc(32));`,
  ],
  [
    'a manifest that builds on 31 of 8 MB',
    `const bases = Array.from({ length: 31 }, (_, i) => Buffer.alloc(32, i + 1));
    const delta = encodeCbor({ manifest_version: 1, package: {}, retention_summary: {}, provenance: {}, bases, files: [] });
    const stored = (version, bytes) => Buffer.concat([encodeMagic('ASMF', version), bytes]);
    const top = stored(2, zstdCompressSync(delta));
    const bomb = stored(1, zstdBomb(8e6));
    await fetchManifest({ get: async (key) => key.endsWith('00') ? top : bomb }, Buffer.alloc(32));`,
  ],
  [
    'a segment of 3 MB that unpacks to 100 GB',
    `decodeSegment(1, Buffer.concat([encodeMagic('ASLG', 1), Buffer.from('00000040', 'hex'), zstdBomb(1e11)]));`,
  ],
  [
    'a manifest of 33 KB that has 1 GB of zeros',
    `const stored = Buffer.concat([encodeMagic('ASMF', 3), Buffer.from('00000040', 'hex'), zstdBomb(2 ** 30)]);
    await fetchManifest({ get: async () => stored }, Buffer.alloc(32));`,
  ],
  [
    'a segment of 8 KB that has 256 MB',
    `const frame = zstdCompressSync(Buffer.alloc(2 ** 28), { pledgedSrcSize: 2 ** 28, params: { 201: 1 } });
    decodeSegment(1, Buffer.concat([encodeMagic('ASLG', 1), Buffer.from('00000010', 'hex'), frame]));`,
  ],
  [
    'a segment of 4 KB that has 128 MB of empty lists',
    `const lists = Buffer.concat([Buffer.from('9a07fffffb', 'hex'), Buffer.alloc(0x7fffffb, 0x80)]);
    const frame = zstdCompressSync(lists, { pledgedSrcSize: 2 ** 27, params: { 201: 1 } });
    decodeSegment(1, Buffer.concat([encodeMagic('ASLG', 1), Buffer.from('00000008', 'hex'), frame]));`,
  ],
  [
    'a frame of 3 MB that unpacks to 100 GB',
    `const stored = Uint8Array.from(zstdBomb(1e11)); if (tasks.decompress({ codec: 'zstd', stored, rawLength: 2 ** 24 }) === undefined) throw new Error('refused');`,
  ],
  [
    'a self-contained file of 3 MB that unpacks to 100 GB',
    `writeFileSync(process.env.BOMB, zstdBomb(1e11, encodeHeader({ path: 'x/y', type: 'file', size: 1e11, executable: false, target: '' }, new Date(0)))); await (await openBag(process.env.BOMB)).verify();`,
  ],
  ['CBOR nested 100,000 deep', `decodeCbor(Buffer.alloc(100_000, 0x81));`],
  ['references in CBOR that multiply', `decodeCbor(laughs(12));`],
  [
    '8 MiB of empty lists',
    `decodeCbor(Buffer.concat([Buffer.from('9a007ffffb', 'hex'), Buffer.alloc(0x7ffffb, 0x80)])); throw new Error('no manifest');`,
  ],
];

test.each(CASES)('%s', (what, script) => {
  const folder = temporaryFolder();
  const file = join(folder, 'case.mjs');
  writeFileSync(
    file,
    `${IMPORTS}
    let refused = false;
    // A mistake in the case itself would refuse nothing.
    try { ${script} } catch (error) { if (error instanceof TypeError || error instanceof ReferenceError) throw error; refused = true; }
    const peak = /VmHWM:\\s+(\\d+) kB/.exec(process.platform === 'linux' ? readFileSync('/proc/self/status', 'utf8') : '');
    const kib = peak ? Number(peak[1]) : process.resourceUsage().maxRSS;
    console.log(JSON.stringify({ refused, rss: kib / 1024 }));`,
  );
  const env = { ...process.env, BOMB: join(folder, 'bomb') };
  const output = JSON.parse(execFileSync(process.execPath, [file], { encoding: 'utf8', env, timeout: 60_000 }));
  process.stderr.write(`${what}: ${Math.round(output.rss)} MiB\n`);
  expect(output.refused).toBe(true);
  expect(output.rss).toBeLessThan(MAX_RSS_MIB);
});
