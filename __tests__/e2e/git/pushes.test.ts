import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEnvironment } from '../../../src/artifact-store/config.ts';
import { openStore } from '../../../src/artifact-store/open-store.ts';
import type { Registry } from '../../../src/artifact-store/registry.ts';
import type { GitSettings } from '../../../src/artifact-store/storage/git-settings.ts';
import { archiveInfospace } from '../../../src/index.ts';
import { infospaceInClone, storeRefs, withGit } from '../../artifact-store/git-fixtures.ts';
import { run } from '../../cli/fixtures.ts';
import { noise, sampleInfospace } from '../../infospace/fixtures.ts';

type Limits = Pick<GitSettings, 'maxBlobBytes' | 'largeBlobBytes' | 'largeStoreBytes'>;

withGit('pushes to a git host, which are slow and count against its limits', () => {
  let origin: string;
  let clone: string;
  let env: Record<string, string>;
  let log: string;

  beforeAll(async () => {
    let folder: string;
    ({ folder, origin, clone, env } = infospaceInClone());
    log = join(folder, 'pushes');
    const hook = join(origin, 'hooks/post-receive');
    writeFileSync(hook, `#!/bin/sh\nwc -l | tr -d ' ' >> '${log}'\n`);
    chmodSync(hook, 0o755);
    await run(['store', 'init', '--from', clone], env);
  });

  /** For each push, how many refs it changed. */
  async function pushesOf(action: () => Promise<unknown>): Promise<number[]> {
    writeFileSync(log, '');
    await action();
    return readFileSync(log, 'utf8').split('\n').filter(Boolean).map(Number);
  }

  async function opened<T>(action: (registry: Registry) => Promise<T>, limits: Limits = {}): Promise<T> {
    const config = readEnvironment({ ...process.env, ...env }, clone).store!;
    const registry = await openStore({ ...config, storage: { ...config.storage, ...limits } }, { access: 'write' });
    try {
      return await action(registry);
    } finally {
      await registry.close();
    }
  }

  function archive(root: string, limits?: Limits) {
    return opened((registry) => archiveInfospace(root, { registry }), limits);
  }

  test('are two for an archive: one of all packs and manifests, and one of the segment that names them', async () => {
    const files = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`output/${i}.bin`, noise(45_000, `${i}`)]));
    const root = sampleInfospace({ ...files, 'output/large.bin': noise(3_000_000) });
    // Two packs, and the manifest.
    expect(await pushesOf(() => archive(root))).toEqual([3, 1]);
    writeFileSync(join(root, 'output/0.bin'), 'changed');
    // A pack, the manifest, and a copy of its base.
    expect(await pushesOf(() => archive(root))).toEqual([3, 1]);
    expect(await pushesOf(() => run(['verify', 'latest', '--from', root], env))).toEqual([]);
  });

  test('are none for a refused archive', async () => {
    const root = sampleInfospace({ 'output/a.bin': noise(2_000_000), 'output/b.bin': noise(40_000_000) });
    const before = storeRefs(origin);
    const pushes = await pushesOf(() => expect(archive(root, { maxBlobBytes: 3_000_000 })).rejects.toThrow('b.bin'));
    expect(pushes).toEqual([]);
    expect(storeRefs(origin)).toEqual(before);
  });

  test('cause a warning when they make a blob or a store near the limits of hosts', async () => {
    const root = sampleInfospace({ 'output/large.bin': noise(3_000_000, 'warned about') });
    const { warnings } = await archive(root, { largeBlobBytes: 2_900_000, largeStoreBytes: 2_900_000 });
    expect(warnings).toEqual([
      expect.stringMatching(/^A file was stored as one blob of 3 MB; .*50 MB.*100 MB\. Exclude .* bucket\.$/),
      expect.stringMatching(/^The store has \d+ MB in its git repository; .*1 GB\. .*garbage.* bucket\.$/),
    ]);
    writeFileSync(join(root, 'output/small.bin'), 'small');
    expect((await archive(root, { largeBlobBytes: 2_900_000 })).warnings).toEqual([]);
    const hosted = await opened((registry) => registry.hostedSize(), { largeStoreBytes: 2_900_000 });
    expect(hosted).toMatchObject({ warnings: [expect.stringContaining('1 GB')] });
  });
});
