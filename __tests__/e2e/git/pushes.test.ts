import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEnvironment } from '../../../src/artifact-store/config.ts';
import { openStore } from '../../../src/artifact-store/open-store.ts';
import { archiveInfospace } from '../../../src/index.ts';
import { infospaceInClone, storeRefs, withGit } from '../../artifact-store/git-fixtures.ts';
import { run } from '../../cli/fixtures.ts';
import { noise, sampleInfospace } from '../../infospace/fixtures.ts';

withGit('pushes to a git host, which are slow, and of which it counts each', () => {
  let origin: string;
  let clone: string;
  let env: Record<string, string>;
  let log: string;

  beforeEach(async () => {
    let folder: string;
    ({ folder, origin, clone, env } = infospaceInClone());
    log = join(folder, 'pushes');
    const hook = join(origin, 'hooks/post-receive');
    writeFileSync(hook, `#!/bin/sh\nwc -l | tr -d ' ' >> '${log}'\n`);
    chmodSync(hook, 0o755);
    await run(['store', 'init', '--from', clone], env);
  });

  /** Of each push, how many refs it changed. */
  async function pushesOf(action: () => Promise<unknown>): Promise<number[]> {
    writeFileSync(log, '');
    await action();
    return readFileSync(log, 'utf8').split('\n').filter(Boolean).map(Number);
  }

  async function archive(root: string, limits: { maxBlobBytes?: number; largeBlobBytes?: number } = {}) {
    const config = readEnvironment({ ...process.env, ...env }, clone).store!;
    const registry = await openStore({ ...config, storage: { ...config.storage, ...limits } }, { access: 'write' });
    try {
      return await archiveInfospace(root, { registry });
    } finally {
      await registry.close();
    }
  }

  test('are two for an archive: of all packs and manifests, and of the segment that names them', async () => {
    const files = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`output/${i}.bin`, noise(45_000, `${i}`)]));
    const root = sampleInfospace({ ...files, 'output/large.bin': noise(3_000_000) });
    // Two packs, the large file, the manifest.
    expect(await pushesOf(() => archive(root))).toEqual([4, 1]);
    writeFileSync(join(root, 'output/0.bin'), 'changed');
    // A pack, the manifest, and a copy of the one that it builds on.
    expect(await pushesOf(() => archive(root))).toEqual([3, 1]);
    expect(await pushesOf(() => run(['verify', 'latest', '--from', root], env))).toEqual([]);
  });

  test('are none for an archive that is refused', async () => {
    const root = sampleInfospace({ 'output/a.bin': noise(2_000_000), 'output/b.bin': noise(8_000_000) });
    const before = storeRefs(origin);
    const pushes = await pushesOf(() => expect(archive(root, { maxBlobBytes: 3_000_000 })).rejects.toThrow('b.bin'));
    expect(pushes).toEqual([]);
    expect(storeRefs(origin)).toEqual(before);
  });
});
