import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { openRegistry } from '../../../src/index.ts';
import { git, infospaceInClone, storeRefs, withGit } from '../../artifact-store/git-fixtures.ts';
import { archiveExpired, run } from '../../cli/fixtures.ts';
import { cliFile, sampleInfospace } from '../../infospace/fixtures.ts';

const WRITERS = 8;
const COLLECTORS = 2;

/** A folder with a git whose pushes all arrive, although every other one reports a failure. */
function gitThatLosesAnswers(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const lines = [
    '#!/bin/sh',
    `"${git(folder, '--exec-path')}/git" "$@"; code=$?`,
    'case " $* " in *" push "*) [ $(($(date +%N | sed "s/^0*//") / 1000 % 2)) = 0 ] || exit 1;; esac',
    'exit $code',
  ];
  writeFileSync(join(bin, 'git'), `${lines.join('\n')}\n`);
  chmodSync(join(bin, 'git'), 0o755);
  return bin;
}

withGit('a store in a git repository with many writers', () => {
  test(`keeps all packages of ${WRITERS} processes, half of which see failed pushes, beside a hold and collections`, async () => {
    const { folder, clone, origin, env } = infospaceInClone();
    await run(['store', 'init', '--from', clone], env);
    const storeFile = join(folder, 'git.env');
    writeFileSync(storeFile, `ARTIFACTSTORE_STORAGE_BACKEND=git\nARTIFACTSTORE_GIT_REMOTE=${origin}\n`);
    const copied: string[] = [];
    for (let i = 0; i < 2; i++) {
      const root = sampleInfospace({ 'output/expired.txt': `${i}` });
      const { record } = await archiveExpired(root);
      copied.push(record.package_id);
      const args = ['copy', record.package_id, '--from', root, '--to-store', storeFile];
      expect((await run(args, { XDG_CACHE_HOME: env.XDG_CACHE_HOME })).code).toBe(0);
    }
    const path = `${gitThatLosesAnswers(folder)}${delimiter}${process.env['PATH']}`;
    const start = async (number: number, ...args: string[]) => {
      const variables = { ...env, ARTIFACTSTORE_GIT_REMOTE: origin, XDG_CACHE_HOME: join(folder, `cache-${number}`) };
      const child = spawn(process.execPath, [cliFile, ...args], {
        env: { ...process.env, ...variables, ...(number % 2 === 1 && { PATH: path }) },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      return (await once(child, 'close'))[0] as number;
    };
    const [held = '', gone = ''] = copied;
    expect(await start(0, 'hold', 'apply', held, '--reason', 'audit')).toBe(0);
    const archiving = Array.from({ length: WRITERS }, (_, i) =>
      start(i, 'archive', sampleInfospace({ 'output/writer.txt': `of ${i}` }), '--subject', `writer-${i}`),
    );
    const collecting = Array.from({ length: COLLECTORS }, (_, i) => start(WRITERS + i, 'gc', '--include-last'));
    expect(await Promise.all([...archiving, ...collecting])).toEqual(Array(WRITERS + COLLECTORS).fill(0));
    const registry = await openRegistry(clone, { env }, 'read');
    try {
      const ids = (await registry.listPackages()).map(({ id }) => id);
      expect(ids).toHaveLength(WRITERS + 1);
      expect(ids).toContain(held);
      expect((await registry.listTombstones()).map(({ id }) => id)).toEqual([gone]);
      for await (const { damage } of registry.verifyPackages(ids)) expect(damage).toEqual([]);
      await registry.verifyEvents();
    } finally {
      await registry.close();
    }
    expect(git(origin, 'fsck', '--full', '--strict', '--no-dangling')).toBe('');
    expect(storeRefs(origin).filter((ref) => ref.includes('/log/')).length).toBeGreaterThan(WRITERS);
  });
});
