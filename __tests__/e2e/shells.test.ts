import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../cli/fixtures.ts';
import { temporaryFolder, writeTree } from '../infospace/fixtures.ts';

/** Lines to complete, candidates that must appear, and candidates that must not. */
const LINES: readonly [line: string, wanted: readonly string[], other: readonly string[]][] = [
  ['infospace-archive arc', ['archive'], ['restore']],
  ['infospace-archive hold ', ['apply', 'release', 'list'], ['archive']],
  ['infospace-archive hold apply --rea', ['--reason'], ['--retention-class']],
  ['infospace-archive archive --ret', ['--retention-class'], ['--reason']],
  ['infospace-archive archive --dr', ['--dry-run'], ['--reason']],
  ['infospace-archive completion ', ['bash', 'zsh', 'fish'], ['archive']],
  ['infospace-archive archive --from gui', ['guide'], ['guide.txt']],
  ['infospace-archive show la', ['latest'], ['list']],
];

const folder = writeTree(temporaryFolder(), { 'guide/a': '', 'guide.txt': '' });

function has(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

async function scriptOf(shell: string): Promise<string> {
  const { code, stdout } = await run(['completion', shell]);
  expect(code).toBe(0);
  const file = join(temporaryFolder(), 'script');
  writeFileSync(file, stdout);
  return file;
}

function candidatesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.split('\t')[0]!.replace(/\/$/, ''))
    .filter((word) => word !== '');
}

(has('bash') ? test : test.skip)('bash completes commands, options and values', async () => {
  const script = await scriptOf('bash');
  for (const [line, wanted, other] of LINES) {
    const words = line.split(' ');
    const program = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _infospace_archive; printf '%s\n' "\${COMPREPLY[@]}"`;
    const found = candidatesOf(
      execFileSync('bash', ['--norc', '-c', program, 'bash', script, ...words], { cwd: folder, encoding: 'utf8' }),
    );
    expect({ line, found }).toEqual({ line, found: expect.arrayContaining([...wanted]) });
    expect(found.filter((word) => other.includes(word))).toEqual([]);
  }
});

(has('fish') ? test : test.skip)('fish completes commands, options and values', async () => {
  const script = await scriptOf('fish');
  for (const [line, wanted, other] of LINES) {
    const program = `source ${script}; complete -C ${JSON.stringify(line)}`;
    const found = candidatesOf(
      execFileSync('fish', ['--no-config', '-c', program], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, HOME: folder },
      }),
    );
    expect({ line, found }).toEqual({ line, found: expect.arrayContaining([...wanted]) });
    expect(found.filter((word) => other.includes(word))).toEqual([]);
  }
});

(has('zsh') && has('tmux') ? test : test.skip)('zsh completes commands, options and values', async () => {
  // Its completion only runs in its line editor, which needs a terminal.
  const home = writeTree(temporaryFolder(), {
    '.zshrc': `autoload -U compinit; compinit -u -D; source ${await scriptOf('zsh')}
      zle -C list-all list-choices _main_complete; bindkey '^X' list-all; PS1='> '`,
  });
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-S', join(home, 'tmux'), '-f', '/dev/null', ...args], { encoding: 'utf8' });
  tmux('new-session', '-d', '-x', '100', '-y', '60', '-c', folder, `ZDOTDIR=${home} exec zsh -i`);
  try {
    while (!/^>/m.test(tmux('capture-pane', '-p'))) await sleep(100);
    for (const [line, wanted, other] of LINES) {
      tmux('send-keys', 'C-u', 'C-l');
      tmux('send-keys', '-l', line);
      tmux('send-keys', 'C-x');
      const found = await listedBelow(() => tmux('capture-pane', '-p'), line);
      expect({ line, found }).toEqual({ line, found: expect.arrayContaining([...wanted]) });
      expect(found.filter((word) => other.includes(word))).toEqual([]);
    }
  } finally {
    tmux('kill-server');
  }
});

/** The first words below a line of the terminal, as soon as they are stable. */
async function listedBelow(capture: () => string, line: string): Promise<string[]> {
  for (let before = ''; ; ) {
    await sleep(200);
    const [typed = '', ...below] = capture().trimEnd().split('\n');
    const now = below.join('\n');
    if (typed.includes(line.trimEnd()) && now !== '' && now === before) {
      return below.flatMap((row) => candidatesOf(row.split(' -- ')[0]!.replaceAll(/ +/g, '\n')));
    }
    before = now;
  }
}

(has('mandoc') || has('man') ? test : test.skip)('man reads the manual page without a warning', async () => {
  const { stdout } = await run(['man']);
  const page = join(temporaryFolder(), 'infospace-archive.1');
  writeFileSync(page, stdout);
  const shown = spawnSync('man', ['--warnings', '-l', page], {
    encoding: 'utf8',
    env: { ...process.env, MANWIDTH: '80' },
  });
  expect(shown).toMatchObject({ status: 0, stderr: '' });
  for (const word of ['NAME', 'EXIT STATUS', 'infospace-archive archive', '--retention-class', 'hold apply']) {
    expect(shown.stdout).toContain(word);
  }
});
