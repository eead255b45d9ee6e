import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { openRegistry, restoreArchive } from '../../src/index.ts';
import { collect } from '../artifact-store/fixtures.ts';
import { runProcess } from '../cli/fixtures.ts';
import { cliFile, contentOf, noise, sampleInfospace, temporaryFolder, treeOf } from '../infospace/fixtures.ts';
import { newSharedStore } from './environment.ts';
import { s3Urls } from './servers.ts';

const WRITERS = 32;
const withS3 = s3Urls.length > 0 ? test : test.skip;

withS3(
  `${WRITERS} processes archive overlapping trees into one store at once`,
  async () => {
    const env = await newSharedStore(s3Urls[0]!);
    expect((await runProcess(['store', 'init'], env)).code).toBe(0);
    // Each tree shares four of its five large files and most small ones with its neighbours.
    const roots = Array.from({ length: WRITERS }, (_, writer) =>
      sampleInfospace({
        ...Object.fromEntries([0, 1, 2, 3, 4].map((i) => [`output/large-${i}`, noise(1_200_000, `${writer + i}`)])),
        ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`output/${i}`, noise(5000, `${writer + i}`)])),
      }),
    );
    const exits = roots.map(async (root, writer) => {
      const args = [cliFile, 'archive', root, '--subject', `writer-${writer}`, '--quiet'];
      const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: 'inherit' });
      return (await once(child, 'close'))[0];
    });
    expect(await Promise.all(exits)).toEqual(Array(WRITERS).fill(0));
    const registry = await openRegistry(temporaryFolder(), { env }, 'read');
    try {
      const packages = await registry.listPackages();
      expect(packages).toHaveLength(WRITERS);
      for await (const { damage } of registry.verifyPackages(packages.map(({ id }) => id))) expect(damage).toEqual([]);
      const events = await collect(registry.tailEvents());
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1));
      expect(await registry.verifyEvents()).toBe(events.length);
      for (const writer of [0, 7, WRITERS - 1]) {
        const target = join(temporaryFolder(), 'restored');
        await restoreArchive('latest', { subject: `writer-${writer}`, target, registry });
        expect(treeOf(target)).toEqual(contentOf(roots[writer]!));
      }
      // Only contents that several processes stored before any had finished may be stored without need.
      const { logicalBytes, contentBytes, storedBytes } = await registry.stats();
      const megabytes = (bytes: number | null) => (bytes! / 1e6).toFixed(1);
      process.stderr.write(
        `${WRITERS} writers: ${megabytes(logicalBytes)} MB, distinct ${megabytes(contentBytes)} MB, stored ${megabytes(storedBytes)} MB\n`,
      );
      expect(storedBytes).toBeLessThan(logicalBytes! * 1.05);
    } finally {
      await registry.close();
    }
  },
  300_000,
);
