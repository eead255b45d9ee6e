import { spawnSync } from 'node:child_process';
import { archiveInfospace } from '../../src/index.ts';
import { sampleInfospace, writeTree } from '../infospace/fixtures.ts';
import { LINES, Session } from './terminal-session.ts';

const withTmux = spawnSync('tmux', ['-V']).error === undefined ? test : test.skip;

withTmux(
  'a terminal gets colours and a pager for long output; a pipe gets neither',
  async () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`output/${i}.txt`, `${i}\n`]));
    const root = sampleInfospace(many);
    await archiveInfospace(root);
    writeTree(root, { 'output/0.txt': 'changed\n' });
    const session = new Session(root);
    const start = '\x1b[';
    try {
      await session.type("export INFOSPACE_PAGER='sed s/^/P:/'");
      const long = await session.type('infospace-archive ls latest');
      expect(long.match(/^P:output\/\d+\.txt$/gm)!.length).toBe(40);
      // It fits on the screen.
      expect(await session.type('infospace-archive ls latest reports')).not.toContain('P:');
      expect(await session.type('infospace-archive ls latest --no-pager')).not.toContain('P:');
      expect(await session.type('infospace-archive ls latest | cat')).not.toContain('P:');
      expect(await session.type('infospace-archive ls latest --json | wc -l')).toMatch(/\d+/);
      // The default pager shows the first screen, and q leaves it.
      await session.type("export INFOSPACE_PAGER='head -n 3'");
      expect((await session.type('infospace-archive ls latest; echo rc $?')).trimEnd().split('\n').length).toBeLessThan(
        LINES,
      );

      const diff = 'infospace-archive diff latest .';
      expect(await session.type(diff, ['-e'])).toContain(`${start}32m+changed`);
      expect(await session.type(`${diff} --no-color`, ['-e'])).not.toContain(start);
      expect(await session.type(`NO_COLOR=1 ${diff}`, ['-e'])).not.toContain(start);
      expect(await session.type(`${diff} | cat`, ['-e'])).not.toContain(start);
      expect(await session.type('infospace-archive show ffffffff', ['-e'])).toContain(`${start}31merror:`);
    } finally {
      session.end();
    }
  },
  120_000,
);
